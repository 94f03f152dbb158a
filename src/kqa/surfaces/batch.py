"""Many questions from a file, one answer a line: a bad row bears its error, the rest goes on.

Owns the JSONL forms of ``kqa ask --batch``. The output appears whole or not at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.errors import InputError, QuoteAltered, Unreachable
from kqa.evaluate.lines import LINE_BYTES, replacing


def answer_batch(assistant: Assistant, batch: Path, out: Path, k: int) -> tuple[int, int]:
    """Answers every row of ``batch`` into ``out``; the numbers of answers and of errors.

    Raises:
        InputError: if ``batch`` and ``out`` are one file.
        Unreachable: if a file cannot be read or written; ``out`` is then as before.
        IndexUnusable: if no index can answer.
    """
    if batch.resolve() == out.resolve():
        raise InputError(str(out), "it is the batch itself", "Name another file with --out.")
    answered = errors = 0
    with _opened(batch) as rows, replacing(out) as file:
        for number, line in enumerate(tqdm(rows, unit="question", disable=None), start=1):
            if line.strip():
                row = _row(assistant, line, number, k)
                errors += "error" in row
                answered += "error" not in row
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return answered, errors


def _opened(batch: Path) -> BinaryIO:
    try:
        return batch.open("rb")
    except OSError as error:
        reason = f"it cannot be read ({error.strerror})"
        raise Unreachable(str(batch), reason, "Check the path and its permissions.") from error


def _row(assistant: Assistant, line: bytes, number: int, k: int) -> dict[str, Any]:
    identity: object = None
    try:
        found = _parse(line, number)
        identity = found.get("id")
        if "question" not in found:
            raise InputError(f"line {number}", "it has no question", 'Write {"id", "question"}.')
        return {"id": identity, **assistant.ask(found["question"], k=k).to_dict()}
    except (InputError, QuoteAltered) as error:
        problem = {"code": error.code, "message": str(error)}
        return {"id": identity, "error": problem, "disclaimer": wording.DISCLAIMER}


def _parse(line: bytes, number: int) -> dict[str, Any]:
    remedy = 'Write one {"id", "question"} a line, in UTF-8.'
    if len(line) > LINE_BYTES:
        raise InputError(f"line {number}", f"it has {len(line):,} bytes", remedy)
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"line {number}", "it is not JSON in UTF-8", remedy) from error
    if not isinstance(found, dict):
        raise InputError(f"line {number}", "it is not a JSON object", remedy)
    return found
