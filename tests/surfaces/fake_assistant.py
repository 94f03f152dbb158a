"""A stand-in for ``kqa.answer.assistant.Assistant``: same shape, no index, no model.

Answers by keyword, so that every kind of card can be called up from a page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from kqa import wording
from kqa.answer.explain import Explanation
from kqa.answer.questions import check_history, check_question
from kqa.answer.verify import Verification, verify_text
from kqa.errors import IndexStale, InputError, KqaError
from kqa.records import (
    Answer,
    Article,
    Citation,
    Contact,
    Context,
    CrisisCard,
    Language,
    Notice,
    Outcome,
    Quote,
)
from kqa.settings import Settings

HOME = "http://localhost"
"""A server of this machine's, as a test client names it: the outer door knows no other."""

HISTORY = "Ketamine was first synthesized in 1962 and was approved for medical use in 1970."
HOSTILE = (
    "It’s “quoted” — letter for letter: 5*4*3, $$x^2$$, `code`, ${1+1}, {{1+1}}, ${`a`}, "
    "<b>bold?</b> & &amp; <script>window.pwned = 1</script> <img src=x onerror=alert(1)>, "
    "two  blanks,\n\ta new line, _not_ **bold**, [a](javascript:alert(1)) and 𝒦étamine."
)
BEFORE, AFTER = "The drug has a long history. ", " It was used on battlefields."
PRAISE = "This groundbreaking treatment is a game-changer for many people."
OTHER = "Ketamine was used on people years before it had been approved, some of the articles say."
TEXT = (
    f"History\n\n{BEFORE}{HISTORY}{AFTER}\n\nOdd signs\n\n{HOSTILE} The end.\n\n{PRAISE} {OTHER}\n"
)
LONG_WORD = "Donaudampfschifffahrt" * 12

ARTICLE = Article(
    id="the-benefits",
    text=TEXT,
    title="The Benefits of Ketamine Therapy",
    title_given=False,
    file="the-benefits.txt",
    source_file="004.txt",
    publisher="A Clinic",
    published="2024-06-19",
    url="https://example.org/the-benefits?a=1&b=2",
)
GIVEN = Article("a-guide", TEXT, "A Guide", True, "a-guide.txt", "005.txt")


def citation(article: Article, section: str | None) -> Citation:
    return Citation(
        article.id,
        article.title,
        article.title_given,
        section,
        article.publisher,
        article.url,
        article.published,
        article.source_file,
    )


def quote(
    text: str,
    n: int = 1,
    article: Article = ARTICLE,
    section: str | None = "History",
    side: str | None = None,
    around: tuple[str, str] = ("", ""),
) -> Quote:
    """A quote of ``text``, cut from the article with the sentences ``around`` it."""
    start = article.text.index(text)
    first, last = start - len(around[0]), start + len(text) + len(around[1])
    context = Context(first, last, article.text[first:last])
    cited = citation(article, section)
    return Quote(n, text, start, start + len(text), context, cited, 0.9, side)


def answer(question: str, **parts: Any) -> Answer:  # noqa: ANN401
    """An answer; its outcome follows from its parts."""
    quotes, card = parts.get("quotes", ()), parts.get("crisis_card")
    alone = card and not parts.get("language")
    outcome = Outcome.CRISIS if alone else Outcome.NOT_IN_CORPUS
    outcome = Outcome.ANSWERED if quotes else outcome
    given: dict[str, Any] = {"disclaimer": wording.DISCLAIMER, "index": "3f9c0a", **parts}
    return Answer(question, outcome, 0.9, elapsed_ms=1.0, **given)


def sides(words: str = "") -> tuple[Quote, ...]:
    """A quote for each of two sides, or three; of one ``above`` them first, for no side."""
    above = (quote(PRAISE),) if "above" in words else ()
    first = quote(HISTORY, side="first made in 1962", around=(BEFORE, AFTER))
    second = quote(HISTORY, article=GIVEN, side="approved in 1970", around=(BEFORE, ""))
    third = (quote(OTHER, side="used long before"),) if "three" in words else ()
    found = (*above, first, second, *third)
    return tuple(replace(each, n=n) for n, each in enumerate(found, start=1))


def us_card() -> CrisisCard:
    return wording.CRISIS_CARDS["US"]


@dataclass
class FakeAssistant:
    """Answers by keyword; ``fault`` is raised instead, ``delay`` is in seconds."""

    fault: KqaError | None = None
    asked: list[str] = field(default_factory=list)
    histories: list[object] = field(default_factory=list)
    delay: float = 0.0
    settings: Settings = field(default_factory=lambda: Settings())

    def ask(self, question: str, *, k: int = 3, history: object = ()) -> Answer:
        self.asked.append(question)
        self.histories.append(history)
        time.sleep(self.delay)
        if "kill" in question.lower():
            return answer(question, crisis_card=us_card(), index=None)
        check_question(question)
        earlier = check_history(history)
        if self.fault is not None:
            raise self.fault
        return self._answer(question, earlier)

    def _answer(self, question: str, earlier: tuple[str, ...]) -> Answer:
        words = question.lower()
        history = quote(HISTORY, around=(BEFORE, AFTER))
        if "boom" in words:
            raise RuntimeError(f"a bug that quotes {question}")
        if "suicid" in words:
            notices = (Notice.CRISIS,)
            return answer(question, quotes=(history,), crisis_card=us_card(), notices=notices)
        if "odd" in words:
            return answer(
                question, quotes=(quote(HOSTILE, section="Odd signs", around=("", " The end.")),)
            )
        if "differ" in words:
            return answer(question, quotes=sides(words), notices=(Notice.SOURCES_DIFFER,))
        if "sesión" in words:
            return answer(question, language=Language("es", wording.NOT_ENGLISH["es"]))
        if "maligayang" in words:
            return answer(question, language=Language("xx", wording.NOT_ENGLISH_OTHER))
        if "mg" in words:
            return answer(question, topics=("history",))
        if "praise" in words:
            praise = quote(PRAISE, 2, section=None)
            return answer(question, quotes=(history, praise), notices=(Notice.PROMOTIONAL,))
        if words.startswith("and ") and earlier:
            return answer(question, quotes=(history,), notices=(Notice.FOLLOW_UP,))
        if "capital" in words:
            contact = Contact("Example Clinic", "+1 (555) 010-0100", "https://example.org/contact")
            return answer(question, topics=("side effects", "history", LONG_WORD), contact=contact)
        if "list" in words:
            notices = (Notice.SOURCE_INCOMPLETE,)
            return answer(question, related=(history,), notices=notices)
        return answer(question, quotes=(history,))

    def explain(self, question: str) -> Explanation:
        return Explanation(self.ask(question))

    def open(self) -> None:
        if self.fault is not None:
            raise self.fault

    def check_current(self) -> None:
        if isinstance(self.fault, IndexStale):
            raise self.fault

    def articles(self) -> tuple[Article, ...]:
        return (ARTICLE, GIVEN)

    def article(self, id: str) -> Article:
        for article in self.articles():
            if article.id == id:
                return article
        raise InputError(
            f"article {id}", "there is none", "See /api/articles.", code="unknown_article"
        )

    def suggestions(self) -> tuple[str, ...]:
        return (
            "When was ketamine first made?",
            "What do odd signs look like?",
            "How long does a session take?",
        )

    def verify(self, text: str) -> Verification:
        return verify_text(text, self.articles(), ())
