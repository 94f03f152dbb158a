"""From an answer or an error to markup: what the visitor's page shows.

Owns every tag; each value passes ``markup.text_of`` and each link ``markup.linked``. Pure
functions from records to strings. Knows nothing of Gradio or of HTTP. Markup made
here may be set by a browser as it stands: no value in it is a tag or a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
from kqa.surfaces.web.markup import linked, text_of, time_of

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#0b5f59"/>'
    '<path d="M9 10h14v10h-8l-5 4v-4H9z" fill="#fff"/></svg>'
)
"""A speech bubble, for the browser's tab."""

_REACH = re.compile(
    r"(?<![0-9A-Za-z-])(?:911|988|1-800-222-1222)(?![0-9A-Za-z-])"
    r"|\b(?:988lifeline\.org/[a-z]+/|findahelpline\.com)",
)
"""Numbers and sites of help in our own texts, whatever alphabet stands around them."""


def render_page_intro(title: str, region: str = wording.DEFAULT_REGION) -> str:
    """Title, what the page is, crisis line, disclaimer: seen before any question."""
    lines = " ".join(_with_number_linked(line) for line in _urgent(region))
    return (
        '<header class="kqa-intro">'
        f"<h1>{text_of(title)}</h1>"
        f'<p class="kqa-lead">{text_of(wording.PAGE_LEAD)}</p>'
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
        f'<span class="kqa-asked-text">{text_of(question)}</span></h2>{card}</section>'
    )


def render_pending() -> str:
    """What stands in a card's place while the answer is looked for."""
    return (
        f'<p class="kqa-pending" data-announce="{text_of(wording.SEARCHING)}">'
        '<span class="kqa-dots" aria-hidden="true"><i></i><i></i><i></i></span>'
        f"{text_of(wording.SEARCHING)}</p>"
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
        more = f"<p>{text_of(said[:1].upper() + said[1:])}</p>"
    else:
        heading = wording.NO_ANSWER_NOW
        code = f'<p class="kqa-meta">Code: {text_of(error.code)}</p>'
        more = f"<p>{text_of(wording.OUR_FAULT)}</p>{code}"
    return _card("error", heading, f"<h3>{heading}</h3>{more}", wording.DISCLAIMER)


# --- parts of a card ------------------------------------------------------------------


def _card(kind: str, said: str, body: str, disclaimer: str, lang: str | None = None) -> str:
    spoken = f' data-announce-lang="{text_of(lang)}"' if lang else ""
    return (
        f'<article class="kqa-card kqa-{text_of(kind)}" data-announce="{text_of(said)}"{spoken}>'
        f"{body}{_disclaimer(disclaimer)}</article>"
    )


def _disclaimer(text: str) -> str:
    return f'<p class="kqa-disclaimer" role="note">{text_of(text)}</p>'


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
        f"<h3>{text_of(wording.NOTHING_FOUND)}</h3>",
        f"<p>{text_of(wording.NOTHING_FOUND_MORE)}</p>",
        _dose(answer),
        _notices(answer.notices),
    ]
    if answer.related:
        near = "".join(f"<li>{_cited(quote)}</li>" for quote in answer.related)
        parts.append(f'<p class="kqa-label">{text_of(wording.RELATED_LEAD)}</p>')
        parts.append(f'<ul class="kqa-quotes kqa-related">{near}</ul>')
    if answer.topics:
        items = "".join(f'<li dir="auto">{text_of(topic)}</li>' for topic in answer.topics)
        parts.append(f'<p class="kqa-label">{text_of(wording.TOPICS_LEAD)}</p>')
        parts.append(f'<ul class="kqa-topics">{items}</ul>')
    return "".join(parts)


def _foreign(answer: Answer) -> str:
    """The message in the question's language first, then in English: languages are mistaken."""
    if not answer.language:
        return ""
    lang, english = _lang(answer.language), in_english(answer.language)
    more = f'<p class="kqa-in-english" lang="en">{_reachable(english)}</p>' if english else ""
    return (
        f'<div class="kqa-language" lang="{text_of(lang)}" dir="auto">'
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
        f'<li class="kqa-notice-{notice.value}">{text_of(wording.NOTICES[notice])}</li>'
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
        f'<li class="kqa-side"><h4><span class="kqa-side-lead">{text_of(wording.SIDE_LEAD)}</span> '
        f'<span class="kqa-side-name" dir="auto">{text_of(side.name)}</span></h4>'
        f"<div>{quotes}</div></li>"
    )


def _cited(quote: Quote) -> str:
    """A quote, what it is where it praises, its source, and the stretch around it."""
    praise = f'<p class="kqa-praise">{text_of(wording.PRAISE)}</p>' if is_praise(quote) else ""
    return (
        '<figure><blockquote><p class="kqa-quote" dir="auto">'
        f"{text_of(quote.text)}</p></blockquote>"
        f'{praise}<figcaption class="kqa-source">{_source(quote.article)}</figcaption>'
        f"</figure>{_context(quote)}"
    )


def _source(article: Citation) -> str:
    """Title, section, publisher and date: of each what is known."""
    title = linked(article.url, f"<cite>{text_of(article.title)}</cite>")
    given = f' <span class="kqa-given">{wording.TITLE_GIVEN}</span>' if article.title_given else ""
    known = [
        f"Section: {text_of(article.section)}" if article.section else "",
        text_of(article.publisher) if article.publisher else "",
        time_of(article.published) if article.published else "",
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
    shown = text_of(around.text)
    if 0 <= first < last <= len(around.text):
        before, after = around.text[:first], around.text[last:]
        shown = f"{text_of(before)}<mark>{text_of(around.text[first:last])}</mark>{text_of(after)}"
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
        f"<strong>{text_of(contact.name)}</strong>" if contact.name else "",
        linked(f"tel:{dialled}", text_of(contact.telephone)) if contact.telephone else "",
        linked(contact.link, text_of(contact.link)) if contact.link else "",
    ]
    reach = " · ".join(way for way in ways if way)
    return (
        f'<p class="kqa-contact"><span class="kqa-label">{wording.CONTACT_LEAD}</span> {reach}</p>'
    )


def _crisis(card: CrisisCard, *, alert: bool) -> str:
    lines = "".join(f"<li>{linked(line.link, text_of(line.text))}</li>" for line in card.lines)
    role = ' role="alert"' if alert else ""
    lang = ' lang="es"' if card in wording.SPANISH_CRISIS_CARDS.values() else ""
    return (
        f'<section class="kqa-help"{role}{lang}><h3>{text_of(card.title)}</h3>'
        f"<ul>{lines}</ul><p>{text_of(card.nobody_reads_along)}</p></section>"
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
        return linked(line.link, text_of(line.text))
    first, last = found.span()
    before, after = text_of(line.text[:first]), text_of(line.text[last:])
    return before + linked(line.link, text_of(found[0])) + after


def _reachable(text: str) -> str:
    """A text of our own with its numbers and sites of help as links."""
    parts, at = [], 0
    for found in _REACH.finditer(text):
        scheme = "tel:" if found[0][:1].isdigit() and "." not in found[0] else "https://"
        parts.append(text_of(text[at : found.start()]))
        parts.append(linked(f"{scheme}{found[0]}", text_of(found[0])))
        at = found.end()
    return "".join(parts) + text_of(text[at:])
