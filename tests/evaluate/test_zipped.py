"""A set comes out of a zip whole and where it should, or not at all."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kqa.errors import InputError, Unreachable
from kqa.evaluate import zipped
from kqa.evaluate.beir import read_beir, splits_of
from kqa.evaluate.zipped import unpack_beir

SET = {
    "tiny/corpus.jsonl": '{"_id": "d", "text": "ketamine"}\n',
    "tiny/queries.jsonl": '{"_id": "q", "text": "what?"}\n',
    "tiny/qrels/test.tsv": "query-id\tcorpus-id\tscore\nq\td\t1\n",
}


def pack(folder: Path, files: Mapping[Any, str], method: int = 8) -> Path:
    path = folder / "set.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("top", ["tiny/", "", "a/b/", "tiny\\"])
def test_a_set_is_unpacked_whatever_folder_it_was_packed_in(tmp_path: Path, top: str) -> None:
    files = {name.replace("tiny/", top): text for name, text in SET.items()}
    beside = {f"{top}README.md": "x", "__MACOSX/tiny/._corpus.jsonl": "x"}
    unpack_beir(pack(tmp_path, {**files, **beside}), tmp_path / "out")
    assert read_beir(tmp_path / "out").queries == {"q": "what?"}
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == [
        *("corpus.jsonl", "queries.jsonl", "test.tsv"),
    ]
    assert splits_of(tmp_path / "out") == ("test",)


def _link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("tiny/corpus.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


REFUSED: dict[str, tuple[Mapping[Any, str], str]] = {
    "a path that climbs": ({**SET, "../../evil.txt": "x"}, "leads out"),
    "a path from the root": ({**SET, "/etc/evil": "x"}, "leads out"),
    "a path of a drive": ({**SET, "C:\\evil": "x"}, "leads out"),
    "a path that climbs by backslashes": ({**SET, "a\\..\\..\\evil": "x"}, "leads out"),
    "a link": ({**dict(list(SET.items())[1:]), _link(): "/etc/passwd"}, "is a link"),
    "two sets": ({**SET, "other/corpus.jsonl": "x"}, "more than one set"),
    "no judgements": (dict(list(SET.items())[:2]), "lacks qrels/test.tsv"),
    "nothing of a set": ({"a.txt": "x"}, "lacks corpus.jsonl, queries.jsonl, qrels/test.tsv"),
}


@pytest.mark.parametrize(("files", "said"), REFUSED.values(), ids=REFUSED)
def test_what_leads_elsewhere_or_is_no_set_is_refused_and_leaves_nothing(
    tmp_path: Path, files: Mapping[Any, str], said: str
) -> None:
    archive = pack(tmp_path, files)
    with pytest.raises(InputError, match=said):
        unpack_beir(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_bomb_is_refused_by_what_it_says_and_by_what_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pack(tmp_path, {**SET, "tiny/corpus.jsonl": "0" * 3_000_000})
    monkeypatch.setattr(zipped, "UNPACKED_BYTES", 2_000_000)
    with pytest.raises(InputError, match="come out of it"):
        unpack_beir(archive, tmp_path / "out")
    monkeypatch.setattr(zipped, "_check_total", lambda name, sizes: _total(name, [*sizes]))
    with pytest.raises(InputError, match="counted"):
        unpack_beir(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]


def _total(name: str, sizes: list[int]) -> None:
    """Believes the archive; refuses only what was counted."""
    if sizes == [zipped.UNPACKED_BYTES + 1]:
        raise InputError(name, "counted", "")


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "ENTRIES", 3)
    with pytest.raises(InputError, match="4 entries"):
        unpack_beir(pack(tmp_path, {**SET, "more": ""}), tmp_path / "out")


def test_an_unusual_packing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unusual"):
        unpack_beir(pack(tmp_path, SET, zipfile.ZIP_LZMA), tmp_path / "out")


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_a_damaged_archive_is_refused_or_unpacked_right(tmp_path: Path, at: int) -> None:
    archive = pack(tmp_path, SET)
    content = bytearray(archive.read_bytes())
    content[at % len(content)] ^= 0xFF
    archive.write_bytes(content)
    try:
        unpack_beir(archive, tmp_path / "out")
    except InputError:
        assert not (tmp_path / "out").exists()
        return
    for name, text in SET.items():
        assert (tmp_path / "out" / name.removeprefix("tiny/")).read_text() == text


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="nowhere"):
        unpack_beir(pack(tmp_path, SET), tmp_path / "nowhere" / "out")
