"""A public set out of a zip file that a stranger packed.

Owns what is taken out of such a file and what is refused. Taken are ``corpus.jsonl``,
``queries.jsonl`` and ``qrels/*.tsv`` of one folder, each written under a name of ours, so
that no name in the archive is ever a path here. Sizes are counted while unpacking:
what an archive says of itself is not believed. Knows nothing of what a line says.
"""

from __future__ import annotations

import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from kqa.errors import InputError, Unreachable

UNPACKED_BYTES = 512 * 1024 * 1024
"""So many bytes may come out of one archive."""

ENTRIES = 1_000
"""So many entries may be in one."""

_PIECE = 1024 * 1024
_QRELS = re.compile(r"[\w-]+\.tsv\Z")
_BESIDE = frozenset({"corpus.jsonl", "queries.jsonl"})
_FORM = "Pack one folder that holds corpus.jsonl, queries.jsonl and qrels/test.tsv."
_KNOWN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def unpack_beir(archive: Path, folder: Path) -> None:
    """Unpacks a set in BEIR's layout into ``folder``, whole or not at all.

    Raises:
        InputError: if the archive is none, is damaged, encrypted or too large, holds links
            or paths that lead out of it, or not exactly one set.
        Unreachable: if ``folder`` cannot be written.
    """
    beside = None
    try:
        beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
        with zipfile.ZipFile(archive) as opened:
            _unpack(opened, _wanted(opened, archive.name), beside, archive.name)
        beside.rename(folder)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError) as error:
        raise _refused(archive.name, f"it is no zip file, or damaged ({error})") from error
    except (ValueError, RuntimeError) as error:
        raise _refused(archive.name, f"it cannot be unpacked ({error})") from error
    except OSError as error:
        reason = f"it cannot be written ({error.strerror or error})"
        raise Unreachable(str(folder), reason, "Free some space.") from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def _wanted(opened: zipfile.ZipFile, name: str) -> Mapping[str, zipfile.ZipInfo]:
    """The entries that are taken, by the path that each gets."""
    entries = opened.infolist()
    if len(entries) > ENTRIES:
        raise _refused(name, f"it holds {len(entries):,} entries, more than {ENTRIES:,}")
    wanted: dict[str, zipfile.ZipInfo] = {}
    tops = set()
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        _check_entry(entry, path, name)
        own = _own_path(path)
        if own is None or entry.is_dir() or "__MACOSX" in path.parts:
            continue
        tops.add(path.parts[: -len(PurePosixPath(own).parts)])
        if own in wanted and len(tops) == 1:
            raise _refused(name, f"it holds {own} twice")
        wanted[own] = entry
    if len(tops) > 1:
        raise _refused(name, "it holds more than one set")
    missing = sorted(_BESIDE - wanted.keys())
    if not any(own.startswith("qrels/") for own in wanted):
        missing.append("qrels/test.tsv")
    if missing:
        raise _refused(name, f"it lacks {', '.join(missing)}")
    return wanted


def _check_entry(entry: zipfile.ZipInfo, path: PurePosixPath, name: str) -> None:
    shown = repr(entry.filename[:60])
    if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0]:
        raise _refused(name, f"the entry {shown} leads out of it")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refused(name, f"the entry {shown} is a link")
    if entry.flag_bits & 1:
        raise _refused(name, f"the entry {shown} is encrypted")
    if entry.compress_type not in _KNOWN:
        raise _refused(name, f"the entry {shown} is packed in an unusual way")


def _own_path(path: PurePosixPath) -> str | None:
    """The path that an entry gets here; None for one that is left where it is."""
    if path.name in _BESIDE:
        return path.name
    if path.parent.name == "qrels" and _QRELS.match(path.name):
        return f"qrels/{path.name}"
    return None


def _unpack(
    opened: zipfile.ZipFile, wanted: Mapping[str, zipfile.ZipInfo], folder: Path, name: str
) -> None:
    _check_total(name, (entry.file_size for entry in wanted.values()))
    (folder / "qrels").mkdir()
    left = UNPACKED_BYTES
    for own, entry in wanted.items():
        with opened.open(entry) as packed, (folder / own).open("wb") as file:
            while piece := packed.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    _check_total(name, (UNPACKED_BYTES + 1,))
                file.write(piece)


def _check_total(name: str, sizes: Iterable[int]) -> None:
    if sum(sizes) > UNPACKED_BYTES:
        mib = UNPACKED_BYTES // 2**20
        raise _refused(name, f"more than {mib} MiB come out of it")


def _refused(name: str, reason: str) -> InputError:
    return InputError(name, reason, _FORM)
