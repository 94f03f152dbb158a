"""The paired test is the one it claims to be: neither too easily convinced nor too hard."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kqa.errors import InputError
from kqa.evaluate import compare
from kqa.evaluate.compare import compare_runs, holm, paired_test
from kqa.evaluate.intervals import Floats
from kqa.evaluate.measure import DocumentJudge, SpanJudge
from kqa.evaluate.results import Qrel
from kqa.records import Span

QUARTERS = st.integers(-4, 4).map(lambda n: n / 4)


def _p(differences: Floats, **chosen: int) -> float:
    return float(paired_test(differences[:, None], **chosen)[0])


def _scipy(differences: Floats, resamples: int) -> float:
    found = stats.permutation_test(
        (differences, np.zeros_like(differences)),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        rng=np.random.default_rng(5),
    )
    return float(found.pvalue)


@given(st.lists(QUARTERS, min_size=2, max_size=10))
def test_few_questions_are_tested_exactly_as_scipy_does(differences: list[float]) -> None:
    given_ = np.array(differences)
    assert _p(given_) == pytest.approx(_scipy(given_, 2**10 + 1), abs=1e-9)


def test_the_sampled_p_is_near_the_exact_one() -> None:
    draw = np.random.default_rng(6)
    for shift in (0.0, 0.1, 0.3):
        differences = draw.normal(shift, 0.4, 16)
        assert _p(differences, exact=0) == pytest.approx(_p(differences), abs=0.02)


def test_many_questions_agree_with_scipy() -> None:
    differences = np.random.default_rng(7).normal(0.1, 0.4, 120)
    found = _p(differences)
    assert 0.01 < found < 0.2
    assert found == pytest.approx(_scipy(differences, 50_000), abs=0.01)


def test_runs_that_never_differ_give_1() -> None:
    assert _p(np.zeros(50)) == 1.0
    assert _p(np.zeros(3)) == 1.0


def test_a_known_shift_is_found() -> None:
    assert _p(np.random.default_rng(8).normal(0.2, 0.3, 100)) < 0.001


def test_p_is_never_0_when_sampled() -> None:
    assert _p(np.ones(200)) == pytest.approx(1 / (compare.PERMUTATIONS + 1))


def test_p_is_that_of_all_signs_alike_when_exact() -> None:
    assert _p(np.ones(10)) == 2 / 2**10


def test_one_in_twenty_comparisons_of_equals_is_called_different() -> None:
    draw = np.random.default_rng(9)
    found = paired_test(draw.normal(0, 1, (40, 2_000)), permutations=1_000)
    assert 0.04 <= (found < 0.05).mean() <= 0.06


@given(st.lists(QUARTERS, min_size=1, max_size=30))
def test_swapping_the_runs_changes_nothing(differences: list[float]) -> None:
    given_ = np.array(differences)
    assert _p(given_) == _p(-given_)


def test_questions_that_do_not_differ_change_nothing() -> None:
    differences = np.random.default_rng(10).normal(0.2, 1, 30)
    assert _p(differences) == _p(np.concatenate([differences, np.zeros(40)]))


def test_pieces_give_nearly_what_one_piece_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = np.random.default_rng(11).normal(0.05, 0.3, 60)
    whole = _p(differences)
    monkeypatch.setattr(compare, "_CELLS", 60 * 7)
    assert _p(differences) == pytest.approx(whole, abs=0.02)


def test_holm_is_the_published_correction() -> None:
    """The example of Wright (1992), Adjusted p-values: .001 .01 .02 .03 of five with .2."""
    assert holm([0.02, 0.001, 0.2, 0.01, 0.03]) == pytest.approx([0.06, 0.005, 0.2, 0.04, 0.06])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p_values: list[float]) -> None:
    corrected = holm(p_values)
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()
    for p, after in zip(p_values, corrected, strict=True):
        assert p - 1e-12 <= after <= min(1.0, p * len(p_values)) + 1e-12


# --- runs -------------------------------------------------------------------------------

QUERIES = tuple(f"q{n:02}" for n in range(40))
JUDGE = DocumentJudge([Qrel(query, "right", 1) for query in QUERIES])
Run = Mapping[str, Mapping[str, float]]


def _run(first: Mapping[str, bool]) -> Run:
    """For each query, the right document at rank 1 or 2."""
    return {
        query: {"right": 2.0 if is_first else 1.0, "wrong": 1.5}
        for query, is_first in first.items()
    }


def test_identical_runs_do_not_differ() -> None:
    run = _run({query: n % 3 == 0 for n, query in enumerate(QUERIES)})
    found = compare_runs(("a", run), ("b", run), JUDGE)
    assert all(row.p == row.p_holm == 1.0 for row in found.measures)
    assert all(row.difference.value == 0 for row in found.measures)
    assert found.changed == ()


def test_a_better_run_is_called_better_with_its_effect() -> None:
    worse = _run({query: n % 3 == 0 for n, query in enumerate(QUERIES)})
    found = compare_runs(
        ("a", worse), ("b", _run(dict.fromkeys(QUERIES, True))), JUDGE, ["RR@10", "R@100"]
    )
    reciprocal, recall = found.measures
    assert reciprocal.b.value == 1.0
    assert reciprocal.difference.value == pytest.approx(26 / 40 / 2)
    assert reciprocal.difference.low > 0
    assert reciprocal.p < 0.001 < reciprocal.p_holm * 10
    assert (reciprocal.better, reciprocal.worse) == (26, 0)
    assert (recall.p, recall.difference.value) == (1.0, 0.0)
    assert [c.query for c in found.changed] == [q for n, q in enumerate(QUERIES) if n % 3][:10]
    assert found.to_dict()["measures"]["RR@10"]["better"] == 26


def test_a_question_missing_from_a_run_scores_zero_and_is_counted() -> None:
    whole = _run(dict.fromkeys(QUERIES, True))
    half = {query: whole[query] for query in QUERIES[:20]}
    found = compare_runs(("whole", whole), ("half", half), JUDGE, ["RR@10"])
    assert (found.missing_a, found.missing_b, found.n) == (0, 20, 40)
    assert found.measures[0].b.value == 0.5


def test_runs_of_different_passages_share_one_pool() -> None:
    judge = SpanJudge({"q": [("a", Span(0, 10))]})
    found = compare_runs(
        ("coarse", {"q": {"a:0-10": 1.0}}), ("fine", {"q": {"a:0-5": 1.0, "a:5-9": 0.9}}), judge
    )
    recall = next(row for row in found.measures if row.measure == "R@100")
    assert recall.a.value == pytest.approx(1 / 3)
    assert recall.b.value == pytest.approx(2 / 3)


def test_runs_of_another_set_are_refused() -> None:
    run = _run({"other": True})
    with pytest.raises(InputError, match=r"run B.*no judged question"):
        compare_runs(("a", _run({"q01": True})), ("b", run), JUDGE)


def test_without_judgements_nothing_is_compared() -> None:
    with pytest.raises(InputError, match="there are none"):
        compare_runs(("a", {}), ("b", {}), DocumentJudge([]))


def test_comparing_twice_gives_the_same() -> None:
    a = _run({query: n % 3 == 0 for n, query in enumerate(QUERIES)})
    b = _run({query: n % 2 == 0 for n, query in enumerate(QUERIES)})
    assert compare_runs(("a", a), ("b", b), JUDGE) == compare_runs(("a", a), ("b", b), JUDGE)
