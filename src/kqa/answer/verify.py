"""Does an article say this, letter for letter? If not, what is nearest, and how it differs.

Owns the staff's check. Exact means equal code points; nothing is folded.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rapidfuzz import fuzz, process

from kqa import wording
from kqa.errors import InputError
from kqa.records import Article, Sentence, Span

TEXT_LIMIT = 10_000
"""Longest text to verify, in characters."""

PLACES = 100
"""So many places are listed; ``total`` counts all."""

_JOIN_WORDS = frozenset("-‐‑–'’/")
_JOIN_DIGITS = frozenset(".,")

Change = tuple[Literal["same", "given", "article"], str]
"""A run of text: in both, only in what was given, only in the article."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article says a text. ``quotable`` if it lies within sentences or items.

    ``inside_word`` if it begins or ends within a longer word or number, as "addictive"
    does in "non-addictive" and "5 mg" in "0.5 mg": the article does not mean that.
    """

    article: str
    title: str
    source_file: str
    start: int
    end: int
    text: str
    line: int
    quotable: bool
    inside_word: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """The places that say the text; where none does, the nearest place and the changes.

    ``total`` counts every place, ``places`` holds the first ``PLACES`` of them.
    """

    text: str
    total: int
    places: tuple[Place, ...]
    nearest: Place | None
    similarity: float
    changes: tuple[Change, ...]
    disclaimer: str = wording.DISCLAIMER

    @property
    def found(self) -> bool:
        """Whether an article says the text letter for letter."""
        return bool(self.places)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"found": self.found, **asdict(self)}


def verify_text(
    text: str, articles: Sequence[Article], sentences: Sequence[Sentence]
) -> Verification:
    """Looks for ``text`` in every article.

    Raises:
        InputError: if the text is empty, longer than ``TEXT_LIMIT`` or no text.
    """
    if problem := _problem(text):
        raise InputError("text to verify", problem, f"Give 1 to {TEXT_LIMIT:,} characters.")
    spans: dict[str, list[Span]] = {}
    for sentence in sentences:
        spans.setdefault(sentence.article, []).append(sentence.span)
    found = [(article, span) for article in articles for span in _occurrences(text, article.text)]
    if found:
        places = (_place(a, span, spans.get(a.id, [])) for a, span in found[:PLACES])
        return Verification(text, len(found), tuple(places), None, 1.0, ())
    return _nearest(text, articles, sentences, spans)


def _problem(text: str) -> str | None:
    if not text.strip():
        return "it is empty"
    if len(text) > TEXT_LIMIT:
        return f"it has {len(text):,} characters"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "it holds half a character: not a text"
    return None


def _occurrences(text: str, inside: str) -> Iterator[Span]:
    at = inside.find(text)
    while at >= 0:
        yield Span(at, at + len(text))
        at = inside.find(text, at + 1)


def _place(article: Article, span: Span, quotable: Sequence[Span]) -> Place:
    text = span.of(article.text)
    letters = {at for at in range(span.start, span.end) if article.text[at].isalnum()}
    covered = {
        at for q in quotable if q.overlaps(span) for at in range(q.start, q.end) if at in letters
    }
    return Place(
        article=article.id,
        title=article.title,
        source_file=article.source_file,
        start=span.start,
        end=span.end,
        text=text,
        line=article.text.count("\n", 0, span.start) + 1,
        quotable=bool(letters) and covered == letters,
        inside_word=_goes_on(article.text[: span.end], span.start - 1, -1, article.text[span.start])
        or _goes_on(article.text, span.end, 1, article.text[span.end - 1]),
    )


def _goes_on(text: str, at: int, step: int, edge: str) -> bool:
    """Whether a word or number that has ``edge`` at one end goes on at ``at``."""
    if not edge.isalnum() or not 0 <= at < len(text):
        return False
    beyond = text[at + step] if 0 <= at + step < len(text) else " "
    if text[at] in _JOIN_DIGITS:
        return edge.isdigit() and beyond.isdigit()
    return text[at].isalnum() or (text[at] in _JOIN_WORDS and beyond.isalnum())


def _nearest(
    text: str,
    articles: Sequence[Article],
    sentences: Sequence[Sentence],
    spans: dict[str, list[Span]],
) -> Verification:
    """The sentence most alike (Indel similarity of rapidfuzz, 0 to 1) and the differences."""
    best = process.extractOne(text, [s.text for s in sentences], scorer=fuzz.ratio)
    if best is None:
        return Verification(text, 0, (), None, 0.0, ())
    sentence = sentences[best[2]]
    article = next(a for a in articles if a.id == sentence.article)
    place = _place(article, sentence.span, spans[article.id])
    changes = tuple(_changes(text, place.text))
    return Verification(text, 0, (), place, best[1] / 100, changes)


def _changes(given: str, article: str) -> Iterator[Change]:
    matcher = difflib.SequenceMatcher(None, given, article, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield "same", given[a:b]
            continue
        if given[a:b]:
            yield "given", given[a:b]
        if article[c:d]:
            yield "article", article[c:d]
