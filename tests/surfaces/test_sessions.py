"""Sessions end by themselves and at once everywhere; tries are counted for all together."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kqa.surfaces.web.sessions import WINDOW_SECONDS, Folder, Sessions, Tries


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "sessions")


@pytest.fixture
def sessions(folder: Folder, clock: Clock) -> Sessions:
    return Sessions(folder, idle=600, longest=3_600, clock=clock)


def test_a_session_is_found_by_its_id_alone(sessions: Sessions) -> None:
    first, second = sessions.begin("anna", "p"), sessions.begin("bob", "q")
    assert first != second
    assert len(first) == 43
    found = sessions.find(first)
    assert found is not None
    assert (found.name, found.proof) == ("anna", "p")
    for other in (None, "", first[:-1], first[:-1] + "!", "../key", "a" * 43, second + "a"):
        assert sessions.find(other) is None


def test_a_session_ends_when_it_is_idle(sessions: Sessions, clock: Clock) -> None:
    id = sessions.begin("anna", "p")
    for _ in range(4):
        clock.now += 590
        assert sessions.find(id) is not None
    clock.now += 601
    assert sessions.find(id) is None
    clock.now -= 601
    assert sessions.find(id) is None, "an ended session stays ended"


def test_a_session_ends_however_busy_it_is(sessions: Sessions, clock: Clock) -> None:
    id = sessions.begin("anna", "p")
    for _ in range(6):
        clock.now += 590
        assert sessions.find(id) is not None
    clock.now += 100
    assert sessions.find(id) is None


def test_an_ended_session_is_ended_for_every_worker(folder: Folder, clock: Clock) -> None:
    here, there = Sessions(folder, 600, 3_600, clock), Sessions(Folder(folder.path), 600, 3_600)
    id = here.begin("anna", "p")
    there.clock = clock
    assert there.find(id) is not None
    there.end(id)
    assert here.find(id) is None


def test_the_folder_holds_no_id_and_is_shut_to_others(sessions: Sessions, folder: Folder) -> None:
    id = sessions.begin("anna", "p")
    Tries(folder).take(5, "pair", "192.0.2.1", "a password typed as a name")
    assert folder.path.stat().st_mode & 0o077 == 0
    for path in folder.path.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        told = path.name.encode() + path.read_bytes()
        assert id.encode() not in told
        assert b"typed" not in told
        assert b"192.0.2.1" not in told


def test_a_folder_open_to_others_is_not_used(folder: Folder, sessions: Sessions) -> None:
    folder.path.chmod(0o755)
    with pytest.raises(PermissionError):
        sessions.begin("anna", "p")


def test_a_folder_that_was_cleared_away_comes_back(folder: Folder, sessions: Sessions) -> None:
    id = sessions.begin("anna", "p")
    for path in folder.path.iterdir():
        path.unlink()
    folder.path.rmdir()
    assert sessions.find(id) is None
    assert sessions.find(sessions.begin("anna", "p")) is not None


def test_there_are_only_so_many_sessions(
    sessions: Sessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kqa.surfaces.web.sessions.SESSIONS", 50)
    first = sessions.begin("anna", "p")
    clock.now += 1
    ids = [sessions.begin("anna", "p") for _ in range(50)]
    assert sessions.find(first) is None
    assert sessions.find(ids[-1]) is not None
    clock.now += 601
    sessions.begin("anna", "p")
    assert len(list(sessions.folder.path.glob("session-*"))) == 1


def test_a_damaged_session_is_none(sessions: Sessions, folder: Folder) -> None:
    id = sessions.begin("anna", "p")
    path = next(folder.path.glob("session-*"))
    for content in (b"", b"{}", b"[]", b'{"name": 1}', b"\xff"):
        path.write_bytes(content)
        assert sessions.find(id) is None


def test_tries_are_counted_by_words_and_begin_anew(folder: Folder, clock: Clock) -> None:
    tries = Tries(folder, clock)
    assert [tries.take(3, "pair", "a", "b") for _ in range(5)] == [True] * 3 + [False] * 2
    assert tries.take(3, "pair", "ab", "")
    assert tries.take(3, "pair", "a", "c")
    tries.clear("pair", "a", "b")
    assert tries.take(3, "pair", "a", "b")
    assert 0 < tries.wait() <= WINDOW_SECONDS
    for _ in range(5):
        tries.take(3, "pair", "a", "b")
    clock.now += tries.wait()
    assert tries.take(3, "pair", "a", "b")


def test_many_tries_at_once_are_no_way_around(folder: Folder) -> None:
    allowed: list[bool] = []

    def attempt() -> None:
        allowed.append(Tries(folder).take(5, "pair", "a", "b"))

    threads = [threading.Thread(target=attempt) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) <= 5
