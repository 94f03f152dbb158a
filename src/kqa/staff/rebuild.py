"""A new index, built by a child process while the old one goes on answering.

Owns how the child is told the settings, how it tells its progress, and what its end means.
A crash or a peak of memory ends the child alone; the index in use is untouched until the
new one is complete, and ``index.build`` sees to that. One build at a time: ``index.publish``
holds the lock.

The child is this module: ``python -m kqa.staff.rebuild`` reads the settings as JSON from
standard input and writes a line of JSON for each step to standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kqa.errors import KqaError, OwnFault
from kqa.settings import Settings


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` texts are embedded; both 0 while the articles are being read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a build did. ``left_out`` says of each article that could not be read why."""

    fingerprint: str
    articles: int
    sentences: int
    embedded: int
    unchanged: bool
    left_out: tuple[str, ...]
    lost: tuple[str, ...]


def rebuild(settings: Settings) -> Iterator[Progress | Rebuilt]:
    """Builds the index of the articles; yields its progress and, last, what it did.

    A caller that stops listening does not stop the build.

    Raises:
        KqaError: as ``build_index`` does; OwnFault where the child broke off.
    """
    yield Progress(0, 0)
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "kqa.staff.rebuild"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError), child.stdin:
        child.stdin.write(settings.model_dump_json())
    last: dict[str, Any] = {}
    try:
        with child.stdout:
            for line in child.stdout:
                last = json.loads(line)
                if "total" in last:
                    yield Progress(last["done"], last["total"])
        code = child.wait()
    finally:
        if child.returncode is None:  # nobody listens any more: its end is still waited for
            threading.Thread(target=child.wait, daemon=True).start()
    if "error" in last:
        raise _error(last["error"])
    if "fingerprint" not in last:
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        remedy = "The old index goes on answering. Run kqa index on the server to see why."
        raise OwnFault("building the index", f"it was broken off {how}", remedy)
    yield Rebuilt(**{**last, "left_out": tuple(last["left_out"]), "lost": tuple(last["lost"])})


def _error(found: dict[str, str]) -> KqaError:
    """The child's error as one of the tree: its words, code, exit code and status."""
    for kind in _kinds(KqaError):
        if kind.__name__ == found["kind"]:
            return kind(found["what"], found["reason"], found["remedy"], code=found["code"])
    return OwnFault(found["what"], found["reason"], found["remedy"])


def _kinds(kind: type[KqaError]) -> Iterator[type[KqaError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


# --- in the child ---------------------------------------------------------------------


def _main() -> None:
    settings = Settings.model_validate_json(sys.stdin.read())
    with suppress(OSError):
        os.nice(5)  # the server's questions come first
    try:
        _say(_build(settings))
    except KqaError as error:
        words = {"what": error.what, "reason": error.reason, "remedy": error.remedy}
        _say({"error": {"kind": type(error).__name__, "code": error.code, **words}})
    except Exception as error:
        words = {
            "what": "building the index",
            "reason": repr(error),
            "remedy": "Please report this.",
        }
        _say({"error": {"kind": "OwnFault", "code": "own_fault", **words}})


def _build(settings: Settings) -> dict[str, Any]:
    from kqa.corpus.read import read_corpus
    from kqa.index.build import build_index
    from kqa.index.encoder import make_encoder
    from kqa.index.fingerprint import corpus_folder

    corpus = read_corpus(corpus_folder(settings))
    encoder = make_encoder(settings.encoder)

    def show(done: int, total: int) -> None:
        _say({"done": done, "total": total})

    report = build_index(corpus, encoder, settings, settings.index, show)
    return {
        "fingerprint": report.fingerprint,
        "articles": report.counts["articles"],
        "sentences": report.counts["sentences"],
        "embedded": report.embedded,
        "unchanged": report.unchanged,
        "left_out": [str(error) for error in report.left_out],
        "lost": [f"{pin}: {fault.value}" for pin, fault in report.lost],
    }


def _say(found: dict[str, Any]) -> None:
    """A line for whoever listens; nobody may."""
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
