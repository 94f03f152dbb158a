"""One evaluation, end to end: figures, groups, runs, broken-off ones, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ir_measures
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from kqa.answer.assistant import Assistant
from kqa.errors import InputError, OwnFault, Unreachable
from kqa.evaluate import evaluation as module
from kqa.evaluate import results
from kqa.evaluate.beir import BeirDocument, BeirSet
from kqa.evaluate.evaluation import evaluate, to_dict
from kqa.evaluate.measure import MEASURES
from kqa.evaluate.public_sets import beir_sha256, beir_system
from kqa.evaluate.results import Evaluation, Gold, Qrel
from kqa.evaluate.runs import RunSystem, read_into
from kqa.evaluate.systems import Found, System, index_system
from kqa.evaluate.tasks import Task, task_of_beir, task_of_testset, task_of_topics
from kqa.evaluate.testset import read_testset
from kqa.evaluate.trec import read_run
from kqa.index.encoder import HashingEncoder
from kqa.index.store import StoredIndex
from kqa.records import Passage, Span
from kqa.settings import Settings, shipped

Questions = Sequence[results.TestQuestion]


@pytest.fixture(scope="session")
def testset(stored: StoredIndex) -> results.TestSet:
    """Every third of the shipped questions, so that all kinds are there."""
    read = read_testset(shipped("testsets") / "ketamine.jsonl", stored.articles)
    return replace(read, questions=read.questions[::3])


@pytest.fixture(scope="session")
def task(testset: results.TestSet, stored: StoredIndex) -> Task:
    return task_of_testset(testset, stored)


@pytest.fixture(scope="session")
def full(
    task: Task, built_assistant: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> Evaluation:
    return evaluate(task, index_system("full", built_assistant), tmp_path_factory.mktemp("cache"))


class Breaking:
    """A system that fails at its n-th batch."""

    def __init__(self, system: System, at: int) -> None:
        self._system, self._left = system, at
        self.name, self.index, self.settings = system.name, system.index, system.settings
        self.asked = 0

    def find(self, questions: Questions) -> list[Found]:
        if self._left == 0:
            raise OwnFault("power", "it is gone", "Wait.")
        self._left -= 1
        self.asked += len(questions)
        return self._system.find(questions)

    def look_up(self, document: str) -> Passage | None:
        return self._system.look_up(document)


def _undated(evaluation: Evaluation) -> dict[str, object]:
    return to_dict(evaluation) | {"date": ""}


def test_retrieval_counts_answerable_questions_and_refusal_the_others(
    full: Evaluation, testset: results.TestSet
) -> None:
    answerable = sum(question.answerable for question in testset.questions)
    assert {full.measures[name].n for name in (*MEASURES, "first_quote")} == {answerable}
    assert full.measures["refused"].n == len(testset.questions) - answerable
    assert full.measures["auroc"].n == full.measures["ece"].n == len(testset.questions)
    assert full.measures["disclaimer"].value == full.measures["verbatim"].value == 1.0


def test_each_figure_is_the_mean_of_its_questions(full: Evaluation) -> None:
    for name, measured in full.measures.items():
        values = [each.values[name] for each in full.questions if name in each.values]
        if values:
            assert measured.value == pytest.approx(np.mean(values))
            assert measured.n == len(values)


def test_the_confidence_is_set_against_answerable(full: Evaluation) -> None:
    answerable = [each.answerable for each in full.questions]
    confidence = [each.confidence for each in full.questions]
    assert full.measures["auroc"].value == pytest.approx(roc_auc_score(answerable, confidence))


def test_kinds_and_splits_part_the_questions(full: Evaluation) -> None:
    for groups, of in ((full.by_kind, "kind"), (full.by_split, "split")):
        names = {getattr(each, of) for each in full.questions}
        assert list(groups) == sorted(names)
        for name, measures in groups.items():
            own = [each for each in full.questions if getattr(each, of) == name]
            assert measures["disclaimer"].n == len(own)
    assert full.by_kind["list"].keys() >= {"list_coverage"}
    assert full.by_kind["disagree"].keys() >= {"all_sides"}
    assert "auroc" not in full.by_kind["list"]


def test_what_was_shown_is_the_articles_own_text(full: Evaluation, stored: StoredIndex) -> None:
    texts = {article.id: article.text for article in stored.articles}
    shown = [(each, quote) for each in full.questions for quote in each.shown]
    assert len(shown) > 50
    for each, quote in shown:
        assert quote.text == texts[quote.article][quote.start : quote.end]
        end = quote.context_start + len(quote.context_text)
        assert quote.context_text == texts[quote.article][quote.context_start : end]
        span = Span(quote.start, quote.end)
        right = any(g.article == quote.article and g.span.overlaps(span) for g in each.expected)
        assert quote.right == right


def test_the_json_is_the_contracts(full: Evaluation) -> None:
    found = json.loads(json.dumps(to_dict(full)))
    assert found["system"] == "full"
    assert found["index"] == full.index
    assert set(found["measures"]["nDCG@10"]) == {"value", "low", "high", "n"}
    assert {"nDCG@10", "AP", "RR@10", "R@100", "Success@3"} <= set(found["measures"])
    assert {"first_quote", "one_of_three", "list_coverage", "all_sides", "over_refusal"} <= set(
        found["measures"]
    )
    assert {"refused", "auroc", "ece", "verbatim", "disclaimer"} <= set(found["measures"])
    assert set(found["by_kind"]["direct"]["nDCG@10"]) >= {"value", "low", "high", "n"}
    assert [curve["name"] for curve in found["curves"]] == ["risk_coverage", "calibration"]
    assert len(found["questions"]) == full.measures["disclaimer"].n


def test_only_the_date_differs_between_two_evaluations(
    task: Task, built_assistant: Assistant, tmp_path: Path, full: Evaluation
) -> None:
    again = evaluate(task, index_system("full", built_assistant), tmp_path)
    assert _undated(again) == _undated(full)


def test_a_run_scored_again_gives_the_same_figures(
    task: Task,
    testset: results.TestSet,
    stored: StoredIndex,
    built_assistant: Assistant,
    tmp_path: Path,
) -> None:
    own = evaluate(task, index_system("hybrid", built_assistant), tmp_path, run=tmp_path / "run")
    tag, run = read_into(read_run(tmp_path / "run"))
    judged = task_of_testset(testset, stored, runs=(run,))
    again = evaluate(judged, RunSystem(tag, run), tmp_path)
    assert again.measures == own.measures
    assert again.by_kind == own.by_kind


def test_the_ranks_of_gold_are_those_of_the_run(
    task: Task, built_assistant: Assistant, tmp_path: Path
) -> None:
    found = evaluate(task, index_system("lexical", built_assistant), tmp_path, run=tmp_path / "run")
    ranked: dict[str, list[str]] = {}
    for line in read_run(tmp_path / "run"):
        ranked.setdefault(line.query, []).append(line.document)
    for each in found.questions:
        if not each.answerable:
            assert each.ranks is None
            continue
        relevant = task.judge.relevant(each.id)
        documents = ranked.get(each.id, [])
        assert each.ranks is not None
        assert [documents[rank - 1] in relevant for rank in each.ranks] == [True] * len(each.ranks)
        assert len(each.ranks) == sum(document in relevant for document in documents)
        reciprocal = 1 / each.ranks[0] if each.ranks and each.ranks[0] <= 10 else 0.0
        assert each.values["RR@10"] == pytest.approx(reciprocal)


def test_the_run_scored_by_trec_eval_gives_the_same_figures(
    task: Task, built_assistant: Assistant, tmp_path: Path
) -> None:
    own = evaluate(task, index_system("lexical", built_assistant), tmp_path, run=tmp_path / "run")
    qrels = [
        ir_measures.Qrel(question.id, document, 1)
        for question in task.questions
        for document in task.judge.relevant(question.id)
    ]
    names = [name for name in MEASURES if name != "RR@10"]
    theirs = ir_measures.pytrec_eval.calc_aggregate(
        [ir_measures.parse_measure(name) for name in names],
        qrels,
        [
            ir_measures.ScoredDoc(line.query, line.document, line.score)
            for line in read_run(tmp_path / "run")
        ],
    )
    for measure, value in theirs.items():
        assert own.measures[str(measure)].value == pytest.approx(value, abs=1e-6)


def test_a_run_of_other_passages_is_judged_by_overlap(
    testset: results.TestSet, stored: StoredIndex, tmp_path: Path
) -> None:
    run = {
        q.id: {f"{q.gold[0].article}:{q.gold[0].start}-{q.gold[0].start + 3}": 1.0}
        for q in testset.questions
        if q.answerable
    }
    found = evaluate(task_of_testset(testset, stored, runs=(run,)), RunSystem("x", run), tmp_path)
    assert found.measures["RR@10"].value == 1.0
    several = [len({g.span for g in q.gold}) > 1 for q in testset.questions if q.answerable]
    assert found.measures["R@100"].value < 1.0
    assert any(several)


# --- broken off ---------------------------------------------------------------------------


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_a_broken_off_evaluation_goes_on_and_ends_alike(
    task: Task,
    built_assistant: Assistant,
    tmp_path: Path,
    full: Evaluation,
    monkeypatch: pytest.MonkeyPatch,
    batches: int,
) -> None:
    monkeypatch.setattr(module, "BATCH", 16)
    system = index_system("full", built_assistant)
    with pytest.raises(OwnFault):
        evaluate(task, Breaking(system, batches), tmp_path)
    rest = Breaking(system, -1)
    assert _undated(evaluate(task, rest, tmp_path)) == _undated(full)
    assert rest.asked == len(task.questions) - 16 * batches
    assert list((tmp_path / "evaluations").iterdir()) == []


def test_half_a_batch_is_asked_again_whole_and_kept_once(
    task: Task,
    built_assistant: Assistant,
    tmp_path: Path,
    full: Evaluation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 16)
    system = index_system("full", built_assistant)
    with pytest.raises(OwnFault):
        evaluate(task, Breaking(system, 2), tmp_path)
    (file,) = (tmp_path / "evaluations").iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:20]) + lines[20][:30])
    rest = Breaking(system, -1)
    assert _undated(evaluate(task, rest, tmp_path)) == _undated(full)
    assert rest.asked == len(task.questions) - 16


def test_fresh_asks_everything_again(
    task: Task, built_assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 16)
    system = index_system("lexical", built_assistant)
    with pytest.raises(OwnFault):
        evaluate(task, Breaking(system, 2), tmp_path)
    again = Breaking(system, -1)
    evaluate(task, again, tmp_path, fresh=True)
    assert again.asked == len(task.questions)


def test_another_split_takes_up_nothing(
    testset: results.TestSet,
    stored: StoredIndex,
    built_assistant: Assistant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 16)
    system = index_system("lexical", built_assistant)
    with pytest.raises(OwnFault):
        evaluate(task_of_testset(testset, stored, "dev"), Breaking(system, 1), tmp_path)
    other = Breaking(system, -1)
    evaluate(task_of_testset(testset, stored, "test"), other, tmp_path)
    assert other.asked == sum(q.split == "test" for q in testset.questions)


def test_no_question_is_written_to_the_cache(
    task: Task, built_assistant: Assistant, tmp_path: Path
) -> None:
    with pytest.raises(OwnFault):
        evaluate(task, Breaking(index_system("full", built_assistant), 1), tmp_path)
    (file,) = (tmp_path / "evaluations").iterdir()
    kept = file.read_text("utf-8")
    assert len(kept.splitlines()) == module.BATCH
    long = [question.question for question in task.questions if len(question.question) > 25]
    assert not any(question in kept for question in long)


def test_a_run_that_cannot_be_written_loses_no_work(
    task: Task, built_assistant: Assistant, tmp_path: Path
) -> None:
    system = index_system("lexical", built_assistant)
    with pytest.raises(Unreachable):
        evaluate(task, system, tmp_path, run=tmp_path / "nowhere" / "run")
    rest = Breaking(system, 0)
    evaluate(task, rest, tmp_path, run=tmp_path / "run")
    assert len(list(read_run(tmp_path / "run"))) > 1_000


def test_a_large_set_keeps_values_only(
    task: Task,
    built_assistant: Assistant,
    tmp_path: Path,
    full: Evaluation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FULL_DETAIL", 10)
    found = evaluate(task, index_system("full", built_assistant), tmp_path)
    assert found.measures == full.measures
    assert not any(each.shown or each.expected for each in found.questions)
    assert [each.values for each in found.questions] == [each.values for each in full.questions]


def test_progress_reaches_the_end(task: Task, built_assistant: Assistant, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    system = index_system("lexical", built_assistant)
    evaluate(task, system, tmp_path, progress=lambda *step: told.append(step))
    assert told[0] == ("questions", 0, len(task.questions))
    assert told[-1] == ("questions", len(task.questions), len(task.questions))


# --- tasks --------------------------------------------------------------------------------


def test_a_split_that_is_not_there_names_those_that_are(
    testset: results.TestSet, stored: StoredIndex
) -> None:
    with pytest.raises(InputError, match="dev, test"):
        task_of_testset(testset, stored, "train")


def test_a_public_set_is_measured_by_its_qrels(built_settings: Settings, tmp_path: Path) -> None:
    others = tuple(BeirDocument(f"x{n}", "", f"other{n} words{n}") for n in range(5))
    documents = (
        *(BeirDocument("1", "One", "ketamine dose"), BeirDocument("2", "", "mood")),
        *others,
    )
    qrels = (Qrel("a", "1", 1), Qrel("b", "1", 1), Qrel("b", "2", 2), Qrel("c", "gone", 1))
    queries = {"a": "ketamine", "b": "mood", "c": "mood"}
    beir = BeirSet("tiny", "test", documents, queries, qrels, ("1 judged document is missing",))
    task = task_of_beir(beir, beir_sha256(beir))
    system, _ = beir_system("lexical", beir, built_settings, HashingEncoder())
    found = evaluate(task, system, tmp_path)
    assert found.test_set == "tiny, test"
    assert found.measures["RR@10"].value == pytest.approx(2 / 3)
    assert found.measures["R@100"].value == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.measures["RR@10"].warning == "only 3 questions, fewer than 30; " + (
        f"the interval is {found.measures['RR@10'].high - found.measures['RR@10'].low:.2f} wide"
    )
    assert "missing" in found.settings["warnings"]
    assert [g.article for g in found.questions[1].expected] == ["1", "2"]
    assert found.questions[0].shown[0].right
    assert found.curves == ()
    assert "auroc" not in found.measures


def _qrels(testset: results.TestSet, whole: bool) -> list[Qrel]:
    return [
        Qrel(q.id, document, 1)
        for q in testset.questions
        for document in dict.fromkeys(g.article if whole else _document(g) for g in q.gold)
    ]


def _document(gold: Gold) -> str:
    return f"{gold.article}:{gold.span.start}-{gold.span.end}"


def test_topics_with_judged_spans_are_the_test_set(
    testset: results.TestSet,
    stored: StoredIndex,
    task: Task,
    built_assistant: Assistant,
    tmp_path: Path,
) -> None:
    topics = {q.id: q.question for q in testset.questions}
    of_topics, whole = task_of_topics("t", topics, _qrels(testset, whole=False), stored)
    system = index_system("hybrid", built_assistant)
    assert not whole
    assert evaluate(of_topics, system, tmp_path).measures == (
        evaluate(task, system, tmp_path).measures
    )


def test_topics_with_judged_articles_rank_articles(
    testset: results.TestSet, stored: StoredIndex, built_assistant: Assistant, tmp_path: Path
) -> None:
    topics = {q.id: q.question for q in testset.questions}
    of_topics, whole = task_of_topics("t", topics, _qrels(testset, whole=True), stored)
    system = index_system("hybrid", built_assistant, whole_articles=True)
    assert whole
    assert evaluate(of_topics, system, tmp_path).measures["R@100"].value == 1.0


def test_topics_of_another_corpus_are_refused(stored: StoredIndex) -> None:
    for document in ("elsewhere", "elsewhere:0-5"):
        with pytest.raises(InputError, match="no relevant document is an article"):
            task_of_topics("t", {"q": "why"}, [Qrel("q", document, 1)], stored)
    with pytest.raises(InputError, match="no topic is judged"):
        task_of_topics("t", {"q": "why"}, [Qrel("other", "d", 1)])


def test_judged_queries_without_a_topic_are_counted() -> None:
    task, _ = task_of_topics("t", {"q": "why"}, [Qrel("q", "d", 1), Qrel("r", "d", 1)])
    assert task.warnings == ("1 judged queries are no topics",)
    assert [question.id for question in task.questions] == ["q"]
