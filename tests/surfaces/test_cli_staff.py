"""Promises of the commands for staff: shown, asked, kept whole; verdicts read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import Build, WriteCorpus
from tests.staff.test_extract import PAGE

from kqa.answer.assistant import Assistant
from kqa.corpus.read import read_corpus
from kqa.evaluate.testset import read_testset
from kqa.settings import Settings
from kqa.staff.database import Database
from kqa.staff.verdicts import Kind, Verdicts
from kqa.surfaces.cli import cli, main


@pytest.fixture
def corpus(write_corpus: WriteCorpus) -> Path:
    return write_corpus({"old.txt": "An old article says this much about sleep.\n"})


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "sleep.html"
    path.write_text(PAGE)
    return path


def test_an_article_is_shown_and_kept_only_after_a_yes(corpus: Path, page: Path) -> None:
    words = ["add", str(page), "--corpus", str(corpus), "--publisher", "Another Clinic"]
    no = CliRunner().invoke(cli, words, input="n\n")
    assert no.exit_code == 1
    assert "Some people sleep poorly on the night" in no.output
    assert "publisher: Another Clinic" in no.output
    assert len(read_corpus(corpus).articles) == 1
    yes = CliRunner().invoke(cli, words, input="y\n", standalone_mode=False)
    assert "It is quoted after: kqa index" in yes.output
    added = next(a for a in read_corpus(corpus).articles if a.id != "old")
    assert (added.publisher, added.published) == ("Another Clinic", "2024-03-05")


def test_json_is_printed_for_programs(corpus: Path, page: Path) -> None:
    words = ["add", str(page), "--corpus", str(corpus), "--yes", "--json"]
    found = json.loads(CliRunner().invoke(cli, words, standalone_mode=False).output)
    assert found["article"]["file"] == "sleep-after-a-session.md"
    assert (corpus / found["article"]["file"]).is_file()


def test_a_bad_file_ends_with_2_and_names_it(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.docx").write_bytes(b"PK")
    with pytest.raises(SystemExit) as stop:
        main(["add", str(tmp_path / "x.docx"), "--corpus", str(corpus)])
    assert stop.value.code == 2
    assert "file “x.docx”: there is no reader for .docx" in capsys.readouterr().err


def test_a_missing_file_ends_with_4(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["add", str(tmp_path / "none.pdf"), "--corpus", str(corpus)])
    assert stop.value.code == 4


def test_verdicts_export_to_a_test_set_that_reads_back(
    corpus: Path,
    hashing: Settings,
    build: Build,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build(corpus, hashing)
    monkeypatch.setenv("KQA_CONFIG", "/dev/null")
    monkeypatch.setenv("KQA_DATABASE", str(tmp_path / "staff.sqlite3"))
    assistant = Assistant(hashing)
    answer = assistant.ask("Does an old article say this much about sleep?")
    number = 1 if answer.quotes else None
    Verdicts(Database(str(tmp_path / "staff.sqlite3"))).keep(
        Kind.APPROVED, answer, "Ann", quote=number
    )
    out = tmp_path / "staff.jsonl"
    words = ["verdicts", "export", str(out), "--index", str(hashing.index), "--json"]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert json.loads(done.output) == {"questions": 1, "unsettled": 0, "lost": 0}
    (question,) = read_testset(out, assistant.articles()).questions
    assert question.answerable == bool(answer.quotes)
