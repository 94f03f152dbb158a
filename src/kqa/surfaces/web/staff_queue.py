"""Staff's third tab: what waits for somebody, and what may be done about it.

Owns the layout and which button does what. The ids that a button brings are numbers that
the database looks up; whatever else it brings changes nothing.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from kqa.errors import InputError, KqaError
from kqa.index.fingerprint import corpus_folder
from kqa.staff.export import export, write_export
from kqa.staff.pinning import pin
from kqa.staff.queue import Queue
from kqa.staff.verdicts import Verdicts
from kqa.surfaces.api import Assistant
from kqa.surfaces.web import render_queue, render_staff
from kqa.surfaces.web.mount import name_of
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.staff_parts import (
    PLAIN,
    PRESSED,
    QUIET,
    button,
    safely,
    text_box,
)

SUGGESTED = 5
"""Sentences that are offered for a question to be pinned to."""

_CHOSEN = re.compile(r"(\d{1,9}) (\d{1,9}) (.+)", re.DOTALL)
"""A sentence that is offered: start, end and article. Pinning checks what stands there."""

_DOWNLOAD = """(text) => {
  if (!text) return;
  const [name, kind] = [text.slice(0, text.indexOf('\\n')), 'text/plain;charset=utf-8'];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text.slice(name.length + 1)], {type: kind}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}"""
"""Saves a file from its name in the first line and its content: no address is needed for it."""


class QueueTab:
    """The tab and its events."""

    def __init__(self, assistant: Assistant, verdicts: Verdicts, queue: Queue) -> None:
        self.assistant, self.verdicts, self.queue = assistant, verdicts, queue

    def build(self, tab: gr.Tab) -> None:
        """Lays the tab out and wires its events; it is read anew whenever it is opened."""
        said = gr.HTML("", elem_id="staff-queue-said", **PLAIN)
        with gr.Column(visible=False, elem_id="staff-pinning") as form:
            question = text_box("Way of asking", "staff-pin-question", max_lines=3)
            offered = gr.Radio([], label="The sentence that answers it", elem_id="staff-offered")
            other = text_box(
                "Or another sentence, copied from an article", "staff-other", max_lines=4
            )
            with gr.Row(elem_classes="staff-buttons"):
                do_pin = button("Pin", "staff-pin", primary=True)
                cancel = button("Cancel", "staff-pin-cancel")
        rows = gr.HTML("", elem_id="staff-rows", apply_default_css=False, js_on_load=PRESSED)
        with gr.Row(elem_classes="staff-buttons"):
            as_lines = button("Export as JSON lines", "staff-export-jsonl")
            as_table = button("Export as table (CSV)", "staff-export-csv")
        exported = gr.Textbox(visible=False)
        asked = gr.State(None)
        pinning = [form, question, offered, other, asked]
        tab.select(self.show, None, [rows], **QUIET)
        rows.click(self.press, None, [said, rows, *pinning], **QUIET)
        do_pin.click(self.pin, [asked, question, offered, other], [said, rows, *pinning], **QUIET)
        cancel.click(self.cancel, None, pinning, **QUIET)
        for pressed, write in ((as_lines, self.as_lines), (as_table, self.as_table)):
            pressed.click(write, None, [exported, said], **QUIET).then(
                None, [exported], None, js=_DOWNLOAD, api_visibility="private"
            )

    def show(self) -> str:
        """Everything that waits, as it is now."""
        try:
            return safely(self._rows)
        except KqaError as error:
            return render_staff.render_fault(error)

    def press(self, pressed: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """What a button of a row is for."""
        sent = pressed._data if isinstance(pressed._data, dict) else {}
        does, id = sent.get("does"), sent.get("id")
        if not isinstance(id, int) or isinstance(id, bool):
            return (gr.skip(),) * 7
        try:
            if does == "pin":
                return safely(lambda: self._open_form(id))
            done = safely(lambda: self._do(str(does), id, name_of(request)))
        except KqaError as error:
            return (render_staff.render_fault(error), self.show(), *(gr.skip(),) * 5)
        return (render_staff.render_note(done), self.show(), *(gr.skip(),) * 5)

    def pin(
        self, asked: int | None, question: str, offered: str | None, other: str, request: gr.Request
    ) -> tuple[Any, ...]:
        """Pins the question to the sentence that was chosen, or to the one pasted."""

        def do() -> None:
            article, quote, start = self._sentence(offered, other)
            pin(corpus_folder(self.assistant.settings), question, article, quote, start)
            if asked is not None:
                self.queue.resolve_unanswered(asked, name_of(request))

        try:
            safely(do)
        except KqaError as error:
            return (render_staff.render_fault(error), *(gr.skip(),) * 6)
        said = "Pinned. It takes effect with the next index: re-index on the tab Corpus."
        return (render_staff.render_note(said), self.show(), *self.cancel())

    def cancel(self) -> tuple[Any, ...]:
        """Closes the form."""
        return gr.update(visible=False), "", gr.update(choices=[], value=None), "", None

    def as_lines(self) -> tuple[Any, str]:
        """The verdicts as a test set, JSON lines, for the browser to save."""
        return self._exported("staff.jsonl")

    def as_table(self) -> tuple[Any, str]:
        """The verdicts as a test set, a table, for the browser to save."""
        return self._exported("staff.csv")

    def _rows(self) -> str:
        on = self.assistant.settings.keep_unanswered
        feedback = self.queue.open_feedback()
        return "".join(
            [
                render_queue.render_flags(self.verdicts.open_flags()),
                render_queue.render_unanswered(self.queue.open_unanswered(), on),
                render_queue.render_feedback(feedback) if feedback else "",
                render_queue.render_latest(self.verdicts.latest(50)),
            ]
        )

    def _do(self, does: str, id: int, name: str) -> str:
        deeds = {
            "resolve-flag": lambda: self.verdicts.resolve(id, name),
            "resolve-unanswered": lambda: self.queue.resolve_unanswered(id, name),
            "resolve-feedback": lambda: self.queue.resolve_feedback(id, name),
            "forget-unanswered": lambda: self.queue.forget_unanswered(id),
            "forget-feedback": lambda: self.queue.forget_feedback(id),
        }
        if does not in deeds:
            raise InputError("button", "it is not known here", "Load the page again.")
        if not deeds[does]():
            return "Somebody was faster: it is no longer open."
        return "Deleted." if does.startswith("forget") else f"Resolved by {name}."

    def _open_form(self, id: int) -> tuple[Any, ...]:
        row = self.queue.unanswered(id)
        if row is None:
            raise InputError("question", "it is no longer there", "Load the page again.")
        parts = self.assistant.explain(row.question).parts
        near = [each.sentence for part in parts for each in part.candidates][:SUGGESTED]
        choices = [(s.text, f"{s.start} {s.end} {s.article}") for s in near]
        shown = gr.update(visible=True)
        radio = gr.update(choices=choices, value=None)
        note = render_staff.render_note("Choose the sentence that answers it, and pin.", "busy")
        return note, gr.skip(), shown, row.question, radio, "", id

    def _sentence(self, offered: str | None, other: str) -> tuple[str, str, int]:
        """Article, sentence and place of what was chosen or pasted.

        Raises:
            InputError: if nothing was, or no article says it.
        """
        if other.strip():
            found = self.assistant.verify(other.strip())
            if not found.places:
                near = f" The nearest is: “{found.nearest.text}”" if found.nearest else ""
                raise InputError(
                    "sentence", "no article says it letter for letter", f"Copy it anew.{near}"
                )
            place = found.places[0]
            return place.article, place.text, place.start
        chosen = _CHOSEN.fullmatch(offered or "")
        if chosen is None:
            raise InputError("sentence", "none is chosen", "Choose one, or paste one.")
        start, end, article = int(chosen[1]), int(chosen[2]), chosen[3]
        return article, self.assistant.article(article).text[start:end], start

    def _exported(self, name: str) -> tuple[Any, str]:
        def write() -> str:
            exported = export(self.verdicts.all(), self.assistant.articles())
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                write_export(exported, path)
                return path.read_bytes().decode()

        try:
            text = safely(write)
        except KqaError as error:
            return "", render_staff.render_fault(error)
        return f"{name}\n{text}", render_staff.render_note(f"Saved as {name} by your browser.")
