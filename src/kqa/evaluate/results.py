"""The nouns of evaluation: questions with gold, judgements, runs, and what was measured.

Owns the records that the files of this stage hand to each other. Judgements point
at articles and spans, never at passages, so they outlive re-chunking. Knows
nothing of files, engines or markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kqa.records import Span


@dataclass(frozen=True, slots=True)
class Gold:
    """A stretch of an article that answers: ``quote == article.text[start:end]``.

    ``part`` names the part of a two-part question, or the side of a disagreement.
    """

    article: str
    quote: str
    start: int
    part: str | None = None

    @property
    def span(self) -> Span:
        """Where the quote stands."""
        return Span(self.start, self.start + len(self.quote))


@dataclass(frozen=True, slots=True)
class TestQuestion:
    """One question of a test set; ``line`` is where it stands in its file, from 1."""

    id: str
    question: str
    answerable: bool
    gold: tuple[Gold, ...]
    kind: str | None = None
    split: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class TestSet:
    """Questions in the order of their file; ``sha256`` is of the file's bytes."""

    name: str
    sha256: str
    questions: tuple[TestQuestion, ...]


@dataclass(frozen=True, slots=True)
class Qrel:
    """A judgement on a whole document, as in TREC qrels."""

    query: str
    document: str
    relevance: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """A line of a TREC run. ``document`` is ``article:start-end`` where spans are judged."""

    query: str
    document: str
    rank: int
    score: float
    tag: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its 95% bootstrap interval and the number of questions behind it.

    ``warning`` says why the figure tells little, None where it does.
    """

    value: float
    low: float
    high: float
    n: int
    warning: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; ``warning`` only where there is one."""
        found: dict[str, Any] = {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
        }
        return found | ({"warning": self.warning} if self.warning else {})


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote or passage that came for a question, and whether gold overlaps it.

    ``context_*`` is the stretch that it is shown in; offsets are the article's.
    """

    article: str
    start: int
    end: int
    text: str
    right: bool
    context_start: int
    context_text: str
    score: float


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What one question gave: the per-question value of every measure that applies to it.

    ``values`` holds retrieval measures ("nDCG@10") and answer measures
    ("first_quote"), each 0 to 1. ``shown`` are quotes (system ``full``) or the first
    passages. ``outcome`` and ``confidence`` are None for retrieval systems. ``ranks`` are
    those at which gold stands in the ranking, from 1; None where nothing answers.
    """

    id: str
    question: str
    kind: str | None
    split: str | None
    answerable: bool
    expected: tuple[Gold, ...]
    shown: tuple[Shown, ...]
    outcome: str | None
    confidence: float | None
    notices: tuple[str, ...]
    values: dict[str, float]
    ranks: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve as points: ``risk_coverage`` or ``calibration``; ``x`` and ``y`` are named."""

    name: str
    x_label: str
    y_label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that one evaluation measured; made once, shown as JSON, text or HTML.

    ``measures`` by name, ``by_kind`` and ``by_split`` the same for each kind and split.
    ``settings`` and ``versions`` are what the figures depend on. ``date`` is the only
    part that differs between two runs over the same index and set.
    """

    system: str
    test_set: str
    test_set_sha256: str
    index: str
    settings: dict[str, str]
    versions: dict[str, str]
    date: str
    measures: dict[str, Measured]
    by_kind: dict[str, dict[str, Measured]]
    by_split: dict[str, dict[str, Measured]]
    curves: tuple[Curve, ...]
    questions: tuple[QuestionResult, ...]
