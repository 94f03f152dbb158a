"""From an unanswered question to a way of asking, pinned to the sentence that answers it.

Owns the one change that kqa makes to ``ways_of_asking.toml``, and only when a member of
staff asks for it: comments, order and layout of the file stay. The file is read by
``corpus.asked``, which has the last word: what it would refuse or leave out is not written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kqa.answer.questions import check_question
from kqa.corpus import asked
from kqa.corpus.asked import PINNABLE, Asked, WaysOfAsking, read_ways_of_asking
from kqa.corpus.pins import Pin, Pinboard, PinFault, Place
from kqa.corpus.read import read_corpus
from kqa.corpus.segment import segment
from kqa.errors import InputError
from kqa.records import Article, Segment
from kqa.staff import folder as files

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

HEAD = "# Ways of asking: what people type, and the sentence that answers it. Never shown.\n"
"""Heads a file that is made anew."""


def pin(folder: Path, question: str, article: str, quote: str, start: int | None = None) -> None:
    """Pins ``question`` to a sentence in the ``ways_of_asking.toml`` of ``folder``.

    It takes effect with the next index.

    Args:
        folder: the folder of articles.
        question: the way of asking, as it was typed.
        article: the id of the article.
        quote: the sentence, list item or lead-in, letter for letter.
        start: its place, needed where it stands in the article more than once.

    Raises:
        InputError: if it is no question, is in the file already, or the sentence cannot be
            pinned; says why.
        CorpusError: if the file or the folder cannot be used as it is.
        Unreachable: if the file cannot be read or written; it is as it was.
    """
    question = " ".join(check_question(question).split())
    with files.changing(folder):
        articles = read_corpus(folder).articles
        segments = {each.id: segment(each) for each in articles}
        board = _board(articles, segments)
        wanted, place = _wanted(board, Pin(article, quote, start))
        before = read_ways_of_asking(folder, articles, segments)
        _refuse_known(before, question)
        path = folder / asked.FILE
        text = _with_way(_read(path), wanted, question)

        def check(new: Path) -> None:
            _check(new, articles, segments, before, Asked(question, place))

        files.replace_checked(path, text.encode(), check)


def _board(articles: Sequence[Article], segments: Mapping[str, Sequence[Segment]]) -> Pinboard:
    listed = {id: [*asked.without_plain_headings(found)] for id, found in segments.items()}
    return Pinboard(articles, listed, PINNABLE)


def _wanted(board: Pinboard, given: Pin) -> tuple[Pin, Place]:
    """The pin, with its place only where the sentence stands there more than once."""
    place = board.resolve(given)
    if isinstance(place, PinFault):
        remedy = "Choose a whole sentence or list item, copied from the article."
        if place is PinFault.AMBIGUOUS:
            remedy = "Say which place is meant."
        raise InputError(str(given), place.value, remedy)
    plain = Pin(given.article, given.quote)
    return (plain if board.resolve(plain) == place else given), place


def _refuse_known(ways: WaysOfAsking, question: str) -> None:
    for way in ways.asked:
        if " ".join(way.text.split()).casefold() == question.casefold():
            where = "pinned to a sentence" if way.place else "noted as left open"
            remedy = f"Change {asked.FILE} by hand, if it belongs elsewhere."
            raise InputError(f"question “{question}”", f"it is already {where}", remedy)


def _read(path: Path) -> str:
    if not path.exists():
        return HEAD
    return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def _with_way(text: str, wanted: Pin, question: str) -> str:
    """The file with the question in the entry of its sentence, or in a new one at the end."""
    import tomlkit
    from tomlkit.items import Array

    document: TOMLDocument = tomlkit.parse(text)
    for entry in document.get("pinned", ()):
        same = (entry.get("article"), entry.get("quote")) == (wanted.article, wanted.quote)
        if same and entry.get("start") == wanted.start and isinstance(entry.get("ask"), Array):
            entry["ask"].add_line(question, indent="    ")
            return tomlkit.dumps(document)
    fields = [("article", wanted.article), ("quote", wanted.quote)]
    lines = [f"{name} = {tomlkit.item(value).as_string()}" for name, value in fields]
    lines += [] if wanted.start is None else [f"start = {wanted.start}"]
    lines += [f"ask = [\n    {tomlkit.item(question).as_string()},\n]"]
    return text.rstrip("\n") + "\n\n[[pinned]]\n" + "\n".join(lines) + "\n"


def _check(
    new: Path,
    articles: Sequence[Article],
    segments: Mapping[str, Sequence[Segment]],
    before: WaysOfAsking,
    added: Asked,
) -> None:
    """Whether the file beside reads as the one before and the new way, and nothing else."""
    found = asked.read_ways_file(new, articles, segments)
    wanted = sorted(map(repr, (*before.asked, added)))
    if sorted(map(repr, found.asked)) != wanted or found.lost != before.lost:
        remedy = f"Enter it in {asked.FILE} by hand, and please report this."
        raise InputError(asked.FILE, "it would not read as it should after the change", remedy)
