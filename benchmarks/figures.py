"""Measures everything that docs/evaluation.md shows and writes its tables.

    make figures DATA=folder      # or: python -m benchmarks.figures --data DIR

Runs the other measurements one after another, each in a process of its own, prints
what they print, and puts it between the marks ``<!-- table:NAME -->`` of the page.
Answers are measured in full with the shipped ways of asking and without any, both without
the reader, and in brief with and without it, each on an index in a temporary folder.
``--answers`` measures these alone and needs no data.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "evaluation.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--data", type=Path, help="folder of the public sets")
    wanted.add_argument("--answers", action="store_true", help="measure answers alone")
    options = parser.parse_args()
    if options.data:
        write_search(str(options.data.resolve()))
    write("answers", answers(ways_of_asking=True))
    write("answers_without_ways", answers(ways_of_asking=False))
    write("reader_gain", measured("benchmarks.answers"))
    blind = ("--testset", str(ROOT / "testsets" / "ketamine_blind.jsonl"))
    write("blind", measured("benchmarks.answers", *blind))


def write_search(data: str) -> None:
    """The tables of retrieval, of sentence splitters and of the reader."""
    retrieval = measured("benchmarks.retrieval", "--data", data, "--sweep")
    chosen, _, compared = retrieval.partition("\n\n| fusion")
    write("retrieval", chosen)
    write("sweep", f"| fusion{compared}")
    _, table, *_ = measured("benchmarks.splitters").split("\n\n")
    write("splitters", table)
    write("reader", measured("benchmarks.reader", "--data", data, "--questions", "150"))


def answers(ways_of_asking: bool) -> str:
    """What ``kqa eval`` prints of the shipped questions' test part, without a reader."""
    settings = {"KQA_WAYS_OF_ASKING": str(ways_of_asking).lower(), "KQA_READER": "none"}
    with tempfile.TemporaryDirectory() as index:
        measured("kqa.surfaces.cli", "index", "--corpus", "corpus", "--index", index, **settings)
        asked = ("eval", "--split", "test", "--fresh", "--index", index)
        printed = measured("kqa.surfaces.cli", *asked, **settings)
    return f"```text\n{printed}\n```"


def measured(module: str, *arguments: str, **settings: str) -> str:
    """What a measurement printed, under settings of its own; its progress goes to the terminal."""
    command = [sys.executable, "-m", module, *arguments]
    ran = subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
    )
    print(ran.stdout, flush=True)
    return ran.stdout.strip()


def write(name: str, table: str) -> None:
    """Replaces what stands between the marks of ``name``."""
    begin, end = f"<!-- table:{name} -->", f"<!-- /table:{name} -->"
    before, _, rest = PAGE.read_text("utf-8").partition(begin)
    _, _, after = rest.partition(end)
    if not after:
        sys.exit(f"{PAGE} has no marks for {name}")
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
