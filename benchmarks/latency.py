"""Measures how long a warm question takes, with and without the reader; prints Markdown.

    python -m benchmarks.latency [--questions 60] [--rounds 5]

The five articles, an index for each in a temporary folder, questions of the dev part. The
two assistants take turns at every question, so that whatever else the machine does meets
both; beside them the bare call of the encoder on the same question. Of each round the
median and the 95th percentile over the questions; shown is the median over the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kqa.answer.assistant import Assistant
from kqa.corpus.read import read_corpus
from kqa.evaluate.testset import read_testset
from kqa.index.build import build_index
from kqa.index.encoder import make_encoder
from kqa.settings import load_settings, shipped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asked = {
            f"reader `{reader}`": _assistant(Path(folder) / reader, reader)
            for reader in ("default", "none")
        }
        questions = _questions(asked["reader `none`"], options.questions)
        encoder = make_encoder("default")
        calls: dict[str, Callable[[str], object]] = {
            "the encoder alone": lambda question: encoder.encode([question]),
            **{name: assistant.ask for name, assistant in asked.items()},
        }
        _round(calls, questions)  # once for nothing: caches and pages are warm from here on
        rounds = [_round(calls, questions) for _ in range(options.rounds)]
    print(f"{len(os.sched_getaffinity(0))} cores, {len(questions)} questions.\n")
    print("| | median, ms | 95th percentile, ms | times the encoder |")
    print("|---|---|---|---|")
    middle = {n: statistics.median(np.median(r[n]) for r in rounds) for n in calls}
    for name in calls:
        slow = statistics.median(np.quantile(r[name], 0.95) for r in rounds)
        ratio = middle[name] / middle["the encoder alone"]
        print(f"| {name} | {middle[name]:.1f} | {slow:.1f} | {ratio:.1f} |")


def _assistant(index: Path, reader: str) -> Assistant:
    settings = load_settings(index=index, reader=reader)
    corpus = read_corpus(shipped("corpus"))
    build_index(corpus, make_encoder(settings.encoder), settings, index)
    assistant = Assistant(settings)
    assistant.open()
    return assistant


def _questions(assistant: Assistant, most: int) -> list[str]:
    stored, _ = assistant.opened()
    testset = read_testset(shipped("testsets") / "ketamine.jsonl", stored.articles)
    dev = [asked.question for asked in testset.questions if asked.split == "dev"]
    return dev[:: max(1, len(dev) // most)][:most]


def _round(
    calls: dict[str, Callable[[str], object]], questions: list[str]
) -> dict[str, list[float]]:
    """Milliseconds of each call at each question."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for question in questions:
        for name, call in calls.items():
            began = time.perf_counter()
            call(question)
            taken[name].append(1000 * (time.perf_counter() - began))
    return taken


if __name__ == "__main__":
    main()
