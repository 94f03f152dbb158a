"""Measures everything that docs/evaluation.md shows and writes its tables.

    make figures DATA=folder      # or: python -m benchmarks.figures --data DIR

Runs the other measurements one after another, each in a process of its own, prints
what they print, and puts it between the marks ``<!-- table:NAME -->`` of the page.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "evaluation.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    data = str(parser.parse_args().data.resolve())
    retrieval = measured("benchmarks.retrieval", "--data", data, "--sweep")
    chosen, _, compared = retrieval.partition("\n\n| fusion")
    write("retrieval", chosen)
    write("sweep", f"| fusion{compared}")
    _, table, *_ = measured("benchmarks.splitters").split("\n\n")
    write("splitters", table)
    with tempfile.TemporaryDirectory() as index:
        measured("kqa.surfaces.cli", "index", "--corpus", "corpus", "--index", index)
        answers = measured("kqa.surfaces.cli", "eval", "--split", "test", "--index", index)
    write("answers", f"```text\n{answers}\n```")


def measured(module: str, *arguments: str) -> str:
    """What a measurement printed; its progress goes to the terminal."""
    command = [sys.executable, "-m", module, *arguments]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
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
