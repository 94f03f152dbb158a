"""Pins: quotes in a data file that must stand in an article, letter for letter.

Owns the reading of such a file, what a pin looks like in it, and the way from a pin to
its place. Says what is wrong with a pin and leaves to the caller whether that is an
error or a warning. Knows nothing of what the quotes are pinned for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kqa.errors import CorpusError, Unreachable
from kqa.records import QUOTABLE, Article, Segment, SegmentKind, Span

FILE_BYTES = 4 * 1024 * 1024
"""Largest data file in bytes: thousands of pins; beyond it, it is something else."""

SHOWN_CHARS = 60
"""Longest part of a quote in a message."""

_PIN_FIELDS = frozenset({"article", "quote", "start"})
_HOW = 'Write { article = "its id", quote = "the sentence" }.'


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of an article, by the article's id."""

    article: str
    span: Span


@dataclass(frozen=True, slots=True)
class Pin:
    """A quote that must stand in an article.

    ``start`` is its place in code points, needed only where it stands there twice.
    """

    article: str
    quote: str
    start: int | None = None

    def __str__(self) -> str:
        """The first words of the quote, and the article: as a message names the pin."""
        words = " ".join(self.quote.split())
        if len(words) > SHOWN_CHARS:
            words = words[:SHOWN_CHARS].rsplit(" ", 1)[0] + " …"
        return f"“{words}” of {self.article}"


class PinFault(StrEnum):
    """Why a pin has no place; the value says it in words."""

    NO_ARTICLE = "its article is not in the corpus"
    GONE = "it does not stand there letter for letter"
    NOT_WHOLE = "it stands there, but not as one whole sentence or item that may be pinned"
    AMBIGUOUS = "it stands there more than once, and no start says which is meant"


class Pinboard:
    """Finds the places of pins in the segments of a corpus.

    Args:
        articles: the articles that pins may name.
        segments: the segments of each, by the article's id.
        kinds: the kinds of segment that a pin may stand for.
    """

    def __init__(
        self,
        articles: Sequence[Article],
        segments: Mapping[str, Sequence[Segment]],
        kinds: Set[SegmentKind] = QUOTABLE,
    ) -> None:
        self._texts = {article.id: article.text for article in articles}
        self._places: dict[tuple[str, str], list[Place]] = {}
        for article in articles:
            for segment in segments[article.id]:
                if segment.kind in kinds:
                    key = article.id, segment.span.of(article.text)
                    self._places.setdefault(key, []).append(Place(article.id, segment.span))

    def resolve(self, pin: Pin) -> Place | PinFault:
        """The place of ``pin``, or why it has none. Never raises."""
        text = self._texts.get(pin.article)
        if text is None:
            return PinFault.NO_ARTICLE
        places = self._places.get((pin.article, pin.quote), [])
        if pin.start is not None:
            places = [place for place in places if place.span.start == pin.start]
        if len(places) > 1:
            return PinFault.AMBIGUOUS
        if places:
            return places[0]
        stands = pin.quote in text if pin.start is None else text.startswith(pin.quote, pin.start)
        return PinFault.NOT_WHOLE if stands else PinFault.GONE


def read_pin(entry: object, where: str) -> Pin:
    """The pin that an entry of a data file describes; ``where`` names the entry.

    Raises:
        CorpusError: if it is no pin, or holds a field that pins do not have.
    """
    if not isinstance(entry, dict):
        raise CorpusError(where, "it is no table", _HOW)
    for name in entry:
        if name not in _PIN_FIELDS:
            raise CorpusError(where, f"unknown field {name!r}", _HOW)
    article, quote = text_of(entry, "article", where), text_of(entry, "quote", where)
    start = entry.get("start")
    if start is not None and (type(start) is not int or start < 0):
        raise CorpusError(where, "start is no whole number from 0 on", "Correct or remove it.")
    return Pin(article, quote, start)


def text_of(entry: Mapping[str, Any], field: str, where: str) -> str:
    """The text that ``entry`` holds under ``field``.

    Raises:
        CorpusError: if there is none, or only blanks.
    """
    value = entry.get(field)
    if not isinstance(value, str) or not value.strip():
        reason = f"{field} is missing" if value is None else f"{field} is no text"
        raise CorpusError(where, reason, f'Add {field} = "…".')
    return value


def list_of(entry: Mapping[str, Any], field: str, where: str) -> list[Any]:
    """The list that ``entry`` holds under ``field``, with at least one element.

    Raises:
        CorpusError: if there is none, or it is empty.
    """
    value = entry.get(field)
    if not isinstance(value, list) or not value:
        reason = f"{field} is missing" if value is None else f"{field} is empty or no list"
        raise CorpusError(where, reason, f"Give {field} at least one entry.")
    return value


def read_tables(file: Path) -> dict[str, Any]:
    """What a data file beside the corpus holds; empty where there is no such file.

    Raises:
        CorpusError: if it is no file, too large, not UTF-8 or not TOML.
        Unreachable: if it cannot be read.
    """
    try:
        if not file.is_file():
            if file.exists() or file.is_symlink():
                raise CorpusError(str(file), "it is no file", "Remove it, or put a file there.")
            return {}
        with file.open("rb") as opened:
            data = opened.read(FILE_BYTES + 1)
    except OSError as error:
        reason = f"it cannot be read ({error.strerror})"
        raise Unreachable(str(file), reason, "Check its permissions.") from error
    if len(data) > FILE_BYTES:
        raise CorpusError(str(file), f"it has over {FILE_BYTES:,} bytes", "Shorten it.")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
        raise CorpusError(str(file), reason, "Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:  # RecursionError: brackets nested without end
        reason = f"it is not valid TOML ({error})".replace("\n", " ")
        raise CorpusError(str(file), reason, "Correct it.") from error
