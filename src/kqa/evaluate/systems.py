"""What is measured: four systems over the index; ``public_sets`` has those over such a set.

Owns how questions are answered in batches: encoded together, ranked one by one. ``full``
is the assistant itself; the ranking beneath it is ``hybrid``'s, read again where a reader
is set. Knows nothing of gold or measures.

Scores fall strictly from rank to rank, by a millionth at least where they would tie,
so that trec_eval, which orders by score alone, ranks a run as it was ranked here
(Anserini adjusts ties for the same reason).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kqa.answer.assistant import Assistant
from kqa.answer.select import QUOTES
from kqa.errors import IndexStale, InputError
from kqa.evaluate.results import TestQuestion
from kqa.evaluate.trec import span_document
from kqa.index.dense import DenseIndex
from kqa.index.lexical import LexicalIndex
from kqa.index.store import StoredIndex
from kqa.index.terms import terms
from kqa.records import Answer, Encoder, Hit, Passage, Reader, Sentence, Vectors
from kqa.search.hybrid import DEPTH as MIXED_DEPTH
from kqa.search.hybrid import mix
from kqa.search.rerank import TextsOf, rerank, sentences_by_passage
from kqa.settings import Settings

SYSTEMS = ("lexical", "dense", "hybrid", "full")
DEPTH = 100
"""Passages ranked for each question."""

Step = Callable[[], None]
"""Called before each piece of work for a question; what it raises breaks the work off."""

_STEP = 1e-6
SEARCHED = ("bm25_k1", "bm25_b", "dense_share")
"""The settings of a search over given passages."""

_CUT = ("passage_chars", "passage_overlap")


@dataclass(frozen=True, slots=True)
class Found:
    """What a system gives for one question.

    ``ranked`` are documents with strictly falling scores. ``answer`` is of ``full`` only,
    and ``best`` the sentence that its confidence speaks of, quoted or withheld.
    """

    ranked: tuple[tuple[str, float], ...]
    answer: Answer | None = None
    best: Sentence | None = None


def no_step() -> None:
    """The step of those who do not watch."""


class System(Protocol):
    """What can be measured. ``index`` names all that its figures depend on, as a hash."""

    @property
    def name(self) -> str:
        """``lexical``, ``dense``, ``hybrid``, ``full``, or the tag of a run."""

    @property
    def index(self) -> str:
        """Fingerprint of what is searched and how."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What its figures depend on, by name, to be shown beside them."""

    def find(self, questions: Sequence[TestQuestion]) -> list[Found]:
        """What it gives for each of the questions."""

    def look_up(self, document: str) -> Passage | None:
        """The text of a document, None where it is not known."""


class SearchSystem:
    """Ranks passages by one of the three searches.

    Args:
        name: ``lexical``, ``dense`` or ``hybrid``.
        index: fingerprint of what is searched.
        documents: the passages by position, and their names as documents; passages of
            one name are one document, at the rank of the best of them.
        lexical: BM25 over the passages.
        dense: their vectors and the encoder of questions; not needed by ``lexical``.
        share: weight of the cosine in ``hybrid``.
        settings: what the figures depend on.
        reading: reader, sentences of each passage and how many passages are read, to rank
            again what ``hybrid`` found.
        step: called before each question is searched for.
    """

    def __init__(
        self,
        name: str,
        index: str,
        documents: tuple[Sequence[Passage], Sequence[str]],
        lexical: LexicalIndex,
        dense: tuple[DenseIndex, Encoder] | None,
        share: float,
        settings: Mapping[str, str],
        reading: tuple[Reader, TextsOf, int] | None = None,
        step: Step = no_step,
    ) -> None:
        self.name, self.index, self.settings = name, index, settings
        self._reading, self._step = reading, step
        self._passages, self._names = documents
        self._lexical, self._dense, self._share = lexical, dense, share
        self._by_name = dict(zip(reversed(self._names), reversed(self._passages), strict=True))

    def find(self, questions: Sequence[TestQuestion]) -> list[Found]:
        """The ranking for each question; the questions are encoded together."""
        vectors: list[Vectors | None] = [None] * len(questions)
        if self._dense:
            encoded = self._dense[1].encode([q.question for q in questions])
            vectors = [encoded[at : at + 1] for at in range(len(questions))]
        return [
            Found(self._named(self._hits(q.question, vector)))
            for q, vector in zip(questions, vectors, strict=True)
        ]

    def look_up(self, document: str) -> Passage | None:
        """The passage of that name, the first where there are several."""
        return self._by_name.get(document)

    def _hits(self, question: str, vector: Vectors | None) -> tuple[Hit, ...]:
        self._step()
        if self.name == "lexical" or self._dense is None or vector is None:
            return self._lexical.search(terms(question), DEPTH)
        if self.name == "dense":
            return self._dense[0].search(vector, DEPTH)
        dense = self._dense[0].search(vector, MIXED_DEPTH)
        lexical = self._lexical.search(terms(question), MIXED_DEPTH)
        mixed = mix(dense, lexical, DEPTH, self._share)
        if self._reading is None:
            return mixed
        reader, texts_of, depth = self._reading
        return rerank(question, mixed, texts_of, reader, depth)

    def _named(self, hits: Sequence[Hit]) -> tuple[tuple[str, float], ...]:
        first: dict[str, float] = {}
        for hit in hits:
            first.setdefault(self._names[hit.passage], hit.score)
        return falling(first.items())


class AnswerSystem:
    """``full``: the assistant's answers, above the ranking that they are taken from."""

    name = "full"

    def __init__(
        self, assistant: Assistant, beneath: SearchSystem, k: int, step: Step = no_step
    ) -> None:
        self.index = beneath.index
        self.settings = {**beneath.settings, "k": str(k)}
        self._assistant, self._beneath, self._k, self._step = assistant, beneath, k, step

    def find(self, questions: Sequence[TestQuestion]) -> list[Found]:
        """The answer and the ranking for each question.

        Raises:
            KqaError: as ``Assistant.ask`` does.
            IndexStale: if another index was published meanwhile.
        """
        beneath = self._beneath.find(questions)
        return [self._found(q.question, b.ranked) for q, b in zip(questions, beneath, strict=True)]

    def look_up(self, document: str) -> Passage | None:
        """The passage of that name."""
        return self._beneath.look_up(document)

    def _found(self, question: str, ranked: tuple[tuple[str, float], ...]) -> Found:
        self._step()
        answer, best = self._assistant.answer(question, k=self._k)
        if answer.index not in (None, self.index):
            reason = "another index was published while it was measured"
            raise IndexStale(f"index {self.index[:12]}", reason, "Run kqa eval again.")
        return Found(ranked, answer, best.sentence if best else None)


def index_system(
    name: str,
    assistant: Assistant,
    k: int = QUOTES,
    *,
    whole_articles: bool = False,
    step: Step = no_step,
) -> SearchSystem | AnswerSystem:
    """A system over the assistant's index.

    ``whole_articles`` ranks articles, each by its best passage, instead of passages.
    ``step`` is called before each question is searched for, and again before ``full``
    answers it.

    Raises:
        InputError: for another name than those of ``SYSTEMS``.
        IndexUnusable, Unreachable: as ``Assistant.opened`` does.
    """
    check_name(name)
    stored, encoder = assistant.opened()
    settings = assistant.settings
    reader = assistant.reader() if name == "full" else None
    beneath = SearchSystem(
        "hybrid" if name == "full" else name,
        stored.manifest.fingerprint,
        (stored.passages, _documents(stored, whole_articles)),
        stored.lexical,
        None if name == "lexical" else (stored.dense, encoder),
        settings.dense_share,
        described(settings, (*_CUT, *SEARCHED), None if name == "lexical" else encoder, reader),
        reading=(
            (reader, sentences_by_passage(stored).__getitem__, settings.read_passages)
            if reader
            else None
        ),
        step=step,
    )
    return AnswerSystem(assistant, beneath, k, step) if name == "full" else beneath


def falling(scored: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """The pairs with scores of six decimals that fall strictly, in 32-bit floats too."""
    found: list[tuple[str, float]] = []
    below = np.inf
    for document, score in scored:
        kept = round(min(score, below), 6)
        found.append((document, kept))
        below = kept - max(_STEP, 2 * float(np.spacing(np.float32(abs(kept)))))
    return tuple(found)


def _documents(stored: StoredIndex, whole_articles: bool) -> list[str]:
    if whole_articles:
        return [passage.article for passage in stored.passages]
    return [span_document(p.article, p.start, p.end) for p in stored.passages]


def described(
    settings: Settings, names: Sequence[str], encoder: Encoder | None, reader: Reader | None
) -> dict[str, str]:
    """What the figures of a system depend on, by name."""
    found = {name: str(getattr(settings, name)) for name in names} | {"depth": str(DEPTH)}
    if encoder is not None:
        found |= {"encoder": settings.encoder, "weights": encoder.fingerprint}
    if reader is not None:
        found |= {"reader": reader.fingerprint, "read_passages": str(settings.read_passages)}
    return found


def check_name(name: str) -> None:
    """Refuses what is no system.

    Raises:
        InputError: for another name than those of ``SYSTEMS``.
    """
    if name not in SYSTEMS:
        raise InputError(f"system {name!r}", "there is none", f"Use one of: {', '.join(SYSTEMS)}.")
