"""Everyday words for the articles' own, from ``synonyms.toml`` beside them: searched, never shown.

Owns the one table of that file. Knows nothing of search.
"""

from __future__ import annotations

from pathlib import Path

from kqa.corpus.pins import read_tables
from kqa.errors import CorpusError

FILE = "synonyms.toml"
_HOW = 'Write "everyday words" = ["words of the articles"].'

Synonyms = tuple[tuple[str, tuple[str, ...]], ...]
"""What people say, and what is searched as well, in the file's order."""


def read_synonyms(folder: Path) -> Synonyms:
    """The synonyms of the corpus in ``folder``; none where there is no such file.

    Raises:
        CorpusError: if the file cannot be used; it names the entry.
        Unreachable: if the file cannot be read.
    """
    file = folder / FILE
    tables = read_tables(file)
    entries = tables.pop("synonyms", {})
    if tables or not isinstance(entries, dict):
        raise CorpusError(str(file), "it holds more than one table [synonyms]", "Remove the rest.")
    return tuple((said, _meant(meant, f"{file}, {said!r}")) for said, meant in entries.items())


def _meant(meant: object, where: str) -> tuple[str, ...]:
    if not isinstance(meant, list) or not meant:
        raise CorpusError(where, "it has no list of words", _HOW)
    if not all(isinstance(words, str) and words.strip() for words in meant):
        raise CorpusError(where, "a part of its list is no text", _HOW)
    return tuple(meant)
