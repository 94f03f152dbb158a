"""Files of lines: read in UTF-8, bounded and numbered; written whole or not at all.

Owns what every form of this stage's files has in common. Knows nothing of what a line
says.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TextIO

from kqa.errors import InputError, Unreachable

LINE_BYTES = 1_000_000
"""Longest line that is read, in bytes."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHECK_PATH = "Check the path and its permissions."


class Digest(Protocol):
    """What a file's bytes can be fed to while they are read: ``hashlib.sha256()``."""

    def update(self, data: bytes, /) -> None:
        """Takes the next bytes."""


def numbered_lines(path: Path, digest: Digest | None = None) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file, ends included, numbered from 1; a byte-order mark is dropped.

    Raises:
        InputError: for a line that is no UTF-8 or longer than ``LINE_BYTES``.
        Unreachable: if the file cannot be read.
    """
    number = 0
    try:
        with path.open("rb") as file:
            while data := file.readline(LINE_BYTES + 1):
                number += 1
                if digest is not None:
                    digest.update(data)
                yield number, _decoded(data, path, number)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Unreachable(str(path), f"it cannot be read ({reason})", _CHECK_PATH) from error


def _decoded(data: bytes, path: Path, number: int) -> str:
    where, save = f"{path}, line {number}", "Save the file as UTF-8 text."
    if number == 1 and data.startswith(_UTF16):
        raise InputError(where, "it is UTF-16, not UTF-8", save)
    if len(data) > LINE_BYTES:
        reason = f"it is longer than {LINE_BYTES:,} bytes"
        raise InputError(where, reason, "Write one record a line, and a shorter one.")
    if b"\x00" in data:
        raise InputError(where, "it holds NUL bytes: UTF-16, or no text", save)
    try:
        return data.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} of it is not UTF-8 (Latin-1, or a binary file?)"
        raise InputError(where, reason, save) from error


def filled_lines(path: Path, form: str, digest: Digest | None = None) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, without their ends; ``form`` is the remedy for a file of none.

    Raises:
        InputError: as ``numbered_lines``, and where every line is blank.
        Unreachable: if the file cannot be read.
    """
    empty = True
    for number, line in numbered_lines(path, digest):
        if line.strip():
            empty = False
            yield number, line.rstrip("\r\n")
    if empty:
        raise InputError(str(path), "it is empty", form)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file that takes the place of ``path`` when all is written, else leaves it as it was.

    Raises:
        InputError: if a text cannot be written in UTF-8.
        Unreachable: if the file cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            newline="",
            dir=path.parent,
            prefix=f".{path.name}.",
            delete=False,
        ) as file:
            temporary = Path(file.name)
            yield file  # type: ignore[misc]  # a wrapper with every method of TextIO
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except UnicodeEncodeError as error:
        raise InputError(str(path), "a text for it holds half a character", "Remove it.") from error
    except OSError as error:
        reason = f"it cannot be written ({error.strerror or error})"
        raise Unreachable(str(path), reason, _CHECK_PATH) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
