"""Spelling: right words keep their form, and misspelt ones become the articles' own."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.index.store import StoredIndex
from kqa.index.terms import words
from kqa.search import spelling
from kqa.search.spelling import COMMON, ONE_EDIT, RARE, Speller
from kqa.settings import shipped

ARTICLES = tuple(path.read_text("utf-8") for path in sorted(shipped("corpus").glob("*.txt")))
KNOWN = frozenset(word for text in ARTICLES for word in words(text))
LONG = sorted(word for word in KNOWN if word.isalpha() and len(word) > ONE_EDIT + 2)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(st.text(LETTERS, max_size=9), max_size=6).map(" ".join),
)


@cache
def english() -> dict[str, int]:
    return spelling._frequencies()


@cache
def speller() -> Speller:
    return Speller(ARTICLES)


@cache
def targets() -> frozenset[str]:
    """Every word that a correction may be."""
    common = sorted(english(), key=lambda word: (-english()[word], word))[:COMMON]
    return KNOWN | frozenset(common)


def _forms(word: str) -> Iterator[str]:
    """The word in each case that means the same letters."""
    return (form for form in (word, word.upper(), word.title()) if form.lower() == word)


def test_no_word_of_the_articles_is_changed() -> None:
    for word in KNOWN:
        for form in _forms(word):
            assert speller().correct(form) == form


def test_no_right_english_word_is_changed() -> None:
    right = [word for word, count in english().items() if count >= RARE]
    assert len(right) > 30_000
    assert [word for word in right if speller().correct(word) != word] == []


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_no_contraction_is_changed(apostrophe: str) -> None:
    short = [word.replace("'", apostrophe) for word in english() if "'" in word]
    assert len(short) > 30
    assert [word for word in short if speller().correct(word) != word] == []


def test_every_sentence_of_the_articles_keeps_its_form(stored: StoredIndex) -> None:
    for sentence in stored.sentences:
        assert speller().correct(sentence.text) == sentence.text


@given(ANY_TEXT)
@settings(max_examples=300)
def test_whatever_changes_becomes_a_known_word_with_its_first_letter_within_two_edits(
    text: str,
) -> None:
    for written in re.findall(r"[^\W\d_]+", text):
        corrected = speller().correct(written)
        if corrected != written:
            assert corrected in targets()
            assert corrected[0] == written.lower()[0]
            allowed = 1 if len(written.lower()) <= ONE_EDIT else 2
            assert 0 < _edits(written.lower(), corrected) <= allowed


@given(ANY_TEXT)
@settings(max_examples=200)
def test_words_are_corrected_one_by_one_and_what_stands_between_stays(text: str) -> None:
    corrected = speller().correct
    parts = re.split(r"([^\W\d_]+)", text)
    assert corrected(text) == "".join(corrected(part) for part in parts)
    assert all(corrected(part) == part for part in parts[::2])


@given(ANY_TEXT)
@settings(max_examples=200)
def test_a_corrected_question_is_not_corrected_again(text: str) -> None:
    once = speller().correct(text)
    assert speller().correct(once) == once


@given(st.data())
@settings(max_examples=150)
def test_one_edit_of_a_long_word_of_the_articles_comes_back(data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(LONG))
    misspelt = data.draw(_misspelt(word))
    if misspelt in KNOWN or english().get(misspelt, 0) >= RARE:
        assert speller().correct(misspelt) == misspelt
        return
    nearest = {other for other in targets() if _near(misspelt, other)}
    assert word in nearest
    if nearest == {word}:
        assert speller().correct(misspelt) == word
    else:
        assert speller().correct(misspelt) in nearest


def _misspelt(word: str) -> st.SearchStrategy[str]:
    """The word with one edit behind its first letter: a letter more, less, other, or two turned."""
    at, letter = st.integers(1, len(word) - 1), st.sampled_from(LETTERS)
    return st.one_of(
        st.builds(lambda n: word[:n] + word[n + 1 :], at),
        st.builds(lambda n, x: word[:n] + x + word[n:], at, letter),
        st.builds(lambda n, x: word[:n] + x + word[n + 1 :], at, letter),
        st.builds(
            lambda n: word[: n - 1] + word[n] + word[n - 1] + word[n + 1 :],
            st.integers(2, len(word) - 1),
        ),
    ).filter(lambda found: found != word)


def _near(one: str, other: str) -> bool:
    return abs(len(one) - len(other)) <= 1 and _edits(one, other) == 1


def _edits(one: str, other: str) -> int:
    """Optimal string alignment: letters more, less or other, and neighbours turned."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            same = letter == against
            best = min(row[-1] + 1, rows[-1][j] + 1, rows[-1][j - 1] + (not same))
            if i > 1 and j > 1 and one[i - 2] == against and letter == other[j - 2]:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("ketmine", "ketamine"),
        ("KETAMIN", "ketamine"),
        ("is it adictive?", "is it addictive?"),
        ("depresion & anxity", "depression & anxiety"),
        ("infusoin", "infusion"),
        ("whn", "when"),
    ],
)
def test_common_slips_are_mended(written: str, right: str) -> None:
    assert speller().correct(written) == right


@pytest.mark.parametrize(
    "written", ["esketamine", "eskatamine", "zzqx", "qi", "x", "", "1962", "0.5mg", "日本語", "🙂"]
)
def test_what_is_near_no_word_with_its_first_letter_is_left_as_it_is(written: str) -> None:
    assert speller().correct(written) == written


@given(st.permutations(ARTICLES), st.lists(st.sampled_from(LONG), min_size=1, max_size=8))
@settings(max_examples=4)
def test_the_order_of_the_texts_makes_no_difference(texts: list[str], chosen: list[str]) -> None:
    question = " ".join(word[:3] + word[4:] for word in chosen)
    assert Speller(texts).correct(question) == speller().correct(question)


def test_threads_get_the_words_that_one_thread_gets() -> None:
    questions = [" ".join(w[:n] + w[n + 1 :] for w in LONG[n::40]) for n in range(1, 7)]
    alone = [speller().correct(question) for question in questions]
    assert alone != questions
    shared = Speller(ARTICLES)
    together: dict[int, str] = {}

    def work(n: int) -> None:
        together[n] = shared.correct(questions[n])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[n] for n in range(len(questions))] == alone
