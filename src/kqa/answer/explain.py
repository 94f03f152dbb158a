"""Why this sentence: what each stage made of a question, for staff to look at.

Owns the records that tell it and how they are gathered from what was found. Computes no
score of its own: every number is one that the answer rests on, or a part of it. The ways
of asking in it are staff's own words; they are never shown to visitors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kqa.answer.find import Finder, Found
from kqa.answer.match import Candidate, features_of
from kqa.answer.weights import Weights
from kqa.records import Answer, Sentence

SHOWN = 8
"""Candidates that are told of at least: the best ones, and whichever is quoted below them."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A sign by name: its value, and what its fitted weight makes of it (value x weight)."""

    name: str
    value: float
    adds: float


@dataclass(frozen=True, slots=True)
class LikestWay:
    """The way of asking, of those pinned to a sentence, that is likest to the question.

    ``cosine`` and ``letters`` are its likenesses, 0 to 1.
    """

    text: str
    cosine: float
    letters: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate and all that was measured of it.

    ``rank_before`` and ``rank`` count from 1, before and after reading. ``quoted`` is the
    number of its quote in the answer, None where it is not quoted. ``cosine`` and
    ``letters`` compare the sentence with the question, 0 to 1; ``passage`` is the score of
    the best passage that holds it, ``bm25`` that passage's BM25, ``best_bm25`` the highest
    of any passage. ``logit`` is the reader's, None without a reader; ``was_read`` says
    whether the reader saw this sentence or it was given the lowest logit. ``score`` is the
    sum of all that ``features`` add.
    """

    sentence: Sentence
    rank_before: int
    rank: int
    quoted: int | None
    cosine: float
    letters: float
    passage: float
    bm25: float
    best_bm25: float
    way: LikestWay | None
    logit: float | None
    was_read: bool
    score: float
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One text that was searched: the question, a part of it, or it with the one before.

    ``corrected`` is the text after spelling, ``added`` the words that synonyms brought.
    The part is answered where ``confidence`` reaches ``threshold`` and nothing else holds
    it back: ``personal`` and ``lost_list`` (the lead-in) say what may. ``signs`` are those
    of the decision; their sum and ``intercept`` make the confidence.
    """

    text: str
    corrected: str
    added: tuple[str, ...]
    confidence: float
    threshold: float
    answers: bool
    personal: bool
    lost_list: str | None
    signs: tuple[Feature, ...]
    intercept: float
    candidates: tuple[Weighed, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer and, for each text that was searched for it, what was found.

    ``parts`` is empty where nothing was searched: a crisis, a question in another language.
    """

    answer: Answer
    parts: tuple[Part, ...] = ()


def explain_part(finder: Finder, found: Found, answer: Answer) -> Part:
    """What was found for one text, beside the answer that came of it."""
    query = found.evidence.query
    quoted = {(q.article.id, q.start): q.n for q in answer.quotes}
    before = {c.position: n for n, c in enumerate(finder.before_reading(found.evidence), start=1)}
    known = set(query.corrected.casefold().split())
    decision = finder.decision(found)
    weights = finder.confidence_weights
    return Part(
        text=found.text,
        corrected=query.corrected,
        added=tuple(w for w in query.expanded.split() if w.casefold() not in known),
        confidence=found.confidence,
        threshold=weights.threshold,
        answers=found.answers,
        personal=found.personal,
        lost_list=found.lost.text if found.lost else None,
        signs=_features(decision, weights),
        intercept=weights.intercept,
        candidates=tuple(_weighed(finder, found, before, quoted)),
    )


def _weighed(
    finder: Finder, found: Found, before: Mapping[int, int], quoted: Mapping[tuple[str, int], int]
) -> list[Weighed]:
    stored, evidence = finder.matcher.stored, found.evidence
    rows = {int(at): n for n, at in enumerate(evidence.positions)}
    named = features_of(evidence)
    bm25 = stored.lexical.scores(evidence.query.expanded_terms)
    best_bm25 = float(bm25.max(initial=0.0))
    read = finder.matcher.reads(before)
    shown = []
    for rank, candidate in enumerate(found.ranked, start=1):
        sentence = candidate.sentence
        number = quoted.get((sentence.article, sentence.start))
        if rank > SHOWN and number is None:
            continue
        row = rows[candidate.position]
        values = {name: float(column[row]) for name, column in named.items()}
        shown.append(
            Weighed(
                sentence=sentence,
                rank_before=before[candidate.position],
                rank=rank,
                quoted=number,
                cosine=values["cosine"],
                letters=values["letters"],
                passage=values["passage"],
                bm25=float(bm25[candidate.passage]),
                best_bm25=best_bm25,
                way=_likest_way(finder, found, candidate),
                logit=candidate.read if finder.matcher.reader is not None else None,
                was_read=candidate.position in read,
                score=candidate.score,
                features=_features(values, finder.ranking_weights),
            )
        )
    return shown


def _likest_way(finder: Finder, found: Found, candidate: Candidate) -> LikestWay | None:
    """The likest, by meaning and letters together, of the ways pinned to the sentence."""
    numbers = finder.matcher.ways_of(candidate.position)
    if not len(numbers):
        return None
    evidence = found.evidence
    cosines, letters = evidence.way_cosines[numbers], evidence.way_letters[numbers]
    best = int(np.argmax(cosines + letters))
    text = finder.matcher.stored.ways[int(numbers[best])].text
    return LikestWay(text, float(cosines[best]), float(letters[best]))


def _features(values: Mapping[str, float], weights: Weights) -> tuple[Feature, ...]:
    """What adds or takes away most first."""
    found = [Feature(name, value, value * weights.by_name[name]) for name, value in values.items()]
    return tuple(sorted(found, key=lambda feature: -abs(feature.adds)))
