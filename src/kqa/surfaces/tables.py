"""Evaluations and comparisons as tables of plain text, 80 columns or a little more.

Owns which figures are printed and how; rounds, and computes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kqa.evaluate.compare import Comparison
    from kqa.evaluate.results import Evaluation, Measured

_BY_KIND = ("nDCG@10", "first_quote", "one_of_three", "over_refusal", "refused")


def evaluation_text(evaluation: Evaluation) -> str:
    """Every measure with its interval, then the main ones by kind and by split."""
    lines = [
        f"{evaluation.test_set}, {len(evaluation.questions):,} questions; "
        f"system {evaluation.system}; index {evaluation.index[:12]}",
        "",
        f"{'measure':<14}{'value':>8}   {'95% interval':<17}{'n':>7}",
    ]
    for name, m in evaluation.measures.items():
        doubt = f"  ({m.warning})" if m.warning else ""
        lines.append(f"{name:<14}{m.value:>8.4f}   {_between(m):<17}{m.n:>7,}{doubt}")
    for title, groups in (("kind", evaluation.by_kind), ("split", evaluation.by_split)):
        columns = [name for name in _BY_KIND if any(name in found for found in groups.values())]
        if groups and columns:
            lines += ["", f"{title:<20}" + "".join(f"{name:>14}" for name in columns)]
            lines += [
                f"{group:<20}" + "".join(f"{_cell(found.get(name)):>14}" for name in columns)
                for group, found in groups.items()
            ]
    return "\n".join(lines)


def comparison_text(found: Comparison, run_a: Path, run_b: Path) -> str:
    """Both runs by measure, the test, and the questions that changed most."""
    lines = [
        f"A: {run_a} ({found.name_a}), {found.missing_a} of {found.n} questions missing",
        f"B: {run_b} ({found.name_b}), {found.missing_b} of {found.n} questions missing",
        "",
        f"{'measure':<12}{'A':>8}{'B':>8}{'B - A':>9}   {'95% interval':<18}"
        f"{'p':>8}{'p (Holm)':>10}{'better':>8}{'worse':>7}",
    ]
    lines += [
        f"{row.measure:<12}{row.a.value:>8.4f}{row.b.value:>8.4f}{row.difference.value:>+9.4f}"
        f"   {_between(row.difference):<18}{row.p:>8.4f}{row.p_holm:>10.4f}"
        f"{row.better:>8,}{row.worse:>7,}"
        for row in found.measures
    ]
    lines += [f"Of {row.measure}: {d}." for row in found.measures if (d := row.difference.warning)]
    if found.changed:
        lines += ["", f"Changed most ({found.changed[0].measure}, A to B):"]
        lines += [f"  {c.query}: {c.a:.4f} to {c.b:.4f}" for c in found.changed]
    return "\n".join(lines)


def _between(measured: Measured) -> str:
    return f"{measured.low:.4f} to {measured.high:.4f}"


def _cell(measured: Measured | None) -> str:
    return f"{measured.value:.3f} ({measured.n})" if measured else "-"
