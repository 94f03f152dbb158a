"""The staff's page as markup: heads, notes, an answer beside its articles, a verification.

Owns these tags; each value passes ``markup``. Pure functions from records to strings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kqa import wording
from kqa.answer.verify import Place, Verification
from kqa.errors import KqaError
from kqa.records import Answer, Article, Outcome, Quote
from kqa.surfaces.shown import is_praise
from kqa.surfaces.web.markup import text_of
from kqa.surfaces.web.render_account import render_account
from kqa.surfaces.web.render_article import Mark, render_whole

Lookup = Callable[[str], Article]

OUTCOMES = {
    Outcome.ANSWERED: "Answered",
    Outcome.NOT_IN_CORPUS: "The articles do not say",
    Outcome.CRISIS: "Crisis card",
}


def render_head(title: str, name: str | None) -> str:
    """The page's title, who is signed in, and the disclaimer."""
    return (
        f'<header class="staff-head"><div><h1>Staff</h1><p class="staff-small">{text_of(title)}</p>'
        f"</div>{render_account('staff', name)}"
        f'<p class="kqa-disclaimer" role="note">{text_of(wording.DISCLAIMER)}</p></header>'
    )


def render_note(text: str, kind: str = "done") -> str:
    """What came of something: ``done``, ``fault`` or ``busy``. A screen reader is told."""
    signs = {"done": "✓", "fault": "!", "busy": "…"}
    return (
        f'<p class="staff-note staff-{text_of(kind)}" role="status">'
        f'<span aria-hidden="true">{signs[kind]}</span> <span>{text_of(text)}</span></p>'
    )


def render_fault(error: KqaError) -> str:
    """An error to staff: the cause and the remedy, in full."""
    said = str(error)
    return render_note(said[:1].upper() + said[1:], "fault")


def render_question(question: str) -> str:
    """The question that the answer below is to."""
    return f'<h2 class="staff-asked" dir="auto">{text_of(question)}</h2>'


def render_answer(answer: Answer) -> str:
    """Outcome, confidence and citations; no source yet: it stands beside them."""
    head = (
        f'<p class="staff-outcome staff-{answer.outcome.value}">'
        f"<strong>{OUTCOMES[answer.outcome]}</strong>"
        f'<span class="staff-small">Confidence {answer.confidence:.0%}</span></p>'
    )
    parts = [render_question(answer.question), head, _notices(answer)]
    if answer.language:
        said = "The question is not in English, so nothing was searched."
        parts.append(f"<p>{said}</p>")
    elif not answer.quotes:
        parts.append(f"<p>{text_of(wording.NOTHING_FOUND_MORE)}</p>")
    parts.append(_citations(answer.quotes))
    if answer.related:
        parts.append(f'<p class="staff-label">{text_of(wording.RELATED_LEAD)}</p>')
        parts.append(_citations(answer.related, len(answer.quotes) + 1))
    if answer.topics:
        parts.append(
            f'<p class="staff-small">Nearest topics: {text_of("; ".join(answer.topics))}</p>'
        )
    parts.append(f'<p class="kqa-disclaimer" role="note">{text_of(answer.disclaimer)}</p>')
    return f'<div class="staff-card">{"".join(parts)}</div>'


def render_articles(answer: Answer, article: Lookup) -> str:
    """Every cited article whole, its quotes marked; the first one is seen."""
    quotes = (*answer.quotes, *answer.related)
    if not quotes:
        return ""
    marks: dict[str, list[Mark]] = {}
    for number, quote in enumerate(quotes, start=1):
        marks.setdefault(quote.article.id, []).append(Mark(quote.start, quote.end, number))
    return "".join(render_whole(article(id), found, "ask") for id, found in marks.items())


def render_verification(found: Verification, article: Lookup) -> tuple[str, str]:
    """What was found of a text, and the articles with the places marked."""
    if found.found:
        many = "once" if found.total == 1 else f"{found.total} times"
        head = f"Found, letter for letter, {many}."
        places = "".join(
            f"<li>{_place(place, number)}</li>"
            for number, place in enumerate(found.places, start=1)
        )
        more = found.total - len(found.places)
        rest = f'<p class="staff-small">… and {more} more places.</p>' if more else ""
        body = f'{render_note(head)}<ol class="staff-places">{places}</ol>{rest}'
        shown: Iterable[Place] = found.places
    elif found.nearest is not None:
        head = f"Not found. The nearest place is {found.similarity:.0%} alike."
        body = (
            f'{render_note(head, "fault")}<p class="staff-label">The differences</p>'
            f'<p class="staff-diff" dir="auto">{_changes(found)}</p>'
            '<p class="staff-small"><del>Struck through</del>: only in your text. '
            "<ins>Underlined</ins>: only in the article.</p>"
            f'<p class="staff-label">The nearest place</p>{_place(found.nearest, 1)}'
        )
        shown = (found.nearest,)
    else:
        body, shown = render_note("Not found, and nothing like it.", "fault"), ()
    marks: dict[str, list[Mark]] = {}
    for number, place in enumerate(shown, start=1):
        marks.setdefault(place.article, []).append(Mark(place.start, place.end, number))
    articles = "".join(render_whole(article(id), each, "verify") for id, each in marks.items())
    disclaimer = f'<p class="kqa-disclaimer" role="note">{text_of(found.disclaimer)}</p>'
    return f'<div class="staff-card">{body}{disclaimer}</div>', articles


def _notices(answer: Answer) -> str:
    items = "".join(f"<li>{text_of(wording.NOTICES[notice])}</li>" for notice in answer.notices)
    return f'<ul class="staff-notices" aria-label="Notices">{items}</ul>' if items else ""


def _citations(quotes: Iterable[Quote], first: int = 1) -> str:
    """A list of what is quoted, numbered from ``first``; each leads to its mark."""
    items = "".join(
        f'<li value="{number}">{_citation(quote, number)}</li>'
        for number, quote in enumerate(quotes, start=first)
    )
    return f'<ol class="staff-quotes">{items}</ol>' if items else ""


def _citation(quote: Quote, number: int) -> str:
    side = f'<span class="staff-side">Side: {text_of(quote.side)}</span>' if quote.side else ""
    praise = (
        f'<span class="staff-side">{text_of(wording.PRAISE)}</span>' if is_praise(quote) else ""
    )
    section = f"{text_of(quote.article.section)} · " if quote.article.section else ""
    return (
        f"{side}{praise}"
        f'<blockquote><p class="staff-quote" dir="auto">{text_of(quote.text)}</p></blockquote>'
        f'<p class="staff-small" dir="auto">{text_of(quote.article.title)} · {section}'
        f"characters {quote.start:,} to {quote.end:,}</p>"
        f'<a class="staff-show" href="#ask-mark-{number}">'
        f'Show in article<span class="kqa-sr"> (quote {number})</span></a>'
    )


def _place(place: Place, number: int) -> str:
    warnings = [
        "" if place.quotable else "It may not be quoted: a heading, page furniture or a lost list.",
        "It stands inside a longer word or number: the article says something else."
        if place.inside_word
        else "",
    ]
    said = "".join(f'<p class="staff-warn">{text_of(text)}</p>' for text in warnings if text)
    return (
        f'<p dir="auto"><strong>{text_of(place.title)}</strong> <span class="staff-small">'
        f"{text_of(place.source_file)}, line {place.line}, characters {place.start:,} to "
        f"{place.end:,}</span></p>{said}"
        f'<a class="staff-show" href="#verify-mark-{number}">Show in article'
        f'<span class="kqa-sr"> (place {number})</span></a>'
    )


def _changes(found: Verification) -> str:
    """Both texts in one, as a person reads corrections: by signs and words, not by colour."""
    parts = []
    for kind, text in found.changes:
        shown = text_of(text)
        if kind == "given":
            shown = f'<del><span class="kqa-sr"> only in yours: </span>{shown}</del>'
        elif kind == "article":
            shown = f'<ins><span class="kqa-sr"> only in the article: </span>{shown}</ins>'
        parts.append(shown)
    return "".join(parts)
