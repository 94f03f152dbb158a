"""What ships is a good set: the shipped one has no problem, and each planted one is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kqa.corpus.read import read_corpus
from kqa.evaluate import results
from kqa.evaluate.testset import read_testset
from kqa.evaluate.testset_check import KINDS, LEAST, check_testset, describe
from kqa.records import Article
from kqa.settings import shipped

Change = Callable[[results.TestQuestion], results.TestQuestion]


@pytest.fixture(scope="module")
def articles() -> tuple[Article, ...]:
    return read_corpus(shipped("corpus")).articles


@pytest.fixture(scope="module")
def ketamine(articles: tuple[Article, ...]) -> results.TestSet:
    return read_testset(shipped("testsets") / "ketamine.jsonl", articles)


def changed(whole: results.TestSet, kind: str, change: Change) -> results.TestSet:
    """The set with the first question of ``kind`` changed."""
    at = next(at for at, question in enumerate(whole.questions) if question.kind == kind)
    first = change(whole.questions[at])
    rest = (*whole.questions[:at], first, *whole.questions[at + 1 :])
    return replace(whole, questions=rest)


def test_the_shipped_set_has_no_problem(
    ketamine: results.TestSet, articles: tuple[Article, ...]
) -> None:
    assert check_testset(ketamine, articles) == ()


def test_the_shipped_set_is_counted_by_kind_and_split(ketamine: results.TestSet) -> None:
    counts = describe(ketamine)
    assert set(counts) == KINDS
    assert sum(sum(splits.values()) for splits in counts.values()) == len(ketamine.questions)
    assert len(ketamine.questions) >= LEAST


def part(name: str | None) -> Change:
    return lambda question: replace(
        question, gold=tuple(replace(gold, part=name) for gold in question.gold)
    )


def cut(question: results.TestQuestion) -> results.TestQuestion:
    first, *rest = question.gold
    return replace(question, gold=(replace(first, quote=first.quote[:-1]), *rest))


PLANTED: dict[str, tuple[str, Change, str]] = {
    "an unknown kind": ("direct", lambda q: replace(q, kind="odd"), "kind 'odd' is not known"),
    "no kind": ("direct", lambda q: replace(q, kind=None), "kind None is not known"),
    "no split": ("direct", lambda q: replace(q, split=None), "split None"),
    "another split": ("direct", lambda q: replace(q, split="train"), "split 'train'"),
    "answerable without an answer": (
        "direct",
        lambda q: replace(q, answerable=False, gold=()),
        "answerable is False, its kind direct",
    ),
    "unanswerable with an answer": (
        "unanswerable_near",
        lambda q: replace(q, answerable=True),
        "answerable is True",
    ),
    "two parts without names": ("two_part", part(None), "names no part"),
    "a disagreement without names": ("disagree", part(None), "names no part"),
    "a disagreement of one side": ("disagree", part("a"), "gold has one side"),
    "a part where there are none": ("direct", part("a"), "names a part"),
    "copied wording": (
        "direct",
        lambda q: replace(q, question="Is it KETAMINE was first-synthesized in 1962, really?"),
        "'ketamine was first synthesized in 1962'",
    ),
    "a question asked before": (
        "list",
        lambda q: replace(q, question="how long does one Ketamine session take"),
        "kt-004 asks the same",
    ),
    "a quote cut short": ("direct", cut, "no whole sentence or item"),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_problem_is_found_and_named(
    ketamine: results.TestSet, articles: tuple[Article, ...], case: str
) -> None:
    kind, change, expected = PLANTED[case]
    problems = check_testset(changed(ketamine, kind, change), articles)
    assert len([problem for problem in problems if expected in problem]) == 1
    assert all(problem.startswith("kt-") for problem in problems)


def test_a_heading_is_no_gold(ketamine: results.TestSet, articles: tuple[Article, ...]) -> None:
    article = next(article for article in articles if article.text.startswith("Introduction"))
    heading = results.Gold(article.id, "Introduction to Ketamine Therapy", 0)
    found = changed(ketamine, "direct", lambda question: replace(question, gold=(heading,)))
    assert "no whole sentence" in " ".join(check_testset(found, articles))


def test_five_words_in_a_row_are_not_copied(
    ketamine: results.TestSet, articles: tuple[Article, ...]
) -> None:
    words = "And ketamine was first synthesized in which year?"
    found = changed(ketamine, "direct", lambda question: replace(question, question=words))
    assert check_testset(found, articles) == ()


def test_a_kind_on_one_side_a_missing_kind_and_a_small_set_are_found(
    ketamine: results.TestSet, articles: tuple[Article, ...]
) -> None:
    few = tuple(replace(q, split="dev") for q in ketamine.questions if q.kind == "typo")
    assert 0 < len(few) < LEAST
    problems = check_testset(replace(ketamine, questions=few), articles)
    assert f"{len(few)} questions are fewer than {LEAST}" in problems
    assert "no question is of kind list" in problems
    assert [problem for problem in problems if "halves" in problem] == [
        f"kind typo is not split in halves: {len(few)} dev, 0 test"
    ]
