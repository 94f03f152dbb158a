"""Measures how well the language of a question is told; prints Markdown tables.

    python -m benchmarks.languages --data DIR

Questions of a clinic's visitors in 16 languages and hard English keywords are in
``data/languages.jsonl``, written for this: the dev half while the small words were
chosen, the test half afterwards. DIR holds the public sets (covidqa, medquad,
squad2-half, clapnq, selqa); every question there is English.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kqa.answer.language import language_of

DATA = Path(__file__).parent / "data" / "languages.jsonl"
TESTSET = Path(__file__).parents[1] / "testsets" / "ketamine.jsonl"


def lines(split: str) -> list[dict[str, str]]:
    """The written questions of a half."""
    return [row for row in _rows(DATA) if row["split"] == split]


def english_sets(folder: Path | None) -> Iterator[tuple[str, list[str]]]:
    """English questions by set: the written ones, the shipped dev half, the public ones."""
    for split in ("dev", "test"):
        chosen = [row["question"] for row in lines(split) if row["language"] == "en"]
        yield f"hard keywords, {split}", chosen
    yield "ketamine, dev", [row["question"] for row in _rows(TESTSET) if row["split"] == "dev"]
    if folder is None:
        return
    yield "covidqa", [row["question"] for row in _rows(folder / "covidqa" / "questions.jsonl")]
    yield "medquad", [row["text"] for row in _rows(folder / "medquad" / "queries.jsonl")]
    yield (
        "medquad, names of diseases",
        [row["title"] for row in _rows(folder / "medquad" / "corpus.jsonl")],
    )
    squad = json.loads((folder / "squad2-half" / "dev-v2.0.json").read_text("utf-8"))
    paragraphs = (p for article in squad["data"] for p in article["paragraphs"])
    yield "squad2-half", [qa["question"] for p in paragraphs for qa in p["qas"]]
    clapnq = sorted((folder / "clapnq").glob("*.jsonl"))
    yield "clapnq", [row["input"] for file in clapnq for row in _rows(file)]
    selqa = sorted((folder / "selqa").glob("*.json"))
    yield "selqa", [row["question"] for f in selqa for row in json.loads(f.read_text("utf-8"))]


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]


def milliseconds(questions: list[str]) -> float:
    """The mean time a question, the library loaded."""
    language_of("¿cuánto dura?")
    began = time.perf_counter()
    for question in questions:
        language_of(question)
    return (time.perf_counter() - began) / len(questions) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder of the public sets")
    folder = parser.parse_args().data
    print(
        "| English questions | number | taken for another language | ms each |\n|---|---|---|---|"
    )
    wrong: list[str] = []
    for name, found in english_sets(folder):
        questions = sorted(set(found))
        flagged = [q for q in questions if language_of(q)]
        wrong += [f"{q!r} ({name}) as {language_of(q)}" for q in flagged]
        print(f"| {name} | {len(questions)} | {len(flagged)} | {milliseconds(questions):.2f} |")
    for split in ("dev", "test"):
        print(f"\n| {split} | questions | told | told rightly |\n|---|---|---|---|")
        rows = [row for row in lines(split) if row["language"] != "en"]
        for language in dict.fromkeys(row["language"] for row in rows):
            asked = [row["question"] for row in rows if row["language"] == language]
            given = [language_of(question) for question in asked]
            told = sum(each is not None for each in given)
            print(f"| {language} | {len(asked)} | {told} | {given.count(language)} |")
            missed = (q for q, each in zip(asked, given, strict=True) if each != language)
            wrong += [f"{q!r} ({language}, {split}) as {language_of(q)}" for q in missed]
    print("\nNot right:\n", *wrong, sep="\n- ")


if __name__ == "__main__":
    main()
