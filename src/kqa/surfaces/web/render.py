"""From an answer or an error to markup: the only maker of markup on the pages.

Owns every tag; each value passes ``_text`` and each link ``_linked``. Pure
functions from records to strings. Knows nothing of Gradio or of HTTP. Markup made
here may be set by a browser as it stands: no value in it is a tag or a script.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date

from kqa import wording
from kqa.errors import KqaError
from kqa.records import Answer, Citation, Contact, CrisisCard, CrisisLine, Notice, Outcome, Quote

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#0b5f59"/>'
    '<path d="M9 10h14v10h-8l-5 4v-4H9z" fill="#fff"/></svg>'
)
"""A speech bubble, for the browser's tab."""

_LINK = re.compile(r"(?:https?://[^\s\x00-\x20\x7f]+|(?:tel|sms):\+?[\d().\-]+)", re.IGNORECASE)
_NEW_TAB = '<span class="kqa-sr"> (opens in a new tab)</span>'


def render_page_intro(title: str, region: str = wording.DEFAULT_REGION) -> str:
    """Title, what the page is, crisis line, disclaimer: seen before any question."""
    lines = " ".join(_with_number_linked(line) for line in _urgent(region))
    return (
        '<header class="kqa-intro">'
        f"<h1>{_text(title)}</h1>"
        f'<p class="kqa-lead">{_text(wording.PAGE_LEAD)}</p>'
        f'<p class="kqa-crisis-line">{lines}</p>'
        f"{_disclaimer(wording.DISCLAIMER)}"
        "</header>"
        '<div class="kqa-sr" id="kqa-live" role="status" aria-live="polite"></div>'
    )


def render_exchange(question: str, card: str) -> str:
    """A question as the visitor typed it, above the card that answers it."""
    return (
        '<section class="kqa-exchange">'
        f'<h2 class="kqa-asked" dir="auto"><span class="kqa-sr">You asked: </span>'
        f'<span class="kqa-asked-text">{_text(question)}</span></h2>{card}</section>'
    )


def render_pending() -> str:
    """What stands in a card's place while the answer is looked for."""
    return (
        f'<p class="kqa-pending" data-announce="{_text(wording.SEARCHING)}">'
        '<span class="kqa-dots" aria-hidden="true"><i></i><i></i><i></i></span>'
        f"{_text(wording.SEARCHING)}</p>"
    )


def render_answer(answer: Answer, *, newest: bool = True) -> str:
    """The answer's card; only the newest crisis card interrupts a screen reader."""
    crisis = _crisis(answer.crisis_card, alert=newest) if answer.crisis_card else ""
    if answer.outcome is Outcome.CRISIS:
        return _card("crisis", wording.HELP_IS_THERE, crisis, answer.disclaimer)
    notices = _notices(answer.notices)
    if answer.outcome is Outcome.ANSWERED:
        count = len(answer.quotes)
        said = f"Answer: {count} {'quote' if count == 1 else 'quotes'} from the articles."
        heading = '<h3 class="kqa-sr">Answer</h3>'
        body = crisis + heading + notices + _quotes(answer.quotes)
    else:
        said = wording.NOTHING_FOUND
        body = crisis + _refusal(answer, notices)
    return _card(answer.outcome.value, said, body + _contact_of(answer), answer.disclaimer)


def render_error(error: KqaError) -> str:
    """An error's card: what to do about bad input, and little about our own faults."""
    if error.http_status < 500:
        heading = wording.UNREADABLE
        said = str(error)
        more = f"<p>{_text(said[:1].upper() + said[1:])}</p>"
    else:
        heading = wording.NO_ANSWER_NOW
        more = f'<p>{_text(wording.OUR_FAULT)}</p><p class="kqa-meta">Code: {_text(error.code)}</p>'
    return _card("error", heading, f"<h3>{heading}</h3>{more}", wording.DISCLAIMER)


# --- parts of a card ------------------------------------------------------------------


def _card(kind: str, said: str, body: str, disclaimer: str) -> str:
    return (
        f'<article class="kqa-card kqa-{_text(kind)}" data-announce="{_text(said)}">'
        f"{body}{_disclaimer(disclaimer)}</article>"
    )


def _disclaimer(text: str) -> str:
    return f'<p class="kqa-disclaimer" role="note">{_text(text)}</p>'


def _refusal(answer: Answer, notices: str) -> str:
    parts = [
        f"<h3>{_text(wording.NOTHING_FOUND)}</h3>",
        f"<p>{_text(wording.NOTHING_FOUND_MORE)}</p>",
        notices,
    ]
    if answer.related:
        parts.append(f'<p class="kqa-label">{_text(wording.RELATED_LEAD)}</p>')
        parts.append(_quotes(answer.related))
    if answer.topics:
        items = "".join(f'<li dir="auto">{_text(topic)}</li>' for topic in answer.topics)
        parts.append(f'<p class="kqa-label">{_text(wording.TOPICS_LEAD)}</p>')
        parts.append(f'<ul class="kqa-topics">{items}</ul>')
    return "".join(parts)


def _notices(notices: Iterable[Notice]) -> str:
    """Each notice in the project's words, once; none without any."""
    items = "".join(
        f'<li class="kqa-notice-{notice.value}">{_text(wording.NOTICES[notice])}</li>'
        for notice in dict.fromkeys(notices)
    )
    return f'<ul class="kqa-notices" aria-label="Please note">{items}</ul>' if items else ""


def _quotes(quotes: Iterable[Quote]) -> str:
    return f'<ol class="kqa-quotes">{"".join(_quote(quote) for quote in quotes)}</ol>'


def _quote(quote: Quote) -> str:
    side = f'<p class="kqa-side" dir="auto">{_text(quote.side)}</p>' if quote.side else ""
    return (
        f'<li value="{quote.n}">{side}<figure>'
        f'<blockquote><p class="kqa-quote" dir="auto">{_text(quote.text)}</p></blockquote>'
        f'<figcaption class="kqa-source">{_source(quote.article)}</figcaption>'
        f"</figure>{_context(quote)}</li>"
    )


def _source(article: Citation) -> str:
    """Title, section, publisher and date: of each what is known."""
    title = _linked(article.url, f"<cite>{_text(article.title)}</cite>")
    given = f' <span class="kqa-given">{wording.TITLE_GIVEN}</span>' if article.title_given else ""
    known = [
        f"Section: {_text(article.section)}" if article.section else "",
        _text(article.publisher) if article.publisher else "",
        _time(article.published) if article.published else "",
    ]
    facts = " · ".join(f'<span dir="auto">{fact}</span>' for fact in known if fact)
    meta = f'<span class="kqa-meta">{facts}</span>' if facts else ""
    return f'<span class="kqa-title" dir="auto">{title}{given}</span>{meta}'


def _context(quote: Quote) -> str:
    """The stretch around the quote, the quote marked by its offsets; none if no more."""
    around = quote.context
    first, last = quote.start - around.start, quote.end - around.start
    if around.text == quote.text:
        return ""
    shown = _text(around.text)
    if 0 <= first < last <= len(around.text):
        before, after = around.text[:first], around.text[last:]
        shown = f"{_text(before)}<mark>{_text(around.text[first:last])}</mark>{_text(after)}"
    return (
        f'<details class="kqa-context"><summary>{wording.CONTEXT_LEAD}</summary>'
        f'<p class="kqa-around" dir="auto">{shown}</p></details>'
    )


def _contact_of(answer: Answer) -> str:
    """The owner's contact, where it is set and the articles leave the visitor alone."""
    stuck = answer.outcome is Outcome.NOT_IN_CORPUS or Notice.PERSONAL_ADVICE in answer.notices
    return _contact(answer.contact) if answer.contact and stuck else ""


def _contact(contact: Contact) -> str:
    dialled = re.sub(r"[^\d+]", "", contact.telephone or "")
    ways = [
        f"<strong>{_text(contact.name)}</strong>" if contact.name else "",
        _linked(f"tel:{dialled}", _text(contact.telephone)) if contact.telephone else "",
        _linked(contact.link, _text(contact.link)) if contact.link else "",
    ]
    reach = " · ".join(way for way in ways if way)
    return (
        f'<p class="kqa-contact"><span class="kqa-label">{wording.CONTACT_LEAD}</span> {reach}</p>'
    )


def _crisis(card: CrisisCard, *, alert: bool) -> str:
    lines = "".join(f"<li>{_linked(line.link, _text(line.text))}</li>" for line in card.lines)
    role = ' role="alert"' if alert else ""
    return (
        f'<section class="kqa-help"{role}><h3>{_text(card.title)}</h3>'
        f"<ul>{lines}</ul><p>{_text(card.nobody_reads_along)}</p></section>"
    )


def _urgent(region: str) -> list[CrisisLine]:
    """The lines of the crisis card that a telephone dials."""
    lines = wording.CRISIS_CARDS[region].lines
    return [line for line in lines if (line.link or "").startswith("tel:")]


def _with_number_linked(line: CrisisLine) -> str:
    """A line of the card with only its "call 911" as the link, to read as a sentence."""
    number = re.escape((line.link or "").partition(":")[2])
    found = re.search(rf"(?:call )?{number}", line.text, re.IGNORECASE)
    if not number or not found:
        return _linked(line.link, _text(line.text))
    first, last = found.span()
    before, after = _text(line.text[:first]), _text(line.text[last:])
    return before + _linked(line.link, _text(found[0])) + after


# --- values ---------------------------------------------------------------------------


def _text(value: str | None) -> str:
    """``value`` as text or attribute. A carriage return is kept by its reference."""
    whole = (value or "").encode("utf-8", "replace").decode("utf-8")
    return html.escape(whole, quote=True).replace("\r", "&#13;")


def _linked(url: str | None, inner: str) -> str:
    """``inner`` (markup) as a link if ``url`` is http, https, tel or sms; else bare."""
    if url is None or not _LINK.fullmatch(url):
        return inner
    href = f'href="{_text(url)}"'
    if url.lower().startswith("http"):
        return f'<a {href} target="_blank" rel="noopener noreferrer">{inner}{_NEW_TAB}</a>'
    return f"<a {href}>{inner}</a>"


def _time(published: str) -> str:
    """An ISO date as people write it; anything else as it stands."""
    try:
        day = date.fromisoformat(published)
    except ValueError:
        return _text(published)
    return f'<time datetime="{day.isoformat()}">{day:%B} {day.day}, {day.year}</time>'
