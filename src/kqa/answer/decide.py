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

from kqa.answer.select import Candidate, term_share
from kqa.errors import OwnFault
from kqa.index.store import StoredIndex
from kqa.index.terms import terms

WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
FEATURES = ("score", "cosine", "lead", "covered", "unknown")


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
    """The features of the best candidate, by name; all neutral where there is none.

    ``score`` and ``cosine`` are the best candidate's; ``lead`` is how far it stands
    above the tenth; ``covered`` and ``unknown`` are shares of the query's terms that
    its passage has and that no passage has.
    """
    if not candidates:
        return {"score": 0.0, "cosine": 0.0, "lead": 0.0, "covered": 0.0, "unknown": 1.0}
    best = candidates[0]
    tenth = candidates[min(9, len(candidates) - 1)]
    passage = stored.passages[best.passage]
    covered, unknown = term_share(stored, query, terms(passage.searched_text))
    return {
        "score": best.score,
        "cosine": best.cosine,
        "lead": best.score - tenth.score,
        "covered": covered,
        "unknown": unknown,
    }
