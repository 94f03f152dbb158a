"""Test sets: questions with their gold, as JSON lines or a table.

Owns the two forms of a test set, what is refused in them, and their export. Gold is a
verbatim quote with its place in an article, so judgements outlive re-chunking. Knows
nothing of passages or measures, nor what a good set is (``testset_check``).

Unknown keys and columns are left alone: a set may carry notes of its owner.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never

from kqa.answer.questions import check_question
from kqa.errors import InputError
from kqa.evaluate.lines import Digest, filled_lines, numbered_lines, replacing
from kqa.evaluate.results import Gold, TestQuestion, TestSet
from kqa.evaluate.spreadsheet import guard, unguard
from kqa.records import Article

COLUMNS = ("id", "question", "answerable", "kind", "split", "gold")
"""The keys of a line, in the order in which they are written."""

NAME_CHARS = 200
"""Longest id, kind, split or part."""

_NEEDED = ("id", "question", "answerable")
_FORM = 'Write {"id", "question", "answerable", "gold": [{"article", "quote"}]} a line.'
_TABLE_FORM = f"Head the columns {', '.join(COLUMNS)}, separated by commas."
_GOLD_FORM = 'Write gold as [{"article", "quote", "start"}].'
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

_Row = tuple[int, Mapping[str, Any]]
"""A line's number and what stands in it."""


def read_testset(path: Path, articles: Sequence[Article]) -> TestSet:
    """The test set in ``path``: a table if its name ends in ``.csv``, else JSON lines.

    Raises:
        InputError: naming the line, if it is not in the form of a test set, an id comes
            twice, ``answerable`` and gold disagree, or a quote does not stand in its
            article where it should.
        Unreachable: if the file cannot be read.
    """
    digest = hashlib.sha256()
    rows = _table_rows(path, digest) if path.suffix.lower() == ".csv" else _json_rows(path, digest)
    reader = _Reader({article.id: article for article in articles})
    lines: dict[str, int] = {}
    questions: list[TestQuestion] = []
    for line, found in rows:
        where = f"{path}, line {line}"
        question = reader.question(found, where, line)
        if question.id in lines:
            reason = f"id {question.id!r} stands in line {lines[question.id]} too"
            raise InputError(where, reason, "Give each question its own id.")
        lines[question.id] = line
        questions.append(question)
    if not questions:
        raise InputError(str(path), "it holds no question", _FORM)
    return TestSet(path.name, digest.hexdigest(), tuple(questions))


def json_value(text: str, where: str, form: str) -> Any:  # noqa: ANN401
    """The JSON value in ``text``: no NaN, no key twice; ``form`` is the remedy.

    Raises:
        InputError: if it is none.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        reason = "too deep" if isinstance(error, RecursionError) else error
        raise InputError(where, f"it is not JSON ({reason})", form) from error


def json_object(text: str, where: str, form: str) -> dict[str, Any]:
    """The JSON object in ``text``, as ``json_value``."""
    found = json_value(text, where, form)
    if not isinstance(found, dict):
        raise InputError(where, "it is not a JSON object", form)
    return found


def name(value: object, what: str, where: str) -> str:
    """An id, kind, split or part as text: a whole number becomes text, outer blanks go.

    Raises:
        InputError: if it is neither, or blank, too long or not to be written in a line.
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    text = str(value).strip() if whole or isinstance(value, str) else ""
    if not text or len(text) > NAME_CHARS or not text.isprintable():
        remedy = f"Give it 1 to {NAME_CHARS} characters of text, in quotes."
        raise InputError(where, f"{what} {str(value)[:60]!r} is no name", remedy)
    return text


def _refuse_constant(constant: str) -> Never:
    raise ValueError(f"{constant} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _json_rows(path: Path, digest: Digest) -> Iterator[_Row]:
    for number, line in filled_lines(path, _FORM, digest):
        yield number, json_object(line, f"{path}, line {number}", _FORM)


def _table_rows(path: Path, digest: Digest) -> Iterator[_Row]:
    """The rows below the header as JSON lines would give them; a row may span lines."""
    table = csv.reader((line for _, line in numbered_lines(path, digest)), strict=True)
    header: list[str] | None = None
    while True:
        number = table.line_num + 1
        where = f"{path}, line {number}"
        try:
            cells = [unguard(cell) for cell in next(table)]
        except StopIteration:
            return
        except csv.Error as error:
            remedy = f"{_TABLE_FORM} Close every quotation mark."
            raise InputError(where, f"it is no row of a table ({error})", remedy) from error
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells, where)
        elif [cell.strip().lower() for cell in cells] == header:
            raise InputError(where, "the header comes again", "Remove this line.")
        elif len(cells) != len(header):
            reason = f"it has {len(cells)} columns, not {len(header)}"
            raise InputError(where, reason, "Put cells with commas in quotation marks.")
        else:
            yield number, _from_cells(dict(zip(header, cells, strict=True)), where)


def _header(cells: list[str], where: str) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if missing := [column for column in _NEEDED if column not in names]:
        raise InputError(where, f"the header lacks {', '.join(missing)}", _TABLE_FORM)
    known = [column for column in names if column in COLUMNS]
    if len(known) != len(set(known)):
        raise InputError(where, "a column stands twice in the header", _TABLE_FORM)
    return names


def _from_cells(cells: Mapping[str, str], where: str) -> Mapping[str, Any]:
    found: dict[str, Any] = dict(cells)
    answerable = cells["answerable"].strip()
    found["answerable"] = _TRUTH.get(answerable.lower(), answerable)
    gold = cells.get("gold", "").strip()
    found["gold"] = json_value(gold, f"{where}, gold", _GOLD_FORM) if gold else []
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Checks lines against the articles; ``articles`` by id."""

    articles: Mapping[str, Article]

    def question(self, found: Mapping[str, Any], where: str, line: int) -> TestQuestion:
        if missing := [key for key in _NEEDED if key not in found]:
            raise InputError(where, f"it has no {' and no '.join(missing)}", _FORM)
        identity = name(found["id"], "id", where)
        answerable = found["answerable"]
        if not isinstance(answerable, bool):
            reason = f"answerable {str(answerable)[:60]!r} is neither true nor false"
            raise InputError(where, reason, "Write true or false, without quotes in JSON.")
        gold = self._golds(found.get("gold"), where)
        if answerable != bool(gold):
            reason = f"answerable is {str(answerable).lower()} with {len(gold)} gold quotes"
            remedy = "Give an answerable question gold, and another none."
            raise InputError(where, reason, remedy)
        return TestQuestion(
            id=identity,
            question=_question(found["question"], where),
            answerable=answerable,
            gold=gold,
            kind=_optional(found.get("kind"), "kind", where),
            split=_optional(found.get("split"), "split", where),
            line=line,
        )

    def _golds(self, found: object, where: str) -> tuple[Gold, ...]:
        if found is None:
            return ()
        if not isinstance(found, list):
            raise InputError(where, "gold is no list", _GOLD_FORM)
        golds = []
        for number, entry in enumerate(found, start=1):
            gold = self._gold(entry, f"{where}, gold {number}")
            if gold in golds:
                raise InputError(f"{where}, gold {number}", "it stands twice", "Keep one.")
            golds.append(gold)
        return tuple(golds)

    def _gold(self, found: object, where: str) -> Gold:
        if not isinstance(found, dict):
            raise InputError(where, "it is no JSON object", _GOLD_FORM)
        identity, quote = found.get("article"), found.get("quote")
        if not isinstance(identity, str) or not isinstance(quote, str) or not quote.strip():
            raise InputError(where, "it lacks the text of article or quote", _GOLD_FORM)
        article = self.articles.get(identity)
        if article is None:
            remedy = f"Known: {', '.join(sorted(self.articles)[:5]) or 'none'}."
            raise InputError(where, f"there is no article {identity[:60]!r}", remedy)
        start = _start(found.get("start"), quote, article, where)
        return Gold(identity, quote, start, _optional(found.get("part"), "part", where))


def _start(given: object, quote: str, article: Article, where: str) -> int:
    """Where the quote stands: at ``given``, or the one place where it can."""
    if given is not None and (not isinstance(given, int) or isinstance(given, bool) or given < 0):
        reason = f"start {str(given)[:60]!r} is no whole number from 0"
        raise InputError(where, reason, "Count code points of the article, from 0.")
    first = article.text.find(quote)
    if first < 0:
        reason = f"{quote[:60]!r} does not stand in {article.id}"
        raise InputError(where, reason, "Copy the quote from the article, letter for letter.")
    again = article.text.find(quote, first + 1)
    if given is None and again >= 0:
        reason = f"{quote[:60]!r} stands more than once in {article.id}"
        raise InputError(where, reason, f'Add its "start": {first}, {again} or a later one.')
    if given is not None and not article.text.startswith(quote, given):
        reason = f"{quote[:60]!r} does not stand at {given} of {article.id}"
        raise InputError(where, reason, f'The first place is "start": {first}.')
    return first if given is None else given


def _question(value: object, where: str) -> str:
    try:
        return check_question(value)
    except InputError as error:
        reason = f"the question cannot be asked, {error.reason}"
        raise InputError(where, reason, error.remedy) from error


def _optional(value: object, what: str, where: str) -> str | None:
    blank = value is None or (isinstance(value, str) and not value.strip())
    return None if blank else name(value, what, where)


def write_jsonl(questions: Iterable[TestQuestion], path: Path) -> None:
    """Writes a test set as JSON lines, whole or not at all.

    Raises:
        InputError: if a text cannot be written in UTF-8.
        Unreachable: if the file cannot be written.
    """
    with replacing(path) as file:
        for question in questions:
            file.write(json.dumps(_as_dict(question), ensure_ascii=False) + "\n")


def write_csv(questions: Iterable[TestQuestion], path: Path) -> None:
    """Writes a test set as a table, whole or not at all; no cell begins a formula.

    The byte-order mark is for spreadsheets, which take a file without one for Latin-1.

    Raises:
        InputError: if a text cannot be written in UTF-8.
        Unreachable: if the file cannot be written.
    """
    with replacing(path) as file:
        file.write("\ufeff")
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for question in questions:
            cells = cells_of(question)
            table.writerow([guard(cells.get(column, "")) for column in COLUMNS])


def cells_of(question: TestQuestion) -> dict[str, str]:
    """A question's row of a table by column, not yet guarded; without what it has not."""
    found = _as_dict(question) | {"answerable": str(question.answerable).lower()}
    return found | {"gold": json.dumps(found["gold"], ensure_ascii=False)}


def _as_dict(question: TestQuestion) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": question.id,
        "question": question.question,
        "answerable": question.answerable,
        "kind": question.kind,
        "split": question.split,
        "gold": [_gold_dict(gold) for gold in question.gold],
    }
    return {key: value for key, value in found.items() if value is not None}


def _gold_dict(gold: Gold) -> dict[str, Any]:
    found: dict[str, Any] = {"article": gold.article, "quote": gold.quote, "start": gold.start}
    return found if gold.part is None else found | {"part": gold.part}
