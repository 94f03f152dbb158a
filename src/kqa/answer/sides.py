"""Which known disagreement a question meets, and which sentences speak for its sides.

Owns how near is near enough. What the articles disagree on is data
(``disagreements.toml``); nothing here says who is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from kqa.answer.match import Candidate, Evidence
from kqa.answer.select import Chosen
from kqa.index.store import StoredIndex
from kqa.records import KnownDisagreement

LIKE = 0.4
"""Likeness by letters to one of its asks from which a disagreement may be met."""

AS_LIKE = 0.1
"""By so much a way of asking that is pinned to a sentence may be liker than the ask: beyond
it, the question is about that one fact."""

NEAR = 5.0
"""How far below the best candidate the sentence of one side may score."""

ALTERNATIVE_AS_LIKE = 0.4
ALTERNATIVE_NEAR = 8.0
"""The same limits, wider, where the question offers an alternative ("at home or in a clinic")."""

_ALTERNATIVE = re.compile(r"\b(?:or|versus|vs|either|rather than)\b", re.IGNORECASE)

A_SIDE = 2
"""Sentences shown for one side at most."""

BOTH_NEAR = 4.0
"""How far the second side's may, where that alone shows that both sides answer."""


def disagreement_met(
    stored: StoredIndex,
    evidence: Evidence,
    candidates: Sequence[Candidate],
    *,
    lists: bool = False,
) -> KnownDisagreement | None:
    """The disagreement that the question is about, None where it is about none.

    The likest ask alone does not decide, since neighbouring subjects use the same words:
    a sentence of a side must be near the question, and either one of the other side as
    well, or no way of asking for a single fact be much liker than the ask. The limits were
    chosen on the dev questions (docs/evaluation.md).

    Args:
        stored: the open index.
        evidence: what was measured of the question.
        candidates: every candidate, best first, at least one.
        lists: whether a whole list answers the question, too: then only an ask that is
            likest of all counts.
    """
    scores = {candidate.position: candidate.score for candidate in candidates}
    alternative = bool(_ALTERNATIVE.search(evidence.query.corrected))
    near = ALTERNATIVE_NEAR if alternative else NEAR
    ways = evidence.way_letters[: len(evidence.way_cosines)]
    single_fact = float(ways.max(initial=0.0)) - (
        0.0 if lists else ALTERNATIVE_AS_LIKE if alternative else AS_LIKE
    )
    met: list[tuple[float, KnownDisagreement]] = []
    for disagreement, likeness in zip(
        stored.disagreements, _likeness(stored, evidence), strict=True
    ):
        behind = sorted(
            candidates[0].score - max(scores.get(at, -np.inf) for at in side.sentences)
            for side in disagreement.sides
        )
        asked = behind[0] <= near and likeness >= single_fact
        both = behind[1] <= BOTH_NEAR and not lists
        if likeness >= LIKE and (asked or both):
            met.append((likeness, disagreement))
    return max(met, key=lambda pair: pair[0])[1] if met else None


def _likeness(stored: StoredIndex, evidence: Evidence) -> Iterator[float]:
    """For each disagreement, the likeness of its likest ask by letters."""
    at = 0
    for disagreement in stored.disagreements:
        asks = evidence.ask_letters[at : at + len(disagreement.asks)]
        at += len(disagreement.asks)
        yield float(asks.max())


def side_quotes(
    stored: StoredIndex,
    disagreement: KnownDisagreement,
    candidates: Sequence[Candidate],
) -> tuple[Chosen, ...]:
    """For each side the sentences that speak for it, ``A_SIDE`` at most: the best of its
    ranked ones, else the first that the file names. The side of the best candidate stands
    first."""
    ranked = {candidate.position: candidate for candidate in candidates}
    lowest = min((candidate.score for candidate in candidates), default=0.0)
    sides: list[list[Chosen]] = []
    for side in disagreement.sides:
        found = sorted(
            (ranked[at] for at in side.sentences if at in ranked),
            key=lambda candidate: (-candidate.score, candidate.position),
        )
        if not found:
            at = side.sentences[0]
            sentence = stored.sentences[at]
            found = [Candidate(at, sentence, lowest, 0.0, sentence.passages[0])]
        sides.append([Chosen(candidate, side.name) for candidate in found[:A_SIDE]])
    sides.sort(key=lambda side: -side[0].candidate.score)
    return tuple(one for side in sides for one in side)
