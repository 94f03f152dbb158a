"""Crisis first: is somebody in danger, and does a question ask for a personal decision?

Owns the reading of ``crisis.toml`` and the undoing of disguises and misspellings.
Knows nothing of encoders, indexes, settings or the network, so that it works when
they do not. The phrases themselves are data: a clinician edits them, not this file.

A question becomes plain lower-case words, one space after each, sentences parted by
``.``. Phrases are compiled to patterns over such words: there are no open-ended
repetitions, so that no input can make the matching slow. Several *readings* of one
question are judged (leet undone or not, stretched letters cut to two or to one), and
the gravest judgement counts. The order within one reading:

1. ``harmless`` phrases are blanked out: "this traffic is killing me".
2. ``urgent`` phrases mean PRESENT, though told in the past: "was suicidal last night".
3. ``past`` phrases are blanked out and leave TOPIC: "I used to be suicidal".
4. any ``danger`` phrase in what is left means PRESENT, any ``topic`` phrase TOPIC.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from kqa.errors import OwnFault

RULES_FILE = Path(__file__).with_name("crisis.toml")
"""The phrases by language and category; its head explains how they are written."""

GAP_WORDS = 4
"""How many words ``~`` may skip, within one sentence."""

_NESTING = 6
_BLANK = "_ "


class Danger(StrEnum):
    """What a question says about danger to somebody's life."""

    NONE = "none"
    TOPIC = "topic"
    PRESENT = "present"


def assess(question: str) -> Danger:
    """Whether somebody is in danger, or the question is about such danger as a topic.

    Never raises: a fault inside, a missing or damaged ``crisis.toml`` included,
    gives PRESENT, so that the crisis card is shown.
    """
    try:
        return _gravest(
            language.danger(reading)
            for language in _load(RULES_FILE)
            for reading in language.readings(question)
        )
    except Exception:
        return Danger.PRESENT


def asks_personal_advice(question: str) -> bool:
    """Whether the asker wants a decision, or speaks of their own or their family's care.

    An ordinary question in the first person ("how many sessions will I need") does
    not. Never raises: a fault inside gives True, the more careful of the two.
    """
    try:
        return any(
            language.advice(reading)
            for language in _load(RULES_FILE)
            for reading in language.readings(question)
        )
    except Exception:
        return True


def check_rules() -> None:
    """Whether the rules can be read and find their own examples.

    Raises:
        OwnFault: if not: until it is mended, every question gets the crisis card.
    """
    try:
        _load(RULES_FILE)
    except Exception as error:
        raise OwnFault(
            str(RULES_FILE),
            f"it cannot be used ({error}), so every question gets the crisis card",
            "Restore the file.",
        ) from error


def _gravest(judgements: Iterable[Danger]) -> Danger:
    found = set(judgements)
    return next((d for d in (Danger.PRESENT, Danger.TOPIC) if d in found), Danger.NONE)


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


# --- phrases, as patterns over plain words ------------------------------------------


@dataclass(frozen=True)
class _Language:
    """The compiled tables of one language."""

    spellings: Mapping[str, str]
    misspelt: re.Pattern[str]
    fuzzy: Mapping[str, str]
    harmless: re.Pattern[str]
    urgent: re.Pattern[str]
    past: re.Pattern[str]
    present: re.Pattern[str]
    topic: re.Pattern[str]
    not_advice: re.Pattern[str]
    personal: re.Pattern[str]

    def readings(self, question: str) -> set[str]:
        """The question in plain words, in every way that it may be meant."""
        letters = _letters(question)
        drafts = {letters, _undisguised(letters)}
        kept = {
            _STRETCHED.sub(as_often, draft) for draft in drafts for as_often in (r"\1", r"\1\1")
        }
        return {self._respelt(_words(text)) for text in kept}

    def danger(self, reading: str) -> Danger:
        """The judgement on one reading, in the order of the module's docstring."""
        text = self.harmless.sub(_BLANK, reading)
        if self.urgent.search(text):
            return Danger.PRESENT
        text, told_as_past = self.past.subn(_BLANK, text)
        if self.present.search(text):
            return Danger.PRESENT
        return Danger.TOPIC if told_as_past or self.topic.search(text) else Danger.NONE

    def advice(self, reading: str) -> bool:
        """Whether one reading asks for a personal decision."""
        return bool(self.personal.search(self.not_advice.sub(_BLANK, reading)))

    def _respelt(self, text: str) -> str:
        text = self.misspelt.sub(lambda found: self.spellings[found[0]], text)
        text = re.sub(r"[^ ]+", lambda word: self._nearest(word[0]), text)
        return text.replace("'s ", " ").replace("'", "")

    def _nearest(self, word: str) -> str:
        if word in self.fuzzy.values() or not 5 <= len(word) <= 16:
            return word
        return next((self.fuzzy[cut] for cut in _one_less(word) if cut in self.fuzzy), word)


def _one_less(word: str) -> Iterator[str]:
    """The word, then the word without each one of its letters.

    Two words that share one of these differ by a letter missing, added, wrong or
    swapped with its neighbour.
    """
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


class _Phrases:
    """Turns the phrases of one language into patterns, word lists filled in."""

    def __init__(self, words: Mapping[str, list[str]]) -> None:
        self.words = words

    def compile(self, phrases: Iterable[str]) -> re.Pattern[str]:
        """One pattern that finds any of the phrases; without phrases, it finds nothing."""
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


@lru_cache(maxsize=4)
def _load(path: Path) -> tuple[_Language, ...]:
    """Every language of the file, compiled and tried on its own examples.

    Raises:
        ValueError: if a table is empty or misses one of its own examples. A damaged
            file must show the card and never silently find less.
        OSError, KeyError, TypeError: if the file or a table is not there.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    if "en" not in tables:
        raise ValueError(f"{path} has no English phrases")
    return tuple(_language(name, table) for name, table in tables.items())


def _language(name: str, table: Mapping[str, Any]) -> _Language:
    phrases = _Phrases(table["words"])
    spellings = {
        f"{wrong} ": f"{right} " for right, wrongs in table["spellings"].items() for wrong in wrongs
    }
    longest_first = sorted(map(re.escape, spellings), key=len, reverse=True)
    danger: Mapping[str, Mapping[str, list[str]]] = table["danger"]
    language = _Language(
        spellings=spellings,
        misspelt=re.compile(rf"(?<= )(?:{'|'.join(longest_first)})"),
        fuzzy={cut: word for word in table["fuzzy"] for cut in _one_less(word)},
        harmless=phrases.compile(table["harmless"]["phrases"]),
        urgent=phrases.compile(table["urgent"]["phrases"]),
        past=phrases.compile(table["past"]["phrases"]),
        present=phrases.compile(p for category in danger.values() for p in category["phrases"]),
        topic=phrases.compile(table["topic"]["phrases"]),
        not_advice=phrases.compile(table["not_advice"]["phrases"]),
        personal=phrases.compile(table["personal_advice"]["phrases"]),
    )
    wanted = [(Danger.PRESENT, category) for category in (*danger.values(), table["urgent"])]
    wanted += [(Danger.TOPIC, table["past"]), (Danger.TOPIC, table["topic"])]
    for judgement, category in (*wanted, (Danger.NONE, table["harmless"])):
        for example in _examples(name, category):
            if _gravest(map(language.danger, language.readings(example))) is not judgement:
                raise ValueError(f"[{name}] does not find {judgement} in {example!r}")
    return language


def _examples(name: str, category: Mapping[str, list[str]]) -> list[str]:
    if not category["phrases"] or not category["examples"]:
        raise ValueError(f"[{name}] has a category without phrases or without examples")
    return category["examples"]
