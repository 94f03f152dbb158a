"""Gradio, told to call nobody and to print nothing: what a page imports as ``gr``.

Where a call fails, Gradio prints the whole error, and with it what was sent. Here the place
alone is logged, as everywhere in kqa.

Importing this module imports Gradio, two seconds of it: import it late.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from types import SimpleNamespace

from kqa.surfaces.http import log_fault

# Before the import: Gradio calls home from launch and mount alike unless told not to.
# Its own statistics of events (kept in memory, summed up anew at each) are off as well.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**12)
import gradio as gr
import gradio.queueing
import gradio.routes
import gradio.utils
from gradio.events import api  # ``gr.api``, by the name that type checkers know


def _log_place(*_: object, **__: object) -> None:
    if (error := sys.exc_info()[1]) is not None:
        log_fault(error)


for _module in (gradio.queueing, gradio.routes):
    _module.traceback = SimpleNamespace(**{**vars(traceback), "print_exc": _log_place})  # type: ignore[attr-defined]

# Gradio would make an event loop for each and leave it open; neither has needed one for long.
gradio.utils.safe_get_lock = gradio.queueing.safe_get_lock = asyncio.Lock  # type: ignore[attr-defined]
gradio.utils.safe_get_stop_event = asyncio.Event

__all__ = ["api", "gr"]
