"""Ways of asking, from ``ways_of_asking.toml`` beside the articles: searched, never shown.

Owns the fields of that file. A question is pinned to the sentence that answers it, or to
a lead-in, which stands for its list; or it is noted as one that the articles leave open.
Knows nothing of search or answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kqa.corpus.pins import Pin, Pinboard, PinFault, Place, list_of, read_pin, read_tables, text_of
from kqa.errors import CorpusError
from kqa.records import QUOTABLE, Article, Segment, SegmentKind

FILE = "ways_of_asking.toml"

PINNABLE = QUOTABLE | {SegmentKind.LEAD_IN, SegmentKind.LOST_LEAD_IN, SegmentKind.HEADING}
"""What a question may be pinned to; a heading only where a list follows it at once."""

_PIN_FIELDS = ("article", "quote", "start")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as somebody asks it, and where it is answered.

    ``place`` is the sentence, item or lead-in; None where the articles leave it open:
    then ``about`` names the subject.
    """

    text: str
    place: Place | None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class WaysOfAsking:
    """The questions of the file, in its order, and the pins that have lost their sentence.

    A lost pin makes the search a little poorer and no answer wrong, so it is a warning
    and no error; one whose article is not in the corpus is not even that.
    """

    asked: tuple[Asked, ...] = ()
    lost: tuple[tuple[Pin, PinFault], ...] = ()


def read_ways_of_asking(
    folder: Path, articles: Sequence[Article], segments: Mapping[str, Sequence[Segment]]
) -> WaysOfAsking:
    """The ways of asking of the corpus in ``folder``; none where there is no such file.

    ``segments`` are those of each article, by its id.

    Raises:
        CorpusError: if the file cannot be used; it names the entry.
        Unreachable: if the file cannot be read.
    """
    return read_ways_file(folder / FILE, articles, segments)


def read_ways_file(
    file: Path, articles: Sequence[Article], segments: Mapping[str, Sequence[Segment]]
) -> WaysOfAsking:
    """The ways of asking in ``file``, whatever its name, as ``read_ways_of_asking``.

    Raises:
        CorpusError, Unreachable: as ``read_ways_of_asking`` does.
    """
    tables = read_tables(file)
    pinned, unanswered = (_entries(tables, name, file) for name in ("pinned", "unanswered"))
    if tables:
        reason = f"it holds {sorted(tables)[0]!r}, which is neither pinned nor unanswered"
        raise CorpusError(str(file), reason, "Remove it.")
    listed = {id: [*without_plain_headings(found)] for id, found in segments.items()}
    board = Pinboard(articles, listed, PINNABLE)
    asked: list[Asked] = []
    lost: list[tuple[Pin, PinFault]] = []
    for where, entry in pinned:
        asks = _asks(entry, where)
        pin = read_pin({name: entry[name] for name in _PIN_FIELDS if name in entry}, where)
        _refuse_others(entry, (*_PIN_FIELDS, "ask"), where)
        place = board.resolve(pin)
        if isinstance(place, Place):
            asked += [Asked(text, place) for text in asks]
        elif place is not PinFault.NO_ARTICLE:
            lost.append((pin, place))
    for where, entry in unanswered:
        about = text_of(entry, "about", where)
        _refuse_others(entry, ("about", "ask"), where)
        asked += [Asked(text, None, about) for text in _asks(entry, where)]
    return WaysOfAsking(tuple(asked), tuple(lost))


def without_plain_headings(segments: Sequence[Segment]) -> Iterator[Segment]:
    """The segments, but for the headings that no list follows at once."""
    following = [*segments[1:], None]  # one too many where there is no segment at all
    for segment, after in zip(segments, following, strict=False):
        heads_list = after is not None and after.kind is SegmentKind.ITEM
        if segment.kind is not SegmentKind.HEADING or heads_list:
            yield segment


def _entries(tables: dict[str, Any], name: str, file: Path) -> list[tuple[str, dict[str, Any]]]:
    """The ``[[name]]`` tables, each with the words that name it in a message."""
    entries = tables.pop(name, [])
    found = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        where = f"{file}, {name} {number}"
        if not isinstance(entry, dict):
            raise CorpusError(where, "it is no table", f"Write [[{name}]].")
        found.append((where, entry))
    return found


def _asks(entry: Mapping[str, Any], where: str) -> list[str]:
    asks = list_of(entry, "ask", where)
    for at, ask in enumerate(asks, start=1):
        if not isinstance(ask, str) or not any(character.isalnum() for character in ask):
            raise CorpusError(where, f"entry {at} of ask is no question", "Correct or remove it.")
    return asks


def _refuse_others(entry: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for name in entry:
        if name not in known:
            raise CorpusError(where, f"unknown field {name!r}", f"Known: {', '.join(known)}.")
