"""BEIR folders: what is read, what is warned of, what is refused and where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from kqa.errors import InputError, Unreachable
from kqa.evaluate.beir import BeirDocument, read_beir, read_documents
from kqa.evaluate.results import Qrel

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels/test.tsv"
DOCUMENTS = (
    {"_id": "d1", "title": "One", "text": "First text."},
    {"_id": 2, "text": "Second text.", "metadata": {"year": 2024}},
    {"_id": "d 3", "title": None, "text": "Third text."},
)
HEAD = "query-id\tcorpus-id\tscore\n"


def lines(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


SOUND: dict[str, bytes] = {
    CORPUS: lines(*DOCUMENTS),
    QUERIES: lines({"_id": "q1", "text": "Which?"}, {"_id": 7, "text": "Who?"}),
    QRELS: f"{HEAD}q1\td1\t1\nq1\td 3\t2\n".encode(),
}


def folder(path: Path, **changed: bytes) -> Path:
    files = {CORPUS: "corpus", QUERIES: "queries", QRELS: "qrels"}
    (path / "qrels").mkdir()
    for name, key in files.items():
        (path / name).write_bytes(changed.get(key, SOUND[name]))
    return path


def test_a_set_is_read_with_the_queries_that_are_judged(tmp_path: Path) -> None:
    found = read_beir(folder(tmp_path))
    assert found.documents == (
        BeirDocument("d1", "One", "First text."),
        BeirDocument("2", "", "Second text."),
        BeirDocument("d 3", "", "Third text."),
    )
    assert [document.passage_text for document in found.documents] == [
        "One\nFirst text.",
        "Second text.",
        "Third text.",
    ]
    assert found.queries == {"q1": "Which?"}
    assert found.qrels == (Qrel("q1", "d1", 1), Qrel("q1", "d 3", 2))
    assert (found.name, found.split, found.warnings) == (tmp_path.name, "test", ())


def test_marks_crlf_and_blank_lines_are_read_alike(tmp_path: Path) -> None:
    def unusual(data: bytes) -> bytes:
        return b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n\r\n")

    (tmp_path / "plain").mkdir()
    (tmp_path / "unusual").mkdir()
    plain = read_beir(folder(tmp_path / "plain"))
    found = read_beir(
        folder(
            tmp_path / "unusual",
            corpus=unusual(SOUND[CORPUS]),
            queries=unusual(SOUND[QUERIES]),
            qrels=unusual(SOUND[QRELS]),
        )
    )
    assert (found.documents, found.queries, found.qrels) == (
        plain.documents,
        plain.queries,
        plain.qrels,
    )


WARNED: dict[str, tuple[Mapping[str, bytes], str]] = {
    "judged documents are missing": (
        {"qrels": SOUND[QRELS] + b"q1\tx1\t1\nq1\tx2\t1\nq1\tx3\t1\nq1\tx4\t0\n"},
        "4 judged documents are not in corpus.jsonl: x1, x2, x3, …",
    ),
    "judged queries are missing": (
        {"qrels": SOUND[QRELS] + b"q8\td1\t1\nq8\t2\t1\nq9\td1\t1\n"},
        "2 judged queries are not in queries.jsonl: q8, q9",
    ),
    "documents without text": (
        {"corpus": SOUND[CORPUS] + lines({"_id": "e", "title": " ", "text": ""})},
        "1 documents have no text and are left out: e",
    ),
    "documents that share an id": (
        {"corpus": lines({"_id": "d1", "text": "Old."}) + SOUND[CORPUS]},
        "1 documents gave way to a later one of the same id: d1",
    ),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_published_sets_lack_is_counted(tmp_path: Path, case: str) -> None:
    changed, warning = WARNED[case]
    found = read_beir(folder(tmp_path, **changed))
    assert found.warnings == (warning,)
    assert {document.id: document.text for document in found.documents}["d1"] == "First text."
    assert {qrel.query for qrel in found.qrels} == set(found.queries) == {"q1"}


REFUSED: dict[str, tuple[str, bytes, int | None, str]] = {
    "an empty corpus": (CORPUS, b"", None, "empty"),
    "a corpus without any text": (CORPUS, lines({"_id": "d", "text": " "}), None, "no document"),
    "a truncated document": (CORPUS, SOUND[CORPUS][:-9], 3, "not JSON"),
    "a document that is a list": (CORPUS, lines(["d1"]), 1, "not a JSON object"),
    "a document without _id": (CORPUS, lines({"id": "d", "text": "x"}), 1, "no _id"),
    "a document with a blank _id": (CORPUS, lines({"_id": "", "text": "x"}), 1, "_id"),
    "a document with a list for text": (CORPUS, lines({"_id": "d", "text": ["x"]}), 1, "no text"),
    "a document without text": (CORPUS, lines({"_id": "d", "title": "x"}), 1, "no text"),
    "a document with a number for title": (
        CORPUS,
        lines({"_id": "d", "title": 3, "text": "x"}),
        1,
        "no text",
    ),
    "a document with NaN": (CORPUS, b'{"_id": "d", "text": "x", "score": NaN}\n', 1, "NaN"),
    "a document of 10 MB": (
        CORPUS,
        lines({"_id": "d", "text": "x"}, {"_id": "e", "text": "x" * 10_000_000}),
        2,
        "longer than",
    ),
    "a corpus in Latin-1": (CORPUS, '{"_id": "é"}'.encode("latin-1"), 1, "not UTF-8"),
    "a query twice": (QUERIES, SOUND[QUERIES] * 2, 3, "'q1' comes twice"),
    "a query without a letter": (QUERIES, lines({"_id": "q1", "text": "?"}), 1, "no letter"),
    "a query without text": (QUERIES, lines({"_id": "q1"}), 1, "no letter"),
    "empty queries": (QUERIES, b"\n", None, "empty"),
    "judgements with a fraction": (QRELS, f"{HEAD}q1\td1\t0.5\n".encode(), 2, "'0.5'"),
    "a judgement twice": (QRELS, f"{HEAD}q1\td1\t1\nq1\td1\t1\n".encode(), 3, "twice"),
    "judgements without score": (QRELS, f"{HEAD}q1\td1\n".encode(), 2, "2 columns"),
    "no judgement": (QRELS, HEAD.encode(), None, "no judgement"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_malformed_folder_is_refused_with_file_line_and_remedy(tmp_path: Path, case: str) -> None:
    name, data, line, fragment = REFUSED[case]
    folder(tmp_path)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_beir(tmp_path)
    path = tmp_path / name
    assert caught.value.what == (str(path) if line is None else f"{path}, line {line}")
    assert fragment in caught.value.reason
    assert caught.value.remedy.endswith(".")


def test_judgements_of_another_set_are_refused(tmp_path: Path) -> None:
    folder(tmp_path, qrels=f"{HEAD}x\td1\t1\n".encode())
    with pytest.raises(InputError, match="is judged in qrels/test"):
        read_beir(tmp_path)


def test_a_split_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    folder(tmp_path)
    with pytest.raises(Unreachable, match="Choose a split of: test"):
        read_beir(tmp_path, "dev")
    with pytest.raises(InputError, match="no name of a file"):
        read_beir(tmp_path, "../test")
    with pytest.raises(Unreachable, match="BEIR's layout"):
        read_beir(tmp_path / "none")


@pytest.mark.parametrize("name", [CORPUS, QUERIES])
def test_a_missing_file_cannot_be_reached(tmp_path: Path, name: str) -> None:
    folder(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(Unreachable, match=name):
        read_beir(tmp_path)


def test_documents_come_one_by_one(tmp_path: Path) -> None:
    folder(tmp_path, corpus=SOUND[CORPUS] + b"broken\n")
    reading = read_documents(tmp_path / CORPUS)
    assert [next(reading).id for _ in range(3)] == ["d1", "2", "d 3"]
    with pytest.raises(InputError, match="line 4"):
        next(reading)
