"""The questions of an evaluation as a CSV table, for a spreadsheet.

Owns its columns. The first six are a test set's own, so the table is a test set that can
be asked again; the rest tell what came of each question. No cell begins a formula.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kqa.evaluate.lines import replacing
from kqa.evaluate.meanings import in_order
from kqa.evaluate.results import Evaluation, TestQuestion
from kqa.evaluate.spreadsheet import guard
from kqa.evaluate.testset import COLUMNS, cells_of
from kqa.evaluate.verdicts import Asked, verdicts

OUTCOME_COLUMNS = ("verdict", "why", "outcome", "confidence", "notices", "ranks", "came")
"""Columns beside a test set's; after them one a measure."""


def write_table(evaluation: Evaluation, path: Path) -> None:
    """Writes the table, whole or not at all; ``came`` is a JSON list of texts.

    The byte-order mark is for spreadsheets, which take a file without one for Latin-1.

    Raises:
        InputError: if a text cannot be written in UTF-8.
        Unreachable: if the file cannot be written.
    """
    names = in_order({name for result in evaluation.questions for name in result.values})
    columns = (*COLUMNS, *OUTCOME_COLUMNS, *names)
    with replacing(path) as file:
        file.write("\ufeff")
        table = csv.writer(file)
        table.writerow(columns)
        for asked in verdicts(evaluation):
            cells = _cells(asked)
            table.writerow([guard(str(cells.get(column, ""))) for column in columns])


def _cells(asked: Asked) -> Mapping[str, Any]:
    result = asked.result
    question = TestQuestion(
        result.id, result.question, result.answerable, result.expected, result.kind, result.split
    )
    return {
        **result.values,
        **cells_of(question),
        "verdict": asked.verdict,
        "why": asked.why,
        "outcome": result.outcome or "",
        "confidence": "" if result.confidence is None else result.confidence,
        "notices": " ".join(result.notices),
        "ranks": " ".join(map(str, result.ranks or ())),
        "came": json.dumps([shown.text for shown in result.shown], ensure_ascii=False),
    }
