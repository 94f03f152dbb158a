"""Was the answer right? Measures of quotes and refusals, one question and whole sets.

Owns what each answer measure means. A quote is right if it overlaps a gold span of its
article. A question is *refused* where nothing is quoted: a crisis card without quotes
on an answerable question is a refusal too.

Calibration asks whether quote 1 answers. The confidence is given on refusals as well,
so there the sentence is judged that would have been quote 1 (``candidate``); taking a
withheld sentence for a wrong one would call every careful refusal overconfident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kqa.evaluate.intervals import Floats, Statistic
from kqa.evaluate.results import Curve, Gold, TestQuestion
from kqa.records import Answer, Quote, SegmentKind, Sentence, Span

CANDIDATE = "candidate"
"""Whether the sentence that the confidence speaks of answers: what calibration asks.
A question's value that is no measure of its own."""

QUESTION_MEASURES = (
    "first_quote",
    "one_of_three",
    "list_coverage",
    "all_sides",
    "two_part",
    "over_refusal",
    "refused",
    "false_answer",
    "verbatim",
    "disclaimer",
)
SET_MEASURES = ("auroc", "ece", "aurc")
BINS = 10
THREE = 3


def judge_answer(
    question: TestQuestion,
    answer: Answer,
    best: Sentence | None,
    texts: Mapping[str, str],
    items: Mapping[str, Sequence[Span]],
) -> dict[str, float]:
    """The value of every measure that applies to the question, 0 to 1.

    ``first_quote``, ``one_of_three``, ``over_refusal``: answerable questions. ``refused``
    and ``false_answer``: the others. ``list_coverage``: kind list. ``all_sides``: kind
    disagree, every part quoted. ``two_part``: that kind, share of the parts quoted.
    ``verbatim``: answers with quotes. ``disclaimer``: all.

    Args:
        question: with its gold.
        answer: what the assistant said.
        best: the sentence that the confidence speaks of.
        texts: each article's text by id.
        items: by article, where its list items stand.
    """
    values = {
        CANDIDATE: float(best is not None and overlaps(question.gold, best.article, best.span)),
        "disclaimer": float(bool(answer.disclaimer.strip())),
    }
    if answer.quotes:
        values["verbatim"] = float(all(_verbatim(quote, texts) for quote in answer.quotes))
    refused = float(not answer.quotes)
    if not question.answerable:
        return values | {"refused": refused, "false_answer": 1 - refused}
    right = [is_right(question.gold, quote) for quote in answer.quotes]
    values |= {
        "first_quote": float(any(right[:1])),
        "one_of_three": float(any(right[:THREE])),
        "over_refusal": refused,
    }
    if question.kind == "list":
        values["list_coverage"] = _covered(_items(question.gold, items), answer.quotes)
    if question.kind in ("disagree", "two_part"):
        share = _parts(question.gold, answer.quotes)
        values |= {"all_sides": float(share == 1)} if question.kind == "disagree" else {}
        values |= {"two_part": share} if question.kind == "two_part" else {}
    return values


def is_right(gold: Sequence[Gold], quote: Quote) -> bool:
    """Whether the quote overlaps gold."""
    return overlaps(gold, quote.article.id, Span(quote.start, quote.end))


def overlaps(gold: Sequence[Gold], article: str, span: Span) -> bool:
    """Whether a stretch of an article overlaps gold in it."""
    return any(entry.article == article and entry.span.overlaps(span) for entry in gold)


def list_items(sentences: Sequence[Sentence]) -> dict[str, list[Span]]:
    """By article, where its list items stand."""
    found: dict[str, list[Span]] = {}
    for sentence in sentences:
        if sentence.kind is SegmentKind.ITEM:
            found.setdefault(sentence.article, []).append(sentence.span)
    return found


def _verbatim(quote: Quote, texts: Mapping[str, str]) -> bool:
    return texts.get(quote.article.id, "")[quote.start : quote.end] == quote.text


def _items(gold: Sequence[Gold], items: Mapping[str, Sequence[Span]]) -> list[Gold]:
    """The gold that stands inside list items; all of it where none does."""
    inside = [g for g in gold if any(s.overlaps(g.span) for s in items.get(g.article, ()))]
    return inside or list(gold)


def _covered(gold: Sequence[Gold], quotes: Sequence[Quote]) -> float:
    """Share of the gold that a quote overlaps."""
    hit = sum(any(is_right((entry,), quote) for quote in quotes) for entry in gold)
    return hit / len(gold) if gold else 0.0


def _parts(gold: Sequence[Gold], quotes: Sequence[Quote]) -> float:
    """Share of the parts that a quote overlaps; gold without a part is a part together."""
    parts = {entry.part for entry in gold}
    hit = {g.part for g in gold if any(is_right((g,), quote) for quote in quotes)}
    return len(hit) / len(parts) if parts else 0.0


# --- a whole set, resampled by weights (see intervals) ------------------------------------


def auroc(confidence: Floats, answerable: NDArray[np.bool_]) -> Statistic:
    """Area under the ROC curve of confidence against answerable: a tie counts half.

    The chance that an answerable question has more confidence than an unanswerable one
    (Mann-Whitney). NaN where a resample holds only one sort.
    """
    order = np.argsort(confidence, kind="stable")
    positive = answerable[order].astype(np.float64)
    first, last = _ties(confidence[order])

    def statistic(weights: Floats) -> Floats:
        drawn = weights[:, order]
        negative = _from_zero(drawn * (1 - positive))
        below, through = negative[:, first], negative[:, last + 1]
        wins = (drawn * positive * (below + through) / 2).sum(axis=1)
        pairs = (drawn * positive).sum(axis=1) * negative[:, -1]
        none = np.full(len(wins), np.nan)
        found: Floats = np.divide(wins, pairs, out=none, where=pairs > 0)
        return found

    return statistic


def ece(confidence: Floats, right: NDArray[np.bool_]) -> Statistic:
    """Expected calibration error over ten bins of equal width (Naeini et al., AAAI 2015)."""
    member = np.eye(BINS)[_bins(confidence)]
    gaps: Floats = member * (confidence - right)[:, None]

    def statistic(weights: Floats) -> Floats:
        found: Floats = np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
        return found

    return statistic


def aurc(confidence: Floats, right: NDArray[np.bool_]) -> Statistic:
    """Area under the risk-coverage curve: less is better (Geifman et al., ICLR 2019).

    The mean over questions of the share of wrong ones among all of no less confidence:
    questions of equal confidence are answered together or not at all.
    """
    order = np.argsort(-confidence, kind="stable")
    wrong = 1 - right[order].astype(np.float64)
    _, last = _ties(confidence[order])

    def statistic(weights: Floats) -> Floats:
        drawn = weights[:, order]
        answered = np.maximum(_from_zero(drawn)[:, last + 1], 1e-12)
        risk = _from_zero(drawn * wrong)[:, last + 1] / answered
        found: Floats = (drawn * risk).sum(axis=1) / drawn.sum(axis=1)
        return found

    return statistic


def risk_coverage(confidence: Floats, right: NDArray[np.bool_]) -> Curve:
    """Share answered against share wrong among those, one point for each threshold."""
    order = np.argsort(-confidence, kind="stable")
    _, last = _ties(confidence[order])
    ends = np.unique(last)
    wrong = np.cumsum(1 - right[order].astype(np.float64))[ends] / (ends + 1)
    coverage = (ends + 1) / len(order)
    points = tuple((float(x), float(y)) for x, y in zip(coverage, wrong, strict=True))
    return Curve("risk_coverage", "share of questions answered", "share wrong", points)


def calibration(confidence: Floats, right: NDArray[np.bool_]) -> Curve:
    """Mean confidence against the share right, one point for each of ten bins in use."""
    bins = _bins(confidence)
    points = tuple(
        (float(confidence[bins == b].mean()), float(right[bins == b].mean()))
        for b in np.unique(bins)
    )
    return Curve("calibration", "confidence", "share right", points)


def _bins(confidence: Floats) -> NDArray[np.int64]:
    """Which of ten equal bins; 1.0 belongs to the last."""
    bins: NDArray[np.int64] = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    return bins


def _ties(ordered: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each position of a sorted array, the first and the last that equal it."""
    begins = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    group = np.cumsum(begins) - 1
    firsts = np.flatnonzero(begins)
    lasts = np.append(firsts[1:] - 1, len(ordered) - 1)
    return firsts[group], lasts[group]


def _from_zero(values: Floats) -> Floats:
    """Running sums along each row with a 0 before them: shape (rows, columns + 1)."""
    summed: Floats = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    return summed
