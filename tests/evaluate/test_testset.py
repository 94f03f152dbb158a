"""Test sets: what is read, what is refused and how, and that an export comes back equal."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.errors import InputError, Unreachable
from kqa.evaluate import results, spreadsheet
from kqa.evaluate.lines import LINE_BYTES
from kqa.evaluate.testset import read_testset, write_csv, write_jsonl
from kqa.records import Article

TEXT = "Alpha works. Beta “helps”, they say.\nAlpha works. Gamma aaa."
ARTICLES = (
    Article("a", TEXT, "A", True, "a.txt", "a.txt"),
    Article("b", "=SUM is what =SUM begins with, naïve 😀 reader.", "B", True, "b.txt", "b.txt"),
)
QUOTE = "Beta “helps”, they say."
GOLD = {"article": "a", "quote": QUOTE}
ROW: dict[str, object] = {"id": "q", "question": "What helps?", "answerable": True, "gold": [GOLD]}
NO = {"id": "n", "question": "Who?", "answerable": False}
HEAD = b"id,question,answerable,kind,split,gold\n"

Written = Callable[[str, bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def jsonl(*rows: object) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def row(**changes: object) -> bytes:
    """One line of JSON like ``ROW``; a change to None takes the key away."""
    found = {**ROW, **changes}
    return jsonl({key: value for key, value in found.items() if value is not None})


def gold(**changes: object) -> bytes:
    return row(gold=[{**GOLD, **changes}])


def table(*rows: Iterable[str], head: bytes = HEAD) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return head + file.getvalue().encode()


def cells(gold_cell: str = "", answerable: str = "no", question: str = "Who?") -> list[str]:
    return ["n", question, answerable, "", "", gold_cell]


def unnumbered(questions: Iterable[results.TestQuestion]) -> list[results.TestQuestion]:
    return [replace(question, line=0) for question in questions]


# --- what is refused -------------------------------------------------------------------

REFUSED: dict[str, tuple[str, bytes, int | None, str]] = {
    "empty": ("t.jsonl", b"", None, "empty"),
    "only blank lines": ("t.jsonl", b"\n\r\n  \n", None, "empty"),
    "only a byte-order mark": ("t.jsonl", b"\xef\xbb\xbf", None, "empty"),
    "truncated JSON": ("t.jsonl", row() + row(id="r")[:40], 2, "not JSON"),
    "two objects in a line": ("t.jsonl", row().strip() + row(id="r"), 1, "not JSON"),
    "one JSON array": ("t.jsonl", jsonl([ROW]), 1, "not a JSON object"),
    "JSON over many lines": ("t.jsonl", json.dumps(ROW, indent=1).encode(), 1, "not JSON"),
    "a key twice": ("t.jsonl", b'{"id": 1, "id": 2}\n', 1, "twice"),
    "too deep": ("t.jsonl", b"[" * 200_000, 1, "too deep"),
    "a whole number of 5,000 digits": ("t.jsonl", b'{"id": ' + b"9" * 5_000 + b"}", 1, "not JSON"),
    "UTF-16": ("t.jsonl", row().decode().encode("utf-16"), 1, "UTF-16"),
    "UTF-16 without mark": ("t.jsonl", row().decode().encode("utf-16-le"), 1, "NUL"),
    "Latin-1": ("t.jsonl", b"\n" + '{"id": "é"}'.encode("latin-1"), 2, "not UTF-8"),
    "a spreadsheet's own file": ("t.xlsx", b"PK\x03\x04\x00\x00\n", 1, "NUL"),
    "a line of 10 MB": ("t.jsonl", row() + b"x" * 10_000_000, 2, "longer than"),
    "no id": ("t.jsonl", row(id=None), 1, "no id"),
    "an id of blanks": ("t.jsonl", row(id="  "), 1, "id"),
    "an id that is a list": ("t.jsonl", row(id=["q"]), 1, "id"),
    "an id that is true": ("t.jsonl", row(id=True), 1, "id"),
    "an id that is 1.5": ("t.jsonl", row(id=1.5), 1, "id"),
    "an id with a line end": ("t.jsonl", row(id="a\nb"), 1, "id"),
    "an id of 300 characters": ("t.jsonl", row(id="x" * 300), 1, "id"),
    "an id twice": ("t.jsonl", row() + row(), 2, "line 1 too"),
    "an id as text and as number": ("t.jsonl", row(id=7) + b"\n" + row(id="7"), 3, "line 1 too"),
    "no question": ("t.jsonl", row(question=None), 1, "no question"),
    "a question that is a number": ("t.jsonl", row(question=3), 1, "not a text"),
    "an empty question": ("t.jsonl", row(question=""), 1, "no letter"),
    "a question of signs": ("t.jsonl", row(question="?!"), 1, "no letter"),
    "a question of 1,001 characters": ("t.jsonl", row(question="x" * 1_001), 1, "1,001"),
    "a question with half a character": (
        "t.jsonl",
        b'{"id": 1, "question": "x\\ud800", "answerable": false}',
        1,
        "half a character",
    ),
    "no answerable": ("t.jsonl", row(answerable=None), 1, "no answerable"),
    "answerable as text": ("t.jsonl", row(answerable="true"), 1, "neither true nor false"),
    "answerable as 1": ("t.jsonl", row(answerable=1), 1, "neither true nor false"),
    "answerable is NaN": ("t.jsonl", b'{"id": 1, "answerable": NaN}', 1, "NaN is no number"),
    "answerable without gold": ("t.jsonl", row(gold=None), 1, "0 gold quotes"),
    "unanswerable with gold": ("t.jsonl", row(answerable=False), 1, "1 gold quotes"),
    "gold that is no list": ("t.jsonl", row(gold=GOLD), 1, "no list"),
    "gold of texts": ("t.jsonl", row(gold=[QUOTE]), 1, "no JSON object"),
    "gold without article": ("t.jsonl", row(gold=[{"quote": QUOTE}]), 1, "lacks"),
    "gold without quote": ("t.jsonl", row(gold=[{"article": "a"}]), 1, "lacks"),
    "a blank quote": ("t.jsonl", gold(quote=" "), 1, "lacks"),
    "an unknown article": ("t.jsonl", gold(article="c"), 1, "no article 'c'"),
    "a quote not in its article": ("t.jsonl", gold(quote="Delta works."), 1, "does not stand in"),
    "a quote in straight quotation marks": (
        "t.jsonl",
        gold(quote='Beta "helps", they say.'),
        1,
        "does not stand in",
    ),
    "a quote twice in its article": ("t.jsonl", gold(quote="Alpha works."), 1, '"start": 0, 37'),
    "a quote that overlaps itself": ("t.jsonl", gold(quote="aa"), 1, "more than once"),
    "a start elsewhere": ("t.jsonl", gold(start=1), 1, '"start": 13'),
    "a start beyond the article": ("t.jsonl", gold(start=10_000), 1, "does not stand at"),
    "a negative start": ("t.jsonl", gold(start=-24), 1, "whole number from 0"),
    "a start of 13.0": ("t.jsonl", gold(start=13.0), 1, "whole number from 0"),
    "a start of true": ("t.jsonl", gold(quote="Alpha works.", start=False), 1, "whole number"),
    "an infinite start": (
        "t.jsonl",
        b'{"id": 1, "question": "x", "answerable": true,'
        b' "gold": [{"article": "a", "quote": "x", "start": Infinity}]}',
        1,
        "Infinity is no number",
    ),
    "gold twice": ("t.jsonl", row(gold=[GOLD, {**GOLD, "start": 13}]), 1, "twice"),
    "a part that is a list": ("t.jsonl", gold(part=["a"]), 1, "part"),
    "a kind that is an object": ("t.jsonl", row(kind={}), 1, "kind"),
    "a split that is true": ("t.jsonl", row(split=True), 1, "split"),
    "an empty table": ("t.csv", b"", None, "no question"),
    "a table of its header alone": ("t.csv", HEAD, None, "no question"),
    "a table without header": ("t.csv", table(cells(), head=b""), 1, "lacks id"),
    "a table with semicolons": ("t.csv", b"id;question;answerable\nn;Who?;no\n", 1, "lacks id"),
    "a header that comes again": ("t.csv", table(cells()) + HEAD, 3, "comes again"),
    "a column twice": ("t.csv", b"id,id,question,answerable\n", 1, "twice"),
    "a row too short": ("t.csv", HEAD + b"n,Who?,no\n", 2, "3 columns, not 6"),
    "a row too long": ("t.csv", HEAD + b"n,Who, me?,no,,,\n", 2, "7 columns, not 6"),
    "an open quotation mark": ("t.csv", HEAD + b'n,"Who?,no,,,\n', 2, "no row"),
    "an open mark before a long rest": ("t.csv", HEAD + b'"' + b"x\n" * 99_999, 2, "no row"),
    "answerable as perhaps": ("t.csv", table(cells(answerable="perhaps")), 2, "perhaps"),
    "answerable left out": ("t.csv", table(cells(answerable="")), 2, "neither true nor false"),
    "a gold cell that is no JSON": ("t.csv", table(cells("Beta", "yes")), 2, "not JSON"),
    "a gold cell with NaN": ("t.csv", table(cells("[NaN]", "yes")), 2, "NaN"),
    "a gold cell with an object": ("t.csv", table(cells("{}", "yes")), 2, "no list"),
    "a table in Latin-1": ("t.csv", HEAD + "n,Qué?,no,,,\n".encode("latin-1"), 2, "not UTF-8"),
    "a table in UTF-16": ("t.csv", HEAD.decode().encode("utf-16"), 1, "UTF-16"),
    "an error below a cell of two lines": (
        "t.csv",
        table(cells(question="Who\nelse?"), cells()),
        4,
        "line 2 too",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_malformed_set_is_refused_with_file_line_and_remedy(written: Written, case: str) -> None:
    name, data, line, fragment = REFUSED[case]
    path = written(name, data)
    with pytest.raises(InputError) as caught:
        read_testset(path, ARTICLES)
    error = caught.value
    place = str(path) if line is None else f"{path}, line {line}"
    assert error.what == place or error.what.startswith(f"{place}, gold")
    assert fragment in error.reason + error.remedy
    assert error.remedy.endswith((".", ","))
    assert error.exit_code == 2
    assert len(str(error)) < 600


def test_a_file_that_is_not_there_or_a_folder_cannot_be_reached(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path, tmp_path / "no\x00ne"):
        with pytest.raises(Unreachable) as caught:
            read_testset(path, ARTICLES)
        assert str(path) in str(caught.value)


def test_a_line_of_10_mb_is_refused_without_being_loaded(written: Written) -> None:
    path = written("t.jsonl", b"x" * 10_000_000)
    tracemalloc.start()
    with pytest.raises(InputError):
        read_testset(path, ARTICLES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


# --- what is handled -------------------------------------------------------------------

HANDLED: dict[str, tuple[str, bytes]] = {
    "plain": ("t.jsonl", row()),
    "a byte-order mark": ("t.jsonl", b"\xef\xbb\xbf" + row()),
    "CRLF": ("t.jsonl", row().replace(b"\n", b"\r\n")),
    "no line end": ("t.jsonl", row().rstrip()),
    "blank lines": ("t.jsonl", b"\n \n" + row() + b"\n\n"),
    "keys that kqa does not know": ("t.jsonl", row(note={"by": "me"})),
    "a start as found": ("t.jsonl", gold(start=13)),
    "nulls": ("t.jsonl", jsonl({**ROW, "kind": None, "split": ""})),
    "no suffix": ("t", row()),
    "a table": ("t.csv", table(["q", "What helps?", "true", "", "", json.dumps([GOLD])])),
    "a table with a mark, CRLF, its name in capitals": (
        "T.CSV",
        b"\xef\xbb\xbfID,Question , answerable,gold\r\nq,What helps?,TRUE,"
        b'"[{""article"": ""a"", ""quote"": ""' + QUOTE.encode() + b'""}]"\r\n,,,\r\n',
    ),
    "columns in another order": (
        "t.csv",
        table(
            [json.dumps([GOLD]), "Yes", "x", "What helps?", "q"],
            head=b"gold,answerable,note,question,id\n",
        ),
    ),
}


@pytest.mark.parametrize("case", HANDLED)
def test_what_is_only_unusual_is_read(written: Written, case: str) -> None:
    name, data = HANDLED[case]
    found = read_testset(written(name, data), ARTICLES)
    expected = results.TestQuestion(
        "q", "What helps?", True, (results.Gold("a", QUOTE, 13),), line=0
    )
    assert unnumbered(found.questions) == [expected]
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.name == name


@pytest.mark.parametrize(
    ("cell", "value"), [("true", True), ("1", True), ("YES", True), ("0", False), ("No ", False)]
)
def test_a_table_says_answerable_in_several_ways(written: Written, cell: str, value: bool) -> None:
    path = written("t.csv", table(cells(json.dumps([GOLD]) if value else "", cell)))
    assert read_testset(path, ARTICLES).questions[0].answerable is value


def test_an_id_that_is_a_number_becomes_text_and_lines_are_kept(written: Written) -> None:
    found = read_testset(written("t.jsonl", row(id=12) + b"\n" + jsonl(NO)), ARTICLES)
    assert [(question.id, question.line) for question in found.questions] == [("12", 1), ("n", 3)]


def test_offsets_count_code_points(written: Written) -> None:
    path = written("t.jsonl", row(gold=[{"article": "b", "quote": "reader."}]))
    (question,) = read_testset(path, ARTICLES).questions
    assert question.gold[0].span.of(ARTICLES[1].text) == "reader."


def test_twenty_thousand_questions_need_little_memory(written: Written) -> None:
    path = written("t.jsonl", b"".join(row(id=number) for number in range(20_000)))
    tracemalloc.start()
    found = read_testset(path, ARTICLES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.questions) == 20_000
    assert peak < 40_000_000


# --- export ----------------------------------------------------------------------------

ACTIVE = ("=", "+", "-", "@", "\t", "\r")
_PLACES = tuple(
    results.Gold(article.id, article.text[start:end], start)
    for article in ARTICLES
    for start, end in ((0, 4), (2, 12), (5, 9))
)
_ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
_SHY = st.tuples(st.sampled_from(["", "'", "''", " ", "\n", *ACTIVE]), _ANY).map("".join)
_NAMES = _SHY.map(lambda text: "".join(filter(str.isprintable, text)).strip()).filter(bool)
_PARTED = st.tuples(st.sampled_from(_PLACES), st.none() | _NAMES).map(
    lambda pair: replace(pair[0], part=pair[1])
)


@st.composite
def questions(draw: st.DrawFn) -> list[results.TestQuestion]:
    found = []
    for identity in draw(st.lists(_NAMES, min_size=1, max_size=4, unique=True)):
        golds = tuple(draw(st.lists(_PARTED, max_size=3, unique=True)))
        found.append(
            results.TestQuestion(
                id=identity,
                question=draw(_SHY.filter(lambda text: any(map(str.isalnum, text)))),
                answerable=bool(golds),
                gold=golds,
                kind=draw(st.none() | _NAMES),
                split=draw(st.sampled_from([None, "dev", "test"])),
            )
        )
    return found


@given(questions())
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, made: list[results.TestQuestion]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for write, path in ((write_jsonl, folder / "w.jsonl"), (write_csv, folder / "w.csv")):
        write(made, path)
        assert unnumbered(read_testset(path, ARTICLES).questions) == made


@given(questions())
def test_no_cell_of_an_exported_table_begins_a_formula(
    tmp_path_factory: pytest.TempPathFactory, made: list[results.TestQuestion]
) -> None:
    path = tmp_path_factory.getbasetemp() / "formulas.csv"
    write_csv(made, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for cell in (cell for cells in csv.reader(file) for cell in cells):
            assert not cell.startswith(ACTIVE)
            assert not cell.lstrip().startswith(ACTIVE)


@given(_SHY)
def test_the_guard_comes_off_again(text: str) -> None:
    assert spreadsheet.unguard(spreadsheet.guard(text)) == text
    assert not spreadsheet.guard(text).startswith((*ACTIVE, "\n", "＝"))


def test_only_cells_that_begin_a_formula_are_altered() -> None:
    for text in ("'tis so", "a=b", "", "1-2", "What's on?"):
        assert spreadsheet.guard(text) == spreadsheet.unguard(text) == text


def test_the_shipped_set_is_as_it_would_be_written(tmp_path: Path) -> None:
    from kqa.corpus.read import read_corpus
    from kqa.settings import shipped

    path = shipped("testsets") / "ketamine.jsonl"
    found = read_testset(path, read_corpus(shipped("corpus")).articles)
    write_jsonl(found.questions, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == path.read_bytes()
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_failed_export_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("old")
    halves = [results.TestQuestion("q", "half \ud800", False, ())]
    for write in (write_jsonl, write_csv):
        with pytest.raises(InputError, match="half a character"):
            write(halves, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_into_no_folder_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="none"):
        write_csv([], tmp_path / "none" / "t.csv")
    with pytest.raises(Unreachable, match="cannot be written"):
        write_jsonl([], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_line_is_a_limit_not_a_guess(written: Written) -> None:
    edge = row().rstrip()
    full = edge + b" " * (LINE_BYTES - len(edge))
    assert len(read_testset(written("t.jsonl", full), ARTICLES).questions) == 1
    with pytest.raises(InputError, match="longer"):
        read_testset(written("u.jsonl", full + b" "), ARTICLES)
