"""Promises of adding an article: shown first, then kept whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import WriteCorpus
from tests.staff.test_extract import PAGE

from kqa.corpus.metadata import read_metadata
from kqa.corpus.read import read_corpus
from kqa.errors import InputError, Unreachable
from kqa.staff import folder as files
from kqa.staff.adding import Draft, accept, draft_of, preview

OLD = "# by hand, kept\n\n[[article]]\nfile = \"old.txt\"   # ours\ntitle = 'Old'\n"


@pytest.fixture
def corpus(write_corpus: WriteCorpus) -> Path:
    return write_corpus({"old.txt": "An old article says this.\n", "articles.toml": OLD})


@pytest.fixture
def draft() -> Draft:
    return draft_of("sleep.html", PAGE.encode())


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {files.LOCK}


def test_the_preview_says_what_would_be_kept_and_writes_nothing(corpus: Path, draft: Draft) -> None:
    shown = preview(corpus, draft)
    assert shown.article.file == "sleep-after-a-session.md"
    assert shown.quotable >= 5
    assert shown.article.text == draft.text
    assert {finding.file for finding in shown.findings} <= {shown.article.file}
    assert _names(corpus) == {"old.txt", "articles.toml"}


def test_an_accepted_article_reads_back_with_all_that_was_filled_in(
    corpus: Path, draft: Draft
) -> None:
    changed = replace(draft, publisher='The "Clinic" \\ GmbH', url="https://clinic.example/ü?a=1")
    kept = accept(corpus, changed)
    read = read_corpus(corpus)
    assert not read.left_out
    assert next(a for a in read.articles if a.id == kept.id) == kept
    assert kept.source_file == "sleep.html"
    assert not kept.title_given
    assert (corpus / "articles.toml").read_text("utf-8").startswith(OLD.rstrip())
    assert _names(corpus) == {"old.txt", "articles.toml", "sleep-after-a-session.md"}
    assert (corpus / kept.file).stat().st_mode & 0o777 == 0o644


def test_a_folder_without_metadata_gets_the_file(write_corpus: WriteCorpus, draft: Draft) -> None:
    folder = write_corpus({"old.txt": "An old article says this.\n"})
    kept = accept(folder, draft)
    assert list(read_metadata(folder / "articles.toml")) == [kept.file]


def test_the_first_article_of_an_empty_folder_is_kept(tmp_path: Path, draft: Draft) -> None:
    kept = accept(tmp_path, draft)
    assert read_corpus(tmp_path).articles == (kept,)


def test_two_articles_of_one_title_get_two_names(corpus: Path, draft: Draft) -> None:
    names = [accept(corpus, draft).file for _ in range(3)]
    assert names == [f"sleep-after-a-session{end}.md" for end in ("", "-2", "-3")]


@pytest.mark.parametrize(
    "title",
    [
        "../../evil",
        "/etc/passwd",
        "..",
        "con\x2f..\x2fx",
        "README",
        "日本語",
        "a" * 400,
        ".hidden",
        "C:\\x",
    ],
)
def test_no_title_becomes_a_path(corpus: Path, draft: Draft, title: str) -> None:
    before = set(corpus.parent.rglob("*"))
    kept = accept(corpus, replace(draft, title=title, received_as="../../../x.html"))
    assert set(corpus.parent.rglob("*")) - before == {corpus / kept.file, corpus / files.LOCK}
    assert kept in read_corpus(corpus).articles


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"published": "19.6.2024"}, "date"),
        ({"published": "2024-02-31"}, "date"),
        ({"url": "javascript:alert(1)"}, "address"),
        ({"url": "clinic.example"}, "address"),
        ({"text": " \n"}, "text"),
        ({"text": "# Only a heading\n"}, "article"),
        ({"text": "half \ud800 a sign."}, "text"),
    ],
)
def test_a_field_that_cannot_be_kept_is_named_and_nothing_is_written(
    corpus: Path, draft: Draft, change: dict[str, str], what: str
) -> None:
    with pytest.raises(InputError) as caught:
        accept(corpus, replace(draft, **change))
    assert caught.value.what.startswith(what)
    assert _names(corpus) == {"old.txt", "articles.toml"}


@pytest.mark.parametrize("fails", [1, 2])
def test_where_a_write_fails_neither_file_is_left(
    corpus: Path, draft: Draft, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    renames: list[Path] = []
    real = files.put

    def put(new: Path, path: Path) -> None:
        renames.append(path)
        if len(renames) == fails:
            raise files.unwritable(path, OSError(28, "No space left on device"))
        real(new, path)

    monkeypatch.setattr(files, "put", put)
    with pytest.raises(Unreachable, match="No space left"):
        accept(corpus, draft)
    assert _names(corpus) == {"old.txt", "articles.toml"}
    assert (corpus / "articles.toml").read_text() == OLD


KILLED = """
import os, signal, sys
from pathlib import Path
from kqa.staff import adding, folder
real, left = folder.put, [int(sys.argv[2])]
def put(new, path):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    real(new, path)
folder.put = put
draft = adding.draft_of("killed.txt", b"Killed\\n\\nIt says this much.\\n")
adding.accept(Path(sys.argv[1]), draft)
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_what_a_killed_process_left_half_done_is_undone_the_next_time(
    corpus: Path, draft: Draft, renames: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(corpus), str(renames)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert len(_names(corpus)) == 4
    kept = accept(corpus, draft)
    assert _names(corpus) == {"old.txt", "articles.toml", kept.file}
    assert set(read_metadata(corpus / "articles.toml")) == {"old.txt", kept.file}


def test_two_processes_add_at_once_and_both_are_kept(corpus: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from kqa.staff.adding import accept, draft_of\n"
        "data = b'Same title\\n\\nIt says so.'\n"
        "for n in range(5): accept(Path(sys.argv[1]), draft_of('x.txt', data))"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(corpus)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(2)
    ]
    assert [child.wait(timeout=60) for child in children] == [0, 0]
    assert len(read_metadata(corpus / "articles.toml")) == 11
    assert len(read_corpus(corpus).articles) == 11
