"""Personal advice: does a question ask for a decision about somebody's care, or for a dose?

Owns the reading of ``advice.toml``. Knows nothing of danger, encoders, indexes,
settings or the network. The phrases themselves are data; ``phrases.py`` compiles them.

A question is personal if one phrase says so, or if one sentence of it names both the
asker (or a relative) and an illness or a medicine. Ordinary phrases are blanked out first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kqa.answer.phrases import BLANK, Phrases, Spelling, examples_of, spelling
from kqa.errors import OwnFault

RULES_FILE = Path(__file__).with_name("advice.toml")
"""The phrases by language; the head of ``crisis.toml`` explains how they are written."""


_UNITS = re.compile(r"(?<=\d)(?=(?:mgs?|mcg|ug|g|grams?|kgs?|ml|cc|lbs?|kilos?|yo|yrs?|x)\b)", re.I)


@dataclass(frozen=True, slots=True)
class _Language:
    """The compiled tables of one language."""

    spelling: Spelling
    not_advice: re.Pattern[str]
    personal: re.Pattern[str]
    person: re.Pattern[str]
    care: re.Pattern[str]
    not_dose: re.Pattern[str]
    dose: re.Pattern[str]

    def readings(self, question: str) -> tuple[str, ...]:
        """The question in plain words, units parted from their numbers."""
        return self.spelling.readings(_UNITS.sub(" ", question))

    def asks(self, reading: str) -> bool:
        """Whether one reading asks for a personal decision, or speaks of somebody's care."""
        text = self.not_advice.sub(BLANK, reading)
        if self.personal.search(text):
            return True
        sentences = (f" .{sentence} " for sentence in text.split(" ."))
        return any(self.person.search(each) and self.care.search(each) for each in sentences)

    def asks_amount(self, reading: str) -> bool:
        """Whether one reading asks for the amount of a drug."""
        return bool(self.dose.search(self.not_dose.sub(BLANK, reading)))


def asks_personal_advice(question: str) -> bool:
    """Whether the asker wants a decision, or speaks of their own or their family's care.

    An ordinary question in the first person ("how many sessions will I need") does
    not. Never raises: a fault inside gives True, the more careful of the two.
    """
    return _any_reading(question, _Language.asks)


def asks_for_a_dose(question: str) -> bool:
    """Whether the question asks for an amount of a drug: only a sentence with a number answers.

    How a dose is given, decided or changed is no amount. Never raises: a fault inside
    gives True, the more careful of the two.
    """
    return _any_reading(question, _Language.asks_amount)


def check_rules() -> None:
    """Whether the phrases can be read.

    Raises:
        OwnFault: if not: until they are mended, every question counts as personal.
    """
    try:
        _load(RULES_FILE)
    except Exception as error:
        raise OwnFault(
            str(RULES_FILE),
            f"it cannot be used ({error}), so every question counts as personal",
            "Restore the file.",
        ) from error


def _any_reading(question: str, judged: Callable[[_Language, str], bool]) -> bool:
    try:
        return any(
            judged(language, reading)
            for language in _load(RULES_FILE)
            for reading in language.readings(question)
        )
    except Exception:
        return True


@lru_cache(maxsize=4)
def _load(path: Path) -> tuple[_Language, ...]:
    """Every language of the file, compiled and tried on its own examples.

    Raises:
        ValueError, OSError, KeyError, TypeError: if the file or a table is damaged or
            not there.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    if "en" not in tables:
        raise ValueError(f"{path} has no English phrases")
    return tuple(_language(name, table) for name, table in tables.items())


def _language(name: str, table: Mapping[str, Any]) -> _Language:
    phrases = Phrases(table["words"])
    compiled = {kind: phrases.compile(table[kind]["phrases"]) for kind in _KINDS}
    language = _Language(
        spelling=spelling(name),
        not_advice=compiled["not_advice"],
        personal=compiled["personal_advice"],
        person=compiled["person"],
        care=compiled["care"],
        not_dose=compiled["not_dose"],
        dose=compiled["dose"],
    )
    for kind, (judged, expected) in _KINDS.items():
        for example in examples_of(name, table[kind]):
            found = any(judged(language, r) for r in language.readings(example))
            if found is not expected:
                raise ValueError(f"[{name}.{kind}] does not judge {example!r} as it must")
    return language


_KINDS: Mapping[str, tuple[Callable[[_Language, str], bool], bool]] = {
    "not_advice": (_Language.asks, False),
    "personal_advice": (_Language.asks, True),
    "person": (_Language.asks, True),
    "care": (_Language.asks, True),
    "not_dose": (_Language.asks_amount, False),
    "dose": (_Language.asks_amount, True),
}
"""Every table of phrases, and what must be found in its examples."""
