"""Fitted weights: a few numbers by name, kept as readable JSON with where they come from.

Owns the form of ``ranking.json`` and ``confidence.json`` and the choice among the four
sets in each: fitted with ways of asking, and without any, as a new corpus begins; with the
shipped reader, and without one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kqa.errors import OwnFault


def set_name(*, ways: bool, reader: bool) -> str:
    """The name of the set fitted with or without ways of asking and a reader."""
    return f"{'with' if ways else 'without'}_ways_{'with' if reader else 'without'}_reader"


@dataclass(frozen=True, slots=True)
class Weights:
    """A weight for each feature, a constant added to their sum, and a threshold.

    ``advice`` is the share of questions for personal advice whose first quote is right.
    """

    by_name: Mapping[str, float]
    intercept: float = 0.0
    threshold: float = 0.0
    advice: float = 0.0

    def of(self, features: Sequence[str]) -> NDArray[np.float64]:
        """The weights in the order of ``features``."""
        return np.array([self.by_name[name] for name in features])


@cache
def read_weights(file: Path, features: tuple[str, ...], *, ways: bool, reader: bool) -> Weights:
    """The weights of ``file``: those of the set that was fitted for such an index.

    Raises:
        OwnFault: if the file does not fit this code.
    """
    try:
        found = json.loads(file.read_bytes())[set_name(ways=ways, reader=reader)]
        weights = {name: float(found["weights"][name]) for name in features}
        constants = (float(found.get(name, 0.0)) for name in ("intercept", "threshold", "advice"))
        return Weights(weights, *constants)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OwnFault(str(file), f"it cannot be used ({error!r})", "Reinstall kqa.") from error
