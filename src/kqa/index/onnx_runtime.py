"""ONNX Runtime as kqa uses it: sessions of one thread each, work dealt out to every core.

Owns the options of a session and the threads. Whoever runs many small inputs at a time
gains more from a core for each of them than from several for one, and threads that wait
in a loop for the next sum would take the machine from the web server. Imported late, by
whoever opens a session.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Item = TypeVar("Item")
Made = TypeVar("Made")


def open_session(
    model: Path, weights: Mapping[str, NDArray[Any]] | None = None
) -> InferenceSession:
    """A session on the processor, of one thread; threads may share it.

    ``weights`` are those that the model names and does not hold.

    Raises:
        Exception: of ONNX Runtime's own, which share no base.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    if weights:
        held = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
        options.add_external_initializers([*weights], held)
    return onnxruntime.InferenceSession(
        model.read_bytes(), options, providers=["CPUExecutionProvider"]
    )


def on_every_core(work: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
    """``work`` of each item, in their order, as many at a time as there are cores."""
    if len(items) < 2:
        return [work(item) for item in items]
    return list(_threads(os.getpid()).map(work, items))


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    """One pool a process: a forked one has none of its parent's threads."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="kqa-model")
