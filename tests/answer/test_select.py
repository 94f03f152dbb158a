"""Best first, each text once, never more than k unless a whole list is asked for."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.answer.match import FEATURES, Candidate, Evidence
from kqa.answer.select import (
    ALL_MARGIN,
    BESIDE_LIST,
    LIST_LIKE,
    LIST_RANKS,
    LIST_WAYS,
    MARGIN,
    MOST_ITEMS,
    QUOTES,
    SEVERAL,
    asks_for_all,
    choose_quotes,
    is_caution,
    list_asked_for,
    list_of,
    nearest_topics,
    only_advice,
    with_caution,
)
from kqa.corpus.furniture import is_promotional
from kqa.index.store import StoredIndex
from kqa.records import Hit, SegmentKind
from kqa.search.query import Query

SEEDS = st.integers(0, 2**32 - 1)
PLAIN = "When was ketamine first synthesized?"
SEVERAL_ASKED = "What are the side effects?"
ALL_ASKED = "List every side effect"


def _candidate(stored: StoredIndex, position: int, score: float) -> Candidate:
    sentence = stored.sentences[position]
    return Candidate(position, sentence, score, 0.5, sentence.passages[0])


def _asked(stored: StoredIndex, question: str, *likest: int) -> Evidence:
    """A question like no way of asking but ``likest``, in this order."""
    pinned, ways = len(stored.way_vectors), len(stored.ways)
    nothing = np.zeros(0)
    cosines = np.zeros(pinned)
    cosines[list(likest)] = [LIST_LIKE + 0.01 * n for n in range(len(likest), 0, -1)]
    return Evidence(
        query=Query(question, question, (), ()),
        hits=(),
        positions=np.zeros(0, dtype=np.int64),
        passages=np.zeros(0, dtype=np.int64),
        features=np.zeros((0, len(FEATURES))),
        way_cosines=cosines,
        way_letters=np.zeros(ways),
        ask_letters=nothing,
        lead_in_cosines=nothing,
        lead_in_letters=nothing,
    )


def _ranked(stored: StoredIndex, seed: int) -> tuple[Candidate, ...]:
    """Some sentences with scores of few values, so that they tie, best first."""
    seeded = random.Random(seed)
    found = seeded.sample(range(len(stored.sentences)), seeded.randint(1, 40))
    drawn = [_candidate(stored, at, seeded.randint(0, 8) * MARGIN / 4) for at in found]
    return tuple(sorted(drawn, key=lambda c: (-c.score, c.position)))


def _first(stored: StoredIndex, positions: tuple[int, ...]) -> tuple[Candidate, ...]:
    """Every sentence of the index, those at ``positions`` best of all."""
    best = [_candidate(stored, at, 50.0 - n) for n, at in enumerate(positions)]
    rest = [_candidate(stored, n, 0.0) for n in range(len(stored.sentences)) if n not in positions]
    return (*best, *rest)


def _position(stored: StoredIndex, words: str) -> int:
    (found,) = (n for n, sentence in enumerate(stored.sentences) if words in sentence.text)
    return found


def _words(candidate: Candidate) -> str:
    return " ".join(candidate.sentence.text.casefold().split())


@given(SEEDS, st.integers(1, 10))
@settings(max_examples=150)
def test_a_plain_choice_is_at_most_k_close_to_the_first_and_each_text_once(
    stored: StoredIndex, seed: int, k: int
) -> None:
    ranked = _ranked(stored, seed)
    chosen = choose_quotes(stored, _asked(stored, PLAIN), ranked, k)
    assert chosen[:1] == ranked[:1]
    assert len({_words(c) for c in chosen}) == len(chosen)
    praise = [is_promotional(c.sentence.text) for c in chosen]
    if praise[-1] or not all(praise[:-1]):
        assert len(chosen) <= k
        assert [c for c in ranked if c in chosen] == list(chosen)
        assert all(c.score >= ranked[0].score - MARGIN for c in chosen)


@given(SEEDS)
@settings(max_examples=60)
def test_a_smaller_k_chooses_the_first_of_a_larger(stored: StoredIndex, seed: int) -> None:
    ranked = tuple(c for c in _ranked(stored, seed) if not is_promotional(c.sentence.text))
    if ranked:
        most = choose_quotes(stored, _asked(stored, PLAIN), ranked, 10)
        assert all(
            choose_quotes(stored, _asked(stored, PLAIN), ranked, k) == most[:k]
            for k in range(1, 11)
        )


@given(SEEDS, st.integers(1, 10))
@settings(max_examples=100)
def test_who_asks_for_all_gets_more_but_no_more_than_several(
    stored: StoredIndex, seed: int, k: int
) -> None:
    ranked = _ranked(stored, seed)
    if not list_asked_for(stored, _asked(stored, ALL_ASKED), ranked):
        chosen = choose_quotes(stored, _asked(stored, ALL_ASKED), ranked, k)
        assert len(chosen) <= max(k, SEVERAL, 2)
        if not all(is_promotional(c.sentence.text) for c in chosen[:-1]):
            assert all(c.score >= ranked[0].score - ALL_MARGIN for c in chosen)
        assert set(choose_quotes(stored, _asked(stored, PLAIN), ranked, k)[:1]) <= set(chosen)


def test_the_same_words_in_another_article_are_no_second_quote(stored: StoredIndex) -> None:
    first = _candidate(stored, _position(stored, "1962"), 9.0)
    shouted = dataclasses.replace(
        first.sentence, text=f"  {first.sentence.text.upper()}\n", article="another"
    )
    twin = dataclasses.replace(first, sentence=shouted, position=first.position + 1)
    assert choose_quotes(stored, _asked(stored, PLAIN), [first, twin], 3) == (first,)


# --- lists -------------------------------------------------------------------------------


def test_a_list_is_its_items_from_the_first_to_the_last(stored: StoredIndex) -> None:
    lists = {list_of(stored, n) for n in range(len(stored.sentences))} - {()}
    assert len(lists) >= 4
    for items in lists:
        assert items == tuple(range(items[0], items[-1] + 1))
        assert len({stored.sentences[at].lead_in for at in items}) == 1
        assert all(list_of(stored, at) == items for at in items)
    listed = {at for items in lists for at in items}
    for n, sentence in enumerate(stored.sentences):
        assert (n in listed) == (sentence.kind is SegmentKind.ITEM)


@pytest.mark.parametrize("question", [SEVERAL_ASKED, ALL_ASKED])
@pytest.mark.parametrize("k", [1, 3, 10])
def test_a_list_that_is_asked_for_is_given_whole_in_its_order(
    stored: StoredIndex, question: str, k: int
) -> None:
    for items in {list_of(stored, n) for n in range(len(stored.sentences))} - {()}:
        ranked = _first(stored, items[:1:-1] or items[::-1])  # its first two found last
        assert list_asked_for(stored, _asked(stored, question), ranked) == items
        chosen = [c.position for c in choose_quotes(stored, _asked(stored, question), ranked, k)]
        assert [at for at in chosen if at in items] == list(items)
        assert len(chosen) <= len(items) + BESIDE_LIST


def test_a_better_sentence_stands_above_the_list(stored: StoredIndex) -> None:
    items = list_of(stored, _position(stored, "Nausea and vomiting:"))
    sentence = _position(stored, "does carry some potential risks")
    ranked = _first(stored, (sentence, *items))
    chosen = choose_quotes(stored, _asked(stored, SEVERAL_ASKED), ranked, 3)
    assert [c.position for c in chosen][: len(items) + 1] == [sentence, *items]


def test_no_list_is_given_to_who_asks_for_one_thing(stored: StoredIndex) -> None:
    items = list_of(stored, _position(stored, "Nausea and vomiting:"))
    others = [n for n, s in enumerate(stored.sentences) if s.kind is SegmentKind.SENTENCE]
    few = items[: MOST_ITEMS - 1]
    ranked = _first(stored, (*few, *others[: LIST_RANKS - len(few)]))
    assert list_asked_for(stored, _asked(stored, PLAIN), ranked) == ()
    assert len(choose_quotes(stored, _asked(stored, PLAIN), ranked, 2)) == 2


def test_a_list_whose_items_fill_the_best_places_is_given_whole_the_best_item_first(
    stored: StoredIndex,
) -> None:
    items = list_of(stored, _position(stored, "Nausea and vomiting:"))
    assert len(items) >= MOST_ITEMS
    backwards = items[::-1]
    chosen = choose_quotes(stored, _asked(stored, PLAIN), _first(stored, backwards), 3)
    places = [c.position for c in chosen if c.position in items]
    assert places == [backwards[0], *(at for at in items if at != backwards[0])]


def test_a_list_that_is_not_near_is_no_answer(stored: StoredIndex) -> None:
    items = list_of(stored, _position(stored, "Nausea and vomiting:"))
    others = tuple(n for n, s in enumerate(stored.sentences) if s.kind is SegmentKind.SENTENCE)[
        :LIST_RANKS
    ]
    assert (
        list_asked_for(stored, _asked(stored, ALL_ASKED), _first(stored, (*others, *items))) == ()
    )
    assert list_asked_for(
        stored, _asked(stored, ALL_ASKED), _first(stored, (others[0], items[0]))
    ) in ((), items)


def test_a_list_is_also_the_answer_where_somebody_asked_for_it_in_nearly_these_words(
    stored: StoredIndex,
) -> None:
    items = list_of(stored, _position(stored, "Nausea and vomiting:"))
    lead_in = next(n for n, line in enumerate(stored.lead_ins) if line.items == items)
    way = next(n for n, way in enumerate(stored.ways) if way.lead_in == lead_in)
    others = [n for n, way in enumerate(stored.ways) if len(way.sentences) == 1][:LIST_WAYS]
    ranked = _first(stored, (_position(stored, "1962"),))
    for likest in ([way], [*others[: LIST_WAYS - 1], way]):
        assert list_asked_for(stored, _asked(stored, SEVERAL_ASKED, *likest), ranked) == items
        nearest = likest[0] == way  # who asks for one thing must ask in nearly these words
        found = list_asked_for(stored, _asked(stored, PLAIN, *likest), ranked)
        assert found == (items if nearest else ())
    far = _asked(stored, SEVERAL_ASKED, *others, way)
    assert list_asked_for(stored, far, ranked) == ()
    less = dataclasses.replace(_asked(stored, SEVERAL_ASKED, way), way_letters=far.way_letters)
    unlike = dataclasses.replace(less, way_cosines=less.way_cosines * 0.9)
    assert list_asked_for(stored, unlike, ranked) == ()


@pytest.mark.parametrize(
    "question",
    ["list the side effects", "Name each of them", "ALL the ways", "every one", "a full list"],
)
def test_who_says_all_asks_for_all(question: str) -> None:
    assert asks_for_all(question)


@pytest.mark.parametrize("question", [PLAIN, "How long does it last?", "Is it allowed?"])
def test_who_does_not_asks_for_one(question: str) -> None:
    assert not asks_for_all(question)


# --- praise and cautions -----------------------------------------------------------------


@given(SEEDS, st.integers(1, 4))
@settings(max_examples=150)
def test_praise_never_stands_alone_where_there_is_a_caution(
    stored: StoredIndex, seed: int, count: int
) -> None:
    seeded = random.Random(seed)
    praise = [n for n, s in enumerate(stored.sentences) if is_promotional(s.text)]
    assert len(praise) > 4
    ranked = _first(stored, tuple(seeded.sample(praise, count)))
    for k in (1, 2, 3, 10):
        chosen = choose_quotes(stored, _asked(stored, PLAIN), ranked, k)
        assert chosen[0] == ranked[0]
        assert len(chosen) <= max(QUOTES, k)
        assert not all(is_promotional(c.sentence.text) for c in chosen)


@given(SEEDS, st.integers(1, 10))
@settings(max_examples=100)
def test_what_does_not_only_praise_is_left_as_it_is(
    stored: StoredIndex, seed: int, count: int
) -> None:
    ranked = _ranked(stored, seed)
    chosen = ranked[:count]
    found = with_caution(chosen, ranked)
    if not all(is_promotional(c.sentence.text) for c in chosen):
        assert found == chosen
    elif any(is_caution(c.sentence.text) for c in ranked):
        best = next(c for c in ranked if is_caution(c.sentence.text))
        assert found[-1] == best
        assert found[:1] == chosen[:1]
    else:
        assert found == chosen


def test_a_caution_never_praises(stored: StoredIndex) -> None:
    cautions = [s.text for s in stored.sentences if is_caution(s.text)]
    assert len(cautions) > 10
    assert not any(is_promotional(text) for text in cautions)


# --- advice and topics -------------------------------------------------------------------


def test_advice_are_sentences_that_send_to_a_provider_in_their_order(stored: StoredIndex) -> None:
    everything = _first(stored, ())
    advice = only_advice(everything)
    assert advice == tuple(c for c in everything if c in advice)
    assert 3 < len(advice) < len(everything) / 4
    words = ("provider", "professional", "doctor", "physician", "evaluat", "team", "condition")
    for text in (candidate.sentence.text for candidate in advice):
        assert any(word in text.lower() for word in (*words, "individually", "screening"))
        assert "1962" not in text


@given(SEEDS, st.integers(0, 5))
@settings(max_examples=60)
def test_topics_are_the_headings_of_the_nearest_passages_each_once(
    stored: StoredIndex, seed: int, most: int
) -> None:
    seeded = random.Random(seed)
    hits = [Hit(n, 1.0) for n in seeded.sample(range(len(stored.passages)), seeded.randint(0, 12))]
    titles = {article.id: article.title for article in stored.articles}
    names = []
    for hit in hits:
        passage = stored.passages[hit.passage]
        name = passage.section or titles[passage.article]
        if name not in names:
            names.append(name)
    assert nearest_topics(stored, hits, most) == tuple(names[:most])
