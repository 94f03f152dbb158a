"""Is run B better than run A, or was it luck? A paired test over the same questions.

Owns the randomization test (Fisher 1935; for retrieval: Smucker, Allan & Carterette,
CIKM 2007): under the null hypothesis the two runs could swap any question's values, so
the mean difference is set against those of random swaps. Two-sided; every swap is tried
where at most 16 questions differ, else 10,000 random ones, counted with the observed
one, so that p is never 0. Over several measures the p values are corrected after
Holm (1979).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kqa.errors import InputError
from kqa.evaluate.intervals import Floats, mean_with_interval
from kqa.evaluate.measure import MEASURES, DocumentJudge, SpanJudge, measure
from kqa.evaluate.results import Measured
from kqa.evaluate.runs import TaggedRun

PERMUTATIONS = 10_000
EXACT = 16
"""At most so many differing questions: all ``2**n`` swaps are tried."""

MOST_CHANGED = 10
BATCH = 256
SIGNIFICANT = 0.05

_CELLS = 1_000_000
_TOLERANCE = 1e-9
"""Sums in another order differ in their last bits: such a swap is as extreme as what was seen."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of both runs. ``difference`` is B less A, the mean over questions.

    ``p`` is the paired test's, ``p_holm`` corrected over the measures. ``better`` counts
    the questions where B is above A, ``worse`` those where it is below.
    """

    measure: str
    a: Measured
    b: Measured
    difference: Measured
    p: float
    p_holm: float
    better: int
    worse: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A question's values in both runs, of one measure."""

    query: str
    measure: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over one set of judgements.

    ``changed`` are the questions whose first measure differs most. ``missing_*`` counts
    judged questions that a run does not hold: they score zero.
    """

    name_a: str
    name_b: str
    n: int
    missing_a: int
    missing_b: int
    measures: tuple[Compared, ...]
    changed: tuple[Changed, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "a": {"name": self.name_a, "missing": self.missing_a},
            "b": {"name": self.name_b, "missing": self.missing_b},
            "n": self.n,
            "measures": {row.measure: _compared_dict(row) for row in self.measures},
            "changed": [
                {"query": c.query, "measure": c.measure, "a": c.a, "b": c.b} for c in self.changed
            ],
        }


def compare_runs(
    run_a: TaggedRun,
    run_b: TaggedRun,
    judge: DocumentJudge | SpanJudge,
    measures: Sequence[str] = MEASURES,
    seed: int = 0,
) -> Comparison:
    """Both runs measured over the judged questions, a question missing from a run as zero.

    Args:
        run_a, run_b: as ``runs.read_into`` gives them.
        judge: what is relevant; where it pools, it pools the documents of both runs.
        measures: by their standard names.
        seed: of the test's random swaps.

    Raises:
        InputError: if nothing is judged, a measure is unknown, or a run holds no judged
            question.
    """
    (name_a, a), (name_b, b) = run_a, run_b
    queries = judge.queries
    if not queries:
        raise InputError("judgements", "there are none", "Name a file with judgements.")
    for which, run in (("A", a), ("B", b)):
        if not any(query in run for query in queries):
            reason = "it holds no judged question"
            raise InputError(
                f"run {which}", reason, "Check that the judgements belong to the runs."
            )
    values_a, values_b = _values(a, b, judge, measures)
    p_values = paired_test(values_b - values_a, seed=seed)
    rows = tuple(
        Compared(
            measure=name,
            a=mean_with_interval(values_a[:, at]),
            b=mean_with_interval(values_b[:, at]),
            difference=mean_with_interval(values_b[:, at] - values_a[:, at]),
            p=float(p),
            p_holm=float(corrected),
            better=int((values_b[:, at] > values_a[:, at] + _TOLERANCE).sum()),
            worse=int((values_b[:, at] < values_a[:, at] - _TOLERANCE).sum()),
        )
        for at, (name, p, corrected) in enumerate(
            zip(measures, p_values, holm(p_values), strict=True)
        )
    )
    return Comparison(
        name_a=name_a,
        name_b=name_b,
        n=len(queries),
        missing_a=sum(query not in a for query in queries),
        missing_b=sum(query not in b for query in queries),
        measures=rows,
        changed=_changed(queries, measures[0], values_a[:, 0], values_b[:, 0]),
    )


def paired_test(
    differences: Floats, permutations: int = PERMUTATIONS, exact: int = EXACT, seed: int = 0
) -> Floats:
    """Two-sided p of each column's mean by random swaps of signs.

    Args:
        differences: shape (questions, measures).
        permutations: how many random swaps.
        exact: at most so many rows that differ: all swaps are tried instead.
        seed: of the swaps; all columns meet the same.
    """
    kept = differences[(differences != 0).any(axis=1)]
    observed = np.abs(kept.sum(axis=0))
    limit = observed * (1 - _TOLERANCE)
    as_extreme, tried = np.zeros(differences.shape[1]), 0
    for signs in (
        _all_signs(len(kept)) if len(kept) <= exact else _signs(len(kept), permutations, seed)
    ):
        as_extreme += (np.abs(signs @ kept) >= limit).sum(axis=0)
        tried += len(signs)
    own = 0 if len(kept) <= exact else 1
    found: Floats = (as_extreme + own) / (tried + own)
    return found


def holm(p_values: Sequence[float] | Floats) -> Floats:
    """The p values corrected for their number after Holm (1979), in the same order."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = p[order] * (len(p) - np.arange(len(p)))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return corrected


def _values(
    a: Mapping[str, Mapping[str, float]],
    b: Mapping[str, Mapping[str, float]],
    judge: DocumentJudge | SpanJudge,
    measures: Sequence[str],
) -> tuple[Floats, Floats]:
    """Both runs' values, each of shape (questions, measures)."""
    pieces: tuple[list[list[float]], list[list[float]]] = ([], [])
    for at in range(0, len(judge.queries), BATCH):
        queries = judge.queries[at : at + BATCH]
        relevant = [judge.relevant(q, [*a.get(q, ()), *b.get(q, ())]) for q in queries]
        for run, piece in zip((a, b), pieces, strict=True):
            ranked = [tuple(run.get(query, {}).items()) for query in queries]
            piece += [[row[m] for m in measures] for row in measure(relevant, ranked, measures)]
    return np.array(pieces[0]), np.array(pieces[1])


def _all_signs(n: int) -> Iterable[NDArray[np.float64]]:
    """Every swap of ``n`` questions once: signs of shape (2**n, n)."""
    bits = np.arange(2**n)[:, None] >> np.arange(n) & 1
    yield np.where(bits, -1.0, 1.0)


def _signs(n: int, permutations: int, seed: int) -> Iterable[NDArray[np.float64]]:
    draw = np.random.default_rng(seed)
    at_once = max(1, _CELLS // n)
    for done in range(0, permutations, at_once):
        rows = min(at_once, permutations - done)
        yield np.where(draw.integers(0, 2, size=(rows, n), dtype=np.int8), -1.0, 1.0)


def _changed(queries: Sequence[str], name: str, a: Floats, b: Floats) -> tuple[Changed, ...]:
    """The questions that differ most, the greatest change first."""
    order = np.argsort(-np.abs(b - a), kind="stable")[:MOST_CHANGED]
    return tuple(
        Changed(queries[at], name, float(a[at]), float(b[at]))
        for at in order
        if abs(b[at] - a[at]) > _TOLERANCE
    )


def _compared_dict(row: Compared) -> dict[str, Any]:
    return {
        "a": row.a.to_dict(),
        "b": row.b.to_dict(),
        "difference": row.difference.to_dict(),
        "p": row.p,
        "p_holm": row.p_holm,
        "better": row.better,
        "worse": row.worse,
    }
