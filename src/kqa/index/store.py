"""The published index on disk: written beside, verified, renamed; opened after a full check.

Owns the folder ``<index>/<fingerprint>/``, its manifest, and the one-line file
``<index>/CURRENT``. A published folder is never written to again. Every file is
checked against its size and SHA-256 before a byte of it is parsed; the bytes
that were checked are the bytes that are parsed. docs/index-format.md describes it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kqa.errors import IndexCorrupt, IndexMissing, Unreachable
from kqa.index import lexical
from kqa.index.dense import DenseIndex
from kqa.index.lexical import LexicalIndex
from kqa.records import (
    Article,
    FileEntry,
    Manifest,
    Passage,
    SegmentKind,
    Sentence,
    Span,
    Vectors,
)

FORMAT = 1
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
REBUILD = "Run: kqa index"

_CURRENT_LINE = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64})\n")
_MANIFEST_BYTES = 16 * 1024 * 1024
_BUILDING = ".building-"


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """Everything that a published index holds. Positions run from 0 in each tuple."""

    manifest: Manifest
    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    dense: DenseIndex
    sentence_vectors: Vectors
    lexical: LexicalIndex


@dataclass(frozen=True, slots=True)
class Current:
    """What ``CURRENT`` says: the fingerprint and the SHA-256 of its manifest."""

    fingerprint: str
    manifest_sha256: str


def read_current(folder: Path) -> Current:
    """The pointer to the published index.

    Raises:
        IndexMissing: if there is none.
        IndexCorrupt: if it is not exactly one well-formed line.
        Unreachable: if it cannot be read.
    """
    path = folder / CURRENT
    try:
        with path.open("rb") as file:
            line = file.read(200)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(f"index {folder}", "there is none", REBUILD) from error
    except OSError as error:
        raise Unreachable(
            str(path), f"cannot be read ({error.strerror})", "Check its permissions."
        ) from error
    found = _CURRENT_LINE.fullmatch(line.decode("ascii", "replace"))
    if not found:
        raise IndexCorrupt(str(path), "it is not one line of two hashes", REBUILD)
    return Current(found[1], found[2])


def open_index(folder: Path) -> StoredIndex:
    """The published index, every file of it checked first.

    Raises:
        IndexMissing: if none is published.
        IndexCorrupt: naming the file that is missing, truncated or changed.
        Unreachable: if a file cannot be read.
    """
    manifest = read_manifest(folder)
    published = folder / manifest.fingerprint
    try:
        data = {entry.name: _checked_bytes(published, entry) for entry in manifest.files}
        return _parse(manifest, data)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError) as error:
        raise IndexCorrupt(
            str(published), f"its files do not parse ({error!r})", REBUILD
        ) from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the published index, checked against ``CURRENT``.

    Raises:
        IndexMissing, IndexCorrupt, Unreachable: as ``open_index`` does.
    """
    current = read_current(folder)
    return _parse_manifest(folder / current.fingerprint / MANIFEST, current)


def write_index(folder: Path, stored: StoredIndex) -> None:
    """Publishes ``stored``: all of it or nothing. ``manifest.files`` is filled in here.

    Call it inside ``building``. The version published before stays beside it; older
    ones are removed.

    Raises:
        Unreachable: if a file cannot be written; what was begun is removed.
    """
    fingerprint = stored.manifest.fingerprint
    previous = _published(folder)
    final = folder / fingerprint
    try:
        temporary = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder))
        manifest_sha256 = _write_all(temporary, stored)
        if final.exists():  # a damaged version of the same inputs: never written into
            final.replace(Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder)) / "damaged")
        temporary.chmod(0o755)
        temporary.replace(final)
        _sync_folder(folder)
        _replace_file(folder / CURRENT, f"{fingerprint} {manifest_sha256}\n".encode())
    except OSError as error:
        _remove_begun(folder)
        if previous != fingerprint:
            shutil.rmtree(final, ignore_errors=True)
        raise Unreachable(
            f"index {folder}",
            f"it cannot be written ({error.strerror}); the index before it is untouched",
            "Check the disk's free space and the folder's permissions.",
        ) from error
    _remove_others(folder, keep={fingerprint, previous})


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """Holds the folder's build lock: one build at a time, left-overs of broken ones removed.

    Raises:
        Unreachable: if the folder cannot be made or written, or another build runs.
    """
    import fcntl

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("a")
    except OSError as error:
        raise Unreachable(
            f"index {folder}",
            f"it cannot be written ({error.strerror})",
            "Check the folder's permissions, or name another with --index.",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unreachable(
                f"index {folder}", "another build is under way", "Wait for it to end."
            ) from error
        _remove_begun(folder)
        yield


def _write_all(temporary: Path, stored: StoredIndex) -> str:
    """Writes every file, the manifest last; the manifest's SHA-256."""
    entries = []
    for name, data in _serialised(stored):
        _write_synced(temporary / name, data)
        entries.append(FileEntry(name, len(data), hashlib.sha256(data).hexdigest()))
    manifest = dataclasses.replace(stored.manifest, files=tuple(entries))
    data = json.dumps(dataclasses.asdict(manifest), indent=1, sort_keys=True).encode()
    _write_synced(temporary / MANIFEST, data)
    _sync_folder(temporary)
    return hashlib.sha256(data).hexdigest()


def _serialised(stored: StoredIndex) -> Iterator[tuple[str, bytes]]:
    yield "articles.jsonl", _lines(dataclasses.asdict(article) for article in stored.articles)
    # A passage's text is not kept: it is cut from its article again, so it cannot differ.
    yield "passages.jsonl", _lines(_without_text(passage) for passage in stored.passages)
    yield "sentences.jsonl", _lines(_without_text(sentence) for sentence in stored.sentences)
    yield "passages.faiss", stored.dense.to_bytes()
    yield "sentences.npy", _npy(stored.sentence_vectors)
    for name, part in stored.lexical.arrays().items():
        yield name, part if isinstance(part, bytes) else _npy(part)


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _without_text(record: Passage | Sentence) -> dict[str, Any]:
    row = dataclasses.asdict(record)
    del row["text"]
    return row


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace_file(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{_BUILDING}{path.name}")
    beside.unlink(missing_ok=True)
    _write_synced(beside, data)
    beside.replace(path)
    with suppress(OSError):  # published from here on; a power cut may yet bring back the old one
        _sync_folder(path.parent)


def _published(folder: Path) -> str | None:
    try:
        return read_current(folder).fingerprint
    except (IndexMissing, IndexCorrupt):
        return None


def _remove_begun(folder: Path) -> None:
    for path in folder.glob(f"{_BUILDING}*"):
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _remove_others(folder: Path, keep: set[str | None]) -> None:
    for path in folder.iterdir():
        version = re.fullmatch(r"[0-9a-f]{64}", path.name)
        if path.is_dir() and (version or path.name.startswith(_BUILDING)) and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def _parse_manifest(path: Path, current: Current) -> Manifest:
    data = _read(path, _MANIFEST_BYTES)
    if hashlib.sha256(data).hexdigest() != current.manifest_sha256:
        raise IndexCorrupt(str(path), "it differs from the one that was published", REBUILD)
    try:
        found = json.loads(data)
        if found["format"] != FORMAT:
            reason = f"it is of format {found['format']}; this kqa reads format {FORMAT}"
            raise IndexCorrupt(str(path), reason, REBUILD)
        files = tuple(FileEntry(**entry) for entry in found.pop("files"))
        manifest = Manifest(files=files, **found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexCorrupt(str(path), "it does not parse", REBUILD) from error
    if manifest.fingerprint != current.fingerprint:
        raise IndexCorrupt(str(path), "it is the manifest of another index", REBUILD)
    return manifest


def _checked_bytes(published: Path, entry: FileEntry) -> bytes:
    path = published / entry.name
    if path.name != entry.name:
        raise IndexCorrupt(str(path), "a manifest names only files beside it", REBUILD)
    data = _read(path, entry.size)
    if len(data) != entry.size:
        raise IndexCorrupt(
            str(path), f"it has {len(data):,} bytes instead of {entry.size:,}", REBUILD
        )
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise IndexCorrupt(str(path), "its bytes have changed since it was published", REBUILD)
    return data


def _read(path: Path, limit: int) -> bytes:
    """The file's bytes, one more than ``limit`` at most."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError as error:
        raise IndexCorrupt(str(path), "it is missing", REBUILD) from error
    except OSError as error:
        raise Unreachable(
            str(path), f"cannot be read ({error.strerror})", "Check its permissions."
        ) from error


def _parse(manifest: Manifest, data: Mapping[str, bytes]) -> StoredIndex:
    articles = tuple(Article(**row) for row in _rows(data["articles.jsonl"]))
    texts = {article.id: article.text for article in articles}
    passages = tuple(_passage(row, texts) for row in _rows(data["passages.jsonl"]))
    sentences = tuple(_sentence(row, texts) for row in _rows(data["sentences.jsonl"]))
    dense = DenseIndex.from_bytes(data["passages.faiss"])
    vectors = _array(data["sentences.npy"])
    vocabulary, *arrays = (data[name] for name in lexical.FILES)
    ends, holders, weights = map(_array, arrays)
    stored = StoredIndex(
        manifest=manifest,
        articles=articles,
        passages=passages,
        sentences=sentences,
        dense=dense,
        sentence_vectors=vectors,
        lexical=LexicalIndex.from_arrays(vocabulary, ends, holders, weights, len(passages)),
    )
    if len(dense) != len(passages) or vectors.shape != (len(sentences), dense.dimension):
        raise ValueError("vectors and texts differ in number")
    if dense.dimension != manifest.dimension:
        raise ValueError("vectors are of another dimension than the manifest says")
    return stored


def _rows(data: bytes) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in data.decode().split("\n") if line)


def _passage(row: dict[str, Any], texts: Mapping[str, str]) -> Passage:
    text = Span(row["start"], row["end"]).of(texts[row["article"]])
    return Passage(text=text, **row)


def _sentence(row: dict[str, Any], texts: Mapping[str, str]) -> Sentence:
    text = Span(row["start"], row["end"]).of(texts[row["article"]])
    lead_in = row.pop("lead_in")
    return Sentence(
        text=text,
        kind=SegmentKind(row.pop("kind")),
        needs=Span(**row.pop("needs")),
        passages=tuple(row.pop("passages")),
        lead_in=Span(**lead_in) if lead_in else None,
        **row,
    )


def _array(data: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return array
