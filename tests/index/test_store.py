"""A published index is whole or it is not opened; a build publishes all of it or nothing."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from tests.conftest import Build, WriteCorpus

from kqa.answer.assistant import Assistant
from kqa.errors import IndexCorrupt, IndexMissing, IndexUnusable, Unreachable
from kqa.index import lexical, ngrams, publish, store
from kqa.index.store import open_index, read_current, read_manifest
from kqa.settings import Settings

FILES = (
    "articles.jsonl",
    "passages.jsonl",
    "sentences.jsonl",
    "lead_ins.jsonl",
    "ways.jsonl",
    "disagreements.jsonl",
    "synonyms.json",
    "passages.faiss",
    "sentences.npy",
    "ways.npy",
    *lexical.FILES,
    *ngrams.FILES,
)
PARTS = (*FILES, store.MANIFEST, store.CURRENT)
FLIPS = 60
"""Random flips a file: over twelve hundred in all."""

ONE = "Ketamine was first made in 1962.\n\nIt is given by infusion in a clinic.\n"
TWO = ONE.replace("1962", "1970")


def _part(index: Path, name: str) -> Path:
    """The file of that name in the published folder, or ``CURRENT`` beside it."""
    folder = index if name == store.CURRENT else index / read_current(index).fingerprint
    return folder / name


def _forge(index: Path, name: str, data: bytes) -> None:
    """Replaces a file and makes every hash fit again: only what is parsed can tell."""
    current = read_current(index)
    _part(index, name).write_bytes(data)
    manifest = _part(index, store.MANIFEST)
    known = json.loads(manifest.read_bytes())
    for entry in known["files"]:
        if entry["name"] == name:
            entry |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    written = json.dumps(known).encode()
    manifest.write_bytes(written)
    line = f"{current.fingerprint} {hashlib.sha256(written).hexdigest()}\n"
    (index / store.CURRENT).write_text(line)


def _npy(array: object) -> bytes:
    with tempfile.TemporaryFile() as file:
        np.save(file, np.array(array), allow_pickle=True)
        file.seek(0)
        return file.read()


@contextlib.contextmanager
def _nothing_parsed() -> Iterator[None]:
    """Within it, no byte of the index may reach FAISS, NumPy or the postings."""

    def parsed(*_: object, **__: object) -> NoReturn:
        raise AssertionError("damaged files were parsed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_parse", parsed)
        yield


def test_the_manifest_names_every_file_and_nothing_else_is_published(built_index: Path) -> None:
    manifest = read_manifest(built_index)
    published = built_index / manifest.fingerprint
    assert tuple(entry.name for entry in manifest.files) == FILES
    assert {path.name for path in published.iterdir()} == {*FILES, store.MANIFEST}
    assert {path.name for path in built_index.iterdir()} == {
        published.name,
        store.CURRENT,
        store.SOURCE,
        ".lock",
    }
    for entry in manifest.files:
        data = (published / entry.name).read_bytes()
        assert (entry.size, entry.sha256) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("name", PARTS)
def test_one_flipped_bit_anywhere_is_found_before_anything_is_parsed(
    index_copy: Path, name: str
) -> None:
    path = _part(index_copy, name)
    whole = path.read_bytes()
    seeded = random.Random(name)
    with _nothing_parsed():
        for _ in range(FLIPS):
            at, bit = seeded.randrange(len(whole)), 1 << seeded.randrange(8)
            path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
            with pytest.raises((IndexCorrupt, IndexMissing)) as raised:
                open_index(index_copy)
            if name != store.CURRENT:
                assert name in str(raised.value)
    path.write_bytes(whole)
    open_index(index_copy)


@pytest.mark.parametrize("name", PARTS)
def test_a_truncated_a_longer_or_a_missing_file_is_found(index_copy: Path, name: str) -> None:
    path = _part(index_copy, name)
    whole = path.read_bytes()
    with _nothing_parsed():
        for length in {0, 1, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(whole[:length])
            with pytest.raises((IndexCorrupt, IndexMissing)):
                open_index(index_copy)
        path.write_bytes(whole + b"\n")
        with pytest.raises(IndexCorrupt):
            open_index(index_copy)
        path.unlink()
        with pytest.raises((IndexCorrupt, IndexMissing)):
            open_index(index_copy)


@pytest.mark.parametrize("name", PARTS)
def test_a_folder_in_a_files_place_is_named(index_copy: Path, name: str) -> None:
    path = _part(index_copy, name)
    path.unlink()
    path.mkdir()
    with pytest.raises((IndexUnusable, Unreachable), match=name):
        open_index(index_copy)


def test_a_planted_pickle_is_never_opened(index_copy: Path, tmp_path: Path) -> None:
    """Watched from outside, in a process whose every opened file is audited."""
    program = """
import pickle, sys
from pathlib import Path
index, sprung = Path(sys.argv[1]), Path(sys.argv[2])
class Trap:
    def __reduce__(self):
        return Path.touch, (sprung,)
for folder in (index, *(path for path in index.iterdir() if path.is_dir())):
    for name in ("index.pkl", "bm25.pickle", "sentences.npy.pkl", "cache.npy"):
        (folder / name).write_bytes(pickle.dumps(Trap()))
seen = []
def watch(event, args):
    if event == "pickle.find_class" or (event == "open" and str(args[0]).startswith(str(index))):
        seen.append((event, str(args[0])))
from kqa.index.store import open_index
open_index(index)  # imports are done: what numpy itself unpickles is not the index's
sys.addaudithook(watch)
open_index(index)
pickled = [entry for entry in seen if "pickle" in entry[0] or entry[1].endswith(("pkl", "pickle"))]
assert not pickled, pickled
assert not any(entry[1].endswith("cache.npy") for entry in seen), seen
assert len(seen) > 20, seen
assert not sprung.exists()
"""
    command = [sys.executable, "-c", program, str(index_copy), str(tmp_path / "sprung")]
    subprocess.run(command, check=True, timeout=120)


class Trap:
    """Springs when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.sprung,)


def test_an_array_of_objects_is_not_unpickled_though_every_hash_fits(
    index_copy: Path, tmp_path: Path
) -> None:
    for name in (name for name in FILES if name.endswith(".npy")):
        _forge(index_copy, name, _npy([Trap(tmp_path / "sprung")]))
        with pytest.raises(IndexCorrupt):
            open_index(index_copy)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"a" * 64 + b" " + b"b" * 64,
        b"a" * 64 + b" " + b"b" * 64 + b"\r\n",
        b"a" * 64 + b" " + b"b" * 64 + b"\n\n",
        b"a" * 64 + b"  " + b"b" * 64 + b"\n",
        b"A" * 64 + b" " + b"b" * 64 + b"\n",
        b"a" * 64 + b" " + b"b" * 63 + b"\n",
        b"a" * 64 + b"\n",
        b"../" * 21 + b"x " + b"b" * 64 + b"\n",
        b"\xef\xbb\xbf" + b"a" * 64 + b" " + b"b" * 64 + b"\n",
        b"\x00" * 130,
        b"\xff" * 130,
        "٣".encode() * 64 + b" " + b"b" * 64 + b"\n",
        (b"a" * 64 + b" " + b"b" * 64 + b"\n") * 10_000,
    ],
)
def test_an_odd_pointer_is_a_corrupt_index(index_copy: Path, content: bytes) -> None:
    (index_copy / store.CURRENT).write_bytes(content)
    with pytest.raises(IndexCorrupt, match="CURRENT"):
        open_index(index_copy)


def test_a_pointer_to_nothing_is_a_corrupt_index(index_copy: Path) -> None:
    (index_copy / store.CURRENT).write_text(f"{'a' * 64} {'b' * 64}\n")
    with pytest.raises(IndexCorrupt, match="missing"):
        open_index(index_copy)


def test_where_nothing_was_published_the_index_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path, tmp_path / "nowhere" / "at all", tmp_path / "file"):
        with pytest.raises(IndexMissing, match="kqa index"):
            open_index(folder)


def test_another_format_is_refused_by_its_number(index_copy: Path) -> None:
    manifest = _part(index_copy, store.MANIFEST)
    known = json.loads(manifest.read_bytes())
    for changed in ({**known, "format": 99}, {"format": 99, "parts": "not ours to know"}):
        data = json.dumps(changed).encode()
        manifest.write_bytes(data)
        line = f"{known['fingerprint']} {hashlib.sha256(data).hexdigest()}\n"
        (index_copy / store.CURRENT).write_text(line)
        with pytest.raises(IndexCorrupt, match=r"format 99; this kqa reads format \d"):
            open_index(index_copy)


@pytest.mark.parametrize(
    "change",
    [
        {"files": []},
        {"files": None},
        {"files": [{"name": "../CURRENT", "size": 130, "sha256": ""}]},
        {"files": [{"name": "articles.jsonl", "size": "many", "sha256": ""}]},
        {"fingerprint": "b" * 64},
        {"dimension": 3},
        {"more": 1},
    ],
)
def test_a_manifest_that_fits_its_hash_but_makes_no_sense_is_corrupt(
    index_copy: Path, change: dict[str, Any]
) -> None:
    manifest = _part(index_copy, store.MANIFEST)
    known = json.loads(manifest.read_bytes())
    data = json.dumps({**known, **change}).encode()
    manifest.write_bytes(data)
    line = f"{known['fingerprint']} {hashlib.sha256(data).hexdigest()}\n"
    (index_copy / store.CURRENT).write_text(line)
    with pytest.raises(IndexCorrupt):
        open_index(index_copy)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("articles.jsonl", b"[]\n"),
        ("articles.jsonl", b""),
        ("articles.jsonl", b'{"id": "a"}\n'),
        ("articles.jsonl", b"\xff\n"),
        ("passages.jsonl", b""),
        ("sentences.jsonl", b'{"start": 5}\n'),
        ("sentences.jsonl", b""),
        ("passages.faiss", b"garbage"),
        ("sentences.npy", _npy([[1.0]])),
        ("sentences.npy", _npy([{"an": "object"}])),
        ("sentences.npy", b"PK\x03\x04 no array"),
        ("terms.json", b'["dose"]'),
        ("terms.json", b"5"),
        ("postings_passage.npy", _npy([5])),
        ("postings_weight.npy", _npy(["a"])),
        ("lead_ins.jsonl", b""),
        ("lead_ins.jsonl", b'{"items": []}\n'),
        ("ways.jsonl", b""),
        ("ways.jsonl", b'{"text": "a"}\n'),
        ("ways.npy", _npy([[1.0]])),
        ("disagreements.jsonl", b'{"id": "a"}\n'),
        ("disagreements.jsonl", b"[]\n"),
        ("synonyms.json", b"5"),
        ("synonyms.json", b'[["drip"]]'),
        ("synonyms.json", b"no json"),
        ("ngrams.json", b'["do"]'),
        ("ngrams.json", b"5"),
        ("ngrams.json", b"no json"),
        ("ngram_ends.npy", _npy([5])),
        ("ngram_texts.npy", _npy([5])),
        ("ngram_weights.npy", _npy(["a"])),
        ("ngram_idf.npy", _npy([1.0])),
    ],
)
def test_files_that_fit_their_hashes_but_not_each_other_are_corrupt(
    index_copy: Path, name: str, data: bytes
) -> None:
    _forge(index_copy, name, data)
    with pytest.raises(IndexCorrupt):
        open_index(index_copy)


def _pointing(field: str) -> Callable[[list[dict[str, Any]], object], None]:
    """Sets ``field`` of the first row that has something there."""

    def point(rows: list[dict[str, Any]], at: object) -> None:
        row = next(row for row in rows if row[field] not in (None, []))
        row[field] = [at] if isinstance(row[field], list) else at

    return point


def _pointing_side(rows: list[dict[str, Any]], at: object) -> None:
    rows[-1]["sides"][-1]["sentences"][-1] = at


@pytest.mark.parametrize("at", [-1, 1_000_000, "1"])
@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("lead_ins.jsonl", _pointing("items")),
        ("lead_ins.jsonl", _pointing("before")),
        ("ways.jsonl", _pointing("sentences")),
        ("ways.jsonl", _pointing("lead_in")),
        ("disagreements.jsonl", _pointing_side),
    ],
)
def test_a_forged_position_is_corrupt_though_every_hash_fits(
    index_copy: Path, name: str, point: Callable[[list[dict[str, Any]], object], None], at: object
) -> None:
    lines = _part(index_copy, name).read_text("utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    point(rows, at)
    _forge(index_copy, name, "".join(json.dumps(row) + "\n" for row in rows).encode())
    with pytest.raises(IndexCorrupt):
        open_index(index_copy)


def test_ways_out_of_their_order_are_corrupt_for_their_vectors_are_in_it(index_copy: Path) -> None:
    lines = _part(index_copy, "ways.jsonl").read_text("utf-8").split("\n")[:-1]
    turned = "".join(line + "\n" for line in reversed(lines))
    _forge(index_copy, "ways.jsonl", turned.encode())
    with pytest.raises(IndexCorrupt, match="stands before"):
        open_index(index_copy)


class FullDisk:
    """Fails the ``at``-th call with "No space left on device", and every one after it."""

    def __init__(self, call: Callable[..., Any], at: int) -> None:
        self.call, self.left, self.calls = call, at, 0

    def __call__(self, *args: Any) -> Any:  # noqa: ANN401
        self.calls += 1
        if self.left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.left -= 1
        return self.call(*args)


def _failing(patch: pytest.MonkeyPatch, what: str, at: int) -> FullDisk:
    if what == "fsync":
        disk = FullDisk(os.fsync, at)
        patch.setattr(os, "fsync", disk)
    elif what == "mkdtemp":
        made = FullDisk(lambda keywords: _mkdtemp(**keywords), at)
        patch.setattr(tempfile, "mkdtemp", lambda **keywords: made(keywords))
        return made
    else:
        original = getattr(Path, what)
        disk = FullDisk(original, at)
        patch.setattr(Path, what, lambda path, *args: disk(path, *args))
    return disk


_mkdtemp = tempfile.mkdtemp


@pytest.mark.parametrize("what", ["fsync", "replace", "mkdtemp", "chmod"])
def test_a_write_that_fails_leaves_the_old_index_answering(
    write_corpus: WriteCorpus,
    make_settings: Callable[..., Settings],
    build: Build,
    what: str,
) -> None:
    """At each write in turn, the disk is full: nothing of the attempt stays behind."""
    corpus = write_corpus({"a.txt": ONE})
    settings = make_settings()
    old = build(corpus, settings).fingerprint
    before = {path: path.read_bytes() for path in settings.index.rglob("*") if path.is_file()}
    (corpus / "a.txt").write_text(TWO)
    said: list[str] = []
    for at in range(40):
        with pytest.MonkeyPatch.context() as patch:
            disk = _failing(patch, what, at)
            try:
                new = build(corpus, settings).fingerprint
                break
            except Unreachable as error:
                said.append(str(error))
        after = {path: path.read_bytes() for path in settings.index.rglob("*") if path.is_file()}
        assert after == before
        assert [p.name for p in settings.index.iterdir() if p.is_dir()] == [old]
        assert open_index(settings.index).manifest.fingerprint == old
    assert 0 < len(said) <= disk.calls
    assert all("No space left" in text and "untouched" in text for text in said)
    assert open_index(settings.index).manifest.fingerprint == new != old
    assert not list(settings.index.glob(".building*"))


def test_a_damaged_index_is_built_again_from_the_same_inputs(
    write_corpus: WriteCorpus, hashing: Settings, build: Build
) -> None:
    corpus = write_corpus({"a.txt": ONE})
    fingerprint = build(corpus, hashing).fingerprint
    path = _part(hashing.index, "passages.faiss")
    path.write_bytes(path.read_bytes()[:-1])
    again = build(corpus, hashing)
    assert (again.fingerprint, again.unchanged, again.reused) == (fingerprint, False, 0)
    assert open_index(hashing.index).manifest.fingerprint == fingerprint
    assert not list(hashing.index.glob(".building*"))


def test_a_second_build_at_the_same_time_is_refused_by_name(
    write_corpus: WriteCorpus, hashing: Settings, build: Build
) -> None:
    corpus = write_corpus({"a.txt": ONE})
    with (
        publish.building(hashing.index),
        pytest.raises(Unreachable, match="another build is under way"),
    ):
        build(corpus, hashing)
    build(corpus, hashing)


def test_what_a_killed_build_left_is_removed_by_the_next(
    write_corpus: WriteCorpus, hashing: Settings, build: Build
) -> None:
    corpus = write_corpus({"a.txt": ONE})
    old = build(corpus, hashing).fingerprint
    (corpus / "a.txt").write_text(TWO)
    for at in (0, 5, len(FILES), len(FILES) + 2, len(FILES) + 3):
        with pytest.MonkeyPatch.context() as patch:
            calls = iter(range(at))

            def killed(_: int, calls: Iterator[int] = calls) -> None:
                if next(calls, None) is None:
                    raise KeyboardInterrupt

            patch.setattr(os, "fsync", killed)
            with pytest.raises(KeyboardInterrupt):
                build(corpus, hashing)
        assert open_index(hashing.index).manifest.fingerprint == old
    assert list(hashing.index.glob(".building*"))
    with publish.building(hashing.index):
        pass
    assert not list(hashing.index.glob(".building*"))
    new = build(corpus, hashing).fingerprint
    assert {path.name for path in hashing.index.iterdir()} == {
        old,
        new,
        "CURRENT",
        "SOURCE",
        ".lock",
    }


def test_the_version_before_stays_and_older_ones_go(
    write_corpus: WriteCorpus, hashing: Settings, build: Build
) -> None:
    corpus = write_corpus({"a.txt": ONE})
    (hashing.index / "notes").mkdir(parents=True)
    built = []
    for year in range(1962, 1967):
        (corpus / "a.txt").write_text(ONE.replace("1962", str(year)))
        built.append(build(corpus, hashing).fingerprint)
        names = {path.name for path in hashing.index.iterdir()}
        assert names == {*built[-2:], "notes", "CURRENT", "SOURCE", ".lock"}


def test_an_index_folder_that_cannot_be_written_is_named(
    write_corpus: WriteCorpus,
    make_settings: Callable[..., Settings],
    build: Build,
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("in the folder's place")
    corpus = write_corpus({"a.txt": ONE})
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Unreachable, match=str(folder)):
            build(corpus, make_settings(index=folder))
    assert (tmp_path / "file").read_text() == "in the folder's place"


def test_answering_writes_nothing_into_the_index(
    built_index: Path, built_settings: Settings, tmp_path: Path
) -> None:
    copy = shutil.copytree(built_index, tmp_path / "index")
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    Assistant(built_settings.model_copy(update={"index": copy})).ask("What is ketamine?")
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


def test_a_file_changed_after_its_check_is_not_read_again(
    index_copy: Path,
) -> None:
    """What is parsed are the bytes that were checked, not the file read a second time."""
    articles = _part(index_copy, "articles.jsonl")
    whole = articles.read_bytes()
    parse = store._parse
    with pytest.MonkeyPatch.context() as patch:

        def late(*args: Any) -> Any:  # noqa: ANN401
            articles.write_bytes(whole.replace(b"1962", b"1963"))
            return parse(*args)

        patch.setattr(store, "_parse", late)
        stored = open_index(index_copy)
    assert not any("1963" in article.text for article in stored.articles)


def test_a_changed_source_is_refused_and_mended_by_naming_the_corpus(
    write_corpus: WriteCorpus, hashing: Settings, build: Build
) -> None:
    corpus = write_corpus({"a.txt": ONE})
    build(corpus, hashing)
    source = hashing.index / store.SOURCE
    whole = source.read_bytes()
    assert store.read_source(hashing.index) == corpus
    for at in range(len(whole)):
        for bit in range(8):
            source.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            with pytest.raises(IndexCorrupt, match="SOURCE"):
                store.read_source(hashing.index)
    build(corpus, hashing)
    assert source.read_bytes() == whole
