"""What a question is searched with: its words corrected, and the articles' words for them.

Owns the order: spelling first, then synonyms. Knows nothing of scores or answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kqa.corpus.synonyms import Synonyms
from kqa.index.store import StoredIndex
from kqa.index.terms import terms, words
from kqa.search.spelling import Speller


@dataclass(frozen=True, slots=True)
class Query:
    """One question as it is searched.

    ``corrected`` has its misspelt words replaced; ``expanded`` has the articles' words for
    everyday ones added. ``terms`` are those of ``corrected``, ``expanded_terms`` of ``expanded``.
    """

    corrected: str
    expanded: str
    terms: tuple[str, ...]
    expanded_terms: tuple[str, ...]


class QueryReader:
    """Reads questions for one index. Immutable, so threads may share it."""

    def __init__(self, stored: StoredIndex) -> None:
        self._speller = Speller(_vocabulary(stored))
        self._synonyms = _by_words(stored.synonyms)
        self._longest = max(map(len, self._synonyms), default=0)

    def read(self, question: str) -> Query:
        """The query of ``question``."""
        corrected = self._speller.correct(question)
        added = dict.fromkeys(self._meant(words(corrected)))
        expanded = " ".join((corrected, *added)) if added else corrected
        return Query(corrected, expanded, tuple(terms(corrected)), tuple(terms(expanded)))

    def _meant(self, said: list[str]) -> Iterator[str]:
        """The articles' words for every run of words that has some."""
        for start in range(len(said)):
            for length in range(1, min(self._longest, len(said) - start) + 1):
                yield from self._synonyms.get(tuple(said[start : start + length]), ())


def _by_words(synonyms: Synonyms) -> dict[tuple[str, ...], tuple[str, ...]]:
    """By the words that people say; two spellings of one key meet."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for said, meant in synonyms:
        key = tuple(words(said))
        found[key] = (*found.get(key, ()), *meant)
    return found


def _vocabulary(stored: StoredIndex) -> Iterator[str]:
    """The articles and their synonyms; ways of asking are left out, for many are misspelt."""
    yield from (passage.searched_text for passage in stored.passages)
    yield from (lead_in.text for lead_in in stored.lead_ins)
    for said, meant in stored.synonyms:
        yield from (said, *meant)
