"""The corpus as markup: the index, a build's progress, articles, findings, a draft.

Owns these tags; each value passes ``markup``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from kqa.corpus.lint import Finding, Severity
from kqa.staff.adding import Preview
from kqa.staff.rebuild import Progress, Rebuilt
from kqa.staff.state import CorpusState, IndexState
from kqa.surfaces.web.markup import text_of
from kqa.surfaces.web.render_article import render_text
from kqa.surfaces.web.render_queue import ago, when
from kqa.surfaces.web.render_staff import render_note

SHOWN_OF_A_KIND = 40
"""So many findings of one kind are listed; the count says how many there are."""


def render_index(state: IndexState) -> str:
    """Fingerprint, age, contents, and whether it is current."""
    if state.fingerprint is None or state.built_at is None:
        return render_note(state.stale or "There is no index.", "fault")
    current = (
        render_note("The index is current.")
        if state.stale is None
        else render_note(
            f"The index is not current. {state.stale} Re-index to use the changes.", "fault"
        )
    )
    counts = state.counts
    facts = [
        ("Built", f"{ago(state.built_at)} ({when(state.built_at)})"),
        ("Fingerprint", f"<code>{text_of(state.fingerprint[:16])}</code>"),
        ("Articles", f"{counts.get('articles', 0):,}"),
        ("Sentences that may be quoted", f"{counts.get('sentences', 0):,}"),
        ("Ways of asking", f"{counts.get('ways', 0):,}"),
        ("Known disagreements", f"{counts.get('disagreements', 0):,}"),
    ]
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'{current}<dl class="staff-facts">{listed}</dl>'


def render_progress(step: Progress | Rebuilt) -> str:
    """How far a build is, or what it did."""
    if isinstance(step, Progress):
        if not step.total:
            said = "Reading the articles. The old index goes on answering."
            return f'{render_note(said, "busy")}<progress aria-label="Re-indexing"></progress>'
        share = f'value="{step.done}" max="{step.total}"'
        return (
            f'<p class="staff-note staff-busy"><span aria-hidden="true">…</span> <span>'
            f"{step.done:,} of {step.total:,} new texts embedded.</span></p>"
            f'<progress aria-label="Re-indexing" {share}></progress>'
        )
    did = "It was already current" if step.unchanged else f"{step.embedded:,} texts embedded"
    said = f"Done: {step.articles} articles, {step.sentences} sentences. {did}."
    left = [f"Left out: {text}" for text in step.left_out]
    lost = [f"Lost way of asking: {text}" for text in step.lost]
    more = "".join(f"<li>{text_of(text)}</li>" for text in (*left, *lost))
    return render_note(said) + (f'<ul class="staff-findings">{more}</ul>' if more else "")


def render_corpus(state: CorpusState) -> str:
    """A table of the articles, and what lint found."""
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{text_of(a.title)}<span class="staff-small">'
        f"{text_of(a.file)}</span></th><td>{a.sections}</td><td>{a.sentences}</td>"
        f"<td>{a.items}</td><td>{a.lost_lead_ins}</td></tr>"
        for a in state.articles
    )
    heads = "".join(
        f'<th scope="col">{head}</th>'
        for head in ("Article", "Sections", "Sentences", "List items", "Lost lists")
    )
    words = (
        ""
        if state.by_meaning
        else '<p class="staff-small">Disagreements were sought by words alone, since the index '
        "is not of these articles. Re-index to have them sought by meaning.</p>"
    )
    return (
        f'<h2>Articles <span class="staff-count">{len(state.articles)}</span></h2>'
        f'<div class="staff-wide" tabindex="0" role="region" aria-label="Articles">'
        f'<table class="staff-articles"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        f'</div><h2>What lint found <span class="staff-count">{len(state.findings)}</span></h2>'
        f"{words}{_findings(state.findings)}"
    )


def render_adding_lead(most: int) -> str:
    """What may be added; ``most`` is in MB."""
    return (
        "<h2>Add an article</h2>"
        "<p>An HTML page or a PDF, also .txt or .md, up to "
        f"{most} MB. You see the text before anything is kept. "
        "Nothing is fetched from the web.</p>"
    )


def render_preview(preview: Preview) -> str:
    """The text that would be quoted, with what is never quoted set back, and its findings."""
    article = preview.article
    said = f"{preview.quotable} sentences and list items may be quoted. File: {article.file}"
    found = _findings(preview.findings) if preview.findings else "<p>lint found nothing.</p>"
    return (
        f"{render_note(said, 'done' if preview.quotable else 'fault')}"
        '<div class="staff-pane staff-draft" tabindex="0" role="region" '
        'aria-label="The text as it would be kept">'
        f'<div class="staff-text" dir="auto">{render_text(article, (), "draft")}</div></div>'
        f'<p class="staff-small">Grey: never quoted. Bold: headings.</p>{found}'
    )


def _findings(findings: Sequence[Finding]) -> str:
    """Problems first, then notes, by kind; each kind can be opened."""
    ordered = sorted(findings, key=lambda f: (f.severity is not Severity.PROBLEM, f.code))
    groups = []
    for (problem, code), found in groupby(
        ordered, key=lambda f: (f.severity is Severity.PROBLEM, f.code)
    ):
        held = list(found)
        items = "".join(
            f'<li dir="auto"><span class="staff-small">{text_of(f.file)}, line {f.line}</span> '
            f"{text_of(f.message)}</li>"
            for f in held[:SHOWN_OF_A_KIND]
        )
        more = len(held) - SHOWN_OF_A_KIND
        rest = f"<li>… and {more} more: run kqa lint.</li>" if more > 0 else ""
        kind = "flagged" if problem else "approved"
        groups.append(
            f"<details{' open' if problem else ''}><summary>"
            f'<span class="staff-badge staff-{kind}">{"problem" if problem else "note"}</span> '
            f'{text_of(code.replace("_", " "))} <span class="staff-count">{len(held)}</span>'
            f'</summary><ul class="staff-findings">{items}{rest}</ul></details>'
        )
    return f'<div class="staff-lint">{"".join(groups)}</div>'
