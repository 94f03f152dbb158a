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
from kqa.records import (
    Answer,
    Citation,
    Contact,
    CrisisCard,
    CrisisLine,
    Language,
    Notice,
    Outcome,
    Quote,
)
from kqa.surfaces.shown import Side, by_side, in_english, is_praise, withholds_a_dose

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#0b5f59"/>'
    '<path d="M9 10h14v10h-8l-5 4v-4H9z" fill="#fff"/></svg>'
)
"""A speech bubble, for the browser's tab."""

_LINK = re.compile(r"(?:https?://[^\s\x00-\x20\x7f]+|(?:tel|sms):\+?[\d().\-]+)", re.IGNORECASE)
_REACH = re.compile(
    r"(?<![0-9A-Za-z-])(?:911|988|1-800-222-1222)(?![0-9A-Za-z-])"
    r"|\b(?:988lifeline\.org/[a-z]+/|findahelpline\.com)",
)
"""Numbers and sites of help in our own texts, whatever alphabet stands around them."""

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
    if answer.language:
        said, lang, body = answer.language.message, _lang(answer.language), _foreign(answer)
    elif answer.outcome is Outcome.ANSWERED:
        said, lang, body = _said(answer), None, _answered(answer)
    else:
        said, lang, body = wording.NOTHING_FOUND, None, _refusal(answer)
    body = crisis + body + _contact_of(answer)
    return _card(answer.outcome.value, said, body, answer.disclaimer, lang)


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


def _card(kind: str, said: str, body: str, disclaimer: str, lang: str | None = None) -> str:
    spoken = f' data-announce-lang="{_text(lang)}"' if lang else ""
    return (
        f'<article class="kqa-card kqa-{_text(kind)}" data-announce="{_text(said)}"{spoken}>'
        f"{body}{_disclaimer(disclaimer)}</article>"
    )


def _disclaimer(text: str) -> str:
    return f'<p class="kqa-disclaimer" role="note">{_text(text)}</p>'


def _said(answer: Answer) -> str:
    """What a screen reader is told once the answer is there."""
    if Notice.SOURCES_DIFFER in answer.notices:
        return wording.NOTICES[Notice.SOURCES_DIFFER]
    count = len(answer.quotes)
    return f"Answer: {count} {'quote' if count == 1 else 'quotes'} from the articles."


def _answered(answer: Answer) -> str:
    heading = '<h3 class="kqa-sr">Answer</h3>'
    return heading + _dose(answer) + _notices(answer.notices) + _quotes(answer.quotes)


def _refusal(answer: Answer) -> str:
    parts = [
        f"<h3>{_text(wording.NOTHING_FOUND)}</h3>",
        f"<p>{_text(wording.NOTHING_FOUND_MORE)}</p>",
        _dose(answer),
        _notices(answer.notices),
    ]
    if answer.related:
        near = "".join(f"<li>{_cited(quote)}</li>" for quote in answer.related)
        parts.append(f'<p class="kqa-label">{_text(wording.RELATED_LEAD)}</p>')
        parts.append(f'<ul class="kqa-quotes kqa-related">{near}</ul>')
    if answer.topics:
        items = "".join(f'<li dir="auto">{_text(topic)}</li>' for topic in answer.topics)
        parts.append(f'<p class="kqa-label">{_text(wording.TOPICS_LEAD)}</p>')
        parts.append(f'<ul class="kqa-topics">{items}</ul>')
    return "".join(parts)


def _foreign(answer: Answer) -> str:
    """The message in the question's language first, then in English: languages are mistaken."""
    if not answer.language:
        return ""
    lang, english = _lang(answer.language), in_english(answer.language)
    more = f'<p class="kqa-in-english" lang="en">{_reachable(english)}</p>' if english else ""
    return (
        f'<div class="kqa-language" lang="{_text(lang)}" dir="auto">'
        f"<p>{_reachable(answer.language.message)}</p></div>"
        f"{more}{_dose(answer)}{_notices(answer.notices)}"
    )


def _lang(language: Language) -> str:
    """The language that the message is written in."""
    return language.code if in_english(language) else "en"


def _dose(answer: Answer) -> str:
    if not withholds_a_dose(answer):
        return ""
    return f'<p class="kqa-dose">{_reachable(wording.DOSE_NOT_GIVEN)}</p>'


def _notices(notices: Iterable[Notice]) -> str:
    """Each notice in the project's words, once; none without any."""
    items = "".join(
        f'<li class="kqa-notice-{notice.value}">{_text(wording.NOTICES[notice])}</li>'
        for notice in dict.fromkeys(notices)
    )
    return f'<ul class="kqa-notices" aria-label="Please note">{items}</ul>' if items else ""


def _quotes(quotes: Iterable[Quote]) -> str:
    """Numbered, best first. Where sides stand below them nothing is: a number would rank."""
    plain, sides = by_side(quotes)
    if not sides:
        numbered = "".join(f'<li value="{quote.n}">{_cited(quote)}</li>' for quote in plain)
        return f'<ol class="kqa-quotes">{numbered}</ol>'
    above = "".join(f"<li>{_cited(quote)}</li>" for quote in plain)
    first = f'<ul class="kqa-quotes kqa-plain">{above}</ul>' if above else ""
    return f'{first}<ul class="kqa-sides">{"".join(_side(side) for side in sides)}</ul>'


def _side(side: Side) -> str:
    quotes = "".join(f'<div class="kqa-spoken">{_cited(quote)}</div>' for quote in side.quotes)
    return (
        f'<li class="kqa-side"><h4><span class="kqa-side-lead">{_text(wording.SIDE_LEAD)}</span> '
        f'<span class="kqa-side-name" dir="auto">{_text(side.name)}</span></h4>'
        f"<div>{quotes}</div></li>"
    )


def _cited(quote: Quote) -> str:
    """A quote, what it is where it praises, its source, and the stretch around it."""
    praise = f'<p class="kqa-praise">{_text(wording.PRAISE)}</p>' if is_praise(quote) else ""
    return (
        f'<figure><blockquote><p class="kqa-quote" dir="auto">{_text(quote.text)}</p></blockquote>'
        f'{praise}<figcaption class="kqa-source">{_source(quote.article)}</figcaption>'
        f"</figure>{_context(quote)}"
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
    lang = ' lang="es"' if card in wording.SPANISH_CRISIS_CARDS.values() else ""
    return (
        f'<section class="kqa-help"{role}{lang}><h3>{_text(card.title)}</h3>'
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


def _reachable(text: str) -> str:
    """A text of our own with its numbers and sites of help as links."""
    parts, at = [], 0
    for found in _REACH.finditer(text):
        scheme = "tel:" if found[0][:1].isdigit() and "." not in found[0] else "https://"
        parts.append(_text(text[at : found.start()]))
        parts.append(_linked(f"{scheme}{found[0]}", _text(found[0])))
        at = found.end()
    return "".join(parts) + _text(text[at:])


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
