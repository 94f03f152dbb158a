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
from kqa.records import Vectors

WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
FEATURES = ("cosine", "topic", "lead", "unknown_share", "unknown_terms")
TOPIC_RANK = 5
LEAD_RANK = 10


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
    stored: StoredIndex, vector: Vectors, query: Sequence[str], candidates: Sequence[Candidate]
) -> dict[str, float]:
    """What the decision looks at, by name; all neutral where there is no candidate.

    ``cosine``: the sentence nearest to the question. ``topic``: the fifth nearest
    passage: whether the articles are about this at all. ``lead``: how far the best
    candidate stands above the tenth. ``unknown_share``: share of the question's terms,
    weighed by idf, that no passage holds; ``unknown_terms``: how many those are.

    Args:
        stored: the open index.
        vector: the question's vector, shape (1, dimension).
        query: the question's terms.
        candidates: every candidate, best first.
    """
    if not candidates:
        return dict.fromkeys(FEATURES, 0.0) | {"unknown_share": 1.0}
    different = list(dict.fromkeys(query))
    weights = [_idf(stored, term) for term in different]
    unknown = [not stored.lexical.document_frequency(term) for term in different]
    total = sum(weights)
    missing = sum(weight for weight, lost in zip(weights, unknown, strict=True) if lost)
    return {
        "cosine": max(candidate.cosine for candidate in candidates),
        "topic": stored.dense.search(vector, TOPIC_RANK)[-1].score,
        "lead": candidates[0].score - candidates[:LEAD_RANK][-1].score,
        "unknown_share": missing / total if total else 1.0,
        "unknown_terms": float(sum(unknown)),
    }


def _idf(stored: StoredIndex, term: str) -> float:
    """Inverse document frequency, never negative: Lucene's ``ln(1 + (N - n + 0.5)/(n + 0.5))``."""
    count, held = len(stored.lexical), stored.lexical.document_frequency(term)
    return math.log(1 + (count - held + 0.5) / (held + 0.5))
