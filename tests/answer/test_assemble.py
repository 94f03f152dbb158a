"""An answer has its disclaimer and its quotes are what was stored, or there is no answer."""

from __future__ import annotations

import dataclasses
import itertools
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa import wording
from kqa.answer.assemble import build_answer, cut_quotes
from kqa.answer.match import Candidate
from kqa.answer.select import Chosen
from kqa.errors import QuoteAltered
from kqa.index.store import StoredIndex
from kqa.records import Answer, Notice, Outcome, Quote

CARD = wording.CRISIS_CARDS[wording.DEFAULT_REGION]


def _chosen(stored: StoredIndex, position: int, side: str | None = None) -> Chosen:
    sentence = stored.sentences[position]
    return Chosen(Candidate(position, sentence, 0.5, 0.5, sentence.passages[0]), side)


def _all(stored: StoredIndex) -> list[Chosen]:
    return [_chosen(stored, position) for position in range(len(stored.sentences))]


@pytest.fixture
def quotes(stored: StoredIndex) -> tuple[Quote, ...]:
    return cut_quotes(stored, _all(stored)[:2])


def test_every_sentence_of_the_corpus_is_cut_letter_for_letter(stored: StoredIndex) -> None:
    articles = {article.id: article for article in stored.articles}
    cut = cut_quotes(stored, _all(stored))
    assert [quote.n for quote in cut] == list(range(1, len(stored.sentences) + 1))
    for quote, sentence in zip(cut, stored.sentences, strict=True):
        article = articles[quote.article.id]
        assert quote.text == article.text[quote.start : quote.end] == sentence.text
        context = quote.context
        assert context.text == article.text[context.start : context.end]
        assert context.start <= quote.start < quote.end <= context.end
        assert context.start <= sentence.needs.start < sentence.needs.end <= context.end
        assert quote.article.title == article.title
        assert quote.article.source_file == article.source_file
        assert quote.article.section == sentence.section


def test_one_altered_letter_withholds_the_quote_and_shows_nothing(stored: StoredIndex) -> None:
    position = next(n for n, s in enumerate(stored.sentences) if "1962" in s.text)
    hurt = stored.sentences[position]
    altered = dataclasses.replace(
        stored,
        articles=tuple(
            dataclasses.replace(a, text=a.text.replace("1962", "1963")) for a in stored.articles
        ),
    )
    chosen = [_chosen(altered, 0), _chosen(altered, position)]
    with pytest.raises(QuoteAltered) as raised:
        cut_quotes(altered, chosen)
    assert hurt.article in str(raised.value)
    assert "196" not in str(raised.value)
    assert raised.value.exit_code == 3


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_cut_one_character_off_is_withheld(stored: StoredIndex, shift: int) -> None:
    sentence = stored.sentences[5]
    moved = dataclasses.replace(sentence, start=sentence.start + shift, end=sentence.end + shift)
    candidate = dataclasses.replace(_chosen(stored, 5).candidate, sentence=moved)
    with pytest.raises(QuoteAltered):
        cut_quotes(stored, [Chosen(candidate)])


@given(st.lists(st.tuples(st.integers(0, 10**6), st.none() | st.text(min_size=1)), max_size=8))
@settings(max_examples=40)
def test_quotes_keep_their_order_and_their_side(
    stored: StoredIndex, drawn: list[tuple[int, str | None]]
) -> None:
    chosen = [_chosen(stored, at % len(stored.sentences), side) for at, side in drawn]
    cut = cut_quotes(stored, chosen)
    assert [quote.side for quote in cut] == [side for _, side in drawn]
    assert [quote.text for quote in cut] == [one.candidate.sentence.text for one in chosen]
    assert [quote.n for quote in cut] == [*range(1, len(drawn) + 1)]


def _build(outcome: Outcome, quotes: tuple[Quote, ...], **more: Any) -> Answer:  # noqa: ANN401
    given_quotes = quotes if outcome is Outcome.ANSWERED else ()
    card = CARD if outcome is Outcome.CRISIS else None
    started = time.perf_counter()
    return build_answer("q", outcome, started, quotes=given_quotes, crisis_card=card, **more)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_answer_built_has_the_disclaimer(quotes: tuple[Quote, ...], outcome: Outcome) -> None:
    answer = _build(outcome, quotes)
    assert answer.disclaimer == wording.DISCLAIMER
    assert answer.to_dict()["disclaimer"] == wording.DISCLAIMER


@pytest.mark.parametrize("disclaimer", ["", " ", "\n\t"])
@pytest.mark.parametrize("outcome", Outcome)
def test_without_a_disclaimer_there_is_no_answer(
    quotes: tuple[Quote, ...], outcome: Outcome, disclaimer: str
) -> None:
    with pytest.raises(ValueError, match="disclaimer"):
        dataclasses.replace(_build(outcome, quotes), disclaimer=disclaimer)


def test_outcome_and_contents_agree_or_there_is_no_answer(quotes: tuple[Quote, ...]) -> None:
    answered = _build(Outcome.ANSWERED, quotes)
    refused = _build(Outcome.NOT_IN_CORPUS, quotes)
    crisis = _build(Outcome.CRISIS, quotes)
    for answer, change in (
        (answered, {"quotes": ()}),
        (refused, {"quotes": quotes}),
        (crisis, {"quotes": quotes}),
        (crisis, {"crisis_card": None}),
        (answered, {"confidence": 1.01}),
        (answered, {"confidence": -0.01}),
        (answered, {"confidence": float("nan")}),
    ):
        with pytest.raises(ValueError, match=r"outcome|confidence"):
            dataclasses.replace(answer, **change)


@given(st.lists(st.sampled_from(Notice), max_size=8))
@settings(max_examples=60)
def test_notices_stand_once_and_always_in_the_same_order(notices: list[Notice]) -> None:
    built = build_answer("q", Outcome.NOT_IN_CORPUS, time.perf_counter(), notices=notices).notices
    assert set(built) == set(notices)
    assert list(built) == [notice for notice in Notice if notice in notices]
    for order in itertools.islice(itertools.permutations(notices), 6):
        again = build_answer("q", Outcome.NOT_IN_CORPUS, time.perf_counter(), notices=order)
        assert again.notices == built


def test_answers_are_frozen(quotes: tuple[Quote, ...]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        quotes[0].text = "another"  # type: ignore[misc]


def test_the_time_an_answer_took_is_counted_from_its_question() -> None:
    answer = build_answer("q", Outcome.NOT_IN_CORPUS, time.perf_counter() - 2)
    assert 2_000 <= answer.elapsed_ms < 60_000
