"""The published index on disk, opened after a full check; ``publish`` writes it.

Owns the reading of the folder ``<index>/<fingerprint>/``, of its manifest, and of
the one-line files ``CURRENT`` and ``SOURCE`` beside it. Every file is checked against
its size and SHA-256 before a byte of it is parsed; the bytes that were checked are
the bytes that are parsed. docs/index-format.md describes each file.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
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
SOURCE = "SOURCE"
MANIFEST = "manifest.json"
REBUILD = "Run: kqa index"

_CURRENT_LINE = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64})\n")
_MANIFEST_BYTES = 16 * 1024 * 1024


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


def read_source(folder: Path) -> Path | None:
    """The folder of articles that the index was built from; None where it is not known.

    It stands beside the published folder and not in it: the same articles moved
    elsewhere make the same index.

    Raises:
        IndexCorrupt: if the line has changed since it was written.
        Unreachable: if it cannot be read.
    """
    path = folder / SOURCE
    try:
        line = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unreachable(
            str(path), f"cannot be read ({error.strerror})", "Check its permissions."
        ) from error
    source = Path(os.fsdecode(line.partition(b" ")[2].removesuffix(b"\n")))
    if line != source_line(source):
        raise IndexCorrupt(str(path), "it has changed", f"{REBUILD} --corpus FOLDER")
    return source


def source_line(corpus: Path) -> bytes:
    """What ``SOURCE`` holds: the SHA-256 of the path's bytes, and the path."""
    path = os.fsencode(corpus)
    return hashlib.sha256(path).hexdigest().encode() + b" " + path + b"\n"


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
