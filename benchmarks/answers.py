"""Measures the answers with and without ways of asking and reader; prints Markdown tables.

    python -m benchmarks.answers [--testset FILE] [--split test]

The four variants answer the same questions, each on an index of its own in a temporary
folder. The last columns compare with and without the reader, question by question: the
difference of the means and the p of a paired permutation test. The time is the median of
the answers' own ``elapsed_ms``, all variants in one run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kqa.answer.assistant import Assistant
from kqa.corpus.read import read_corpus
from kqa.evaluate.compare import paired_test
from kqa.evaluate.evaluation import evaluate
from kqa.evaluate.results import Evaluation, Measured
from kqa.evaluate.systems import index_system
from kqa.evaluate.tasks import task_of_testset
from kqa.evaluate.testset import read_testset
from kqa.index.build import build_index
from kqa.index.encoder import make_encoder
from kqa.settings import Settings, load_settings, shipped

MEASURES = (
    *("first_quote", "one_of_three", "list_coverage", "all_sides", "two_part"),
    *("over_refusal", "refused", "auroc", "ece"),
)
KINDS = ("paraphrase", "typo", "keyword")
TIMED = 60
"""Questions that are asked again for their time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--testset", type=Path, default=shipped("testsets") / "ketamine.jsonl")
    parser.add_argument("--split", default="test")
    options = parser.parse_args()
    found, times = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for ways in (True, False):
            for reader in ("default", "none"):
                index = Path(folder) / f"{ways}-{reader}"
                settings = load_settings(
                    ways_of_asking=ways, reader=reader, index=index, read_passages=1
                )
                found[ways, reader], times[ways, reader] = _measured(settings, options)
    for line in _table(found, times):
        print(line)


def _measured(settings: Settings, options: argparse.Namespace) -> tuple[Evaluation, float]:
    """The evaluation, and the median time of an answer in milliseconds."""
    corpus = read_corpus(shipped("corpus"))
    build_index(corpus, make_encoder(settings.encoder), settings, settings.index)
    assistant = Assistant(settings)
    stored, _ = assistant.opened()
    testset = read_testset(options.testset, stored.articles)
    task = task_of_testset(testset, stored, options.split)
    print(f"{settings.index.name}: {len(task.questions)} questions", file=sys.stderr)
    with tempfile.TemporaryDirectory() as cache:
        evaluation = evaluate(task, index_system("full", assistant), Path(cache))
    asked = [q.question for q in task.questions[:TIMED]]
    return evaluation, statistics.median(assistant.ask(q).elapsed_ms for q in asked)


Variants = dict[tuple[bool, str], Evaluation]


def _table(found: Variants, times: dict[tuple[bool, str], float]) -> Iterator[str]:
    variants = ("ways, reader", "ways alone", "gained, p", "reader alone", "neither", "gained, p")
    yield f"| measure | n | {' | '.join(variants)} |"
    yield f"|---|---|{'---|' * len(variants)}"
    for name in MEASURES:
        cells = []
        for ways in (True, False):
            with_it, without = (found[ways, reader] for reader in ("default", "none"))
            cells += [_shown(e.measures[name]) for e in (with_it, without)]
            cells.append(_gained(with_it, without, name))
        yield f"| {name} | {found[True, 'none'].measures[name].n} | {' | '.join(cells)} |"
    for kind in KINDS:
        cells = []
        for ways in (True, False):
            pair = [
                found[ways, reader].by_kind[kind]["first_quote"] for reader in ("default", "none")
            ]
            cells += [_shown(each) for each in pair]
            cells.append(f"{pair[0].value - pair[1].value:+.3f}")
        n = found[True, "none"].by_kind[kind]["first_quote"].n
        yield f"| first_quote, {kind} | {n} | {' | '.join(cells)} |"
    for ways in (True, False):
        ratio = times[ways, "default"] / times[ways, "none"]
        yield (
            f"\nMedian time of an answer, {'with' if ways else 'without'} ways: "
            f"{times[ways, 'default']:.0f} ms with the reader, {times[ways, 'none']:.0f} ms "
            f"without, ratio {ratio:.1f}."
        )


def _shown(measured: Measured) -> str:
    return f"{measured.value:.3f} ({measured.low:.3f} to {measured.high:.3f})"


def _gained(with_it: Evaluation, without: Evaluation, name: str) -> str:
    difference = with_it.measures[name].value - without.measures[name].value
    pairs = [
        (a.values[name], b.values[name])
        for a, b in zip(with_it.questions, without.questions, strict=True)
        if name in a.values and name in b.values
    ]
    if not pairs:
        return f"{difference:+.3f}"
    return f"{difference:+.3f}, {_p(pairs):.4f}"


def _p(pairs: Sequence[tuple[float, float]]) -> float:
    values = np.array(pairs)
    return float(paired_test((values[:, 0] - values[:, 1])[:, None])[0])


if __name__ == "__main__":
    main()
