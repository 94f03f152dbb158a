"""The names of measures: what each says, and the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable

MEANINGS = {
    "first_quote": "answerable questions whose first quote overlaps gold; a refusal is none",
    "one_of_three": "the same, of the first three quotes",
    "list_coverage": "questions for a list: share of its gold items that were quoted",
    "all_sides": "questions on which the sources differ: every side was quoted",
    "two_part": "questions in two parts: share of the parts that were answered",
    "over_refusal": "answerable questions that were refused; lower is better",
    "refused": "unanswerable questions that were refused",
    "false_answer": "unanswerable questions that were answered; lower is better",
    "auroc": "chance that an answerable question gets the higher confidence; 0.5 is guessing",
    "ece": "expected calibration error of the confidence; lower is better",
    "aurc": "area under the curve of risk and coverage; lower is better",
    "verbatim": "answers whose quotes all stand in their article letter for letter",
    "disclaimer": "answers that carry the disclaimer",
    "nDCG": "quality of the ranking, its top weighing most",
    "AP": "average precision: relevant results high up, and all of them",
    "RR": "one over the rank of the first relevant result",
    "R": "share of the relevant results that were found",
    "Success": "questions with a relevant result",
    "P": "share of the results that are relevant",
}
"""What a measure says, by its name before the ``@``, in the order of the tables."""

_ORDER = tuple(MEANINGS)


def in_order(names: Iterable[str]) -> list[str]:
    """Measures as ``MEANINGS`` lists them, the unknown ones last, by name."""

    def place(name: str) -> tuple[int, str]:
        base = name.partition("@")[0]
        return (_ORDER.index(base) if base in MEANINGS else len(_ORDER)), name

    return sorted(names, key=place)


def meaning_of(name: str) -> str:
    """What the measure says, with its depth; empty for an unknown one."""
    base, _, depth = name.partition("@")
    meaning = MEANINGS.get(base, "")
    first = "the first result" if depth == "1" else f"the first {depth} results"
    return f"{meaning}; {first}" if meaning and depth else meaning
