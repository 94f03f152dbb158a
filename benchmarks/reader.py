"""Measures what a reader tells apart on texts that it never learnt from; prints Markdown.

    python -m benchmarks.reader --data DIR [--reader FOLDER] [--questions 1000]

For each public set, the articles (ClapNQ: questions) that training held out
(``training/reader_data``). Every sentence of a question's text is scored: by the cosine
of all-MiniLM-L6-v2, and by the reader. *First*: share of the answerable questions whose
best sentence answers. *MAP*: mean average precision over the sentences. *AUROC*: how well
the best sentence's score tells answerable questions from the others. Intervals and paired
permutation tests as in ``kqa compare``.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from kqa.evaluate.answers import auroc
from kqa.evaluate.compare import paired_test
from kqa.evaluate.intervals import interval, mean_with_interval
from kqa.evaluate.results import Measured
from kqa.index.encoder import make_encoder
from kqa.search.reader import make_reader
from training import reader_data
from training.reader_data import Group

SETS = ("clapnq", "squad", "selqa", "own")
SEED = 3

Floats = NDArray[np.float64]
Score = Callable[[str, Sequence[str]], Floats]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--reader", default="default", help="as in the setting reader")
    parser.add_argument("--questions", type=int, default=1_000, help="of each set, at most")
    options = parser.parse_args()
    for line in _table(options.data, options.reader, options.questions):
        print(line, flush=True)


def _table(data: Path, name: str, most: int) -> Iterator[str]:
    encoder, reader = make_encoder("default"), make_reader(name)
    if reader is None:
        raise SystemExit("There is nothing to measure with reader none.")

    def cosine(question: str, texts: Sequence[str]) -> Floats:
        vectors = encoder.encode([question, *texts])
        scores: Floats = (vectors[1:] @ vectors[0]).astype(np.float64)
        return scores

    yield "| set | measure | questions | cosine | reader | difference, p |"
    yield "|---|---|---|---|---|---|"
    for source in SETS:
        groups = list(getattr(reader_data, source)(data, held=True))
        groups = random.Random(SEED).sample(groups, min(len(groups), most))
        scored = [_scored(source, groups, score) for score in (cosine, reader.read)]
        yield from _rows(source, groups, *scored)


def _scored(source: str, groups: Sequence[Group], score: Score) -> list[Floats]:
    shown = tqdm(groups, desc=source, disable=not sys.stderr.isatty())
    return [score(group.question, group.texts) for group in shown]


def _rows(
    source: str, groups: Sequence[Group], cosine: Sequence[Floats], reader: Sequence[Floats]
) -> Iterator[str]:
    answerable = [at for at, group in enumerate(groups) if group.answerable]
    for name, measure in (("first", _first), ("MAP", average_precision)):
        a, b = (
            np.array([measure(scores[at], groups[at].labels) for at in answerable])
            for scores in (cosine, reader)
        )
        p = float(paired_test((b - a)[:, None])[0])
        shown = " | ".join(_shown(mean_with_interval(values)) for values in (a, b))
        gained = f"{(b - a).mean():+.3f}, {p:.4f}"
        yield f"| {source} | {name} | {len(answerable)} | {shown} | {gained} |"
    if len(answerable) == len(groups):
        return
    is_answerable = np.array([group.answerable for group in groups])
    best = [np.array([scores.max() for scores in found]) for found in (cosine, reader)]
    found = [interval(auroc(values, is_answerable), len(groups)) for values in best]
    shown = " | ".join(map(_shown, found))
    difference = found[1].value - found[0].value
    yield f"| {source} | AUROC | {len(groups)} | {shown} | {difference:+.3f} |"


def average_precision(scores: Floats, labels: Sequence[float]) -> float:
    """Mean of the precision at each sentence that answers, ties in the text's order."""
    order = np.argsort(-scores, kind="stable")
    right = np.array(labels)[order] > 0
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float(precision[right].mean())


def _shown(measured: Measured) -> str:
    return f"{measured.value:.3f} ({measured.low:.3f} to {measured.high:.3f})"


def _first(scores: Floats, labels: Sequence[float]) -> float:
    return float(labels[int(scores.argmax())] > 0)


if __name__ == "__main__":
    main()
