"""The assistant: wires the stages together behind ``ask(question) -> Answer``.

Owns the order of things: the crisis check first, before any index or model is
touched; then the index, the search, the choice, the decision. Safe under threads:
an open index is immutable, and a newer one takes its place in one step.
"""

from __future__ import annotations

import threading
import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kqa import wording
from kqa.answer import safety, select
from kqa.answer.assemble import build_answer, cut_quotes
from kqa.answer.explain import Explanation, explain_part
from kqa.answer.find import Finder, Found
from kqa.answer.language import language_of
from kqa.answer.match import Candidate, Matcher
from kqa.answer.questions import check_history, check_question
from kqa.answer.reply import reply_to
from kqa.answer.safety import Danger
from kqa.answer.verify import Verification, verify_text
from kqa.errors import InputError
from kqa.index import store
from kqa.index.encoder import make_encoder
from kqa.index.fingerprint import check_current, corpus_folder
from kqa.index.store import Current, StoredIndex
from kqa.records import (
    Answer,
    Article,
    CrisisCard,
    Encoder,
    Language,
    Notice,
    Outcome,
    Reader,
)
from kqa.search.reader import make_reader
from kqa.settings import Settings

SUGGESTIONS_FILE = "suggested_questions.toml"
SUGGESTIONS = 4

ASSESSED_CHARS = 65_536
"""A cry for help counts although it is longer than a question may be."""


@dataclass(frozen=True, slots=True)
class _Opened:
    current: Current
    stored: StoredIndex
    encoder: Encoder
    finder: Finder


@dataclass(frozen=True, slots=True)
class _Asked:
    """An answer and what it came of; nothing of that where nothing was searched."""

    answer: Answer
    best: Candidate | None = None
    finder: Finder | None = None
    founds: tuple[Found, ...] = ()


class Assistant:
    """Answers from one published index; opens it at the first question that needs it.

    Args:
        settings: the settings in force.
        encoder: used instead of the one that the settings name.
    """

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self.settings = settings
        self._encoder = encoder
        self._opened: _Opened | None = None
        self._lock = threading.Lock()

    def ask(self, question: str, *, k: int = select.QUOTES, history: object = ()) -> Answer:
        """The answer to ``question`` with ``k`` quotes at most.

        A question about danger to a life never fails: it gets the crisis card instead.

        ``history`` may hold earlier questions, oldest first: a question that cannot be
        understood by itself is read together with the last of them.

        Raises:
            InputError: if the question or the history cannot be read, or ``k`` is not
                1 to 10.
            IndexUnusable: if the index is missing, stale or corrupt.
            Unreachable: if the index or the encoder's weights cannot be read.
            QuoteAltered: if a quote differs from what was indexed.
        """
        return self._ask(question, k, history).answer

    def explain(self, question: str) -> Explanation:
        """What ``ask`` gives, and why: what was found for each text that was searched.

        Raises:
            KqaError: as ``ask`` does.
        """
        asked = self._ask(question, select.QUOTES, ())
        if asked.finder is None:
            return Explanation(asked.answer)
        parts = (explain_part(asked.finder, found, asked.answer) for found in asked.founds)
        return Explanation(asked.answer, tuple(parts))

    def answer(self, question: str, *, k: int = select.QUOTES) -> tuple[Answer, Candidate | None]:
        """What ``ask`` gives, and the candidate that its confidence speaks of, quoted or
        withheld; None where nothing was searched or found.

        Raises:
            KqaError: as ``ask`` does.
        """
        asked = self._ask(question, k, ())
        return asked.answer, asked.best

    def opened(self) -> tuple[StoredIndex, Encoder]:
        """The open index and its encoder, for those who measure what answers are made of.

        Raises:
            IndexUnusable, Unreachable: as ``ask`` does.
        """
        opened = self._open()
        return opened.stored, opened.encoder

    def reader(self) -> Reader | None:
        """The reader of the open index, None without one.

        Raises:
            IndexUnusable, Unreachable: as ``ask`` does.
        """
        return self._open().finder.matcher.reader

    def open(self) -> None:
        """Opens the index and loads the encoder, so that the first question need not.

        Raises:
            IndexUnusable, Unreachable: as ``ask`` does.
        """
        self._open().finder.find("ready")
        language_of("¿listo?")

    def check_current(self) -> None:
        """Whether the open index still matches the articles and settings.

        Raises:
            IndexStale: naming what has changed since it was built.
        """
        opened = self._open()
        check_current(opened.stored.manifest, opened.encoder, self.settings)

    def articles(self) -> tuple[Article, ...]:
        """Every article of the index, in order of ids."""
        return self._open().stored.articles

    def article(self, id: str) -> Article:
        """The article of that id.

        Raises:
            InputError: if there is none, with code ``unknown_article``.
        """
        found = next((article for article in self.articles() if article.id == id), None)
        if found is None:
            raise InputError(
                f"article {id!r}", "there is none", "List the articles.", code="unknown_article"
            )
        return found

    def verify(self, text: str) -> Verification:
        """Whether and where an article says ``text``, letter for letter."""
        stored = self._open().stored
        return verify_text(text, stored.articles, stored.sentences)

    def suggestions(self) -> tuple[str, ...]:
        """Up to four questions that the articles do answer.

        They come from the corpus folder's ``suggested_questions.toml`` or, without one,
        from headings that ask; each is tried, and one that is not answered is left out.
        """
        answered: list[str] = []
        for question in self._suggested():
            if len(answered) == SUGGESTIONS:
                break
            with suppress(InputError):
                if self.ask(question).outcome is Outcome.ANSWERED:
                    answered.append(question)
        return tuple(answered)

    def _ask(self, question: str, k: int, history: object) -> _Asked:
        started = time.perf_counter()
        danger = _danger(question)
        if danger is Danger.PRESENT:
            return _Asked(self._crisis(question, started))
        try:
            check_question(question)
            earlier = check_history(history)
            if not 1 <= k <= 10:
                raise InputError(f"k {k}", "it is out of range", "Ask for 1 to 10 quotes.")
            return self._answer(question, earlier, k, danger, started)
        except Exception:
            if danger is Danger.TOPIC:  # whatever is broken, the card is shown
                return _Asked(self._crisis(question, started))
            raise

    def _answer(
        self, question: str, history: tuple[str, ...], k: int, danger: Danger, started: float
    ) -> _Asked:
        opened = self._open()
        card = self._card(question) if danger is Danger.TOPIC else None
        notices = {Notice.CRISIS} if danger is Danger.TOPIC else set()
        fingerprint = opened.stored.manifest.fingerprint
        foreign = _foreign(question)
        if foreign is not None:
            answer = build_answer(
                question,
                Outcome.NOT_IN_CORPUS,
                started,
                notices=notices,
                contact=self.settings.contact,
                crisis_card=card,
                language=foreign,
                index=fingerprint,
            )
            return _Asked(answer)
        reply = reply_to(opened.finder, question, history, k)
        answered = bool(reply.chosen)
        answer = build_answer(
            question,
            Outcome.ANSWERED if answered else Outcome.NOT_IN_CORPUS,
            started,
            confidence=reply.confidence,
            quotes=cut_quotes(opened.stored, reply.chosen),
            related=cut_quotes(opened.stored, reply.related),
            notices=notices | reply.notices,
            topics=reply.topics,
            contact=self.settings.contact if reply.personal or not answered else None,
            crisis_card=card,
            index=fingerprint,
        )
        return _Asked(answer, reply.best, opened.finder, reply.founds)

    def _crisis(self, question: str, started: float) -> Answer:
        return build_answer(question, Outcome.CRISIS, started, crisis_card=self._card(question))

    def _card(self, question: str) -> CrisisCard:
        return wording.crisis_card(self.settings.region, language_of(question[:ASSESSED_CHARS]))

    def _open(self) -> _Opened:
        """The published index, opened again when another has been published."""
        current = store.read_current(self.settings.index)
        opened = self._opened
        if opened is None or opened.current != current:
            with self._lock:
                opened = self._opened
                if opened is None or opened.current != current:
                    opened = self._open_anew(current)
                    self._opened = opened
        return opened

    def _open_anew(self, current: Current) -> _Opened:
        """``current`` was read first: published meanwhile, a newer one is opened again."""
        stored = store.open_index(self.settings.index)
        if self._encoder is None:
            self._encoder = make_encoder(self.settings.encoder)
        check_current(stored.manifest, self._encoder, self.settings)
        settings, reader = self.settings, self._reader_of(stored)
        matcher = Matcher(
            stored, self._encoder, settings.dense_share, reader, settings.read_sentences
        )
        return _Opened(current, stored, self._encoder, Finder(matcher))

    def _reader_of(self, stored: StoredIndex) -> Reader | None:
        """The one in use, where ``stored`` names the same: loaded once, however often an
        index is published."""
        kept = self._opened.finder.matcher.reader if self._opened else None
        if kept is not None and kept.fingerprint == stored.manifest.inputs["reader"]:
            return kept
        return make_reader(self.settings.reader)

    def _suggested(self) -> tuple[str, ...]:
        stored = self._open().stored
        written = _written_suggestions(corpus_folder(self.settings) / SUGGESTIONS_FILE)
        sections = (sentence.section for sentence in stored.sentences)
        asking = (name for name in sections if name and name.endswith("?"))
        return written or tuple(dict.fromkeys(asking))


def _foreign(question: str) -> Language | None:
    """The language of a question that is not in English, and what is said in it."""
    code = language_of(question)
    if code is None:
        return None
    return Language(code, wording.NOT_ENGLISH.get(code, wording.NOT_ENGLISH_OTHER))


def _danger(question: object) -> Danger:
    """Whatever else is wrong with the input, a cry for help in it counts first."""
    return safety.assess(question[:ASSESSED_CHARS]) if isinstance(question, str) else Danger.NONE


def _written_suggestions(file: Path) -> tuple[str, ...]:
    try:
        found = tomllib.loads(file.read_text("utf-8")).get("questions", [])
    except (OSError, ValueError):
        return ()
    listed = found if isinstance(found, list) else []
    return tuple(question for question in listed if isinstance(question, str))
