"""Staff's fourth tab: the articles, the index, and how both are changed.

Owns the layout. A draft lives in the session's memory until it is kept or discarded; the
file that was uploaded is deleted as soon as it has been read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from kqa.errors import InputError, KqaError
from kqa.index.fingerprint import corpus_folder
from kqa.staff.adding import Draft, accept, draft_of, preview
from kqa.staff.extract import FILE_BYTES, TAKEN, read_file
from kqa.staff.rebuild import rebuild
from kqa.staff.state import corpus_state, index_state
from kqa.surfaces.api import Assistant
from kqa.surfaces.web import render_corpus, render_staff
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.staff_parts import PLAIN, QUIET, button, safely, text_box

SESSION_SECONDS = 4 * 60 * 60


class CorpusTab:
    """The tab and its events."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    def build(self, tab: gr.Tab) -> None:
        """Lays the tab out and wires its events; it is read anew whenever it is opened."""
        index = gr.HTML("", elem_id="staff-index", **PLAIN)
        with gr.Row(elem_classes="staff-buttons"):
            build = button("Re-index", "staff-reindex", primary=True)
            refresh = button("Look again", "staff-refresh")
        progress = gr.HTML("", elem_id="staff-progress", **PLAIN)
        self._build_adding()
        corpus = gr.HTML("", elem_id="staff-corpus", **PLAIN)
        gr.on([tab.select, refresh.click], self.show, None, [index, corpus], **QUIET)
        build.click(
            self.rebuild,
            None,
            [progress, build],
            concurrency_id="reindex",
            concurrency_limit=1,
            **QUIET,
        ).then(self.show, None, [index, corpus], **QUIET)

    def _build_adding(self) -> None:
        most = FILE_BYTES // 1024**2
        gr.HTML(render_corpus.render_adding_lead(most), **PLAIN)
        upload = gr.UploadButton(
            "Choose a file",
            file_types=list(TAKEN),
            elem_id="staff-upload",
            elem_classes="staff-button",
            type="filepath",
        )
        said = gr.HTML("", elem_id="staff-adding-said", **PLAIN)
        with gr.Column(visible=False, elem_id="staff-draft") as form:
            title = text_box("Title", "staff-title")
            with gr.Row(elem_classes="staff-fields"):
                publisher = text_box("Publisher", "staff-publisher")
                published = text_box("Date, as 2024-06-19", "staff-published")
            url = text_box("Address on the web", "staff-url")
            seen = gr.HTML("", elem_id="staff-preview", **PLAIN)
            text = text_box("The text to be quoted", "staff-draft-text", lines=10, max_lines=24)
            with gr.Row(elem_classes="staff-buttons"):
                keep = button("Accept", "staff-accept", primary=True)
                check = button("Check again", "staff-check")
                discard = button("Discard", "staff-discard")
        draft = gr.State(None, time_to_live=SESSION_SECONDS)
        fields = [title, publisher, published, url, text]
        outputs = [said, form, seen, *fields, draft]
        upload.upload(self.read, [upload], [upload, *outputs], **QUIET)
        check.click(self.check, [draft, *fields], [said, seen], **QUIET)
        keep.click(self.keep, [draft, *fields], outputs, **QUIET)
        discard.click(lambda: _closed("Discarded. Nothing was kept."), None, outputs, **QUIET)

    def show(self) -> Iterator[tuple[str, str]]:
        """A sign of work, then the index and the corpus as they are now."""
        busy = render_staff.render_note("Reading the articles…", "busy")
        yield busy, gr.skip()
        try:
            state = safely(lambda: index_state(self.assistant.settings))
            shown = render_corpus.render_index(state)
        except KqaError as error:
            shown = render_staff.render_fault(error)
        yield shown, gr.skip()
        try:
            corpus = safely(lambda: corpus_state(self.assistant.settings))
            yield shown, render_corpus.render_corpus(corpus)
        except KqaError as error:
            yield shown, render_staff.render_fault(error)

    def rebuild(self) -> Iterator[tuple[str, Any]]:
        """The steps of a build; its button rests meanwhile."""
        try:
            for step in rebuild(self.assistant.settings):
                yield render_corpus.render_progress(step), gr.update(interactive=False)
            safely(self.assistant.open)
            yield gr.skip(), gr.update(interactive=True)
        except KqaError as error:
            yield render_staff.render_fault(error), gr.update(interactive=True)

    def read(self, path: str) -> Iterator[tuple[Any, ...]]:
        """What was found in an uploaded file, for a look before it is kept."""
        nothing = (gr.skip(),) * 7
        busy = render_staff.render_note("Reading the file…", "busy")
        yield gr.skip(), busy, gr.update(visible=False), *nothing
        try:
            draft = safely(lambda: _draft(Path(path)))
            seen = safely(lambda: self._preview(draft))
        except KqaError as error:
            fault = render_staff.render_fault(error)
            yield gr.update(value=None), fault, gr.update(visible=False), *nothing
            return
        note = render_staff.render_note("Look it over, correct it, then accept or discard.", "busy")
        yield (
            gr.update(value=None),
            note,
            gr.update(visible=True),
            seen,
            draft.title,
            draft.publisher or "",
            draft.published or "",
            draft.url or "",
            draft.text,
            draft,
        )

    def check(self, draft: Draft | None, *fields: str) -> tuple[Any, Any]:
        """What would be kept now, and what lint would say of it."""
        try:
            return "", safely(lambda: self._preview(_filled(draft, fields)))
        except KqaError as error:
            return render_staff.render_fault(error), gr.skip()

    def keep(self, draft: Draft | None, *fields: str) -> tuple[Any, ...]:
        """Keeps the article, whole or not at all."""
        try:
            folder = corpus_folder(self.assistant.settings)
            kept = safely(lambda: accept(folder, _filled(draft, fields)))
        except KqaError as error:
            return (render_staff.render_fault(error), *(gr.skip(),) * 8)
        return _closed(f"Kept as {kept.file}. It is quoted once you re-index.")

    def _preview(self, draft: Draft) -> str:
        found = preview(corpus_folder(self.assistant.settings), draft)
        return render_corpus.render_preview(found)


def _closed(said: str) -> tuple[Any, ...]:
    """The form put away, with what came of it."""
    return render_staff.render_note(said), gr.update(visible=False), "", *("",) * 5, None


def _draft(path: Path) -> Draft:
    try:
        return draft_of(path.name, read_file(path))
    finally:
        with suppress(OSError):
            path.unlink()
            path.parent.rmdir()


def _filled(draft: Draft | None, fields: tuple[str, ...]) -> Draft:
    if draft is None:
        raise InputError("article", "it is no longer there", "Choose the file again.")
    title, publisher, published, url, text = fields
    return replace(draft, title=title, publisher=publisher, published=published, url=url, text=text)
