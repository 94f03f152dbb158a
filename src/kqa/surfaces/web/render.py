"""From an answer or an error to markup: what the visitor's page shows.

Owns every tag; each value passes ``markup.text_of`` and each link ``markup.linked``. Pure
functions from records to strings. Knows nothing of Gradio or of HTTP. Markup made
here may be set by a browser as it stands: no value in it is a tag or a script.
"""

from __future__ import annotations

from collections.abc import Iterable

from kqa import wording
from kqa.errors import KqaError
from kqa.records import (
    Answer,
    Language,
    Notice,
    Outcome,
    Quote,
)
from kqa.surfaces.shown import Side, by_side, in_english, withholds_a_dose
from kqa.surfaces.web.markup import text_of
from kqa.surfaces.web.render_help import contact_of_owner, crisis, crisis_line, reachable
from kqa.surfaces.web.render_quote import cited

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#0b5f59"/>'
    '<path d="M9 10h14v10h-8l-5 4v-4H9z" fill="#fff"/></svg>'
)
"""A speech bubble, for the browser's tab."""


DOTS = '<span class="kqa-dots" aria-hidden="true"><i></i><i></i><i></i></span>'
"""A sign of work, beside words that say it."""


def render_page_intro(title: str, region: str = wording.DEFAULT_REGION) -> str:
    """Title, what the page is, crisis line, disclaimer: seen before any question."""
    return (
        '<header class="kqa-intro">'
        f"<h1>{text_of(title)}</h1>"
        f'<p class="kqa-lead">{text_of(wording.PAGE_LEAD)}</p>'
        f"{crisis_line(region)}"
        f"{_disclaimer(wording.DISCLAIMER)}"
        "</header>"
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
        f"{DOTS}"
        f"{text_of(wording.SEARCHING)}</p>"
    )


def render_answer(answer: Answer, *, newest: bool = True, asks: str = "") -> str:
    """The answer's card; only the newest crisis card interrupts a screen reader.

    ``asks`` is markup that stands below the answer, above the disclaimer: whether it helped.
    """
    help_card = crisis(answer.crisis_card, alert=newest) if answer.crisis_card else ""
    if answer.outcome is Outcome.CRISIS:
        return _card("crisis", wording.HELP_IS_THERE, help_card, answer.disclaimer)
    if answer.language:
        said, lang, body = answer.language.message, _lang(answer.language), _foreign(answer)
    elif answer.outcome is Outcome.ANSWERED:
        said, lang, body = _said(answer), None, _answered(answer)
    else:
        said, lang, body = wording.NOTHING_FOUND, None, _refusal(answer)
    body = help_card + body + _contact_of(answer) + asks
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


def render_silence(heading: str, more: str, *, anew: bool = False) -> str:
    """The card that the page's own script shows where the server does not answer.

    Nobody has read the question for danger then: the numbers of help stand in the card.
    """
    load = text_of(wording.LOAD_ANEW)
    button = f'<button type="button" class="kqa-small kqa-anew">{load}</button>' if anew else ""
    body = f"<h3>{text_of(heading)}</h3><p>{text_of(more)}</p>{button}"
    body += crisis_line(wording.DEFAULT_REGION)
    return _card("error", heading, body, wording.DISCLAIMER)


def render_helpful(number: int) -> str:
    """The question whether an answer helped, and what is kept of whoever says so."""
    buttons = "".join(
        f'<button type="button" class="kqa-small" data-exchange="{number}" data-helpful="{value}">'
        f"{text_of(label)}</button>"
        for value, label in (("yes", wording.HELPFUL), ("no", wording.NOT_HELPFUL))
    )
    return (
        f'<div class="kqa-helpful" role="group" aria-label="{text_of(wording.HELPFUL_LEAD)}">'
        f'<p class="kqa-label">{text_of(wording.HELPFUL_LEAD)}</p>{buttons}'
        f'<p class="kqa-meta">{text_of(wording.FEEDBACK_KEEPS)}</p></div>'
    )


def render_thanks(kept: bool) -> str:
    """What became of a verdict, in place of the question for it."""
    said = text_of(wording.FEEDBACK_KEPT if kept else wording.FEEDBACK_NOT_KEPT)
    return f'<p class="kqa-thanks" tabindex="-1" data-announce="{said}">{said}</p>'


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
        near = "".join(f"<li>{cited(quote)}</li>" for quote in answer.related)
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
    more = f'<p class="kqa-in-english" lang="en">{reachable(english)}</p>' if english else ""
    return (
        f'<div class="kqa-language" lang="{text_of(lang)}" dir="auto">'
        f"<p>{reachable(answer.language.message)}</p></div>"
        f"{more}{_dose(answer)}{_notices(answer.notices)}"
    )


def _lang(language: Language) -> str:
    """The language that the message is written in."""
    return language.code if in_english(language) else "en"


def _dose(answer: Answer) -> str:
    if not withholds_a_dose(answer):
        return ""
    return f'<p class="kqa-dose">{reachable(wording.DOSE_NOT_GIVEN)}</p>'


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
        numbered = "".join(f'<li value="{quote.n}">{cited(quote)}</li>' for quote in plain)
        return f'<ol class="kqa-quotes">{numbered}</ol>'
    above = "".join(f"<li>{cited(quote)}</li>" for quote in plain)
    first = f'<ul class="kqa-quotes kqa-plain">{above}</ul>' if above else ""
    return f'{first}<ul class="kqa-sides">{"".join(_side(side) for side in sides)}</ul>'


def _side(side: Side) -> str:
    quotes = "".join(f'<div class="kqa-spoken">{cited(quote)}</div>' for quote in side.quotes)
    return (
        f'<li class="kqa-side"><h4><span class="kqa-side-lead">{text_of(wording.SIDE_LEAD)}</span> '
        f'<span class="kqa-side-name" dir="auto">{text_of(side.name)}</span></h4>'
        f"<div>{quotes}</div></li>"
    )


def _contact_of(answer: Answer) -> str:
    """The owner's contact, where it is set and the articles leave the visitor alone."""
    stuck = answer.outcome is Outcome.NOT_IN_CORPUS or Notice.PERSONAL_ADVICE in answer.notices
    return contact_of_owner(answer.contact) if answer.contact and stuck else ""
