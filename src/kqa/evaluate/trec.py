"""Runs, judgements and topics as TREC has them.

Owns these forms. An id with blanks survives a TREC file: blanks, control characters and
"%" stand there as percent escapes, and only those are undone on reading, so that a
foreign id such as ``a%2Fb`` stays what it is. Knows nothing of articles, passages or
measures. Readers are iterators: an error comes when its line is reached.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from kqa.errors import InputError
from kqa.evaluate.lines import filled_lines, replacing
from kqa.evaluate.results import Qrel, RunLine
from kqa.records import Span

QRELS_HEADER = ("query-id", "corpus-id", "score")
"""First line of judgements in BEIR's form."""

_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_SPAN = re.compile(r"(.+):(0|[1-9][0-9]{0,17})-([1-9][0-9]{0,17})\Z", re.DOTALL)
_NUM = re.compile(r"<num>\s*(?:Number:)?\s*(?!Number:)([^\s<]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title>\s*(?:Topic:)?(.*?)(?=</?[a-z]+>)", re.IGNORECASE | re.DOTALL)
"""To the next tag: old topics close nothing but the topic. A lone "<" is no tag."""

_ESCAPES = {
    character: "".join(f"%{byte:02X}" for byte in character.encode())
    for character in map(chr, range(0xD800))
    if character == "%" or character.isspace() or unicodedata.category(character) == "Cc"
} | {"\ufeff": "%EF%BB%BF"}
_UNESCAPES = {escape: character for character, escape in _ESCAPES.items()}
_TO_ESCAPE = str.maketrans(_ESCAPES)
_ESCAPED = re.compile("|".join(_UNESCAPES))

_RUN_FORM = "Write: query Q0 document rank score tag."
_QRELS_FORM = "Write: query 0 document relevance; or BEIR's " + "⇥".join(QRELS_HEADER) + "."
_TOPICS_FORM = "Write id⇥question a line, or <top> <num>id <title>question </top>."


def read_run(path: Path) -> Iterator[RunLine]:
    """The lines of a TREC run, in the file's order. Scores decide, not ranks.

    Raises:
        InputError: for a line of other than six columns, a rank that is no whole number,
            a score that is no finite number, or a document twice for one query.
        Unreachable: if the file cannot be read.
    """
    seen: dict[str, set[str]] = {}
    for number, line in filled_lines(path, _RUN_FORM):
        where = f"{path}, line {number}"
        columns = _BLANKS.split(line.strip(" \t\r\f\v"))
        if len(columns) != 6:
            raise InputError(where, f"it has {len(columns)} columns, not 6", _RUN_FORM)
        query, _, document, rank, score, tag = map(_unescaped, columns)
        if not _WHOLE.match(rank) or int(rank) < 0:
            raise InputError(where, f"rank {_shown(rank)} is no whole number from 0", _RUN_FORM)
        if not _NUMBER.match(score) or not math.isfinite(float(score)):
            raise InputError(where, f"score {_shown(score)} is no finite number", _RUN_FORM)
        _refuse_twice(seen, query, document, where)
        yield RunLine(query, document, int(rank), float(score), tag)


def write_run(lines: Iterable[RunLine], path: Path) -> None:
    """Writes a TREC run, whole or not at all.

    Raises:
        InputError: for an empty id or tag, a negative rank, a score that is no finite
            number, or a document twice for one query.
        Unreachable: if the file cannot be written.
    """
    seen: dict[str, set[str]] = {}
    with replacing(path) as file:
        for number, line in enumerate(lines, start=1):
            where = f"{path}, line {number}"
            if line.rank < 0 or not math.isfinite(line.score):
                reason = f"rank {line.rank} with score {line.score} cannot be read again"
                raise InputError(where, reason, "Give a rank from 0 and a finite score.")
            _refuse_twice(seen, line.query, line.document, where)
            query, document, tag = (
                _escaped(text, where) for text in (line.query, line.document, line.tag)
            )
            file.write(f"{query} Q0 {document} {int(line.rank)} {float(line.score)!r} {tag}\n")


def read_qrels(path: Path) -> Iterator[Qrel]:
    """The judgements of a file in TREC's four columns or BEIR's three.

    BEIR's are told by their tabs; their header may be missing, and their ids are taken
    as they stand.

    Raises:
        InputError: for a line of other columns, a relevance that is no whole number, or
            a document judged twice for one query.
        Unreachable: if the file cannot be read.
    """
    seen: dict[str, set[str]] = {}
    beir: bool | None = None
    for number, line in filled_lines(path, _QRELS_FORM):
        where = f"{path}, line {number}"
        if beir is None:
            beir = _is_beir(line)
            if beir and _is_header(line, where):
                continue
        query, document, relevance = _judgement(line, where, beir)
        if not _WHOLE.match(relevance):
            reason = f"relevance {_shown(relevance)} is no whole number"
            raise InputError(where, reason, "Write 0, 1 or 2, and the header once at the top.")
        _refuse_twice(seen, query, document, where)
        yield Qrel(query, document, int(relevance))
    if not seen:
        raise InputError(str(path), "it holds no judgement", _QRELS_FORM)


def _is_beir(line: str) -> bool:
    """Whether the first line has three columns between tabs, and not TREC's four."""
    columns = line.split("\t")
    return len(columns) == 3 and (
        len(_BLANKS.split(line.strip())) == 3 or not _WHOLE.match(columns[2].strip())
    )


def _is_header(line: str, where: str) -> bool:
    names = tuple(name.strip().lower().replace("_", "-") for name in line.split("\t"))
    if _WHOLE.match(names[2]):
        return False
    if names != QRELS_HEADER:
        raise InputError(where, f"{_shown(line)} is neither a header nor a judgement", _QRELS_FORM)
    return True


def _judgement(line: str, where: str, beir: bool) -> tuple[str, str, str]:
    if beir:
        columns = [column.strip() for column in line.split("\t")]
        wanted = 3
    else:
        columns = [_unescaped(column) for column in _BLANKS.split(line.strip(" \t\r\f\v"))]
        wanted = 4
    if len(columns) != wanted:
        raise InputError(where, f"it has {len(columns)} columns, not {wanted}", _QRELS_FORM)
    if not all(columns):
        raise InputError(where, "a column is empty", _QRELS_FORM)
    return columns[0], columns[-2], columns[-1]


def write_qrels(qrels: Iterable[Qrel], path: Path) -> None:
    """Writes judgements in TREC's four columns, whole or not at all.

    Raises:
        InputError: for an empty id, or a document judged twice for one query.
        Unreachable: if the file cannot be written.
    """
    seen: dict[str, set[str]] = {}
    with replacing(path) as file:
        for number, qrel in enumerate(qrels, start=1):
            where = f"{path}, line {number}"
            _refuse_twice(seen, qrel.query, qrel.document, where)
            query, document = _escaped(qrel.query, where), _escaped(qrel.document, where)
            file.write(f"{query} 0 {document} {int(qrel.relevance)}\n")


def read_topics(path: Path) -> dict[str, str]:
    """Questions by id, in the file's order: TREC topics (their titles) or id, tab, question.

    Raises:
        InputError: for a topic without id or question, or an id that comes twice.
        Unreachable: if the file cannot be read.
    """
    topics: dict[str, str] = {}
    for where, identity, question in _topics(path):
        if not identity or not any(character.isalnum() for character in question):
            raise InputError(where, "it has no id, or a question without a letter", _TOPICS_FORM)
        if identity in topics:
            raise InputError(where, f"id {_shown(identity)} comes twice", "Give each its own id.")
        topics[identity] = question
    return topics


def _topics(path: Path) -> Iterator[tuple[str, str, str]]:
    block: list[str] | None = None
    tagged: bool | None = None
    where = str(path)
    for number, line in filled_lines(path, _TOPICS_FORM):
        if tagged is None:
            tagged = line.lstrip().startswith("<")
        if not tagged:
            where = f"{path}, line {number}"
            identity, tab, question = line.partition("\t")
            if not tab or "\t" in question.strip():
                raise InputError(where, "it is not id, tab, question", _TOPICS_FORM)
            yield where, identity.strip(), question.strip()
            continue
        lowered = line.lower()
        if "<top>" in lowered:
            if block is not None:
                raise InputError(where, "its topic is not closed by </top>", _TOPICS_FORM)
            where, block = f"{path}, line {number}", []
        if block is not None:
            block.append(line)
            if "</top>" in lowered:
                yield (where, *_titled("\n".join(block), where))
                block = None
        elif not lowered.lstrip().startswith("<"):
            raise InputError(f"{path}, line {number}", "it stands outside a topic", _TOPICS_FORM)
    if block is not None or (tagged and where == str(path)):
        raise InputError(where, "there is no topic, or its </top> is missing", _TOPICS_FORM)


def _titled(block: str, where: str) -> tuple[str, str]:
    identities, titles = _NUM.findall(block), _TITLE.findall(block)
    if len(identities) != 1 or len(titles) != 1:
        raise InputError(where, "it has not one <num> and one <title>", _TOPICS_FORM)
    return identities[0], " ".join(titles[0].split())


def span_document(article: str, start: int, end: int) -> str:
    """The document id of a span: ``article:start-end``."""
    span = Span(start, end)
    return f"{article}:{span.start}-{span.end}"


def parse_span_document(text: str) -> tuple[str, Span] | None:
    """The article and span of ``article:start-end``; None for any other text."""
    found = _SPAN.match(text)
    if found is None or int(found[2]) >= int(found[3]):
        return None
    return found[1], Span(int(found[2]), int(found[3]))


def _escaped(text: str, where: str) -> str:
    if not text:
        raise InputError(where, "an id or tag is empty", "Give it one.")
    return text.translate(_TO_ESCAPE)


def _unescaped(text: str) -> str:
    if "%" not in text:
        return text
    return _ESCAPED.sub(lambda found: _UNESCAPES[found[0]], text)


def _refuse_twice(seen: dict[str, set[str]], query: str, document: str, where: str) -> None:
    documents = seen.setdefault(query, set())
    if document in documents:
        reason = f"document {_shown(document)} comes twice for query {_shown(query)}"
        raise InputError(where, reason, "Keep one of the lines.")
    documents.add(document)


def _shown(text: str) -> str:
    """The text in quotes, cut where it is long, control characters escaped."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
