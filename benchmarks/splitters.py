"""Compares sentence splitters on the articles and on hard lines; prints a Markdown table.

    python benchmarks/splitters.py

Needs the ``bench`` extra. A boundary is the end of a sentence inside its unit; the
end of the unit itself is given and not counted. Gold: ``data/sentences.jsonl`` for
the five articles, ``data/hard_sentences.jsonl`` for the hard lines, both by hand.
"""

from __future__ import annotations

import importlib.metadata
import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nupunkt
import pysbd
import sentencex
from syntok import segmenter as syntok

from kqa.corpus.blocks import BlockKind, plain_blocks
from kqa.corpus.read import read_corpus

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
RUNS = 5

_PYSBD = pysbd.Segmenter(language="en", clean=False, char_span=True)

Splitter = Callable[[str], Iterable[tuple[int, int]]]
"""The start and end of each sentence of a text."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A text given to a splitter, and the ends of its sentences inside it."""

    text: str
    gold: frozenset[int]


@dataclass(frozen=True, slots=True)
class Score:
    """Boundaries found, and texts with no boundary missing or too many."""

    precision: float
    recall: float
    f1: float
    right: int
    texts: int

    def __str__(self) -> str:
        numbers = f"{self.precision:.3f} / {self.recall:.3f} / {self.f1:.3f}"
        return f"{numbers} | {self.right} of {self.texts}"


def by_nupunkt(text: str) -> Iterable[tuple[int, int]]:
    return [(start, end) for start, end in nupunkt.sent_spans(text)]


def by_pysbd(text: str) -> Iterable[tuple[int, int]]:
    return [(span.start, span.end) for span in _PYSBD.segment(text)]


def by_syntok(text: str) -> Iterable[tuple[int, int]]:
    return [
        (sentence[0].offset, sentence[-1].offset + len(sentence[-1].value))
        for paragraph in syntok.analyze(text)
        for sentence in paragraph
    ]


def by_sentencex(text: str) -> Iterable[tuple[int, int]]:
    found = sentencex.get_sentence_boundaries("en", text)
    return [(sentence["start_index"], sentence["end_index"]) for sentence in found]


SPLITTERS: dict[str, Splitter] = {
    "nupunkt": by_nupunkt,
    "pysbd": by_pysbd,
    "syntok": by_syntok,
    "sentencex": by_sentencex,
}


def article_units(*, whole_lines: bool) -> list[Unit]:
    """Paragraphs and items of the five articles, an item with its marker or without."""
    gold: dict[str, list[tuple[int, int]]] = {}
    for row in _rows(DATA / "sentences.jsonl"):
        gold.setdefault(row["article"], []).append((row["start"], row["end"]))
    units = []
    for article in read_corpus(ROOT / "corpus").articles:
        for block in plain_blocks(article.text):
            if block.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM):
                continue
            start = block.start
            if whole_lines:
                start = article.text.rfind("\n", 0, block.start) + 1
            ends = {end for s, end in gold[article.id] if block.start <= s < block.end}
            assert max(ends) == block.end, article.text[block.start : block.end]
            inner = frozenset(end - start for end in ends if end < block.end)
            units.append(Unit(article.text[start : block.end], inner))
    return units


def hard_units() -> list[Unit]:
    """The hard lines, each with its sentences in order."""
    units = []
    for row in _rows(DATA / "hard_sentences.jsonl"):
        ends: list[int] = []
        for sentence in row["sentences"]:
            ends.append(row["text"].index(sentence, ends[-1] if ends else 0) + len(sentence))
        assert ends[-1] == len(row["text"]), row["text"]
        units.append(Unit(row["text"], frozenset(ends[:-1])))
    return units


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]


def boundaries(splitter: Splitter, text: str) -> frozenset[int]:
    """The ends of the sentences found, without the blanks behind them or the last one."""
    ends = {len(text[:end].rstrip()) for start, end in splitter(text) if text[start:end].strip()}
    return frozenset(ends - {len(text.rstrip())})


def score(splitter: Splitter, units: list[Unit]) -> Score:
    found = [boundaries(splitter, unit.text) for unit in units]
    hits = sum(len(f & u.gold) for f, u in zip(found, units, strict=True))
    precision = hits / max(1, sum(map(len, found)))
    recall = hits / max(1, sum(len(unit.gold) for unit in units))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    right = sum(f == u.gold for f, u in zip(found, units, strict=True))
    return Score(precision, recall, f1, right, len(units))


def microseconds_a_sentence(splitter: Splitter, units: list[Unit]) -> float:
    """Median of several runs over all units, the first run not counted."""
    sentences = sum(len(unit.gold) + 1 for unit in units)
    times = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        for unit in units:
            list(splitter(unit.text))
        times.append((time.perf_counter() - began) / sentences * 1e6)
    return statistics.median(times[1:])


def mistakes(splitter: Splitter, units: list[Unit]) -> list[str]:
    """The texts that are wrong, with a bar at each boundary found."""
    shown = []
    for unit in units:
        found = boundaries(splitter, unit.text)
        if found != unit.gold:
            marked = [c + ("|" if at in found else "") for at, c in enumerate(unit.text, start=1)]
            shown.append("".join(marked).replace("\n", "⏎"))
    return shown


def main() -> None:
    blocks, lines = article_units(whole_lines=False), article_units(whole_lines=True)
    hard = hard_units()
    inner = sum(len(unit.gold) for unit in blocks)
    print(
        f"Articles: {len(blocks)} paragraphs and items, {inner + len(blocks)} sentences, "
        f"{inner} boundaries. Hard lines: {len(hard)}, "
        f"{sum(len(unit.gold) for unit in hard)} boundaries. Precision / recall / F1.\n"
    )
    print(
        "| splitter | version | articles | right | articles, list markers left in | right "
        "| hard lines | right | µs a sentence |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, splitter in SPLITTERS.items():
        scores = " | ".join(str(score(splitter, units)) for units in (blocks, lines, hard))
        speed = microseconds_a_sentence(splitter, blocks)
        print(f"| {name} | {importlib.metadata.version(name)} | {scores} | {speed:.0f} |")
    for name, splitter in SPLITTERS.items():
        print(f"\n{name}, texts not right (| where it cuts):\n")
        for text in mistakes(splitter, [*blocks, *hard]):
            print(f"- `{text}`")


if __name__ == "__main__":
    main()
