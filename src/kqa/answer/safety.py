"""Crisis first: is somebody in danger, or is such danger the topic of a question?

Owns the reading of ``crisis.toml`` and how its rules and the crisis model are weighed
against each other. Knows nothing of encoders, indexes, settings or the network, so that
it works when they do not. The phrases are data: a clinician edits them, not this file.

The rules judge each reading of a question (``phrases.py`` makes the readings), and the
gravest judgement counts. The order within one reading:

1. ``harmless`` phrases are blanked out: "this traffic is killing me".
2. ``urgent`` phrases mean PRESENT, though told in the past: "was suicidal last night".
3. ``past`` phrases are blanked out and leave TOPIC: "I used to be suicidal".
4. any ``danger`` phrase in what is left means PRESENT, any ``topic`` phrase TOPIC.

The model finds what no rule foresaw. Where it is sure of a lesser judgement it overrules
a rule, but for ``urgent`` and ``danger.explicit`` ones: those always count.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from kqa.answer import crisis_model
from kqa.answer.crisis_model import Judged, Model
from kqa.answer.phrases import BLANK, Phrases, Spelling, examples_of, spelling
from kqa.errors import OwnFault

RULES_FILE = Path(__file__).with_name("crisis.toml")
"""The phrases by language and category; its head explains how they are written."""

MODEL_LANGUAGE = "en"
"""The language that the crisis model was fitted on; it overrules no rules of another."""

EXPLICIT = "explicit"
"""The category of danger that the model never overrules."""


class Danger(StrEnum):
    """What a question says about danger to somebody's life."""

    NONE = "none"
    TOPIC = "topic"
    PRESENT = "present"


def assess(question: str) -> Danger:
    """Whether somebody is in danger, or the question is about such danger as a topic.

    Never raises: a fault inside, missing or damaged rules or weights included, gives
    PRESENT, so that the crisis card is shown.
    """
    try:
        return assess_by(question, crisis_model.load(crisis_model.MODEL_FILE))
    except Exception:
        return Danger.PRESENT


def check_rules() -> None:
    """Whether rules and model can be read, and the rules find their own examples.

    Raises:
        OwnFault: if not: until it is mended, every question gets the crisis card.
    """
    for file, load in ((RULES_FILE, _load), (crisis_model.MODEL_FILE, crisis_model.load)):
        try:
            load(file)
        except Exception as error:
            raise OwnFault(
                str(file),
                f"it cannot be used ({error}), so every question gets the crisis card",
                "Restore the file.",
            ) from error


def forget() -> None:
    """Reads rules, spellings and model anew at the next question, for files that changed."""
    for cached in (_load, crisis_model.load):
        cached.cache_clear()


def model_readings(question: str) -> tuple[str, ...]:
    """What the crisis model judges: plain words with the ``harmless`` phrases taken out.

    Raises:
        ValueError, OSError, KeyError, TypeError: if the rules are damaged or not there.
    """
    language = next(each for each in _load(RULES_FILE) if each.name == MODEL_LANGUAGE)
    readings = language.spelling.readings(question)
    return tuple(language.harmless.sub(BLANK, reading) for reading in readings)


def assess_by(question: str, model: Model) -> Danger:
    """What ``assess`` says with this model; for those who fit and measure it.

    Raises:
        ValueError, OSError, KeyError, TypeError: if the rules are damaged or not there.
    """
    judged = [piece for reading in model_readings(question) for piece in model.judge(reading)]
    by_rules = (
        _overruled(rule, model, judged) if language.name == MODEL_LANGUAGE else rule.danger
        for language in _load(RULES_FILE)
        for rule in map(language.judge, language.spelling.readings(question))
    )
    return _gravest([*by_rules, _by_model(model, judged)])


def _by_model(model: Model, judged: list[Judged]) -> Danger:
    """The gravest piece. A part that says little by itself ("all of them please") counts only
    where the whole is not far from danger, or the text is too long to be judged as a whole."""
    doubts = [1 - piece.none for piece in judged if piece.whole]
    in_doubt = max(doubts, default=1.0) >= model.doubt
    counted = [p for p in judged if p.whole or in_doubt or 1 - p.none >= model.part]
    gravest = min(counted, key=lambda piece: piece.none)
    if 1 - gravest.none < model.card:
        return Danger.NONE
    return Danger.PRESENT if gravest.present >= gravest.topic else Danger.TOPIC


def _overruled(rule: _Rule, model: Model, judged: list[Judged]) -> Danger:
    """What is left of a rule's judgement where the model is sure of a lesser one."""
    if rule.explicit:
        return rule.danger
    if min(piece.none for piece in judged) >= model.sure_none:
        return Danger.NONE
    told = max(piece.topic for piece in judged) >= model.sure_topic
    if rule.danger is Danger.PRESENT and told and all(p.present < 0.5 for p in judged):
        return Danger.TOPIC
    return rule.danger


def _gravest(judgements: Iterable[Danger]) -> Danger:
    found = set(judgements)
    return next((d for d in (Danger.PRESENT, Danger.TOPIC) if d in found), Danger.NONE)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the rules say of a reading; an explicit one is never overruled."""

    danger: Danger
    explicit: bool = False


@dataclass(frozen=True)
class _Language:
    """The compiled tables of one language."""

    name: str
    spelling: Spelling
    harmless: re.Pattern[str]
    urgent: re.Pattern[str]
    past: re.Pattern[str]
    explicit: re.Pattern[str]
    present: re.Pattern[str]
    topic: re.Pattern[str]

    def judge(self, reading: str) -> _Rule:
        """The judgement on one reading, in the order of the module's docstring."""
        text = self.harmless.sub(BLANK, reading)
        if self.urgent.search(text):
            return _Rule(Danger.PRESENT, explicit=True)
        text, told_as_past = self.past.subn(BLANK, text)
        if self.explicit.search(text):
            return _Rule(Danger.PRESENT, explicit=True)
        if self.present.search(text):
            return _Rule(Danger.PRESENT)
        found = told_as_past or self.topic.search(text)
        return _Rule(Danger.TOPIC if found else Danger.NONE)


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
    phrases = Phrases(table["words"])
    danger: Mapping[str, Mapping[str, list[str]]] = table["danger"]
    language = _Language(
        name=name,
        spelling=spelling(name),
        harmless=phrases.compile(table["harmless"]["phrases"]),
        urgent=phrases.compile(table["urgent"]["phrases"]),
        past=phrases.compile(table["past"]["phrases"]),
        explicit=phrases.compile(danger[EXPLICIT]["phrases"]),
        present=phrases.compile(p for category in danger.values() for p in category["phrases"]),
        topic=phrases.compile(table["topic"]["phrases"]),
    )
    wanted = [(Danger.PRESENT, category) for category in (*danger.values(), table["urgent"])]
    wanted += [(Danger.TOPIC, table["past"]), (Danger.TOPIC, table["topic"])]
    for judgement, category in (*wanted, (Danger.NONE, table["harmless"])):
        for example in examples_of(name, category):
            readings = language.spelling.readings(example)
            found = _gravest(language.judge(reading).danger for reading in readings)
            if found is not judgement:
                raise ValueError(f"[{name}] does not find {judgement} in {example!r}")
    return language
