"""Staff's second tab: does an article say this text, letter for letter, and where?"""

from __future__ import annotations

from collections.abc import Iterator

from kqa.errors import KqaError
from kqa.surfaces.api import Assistant
from kqa.surfaces.web import render_staff
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.staff_parts import PLAIN, QUIET, button, safely, text_box


class VerifyTab:
    """The tab and its one event."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    def build(self) -> None:
        """Lays the tab out and wires its event."""
        text = text_box("Text to verify", "staff-text", lines=4, max_lines=12)
        verify = button("Verify", "staff-verify", primary=True)
        with gr.Row(elem_classes="staff-columns"):
            with gr.Column(min_width=320):
                found = gr.HTML("", elem_id="staff-found", **PLAIN)
            with gr.Column(min_width=320):
                source = gr.HTML("", elem_id="staff-place", **PLAIN)
        verify.click(self.verify, [text], [found, source], **QUIET)

    def verify(self, text: str) -> Iterator[tuple[str, str]]:
        """A sign of work, then what was found and the articles with the places marked."""
        yield render_staff.render_note("Comparing with every article…", "busy"), ""
        try:
            found = safely(lambda: self.assistant.verify(text))
            yield render_staff.render_verification(found, self.assistant.article)
        except KqaError as error:
            yield render_staff.render_fault(error), ""
