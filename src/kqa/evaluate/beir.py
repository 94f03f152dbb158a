"""Public retrieval sets in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/<split>.tsv.

Owns the layout and what may be wrong with it. Each document is one passage. Knows
nothing of indexes or measures.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kqa.errors import InputError, Unreachable
from kqa.evaluate.lines import filled_lines
from kqa.evaluate.results import Qrel
from kqa.evaluate.testset import json_object, name
from kqa.evaluate.trec import read_qrels

NAMED = 3
"""So many of the missing or empty ones are named in a warning."""

_SPLIT = re.compile(r"[\w-]+\Z")
_DOCUMENT_FORM = 'Write {"_id", "title", "text"} a line.'
_QUERY_FORM = 'Write {"_id", "text"} a line.'


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """A document of a public set; it is searched as one passage."""

    id: str
    title: str
    text: str

    @property
    def passage_text(self) -> str:
        """What is indexed: the title above the text."""
        return f"{self.title}\n{self.text}".strip()


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A public set: documents and queries in their files' order, judgements of the split.

    Every query has a judgement and every judgement's query is there. A judged document
    may be missing, as in some published sets: it counts as not found. ``warnings``
    say how many of what are missing, and name the first few.
    """

    name: str
    split: str
    documents: tuple[BeirDocument, ...]
    queries: dict[str, str]
    qrels: tuple[Qrel, ...]
    warnings: tuple[str, ...]


def read_beir(folder: Path, split: str = "test") -> BeirSet:
    """The set in ``folder`` with the judgements of ``qrels/<split>.tsv``.

    Queries without a judgement, judgements of a missing query and documents without
    text are left out. Where documents share an id, as some of MedQuAD do, the last one
    bears it, as for BEIR's own reader. All but the first is counted in the warnings.

    Raises:
        InputError: naming file and line, if one is not in BEIR's form, a query's id comes
            twice, or no judged query is left.
        Unreachable: if a file is missing or cannot be read.
    """
    judged = tuple(read_qrels(_qrels_file(folder, split)))
    queries = _judged_queries(folder / "queries.jsonl", {qrel.query for qrel in judged})
    qrels = tuple(qrel for qrel in judged if qrel.query in queries)
    if not qrels:
        reason = f"no query of queries.jsonl is judged in qrels/{split}.tsv"
        raise InputError(str(folder), reason, "Check that the files are of one set.")
    documents: dict[str, BeirDocument] = {}
    twice: list[str] = []
    empty: list[str] = []
    for document in read_documents(folder / "corpus.jsonl"):
        if not document.passage_text:
            empty.append(document.id)
            continue
        if document.id in documents:
            twice.append(document.id)
        documents[document.id] = document
    if not documents:
        raise InputError(str(folder / "corpus.jsonl"), "no document has text", _DOCUMENT_FORM)
    warnings = (
        _counted("judged queries are not in queries.jsonl", _missing(judged, queries)),
        _counted("judged documents are not in corpus.jsonl", _unknown(qrels, documents)),
        _counted("documents gave way to a later one of the same id", twice),
        _counted("documents have no text and are left out", empty),
    )
    return BeirSet(
        name=folder.resolve().name,
        split=split,
        documents=tuple(documents.values()),
        queries=queries,
        qrels=qrels,
        warnings=tuple(filter(None, warnings)),
    )


def splits_of(folder: Path) -> tuple[str, ...]:
    """The splits of a set that have judgements, ``test`` first."""
    found = sorted(file.stem for file in folder.glob("qrels/*.tsv"))
    return tuple(sorted(found, key=lambda split: split != "test"))


def read_documents(path: Path) -> Iterator[BeirDocument]:
    """The documents of ``corpus.jsonl`` one by one, as they stand there.

    Raises:
        InputError: naming the line, if it is no document.
        Unreachable: if the file cannot be read.
    """
    for identity, found, where in _records(path, _DOCUMENT_FORM):
        title, text = found.get("title"), found.get("text")
        if not isinstance(text, str) or not isinstance(title, str | None):
            raise InputError(where, "its text or title is no text", _DOCUMENT_FORM)
        yield BeirDocument(identity, title or "", text)


def _judged_queries(path: Path, judged: set[str]) -> dict[str, str]:
    queries: dict[str, str] = {}
    seen: set[str] = set()
    for identity, found, where in _records(path, _QUERY_FORM):
        if identity in seen:
            raise InputError(where, f"_id {identity!r} comes twice", "Keep one of the lines.")
        seen.add(identity)
        text = found.get("text")
        if not isinstance(text, str) or not any(character.isalnum() for character in text):
            raise InputError(where, "its text holds no letter or digit", _QUERY_FORM)
        if identity in judged:
            queries[identity] = text
    return queries


def _records(path: Path, form: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Id, contents and place of every line."""
    for number, line in filled_lines(path, form):
        where = f"{path}, line {number}"
        found = json_object(line, where, form)
        if "_id" not in found:
            raise InputError(where, "it has no _id", form)
        yield name(found["_id"], "_id", where), found, where


def _qrels_file(folder: Path, split: str) -> Path:
    if not _SPLIT.match(split):
        raise InputError(f"split {split!r}", "it is no name of a file", "Use test, dev or train.")
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        others = ", ".join(splits_of(folder))
        remedy = f"Choose a split of: {others}." if others else "Name a folder in BEIR's layout."
        raise Unreachable(str(path), "there is no such file", remedy)
    return path


def _missing(qrels: Iterable[Qrel], queries: Container[str]) -> list[str]:
    return list(dict.fromkeys(qrel.query for qrel in qrels if qrel.query not in queries))


def _unknown(qrels: Iterable[Qrel], documents: Container[str]) -> list[str]:
    return list(dict.fromkeys(qrel.document for qrel in qrels if qrel.document not in documents))


def _counted(what: str, ids: list[str]) -> str | None:
    if not ids:
        return None
    named = list(dict.fromkeys(ids))
    more = ", …" if len(named) > NAMED else ""
    return f"{len(ids):,} {what}: {', '.join(named[:NAMED])}{more}"
