"""Likeness by letters is scikit-learn's tf-idf cosine, and survives being kept."""

from __future__ import annotations

import io
import json
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from kqa.errors import IndexCorrupt
from kqa.index.ngrams import FILES, LONGEST, SHORTEST, NgramIndex, ngrams
from kqa.index.store import StoredIndex
from kqa.index.terms import words

WORD = st.sampled_from(
    ["ketamine", "ketamin", "Ketamine's", "dose", "doses", "a", "I", "1962", "日本語", "é", "don’t"]
)
LETTERS = st.text(st.sampled_from("abkée '-\n"), max_size=12)
TEXT = st.one_of(
    st.lists(WORD, max_size=7).map(" ".join),
    LETTERS,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
TEXTS = st.lists(TEXT, min_size=1, max_size=9)
NAMES = ("vocabulary", "ends", "texts", "weights", "idf")


def _parts(index: NgramIndex) -> dict[str, Any]:
    return dict(zip(NAMES, index.arrays().values(), strict=True))


def _oracle(texts: list[str], question: str) -> NDArray[np.float64]:
    """scikit-learn's cosines. Its vocabulary holds the question's n-grams too: what no text
    holds counts in the question's length."""
    vocabulary = sorted({gram for text in [*texts, question] for gram in ngrams(text)})
    if not vocabulary:
        return np.zeros(len(texts))
    vectorizer = TfidfVectorizer(
        analyzer=ngrams, vocabulary=vocabulary, smooth_idf=True, sublinear_tf=False, norm="l2"
    )
    known = vectorizer.fit_transform(texts)
    found: NDArray[np.float64] = (known @ vectorizer.transform([question]).T).toarray()[:, 0]
    return found


@given(TEXT)
@settings(max_examples=300)
def test_the_ngrams_are_scikit_learns_of_each_word(text: str) -> None:
    analyze = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(SHORTEST, LONGEST), lowercase=False
    ).build_analyzer()
    assert sorted(ngrams(text)) == sorted(analyze(" ".join(words(text))))


@given(TEXTS, TEXT)
@settings(max_examples=300)
def test_cosines_equal_those_of_scikit_learn(texts: list[str], question: str) -> None:
    found = NgramIndex.build(texts).cosines(question)
    assert found.shape == (len(texts),)
    np.testing.assert_allclose(found, _oracle(texts, question), rtol=1e-5, atol=1e-6)


def test_cosines_of_the_real_texts_equal_those_of_scikit_learn(stored: StoredIndex) -> None:
    texts = [sentence.text for sentence in stored.sentences]
    index = NgramIndex.build(texts)
    for question in ("is ketamin adictive", "Wie lange wirkt es?", "zzz", texts[7], ""):
        np.testing.assert_allclose(
            index.cosines(question), _oracle(texts, question), rtol=1e-5, atol=1e-6
        )


@given(TEXTS)
def test_a_text_is_wholly_like_itself_and_no_likeness_leaves_0_to_1(texts: list[str]) -> None:
    index = NgramIndex.build(texts)
    assert len(index) == len(texts)
    for at, text in enumerate(texts):
        found = index.cosines(text)
        assert (found >= 0).all()
        assert (found <= 1 + 1e-6).all()
        assert found[at] == pytest.approx(1.0 if ngrams(text) else 0.0, abs=1e-6)


@given(TEXTS, TEXT)
@settings(max_examples=60)
def test_neither_case_nor_order_of_words_makes_a_difference(
    texts: list[str], question: str
) -> None:
    index = NgramIndex.build(texts)
    turned = " ".join(reversed(words(question)))
    np.testing.assert_allclose(index.cosines(turned), index.cosines(question), atol=1e-9)


def test_a_misspelt_word_is_liker_to_the_right_one_than_to_another() -> None:
    index = NgramIndex.build(["ketamine", "kitchen", "infusion", "dissociation"])
    for misspelt, right in (("ketmine", 0), ("infusoin", 2), ("disociation", 3)):
        assert index.cosines(misspelt).argmax() == right


@pytest.mark.parametrize("texts", [[], [""], ["", "?!"]])
def test_nothing_to_compare_with_is_no_failure(texts: list[str]) -> None:
    index = NgramIndex.build(texts)
    again = NgramIndex.from_arrays(**_parts(index), count=len(texts))
    for each in (index, again):
        assert each.cosines("ketamine").tolist() == [0.0] * len(texts)
        assert each.cosines("").tolist() == [0.0] * len(texts)


@given(TEXTS, TEXT)
@settings(max_examples=150)
def test_a_round_trip_through_arrays_changes_no_bit(texts: list[str], question: str) -> None:
    index = NgramIndex.build(texts)
    again = NgramIndex.from_arrays(**_parts(index), count=len(texts))
    assert again.cosines(question).tobytes() == index.cosines(question).tobytes()
    assert {name: bytes(part) for name, part in again.arrays().items()} == {
        name: bytes(part) for name, part in index.arrays().items()
    }


def test_what_is_kept_is_json_and_plain_arrays_never_a_pickle() -> None:
    kept = NgramIndex.build(["dose", "a mood"]).arrays()
    assert tuple(kept) == FILES
    for part in kept.values():
        if isinstance(part, bytes):
            json.loads(part)
            with pytest.raises(pickle.UnpicklingError):
                pickle.loads(part)
        else:
            assert not part.dtype.hasobject
            np.save(io.BytesIO(), part, allow_pickle=False)


def _changed(array: NDArray[Any], at: int, value: float) -> NDArray[Any]:
    copy = array.copy()
    copy[at] = value
    return copy


def _dropped(vocabulary: bytes) -> bytes:
    return json.dumps(json.loads(vocabulary)[1:]).encode()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("vocabulary", _dropped),
        ("vocabulary", lambda v: json.dumps([*json.loads(v)[1:], 5]).encode()),
        ("vocabulary", lambda v: json.dumps(json.loads(v)[1:] + json.loads(v)[1:2]).encode()),
        ("vocabulary", lambda v: json.dumps(dict.fromkeys(json.loads(v), 1)).encode()),
        ("vocabulary", lambda _: b"5"),
        ("ends", lambda a: a[:-1]),
        ("ends", lambda a: a[:0]),
        ("ends", lambda a: a[::-1]),
        ("ends", lambda a: a[None]),
        ("ends", lambda a: a - 1),
        ("ends", lambda a: _changed(a, 0, -1)),
        ("ends", lambda a: _changed(a, -1, a[-1] + 1)),
        ("texts", lambda a: a[:-1]),
        ("texts", lambda a: a[None]),
        ("texts", lambda a: _changed(a, 0, 2)),
        ("texts", lambda a: _changed(a, 0, -1)),
        ("weights", lambda a: a[:-1]),
        ("weights", lambda a: _changed(a, 0, np.nan)),
        ("weights", lambda a: _changed(a, 0, np.inf)),
        ("idf", lambda a: a[:-1]),
        ("idf", lambda a: _changed(a, 0, np.nan)),
        ("idf", lambda a: a[:, None]),
    ],
)
def test_parts_that_do_not_fit_are_refused(name: str, damage: Any) -> None:  # noqa: ANN401
    parts = _parts(NgramIndex.build(["dose", "a mood"]))
    NgramIndex.from_arrays(**parts, count=2)
    with pytest.raises(IndexCorrupt):
        NgramIndex.from_arrays(**{**parts, name: damage(parts[name])}, count=2)


def test_more_texts_than_the_index_counts_are_refused() -> None:
    parts = _parts(NgramIndex.build(["dose", "a mood"]))
    with pytest.raises(IndexCorrupt):
        NgramIndex.from_arrays(**parts, count=1)


def test_threads_get_the_figures_that_one_thread_gets(stored: StoredIndex) -> None:
    questions = [f"{sentence.text} {n}" for n, sentence in enumerate(stored.sentences[:24])]
    alone = [stored.letters.cosines(question).tobytes() for question in questions]
    together: dict[int, bytes] = {}

    def work(n: int) -> None:
        together[n] = stored.letters.cosines(questions[n]).tobytes()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[n] for n in range(len(questions))] == alone
