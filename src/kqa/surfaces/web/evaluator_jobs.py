"""Evaluations that wait and run behind the page, one at a time.

Owns the queue, the thread, and what is known of how far each is. One runs at a time, since
it takes a core from those who ask; the others wait in their order. Each can be stopped
between two questions. Knows nothing of pages or files.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from kqa.errors import InputError, KqaError, OwnFault
from kqa.surfaces.http import log_fault

WAITING = 8
"""So many evaluations may wait."""


class State(StrEnum):
    """Where an evaluation stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Stopped(Exception):  # it is no error
    """The evaluation was told to stop."""


@dataclass(eq=False)
class Job:
    """An evaluation on its way.

    ``work`` does it and may call ``progress`` and ``step``, which raise ``Stopped``.
    ``steps`` pieces of work make up a question. ``doing`` is what is done now, ``done``
    of ``total`` how much of it.
    """

    name: str
    work: Callable[[Job], None]
    steps: int = 1
    state: State = State.WAITING
    doing: str = ""
    total: int = 0
    error: KqaError | None = None
    run: str | None = None
    began: float = 0.0
    _done: int = 0
    _stepped: int = 0
    _first: int = 0
    _since: float = 0.0
    _stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (State.DONE, State.STOPPED, State.FAILED)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop and has not yet."""
        return self._stopping.is_set() and not self.ended

    @property
    def done(self) -> int:
        """How much is done, a question counted when all its work is."""
        return min(self.total, self._done + self._stepped // self.steps)

    @property
    def kept(self) -> int:
        """How much of what is done need not be done again."""
        return self._done

    @property
    def seconds_left(self) -> float | None:
        """How long the questions may still take; None before there is much to go by."""
        part, took = self.done - self._first, time.monotonic() - self._since
        if self.doing != "questions" or part < 5 or took < 2:
            return None
        return took / part * (self.total - self.done)

    def stop(self) -> None:
        """Ends it before its next piece of work."""
        self._stopping.set()

    def progress(self, what: str, done: int, total: int) -> None:
        """Notes how far it is.

        Raises:
            Stopped: if it was told to stop.
        """
        if what != self.doing:
            self._first, self._since = done, time.monotonic()
        self.doing, self._done, self.total, self._stepped = what, done, total, 0
        self._go_on()

    def step(self) -> None:
        """Notes one piece of work on a question.

        Raises:
            Stopped: if it was told to stop.
        """
        self._stepped += 1
        self._go_on()

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise Stopped


class Desk:
    """Takes evaluations and does them one after the other, in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Job] = deque()
        self._running = False

    def take(self, job: Job) -> None:
        """Puts the job in the queue.

        Raises:
            InputError: if too many wait already.
        """
        with self._lock:
            if len(self._queue) > WAITING:
                reason = f"{WAITING} others wait already"
                raise InputError(job.name, reason, "Try again in a few minutes.")
            self._queue.append(job)
            if not self._running:
                self._running = True
                threading.Thread(target=self._work_on, name="kqa-evaluate", daemon=True).start()

    def stop(self, job: Job) -> None:
        """Ends a waiting job now, a running one before its next piece of work."""
        with self._lock:
            job.stop()
            if job in self._queue and job is not self._queue[0]:
                self._queue.remove(job)
                job.state = State.STOPPED

    def before(self, job: Job) -> int:
        """How many are done before it, the one that runs included."""
        with self._lock:
            return self._queue.index(job) if job in self._queue else 0

    def _work_on(self) -> None:
        """Does what is in the queue until it is empty. A job leaves it when it has ended."""
        while True:
            with self._lock:
                if not self._queue:
                    self._running = False
                    return
                job = self._queue[0]
            _do(job)
            with self._lock:
                self._queue.popleft()


def _do(job: Job) -> None:
    """Does one job; whatever happens, it ends and the next can begin."""
    job.state, job.began = State.RUNNING, time.monotonic()
    try:
        job.progress("starting", 0, 0)
        job.work(job)
        job.state = State.DONE
    except Stopped:
        job.state = State.STOPPED
    except KqaError as error:
        job.error, job.state = error, State.FAILED
    except Exception as error:
        log_fault(error)
        job.error = OwnFault("evaluation", "an unforeseen error", "Please report it.")
        job.state = State.FAILED
