"""The nouns of kqa: what every stage passes on and what leaves at the end.

Owns the frozen records and the Protocols that stages meet at. Knows nothing of
files, models, indexes or pages; imports nothing of kqa.

All offsets are half-open spans in **code points of the stored article text**.
The one invariant: ``passage.text == article.text[passage.start:passage.end]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Float32 array of shape (texts, dimension), each row of unit length."""

Logits = NDArray[np.float64]
"""Float64 array of shape (texts,): the logarithm of the odds that a text answers."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open run of code points, ``0 <= start < end``.

    Raises:
        ValueError: if the run is empty or starts before the text.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def of(self, text: str) -> str:
        """The slice of ``text`` that this span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share at least one code point."""
        return self.start < other.end and other.start < self.end

    def union(self, other: Span) -> Span:
        """The shortest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its canonical text and what is known of its origin.

    ``text`` never changes after reading; every offset in kqa points into it.
    ``file`` is its name in the corpus folder, ``source_file`` the name under which
    it was received. ``title_given`` says that the project wrote the title.
    ``markup`` is ``txt`` or ``md``. ``published`` is an ISO 8601 date.
    """

    id: str
    text: str
    title: str
    title_given: bool
    file: str
    source_file: str
    markup: str = "txt"
    publisher: str | None = None
    published: str | None = None
    url: str | None = None


class SegmentKind(StrEnum):
    """What a stretch of an article is. Only sentences and items may be quoted."""

    SENTENCE = "sentence"
    ITEM = "item"
    HEADING = "heading"
    LEAD_IN = "lead_in"
    LOST_LEAD_IN = "lost_lead_in"
    FURNITURE = "furniture"
    DISCLAIMER = "disclaimer"


QUOTABLE = frozenset({SegmentKind.SENTENCE, SegmentKind.ITEM})


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, list item, heading, lead-in or piece of furniture in its article.

    ``section`` is the nearest heading above, None before the first one.
    ``paragraph`` numbers the blocks of the article from 0: a list is one block.
    ``lead_in`` is, for an item, the sentence that introduces its list.
    ``hangs`` says that the sentence leans on the one before it ("However…").
    """

    article: str
    start: int
    end: int
    kind: SegmentKind
    section: str | None
    paragraph: int
    lead_in: Span | None = None
    hangs: bool = False

    @property
    def span(self) -> Span:
        """Where the segment stands in its article's text."""
        return Span(self.start, self.end)

    @property
    def quotable(self) -> bool:
        """Whether the segment may be shown as a quote."""
        return self.kind in QUOTABLE


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences or items inside one section: the unit of retrieval.

    Invariant: ``passage.text == article.text[passage.start:passage.end]``.
    ``heading`` holds words that retrieval may use and quotes may not: the article's
    title, the section's heading, the lead-in of a list begun in an earlier passage.
    """

    article: str
    start: int
    end: int
    text: str
    section: str | None
    heading: str

    @property
    def span(self) -> Span:
        """Where the passage stands in its article's text."""
        return Span(self.start, self.end)

    @property
    def searched_text(self) -> str:
        """What the lexical search reads: heading words, then the text."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A quotable segment and the stretch of its article that it needs beside it.

    ``needs`` covers the sentence itself, the lead-in of an item and the sentences
    that a hanging one leans on. ``passages`` are the positions in the index of the
    passages that hold it, which may overlap. ``sha256`` is of the text in UTF-8: what
    is shown is compared with it.
    """

    article: str
    start: int
    end: int
    text: str
    kind: SegmentKind
    section: str | None
    needs: Span
    passages: tuple[int, ...]
    sha256: str
    lead_in: Span | None = None

    @property
    def span(self) -> Span:
        """Where the sentence stands in its article's text."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class LeadIn:
    """A line that introduces a list: a lead-in, or the heading right above it. Never quoted.

    ``items`` are the positions in the index of the items that follow it; empty where the
    list is lost. ``before`` is the position of the sentence above it, if there is one.
    """

    article: str
    start: int
    end: int
    text: str
    section: str | None
    items: tuple[int, ...]
    before: int | None

    @property
    def lost(self) -> bool:
        """Whether its list is missing from the article."""
        return not self.items


@dataclass(frozen=True, slots=True)
class Way:
    """A question as somebody asks it, and what is known of its answer. Never shown.

    ``sentences`` are the positions of the sentences that answer it (all items, where it
    asks for a list); ``lead_in`` that of the lead-in it was pinned to. A way with
    ``about`` is one that the articles leave open.
    """

    text: str
    sentences: tuple[int, ...] = ()
    lead_in: int | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class KnownSide:
    """One side of a known disagreement: its name and its sentences, the best first."""

    name: str
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KnownDisagreement:
    """A question that the articles answer in two ways or more, by positions in the index."""

    id: str
    question: str
    asks: tuple[str, ...]
    sides: tuple[KnownSide, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage (by its position in the index) and how well it matched."""

    passage: int
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """The article that a quote comes from, as shown beside it."""

    id: str
    title: str
    title_given: bool
    section: str | None
    publisher: str | None
    url: str | None
    published: str | None
    source_file: str


@dataclass(frozen=True, slots=True)
class Context:
    """The stretch of the article around a quote; ``text`` is its slice."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence or item, letter for letter: ``text == article_text[start:end]``.

    ``n`` counts from 1. ``side`` names the side of a disagreement that the quote
    speaks for. ``score`` orders quotes within one answer; it is no probability.
    """

    n: int
    text: str
    start: int
    end: int
    context: Context
    article: Citation
    score: float
    side: str | None = None


class Outcome(StrEnum):
    """How a question ended. Bad input is an error, not an outcome."""

    ANSWERED = "answered"
    NOT_IN_CORPUS = "not_in_corpus"
    CRISIS = "crisis"


class Notice(StrEnum):
    """What a careful person would say beside the quotes."""

    SOURCES_DIFFER = "sources_differ"
    SOURCE_INCOMPLETE = "source_incomplete"
    PERSONAL_ADVICE = "personal_advice"
    PARTIAL = "partial"
    FOLLOW_UP = "follow_up"
    PROMOTIONAL = "promotional"
    CRISIS = "crisis"


@dataclass(frozen=True, slots=True)
class Contact:
    """The owner of the site: shown with refusals and personal advice where set."""

    name: str | None = None
    telephone: str | None = None
    link: str | None = None

    def __bool__(self) -> bool:
        return any((self.name, self.telephone, self.link))


@dataclass(frozen=True, slots=True)
class Language:
    """A language that is not the articles', and what is said of that in it.

    ``code`` is of ISO 639-1.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """One way to reach help: what to do and, where there is one, a link for it."""

    text: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class CrisisCard:
    """Fixed, reviewed text for somebody in danger. ``lines`` are in order of use."""

    region: str
    title: str
    lines: tuple[CrisisLine, ...]
    nobody_reads_along: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What every surface shows. Built only by ``kqa.answer.assemble.build_answer``.

    ``confidence`` is the fitted probability that the best candidate answers.
    ``language`` is set where the question is not in English, and so was not searched.
    ``index`` is the fingerprint of the index that answered, None where the crisis
    card came before any index was opened.

    Raises:
        ValueError: without a disclaimer, or where outcome and contents disagree.
    """

    question: str
    outcome: Outcome
    confidence: float
    disclaimer: str
    index: str | None
    elapsed_ms: float
    quotes: tuple[Quote, ...] = ()
    related: tuple[Quote, ...] = ()
    notices: tuple[Notice, ...] = ()
    topics: tuple[str, ...] = ()
    contact: Contact | None = None
    crisis_card: CrisisCard | None = None
    language: Language | None = None

    def __post_init__(self) -> None:
        if not self.disclaimer.strip():
            raise ValueError("an answer cannot be built without a disclaimer")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is a probability, not {self.confidence}")
        if (self.outcome is Outcome.ANSWERED) != bool(self.quotes):
            raise ValueError(f"outcome {self.outcome} with {len(self.quotes)} quotes")
        if self.outcome is Outcome.CRISIS and self.crisis_card is None:
            raise ValueError("outcome crisis without its card")

    def to_dict(self) -> dict[str, Any]:
        """The answer in its one JSON form, keys in the order of the contract."""
        answer: dict[str, Any] = {
            "question": self.question,
            "outcome": self.outcome.value,
            "confidence": round(self.confidence, 4),
            "quotes": [_quote_dict(q) for q in self.quotes],
            "related": [_quote_dict(q) for q in self.related],
            "notices": [n.value for n in self.notices],
            "topics": list(self.topics),
            "crisis_card": _card_dict(self.crisis_card),
            "disclaimer": self.disclaimer,
            "index": self.index,
            "elapsed_ms": round(self.elapsed_ms, 1),
        }
        if self.contact:
            answer["contact"] = _contact_dict(self.contact)
        if self.language:
            answer["language"] = {"code": self.language.code, "message": self.language.message}
        return answer


def _quote_dict(quote: Quote) -> dict[str, Any]:
    article = quote.article
    return {
        "n": quote.n,
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "context": {
            "start": quote.context.start,
            "end": quote.context.end,
            "text": quote.context.text,
        },
        "article": {
            "id": article.id,
            "title": article.title,
            "title_given": article.title_given,
            "section": article.section,
            "publisher": article.publisher,
            "url": article.url,
            "published": article.published,
            "source_file": article.source_file,
        },
        "side": quote.side,
        "score": round(quote.score, 4),
    }


def _contact_dict(contact: Contact) -> dict[str, str | None]:
    return {"name": contact.name, "telephone": contact.telephone, "link": contact.link}


def _card_dict(card: CrisisCard | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        "region": card.region,
        "title": card.title,
        "lines": [{"text": line.text, "link": line.link} for line in card.lines],
        "nobody_reads_along": card.nobody_reads_along,
    }


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a published index: its size in bytes and SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a published index is made of; written last, checked first.

    ``inputs`` holds everything that the fingerprint hashes, by name. ``counts`` are
    articles, passages, sentences and texts cut by the encoder.
    """

    fingerprint: str
    format: int
    inputs: dict[str, str]
    counts: dict[str, int]
    dimension: int
    files: tuple[FileEntry, ...]


class Encoder(Protocol):
    """Turns texts into unit vectors; equal texts give equal vectors."""

    @property
    def fingerprint(self) -> str:
        """Names the weights and their SHA-256: equal fingerprints, equal vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length."""

    def count_cut(self, texts: Sequence[str]) -> int:
        """How many of the texts are longer than the encoder reads."""


class Reader(Protocol):
    """Reads a question and a text together, to tell whether the one answers the other."""

    @property
    def fingerprint(self) -> str:
        """Names the weights and their SHA-256: equal fingerprints, equal logits."""

    def read(self, question: str, texts: Sequence[str]) -> Logits:
        """A logit for each text, shape (len(texts),); of each text alone, whatever stands
        beside it."""


class Searcher(Protocol):
    """The seam behind which an engine stands: two searches and a look-up.

    Scores are comparable within one search. Ties are broken by position.
    """

    def dense(self, vector: Vectors, k: int) -> tuple[Hit, ...]:
        """The ``k`` passages nearest to ``vector`` (shape (1, dimension)), by cosine."""

    def lexical(self, terms: Sequence[str], k: int) -> tuple[Hit, ...]:
        """The ``k`` passages of highest BM25 for ``terms``; scores above 0 only."""

    def fetch(self, passages: Sequence[int]) -> tuple[Passage, ...]:
        """The passages at these positions, in this order."""
