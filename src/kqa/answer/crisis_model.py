"""The crisis model: a linear model over words and parts of words, beside the rules.

Owns the features of a reading and the reading of ``crisis_model.json``, which
``training/fit_crisis.py`` writes. Knows nothing of the rules, of encoders, indexes,
settings or the network, and needs the standard library alone.

A reading, in plain words, is judged in *pieces*: the whole, each of its sentences and,
where it is long, stretches of it, so that ordinary text around it does not hide a cry
for help. Each piece gets a probability of each judgement.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

MODEL_FILE = Path(__file__).with_name("crisis_model.json")
"""The fitted weights; ``training/fit_crisis.py`` writes them."""

FORMAT = 1

RUN = 3
"""So many words in a row, at most, make a feature."""

REACH = 4
"""Two words that stand so many words apart, at most, make a feature."""

PARTS = (3, 4, 5)
"""So many letters in a row within a word make a feature."""

STRETCH = 24
"""Of a text of more words than this, stretches of so many are judged, half overlapping."""

MOST_WORDS = 120
"""A text of more words than this is judged by its sentences and stretches alone."""

THRESHOLDS = ("card", "sure_none", "sure_topic", "part", "doubt")

_LONGEST_WORD = 24
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Judged:
    """Probabilities of one piece of text; they sum to 1. ``whole``: it is all of the text."""

    none: float
    topic: float
    present: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Model:
    """Fitted weights for "a topic" and "danger", each against "none", and its thresholds.

    Attributes:
        intercept: of topic and danger.
        classes: the class of words that mean alike here, by word.
        weights: of topic and danger, by feature.
        card: from this probability of topic or danger on, the card is shown.
        sure_none: from this probability on, "none" overrules a rule that is not explicit.
        sure_topic: the same for "a topic" and a rule that says danger.
        part: from this probability on, a part shows the card whatever the whole says.
        doubt: a part that reaches only ``card`` counts if the whole has so much.
    """

    intercept: tuple[float, float]
    classes: Mapping[str, str]
    weights: Mapping[str, tuple[float, float]]
    card: float
    sure_none: float
    sure_topic: float
    part: float
    doubt: float

    def judge(self, reading: str) -> list[Judged]:
        """Every piece of a reading, judged."""
        whole = words_of(reading)
        return [self._judged(piece, whole=piece == whole) for piece in pieces(reading)]

    def _judged(self, piece: list[str], *, whole: bool) -> Judged:
        found = features(piece, self.classes)
        scale = 1 / math.sqrt(max(1, len(found)))
        topic = present = 0.0
        for feature in sorted(found & self.weights.keys()):  # sorted: one order of summing
            weight = self.weights[feature]
            topic += weight[0]
            present += weight[1]
        topic = self.intercept[0] + scale * topic
        present = self.intercept[1] + scale * present
        top = max(0.0, topic, present)
        odds = [math.exp(score - top) for score in (0.0, topic, present)]
        none, a_topic, danger = (each / sum(odds) for each in odds)
        return Judged(none, a_topic, danger, whole)


def pieces(reading: str) -> Iterator[list[str]]:
    """The words of the whole, of each sentence and of each stretch, without repetition."""
    words = words_of(reading)
    inner = [word for word in words if word != "."]
    sentences = [part.split() for part in reading.split(" . ") if part.strip(" .")]
    if len(inner) <= MOST_WORDS:
        yield words
    if len(sentences) > 1:
        for sentence in sentences:
            yield words_of(" . " + " ".join(sentence) + " . ")
    if len(inner) > STRETCH:
        for at in range(0, len(inner) - STRETCH // 2, STRETCH // 2):
            yield inner[at : at + STRETCH]


def words_of(reading: str) -> list[str]:
    """The words of a reading, numbers as ``#`` a digit, sentence ends as ``.``."""
    return [_DIGITS.sub(_hashes, word)[:_LONGEST_WORD] for word in reading.split()]


def features(words: list[str], classes: Mapping[str, str]) -> set[str]:
    """Runs of words and pairs of words near each other, also by their class; parts of words."""
    found = set(_runs(words)) | set(_pairs(words))
    by_class = [classes.get(word, word) for word in words]
    if by_class != words:
        found.update(_runs(by_class))
        found.update(_pairs(by_class))
    for word in set(words):
        marked = f"<{word}>"
        for size in PARTS:
            found.update(f"_{marked[at : at + size]}" for at in range(len(marked) - size + 1))
    return found


def class_of_words(classes: Mapping[str, str]) -> dict[str, str]:
    """By word, its class marked ``@``; ``classes`` lists the words of each class."""
    return {word: f"@{name}" for name, words in classes.items() for word in words.split()}


def _runs(words: list[str]) -> Iterator[str]:
    for size in range(1, RUN + 1):
        yield from (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))


def _pairs(words: list[str]) -> Iterator[str]:
    for at, one in enumerate(words):
        yield from (f"{one}~{other}" for other in words[at + 2 : at + 1 + REACH])


@lru_cache(maxsize=4)
def load(path: Path) -> Model:
    """The model in a file, read once.

    Raises:
        OSError, ValueError, KeyError, TypeError: if it is missing or damaged. A damaged
            file must show the card and never silently find less.
    """
    return parse(json.loads(path.read_text(encoding="utf-8")))


def parse(table: Mapping[str, Any]) -> Model:
    """The model in what a file held.

    Raises:
        ValueError, KeyError, TypeError: if a part is missing or cannot be.
    """
    if table["format"] != FORMAT:
        raise ValueError(f"format {table['format']}, not {FORMAT}")
    weights = {
        str(feature): (float(topic), float(present))
        for feature, (topic, present) in table["weights"].items()
    }
    if not weights or len(weights) != table["features"]:
        raise ValueError(f"{len(weights)} weights, not {table['features']}")
    topic, present = (float(number) for number in table["intercept"])
    numbers = [number for pair in weights.values() for number in pair]
    if not all(map(math.isfinite, (*numbers, topic, present))):
        raise ValueError("a weight that is no number")
    thresholds = [float(table["thresholds"][name]) for name in THRESHOLDS]
    if not all(0 < threshold < 1 for threshold in thresholds):
        raise ValueError("a threshold that cannot be")
    return Model((topic, present), class_of_words(table["classes"]), weights, *thresholds)


def _hashes(found: re.Match[str]) -> str:
    return "#" * min(4, len(found[0]))
