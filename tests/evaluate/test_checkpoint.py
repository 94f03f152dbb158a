"""What was done before a crash is found again, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.errors import Unreachable
from kqa.evaluate import checkpoint
from kqa.evaluate.checkpoint import Checkpoint, Done
from kqa.evaluate.results import Shown

PARTS = {"set": "abc", "system": "full"}
SHOWN = Shown("a", 0, 5, "Héllo", True, 0, "Héllo there\u2028", 0.1)


def done(n: int) -> Done:
    ranked = (("a:0-5", 0.1 + 0.2), ("b:1-2", -1e-7))
    return Done(f"q{n}", (SHOWN,), "answered", 1 / 3, ("crisis",), {"nDCG@10": 2 / 3}, ranked)


def _left_by_a_crash(folder: Path, count: int = 3) -> Path:
    with Checkpoint(folder, PARTS) as kept:
        for n in range(count):
            kept.append(done(n))
        kept.flush()
        return kept.file


def test_what_was_done_comes_back_exactly(tmp_path: Path) -> None:
    _left_by_a_crash(tmp_path)
    with Checkpoint(tmp_path, PARTS) as kept:
        assert kept.count == 3
        assert list(kept.read()) == [done(0), done(1), done(2)]
        kept.append(done(3))
        assert [each.id for each in kept.read()] == ["q0", "q1", "q2", "q3"]


@pytest.mark.parametrize("cut", [1, 2, 50, 200])
def test_a_line_cut_short_is_dropped(tmp_path: Path, cut: int) -> None:
    file = _left_by_a_crash(tmp_path)
    file.write_bytes(file.read_bytes()[:-cut])
    with Checkpoint(tmp_path, PARTS) as kept:
        assert kept.count == 2
        kept.append(done(2))
        assert list(kept.read()) == [done(0), done(1), done(2)]


@pytest.mark.parametrize(
    "tail", [b"\0" * 80 + b"\n", b"{}\n", b'{"id": 1}\n', b"[]\n", b"\xff\xfe\n", b"3\n", b"\n"]
)
def test_from_the_first_line_that_is_none_on_all_is_dropped(tmp_path: Path, tail: bytes) -> None:
    file = _left_by_a_crash(tmp_path)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:2], tail, lines[2]]))
    with Checkpoint(tmp_path, PARTS) as kept:
        assert list(kept.read()) == [done(0), done(1)]


@given(st.text(), st.floats(0, 1), st.lists(st.text(), max_size=3))
def test_any_result_survives(
    tmp_path_factory: pytest.TempPathFactory, text: str, value: float, notices: list[str]
) -> None:
    shown = Shown("a", 0, 1, text, False, 0, text, value)
    one = Done(text, (shown,), None, None, tuple(notices), {text: value})
    with Checkpoint(tmp_path_factory.mktemp("kept"), PARTS) as kept:
        kept.append(one)
        assert list(kept.read()) == [one]


def test_another_evaluation_takes_up_nothing(tmp_path: Path) -> None:
    _left_by_a_crash(tmp_path)
    with Checkpoint(tmp_path, PARTS | {"k": "5"}) as kept:
        assert kept.count == 0


def test_other_code_takes_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _left_by_a_crash(tmp_path)
    monkeypatch.setattr(checkpoint, "code_sha256", lambda: "changed")
    with Checkpoint(tmp_path, PARTS) as kept:
        assert kept.count == 0


def test_fresh_forgets(tmp_path: Path) -> None:
    file = _left_by_a_crash(tmp_path)
    with Checkpoint(tmp_path, PARTS, fresh=True) as kept:
        assert kept.count == 0
    assert file.read_bytes() == b""


def test_removed_leaves_nothing(tmp_path: Path) -> None:
    with Checkpoint(tmp_path, PARTS) as kept:
        kept.append(done(0))
        kept.remove()
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    with (
        Checkpoint(tmp_path, PARTS),
        pytest.raises(Unreachable, match="runs already"),
        Checkpoint(tmp_path, PARTS),
    ):
        pass
    with Checkpoint(tmp_path, PARTS):
        pass


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = _left_by_a_crash(tmp_path / "cache")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable, match="setting cache"):
        Checkpoint(tmp_path / "file" / "evaluations", PARTS)
