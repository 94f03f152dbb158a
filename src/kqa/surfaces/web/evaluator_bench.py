"""What an evaluator has on the page: files and runs, and where they lie meanwhile.

Owns the benches, one a page, each known by a random token and its owner's name: nobody
gets at another's. Everything lies in memory and in one temporary folder, which goes with
the page: some minutes after it is left, when it is idle for long, and when the server
ends. What a crashed server has left is removed by the next one. Knows nothing of markup.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO

from kqa.errors import InputError
from kqa.evaluate.results import Evaluation
from kqa.evaluate.verdicts import Asked
from kqa.surfaces.web.evaluator_jobs import Job

LEFT_SECONDS = 10 * 60
"""A page that was left may come back (a reload, a phone asleep) for so long."""

IDLE_SECONDS = 2 * 60 * 60
"""A page on which nothing happens is forgotten after so long."""

BENCHES = 32
"""So many pages at once; beyond, the one idle for longest goes."""

RUNS = 12
"""So many runs are held for a page; beyond, the oldest goes."""

FILES = 24
"""So many files may be uploaded to a page."""

_SWEEP_SECONDS = 30.0
_PREFIX = "kqa-evaluations-"


class Kind(StrEnum):
    """What an uploaded file is."""

    TESTSET = "test set"
    BEIR = "BEIR set"
    RUN = "TREC run"
    QRELS = "judgements"


@dataclass(frozen=True, slots=True)
class Held:
    """A file that was uploaded or ships. ``path`` is a folder for a BEIR set.

    ``splits`` are the parts that may be asked, each with its number of questions;
    ``count`` that of all of it. ``said`` is what else there is to say; ``weak`` what is
    weak about a test set.
    """

    key: str
    name: str
    kind: Kind
    path: Path
    count: int
    splits: tuple[tuple[str, int], ...] = ()
    said: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    shipped: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """An evaluation that is done. ``ranking`` is its TREC run; ``judged_by`` and ``split``
    name what judged it; ``id`` is in the addresses of its downloads."""

    id: str
    n: int
    evaluation: Evaluation
    asked: tuple[Asked, ...]
    ranking: Path
    judged_by: str
    split: str | None


@dataclass
class Bench:
    """One evaluator's page. ``touched`` and ``left`` are of the monotonic clock."""

    token: str
    owner: str
    folder: Path
    files: dict[str, Held] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    choice: dict[str, str] = field(default_factory=dict)
    job: Job | None = None
    touched: float = 0.0
    left: float | None = None
    closed: bool = False
    made: int = 0

    @property
    def busy(self) -> bool:
        """Whether an evaluation waits or runs."""
        return self.job is not None and not self.job.ended

    def add_run(self, run: Run) -> None:
        """Holds a run; the oldest goes where there are too many."""
        self.runs[run.id] = run
        while len(self.runs) > RUNS:
            oldest = self.runs.pop(next(iter(self.runs)))
            oldest.ranking.unlink(missing_ok=True)


class Benches:
    """Every evaluator's page; safe under threads.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._benches: dict[str, Bench] = {}
        self._sessions: dict[str, str] = {}
        self._root: Path | None = None
        self._held: IO[bytes] | None = None
        self._sweeping = False

    def enter(self, owner: str, token: str, session: str) -> Bench:
        """The bench of that token if it is the owner's and still there, else a new one."""
        with self._lock:
            bench = self._benches.get(token)
            if bench is None or bench.owner != owner:
                bench = self._new(owner)
            bench.left, bench.touched = None, self._clock()
            self._sessions[session] = bench.token
            self._start_sweeping()
            return bench

    def of(self, token: str, owner: str) -> Bench:
        """The bench of that token.

        Raises:
            InputError: if it is gone, or another's.
        """
        with self._lock:
            bench = self._benches.get(token)
            if bench is None or bench.owner != owner:
                reason = "it was left or idle for long, so its files and runs are deleted"
                raise InputError("this page", reason, "Load it again.")
            bench.touched = self._clock()
            return bench

    def run_of(self, id: str, owner: str) -> tuple[Bench, Run] | None:
        """The run of that id, None where the owner has none."""
        with self._lock:
            for bench in self._benches.values():
                if bench.owner == owner and id in bench.runs:
                    bench.touched = self._clock()
                    return bench, bench.runs[id]
        return None

    def now(self) -> float:
        """The clock of ``touched`` and ``left``."""
        return self._clock()

    def leave(self, session: str) -> None:
        """A browser has left; its bench waits a while for its return."""
        with self._lock:
            token = self._sessions.pop(session, "")
            if token in self._benches and token not in self._sessions.values():
                self._benches[token].left = self._clock()

    def forget(self, bench: Bench) -> None:
        """Deletes everything of a bench; what runs on it is told to stop."""
        with self._lock:
            self._benches.pop(bench.token, None)
            bench.closed = True
            bench.runs.clear()
            bench.files.clear()
            if bench.job is not None:
                bench.job.stop()
        shutil.rmtree(bench.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Forgets what was left or is idle for too long."""
        now = self._clock()
        with self._lock:
            old = [bench for bench in self._benches.values() if _is_over(bench, now)]
        for bench in old:
            self.forget(bench)

    def close(self) -> None:
        """Forgets all of them, and the folder."""
        with self._lock:
            benches, root = [*self._benches.values()], self._root
        for bench in benches:
            self.forget(bench)
        if root is not None:
            shutil.rmtree(root, ignore_errors=True)
        with self._lock:
            self._root = None
            if self._held is not None:
                self._held.close()

    def _new(self, owner: str) -> Bench:
        if len(self._benches) >= BENCHES:
            idle = [bench for bench in self._benches.values() if not bench.busy]
            for bench in sorted(idle, key=lambda bench: bench.touched)[:1]:
                self.forget(bench)
        token = secrets.token_urlsafe(16)
        folder = self._own_root() / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        bench = Bench(token, owner, folder)
        self._benches[token] = bench
        return bench

    def _own_root(self) -> Path:
        """The folder of this process, made at first use and marked as held."""
        if self._root is None:
            _remove_abandoned()
            self._root = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._held = (self._root / ".held").open("wb")
            fcntl.flock(self._held, fcntl.LOCK_EX)
            atexit.register(self.close)
        return self._root

    def _start_sweeping(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            threading.Thread(target=self._sweep_on, name="kqa-sweep", daemon=True).start()

    def _sweep_on(self) -> None:
        """Sweeps until nothing is left to be forgotten."""
        while True:
            time.sleep(_SWEEP_SECONDS)
            self.sweep()
            with self._lock:
                if not self._benches:
                    self._sweeping = False
                    return


def _is_over(bench: Bench, now: float) -> bool:
    if bench.left is not None and now - bench.left > LEFT_SECONDS:
        return True
    return not bench.busy and now - bench.touched > IDLE_SECONDS


def _remove_abandoned() -> None:
    """Removes the folders of servers that ended without tidying up: nobody holds them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), _unheld(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _unheld(folder: Path) -> Iterator[None]:
    """Holds the folder's mark.

    Raises:
        OSError: if another process holds it, or it is not ours.
    """
    with (folder / ".held").open("r+b") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
