"""kqa eval, compare and testset: what they print, write and refuse."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from kqa.errors import IndexMissing, InputError, KqaError, Unreachable
from kqa.settings import shipped
from kqa.surfaces.cli_evaluate import check_command, compare, eval_command

TESTSET = shipped("testsets") / "ketamine.jsonl"
QUESTIONS = sum(bool(line.strip()) for line in TESTSET.read_text("utf-8").splitlines())
Run = Callable[..., Result]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, built_index: Path, tmp_path: Path
) -> Callable[..., Result]:
    monkeypatch.setenv("KQA_CONFIG", os.devnull)
    monkeypatch.setenv("KQA_ENCODER", "hashing")
    monkeypatch.setenv("KQA_READER", "none")
    monkeypatch.setenv("KQA_INDEX", str(built_index))
    monkeypatch.setenv("KQA_CACHE", str(tmp_path / "cache"))

    def invoke(command: click.Command, *given: str | Path) -> Result:
        return CliRunner().invoke(command, [str(part) for part in given], standalone_mode=False)

    return invoke


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Every fifth of the shipped questions."""
    path = tmp_path / "questions.jsonl"
    lines = TESTSET.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[::5]), "utf-8")
    return path


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{n}", "title": f"Title{n}", "text": f"word{n} text"} for n in range(9)]
    asked = [{"_id": f"q{n}", "text": f"word{n}?"} for n in range(9)]
    for name, lines in (("corpus", rows), ("queries", asked)):
        text = "".join(json.dumps(row) + "\n" for row in lines)
        (folder / f"{name}.jsonl").write_text(text)
    judged = "".join(f"q{n}\td{n}\t1\n" for n in range(9))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    return folder


def _done(result: Result, code: int = 0) -> str:
    assert result.exception is None, result.exception
    assert result.return_value == code
    return result.stdout


def _json(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_done(result))
    return found


def test_the_shipped_questions_are_asked_by_default(run: Run) -> None:
    printed = _done(run(eval_command, "--system", "lexical"))
    assert printed.startswith(f"ketamine.jsonl, {QUESTIONS:,} questions; system lexical; index ")
    assert "nDCG@10" in printed
    assert "paraphrase" in printed


def test_full_is_the_default_and_its_json_holds_both_sorts_of_measures(
    run: Run, questions: Path
) -> None:
    found = _json(run(eval_command, questions, "--json", "--k", "2"))
    assert (found["system"], found["settings"]["k"]) == ("full", "2")
    assert {"nDCG@10", "first_quote", "auroc", "disclaimer"} <= found["measures"].keys()


def test_a_split_is_a_part(run: Run, questions: Path) -> None:
    found = _json(run(eval_command, questions, "--json", "--split", "dev", "--system", "lexical"))
    assert list(found["by_split"]) == ["dev"]


def test_every_way_to_ask_is_measured(run: Run, questions: Path, tmp_path: Path) -> None:
    """The run of one evaluation, scored again and set against another's."""
    for system in ("lexical", "hybrid"):
        _done(run(eval_command, questions, "--system", system, "--run", tmp_path / system))
    own = _json(run(eval_command, questions, "--system", "hybrid", "--json"))
    again = _json(run(eval_command, questions, "--from-run", tmp_path / "hybrid", "--json"))
    assert again["measures"] == own["measures"]
    assert again["questions"][0]["shown"] == own["questions"][0]["shown"]
    runs = tmp_path / "lexical", tmp_path / "hybrid"
    found = _json(run(compare, *runs, "--qrels", questions, "--json"))
    assert found["measures"]["nDCG@10"]["b"] == own["measures"]["nDCG@10"]
    printed = _done(run(compare, *runs, "--qrels", questions, "--measure", "P@5"))
    assert "P@5" in printed
    assert "nDCG@10" not in printed


def test_a_public_set_is_measured(run: Run, beir: Path, tmp_path: Path) -> None:
    for system in ("lexical", "dense", "hybrid"):
        found = _json(
            run(eval_command, "--beir", beir, "--system", system, "--json", "--run", tmp_path / "r")
        )
        assert found["measures"]["RR@10"]["value"] == 1.0
        assert found["test_set"]["name"] == "tiny, test"
    assert "hybrid" in _done(run(eval_command, "--beir", beir))
    found = _json(run(eval_command, "--beir", beir, "--from-run", tmp_path / "r", "--json"))
    assert found["measures"]["RR@10"]["value"] == 1.0
    assert found["questions"][0]["shown"][0]["text"] == "Title0\nword0 text"
    printed = _done(
        run(compare, tmp_path / "r", tmp_path / "r", "--qrels", beir / "qrels" / "test.tsv")
    )
    assert "1.0000" in printed


def test_topics_are_measured_with_and_without_an_index(run: Run, tmp_path: Path) -> None:
    (tmp_path / "topics").write_text("1\tWhen was ketamine first synthesized?\n")
    (tmp_path / "qrels").write_text("1 0 the-benefits-of-ketamine-therapy 1\n")
    files = ("--topics", tmp_path / "topics", "--qrels", tmp_path / "qrels", "--json")
    own = _json(run(eval_command, *files, "--run", tmp_path / "run"))
    assert own["measures"]["R@100"]["value"] == 1.0
    again = _json(run(eval_command, *files, "--from-run", tmp_path / "run"))
    assert again["measures"] == own["measures"]
    refused = run(eval_command, *files, "--system", "full")
    assert isinstance(refused.exception, InputError)


def test_a_report_is_written(run: Run, questions: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    _done(run(eval_command, questions, "--report", report))
    assert "nDCG@10" in report.read_text("utf-8")


def test_a_good_set_has_no_problems_and_a_weak_one_ends_with_1(
    run: Run, questions: Path, shipped_corpus: Path
) -> None:
    printed = _done(run(check_command, TESTSET, "--corpus", shipped_corpus))
    assert printed.endswith(f"{QUESTIONS} questions, 0 problems.\n")
    weak = _done(run(check_command, questions, "--corpus", shipped_corpus, "--json"), code=1)
    assert json.loads(weak)["problems"]


@pytest.mark.parametrize(
    "given",
    [
        ("x.jsonl", "--beir", "y"),
        ("--topics", "x"),
        ("--qrels", "x"),
        ("--from-run", "x", "--system", "full"),
        ("--topics", "x", "--qrels", "y", "--split", "dev"),
        ("--system", "best"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(run: Run, given: tuple[str, ...]) -> None:
    assert isinstance(run(eval_command, *given).exception, click.UsageError)


REFUSED: dict[str, tuple[tuple[str, ...], type[KqaError]]] = {
    "no such test set": (("nowhere.jsonl",), Unreachable),
    "no such folder": (("--beir", "nowhere"), Unreachable),
    "no such run": (("--from-run", "nowhere"), Unreachable),
    "full over documents": (("--beir", "{beir}", "--system", "full"), InputError),
    "no such split": (("--split", "train"), InputError),
    "too many quotes": (("{questions}", "--k", "11"), InputError),
    "no such index": (("--index", "nowhere"), IndexMissing),
    "a folder for the report that is not there": (("--report", "nowhere/r.html"), Unreachable),
    "the test set overwritten": (("{questions}", "--run", "{questions}"), InputError),
}


@pytest.mark.parametrize(("given", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_says_why(
    run: Run, given: tuple[str, ...], error: type[KqaError], questions: Path, beir: Path
) -> None:
    filled = [part.format(questions=questions, beir=beir) for part in given]
    assert type(run(eval_command, *filled).exception) is error


@pytest.mark.parametrize("command", [eval_command, compare, check_command])
def test_help_has_an_example(command: click.Command) -> None:
    printed = CliRunner().invoke(command, ["--help"]).output
    assert f"Example: kqa {command.name} " in printed
