"""The folder of articles, changed safely: one writer at a time, whole files or none.

Owns the lock and the way a file is replaced: written beside, synced, checked by the
reader that will read it, renamed. Knows nothing of what the files say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kqa.errors import Unreachable

LOCK = ".kqa-lock"
BESIDE = ".kqa-new-"
"""Begins the name of a file that is not yet in place; no article's name begins with a dot."""


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Holds the folder's lock; whoever else would change the folder waits.

    Raises:
        Unreachable: if the folder is not there or cannot be written.
    """
    import fcntl

    try:
        lock = (folder / LOCK).open("a")
    except OSError as error:
        raise unwritable(folder, error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def beside(path: Path) -> Path:
    """Where a file is written before it takes the place of ``path``."""
    return path.with_name(f"{BESIDE}{path.name}")


def write_beside(path: Path, data: bytes) -> Path:
    """Writes ``data`` beside ``path`` and syncs it; the file's name.

    Raises:
        Unreachable: if it cannot be written.
    """
    new = beside(path)
    try:
        new.unlink(missing_ok=True)
        with new.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise unwritable(path, error) from error
    return new


def put(new: Path, path: Path) -> None:
    """Renames ``new`` to ``path`` and syncs the folder.

    Raises:
        Unreachable: if it cannot be renamed.
    """
    try:
        new.replace(path)
        sync(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def replace_checked(path: Path, data: bytes, check: Callable[[Path], object]) -> None:
    """Replaces ``path`` by ``data``, if ``check`` of the file beside it raises nothing.

    Raises:
        Unreachable: if it cannot be written; ``path`` is as it was.
    """
    new = write_beside(path, data)
    try:
        check(new)
        put(new, path)
    finally:
        new.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Makes renames in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(path: Path, error: OSError) -> Unreachable:
    """What an error of the file system becomes."""
    return Unreachable(
        str(path),
        f"it cannot be written ({error.strerror or error})",
        "Check the permissions of the folder of articles and the disk's free space.",
    )
