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

from kqa.corpus.synonyms import Synonyms
from kqa.errors import IndexCorrupt, IndexMissing, Unreachable
from kqa.index import lexical, ngrams
from kqa.index.dense import DenseIndex
from kqa.index.lexical import LexicalIndex
from kqa.index.ngrams import NgramIndex
from kqa.records import (
    Article,
    FileEntry,
    KnownDisagreement,
    KnownSide,
    LeadIn,
    Manifest,
    Passage,
    SegmentKind,
    Sentence,
    Span,
    Vectors,
    Way,
)

FORMAT = 2
CURRENT = "CURRENT"
SOURCE = "SOURCE"
MANIFEST = "manifest.json"
REBUILD = "Run: kqa index"

_CURRENT_LINE = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64})\n")
_MANIFEST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """Everything that a published index holds. Positions run from 0 in each tuple.

    ``sentence_vectors`` has a row a sentence and below these a row a lead-in.
    ``way_vectors`` has a row for each of the ways that are pinned, which stand before
    those that the articles leave open. ``letters`` holds, one after the other, the
    sentences and lead-ins with their headings, the ways, and the disagreements' asks.
    """

    manifest: Manifest
    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    lead_ins: tuple[LeadIn, ...]
    ways: tuple[Way, ...]
    disagreements: tuple[KnownDisagreement, ...]
    synonyms: Synonyms
    dense: DenseIndex
    sentence_vectors: Vectors
    way_vectors: Vectors
    lexical: LexicalIndex
    letters: NgramIndex


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
    lead_ins = tuple(_lead_in(row, texts) for row in _rows(data["lead_ins.jsonl"]))
    ways = tuple(_way(row) for row in _rows(data["ways.jsonl"]))
    disagreements = tuple(_disagreement(row) for row in _rows(data["disagreements.jsonl"]))
    dense = DenseIndex.from_bytes(data["passages.faiss"])
    vocabulary, *arrays = (data[name] for name in lexical.FILES)
    ends, holders, weights = map(_array, arrays)
    grams, *gram_arrays = (data[name] for name in ngrams.FILES)
    gram_ends, gram_texts, gram_weights, idf = map(_array, gram_arrays)
    compared = len(sentences) + len(lead_ins) + len(ways) + sum(len(d.asks) for d in disagreements)
    stored = StoredIndex(
        manifest=manifest,
        articles=articles,
        passages=passages,
        sentences=sentences,
        lead_ins=lead_ins,
        ways=ways,
        disagreements=disagreements,
        synonyms=tuple((said, tuple(meant)) for said, meant in json.loads(data["synonyms.json"])),
        dense=dense,
        sentence_vectors=_array(data["sentences.npy"]),
        way_vectors=_array(data["ways.npy"]),
        lexical=LexicalIndex.from_arrays(vocabulary, ends, holders, weights, len(passages)),
        letters=NgramIndex.from_arrays(grams, gram_ends, gram_texts, gram_weights, idf, compared),
    )
    _check_fit(stored)
    return stored


def _check_fit(stored: StoredIndex) -> None:
    """Whether vectors and positions belong to the texts that are there.

    Raises:
        ValueError: if not.
    """
    dimension, sentences = stored.dense.dimension, len(stored.sentences)
    rows = sentences + len(stored.lead_ins)
    pinned = sum(way.about is None for way in stored.ways)
    if len(stored.dense) != len(stored.passages):
        raise ValueError("vectors and passages differ in number")
    if stored.sentence_vectors.shape != (rows, dimension):
        raise ValueError("vectors and sentences differ in number")
    if stored.way_vectors.shape != (pinned, dimension):
        raise ValueError("vectors and ways of asking differ in number")
    if dimension != stored.manifest.dimension:
        raise ValueError("vectors are of another dimension than the manifest says")
    if any(way.about is not None for way in stored.ways[:pinned]):
        raise ValueError("a way that the articles leave open stands before one that is pinned")
    pointed = [at for way in stored.ways for at in way.sentences]
    pointed += [at for lead_in in stored.lead_ins for at in lead_in.items]
    pointed += [lead_in.before for lead_in in stored.lead_ins if lead_in.before is not None]
    pointed += [at for d in stored.disagreements for side in d.sides for at in side.sentences]
    if not all(0 <= at < sentences for at in pointed):
        raise ValueError("a position is that of no sentence")
    led = [way.lead_in for way in stored.ways if way.lead_in is not None]
    if not all(0 <= at < len(stored.lead_ins) for at in led):
        raise ValueError("a position is that of no lead-in")


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


def _lead_in(row: dict[str, Any], texts: Mapping[str, str]) -> LeadIn:
    text = Span(row["start"], row["end"]).of(texts[row["article"]])
    return LeadIn(text=text, items=tuple(row.pop("items")), **row)


def _way(row: dict[str, Any]) -> Way:
    return Way(sentences=tuple(row.pop("sentences")), **row)


def _disagreement(row: dict[str, Any]) -> KnownDisagreement:
    sides = tuple(KnownSide(side["name"], tuple(side["sentences"])) for side in row.pop("sides"))
    return KnownDisagreement(asks=tuple(row.pop("asks")), sides=sides, **row)


def _array(data: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return array
