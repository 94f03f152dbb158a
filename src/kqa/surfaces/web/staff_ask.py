"""Staff's first tab: ask, see the answer beside its source, judge it.

Owns the layout and the state, which lives in the session's memory: the answer that was
shown, so that what is judged is what was seen. A crisis question shows the card, and
nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kqa.errors import InputError, KqaError
from kqa.records import Answer, Outcome
from kqa.staff.verdicts import Kind, Stretch, Verdicts
from kqa.surfaces.api import Assistant
from kqa.surfaces.web import render, render_staff
from kqa.surfaces.web.mount import name_of
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.render_why import render_why
from kqa.surfaces.web.staff_parts import PLAIN, QUIET, button, safely, text_box

SESSION_SECONDS = 4 * 60 * 60

WHOLE = 0
"""What a verdict on the answer as a whole is chosen by; quotes are chosen by their number."""


class AskTab:
    """The tab and its events."""

    def __init__(self, assistant: Assistant, verdicts: Verdicts) -> None:
        self.assistant, self.verdicts = assistant, verdicts

    def build(self) -> None:
        """Lays the tab out and wires its events."""
        with gr.Row(elem_classes="staff-bar"):
            question = text_box("Question", "staff-question", max_lines=3)
            ask = button("Ask", "staff-ask", primary=True)
        with gr.Row(elem_classes="staff-columns"):
            with gr.Column(min_width=320):
                answer = gr.HTML("", elem_id="staff-answer", **PLAIN)
                with gr.Column(visible=False, elem_id="staff-verdict") as form:
                    judged = gr.Radio([], label="What do you judge?", elem_id="staff-judged")
                    note = text_box("Note", "staff-note", max_lines=6)
                    better = text_box(
                        "A better sentence, copied from an article (for a flag)",
                        "staff-better",
                        max_lines=6,
                    )
                    with gr.Row(elem_classes="staff-buttons"):
                        approve = button("Approve", "staff-approve", primary=True)
                        flag = button("Flag", "staff-flag")
                said = gr.HTML("", elem_id="staff-said", **PLAIN)
            with gr.Column(min_width=320):
                source = gr.HTML("", elem_id="staff-source", **PLAIN)
        why = gr.HTML("", elem_id="staff-why", **PLAIN)
        shown = gr.State(None, time_to_live=SESSION_SECONDS)
        outputs = [answer, why, source, form, judged, note, better, said, shown]
        gr.on([question.submit, ask.click], self.ask, [question], outputs, **QUIET)
        form_inputs = [shown, judged, note, better]
        for pressed, kind in ((approve, self.approve), (flag, self.flag)):
            pressed.click(kind, form_inputs, [said, note, better], **QUIET)

    def ask(self, question: str) -> Iterator[tuple[Any, ...]]:
        """Two steps: a sign of work, then the answer with all that is shown of it."""
        hidden = (gr.update(visible=False), gr.skip(), "", "", "", None)
        busy = render_staff.render_note("Looking through the articles…", "busy")
        yield busy, "", "", *hidden
        try:
            explained = safely(lambda: self.assistant.explain(question))
            answer = explained.answer
            if answer.outcome is Outcome.CRISIS:
                yield render.render_answer(answer), "", "", *hidden
                return
            source = render_staff.render_articles(answer, self.assistant.article)
        except KqaError as error:
            yield render_staff.render_fault(error), "", "", *hidden
            return
        card = render.render_answer(answer) if answer.crisis_card else ""
        judging = card == ""
        choices = _choices(answer)
        yield (
            card or render_staff.render_answer(answer),
            render_why(explained),
            source,
            gr.update(visible=judging),
            gr.update(choices=choices, value=choices[0][1]),
            "",
            "",
            "",
            answer if judging else None,
        )

    def approve(
        self, shown: Answer | None, judged: int, note: str, better: str, request: gr.Request
    ) -> tuple[str, Any, Any]:
        """Keeps an approval under the name that is signed in."""
        return self._keep(Kind.APPROVED, shown, judged, note, "", name_of(request))

    def flag(
        self, shown: Answer | None, judged: int, note: str, better: str, request: gr.Request
    ) -> tuple[str, Any, Any]:
        """Keeps a flag under the name that is signed in."""
        return self._keep(Kind.FLAGGED, shown, judged, note, better, name_of(request))

    def _keep(
        self, kind: Kind, shown: Answer | None, judged: int, note: str, better: str, name: str
    ) -> tuple[str, Any, Any]:
        def keep() -> None:
            if shown is None:
                raise InputError("verdict", "the answer is no longer there", "Ask again.")
            sentence = self._better(better) if better.strip() else None
            quote = None if judged in (WHOLE, None) else int(judged)
            self.verdicts.keep(kind, shown, name, quote=quote, note=note, better=sentence)

        try:
            safely(keep)
        except KqaError as error:
            return render_staff.render_fault(error), gr.skip(), gr.skip()
        what = "the answer" if judged in (WHOLE, None) else f"quote {judged}"
        done = "Approved" if kind is Kind.APPROVED else "Flagged"
        return render_staff.render_note(f"{done}: {what}. Kept as {name}."), "", ""

    def _better(self, text: str) -> Stretch:
        """The place of a sentence that staff pasted.

        Raises:
            InputError: if no article says it letter for letter.
        """
        found = self.assistant.verify(text.strip())
        whole = [place for place in found.places if place.quotable and not place.inside_word]
        place = next(iter(whole), None)
        if place is None:
            near = f" The nearest is: “{found.nearest.text}”" if found.nearest else ""
            reason = "no article says it letter for letter where it may be quoted"
            raise InputError("better sentence", reason, f"Copy it from the article.{near}")
        return Stretch(place.article, place.start, place.end, place.text)


def _choices(answer: Answer) -> list[tuple[str, int]]:
    """What may be judged: each quote, or the refusal."""
    if not answer.quotes:
        return [("The refusal", WHOLE)]
    return [(f"Quote {quote.n}", quote.n) for quote in answer.quotes]
