"""Promises of the database: what was confirmed is there, whatever happened after."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.errors import SettingsError, Unreachable
from kqa.records import Answer
from kqa.staff.database import MIGRATIONS, Database
from kqa.staff.queue import Queue
from kqa.staff.verdicts import Kind, Verdicts

INSERT = (
    "INSERT INTO unanswered (question, asked, confidence, first_at, at, fingerprint)"
    " VALUES (:question, 1, 0.0, '', '', '')"
)

WRITER = f"""
import itertools, sys
from kqa.staff.database import Database
database = Database(sys.argv[1])
for number in itertools.count():
    with database.write() as session:
        session.insert({INSERT!r}, question=f"{{sys.argv[2]}} {{number}}")
    print(number, flush=True)
"""


def _questions(database: Database) -> list[str]:
    with database.read() as session:
        assert session
        return [
            row["question"] for row in session.rows("SELECT question FROM unanswered ORDER BY id")
        ]


def _writer(database: Database, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(database.path), name],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_sigkill_loses_nothing_that_was_confirmed(database: Database) -> None:
    """Killed in the midst of writing: every confirmed row is there, none is half."""
    with _writer(database, "killed") as writer:
        assert writer.stdout
        confirmed = 0
        while confirmed < 30:
            confirmed = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
    confirmed = int(rest[-1]) if rest else confirmed
    there = _questions(database)
    assert there[: confirmed + 1] == [f"killed {n}" for n in range(confirmed + 1)]
    assert len(there) <= confirmed + 2  # one may be written and not yet said
    with sqlite3.connect(database.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()


def test_two_processes_write_at_once_and_neither_loses_a_row(database: Database) -> None:
    """From an empty folder on, so that both make the file and the schema."""
    writers = [_writer(database, name) for name in ("one", "other")]
    said = {}
    for name, writer in zip(("one", "other"), writers, strict=True):
        assert writer.stdout
        said[name] = [writer.stdout.readline() for _ in range(40)]
    for writer in writers:
        writer.kill()
        writer.communicate()
    there = set(_questions(database))
    for name, lines in said.items():
        assert [int(line) for line in lines] == list(range(40))
        assert {f"{name} {n}" for n in range(40)} <= there


def test_threads_share_one_database(database: Database, refused: Answer) -> None:
    queue = Queue(database)

    def keep_ten() -> None:
        for _ in range(10):
            queue.keep_unanswered(refused)

    threads = [threading.Thread(target=keep_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.open_unanswered()[0].asked == 40


def test_the_file_is_for_its_owner_alone_and_made_when_something_is_kept(
    database: Database, answered: Answer
) -> None:
    assert Verdicts(database).all() == ()
    assert not database.path.exists()
    before = os.umask(0)
    try:
        Verdicts(database).keep(Kind.APPROVED, answered, "Ann", quote=1)
        with database.write() as session:  # the log beside it is there while it is open
            session.update("DELETE FROM feedback")
            modes = {
                path.name: stat.S_IMODE(path.stat().st_mode)
                for path in database.path.parent.iterdir()
            }
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert len(modes) >= 2


def test_an_exception_undoes_the_whole_transaction(database: Database) -> None:
    def write_and_fail() -> None:
        with database.write() as session:
            session.insert(INSERT, question="half")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        write_and_fail()
    assert _questions(database) == []


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_comes_back_as_it_was_and_never_becomes_sql(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"{folder}/d")
        hostile = text + "'); DROP TABLE unanswered; --"
        with database.write() as session:
            session.insert(INSERT, question=hostile)
        assert _questions(database) == [hostile]


def test_a_file_of_a_newer_version_is_refused_and_not_touched(database: Database) -> None:
    with database.write():
        pass
    with sqlite3.connect(database.path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = database.path.read_bytes()
    with pytest.raises(Unreachable, match="newer kqa"), database.write():
        pass
    assert database.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all, but long enough" * 40])
def test_a_file_that_is_no_database_is_refused(database: Database, content: bytes) -> None:
    database.path.parent.mkdir()
    database.path.write_bytes(content)
    with pytest.raises(Unreachable, match="cannot be used"), database.read():
        pass
    assert database.path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = Database(str(tmp_path / "file" / "staff.sqlite3"))
    with pytest.raises(Unreachable, match="Check its permissions"), database.write():
        pass


def test_an_engine_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match="postgresql://"):
        Database("postgresql://clinic/kqa")


def test_a_writer_waits_for_another(database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    with database.write() as session:
        session.insert(INSERT, question="first")
        other = context.Process(target=_insert, args=(str(database.path), "second"))
        other.start()
        other.join(timeout=2.0)
        assert other.is_alive()
    other.join(timeout=30)
    assert other.exitcode == 0
    assert _questions(database) == ["first", "second"]


def _insert(path: str, question: str) -> None:
    with Database(path).write() as session:
        session.insert(INSERT, question=question)
