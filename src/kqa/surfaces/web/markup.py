"""Values in markup: every text, link and date on a page passes here.

Owns escaping and which links there may be. Pure functions from values to strings; the
``render`` files make tags of them and nothing else makes markup.
"""

from __future__ import annotations

import html
import re
from datetime import date

_LINK = re.compile(r"(?:https?://[^\s\x00-\x20\x7f]+|(?:tel|sms):\+?[\d().\-]+)", re.IGNORECASE)
_NEW_TAB = '<span class="kqa-sr"> (opens in a new tab)</span>'


def text_of(value: str | None) -> str:
    """``value`` as text or attribute. A carriage return is kept by its reference."""
    whole = (value or "").encode("utf-8", "replace").decode("utf-8")
    return html.escape(whole, quote=True).replace("\r", "&#13;")


def linked(url: str | None, inner: str) -> str:
    """``inner`` (markup) as a link if ``url`` is http, https, tel or sms; else bare."""
    if url is None or not _LINK.fullmatch(url):
        return inner
    href = f'href="{text_of(url)}"'
    if url.lower().startswith("http"):
        return f'<a {href} target="_blank" rel="noopener noreferrer">{inner}{_NEW_TAB}</a>'
    return f"<a {href}>{inner}</a>"


def time_of(published: str) -> str:
    """An ISO date as people write it; anything else as it stands."""
    try:
        day = date.fromisoformat(published)
    except ValueError:
        return text_of(published)
    return f'<time datetime="{day.isoformat()}">{day:%B} {day.day}, {day.year}</time>'
