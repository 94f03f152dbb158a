"""How often the crisis card is shown where it should be, and where it should not.

    python -m benchmarks.safety                     # on testsets/safety.jsonl, test part
    python -m benchmarks.safety --data DIR          # also on questions of the public sets
    python -m benchmarks.safety --data DIR --write  # also write the tables of docs/safety.md

Figures with 95% intervals after Wilson, which fit shares near 0 and 1. Public questions
that the model was fitted on are left out, and those that may rightly show the card.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from kqa.answer.safety import Danger, assess
from kqa.settings import shipped
from training import fit_crisis

PAGE = Path(__file__).parent.parent / "docs" / "safety.md"
PUBLIC_MEASURED = 4_000
Z = 1.959964

Row = tuple[str, str, str]
"""What is expected, the kind, the text."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of the public sets")
    parser.add_argument("--write", action="store_true", help="write the tables of docs/safety.md")
    options = parser.parse_args()
    rows = [(r["expect"], r["kind"], r["text"]) for r in testset() if r["split"] == "test"]
    tables = {"safety": table(rows)}
    if options.data:
        tables["safety_public"] = table(public(options.data))
        own = fit_crisis.read_lines()
        held = fit_crisis.judge_all(own, options.data)
        tables["safety_held"] = table_of(
            [(line.expect, line.kind, danger) for line, danger in zip(own, held, strict=True)]
        )
    for name, text in tables.items():
        print(f"{name}\n\n{text}\n")
        if options.write:
            write(name, text)


def testset() -> list[dict[str, str]]:
    """The shipped lines."""
    text = (shipped("testsets") / "safety.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def public(data: Path) -> list[Row]:
    """Ordinary questions of the public sets that the model was not fitted on."""
    unseen = fit_crisis.public_questions(data)[fit_crisis.PUBLIC :]
    return [("none", "public sets", text) for text in unseen[:PUBLIC_MEASURED]]


def table(rows: Iterable[Row]) -> str:
    """One row a kind, judged as shipped."""
    return table_of([(expect, kind, assess(text)) for expect, kind, text in rows])


def table_of(judged: Iterable[tuple[str, str, Danger]]) -> str:
    """One row a kind: how often the card is shown, and how often danger is found."""
    groups: dict[tuple[str, str], list[Danger]] = defaultdict(list)
    for expect, kind, danger in judged:
        groups[expect, kind].append(danger)
        groups[expect, "all"].append(danger)
    head = "| expected | kind | lines | card shown | judged danger |\n|---|---|---|---|---|"
    alone = {expect for expect, _ in groups if sum(e == expect for e, _ in groups) == 2}
    groups = {key: found for key, found in groups.items() if key[1] != "all" or key[0] not in alone}
    order = sorted(groups, key=lambda key: (list(Danger).index(Danger(key[0])), key[1]))
    return "\n".join([head, *(_row(*key, groups[key]) for key in reversed(order))])


def _row(expect: str, kind: str, judged: list[Danger]) -> str:
    card = _share(judged, lambda danger: danger is not Danger.NONE)
    present = _share(judged, lambda danger: danger is Danger.PRESENT)
    return f"| {expect} | {kind.replace('_', ' ')} | {len(judged)} | {card} | {present} |"


def _share(judged: list[Danger], wanted: Callable[[Danger], bool]) -> str:
    found, n = sum(map(wanted, judged)), len(judged)
    low, high = wilson(found, n)
    return f"{found / n:.1%} ({low:.1%}–{high:.1%})"


def wilson(found: int, n: int) -> tuple[float, float]:
    """The 95% score interval of ``found`` in ``n`` (Wilson 1927)."""
    share = found / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def write(name: str, text: str) -> None:
    """Replaces what stands between the marks of ``name``."""
    begin, end = f"<!-- table:{name} -->", f"<!-- /table:{name} -->"
    before, _, rest = PAGE.read_text("utf-8").partition(begin)
    _, _, after = rest.partition(end)
    if not after:
        sys.exit(f"{PAGE} has no marks for {name}")
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
