"""What the articles are known to disagree on, from ``disagreements.toml`` beside them.

Owns the fields of that file and what becomes of a side whose article is gone. Knows
nothing of questions or answers: it says where each side stands, and takes none.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from kqa.corpus.pins import (
    Pin,
    Pinboard,
    PinFault,
    Place,
    list_of,
    read_pin,
    read_tables,
    text_of,
)
from kqa.errors import CorpusError
from kqa.records import Article, Segment

FILE = "disagreements.toml"

PairsOfPlaces = Set[tuple[Place, Place]]
"""Pairs of places, the lesser first in each."""

_FIELDS = ("id", "question", "ask", "side")
_SIDE_FIELDS = ("name", "quotes")
_MEND = "Restore the sentence in the article, or correct the entry."


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its neutral name and the sentences that speak for it, the best first."""

    name: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A question that the articles answer in two ways or more.

    ``asks`` are the ways in which people ask it: they are searched and never shown.
    """

    id: str
    question: str
    asks: tuple[str, ...]
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class BrokenPin:
    """A quote of the file that has no place; ``where`` names its entry."""

    where: str
    pin: Pin
    fault: PinFault


@dataclass(frozen=True, slots=True)
class _Written:
    """A disagreement as the file has it, its quotes not yet looked up."""

    where: str
    id: str
    question: str
    asks: tuple[str, ...]
    sides: tuple[tuple[str, tuple[Pin, ...]], ...]


def read_disagreements(
    folder: Path, articles: Sequence[Article], segments: Mapping[str, Sequence[Segment]]
) -> tuple[Disagreement, ...]:
    """The disagreements of the corpus in ``folder``, in the file's order.

    A side whose articles are all gone is left out, and so is a disagreement of which
    fewer than two sides are left. ``segments`` are those of each article, by its id.

    Raises:
        CorpusError: if the file cannot be used, or a quote no longer stands in its
            article; it names the disagreement and the side.
        Unreachable: if the file cannot be read.
    """
    board = Pinboard(articles, segments)
    found = []
    for written in _written(folder / FILE):
        sides = tuple(
            Side(name, _places(written, name, pins, board)) for name, pins in written.sides
        )
        _refuse_shared(written, sides)
        left = tuple(side for side in sides if side.places)
        if len(left) > 1:
            found.append(Disagreement(written.id, written.question, written.asks, left))
    return tuple(found)


def broken_pins(
    folder: Path, articles: Sequence[Article], segments: Mapping[str, Sequence[Segment]]
) -> tuple[BrokenPin, ...]:
    """Every quote of the file that has no place, those of missing articles included.

    Raises:
        CorpusError, Unreachable: if the file cannot be used, as ``read_disagreements``.
    """
    board = Pinboard(articles, segments)
    return tuple(
        BrokenPin(_side_of(written.where, name), pin, place)
        for written in _written(folder / FILE)
        for name, pins in written.sides
        for pin in pins
        if isinstance(place := board.resolve(pin), PinFault)
    )


def known_pairs(disagreements: Sequence[Disagreement]) -> PairsOfPlaces:
    """Every two places that stand on different sides of one disagreement."""
    return frozenset(
        (min(a, b), max(a, b))
        for disagreement in disagreements
        for one, other in itertools.combinations(disagreement.sides, 2)
        for a, b in itertools.product(one.places, other.places)
    )


def _places(
    written: _Written, name: str, pins: tuple[Pin, ...], board: Pinboard
) -> tuple[Place, ...]:
    places = []
    for pin in pins:
        place = board.resolve(pin)
        if isinstance(place, Place):
            places.append(place)
        elif place is not PinFault.NO_ARTICLE:
            where = f"{_side_of(written.where, name)}, quote {pin}"
            raise CorpusError(where, place.value, _MEND)
    return tuple(places)


def _refuse_shared(written: _Written, sides: tuple[Side, ...]) -> None:
    """Refuses a sentence that stands on two sides, or twice on one."""
    seen: set[Place] = set()
    for side in sides:
        for place in side.places:
            if place in seen:
                where = f"{_side_of(written.where, side.name)}, quote of {place.article}"
                raise CorpusError(where, "the same sentence is quoted twice", "Remove one.")
            seen.add(place)


def _written(file: Path) -> tuple[_Written, ...]:
    """The entries of the file, every field checked."""
    tables = read_tables(file)
    entries = tables.pop("disagreement", [])
    if tables or not isinstance(entries, list):
        reason = "it holds more than [[disagreement]] tables"
        raise CorpusError(str(file), reason, "Remove the rest.")
    found = []
    ids: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        written = _entry(entry, file, number)
        if written.id in ids:
            raise CorpusError(written.where, "the id stands twice", "Give one another id.")
        ids.add(written.id)
        found.append(written)
    return tuple(found)


def _entry(entry: object, file: Path, number: int) -> _Written:
    where = f"{file}, disagreement {number}"
    table = _table(entry, _FIELDS, where)
    id = text_of(table, "id", where)
    where = f"{file}, disagreement {id!r}"
    sides = list_of(table, "side", where)
    if len(sides) < 2:
        raise CorpusError(where, "it has fewer than two sides", "Add a [[disagreement.side]].")
    return _Written(
        where=where,
        id=id,
        question=text_of(table, "question", where),
        asks=_asks(table, where),
        sides=tuple(_side(side, where, at) for at, side in enumerate(sides, start=1)),
    )


def _asks(table: Mapping[str, object], where: str) -> tuple[str, ...]:
    asks = list_of(table, "ask", where)
    for at, ask in enumerate(asks, start=1):
        if not isinstance(ask, str) or not any(character.isalnum() for character in ask):
            raise CorpusError(where, f"entry {at} of ask is no question", "Correct or remove it.")
    return tuple(asks)


def _side(side: object, where: str, at: int) -> tuple[str, tuple[Pin, ...]]:
    table = _table(side, _SIDE_FIELDS, f"{where}, side {at}")
    name = text_of(table, "name", f"{where}, side {at}")
    where = _side_of(where, name)
    pins = list_of(table, "quotes", where)
    return name, tuple(read_pin(pin, f"{where}, quote {n}") for n, pin in enumerate(pins, start=1))


def _side_of(where: str, name: str) -> str:
    return f"{where}, side {name!r}"


def _table(entry: object, fields: Sequence[str], where: str) -> dict[str, object]:
    if not isinstance(entry, dict):
        raise CorpusError(where, "it is no table", f"Known fields: {', '.join(fields)}.")
    for name in entry:
        if name not in fields:
            raise CorpusError(where, f"unknown field {name!r}", f"Known: {', '.join(fields)}.")
    return entry
