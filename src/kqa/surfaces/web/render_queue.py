"""The queue as markup: flags, unanswered questions and feedback, each with its buttons.

Owns these tags; each value passes ``markup``. A button says by ``data-do`` and ``data-id``
what it is for: the page hears of it as one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from kqa.staff.queue import Feedback, Unanswered
from kqa.staff.verdicts import Kind, Stretch, Verdict
from kqa.surfaces.web.markup import text_of

Button = tuple[str, str]
"""What a button does, and what stands on it."""


def when(at: str) -> str:
    """A time in UTC as people read it."""
    moment = datetime.fromisoformat(at)
    return (
        f'<time datetime="{text_of(at)}">{moment:%B} {moment.day}, {moment.year}, '
        f"{moment:%H:%M} UTC</time>"
    )


def ago(at: str, now: datetime | None = None) -> str:
    """How long ago that was, in the largest unit that fits."""
    seconds = int(((now or datetime.now(UTC)) - datetime.fromisoformat(at)).total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def render_flags(flags: Sequence[Verdict]) -> str:
    """What staff flagged and nobody has resolved."""
    return _section(
        "Flagged answers",
        [_row(f"flag-{f.id}", f.question, _flag(f), (("resolve-flag", "Resolve"),)) for f in flags],
        "No open flags.",
    )


def render_unanswered(rows: Sequence[Unanswered], on: bool) -> str:
    """What visitors asked and the articles did not answer."""
    nothing = (
        "No unanswered questions yet."
        if on
        else "Unanswered questions are not kept. The owner may switch that on with the setting "
        "keep_unanswered; visitors should then be told."
    )
    buttons = (
        ("pin", "Pin to a sentence"),
        ("resolve-unanswered", "Resolve"),
        ("forget-unanswered", "Delete"),
    )
    return _section(
        "Unanswered questions",
        [_row(f"unanswered-{r.id}", r.question, _unanswered(r), buttons) for r in rows],
        nothing,
    )


def render_feedback(rows: Sequence[Feedback]) -> str:
    """What visitors said of answers."""
    buttons = (("resolve-feedback", "Resolve"), ("forget-feedback", "Delete"))
    return _section(
        "Visitors’ feedback",
        [_row(f"feedback-{r.id}", r.question, _feedback(r), buttons) for r in rows],
        "No feedback.",
    )


def render_latest(verdicts: Sequence[Verdict]) -> str:
    """The latest verdicts, for a look back."""
    items = "".join(
        f'<li><span class="staff-badge staff-{v.kind.value}">{v.kind.value}</span> '
        f'<span dir="auto">{text_of(v.question)}</span> '
        f'<span class="staff-small">{text_of(v.name)}, {when(v.at)}</span></li>'
        for v in verdicts
    )
    listed = f'<ul class="staff-latest">{items}</ul>' if items else "<p>No verdicts yet.</p>"
    return f'<details class="staff-more"><summary>Latest verdicts</summary>{listed}</details>'


def _section(title: str, rows: Sequence[str], nothing: str) -> str:
    body = f'<ul class="staff-rows">{"".join(rows)}</ul>' if rows else f"<p>{text_of(nothing)}</p>"
    return (
        f'<section class="staff-queue"><h2>{text_of(title)} '
        f'<span class="staff-count">{len(rows)}</span></h2>{body}</section>'
    )


def _row(key: str, question: str, body: str, buttons: Sequence[Button]) -> str:
    id = key.rpartition("-")[2]
    pressed = "".join(
        f'<button type="button" data-do="{does}" data-id="{text_of(id)}">{says}'
        f'<span class="kqa-sr">: {text_of(question)}</span></button>'
        for does, says in buttons
    )
    return (
        f'<li class="staff-row" id="{text_of(key)}"><h3 dir="auto">{text_of(question)}</h3>{body}'
        f'<div class="staff-buttons">{pressed}</div></li>'
    )


def _flag(flag: Verdict) -> str:
    assert flag.kind is Kind.FLAGGED
    note = f'<p class="staff-said" dir="auto">{text_of(flag.note)}</p>' if flag.note else ""
    judged = _stretch("Quoted", flag.quote) if flag.quote else "<p>The refusal was flagged.</p>"
    better = _stretch("Better", flag.better) if flag.better else ""
    return (
        f"{note}{judged}{better}"
        f'<p class="staff-small">Flagged by {text_of(flag.name)}, {when(flag.at)}, '
        f"index {text_of(flag.fingerprint[:12])}</p>"
    )


def _stretch(lead: str, stretch: Stretch) -> str:
    return (
        f'<p class="staff-pair"><span class="staff-label">{lead}</span> '
        f'<span dir="auto">{text_of(stretch.text)}</span> '
        f'<span class="staff-small">{text_of(stretch.article)}, from {stretch.start:,}</span></p>'
    )


def _unanswered(row: Unanswered) -> str:
    times = "once" if row.asked == 1 else f"{row.asked} times"
    return (
        f'<p class="staff-small">Asked {times}, last {when(row.at)}; confidence '
        f"{row.confidence:.0%}</p>"
    )


def _feedback(row: Feedback) -> str:
    said = "Helpful" if row.helpful else "Not helpful"
    kind = "approved" if row.helpful else "flagged"
    shown = f"{len(row.quotes)} quotes shown" if row.quotes else "nothing quoted"
    return (
        f'<p><span class="staff-badge staff-{kind}">{said}</span> '
        f'<span class="staff-small">{shown}; {when(row.at)}</span></p>'
    )
