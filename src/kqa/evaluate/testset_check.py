"""What a test set must be to ship: kinds, halves, whole sentences, no copied wording.

Owns the known kinds and what is asked of each. ``read_testset`` refuses what is wrong;
this names what is weak. Knows nothing of files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kqa.corpus.segment import segment
from kqa.evaluate.results import TestQuestion, TestSet
from kqa.records import Article

UNANSWERABLE = frozenset({"unanswerable_near", "unanswerable_far", "lost_list"})
SPLITS = frozenset({"dev", "test"})
WITH_PARTS = frozenset({"two_part", "disagree"})
KINDS = (
    frozenset({"direct", "paraphrase", "typo", "keyword", "list", "personal_advice"})
    | WITH_PARTS
    | UNANSWERABLE
)

LEAST = 220
"""So many questions at least."""

COPIED = 6
"""A question with so many words in a row as an article has them is copied from it."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def check_testset(testset: TestSet, articles: Sequence[Article]) -> tuple[str, ...]:
    """What is wrong with a set that ships, question by question, then as a whole."""
    of_kinds = {question.id: _kind_problems(question) for question in testset.questions}
    return (*_problems(testset, articles, of_kinds), *_set_problems(testset))


def weaknesses(testset: TestSet, articles: Sequence[Article]) -> tuple[str, ...]:
    """What is weak about anybody's set, whatever its kinds, parts and size."""
    return tuple(_problems(testset, articles, {}))


def _problems(
    testset: TestSet, articles: Sequence[Article], also: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    """Question by question, what it has in ``also`` first; then questions that are equal."""
    quotable = {article.id: _quotable(article) for article in articles}
    copied = {run for article in articles for run in _runs(_words(article.text))}
    for question in testset.questions:
        found = (*also.get(question.id, ()), *_gold_problems(question, quotable))
        yield from (f"{question.id}: {problem}" for problem in found)
        for run in _runs(_words(question.question)):
            if run in copied:
                yield f"{question.id}: an article says {' '.join(run)!r} too"
                break
    yield from _equal_questions(testset)


def describe(testset: TestSet) -> dict[str, dict[str, int]]:
    """How many questions there are of each kind and split; ``-`` where one has none."""
    counts: dict[str, dict[str, int]] = {}
    for question in testset.questions:
        splits = counts.setdefault(question.kind or "-", {})
        split = question.split or "-"
        splits[split] = splits.get(split, 0) + 1
    return {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)}


def _kind_problems(question: TestQuestion) -> Iterator[str]:
    if question.kind not in KINDS:
        yield f"kind {question.kind!r} is not known"
    elif question.answerable == (question.kind in UNANSWERABLE):
        yield f"answerable is {question.answerable}, its kind {question.kind}"
    if question.split not in SPLITS:
        yield f"split {question.split!r} is neither dev nor test"
    parts = {gold.part for gold in question.gold}
    if question.kind in WITH_PARTS and None in parts:
        yield f"a gold quote of kind {question.kind} names no part"
    if question.kind not in WITH_PARTS and parts - {None}:
        yield f"a gold quote of kind {question.kind} names a part"
    if question.kind == "disagree" and len(parts - {None}) < 2:
        yield "the sources disagree, and gold has one side"


def _gold_problems(question: TestQuestion, quotable: dict[str, set[tuple[int, int]]]) -> list[str]:
    return [
        f"gold {number} is no whole sentence or item: {gold.quote[:60]!r}"
        for number, gold in enumerate(question.gold, start=1)
        if (gold.span.start, gold.span.end) not in quotable.get(gold.article, ())
    ]


def _quotable(article: Article) -> set[tuple[int, int]]:
    return {(found.start, found.end) for found in segment(article) if found.quotable}


def _words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def _runs(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return (tuple(words[at : at + COPIED]) for at in range(len(words) - COPIED + 1))


def _equal_questions(testset: TestSet) -> Iterator[str]:
    first: dict[tuple[str, ...], str] = {}
    for question in testset.questions:
        words = tuple(_words(question.question))
        if words in first:
            yield f"{question.id}: {first[words]} asks the same"
        first.setdefault(words, question.id)


def _set_problems(testset: TestSet) -> Iterator[str]:
    if len(testset.questions) < LEAST:
        yield f"{len(testset.questions)} questions are fewer than {LEAST}"
    sizes = Counter((question.kind, question.split) for question in testset.questions)
    kinds = {question.kind for question in testset.questions if question.kind in KINDS}
    for kind in sorted(KINDS - kinds):
        yield f"no question is of kind {kind}"
    for kind in sorted(kind for kind in kinds if kind is not None):
        dev, test = sizes[kind, "dev"], sizes[kind, "test"]
        share = dev / max(1, dev + test)
        if abs(dev - test) > 1 and not 0.4 <= share <= 0.6:
            yield f"kind {kind} is not split in halves: {dev} dev, {test} test"
