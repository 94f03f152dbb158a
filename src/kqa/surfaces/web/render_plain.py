"""Whole pages and pieces of pages that need no script: what there is before Gradio runs.

Owns these tags; each value passes ``markup.text_of`` and each link ``markup.linked``. Pure
functions from records to strings. The addresses in them are seen from ``/chat/``.
"""

from __future__ import annotations

import json

from kqa import wording
from kqa.records import Article, Span
from kqa.surfaces.web import render
from kqa.surfaces.web.markup import digest_of, fragment_url, linked, text_of, time_of
from kqa.surfaces.web.render_help import crisis_line

PLAIN = "plain"
"""Where a question is asked without a script, seen from the visitor's page."""


def render_head(style: str, script: str) -> str:
    """What the served head needs for a first look without Gradio."""
    return (
        f'<link rel="stylesheet" href="{text_of(style)}">'
        f'<script src="{text_of(script)}" defer></script>'
    )


def render_opening(title: str, region: str) -> str:
    """What the served page shows until Gradio has drawn it, and for good without scripts."""
    return (
        '<div id="kqa-before" class="kqa-page">'
        f"{render.render_page_intro(title, region)}"
        f'<p class="kqa-pending" id="kqa-loading" hidden>{render.DOTS}'
        f"{text_of(wording.NOW_LOADING)}</p>"
        f'<p id="kqa-simple" hidden><a href="{PLAIN}">{text_of(wording.SIMPLE_PAGE)}</a></p>'
        f"<noscript>{_form()}</noscript></div>"
    )


def render_plain_page(title: str, region: str, head: str, exchange: str = "") -> str:
    """A page that asks by a form and shows ``exchange`` (markup), with or without scripts."""
    body = (
        f"{render.render_page_intro(title, region)}"
        f'<div id="kqa-transcript">{exchange}</div>{_form()}'
    )
    return _document(title, head, f'<main class="kqa-page">{body}</main>')


def render_article_page(
    article: Article, span: Span | None, quoted: str | None, region: str, head: str
) -> str:
    """The whole article as a page of its own, letter for letter, the quote marked.

    Args:
        article: the article.
        span: what is marked; nothing, if it reaches beyond the text.
        quoted: the short hash of what was quoted there: nothing is marked where it differs.
        region: whose crisis line stands at the foot.
        head: markup for the head.
    """
    body = (
        f'<main class="kqa-page">{render_article(article, span, quoted)}{crisis_line(region)}'
        f'<p><a href="../">{text_of(wording.BACK_TO_QUESTIONS)}</a></p></main>'
    )
    return _document(article.title, head, body)


def render_article(article: Article, span: Span | None, quoted: str | None) -> str:
    """The article with its title, source and disclaimer; also what the dialog shows."""
    found = span if span and span.end <= len(article.text) else None
    changed = ""
    if found and quoted and digest_of(found.of(article.text)) != quoted:
        found, changed = None, f'<p class="kqa-dose">{text_of(wording.ARTICLE_CHANGED)}</p>'
    quote = found.of(article.text) if found else ""
    return (
        f'<article class="kqa-article" data-source="{text_of(_copied(article, quote))}">'
        f'<h1 id="kqa-article-title" dir="auto">{text_of(article.title)}</h1>{_facts(article)}'
        f'{_elsewhere(article, quote)}{changed}<div class="kqa-text" tabindex="0" role="region" '
        f'aria-labelledby="kqa-article-title">{_marked(article.text, found)}</div>'
        f'<p class="kqa-disclaimer" role="note">{text_of(wording.DISCLAIMER)}</p></article>'
    )


def render_embed_hint() -> str:
    """How to put the page on another site; the script fills in this server's address."""
    return (
        f'<details class="kqa-embed"><summary>{text_of(wording.EMBED_LEAD)}</summary>'
        f"<p>{text_of(wording.EMBED_MORE)}</p>"
        '<p class="kqa-snippet"><code tabindex="0"></code></p>'
        f'<button type="button" class="kqa-small kqa-copy">{text_of(wording.COPY_LEAD)}'
        '<span class="kqa-sr"> the line</span></button></details>'
    )


def script_words() -> str:
    """What the page's script says by itself, as JSON: words, and two cards as markup."""
    lost = (wording.NO_CONNECTION, wording.NO_CONNECTION_MORE)
    cards = {
        "no_connection": render.render_silence(*lost, anew=True),
        "too_slow": render.render_silence(wording.TOO_SLOW, wording.TOO_SLOW_MORE),
        "dots": render.DOTS,
    }
    return json.dumps({**wording.SCRIPT, **cards})


# --- parts ----------------------------------------------------------------------------


def _document(title: str, head: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{text_of(title)}</title>{head}</head><body>{body}</body></html>"
    )


def _form() -> str:
    """Sent in the body, never in an address: that would stand in histories and logs."""
    return (
        f'<form method="post" action="{PLAIN}#kqa-transcript" class="kqa-form" autocomplete="off">'
        '<label for="kqa-plain-question">Your question</label>'
        '<textarea id="kqa-plain-question" name="question" rows="2" required>'
        "</textarea><button>Ask</button></form>"
    )


def _facts(article: Article) -> str:
    given = wording.TITLE_GIVEN[:1].upper() + wording.TITLE_GIVEN[1:]
    known = [
        given if article.title_given else "",
        text_of(article.publisher) if article.publisher else "",
        time_of(article.published) if article.published else "",
        f"File: {text_of(article.source_file)}",
    ]
    facts = " · ".join(f'<span dir="auto">{fact}</span>' for fact in known if fact)
    return f'<p class="kqa-meta"><span class="kqa-section" dir="auto"></span>{facts}</p>'


def _elsewhere(article: Article, quote: str) -> str:
    url = fragment_url(article.url, quote)
    link = linked(url, text_of(wording.ARTICLE_ELSEWHERE))
    return f'<p class="kqa-elsewhere">{link}</p>' if link.startswith("<a") else ""


def _copied(article: Article, quote: str) -> str:
    """What goes with words that are copied out of the article."""
    return "\n".join(filter(None, [article.title, fragment_url(article.url, quote)]))


def _marked(text: str, span: Span | None) -> str:
    if span is None:
        return text_of(text)
    return (
        f"{text_of(text[: span.start])}"
        f'<mark id="quote" tabindex="-1">{text_of(span.of(text))}</mark>{text_of(text[span.end :])}'
    )
