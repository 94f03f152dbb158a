"""Misspelt words of a question, corrected towards the words of the articles.

Owns which words count as right and which correction is taken. SymSpell
(``symspellpy``) finds the words within one or two edits; its English frequency list says
which words are right although the articles do not use them. Knows nothing of scores.
"""

from __future__ import annotations

import importlib.resources
import re
from collections import Counter
from collections.abc import Iterable

from symspellpy import SymSpell, Verbosity

from kqa.index.terms import words

COMMON = 3_000
"""So many of the commonest English words may be the correction beside the articles' own."""

RARE = 400_000
"""An English word seen less often than this (of 10^12 words) may be a misspelling."""

ONE_EDIT = 5
"""Longest word in letters that may have one edit only; longer ones may have two."""

_SHORTEST = 3
_ARTICLE_WEIGHT = 1_000
_WORD = re.compile(r"[^\W\d_]++(?!['’][tT]\b)")
"""A word in letters; the "doesn" of "doesn't" is none."""

_VOWELS = str.maketrans("", "", "aeiou")


class Speller:
    """Corrects towards one vocabulary. Immutable once made, so threads may share it.

    Args:
        texts: what the vocabulary is taken from: the articles and what is searched with them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._english = _frequencies()
        self._known = Counter(word for text in texts for word in words(text))
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        common = sorted(self._english, key=lambda word: (-self._english[word], word))[:COMMON]
        for word in common:
            self._symspell.create_dictionary_entry(word, self._english[word] // 1_000_000 + 1)
        for word, count in sorted(self._known.items()):
            self._symspell.create_dictionary_entry(word, _ARTICLE_WEIGHT * count)

    def correct(self, question: str) -> str:
        """The question with each misspelt word replaced; right words keep their form."""
        return _WORD.sub(lambda found: self._word(found[0]), question)

    def _word(self, written: str) -> str:
        word = written.lower()
        if len(word) < _SHORTEST or word in self._known or self._english.get(word, 0) >= RARE:
            return written
        edits = 1 if len(word) <= ONE_EDIT else 2
        found = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits)
        # Few misspell the first letter, and other drugs' names differ there: esketamine.
        fits = [suggestion for suggestion in found if suggestion.term[0] == word[0]]
        if not fits:
            return written
        # Who types in haste drops vowels: "whn" is "when" and not "who".
        bare = word.translate(_VOWELS)
        best = min(fits, key=lambda s: (s.term.translate(_VOWELS) != bare, -s.count, s.term))
        return str(best.term)


def _frequencies() -> dict[str, int]:
    """SymSpell's English words, each with its count in a corpus of 10^12 words."""
    file = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    pairs = (line.split() for line in file.read_text("utf-8-sig").splitlines())
    return {word: int(count) for word, count in pairs}
