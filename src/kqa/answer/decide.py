"""How sure: a fitted probability that the best candidate answers the question.

Owns the features and the fitted weights (``confidence.json``: readable, with the set and
date that they were fitted on) and the threshold below which nothing is quoted. The
features never depend on how many quotes were asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kqa.answer.match import Candidate, Evidence, Matcher, Values, features_of
from kqa.answer.weights import Weights
from kqa.index.store import StoredIndex

WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
FEATURES = (
    "score",
    "lead",
    "gap",
    "off_topic",
    "letters",
    "unknown_share",
    "unasked_share",
    "way",
    "way_letters",
    "open_letters",
    "margin",
    "vote",
    "read",
)
LEAD_RANK = 10
GAP_RANK = 4
NEAR = 0.3
"""Cosine: off-topic questions stay below it, most others above (docs/evaluation.md)."""

VOTERS = 10
VOTE_SHARPNESS = 8.0
"""How much more a liker way counts: e to this power for a likeness of 1 more."""

LIKEST = 3


def probability(weights: Weights, features: Mapping[str, float]) -> float:
    """The logistic regression ``1 / (1 + exp(-(intercept + sum weight * feature)))``."""
    total = weights.intercept + sum(weights.by_name[name] * features[name] for name in FEATURES)
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, total))))


def features(
    matcher: Matcher, evidence: Evidence, candidates: Sequence[Candidate]
) -> dict[str, float]:
    """What the decision looks at, by name.

    ``score``: of the best candidate; ``lead``, ``gap``: how far it stands above the tenth
    and the fourth. ``off_topic``: how far the nearest sentence's cosine falls short of
    ``NEAR``. ``letters``: the likest sentence by letters. ``unknown_share``: share of the
    question's terms, weighed by idf, that no article holds; ``unasked_share``: nor any way
    that a sentence answers. ``way``, ``way_letters``: the likest of these ways;
    ``open_letters``: the likest of the others, which the articles leave open; ``margin``:
    the mean of the likest three of the ones above that of the others. ``vote``: the share
    of the ones among the likest ten ways. ``read``: the reader's logit of the best
    candidate, 0 without a reader.

    Args:
        matcher: of the open index.
        evidence: what was measured of the question.
        candidates: every candidate, best first.
    """
    unknown, unasked = _unknown_shares(matcher, evidence)
    scores = [candidate.score for candidate in candidates[:LEAD_RANK]] or [0.0]
    nearest = max((candidate.cosine for candidate in candidates), default=0.0)
    letters = features_of(evidence)["letters"] if len(evidence.positions) else np.zeros(1)
    return {
        "score": scores[0],
        "lead": scores[0] - scores[-1],
        "gap": scores[0] - scores[:GAP_RANK][-1],
        "off_topic": max(0.0, NEAR - nearest),
        "letters": float(letters.max()),
        "unknown_share": unknown,
        "unasked_share": unasked,
        **_ways(matcher, evidence),
        "read": candidates[0].read if candidates else 0.0,
    }


def _ways(matcher: Matcher, evidence: Evidence) -> dict[str, float]:
    """How like the question is to the ways that are answered and to those that are not."""
    if not matcher.stored.ways:
        return dict.fromkeys(("way", "way_letters", "open_letters", "margin", "vote"), 0.0)
    answered, left_open = matcher.answered, matcher.left_open
    letters = np.append(evidence.way_letters, evidence.ask_letters)
    letters = np.where(answered | left_open, letters, 0.0)
    likest = np.argsort(-letters, kind="stable")[:VOTERS]
    weight = np.exp(VOTE_SHARPNESS * (letters[likest] - letters[likest[0]]))
    cosines = evidence.way_cosines[answered[: len(evidence.way_cosines)]]
    return {
        "way": _most(cosines),
        "way_letters": _most(letters[answered]),
        "open_letters": _most(letters[left_open]),
        "margin": _likest(letters[answered]) - _likest(letters[left_open]),
        "vote": float((weight * answered[likest]).sum() / weight.sum()),
    }


def _most(values: Values) -> float:
    return float(values.max(initial=0.0))


def _likest(values: Values) -> float:
    return float(np.sort(values)[-LIKEST:].mean()) if len(values) else 0.0


def _unknown_shares(matcher: Matcher, evidence: Evidence) -> tuple[float, float]:
    stored, terms = matcher.stored, evidence.query.terms
    weights = [_idf(stored, term) for term in terms]
    unknown = [
        0.0 if stored.lexical.document_frequency(term) else weight
        for term, weight in zip(terms, weights, strict=True)
    ]
    unasked = [
        0.0 if term in matcher.asked_terms else weight
        for term, weight in zip(terms, unknown, strict=True)
    ]
    total = sum(weights)
    return (sum(unknown) / total, sum(unasked) / total) if total else (1.0, 1.0)


def _idf(stored: StoredIndex, term: str) -> float:
    """Inverse document frequency, never negative: Lucene's ``ln(1 + (N - n + 0.5)/(n + 0.5))``."""
    count, held = len(stored.lexical), stored.lexical.document_frequency(term)
    return math.log(1 + (count - held + 0.5) / (held + 0.5))
