"""The page's named endpoint ``/ask``, for programs that speak to it by ``gradio_client``.

Owns what a program sends and gets by that way. It joins the page's own queue, behind the
same lock: the caps, the rates and the limits are those of a question that was typed. A
program that need not speak Gradio is better served by ``POST /api/ask``.
"""

from __future__ import annotations

from typing import Any

from kqa import wording
from kqa.errors import KqaError, OwnFault
from kqa.surfaces.api import Assistant
from kqa.surfaces.http import log_fault
from kqa.surfaces.web.quiet_gradio import api, gr

NEEDS = ("config", "gradio_api/info")
"""Paths of Gradio's that its client reads before it asks."""


def add_ask_endpoint(assistant: Assistant, concurrent: int) -> None:
    """Add ``/ask`` to the page that is being built, among the ``concurrent`` of its questions."""

    # Gradio reads the annotations of the function itself: without them it answers [].
    def ask(question: str, history: list[str] | None = None) -> dict[str, Any]:
        """One answer, quoted from the articles. history: earlier questions, oldest first."""
        try:
            return assistant.ask(question, history=history or ()).to_dict()
        except KqaError as error:
            raise _told(error) from None
        except Exception as error:
            log_fault(error)
            fault = OwnFault("answer", "an unforeseen error", "Please report it.")
            raise _told(fault) from None

    # By name: this module's own annotations are strings, which Gradio does not resolve.
    ask.__annotations__ = {"question": str, "history": list, "return": dict}
    api(ask, api_name="ask", concurrency_limit=concurrent, concurrency_id="ask")


def _told(error: KqaError) -> gr.Error:
    """An error as ``gradio_client`` shows it; it is printed nowhere here."""
    message = f"{error.code}: {error} {wording.DISCLAIMER}"
    return gr.Error(message, print_exception=False)
