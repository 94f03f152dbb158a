"""Asks the five articles random questions of the public sets and checks every answer.

    python -m benchmarks.random_questions --data DIR --number 2000

The shipped questions come first, so that many are answered. Through ``kqa ask --batch``,
as a program would. Each answer must obey docs/answer.schema.json, bear the disclaimer, and
quote the article's own file letter for letter; no quote may be page furniture, a heading, a
lead-in alone or the site's disclaimer, by a list of strings that stand in the articles.
Prints counts; ends with 1 if one answer fails.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from kqa import wording
from kqa.corpus.read import read_corpus
from kqa.settings import shipped

SCHEMA = Path(__file__).parent.parent / "docs" / "answer.schema.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--number", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    shipped_set = (shipped("testsets") / "ketamine.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in shipped_set][: options.number]
    questions = sorted(set(read_questions(options.data)) - set(asked))
    asked += random.Random(options.seed).sample(questions, options.number - len(asked))
    started = time.perf_counter()
    answers = ask(asked)
    seconds = time.perf_counter() - started
    problems = [problem for row in answers for problem in check(row)]
    outcomes = Counter(row.get("outcome", "error") for row in answers)
    print(f"{len(answers)} of {len(asked)} questions answered in {seconds:.1f} s: {dict(outcomes)}")
    print(f"{sum(len(row.get('quotes', ())) for row in answers)} quotes; problems: {len(problems)}")
    for problem in problems[:20]:
        print(" ", problem)
    sys.exit(bool(problems) or len(answers) != len(asked))


def read_questions(data: Path) -> Iterator[str]:
    """The questions of every public set in ``data``, of at most 1,000 characters."""
    for name in ("covidqa/questions.jsonl", "scifact/queries.jsonl", "medquad/queries.jsonl"):
        for line in (data / name).read_text("utf-8").splitlines():
            row = json.loads(line)
            yield str(row.get("question") or row["text"])[:1_000]
    squad = json.loads((data / "squad2-half" / "dev-v2.0.json").read_text("utf-8"))
    for article in squad["data"]:
        for paragraph in article["paragraphs"]:
            yield from (asked["question"][:1_000] for asked in paragraph["qas"])


def ask(questions: list[str]) -> list[dict[str, Any]]:
    """The answers of ``kqa ask --batch`` over a fresh index of the shipped articles."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [json.dumps({"id": at, "question": text}) for at, text in enumerate(questions)]
        (folder / "in.jsonl").write_text("\n".join(rows), "utf-8")
        kqa = [sys.executable, "-m", "kqa.surfaces.cli"]
        corpus = str(shipped("corpus"))
        for arguments in (
            ["index", "--corpus", corpus, "--index", "index"],
            ["ask", "--index", "index", "--batch", "in.jsonl", "--out", "out.jsonl"],
        ):
            subprocess.run([*kqa, *arguments], cwd=folder, check=True)
        lines = (folder / "out.jsonl").read_text("utf-8").split("\n")
        return [json.loads(line) for line in lines if line]


def check(row: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one answer."""
    answer = {name: value for name, value in row.items() if name != "id"}
    for error in Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).iter_errors(answer):
        yield f"{row['id']}: {error.json_path}: {error.message}"
    if row.get("disclaimer") != wording.DISCLAIMER:
        yield f"{row['id']}: no disclaimer"
    for quote in answer.get("quotes", ()):
        text = _texts()[quote["article"]["id"]]
        around = quote["context"]
        if text[quote["start"] : quote["end"]] != quote["text"]:
            yield f"{row['id']}: quote {quote['n']} is not its slice"
        if text[around["start"] : around["end"]] != around["text"]:
            yield f"{row['id']}: the context of quote {quote['n']} is not its slice"
        if unfit(quote["text"]):
            yield f"{row['id']}: quote {quote['n']} is not to be quoted: {quote['text']!r}"


def unfit(quote: str) -> bool:
    """Whether a quote belongs to the page, is a heading or a lead-in, or the disclaimer."""
    heading = len(quote) < 80 and quote in _lines() and quote not in _ITEMS
    return heading or quote.rstrip().endswith(":") or any(words in quote for words in _FURNITURE)


_FURNITURE = (
    "Name(Required)",
    "validation purposes",
    "Categories:",
    "Recent Posts",
    "June 19, 2024",
    "contact us today",
    "waiting list",
    "check out our article",
    "reach out and take the first step",
    "visit our article",
    "we will explore",
    "This section will",
    "This article will",
    "In this article",
    "Disclaimer",
    "is not medical advice",
    "Terms & Conditions",
)
_ITEMS = frozenset({"Post-traumatic stress disorder (PTSD)"})


def _lines() -> set[str]:
    return {line.strip() for text in _texts().values() for line in text.split("\n")}


def _texts() -> dict[str, str]:
    if not _read:
        _read.update(
            {article.id: article.text for article in read_corpus(shipped("corpus")).articles}
        )
    return _read


_read: dict[str, str] = {}

if __name__ == "__main__":
    main()
