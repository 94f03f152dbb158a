"""What the tabs of the staff's page share: their components' manner, names, faults.

Owns nothing that is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kqa.errors import KqaError, OwnFault
from kqa.surfaces.http import log_fault
from kqa.surfaces.web.quiet_gradio import gr

Result = TypeVar("Result")

PLAIN: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
"""Markup as it is made, without Gradio's look or script."""

PRESSED = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-do]');
  if (button) trigger('click', {does: button.dataset.do, id: Number(button.dataset.id)});
});"""
"""Buttons inside markup: one event for all, with what the button is for."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def safely(do: Callable[[], Result]) -> Result:
    """What ``do`` gives; an unforeseen error is logged without its words and becomes OwnFault.

    Raises:
        KqaError: as ``do`` does, or OwnFault.
    """
    try:
        return do()
    except KqaError:
        raise
    except Exception as error:
        log_fault(error)
        raise OwnFault("staff page", "an unforeseen error", "Please report it.") from error


def text_box(
    label: str, id: str, *, lines: int = 1, max_lines: int = 1, value: str = ""
) -> gr.Textbox:
    """A box for text that the browser neither keeps nor completes."""
    return gr.Textbox(
        value,
        label=label,
        lines=lines,
        max_lines=max(lines, max_lines),
        elem_id=id,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
    )


def button(text: str, id: str, *, primary: bool = False) -> gr.Button:
    """A button in the page's own look."""
    classes = "staff-button staff-primary" if primary else "staff-button"
    return gr.Button(text, elem_id=id, elem_classes=classes, min_width=0, scale=0)
