"""A whole article as markup: letter for letter, quotes marked, the unquotable set back.

Owns how stretches of an article are cut for the eye; the text of what is made here equals
the article's. Shared by the pages that show whole articles to staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from kqa.corpus.segment import segment
from kqa.records import Article, Segment, SegmentKind
from kqa.surfaces.web.markup import linked, text_of, time_of

SHOWN_CHARS = 120_000
"""Of a longer article so much is shown, around its first mark."""

_SET_BACK = {
    SegmentKind.FURNITURE: "Page furniture: never quoted",
    SegmentKind.DISCLAIMER: "The site’s own disclaimer: never quoted",
    SegmentKind.LOST_LEAD_IN: "Its list is lost: never quoted",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch to be marked; ``n`` is the number that stands before it."""

    start: int
    end: int
    n: int


@lru_cache(maxsize=64)
def segments_of(article: Article) -> tuple[Segment, ...]:
    """The segments of an article; cut once, since a page shows an article many times."""
    return tuple(segment(article))


def render_whole(article: Article, marks: Sequence[Mark], name: str) -> str:
    """Title, origin and text of an article, in a pane of its own that can be scrolled.

    Args:
        article: the article.
        marks: what is marked in it; each gets the id ``NAME-mark-N``.
        name: tells the marks of one part of the page from those of another.
    """
    first, last, cut = _window(article, marks)
    note = '<p class="staff-small">The article is long: the part around the mark is shown.</p>'
    return (
        f'<section class="staff-article" data-article="{text_of(article.id)}">'
        f'<h2 class="staff-article-title">{linked(article.url, text_of(article.title))}</h2>'
        f'<p class="staff-small">{_origin(article)}</p>{note if cut else ""}'
        '<div class="staff-pane" tabindex="0" role="region" '
        f'aria-label="Whole article: {text_of(article.title)}">'
        f'<div class="staff-text" dir="auto">{render_text(article, marks, name, first, last)}</div>'
        "</div></section>"
    )


def render_text(
    article: Article, marks: Sequence[Mark], name: str, first: int = 0, last: int | None = None
) -> str:
    """The text from ``first`` to ``last``, every stretch in what it is and as it stands."""
    last = len(article.text) if last is None else last
    segments = segments_of(article)
    cuts = {first, last}
    edges = [(s.start, s.end) for s in segments] + [(m.start, m.end) for m in marks]
    for edge in edges:
        cuts |= {at for at in edge if first < at < last}
    places = sorted(cuts)
    begun: set[int] = set()
    kinds = iter(segments)
    now = next(kinds, None)
    parts = []
    for start, end in pairwise(places):
        while now is not None and now.end <= start:
            now = next(kinds, None)
        kind = now.kind if now is not None and now.start <= start else None
        text = _in_kind(kind, text_of(article.text[start:end]))
        mark = next((m for m in marks if m.start <= start and end <= m.end), None)
        if mark is not None:
            id = "" if mark.n in begun else f' id="{text_of(name)}-mark-{mark.n}" tabindex="-1"'
            number = "" if mark.n in begun else f' data-n="{mark.n}"'
            begun.add(mark.n)
            text = f"<mark{id}{number}>{text}</mark>"
        parts.append(text)
    return "".join(parts)


def _in_kind(kind: SegmentKind | None, text: str) -> str:
    if kind is SegmentKind.HEADING:
        return f'<strong class="staff-heading">{text}</strong>'
    if kind in _SET_BACK:
        return f'<span class="staff-back" title="{_SET_BACK[kind]}">{text}</span>'
    return text


def _window(article: Article, marks: Sequence[Mark]) -> tuple[int, int, bool]:
    length = len(article.text)
    if length <= SHOWN_CHARS:
        return 0, length, False
    middle = marks[0].start if marks else 0
    first = max(0, min(middle - SHOWN_CHARS // 2, length - SHOWN_CHARS))
    return first, first + SHOWN_CHARS, True


def _origin(article: Article) -> str:
    known = [
        text_of(article.publisher) if article.publisher else "",
        time_of(article.published) if article.published else "",
        text_of(article.source_file),
    ]
    return " · ".join(f'<span dir="auto">{fact}</span>' for fact in known if fact)
