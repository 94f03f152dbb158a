"""An evaluation that was broken off goes on where it was.

Owns one file a broken-off evaluation, in the folder of the setting ``cache``: a line of
JSON for each question done, in order, removed when all is done. Its name is a hash of
everything that the results depend on, kqa's own code included, so that it is never taken
up by another evaluation. No question's text is written: the test set has it.

A line counts only whole: what a crash left at the end is dropped. One process at a time
holds a file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from kqa.errors import Unreachable
from kqa.evaluate.results import Shown

FOLDER = "evaluations"


@dataclass(frozen=True, slots=True)
class Done:
    """What is kept of a question: all of its result but what the test set holds.

    ``ranked`` are document and score of its ranking, empty where no run is wanted.
    """

    id: str
    shown: tuple[Shown, ...]
    outcome: str | None
    confidence: float | None
    notices: tuple[str, ...]
    values: dict[str, float]
    ranked: tuple[tuple[str, float], ...] = ()
    ranks: tuple[int, ...] | None = None


class Checkpoint:
    """The results so far, appended to a file; use it as a context.

    Args:
        folder: where such files lie; made if it is not there.
        parts: everything that the results depend on, by name.
        fresh: forget what an evaluation before has left.

    Raises:
        Unreachable: if the file cannot be written or another evaluation holds it.
    """

    def __init__(self, folder: Path, parts: Mapping[str, str], *, fresh: bool = False) -> None:
        named = "\n".join(f"{name}={value}" for name, value in sorted(parts.items()))
        name = hashlib.sha256(f"{named}\ncode={code_sha256()}".encode()).hexdigest()
        self.file = folder / f"{name}.jsonl"
        self._held = self._open(fresh)
        self.count = sum(1 for _ in self.read())

    def read(self) -> Iterator[Done]:
        """Every question done so far, in order, one by one from the file."""
        self._held.flush()
        with self.file.open("rb") as lines:
            for line in lines:
                yield _parse(line)

    def append(self, done: Done) -> None:
        """Adds a question; it is safe from a crash of this process at the next ``flush``.

        Raises:
            Unreachable: if the disk is full.
        """
        row = json.dumps(asdict(done), ensure_ascii=False, separators=(",", ":"))
        try:
            self._held.write(row.encode("utf-8", "surrogatepass") + b"\n")
        except OSError as error:
            raise _unwritable(self.file, error) from error
        self.count += 1

    def flush(self) -> None:
        """Hands everything appended to the system.

        Raises:
            Unreachable: if the disk is full.
        """
        try:
            self._held.flush()
        except OSError as error:
            raise _unwritable(self.file, error) from error

    def remove(self) -> None:
        """All is done: the file goes."""
        self.file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    def _open(self, fresh: bool) -> IO[bytes]:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            held = self.file.open("ab")
        except OSError as error:
            raise _unwritable(self.file, error) from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.file.chmod(0o600)
            held.truncate(0 if fresh else _whole(self.file))
        except BlockingIOError as error:
            held.close()
            raise Unreachable(
                str(self.file), "the same evaluation runs already", "Wait for it to end."
            ) from error
        except OSError as error:
            held.close()
            raise _unwritable(self.file, error) from error
        return held


@cache
def code_sha256() -> str:
    """SHA-256 over kqa's own files of code and data."""
    package = Path(__file__).parent.parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in {".py", ".json", ".toml"} and "shipped" not in path.parts:
            total.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return total.hexdigest()


def _whole(file: Path) -> int:
    """How many bytes of the file are lines that can be read."""
    size = 0
    with file.open("rb") as lines:
        for line in lines:
            try:
                _parse(line)
            except (ValueError, TypeError, KeyError):
                break
            size += len(line)
    return size


def _parse(line: bytes) -> Done:
    if not line.endswith(b"\n"):
        raise ValueError("a line without its end")
    found: dict[str, Any] = json.loads(line.decode("utf-8", "surrogatepass"))
    found["shown"] = tuple(Shown(**shown) for shown in found["shown"])
    found["notices"] = tuple(found["notices"])
    found["ranks"] = None if found["ranks"] is None else tuple(found["ranks"])
    found["ranked"] = tuple((document, score) for document, score in found["ranked"])
    return Done(**found)


def _unwritable(file: Path, error: OSError) -> Unreachable:
    return Unreachable(
        f"cache {file.parent}",
        f"it cannot be written ({error.strerror})",
        "Name another folder in the setting cache, or free some space.",
    )
