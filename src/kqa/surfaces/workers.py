"""Several processes that answer at one address, each with the index open for itself.

Owns starting, watching and stopping them. Each is a fresh process: one that was split off
from a running one would share the locks of the model's threads. The listening socket is
opened once and handed to all; the system gives each connection to one that is free.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

from kqa.settings import Settings
from kqa.surfaces.serve import address_of, listen, quiet, run_server
from kqa.surfaces.web.relay import Workers

STOP_SECONDS = 15.0
"""A worker that has not stopped after so long is ended."""

_SPAWN = multiprocessing.get_context("spawn")


def serve_workers(settings: Settings, host: str, port: int) -> int:
    """Serve by ``settings.workers`` processes until interrupted; the exit code.

    A worker that dies is replaced; one that dies before it could answer ends the server.

    Raises:
        Unreachable: if the address cannot be used.
    """
    quiet()
    with ExitStack() as stack:
        listening = stack.enter_context(closing(listen(host, port)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kqa-")))
        crew = _Crew(settings, listening, folder)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, crew.on_signal)
        return crew.run()


class _Crew:
    """The workers of one server, by number."""

    def __init__(self, settings: Settings, listening: socket.socket, folder: Path) -> None:
        self.settings, self.listening, self.folder = settings, listening, folder
        self.token = secrets.token_hex(32)
        self.stopping = threading.Event()
        self.processes: list[SpawnProcess] = []
        self.ready: list[Connection] = []
        self.up: set[int] = set()

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Stop, as soon as the loop sees it."""
        self.stopping.set()

    def run(self) -> int:
        """Start them, keep them up, stop them."""
        told = False
        try:
            for number in range(self.settings.workers):
                self._start(number)
            while not self.stopping.is_set():
                wait([process.sentinel for process in self.processes], timeout=0.2)
                self.up |= {n for n, ready in enumerate(self.ready) if _said_ready(ready)}
                if not told and len(self.up) == len(self.processes):
                    told = True
                    said = f"kqa serves at {address_of(self.listening)}/chat/"
                    print(f"{said} by {len(self.up)} workers", file=sys.stderr, flush=True)
                if (failed := self._replace_dead()) is not None:
                    return failed
        finally:
            self._stop()
        return 0

    def _start(self, number: int) -> None:
        """Start a worker in the place of this number."""
        workers = Workers(self.settings.workers, number, self.folder, self.token)
        here, there = _SPAWN.Pipe(duplex=False)
        process = _SPAWN.Process(
            target=_work,
            args=(self.settings, workers, self.listening, there),
            name=f"kqa worker {number}",
        )
        process.start()
        there.close()
        self.up.discard(number)
        self.processes[number : number + 1] = [process]
        self.ready[number : number + 1] = [here]

    def _replace_dead(self) -> int | None:
        """Start those anew that ended; an exit code where one ended before it was ready."""
        for number, process in enumerate(self.processes):
            if process.is_alive() or self.stopping.is_set():
                continue
            if number not in self.up:
                return process.exitcode if (process.exitcode or 0) > 0 else 70
            print(f"Worker {number} ended ({process.exitcode}): again.", file=sys.stderr)
            self._start(number)
        return None

    def _stop(self) -> None:
        for process in self.processes:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in self.processes:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()


def _said_ready(ready: Connection) -> bool:
    try:
        return ready.poll() and bool(ready.recv())
    except (EOFError, OSError):
        return False


def _work(
    settings: Settings, workers: Workers, listening: socket.socket, ready: Connection
) -> None:
    """One worker: its own assistant, the common socket, and one for the other workers."""
    from kqa.answer.assistant import Assistant

    threading.Thread(target=_stop_with_parent, daemon=True).start()
    path = workers.socket(workers.own)
    path.unlink(missing_ok=True)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as inner:
        inner.bind(str(path))
        inner.listen()
        assistant = Assistant(settings)
        assistant.open()
        run_server(assistant, [listening, inner], workers, on_start=partial(ready.send, True))


def _stop_with_parent() -> None:
    """Whatever becomes of the parent, no worker goes on without it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
