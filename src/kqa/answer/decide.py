"""How sure: a fitted probability that the best candidate answers the question.

Owns the features, the fitted weights (``confidence.json``: readable, with the set
and date that they were fitted on) and the threshold below which nothing is
quoted. The features never depend on how many quotes were asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kqa.answer.select import Candidate
from kqa.errors import OwnFault
from kqa.index.store import StoredIndex

WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
FEATURES = ("lead", "off_topic", "unknown_share")
LEAD_RANK = 10
NEAR = 0.3
"""Cosine: off-topic questions stay below it, most others above (training/fit_confidence.py)."""


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """A logistic regression: ``1 / (1 + exp(-(intercept + sum weight * feature)))``."""

    intercept: float
    weights: Mapping[str, float]
    threshold: float

    def probability(self, features: Mapping[str, float]) -> float:
        """The probability for one question's features, 0 to 1."""
        total = self.intercept + sum(self.weights[name] * features[name] for name in FEATURES)
        return 1.0 / (1.0 + math.exp(-total))


@cache
def fitted_model() -> ConfidenceModel:
    """The model of ``confidence.json``.

    Raises:
        OwnFault: if the file does not fit this code.
    """
    try:
        found = json.loads(WEIGHTS_FILE.read_bytes())
        weights = {name: float(found["weights"][name]) for name in FEATURES}
        return ConfidenceModel(float(found["intercept"]), weights, float(found["threshold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OwnFault(
            str(WEIGHTS_FILE), f"it cannot be used ({error!r})", "Reinstall kqa."
        ) from error


def features(
    stored: StoredIndex, query: Sequence[str], candidates: Sequence[Candidate]
) -> dict[str, float]:
    """What the decision looks at, by name; all neutral where there is no candidate.

    ``lead``: how far the best candidate stands above the tenth. ``off_topic``: how
    far the nearest sentence's cosine falls short of ``NEAR``; above it, nearer means
    little. ``unknown_share``: share of the question's terms, weighed by idf, that no
    passage holds.

    Args:
        stored: the open index.
        query: the question's terms.
        candidates: every candidate, best first.
    """
    if not candidates:
        return {"lead": 0.0, "off_topic": NEAR, "unknown_share": 1.0}
    weights = {term: _idf(stored, term) for term in query}
    missing = sum(w for term, w in weights.items() if not stored.lexical.document_frequency(term))
    total = sum(weights.values())
    return {
        "lead": candidates[0].score - candidates[:LEAD_RANK][-1].score,
        "off_topic": max(0.0, NEAR - max(candidate.cosine for candidate in candidates)),
        "unknown_share": missing / total if total else 1.0,
    }


def _idf(stored: StoredIndex, term: str) -> float:
    """Inverse document frequency, never negative: Lucene's ``ln(1 + (N - n + 0.5)/(n + 0.5))``."""
    count, held = len(stored.lexical), stored.lexical.document_frequency(term)
    return math.log(1 + (count - held + 0.5) / (held + 0.5))
