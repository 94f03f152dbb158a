"""Further pairs that may disagree: close in meaning, opposite in what they say.

Owns how close is close and how long the list for staff may be. The signs of opposition
come from ``kqa.corpus.differences``. It is given vectors as arrays and knows no encoder,
no index and no file. A person judges every pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kqa.corpus.differences import Pair, Signs, Statement, oppositions, signs
from kqa.corpus.disagreements import PairsOfPlaces
from kqa.records import Sentence, Vectors

PAIRS = 40
"""Longest list: what one person reads in a quarter of an hour."""

PAIRS_OF_ONE_SIGN = 3
"""More of them, and one way of differing would fill the list."""

CLOSE = 0.1
"""Least likeness of two sentences about one thing, the common part of all taken away."""

NEIGHBOURS = 60
"""How many of the nearest sentences each one is compared with."""

_PRIOR = 10
"""Sentences of no meaning that the mean is taken with: a few sentences share no theme."""

_ROWS = 1_024
"""Sentences compared with all others at a time: bounds the memory of a large corpus."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A pair of positions, how alike the two are, and one sign that they disagree."""

    likeness: float
    one: int
    other: int
    sign: str
    why: str


def candidates(
    sentences: Sequence[Sentence],
    vectors: Vectors,
    known: PairsOfPlaces = frozenset(),
    limit: int = PAIRS,
) -> tuple[Pair, ...]:
    """Pairs of sentences that may disagree, the likeliest first, ``limit`` at most.

    The two stand in different articles or sections. ``vectors`` holds one unit vector a
    sentence. Pairs in ``known`` are left out. Time grows with the square of the number
    of sentences.

    Raises:
        ValueError: if there are not as many vectors as sentences.
    """
    if vectors.ndim != 2 or len(vectors) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences with vectors of shape {vectors.shape}")
    statements = [Statement(s.article, s.section, s.text, s.start, s.end) for s in sentences]
    found = sorted(_found(statements, vectors), key=lambda f: (-f.likeness, f.one, f.other, f.sign))
    return tuple(islice(_chosen(found, statements, known), limit))


def _chosen(
    found: Sequence[_Found], statements: Sequence[Statement], known: PairsOfPlaces
) -> Iterator[Pair]:
    """The pairs to be shown, in order: each once, and few of each sign."""
    shown = set(known)
    of_sign: Counter[str] = Counter()
    for each in found:
        one, other = statements[each.one].place, statements[each.other].place
        pair = Pair(one, other, f"{each.why}; alike by {each.likeness:.2f}")
        if pair.places not in shown and of_sign[each.sign] < PAIRS_OF_ONE_SIGN:
            shown.add(pair.places)
            of_sign[each.sign] += 1
            yield pair


def _found(statements: Sequence[Statement], vectors: Vectors) -> Iterator[_Found]:
    known_signs = [signs(statement.text) for statement in statements]
    for one, other, likeness in _close(vectors):
        if statements[one].apart_from(statements[other]):
            yield from _opposed(one, other, likeness, known_signs)


def _opposed(one: int, other: int, likeness: float, of: Sequence[Signs]) -> Iterator[_Found]:
    for sign, why in oppositions(of[one], of[other]):
        yield _Found(likeness, one, other, sign, why)


def _close(vectors: Vectors) -> Iterator[tuple[int, int, float]]:
    """Pairs of positions that are alike, the smaller first, each once, with the likeness.

    What all sentences share ("ketamine therapy") is taken away first: beside it, what a
    single sentence is about hardly shows.
    """
    own = vectors - vectors.sum(axis=0) / (len(vectors) + _PRIOR)
    lengths = np.linalg.norm(own, axis=1, keepdims=True)
    own = own / np.where(lengths > 0, lengths, 1)
    seen: set[tuple[int, int]] = set()
    for first in range(0, len(own), _ROWS):
        likeness = own[first : first + _ROWS] @ own.T
        for row, nearest in enumerate(np.argsort(-likeness, axis=1)[:, : NEIGHBOURS + 1]):
            for at in nearest:
                pair = min(first + row, int(at)), max(first + row, int(at))
                if pair[0] < pair[1] and likeness[row, at] >= CLOSE and pair not in seen:
                    seen.add(pair)
                    yield (*pair, float(likeness[row, at]))
