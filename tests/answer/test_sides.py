"""Where the articles disagree, every side is shown under its name, and none is left out."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Build, WriteCorpus

from kqa.answer import match
from kqa.answer.assistant import Assistant
from kqa.answer.match import Candidate, Matcher
from kqa.answer.sides import A_SIDE, disagreement_met, side_quotes
from kqa.answer.weights import read_weights
from kqa.index.encoder import HashingEncoder
from kqa.index.store import StoredIndex
from kqa.records import Notice, Outcome
from kqa.settings import Settings


def _ranked(stored: StoredIndex, seed: int) -> tuple[Candidate, ...]:
    seeded = random.Random(seed)
    found = seeded.sample(range(len(stored.sentences)), seeded.randint(1, 60))
    drawn = [Candidate(at, stored.sentences[at], seeded.randint(0, 9) / 2, 0.5, 0) for at in found]
    return tuple(sorted(drawn, key=lambda c: (-c.score, c.position)))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_every_side_is_shown_though_the_search_missed_it(stored: StoredIndex, seed: int) -> None:
    ranked = _ranked(stored, seed)
    scores = {candidate.position: candidate.score for candidate in ranked}
    for disagreement in stored.disagreements:
        shown = side_quotes(stored, disagreement, ranked)
        assert {one.side for one in shown} == {side.name for side in disagreement.sides}
        for side in disagreement.sides:
            quoted = [one.candidate.position for one in shown if one.side == side.name]
            found = sorted((at for at in side.sentences if at in scores),
                           key=lambda at: (-scores[at], at))  # fmt: skip
            assert quoted == (found[:A_SIDE] or [side.sentences[0]])
        names = [one.side for one in shown]
        assert all(names.count(name) <= A_SIDE for name in names)
        assert shown[0].candidate.score == max(one.candidate.score for one in shown)


@pytest.fixture(scope="module")
def matcher(stored: StoredIndex) -> Matcher:
    return Matcher(stored, HashingEncoder(), 0.5)


def test_a_disagreement_is_met_by_most_of_the_ways_of_asking_it(matcher: Matcher) -> None:
    stored, weights = (
        matcher.stored,
        read_weights(match.WEIGHTS_FILE, match.FEATURES, ways=True, reader=False),
    )
    met = total = 0
    for disagreement in stored.disagreements:
        for ask in random.Random(0).sample(disagreement.asks, 4):
            evidence = matcher.evidence(ask)
            found = disagreement_met(stored, evidence, matcher.rank(evidence, weights))
            total += 1
            met += found is not None and found.id == disagreement.id
    assert total >= 40
    assert met > 0.6 * total


def test_without_disagreements_none_is_met(matcher: Matcher) -> None:
    weights = read_weights(match.WEIGHTS_FILE, match.FEATURES, ways=True, reader=False)
    bare = dataclasses.replace(matcher.stored, disagreements=())
    evidence = matcher.evidence("Is ketamine addictive?")
    assert disagreement_met(bare, evidence, matcher.rank(evidence, weights)) is None


# --- in an answer ------------------------------------------------------------------------

ONE = "Ketamine is addictive for some people.\n\nIt was made in 1962.\n"
OTHER = "The treatment never leads to any habit.\n\nIt was first sold in a bottle.\n"
DISAGREEMENT = """
[[disagreement]]
id = "habit"
question = "Is ketamine addictive?"
ask = ["Is ketamine addictive?", "can you get hooked on ketamine"]

[[disagreement.side]]
name = "can be"
quotes = [{ article = "one", quote = "Ketamine is addictive for some people." }]

[[disagreement.side]]
name = "is not"
quotes = [{ article = "other", quote = "The treatment never leads to any habit." }]
"""


@pytest.fixture
def disagreeing(write_corpus: WriteCorpus) -> Path:
    return write_corpus({"one.txt": ONE, "other.txt": OTHER, "disagreements.toml": DISAGREEMENT})


@pytest.mark.usefixtures("always_answers")
@pytest.mark.parametrize("k", [1, 3])
def test_both_sides_stand_in_the_answer_with_names_and_a_notice(
    disagreeing: Path, make_settings: Callable[..., Settings], build: Build, k: int
) -> None:
    settings_ = make_settings()
    build(disagreeing, settings_)
    answer = Assistant(settings_).ask("Is ketamine addictive?", k=k)
    assert {(quote.side, quote.text) for quote in answer.quotes if quote.side} == {
        ("can be", "Ketamine is addictive for some people."),
        ("is not", "The treatment never leads to any habit."),
    }
    assert Notice.SOURCES_DIFFER in answer.notices


@pytest.mark.usefixtures("always_answers")
def test_a_question_about_something_else_shows_no_sides(
    disagreeing: Path, make_settings: Callable[..., Settings], build: Build
) -> None:
    settings_ = make_settings()
    build(disagreeing, settings_)
    answer = Assistant(settings_).ask("In what was it first sold?")
    assert answer.outcome is Outcome.ANSWERED
    assert not [quote for quote in answer.quotes if quote.side]
    assert Notice.SOURCES_DIFFER not in answer.notices


@pytest.mark.usefixtures("always_answers")
@pytest.mark.parametrize("gone", ["one.txt", "other.txt"])
def test_where_the_article_of_a_side_is_gone_there_are_no_sides(
    disagreeing: Path, make_settings: Callable[..., Settings], build: Build, gone: str
) -> None:
    (disagreeing / gone).unlink()
    settings_ = make_settings()
    build(disagreeing, settings_)
    answer = Assistant(settings_).ask("Is ketamine addictive?")
    assert answer.outcome is Outcome.ANSWERED
    assert not [quote for quote in answer.quotes if quote.side]
    assert Notice.SOURCES_DIFFER not in answer.notices
    assert all(quote.article.source_file != gone for quote in answer.quotes)
