"""Candidates: pairs close in meaning that say opposite things, for a person to judge."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.answer.candidates import CLOSE, PAIRS, PAIRS_OF_ONE_SIGN, candidates
from kqa.corpus.differences import POLES, Pair, oppositions, signs
from kqa.corpus.disagreements import known_pairs, read_disagreements
from kqa.corpus.pins import Place
from kqa.corpus.read import read_corpus
from kqa.corpus.segment import segment
from kqa.index.store import StoredIndex, open_index
from kqa.records import SegmentKind, Sentence, Span, Vectors
from kqa.settings import shipped

_TEXTS = (
    "Dissociation is mild.",
    "Dissociation can be unsettling.",
    "Its effects are temporary.",
    "It leads to lasting improvements.",
    "It may be taken at home.",
    "It is given in a clinical setting.",
    "It was made in 1962.",
    "It was made in the 1970s.",
    "It takes 40 minutes.",
    "It takes 60 minutes.",
    "It is known.",
)


def sentence(at: int, text: str, article: str, section: str | None = None) -> Sentence:
    start = 1_000 * at
    span = Span(start, start + len(text))
    return Sentence(
        article, span.start, span.end, text, SegmentKind.SENTENCE, section, span, (), ""
    )


def unit(rows: object) -> Vectors:
    array = np.asarray(rows, dtype=np.float32)
    unit_rows: Vectors = array / np.linalg.norm(array, axis=1, keepdims=True)
    return unit_rows


def texts_of(pairs: tuple[Pair, ...], sentences: list[Sentence]) -> list[tuple[str, str]]:
    by_place = {Place(s.article, s.span): s.text for s in sentences}
    return [(by_place[pair.one], by_place[pair.other]) for pair in pairs]


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[Sentence], Vectors]:
    texts = draw(st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=25))
    sentences = [
        sentence(at, text, draw(st.sampled_from("ab")), draw(st.sampled_from((None, "S"))))
        for at, text in enumerate(texts)
    ]
    seed = draw(st.integers(0, 1_000))
    return sentences, unit(np.random.default_rng(seed).normal(0.3, 1, (len(texts), 6)))


# Any corpus.


@given(corpora(), st.integers(0, 10))
def test_no_pair_stands_twice_or_inside_one_section_and_the_limit_holds(
    corpus: tuple[list[Sentence], Vectors], limit: int
) -> None:
    sentences, vectors = corpus
    found = candidates(sentences, vectors, limit=limit)
    by_place = {Place(s.article, s.span): s for s in sentences}
    assert len(found) <= limit
    assert len({pair.places for pair in found}) == len(found)
    for pair in found:
        one, other = by_place[pair.one], by_place[pair.other]
        assert (one.article, one.section) != (other.article, other.section)
        assert list(oppositions(signs(one.text), signs(other.text)))


@given(corpora())
def test_the_likest_come_first_and_few_of_each_sign(
    corpus: tuple[list[Sentence], Vectors],
) -> None:
    found = candidates(*corpus)
    likeness = [float(pair.why.rpartition(" ")[2]) for pair in found]
    assert likeness == sorted(likeness, reverse=True)
    assert all(each >= round(CLOSE, 2) for each in likeness)
    reasons = [pair.why.rpartition(";")[0] for pair in found]
    assert all(reasons.count(reason) <= PAIRS_OF_ONE_SIGN for reason in reasons)


@given(corpora(), st.data())
def test_a_known_pair_is_left_out_and_makes_room(
    corpus: tuple[list[Sentence], Vectors], data: st.DataObject
) -> None:
    found = candidates(*corpus)
    known = frozenset(p.places for p in found if data.draw(st.booleans()))
    now = candidates(*corpus, known)
    assert known.isdisjoint(pair.places for pair in now)
    assert {p.places for p in found} - known <= {p.places for p in now}


@given(corpora())
def test_equal_inputs_give_equal_lists(corpus: tuple[list[Sentence], Vectors]) -> None:
    assert candidates(*corpus) == candidates(*corpus)


# What makes a pair.


@pytest.mark.parametrize("at", range(0, len(_TEXTS) - 1, 2))
def test_sentences_of_one_meaning_that_say_opposite_things_are_found(at: int) -> None:
    sentences = [sentence(0, _TEXTS[at], "a"), sentence(1, _TEXTS[at + 1], "b")]
    found = candidates(sentences, unit([[1, 0.1], [1, 0]]))
    assert texts_of(found, sentences) == [(_TEXTS[at], _TEXTS[at + 1])]


@pytest.mark.parametrize("at", range(0, len(_TEXTS) - 1, 2))
def test_sentences_of_different_meanings_are_not_found(at: int) -> None:
    sentences = [sentence(0, _TEXTS[at], "a"), sentence(1, _TEXTS[at + 1], "b")]
    assert candidates(sentences, unit([[1, 0], [0, 1]])) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It is mild.", "It is mild, though intense for some."),
        ("It was made in 1962.", "It was made in the 1960s."),
        ("It takes 40 minutes.", "It takes 40 minutes or 60 minutes."),
        ("It takes two sessions.", "It takes 40 minutes."),
        ("It is non-addictive.", "It is non-addictive and safe."),
        ("It is addictive.", "It may lead to misuse."),
        ("It is homely.", "It is given in a clinic."),
        ("It is of low risk.", "It is safe."),
        ("It is not a new therapy.", "It is decades old."),
    ],
)
def test_what_may_both_be_true_is_no_opposition(one: str, other: str) -> None:
    assert list(oppositions(signs(one), signs(other))) == []


@pytest.mark.parametrize(("one", "other"), POLES)
def test_every_word_of_a_pole_opposes_every_word_of_the_other(one: str, other: str) -> None:
    for word, opposite in itertools.product(one.split(", "), other.split(", ")):
        said, against = (f"It is {w.replace('*', '')} here." for w in (word, opposite))
        found = {why for _, why in oppositions(signs(said), signs(against))}
        assert any(why.startswith("“") for why in found)
        assert list(oppositions(signs(said), signs(said))) == []


def test_an_opposition_is_one_from_both_ends() -> None:
    for one, other in itertools.product(_TEXTS, repeat=2):
        kinds = [kind for kind, _ in oppositions(signs(one), signs(other))]
        assert kinds == [kind for kind, _ in oppositions(signs(other), signs(one))]


# Extremes.


def test_vectors_that_do_not_fit_are_refused() -> None:
    for shape in ((2, 4), (0, 4), (1,)):
        with pytest.raises(ValueError, match="vectors of shape"):
            candidates([sentence(0, "It is mild.", "a")], np.zeros(shape, dtype=np.float32))


def test_nothing_gives_nothing() -> None:
    assert candidates([], np.zeros((0, 4), dtype=np.float32)) == ()


def test_equal_vectors_and_vectors_of_nothing_do_no_harm() -> None:
    sentences = [sentence(at, _TEXTS[at % 2], "ab"[at % 2]) for at in range(200)]
    assert candidates(sentences, np.zeros((200, 4), dtype=np.float32)) == ()
    found = candidates(sentences, unit(np.ones((200, 4))))
    assert len(found) == PAIRS_OF_ONE_SIGN


def test_a_large_corpus_is_searched_within_seconds() -> None:
    count = 3_000
    sentences = [sentence(at, _TEXTS[at % len(_TEXTS)], f"a{at % 50}") for at in range(count)]
    vectors = unit(np.random.default_rng(0).normal(0.3, 1, (count, 16)))
    started = time.monotonic()
    assert 0 < len(candidates(sentences, vectors)) <= PAIRS
    assert time.monotonic() - started < 60


# The five articles.


@pytest.fixture(scope="module")
def by_default_encoder(real_index: Path) -> StoredIndex:
    return open_index(real_index)


def test_half_of_the_known_disagreements_would_have_been_proposed(
    by_default_encoder: StoredIndex,
) -> None:
    corpus = read_corpus(shipped("corpus"))
    segments = {a.id: segment(a) for a in corpus.articles}
    known = read_disagreements(corpus.folder, corpus.articles, segments)
    sentences = by_default_encoder.sentences
    proposed = candidates(sentences, by_default_encoder.sentence_vectors[: len(sentences)])
    places = {pair.places for pair in proposed}
    found = [each.id for each in known if places & known_pairs([each])]
    assert len(proposed) <= PAIRS
    assert len(found) >= len(known) // 2
