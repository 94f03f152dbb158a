"""A quote as markup: its words, its source, and the ways to the article that says them.

Owns these tags; each value passes ``markup.text_of`` and each link ``markup.linked``. Pure
functions from records to strings.
"""

from __future__ import annotations

from kqa import wording
from kqa.records import Quote
from kqa.surfaces.shown import is_praise
from kqa.surfaces.web.markup import (
    day_of,
    fragment_url,
    linked,
    place_in_article,
    text_of,
    time_of,
)


def cited(quote: Quote) -> str:
    """A quote, what it is where it praises, its source, and the stretch around it."""
    praise = f'<p class="kqa-praise">{text_of(wording.PRAISE)}</p>' if is_praise(quote) else ""
    return (
        f'<figure data-source="{text_of(source_line(quote))}">'
        '<blockquote><p class="kqa-quote" dir="auto">'
        f"{text_of(quote.text)}</p></blockquote>"
        f'{praise}<figcaption class="kqa-source">{_source(quote)}</figcaption>'
        f"{_ways(quote)}</figure>{_context(quote)}"
    )


def source_line(quote: Quote) -> str:
    """What goes with a copied quote: title, section, publisher, date; below, the address."""
    article = quote.article
    given = f" ({wording.TITLE_GIVEN})" if article.title_given else ""
    known = [
        f"{article.title}{given}",
        f"Section: {article.section}" if article.section else "",
        article.publisher or "",
        day_of(article.published) if article.published else "",
    ]
    address = fragment_url(article.url, quote.text)
    return "\n".join(filter(None, [" · ".join(filter(None, known)), address]))


def _ways(quote: Quote) -> str:
    """To the whole article, opened at the quote, and to a copy of quote and source."""
    article = quote.article
    href = text_of(place_in_article(article.id, quote.start, quote.end, quote.text))
    section = f' data-section="Section: {text_of(article.section)}"' if article.section else ""
    which = f'<span class="kqa-sr">: {text_of(article.title)}</span>'
    return (
        f'<p class="kqa-ways"><a class="kqa-open" href="{href}"{section}>'
        f"{text_of(wording.ARTICLE_LEAD)}{which}</a> "
        f'<button type="button" class="kqa-small kqa-copy">{text_of(wording.COPY_LEAD)}'
        '<span class="kqa-sr"> the quote with its source</span></button></p>'
    )


def _source(quote: Quote) -> str:
    """Title, section, publisher and date: of each what is known."""
    article = quote.article
    named = f"<cite>{text_of(article.title)}</cite>"
    title = linked(fragment_url(article.url, quote.text), named)
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
