"""The table of questions is a test set again, and runs nothing in a spreadsheet."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.evaluate.test_report import evaluation, result

from kqa.errors import Unreachable
from kqa.evaluate.evaluation import evaluate
from kqa.evaluate.spreadsheet import unguard
from kqa.evaluate.systems import index_system
from kqa.evaluate.table import OUTCOME_COLUMNS, write_table
from kqa.evaluate.tasks import task_of_testset
from kqa.evaluate.testset import COLUMNS, read_testset
from kqa.index.store import StoredIndex
from kqa.settings import shipped

from kqa.answer.assistant import Assistant  # isort: skip

ACTIVE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1", " =1")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_is_the_test_set_with_what_came(
    stored: StoredIndex, built_assistant: Assistant, tmp_path: Path
) -> None:
    whole = shipped("testsets") / "ketamine_blind.jsonl"
    some = tmp_path / "some.jsonl"
    some.write_text("".join(whole.read_text("utf-8").splitlines(keepends=True)[::9]), "utf-8")
    testset = read_testset(some, stored.articles)
    task = task_of_testset(testset, stored)
    found = evaluate(task, index_system("full", built_assistant), tmp_path)
    write_table(found, tmp_path / "table.csv")
    again = read_testset(tmp_path / "table.csv", stored.articles)
    assert [(q.id, q.question, q.gold, q.kind, q.split) for q in again.questions] == [
        (q.id, q.question, q.gold, q.kind, q.split) for q in testset.questions
    ]
    written = rows(tmp_path / "table.csv")
    for row, each in zip(written, found.questions, strict=True):
        assert json.loads(unguard(row["came"])) == [shown.text for shown in each.shown]
        assert row["ranks"].split() == [str(rank) for rank in each.ranks or ()]
        assert {row["verdict"]} <= {"right", "wrong"}
        assert [float(row[name]) for name in each.values] == [*each.values.values()]


@pytest.mark.parametrize("text", ACTIVE)
def test_no_cell_begins_a_formula(tmp_path: Path, text: str) -> None:
    asked = result(1, question=text, id=text, kind=text, notices=(text,))
    write_table(evaluation(asked), tmp_path / "table.csv")
    (row,) = rows(tmp_path / "table.csv")
    assert unguard(row["question"]) == text
    assert row["question"].startswith("'")
    assert all(cell.startswith("'") or cell[:1] not in "=+-@\t＝" for cell in row.values() if cell)
    assert [*row][: len(COLUMNS) + len(OUTCOME_COLUMNS)] == [*COLUMNS, *OUTCOME_COLUMNS]


def test_a_table_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="nowhere"):
        write_table(evaluation(result(1)), tmp_path / "nowhere" / "table.csv")
