"""Publishing an index: written beside, synced, renamed; all of it or nothing.

Owns every write below the index folder: the build lock, the files of a version, the
pointer to it. A published folder is never written to again. ``store`` reads it back.
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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kqa.errors import IndexCorrupt, IndexMissing, Unreachable
from kqa.index.store import CURRENT, MANIFEST, SOURCE, StoredIndex, read_current, source_line
from kqa.records import FileEntry, LeadIn, Passage, Sentence

_BUILDING = ".building-"


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
        raise _unwritable(folder, error) from error
    _remove_others(folder, keep={fingerprint, previous})


def write_source(folder: Path, corpus: Path) -> None:
    """Notes the folder of articles that the published index was built from.

    Raises:
        Unreachable: if it cannot be written.
    """
    line = source_line(corpus)
    try:
        if (folder / SOURCE).is_file() and (folder / SOURCE).read_bytes() == line:
            return
        _replace_file(folder / SOURCE, line)
    except OSError as error:
        _remove_begun(folder)
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> Unreachable:
    return Unreachable(
        f"index {folder}",
        f"it cannot be written ({error.strerror}); the index before it is untouched",
        "Check the disk's free space and the folder's permissions.",
    )


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
    yield "lead_ins.jsonl", _lines(_without_text(lead_in) for lead_in in stored.lead_ins)
    yield "ways.jsonl", _lines(dataclasses.asdict(way) for way in stored.ways)
    yield "disagreements.jsonl", _lines(dataclasses.asdict(d) for d in stored.disagreements)
    yield "synonyms.json", json.dumps(stored.synonyms, ensure_ascii=False).encode()
    yield "passages.faiss", stored.dense.to_bytes()
    yield "sentences.npy", _npy(stored.sentence_vectors)
    yield "ways.npy", _npy(stored.way_vectors)
    for name, part in {**stored.lexical.arrays(), **stored.letters.arrays()}.items():
        yield name, part if isinstance(part, bytes) else _npy(part)


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _without_text(record: Passage | Sentence | LeadIn) -> dict[str, Any]:
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
