"""TREC files: runs, judgements and topics come back as written, and as others read them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.errors import InputError, Unreachable
from kqa.evaluate.results import Qrel, RunLine
from kqa.evaluate.trec import (
    parse_span_document,
    read_qrels,
    read_run,
    read_topics,
    span_document,
    write_qrels,
    write_run,
)
from kqa.records import Span

TSV = b"query-id\tcorpus-id\tscore\n"
TOP = b"<top>\n<num> Number: 301\n<title> Organized Crime\n<desc> Description:\nX\n</top>\n"


def run(path: Path) -> list[RunLine]:
    return list(read_run(path))


def qrels(path: Path) -> list[Qrel]:
    return list(read_qrels(path))


REFUSED: dict[str, tuple[Callable[[Path], object], bytes, int | None, str]] = {
    "an empty run": (run, b"", None, "empty"),
    "a run without score": (run, b"q Q0 d 1 tag\n", 1, "5 columns, not 6"),
    "a run with seven columns": (run, b"q Q0 d 1 0.5 my tag\n", 1, "7 columns, not 6"),
    "a run's score is NaN": (run, b"q Q0 d 1 0.5 t\nq Q0 e 2 NaN t\n", 2, "'NaN' is no finite"),
    "a run's score is inf": (run, b"q Q0 d 1 -inf t\n", 1, "no finite"),
    "a run's score is beyond floats": (run, b"q Q0 d 1 1e999 t\n", 1, "no finite"),
    "a run's score is a word": (run, b"q Q0 d 1 high t\n", 1, "no finite"),
    "a run's score has a comma": (run, b"q Q0 d 1 0,5 t\n", 1, "no finite"),
    "a run's score in Python's own form": (run, b"q Q0 d 1 1_0 t\n", 1, "no finite"),
    "a run's score in other digits": (run, "q Q0 d 1 ١ t\n".encode(), 1, "no finite"),
    "a run's rank is a fraction": (run, b"q Q0 d 1.0 0.5 t\n", 1, "rank '1.0'"),
    "a run's rank is negative": (run, b"q Q0 d -1 0.5 t\n", 1, "rank '-1'"),
    "a run's document twice": (run, b"q Q0 d 1 2 t\n\nq Q0 d 2 1 t\n", 3, "'d' comes twice"),
    "a run's document twice, once escaped": (
        run,
        b"q Q0 d%25 1 2 t\nq Q0 d% 2 1 t\n",
        2,
        "comes twice",
    ),
    "judgements where a run should be": (run, b"q 0 d 1\n", 1, "4 columns, not 6"),
    "a run in UTF-16": (run, "q Q0 d 1 2 t\n".encode("utf-16"), 1, "UTF-16"),
    "a run in Latin-1": (run, "q Q0 é 1 2 t\n".encode("latin-1"), 1, "not UTF-8"),
    "a run with a line of 10 MB": (run, b"q Q0 " + b"d" * 10_000_000, 1, "longer"),
    "a packed run": (run, b"\x1f\x8b\x08\x00\x00\n", 1, "NUL"),
    "empty judgements": (qrels, b"\n\n", None, "empty"),
    "a header alone": (qrels, TSV, None, "no judgement"),
    "a header that comes again": (qrels, TSV + b"q\td\t1\n" + TSV, 3, "'score' is no whole"),
    "another header": (qrels, b"query\tdoc\trel\n", 1, "neither a header"),
    "a relevance of 0.5 in TSV": (qrels, TSV + b"q\td\t0.5\n", 2, "'0.5' is no whole"),
    "a first relevance of 0.5 without header": (qrels, b"q\td\t0.5\n", 1, "neither a header"),
    "a relevance of 1.0": (qrels, b"q 0 d 1.0\n", 1, "'1.0' is no whole"),
    "a relevance of NaN": (qrels, b"q 0 d nan\n", 1, "'nan' is no whole"),
    "judgements of three columns": (qrels, b"q d 1\n", 1, "3 columns, not 4"),
    "judgements of five columns": (qrels, b"q 0 d 1 x\n", 1, "5 columns, not 4"),
    "a TSV row too short": (qrels, TSV + b"q\td\n", 2, "2 columns, not 3"),
    "a TSV row with blanks for tabs": (qrels, TSV + b"q d 1\n", 2, "1 columns, not 3"),
    "a TSV row without document": (qrels, TSV + b"q\t\t1\n", 2, "empty"),
    "a judgement twice": (qrels, b"q 0 d 1\nq 0 d 0\n", 2, "comes twice"),
    "a run where judgements should be": (qrels, b"q Q0 d 1 0.5 t\n", 1, "6 columns, not 4"),
    "JSON where judgements should be": (qrels, b'{"query": "q"}\n', 1, "2 columns, not 4"),
    "empty topics": (read_topics, b"", None, "empty"),
    "a topic without tab": (read_topics, b"q1 what helps\n", 1, "not id, tab"),
    "a topic of three columns": (read_topics, b"q1\twhat\thelps\n", 1, "not id, tab"),
    "a topic without question": (read_topics, b"q1\t\n", 1, "without a letter"),
    "a topic without id": (read_topics, b"\twhat helps\n", 1, "no id"),
    "a topic's id twice": (read_topics, b"q\tone\nq\ttwo\n", 2, "comes twice"),
    "a tagged topic's id twice": (read_topics, TOP + TOP, 7, "comes twice"),
    "a topic not closed": (read_topics, TOP + TOP[:-7], 7, "</top> is missing"),
    "a topic in a topic": (read_topics, TOP[:-7] + TOP, 1, "not closed"),
    "a topic without title": (read_topics, b"<top>\n<num> 1\n</top>\n", 1, "not one <num>"),
    "a topic with an empty number": (
        read_topics,
        b"<top>\n<num> Number:\n<title> x\n</top>\n",
        1,
        "not one <num>",
    ),
    "a topic with an empty title": (
        read_topics,
        b"<top>\n<num> 1\n<title>\n</top>\n",
        1,
        "without a letter",
    ),
    "text between topics": (read_topics, TOP + b"and then\n" + TOP, 7, "outside a topic"),
    "no topic at all": (read_topics, b"<topics>\n</topics>\n", None, "there is no topic"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_malformed_file_is_refused_with_file_line_and_remedy(tmp_path: Path, case: str) -> None:
    read, data, line, fragment = REFUSED[case]
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.what == (str(path) if line is None else f"{path}, line {line}")
    assert fragment in caught.value.reason
    assert caught.value.remedy.endswith(".")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("read", [run, qrels, read_topics])
def test_a_missing_file_cannot_be_reached(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(Unreachable, match="none"):
        read(tmp_path / "none")


@pytest.mark.parametrize(
    "data",
    [
        b"q Q0 d 1 0.5 t\n",
        b"\xef\xbb\xbfq\tQ0\td\t1\t+.5\tt\r\n\r\n",
        b"  q 0  d   1 5e-1 t",
    ],
)
def test_a_run_with_other_blanks_and_line_ends_is_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "run"
    path.write_bytes(data)
    assert run(path) == [RunLine("q", "d", 1, 0.5, "t")]


@pytest.mark.parametrize(
    "data",
    [
        b"q 0 d 1\nq 0 e -1\n",
        b"q\tQ0\td\t1\r\nq\t0\te\t-1\r\n",
        TSV + b"q\td\t1\nq\te\t-1\n",
        b"\xef\xbb\xbf" + TSV.replace(b"-", b"_").upper() + b"q\td\t1\r\n\r\nq\te\t-1",
        b"q\td\t1\nq\te\t-1\n",
    ],
)
def test_judgements_are_read_in_either_form(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "qrels"
    path.write_bytes(data)
    assert qrels(path) == [Qrel("q", "d", 1), Qrel("q", "e", -1)]


def test_ids_of_a_table_are_taken_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_bytes(TSV + b"a question\ta%20b\t1\n")
    assert qrels(path) == [Qrel("a question", "a%20b", 1)]


def test_a_foreign_percent_sign_stays(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_bytes(b"50% Q0 http://x.org/a%2Fb 1 1 t\n50% Q0 a%20b 2 1 t\n")
    assert [(line.query, line.document) for line in read_run(path)] == [
        ("50%", "http://x.org/a%2Fb"),
        ("50%", "a b"),
    ]


def test_topics_are_read_in_either_form(tmp_path: Path) -> None:
    path = tmp_path / "topics"
    path.write_bytes(b"<?xml version='1.0'?>\n<topics>\n" + TOP + b"\n</topics>\n")
    assert read_topics(path) == {"301": "Organized Crime"}
    path.write_bytes(b"<TOP><NUM>1</NUM><TITLE>if p < 5\n mm</TITLE></TOP>\r\n")
    assert read_topics(path) == {"1": "if p < 5 mm"}
    path.write_bytes(b"<top>\n<num> Number: 051\n<title> Topic:  Airbus Subsidies\n</top>\n")
    assert read_topics(path) == {"051": "Airbus Subsidies"}
    path.write_bytes(b"\xef\xbb\xbfq 1\twhat helps?\r\n\r\n2\t who? \r\n")
    assert read_topics(path) == {"q 1": "what helps?", "2": "who?"}


# --- what is written is read again, here and elsewhere ---------------------------------

_IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["a b", "%", "%20", "a%2Fb", "\ufeffx", "\u2028", "\u00a0", "\x85", "\x1c", "\n", "é 😀"]
)
_RUNS = st.lists(
    st.builds(
        RunLine,
        _IDS,
        _IDS,
        st.integers(0, 10**9),
        st.floats(allow_nan=False, allow_infinity=False),
        _IDS,
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda line: (line.query, line.document),
)
_QRELS = st.lists(
    st.builds(Qrel, _IDS, _IDS, st.integers(-2, 10**6)),
    min_size=1,
    max_size=6,
    unique_by=lambda qrel: (qrel.query, qrel.document),
)


@given(_RUNS)
def test_a_run_survives_its_file(
    tmp_path_factory: pytest.TempPathFactory, lines: list[RunLine]
) -> None:
    path = tmp_path_factory.getbasetemp() / "survives.run"
    write_run(lines, path)
    assert run(path) == lines


@given(_QRELS)
def test_judgements_survive_their_file(
    tmp_path_factory: pytest.TempPathFactory, judged: list[Qrel]
) -> None:
    path = tmp_path_factory.getbasetemp() / "survive.qrels"
    write_qrels(judged, path)
    assert qrels(path) == judged


@pytest.fixture(scope="module")
def oracle() -> Any:  # noqa: ANN401
    return pytest.importorskip("ir_measures", reason="the bench extra")


@given(_RUNS, _QRELS)
def test_ir_measures_reads_what_is_written(
    tmp_path_factory: pytest.TempPathFactory,
    oracle: Any,  # noqa: ANN401
    lines: list[RunLine],
    judged: list[Qrel],
) -> None:
    path = tmp_path_factory.getbasetemp() / "oracle"
    write_run(lines, path)
    scored = list(oracle.read_trec_run(str(path)))
    assert [found.score for found in scored] == [line.score for line in lines]
    assert len({(found.query_id, found.doc_id) for found in scored}) == len(lines)
    write_qrels(judged, path)
    found = list(oracle.read_trec_qrels(str(path)))
    assert [qrel.relevance for qrel in found] == [qrel.relevance for qrel in judged]
    plain = [(q.query, q.document) for q in judged if f"{q.query}{q.document}".isalnum()]
    assert set(plain) <= {(qrel.query_id, qrel.doc_id) for qrel in found}


def test_what_ir_measures_reads_is_read_alike(tmp_path: Path, oracle: Any) -> None:  # noqa: ANN401
    path = tmp_path / "foreign"
    path.write_text("1\tQ0\tdoc-1\t0\t-1.5e3\tpyserini\n1 Q0 doc-2 1 -2000 pyserini\n")
    expected = [
        (found.query_id, found.doc_id, found.score)
        for found in oracle.read_trec_run(path.read_text())
    ]
    assert [(line.query, line.document, line.score) for line in read_run(path)] == expected
    path.write_text("1 0 doc-1 2\n1 Q0 doc-2 -1\n\n2\t0\tdoc-1\t0\n")
    judged = [(q.query_id, q.doc_id, q.relevance) for q in oracle.read_trec_qrels(path.read_text())]
    assert [(q.query, q.document, q.relevance) for q in read_qrels(path)] == judged


@pytest.mark.parametrize(
    "line",
    [
        RunLine("q", "d", 1, math.nan, "t"),
        RunLine("q", "d", 1, math.inf, "t"),
        RunLine("q", "d", -1, 0.5, "t"),
        RunLine("", "d", 1, 0.5, "t"),
        RunLine("q", "", 1, 0.5, "t"),
        RunLine("q", "d", 1, 0.5, ""),
        RunLine("q", "\ud800", 1, 0.5, "t"),
        RunLine("q", "first", 1, 0.5, "t"),
    ],
)
def test_a_line_that_could_not_be_read_is_not_written(tmp_path: Path, line: RunLine) -> None:
    path = tmp_path / "run"
    path.write_text("old")
    with pytest.raises(InputError):
        write_run([RunLine("q", "first", 0, 1.0, "t"), line], path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_judgements_that_could_not_be_read_are_not_written(tmp_path: Path) -> None:
    for bad in (Qrel("", "d", 1), Qrel("q", "", 1), Qrel("q", "d", 0)):
        with pytest.raises(InputError):
            write_qrels([Qrel("q", "d", 1), bad], tmp_path / "qrels")
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_written_and_read_line_by_line(tmp_path: Path) -> None:
    """A generator is enough to write; the first lines come before a later error."""

    def lines() -> Iterator[RunLine]:
        yield from (RunLine(f"q{n}", "d", 1, n / 7, "t") for n in range(1_000))

    path = tmp_path / "run"
    write_run(lines(), path)
    path.write_text(path.read_text() + "broken\n")
    reading = read_run(path)
    assert [next(reading) for _ in range(1_000)] == list(lines())
    with pytest.raises(InputError, match="line 1001"):
        next(reading)


# --- spans as documents ----------------------------------------------------------------


@given(_IDS, st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_span_document_names_its_span(article: str, start: int, length: int) -> None:
    text = span_document(article, start, start + length)
    assert parse_span_document(text) == (article, Span(start, start + length))


@pytest.mark.parametrize(
    "text", ["a", "a:1", "a:1-", ":1-2", "a:2-1", "a:1-1", "a:-1-2", "a:01-2", "a:1-2 ", "a:١-٢"]
)
def test_other_ids_name_no_span(text: str) -> None:
    assert parse_span_document(text) is None


def test_an_empty_span_has_no_document() -> None:
    with pytest.raises(ValueError, match="not a span"):
        span_document("a", 3, 3)
