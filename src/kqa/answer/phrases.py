"""Plain words and phrases: undoes disguises and misspellings, and compiles phrases.

Owns the reading of a question as plain words, with ``spellings.toml``, and the small
language in which ``crisis.toml`` and ``advice.toml`` are written. Knows nothing of what
the phrases mean, nor of encoders, indexes, settings or the network.

A question becomes plain lower-case words, one space after each, sentences parted by
``.``. Phrases are compiled to patterns over such words: there are no open-ended
repetitions, so that no input can make the matching slow. One question has several
*readings*: leet undone or not, stretched letters cut to two or to one.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

SPELLINGS_FILE = Path(__file__).with_name("spellings.toml")
"""By language: how words are misspelt and shortened."""

GAP_WORDS = 4
"""How many words ``~`` may skip, within one sentence."""

BLANK = "_ "
"""Stands for words that were taken out."""

_NESTING = 6


# --- the question, as plain words ---------------------------------------------------

_DROPPED = frozenset({"Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me"})
_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters to Unicode, nothing to the eye
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´′＇"), "'")
_LOOKALIKES = str.maketrans("авеіıкмнорсѕтухԁһαειοκνρτυ", "abeiikmhopcstyxdhaeiokvptu")
_LEET = str.maketrans("013457@$!*|", "oieastasiii")

_LATIN_WORD = re.compile(r"\w*[a-z]\w*")
_LEET_INSIDE = re.compile(r"(?<=[a-z])[013457@$!*|]+(?=[a-z])")
_SPACED_OUT = re.compile(r"(?<![a-z'])[a-z]([ .\-_*])[a-z](?:\1[a-z])+(?![a-z'])")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|(?<!\.)\.(?![\w.])|[!?]")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one language's words are misspelt."""

    right: Mapping[str, str]
    misspelt: re.Pattern[str]
    fuzzy: Mapping[str, str]

    def readings(self, question: str) -> tuple[str, ...]:
        """The question in plain words, in every way that it may be meant, sorted."""
        return tuple(sorted({self._respelt(words) for words in plain_words(question)}))

    def _respelt(self, text: str) -> str:
        text = self.misspelt.sub(lambda found: self.right[found[0]], text)
        text = re.sub(r"[^ ]+", lambda word: self._nearest(word[0]), text)
        return text.replace("'s ", " ").replace("'", "")

    def _nearest(self, word: str) -> str:
        if word in self.fuzzy.values() or not 5 <= len(word) <= 16:
            return word
        return next((self.fuzzy[cut] for cut in _one_less(word) if cut in self.fuzzy), word)


def spelling(language: str) -> Spelling:
    """The spellings of a language; a language without a table has none.

    Raises:
        OSError, ValueError, KeyError, TypeError: if the file is missing or damaged.
    """
    return _spellings(SPELLINGS_FILE).get(language, _spelling({"spellings": {}, "fuzzy": []}))


def plain_words(question: str) -> set[str]:
    """The question's drafts: disguises undone or not, misspellings as they are."""
    letters = _letters(question)
    drafts = {letters, _undisguised(letters)}
    return {
        _words(_STRETCHED.sub(as_often, draft)) for draft in drafts for as_often in (r"\1", r"\1\1")
    }


def _letters(text: str) -> str:
    """Lower case without accents, invisible characters or letters that only look Latin."""
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    text = re.sub(rf"[\s\u0085{_FILLERS}]", lambda m: "" if m[0] in _FILLERS else " ", text)
    text = unicodedata.normalize("NFKD", text)  # accents become marks, which are dropped
    text = "".join(c for c in text if unicodedata.category(c) not in _DROPPED)
    return _LATIN_WORD.sub(lambda word: word[0].translate(_LOOKALIKES), text)


def _undisguised(text: str) -> str:
    """``k1ll`` and ``d.i.e`` as they are meant."""
    text = _SPACED_OUT.sub(lambda run: run[0].replace(run[1], ""), text)
    return _LEET_INSIDE.sub(lambda run: run[0].translate(_LEET), text)


def _words(text: str) -> str:
    """Words and sentence ends, a space after each; commas and symbols are gone."""
    marked = ("." if word in {".", "!", "?"} else word for word in _TOKEN.findall(text))
    return " . " + "".join(f"{word} " for word in marked) + ". "


def _one_less(word: str) -> Iterator[str]:
    """The word, then the word without each one of its letters.

    Two words that share one of these differ by a letter missing, added, wrong or
    swapped with its neighbour.
    """
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


@lru_cache(maxsize=4)
def _spellings(path: Path) -> Mapping[str, Spelling]:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    if "en" not in tables:
        raise ValueError(f"{path} has no English spellings")
    return {name: _spelling(table) for name, table in tables.items()}


def _spelling(table: Mapping[str, Any]) -> Spelling:
    right = {
        f"{wrong} ": f"{right} " for right, wrongs in table["spellings"].items() for wrong in wrongs
    }
    longest_first = sorted(map(re.escape, right), key=len, reverse=True)
    return Spelling(
        right=right,
        misspelt=re.compile(rf"(?<= )(?:{'|'.join(longest_first)})" if right else r"(?!)"),
        fuzzy={cut: word for word in table["fuzzy"] for cut in _one_less(word)},
    )


# --- phrases, as patterns over plain words ------------------------------------------


class Phrases:
    """Turns the phrases of one language into patterns, word lists filled in."""

    def __init__(self, words: Mapping[str, list[str]]) -> None:
        self.words = words

    def compile(self, phrases: Iterable[str]) -> re.Pattern[str]:
        """One pattern that finds any of the phrases; without phrases, it finds nothing.

        Raises:
            ValueError: if a phrase is empty or is none.
            KeyError: if it names a word list that is not there.
        """
        any_of = "|".join(self._phrase(phrase, 0) for phrase in phrases)
        return re.compile(rf"(?<= )(?:{any_of})" if any_of else r"(?!)")

    def _phrase(self, phrase: str, depth: int) -> str:
        if depth > _NESTING or not phrase.strip():
            raise ValueError(f"an empty phrase, or word lists that name each other: {phrase!r}")
        parts = re.findall(r"\[[^\]]*\]|\S+", phrase)
        return "".join(self._part(part, depth) for part in parts)

    def _part(self, part: str, depth: int) -> str:
        if part.startswith("["):
            return f"(?:{self._phrase(part[1:-1], depth + 1)})?"
        if part.startswith("~"):
            return rf"(?:[^. ]+ ){{0,{int(part[1:] or GAP_WORDS)}}}?"
        return f"(?:{'|'.join(self._word(word, depth) for word in part.split('/'))})"

    def _word(self, word: str, depth: int) -> str:
        if word.startswith("{"):
            return "|".join(self._phrase(each, depth + 1) for each in self.words[word[1:-1]])
        if set(word) == {"#"}:
            return rf"\d{{{max(2, len(word))},}} "
        if not re.fullmatch(r"[^\W_]+\*?|\.", word):
            raise ValueError(f"not a word: {word!r}")
        return re.escape(word[:-1]) + "[^. ]* " if word.endswith("*") else re.escape(word) + " "


def examples_of(language: str, category: Mapping[str, list[str]]) -> list[str]:
    """The examples that a category brings and must find.

    Raises:
        ValueError: if it has no phrases or no examples.
    """
    if not category["phrases"] or not category["examples"]:
        raise ValueError(f"[{language}] has a category without phrases or without examples")
    return category["examples"]
