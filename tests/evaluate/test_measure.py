"""Measures are trec_eval's, to the last digit that matters, and gold spans judge passages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.errors import InputError
from kqa.evaluate.measure import MEASURES, DocumentJudge, SpanJudge, measure
from kqa.evaluate.results import Qrel
from kqa.evaluate.systems import falling
from kqa.records import Span

DOCUMENTS = tuple(f"d{n}" for n in range(12))
QRELS = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 3), max_size=8)
RUN = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 9).map(float), max_size=12)
QUESTIONS = st.lists(st.tuples(QRELS, RUN), min_size=1, max_size=6)


def _ranking(scores: Mapping[str, float]) -> list[str]:
    """As trec_eval ranks: by score, ties by document id, the greater first."""
    return sorted(sorted(scores, reverse=True), key=lambda document: -scores[document])


def _by_hand(relevant: Mapping[str, int], scores: Mapping[str, float]) -> dict[str, float]:
    """The measures by their definitions."""
    ranking = _ranking(scores)
    gains = [relevant.get(document, 0) for document in ranking]
    hits = [gain > 0 for gain in gains]
    total = sum(gain > 0 for gain in relevant.values())
    ideal = _dcg(sorted(relevant.values(), reverse=True)[:10])
    first = next((rank for rank, hit in enumerate(hits, 1) if hit), math.inf)
    precisions = [sum(hits[:rank]) / rank for rank, hit in enumerate(hits, 1) if hit]
    return {
        "nDCG@10": _dcg(gains[:10]) / ideal if ideal else 0.0,
        "AP": sum(precisions) / total if total else 0.0,
        "RR@10": 1 / first if first <= 10 else 0.0,
        "R@100": sum(hits[:100]) / total if total else 0.0,
        "Success@1": float(first <= 1),
        "Success@3": float(first <= 3),
    }


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


@given(QUESTIONS)
def test_every_measure_is_what_its_definition_says(
    questions: list[tuple[dict[str, int], dict[str, float]]],
) -> None:
    """Ties included: they are broken as trec_eval breaks them."""
    relevant = [qrels for qrels, _ in questions]
    ranked = [tuple(run.items()) for _, run in questions]
    for found, (qrels, run) in zip(measure(relevant, ranked), questions, strict=True):
        assert found == pytest.approx(_by_hand(qrels, run), abs=1e-6)


@given(QUESTIONS)
def test_the_means_are_trec_evals_own(
    questions: list[tuple[dict[str, int], dict[str, float]]],
) -> None:
    """Over a whole set in one go; a question missing from the run scores zero."""
    questions = [(qrels or {"d0": 1}, run) for qrels, run in questions]
    names = [name for name in MEASURES if not name.startswith("RR")]
    theirs = ir_measures.pytrec_eval.calc_aggregate(
        [ir_measures.parse_measure(name) for name in names],
        {str(at): qrels for at, (qrels, _) in enumerate(questions)},
        {str(at): run for at, (_, run) in enumerate(questions) if run},
    )
    own = measure([q for q, _ in questions], [tuple(r.items()) for _, r in questions])
    for found, value in theirs.items():
        mean = sum(values[str(found)] for values in own) / len(questions)
        assert mean == pytest.approx(value, abs=1e-6)


@given(QUESTIONS)
def test_the_reciprocal_rank_is_ir_measures_own_where_nothing_ties(
    questions: list[tuple[dict[str, int], dict[str, float]]],
) -> None:
    for qrels, run in questions:
        untied = {document: float(at) for at, document in enumerate(_ranking(run))}
        (found,) = measure([qrels], [tuple(untied.items())], ["RR@10"])
        theirs = ir_measures.calc_aggregate(
            [ir_measures.RR @ 10], {"q": qrels or {"x": 1}}, {"q": untied} if untied else {}
        )
        assert found["RR@10"] == pytest.approx(theirs[ir_measures.RR @ 10], abs=1e-6)


def test_a_hit_at_rank_10_counts_and_at_rank_11_does_not() -> None:
    run = [(f"d{n:02}", float(-n)) for n in range(20)]
    tenth, eleventh = measure([{"d09": 1}, {"d10": 1}], [run, run], ["RR@10", "RR"])
    assert tenth == pytest.approx({"RR@10": 0.1, "RR": 0.1})
    assert eleventh == pytest.approx({"RR@10": 0.0, "RR": 1 / 11})


@pytest.mark.parametrize(("relevant", "ranked"), [({}, [("d", 1.0)]), ({"d": 1}, []), ({}, [])])
def test_nothing_relevant_or_nothing_found_is_zero_in_all(
    relevant: dict[str, int], ranked: list[tuple[str, float]]
) -> None:
    assert measure([relevant], [ranked]) == [dict.fromkeys(MEASURES, 0.0)]


@pytest.mark.parametrize("name", ["", "Nonsense@3", "nDCG@", "ERR@20", "__import__('os')", "1"])
def test_a_name_that_trec_eval_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="measure"):
        measure([{"d": 1}], [[("d", 1.0)]], [name])


@given(st.lists(st.floats(-5, 60, allow_subnormal=False), min_size=1, max_size=100))
def test_a_ranking_of_ours_is_never_reordered(scores: list[float]) -> None:
    """Scores that tie, or nearly, still rank the documents as they were ranked."""
    documents = [f"d{n}" for n in range(len(scores))]
    ranked = falling(zip(documents, sorted(scores, reverse=True), strict=True))
    assert _ranking(dict(ranked)) == documents
    for at in {0, len(documents) // 2, len(documents) - 1}:
        (found,) = measure([{documents[at]: 1}], [ranked], ["RR"])
        assert found["RR"] == pytest.approx(1 / (at + 1))


# --- gold spans --------------------------------------------------------------------------

PASSAGES = [("a", Span(0, 10)), ("a", Span(5, 20)), ("a", Span(20, 30)), ("b", Span(0, 10))]


@pytest.mark.parametrize(
    ("gold", "relevant"),
    [
        ([("a", Span(6, 8))], {"a:0-10", "a:5-20"}),
        ([("a", Span(19, 21))], {"a:5-20", "a:20-30"}),
        ([("a", Span(10, 20))], {"a:5-20"}),
        ([("a", Span(30, 31))], set()),
        ([("b", Span(0, 1)), ("a", Span(29, 99))], {"b:0-10", "a:20-30"}),
        ([("c", Span(0, 5))], set()),
    ],
)
def test_a_passage_is_relevant_if_it_overlaps_gold_in_its_article(
    gold: list[tuple[str, Span]], relevant: set[str]
) -> None:
    judge = SpanJudge({"q": gold}, PASSAGES)
    assert dict(judge.relevant("q")) == dict.fromkeys(relevant, 1)


def test_the_ideal_ranking_knows_every_passage_that_overlaps() -> None:
    judge = SpanJudge({"q": [("a", Span(6, 8))]}, PASSAGES)
    (half,) = measure([judge.relevant("q")], [[("a:5-20", 1.0), ("b:0-10", 0.5)]])
    assert half["R@100"] == 0.5
    assert half["nDCG@10"] == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_a_foreign_run_is_judged_by_overlap_and_unfound_gold_counts() -> None:
    judge = SpanJudge({"q": [("a", Span(6, 8)), ("b", Span(2, 4))]})
    relevant = judge.relevant("q", ["a:7-9", "a:0-3", "not a span"])
    assert relevant == {"a:7-9": 1, "b:2-4": 1}
    (found,) = measure([relevant], [[("a:7-9", 1.0), ("a:0-3", 0.9)]])
    assert found["R@100"] == 0.5
    assert found["RR@10"] == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=8),
)
def test_a_foreign_run_never_scores_above_one(
    gold: list[tuple[int, int]], retrieved: list[tuple[int, int]]
) -> None:
    judge = SpanJudge({"q": [("a", Span(s, s + n)) for s, n in gold]})
    pool = list(dict.fromkeys(f"a:{s}-{s + n}" for s, n in retrieved))
    relevant = judge.relevant("q", pool)
    assert relevant
    (found,) = measure([relevant], [[(d, -float(at)) for at, d in enumerate(pool)]])
    assert all(0 <= value <= 1 + 1e-9 for value in found.values())
    if found["R@100"] == 1.0:
        spans = [Span(s, s + n) for s, n in retrieved]
        assert all(any(Span(s, s + n).overlaps(own) for own in spans) for s, n in gold)


def test_documents_are_judged_by_their_ids() -> None:
    judge = DocumentJudge([Qrel("q2", "d", 1), Qrel("q1", "d", 0), Qrel("q1", "e", 2)])
    assert judge.queries == ("q2", "q1")
    assert judge.relevant("q1") == {"d": 0, "e": 2}
    assert judge.relevant("unknown") == {}
