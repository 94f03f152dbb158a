"""Values in markup: every text, link and date on a page passes here.

Owns escaping and which links there may be. Pure functions from values to strings; the
``render`` files make tags of them and nothing else makes markup.
"""

from __future__ import annotations

import hashlib
import html
import re
from datetime import date
from urllib.parse import quote as encoded

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
    day = _date_of(published)
    if day is None:
        return text_of(published)
    return f'<time datetime="{day.isoformat()}">{day_of(published)}</time>'


def day_of(published: str) -> str:
    """The same as plain text, without markup."""
    day = _date_of(published)
    return f"{day:%B} {day.day}, {day.year}" if day else published


def _date_of(published: str) -> date | None:
    try:
        return date.fromisoformat(published)
    except ValueError:
        return None


FRAGMENT_CHARS = 300
"""A text fragment names so many characters whole; a longer text by its first and last words."""

FRAGMENT_WORDS = 5


def fragment_url(url: str | None, text: str) -> str | None:
    """``url`` with a text fragment, so that a browser scrolls to ``text`` and marks it.

    None for what is no address of the web.

    A long text and one of several lines are named by their first and last words: a
    fragment that is matched as a whole must stand in one paragraph.
    """
    if url is None or not _LINK.fullmatch(url) or not url.lower().startswith("http"):
        return None
    lines = [words for line in text.splitlines() if (words := line.split())]
    if not lines:
        return url
    base, _, anchor = url.partition("#")
    anchor = anchor.partition(":~:")[0]
    return f"{base}#{anchor}:~:text={_fragment(lines)}"


def _fragment(lines: list[list[str]]) -> str:
    count = sum(len(words) for words in lines)
    chars = sum(len(word) + 1 for words in lines for word in words)
    whole = len(lines) == 1 and (chars <= FRAGMENT_CHARS or count < 2 * FRAGMENT_WORDS)
    if whole:
        return _fragment_part(lines[0])
    first, last = lines[0][:FRAGMENT_WORDS], lines[-1][-FRAGMENT_WORDS:]
    return f"{_fragment_part(first)},{_fragment_part(last)}"


def _fragment_part(words: list[str]) -> str:
    """Encoded; a dash, a comma or an ampersand of the text itself would be syntax."""
    return encoded(" ".join(words).encode("utf-8", "replace"), safe="").replace("-", "%2D")


ARTICLES = "articles/"
"""Where articles are read, seen from the visitor's page."""


def digest_of(text: str) -> str:
    """A short hash: whether a stretch of an article is still what it was."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def place_in_article(id: str, start: int, end: int, text: str) -> str:
    """The address of an article, opened at a stretch of it that reads ``text``."""
    name = encoded(id.encode("utf-8", "replace"), safe="")
    return f"{ARTICLES}{name}?start={start}&end={end}&is={digest_of(text)}#quote"
