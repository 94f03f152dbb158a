"""Gradio, told to call nobody: what a page imports as ``gr``.

Importing this module imports Gradio, two seconds of it: import it late.
"""

from __future__ import annotations

import os

# Before the import: Gradio calls home from launch and mount alike unless told not to.
# Its own statistics of events (kept in memory, summed up anew at each) are off as well.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**12)
import gradio as gr

__all__ = ["gr"]
