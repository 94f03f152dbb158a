"""From a question to its ranked candidates: every sign that a sentence answers, in one score.

Owns the features of a candidate and the fitted weights that add them up
(``ranking.json``: readable, with the set and date that they were fitted on). Sees only
quotable sentences, so nothing else can be chosen. Decides nothing about outcome.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kqa.answer.weights import Weights
from kqa.corpus.furniture import is_promotional
from kqa.index.store import StoredIndex
from kqa.index.terms import terms
from kqa.records import Encoder, Hit, Reader, Sentence
from kqa.search.hybrid import EmbeddedSearcher, hybrid_search
from kqa.search.query import Query, QueryReader
from kqa.search.reader import sentence_to_read

WEIGHTS_FILE = Path(__file__).with_name("ranking.json")

PASSAGES = 50
"""Passages whose sentences are looked at."""

WAYS = 50
"""Ways of asking, the likest, whose sentences are looked at beside those."""

FEATURES = (
    "cosine",
    "passage",
    "letters",
    "length",
    "promotional",
    "way",
    "ways",
    "way_letters",
    "ways_letters",
    "read",
)
"""``cosine``: of the sentence and the expanded question. ``passage``: the best score of a
passage that holds it. ``letters``: likeness by letters, heading and lead-in included.
``length``: logarithm of its characters. ``promotional``: 1 if it praises. ``way``,
``ways``: cosine of the corrected question to the likest of the ways pinned to it, and the
mean of the likest three; ``way_letters``, ``ways_letters``: the same by letters. ``read``:
the reader's logit; 0 without a reader, the lowest that it gave where it did not read."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence and its position in the index, its score and its cosine to the question,
    the best passage that holds it, and what the reader made of it (see ``FEATURES``)."""

    position: int
    sentence: Sentence
    score: float
    cosine: float
    passage: int
    read: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was measured of one question.

    ``positions`` are the sentences looked at, ``passages`` the best passage of each,
    ``features`` has a row for each and a column for each of ``FEATURES``. ``way_cosines`` is
    a value a pinned way; ``way_letters`` one a way, the open ones included; ``ask_letters``
    one an ask of a disagreement; ``lead_in_letters`` and ``lead_in_cosines`` one a lead-in.
    """

    query: Query
    hits: tuple[Hit, ...]
    positions: NDArray[np.int64]
    passages: NDArray[np.int64]
    features: Values
    way_cosines: Values
    way_letters: Values
    ask_letters: Values
    lead_in_cosines: Values
    lead_in_letters: Values


class Matcher:
    """Gathers the evidence for questions on one index. Immutable, so threads may share it.

    Args:
        stored: the open index.
        encoder: the one that it was built with.
        dense_share: weight of the cosine in the search for passages.
        reader: reads the best candidates again, if there is one.
        read_sentences: how many of them.
    """

    def __init__(
        self,
        stored: StoredIndex,
        encoder: Encoder,
        dense_share: float,
        reader: Reader | None = None,
        read_sentences: int = 0,
    ) -> None:
        self.stored = stored
        self.reader, self._read_sentences = reader, read_sentences
        self._articles = {article.id: article for article in stored.articles}
        self._encoder, self._share = encoder, dense_share
        self._query_reader = QueryReader(stored)
        self._searcher = EmbeddedSearcher(stored.dense, stored.lexical, stored.passages)
        self._length = np.array([math.log(len(s.text)) for s in stored.sentences])
        self._promotional = np.array([float(is_promotional(s.text)) for s in stored.sentences])
        self._ways = _ways_by_sentence(stored)
        self.asked_terms = frozenset(
            term for way in stored.ways if way.sentences for term in terms(way.text)
        )
        """The terms of all ways that a sentence answers."""
        asks = np.ones(sum(len(d.asks) for d in stored.disagreements), dtype=bool)
        self.answered = np.append([bool(way.sentences) for way in stored.ways], asks).astype(bool)
        """For each way, and below these each ask of a disagreement, whether it is answered:
        the asks are, by the sides."""
        left_open = [way.about is not None for way in stored.ways]
        self.left_open = np.append(left_open, ~asks).astype(bool)
        """Likewise, whether the articles leave it open. Ways pinned to a lost list are neither:
        other sentences may answer them."""

    def evidence(self, question: str) -> Evidence:
        """What is measured of ``question``; no candidate where nothing was found."""
        stored, query = self.stored, self._query_reader.read(question)
        # Mostly one text, and then encoded once.
        asked = dict.fromkeys((query.corrected, query.expanded))
        vectors = dict(zip(asked, self._encoder.encode([*asked]), strict=True))
        corrected, expanded = vectors[query.corrected], vectors[query.expanded]
        hits = hybrid_search(
            self._searcher, expanded[None], query.expanded_terms, PASSAGES, self._share
        )
        way_cosines = (stored.way_vectors @ corrected).astype(np.float64)
        likeness = {text: stored.letters.cosines(text) for text in asked}
        letters = likeness[query.corrected]
        texts = len(stored.sentences), len(stored.lead_ins), len(stored.ways)
        _, lead_in_letters, way_letters, ask_letters = np.split(letters, np.cumsum(texts))
        letters = likeness[query.expanded]
        positions = self._positions(hits, way_cosines)
        passages, passage_scores = self._best_passages(hits, positions)
        lead_ins = stored.sentence_vectors[len(stored.sentences) :]
        columns = (
            (stored.sentence_vectors[positions] @ expanded).astype(np.float64),
            passage_scores,
            letters[positions],
            self._length[positions],
            self._promotional[positions],
            *self._likest(way_cosines, positions),
            *self._likest(way_letters, positions),
            np.zeros(len(positions)),
        )
        return Evidence(
            query=query,
            hits=hits,
            positions=positions,
            passages=passages,
            features=np.column_stack(columns).reshape(len(positions), len(FEATURES)),
            way_cosines=way_cosines,
            way_letters=way_letters,
            ask_letters=ask_letters,
            lead_in_cosines=(lead_ins @ expanded).astype(np.float64),
            lead_in_letters=lead_in_letters,
        )

    def rank(self, evidence: Evidence, weights: Weights) -> tuple[Candidate, ...]:
        """Every sentence that was looked at, best first, ties by position."""
        scores = evidence.features @ weights.of(FEATURES)
        named = features_of(evidence)
        rows = (evidence.positions, scores, named["cosine"], evidence.passages, named["read"])
        candidates = (
            Candidate(at, self.stored.sentences[at], score, cosine, passage, read)
            for at, score, cosine, passage, read in zip(*(r.tolist() for r in rows), strict=True)
        )
        return tuple(sorted(candidates, key=lambda c: (-round(c.score, 6), c.position)))

    def read(self, evidence: Evidence, ranked: Sequence[Candidate]) -> Evidence:
        """The evidence with what the reader says of the first of ``ranked``.

        Those that it does not read get the lowest logit that it gave: they stood lower.

        Raises:
            Unreachable, OwnFault: as the reader does.
        """
        if self.reader is None or not ranked:
            return evidence
        read = ranked[: self._read_sentences]
        texts = [sentence_to_read(self._articles[c.sentence.article], c.sentence) for c in read]
        logits = self.reader.read(evidence.query.corrected, texts)
        return with_logits(
            evidence, dict(zip((c.position for c in read), logits.tolist(), strict=True))
        )

    def reads(self, ranks: Mapping[int, int]) -> frozenset[int]:
        """The positions that the reader reads, given each one's rank before reading."""
        if self.reader is None:
            return frozenset()
        return frozenset(at for at, rank in ranks.items() if rank <= self._read_sentences)

    def ways_of(self, position: int) -> NDArray[np.int64]:
        """The numbers of the ways pinned to a sentence, shape (ways,)."""
        numbers: NDArray[np.int64] = self._ways[position]
        held: NDArray[np.int64] = numbers[numbers >= 0]
        return held

    def _positions(self, hits: Sequence[Hit], way_cosines: Values) -> NDArray[np.int64]:
        """The sentences of the passages found, and those of the likest ways."""
        found = {hit.passage for hit in hits}
        held = {
            at
            for at, sentence in enumerate(self.stored.sentences)
            if not found.isdisjoint(sentence.passages)
        }
        for way in np.argsort(-way_cosines, kind="stable")[:WAYS]:
            held.update(self.stored.ways[way].sentences)
        return np.array(sorted(held), dtype=np.int64)

    def _best_passages(
        self, hits: Sequence[Hit], positions: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Values]:
        """For each sentence the best passage that holds it and its score, 0 if not found."""
        scores = {hit.passage: hit.score for hit in hits}
        best = [
            max(self.stored.sentences[at].passages, key=lambda p: (scores.get(p, 0.0), -p))
            for at in positions
        ]
        return np.array(best, dtype=np.int64), np.array([scores.get(p, 0.0) for p in best])

    def _likest(self, likeness: Values, positions: NDArray[np.int64]) -> tuple[Values, Values]:
        """For each sentence, the likeness of the likest of its ways, and of its likest three.

        0 where it has no way; the mean of fewer where it has fewer than three.
        """
        ways = self._ways[positions]
        if not ways.shape[1]:
            return np.zeros(len(positions)), np.zeros(len(positions))
        values = np.append(likeness, -np.inf)[ways]
        best = -np.sort(-values, axis=1)[:, :3]
        there = np.isfinite(best)
        total = np.where(there, best, 0.0).sum(axis=1)
        return np.where(there[:, 0], best[:, 0], 0.0), total / np.maximum(there.sum(axis=1), 1)


def _ways_by_sentence(stored: StoredIndex) -> NDArray[np.int64]:
    """The ways of each sentence, shape (sentences, most ways of one), filled up with -1.

    -1 is the value behind the last one in ``Matcher._likest``.
    """
    held: list[list[int]] = [[] for _ in stored.sentences]
    for number, way in enumerate(stored.ways):
        for at in way.sentences:
            held[at].append(number)
    ways = np.full((len(held), max(map(len, held), default=0)), -1, dtype=np.int64)
    for row, numbers in zip(ways, held, strict=True):
        row[: len(numbers)] = numbers
    return ways


def with_logits(evidence: Evidence, logits: Mapping[int, float]) -> Evidence:
    """The evidence with a reader's logits, by position, at least one; the lowest of them
    stands for those that it did not read."""
    lowest = min(logits.values())
    features = evidence.features.copy()
    features[:, FEATURES.index("read")] = [
        logits.get(at, lowest) for at in evidence.positions.tolist()
    ]
    return dataclasses.replace(evidence, features=features)


def features_of(evidence: Evidence) -> Mapping[str, Values]:
    """The evidence by name, a value a candidate: what staff are shown as the reason."""
    return {name: evidence.features[:, n] for n, name in enumerate(FEATURES)}
