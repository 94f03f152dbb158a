"""Exact means equal code points; where nothing is equal, the difference is shown whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa import wording
from kqa.answer.verify import PLACES, TEXT_LIMIT, Verification, verify_text
from kqa.errors import InputError
from kqa.index.store import StoredIndex
from kqa.records import Article, SegmentKind, Sentence, Span

CHARACTERS = st.characters(exclude_categories=["Cs"])
FEW = st.text(st.sampled_from("aab\n"), min_size=1, max_size=12)
TEXT = st.one_of(st.text(CHARACTERS, min_size=1, max_size=60), FEW)


def _article(text: str, id: str = "a") -> Article:
    return Article(id, text, "Title", False, f"{id}.txt", f"{id}.txt")


def _sentence(article: Article, start: int, end: int) -> Sentence:
    text = article.text[start:end]
    kind = SegmentKind.SENTENCE
    return Sentence(article.id, start, end, text, kind, None, Span(start, end), (0,), "")


def _one(*texts: str) -> tuple[list[Article], list[Sentence]]:
    """Articles of one sentence each."""
    articles = [_article(text, f"a{n}") for n, text in enumerate(texts)]
    return articles, [_sentence(article, 0, len(article.text)) for article in articles]


def _verify(stored: StoredIndex, text: str) -> Verification:
    return verify_text(text, stored.articles, stored.sentences)


@given(st.data(), st.lists(TEXT, min_size=1, max_size=3))
@settings(max_examples=300)
def test_any_slice_is_found_at_its_offset_and_wherever_else_it_stands(
    data: st.DataObject, texts: list[str]
) -> None:
    articles = [_article(text, f"a{n}") for n, text in enumerate(texts)]
    source = data.draw(st.sampled_from(articles))
    start = data.draw(st.integers(0, len(source.text) - 1))
    end = data.draw(st.integers(start + 1, len(source.text)))
    cut = source.text[start:end]
    if not cut.strip():
        return
    found = verify_text(cut, articles, [])
    everywhere = [
        (article.id, at, at + len(cut))
        for article in articles
        for at in range(len(article.text))
        if article.text[at : at + len(cut)] == cut
    ]
    assert [(p.article, p.start, p.end) for p in found.places] == everywhere
    assert (source.id, start, end) in everywhere
    assert {place.text for place in found.places} == {cut}
    assert found.found
    assert (found.nearest, found.similarity, found.changes) == (None, 1.0, ())


def test_occurrences_that_overlap_are_all_found() -> None:
    places = verify_text("no no", [_article("no no no no")], []).places
    assert [place.start for place in places] == [0, 3, 6]


@given(st.lists(TEXT, min_size=1, max_size=3), TEXT.filter(str.strip))
@settings(max_examples=300)
def test_the_changes_rebuild_both_texts(texts: list[str], given_text: str) -> None:
    articles, sentences = _one(*texts)
    found = verify_text(given_text, articles, sentences)
    if any(given_text in text for text in texts):
        assert found.found
        return
    assert not found.found
    assert found.nearest is not None
    assert found.nearest.text in texts
    assert "".join(run for side, run in found.changes if side != "article") == given_text
    assert "".join(run for side, run in found.changes if side != "given") == found.nearest.text
    assert all(run for _, run in found.changes)
    assert 0 <= found.similarity < 1


@pytest.mark.parametrize(
    ("said", "claimed", "lost"),
    [
        (
            "Ketamine is non-addictive when supervised.",
            "Ketamine is addictive when supervised.",
            "non-",
        ),
        ("The dose is 0.5 mg for each kilogram.", "The dose is 5 mg for each kilogram.", "0."),
        ("It is not approved for mood disorders.", "It is approved for mood disorders.", "not"),
    ],
)
def test_a_claim_that_turns_the_meaning_round_is_not_found_and_the_turn_is_shown(
    said: str, claimed: str, lost: str
) -> None:
    found = verify_text(claimed, *_one(said, "Sessions last forty minutes."))
    assert not found.found
    assert found.nearest is not None
    assert found.nearest.text == said
    assert found.similarity < 1
    assert "".join(run for side, run in found.changes if side == "article").strip() == lost
    assert [run for side, run in found.changes if side == "given"] == []


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("It’s safe.", "It's safe."),
        ("caf\u00e9 is open", "cafe\u0301 is open"),
        ("two  blanks", "two blanks"),
        ("one\nline", "one line"),
        ("Ketamine", "ketamine"),
        ("no\u00a0break", "no break"),
    ],
)
def test_nothing_is_folded(said: str, claimed: str) -> None:
    assert not verify_text(claimed, *_one(said)).found
    assert verify_text(said, *_one(said)).found


def test_real_sentences_are_found_and_altered_ones_are_not(stored: StoredIndex) -> None:
    for sentence in stored.sentences:
        found = _verify(stored, sentence.text)
        here = [
            p for p in found.places if (p.article, p.start) == (sentence.article, sentence.start)
        ]
        assert [place.quotable for place in here] == [True]
        altered = _verify(stored, sentence.text[:-1] + "¿")
        assert not altered.found
        assert altered.nearest is not None
        assert altered.similarity > 0.9


def test_a_heading_furniture_or_a_lost_lead_in_is_found_but_marked(stored: StoredIndex) -> None:
    for text in ("The History of Ketamine Therapy", "Recent Posts:", "These may include:"):
        found = _verify(stored, text)
        assert found.found
        assert not any(place.quotable for place in found.places), text


def test_several_sentences_with_what_stands_between_are_quotable_together() -> None:
    article = _article("One is said. Two is said.\nA heading")
    sentences = [_sentence(article, 0, 12), _sentence(article, 13, 25)]
    for text, quotable in (
        ("One is said. Two is said.", True),
        ("said. Two", True),
        ("said.\nA heading", False),
        ("A heading", False),
        (".", False),
    ):
        places = verify_text(text, [article], sentences).places
        assert {place.quotable for place in places} == {quotable}, text


def test_a_place_says_its_line(stored: StoredIndex) -> None:
    for place in _verify(stored, "ketamine").places:
        text = next(a.text for a in stored.articles if a.id == place.article)
        assert "ketamine" in text.split("\n")[place.line - 1]
        assert text[place.start : place.end] == "ketamine"


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t\u00a0", "a" * (TEXT_LIMIT + 1), "half \ud83d of it"]
)
def test_what_cannot_be_verified_is_bad_input(stored: StoredIndex, text: str) -> None:
    with pytest.raises(InputError, match=r"Give 1 to 10,000 characters"):
        _verify(stored, text)


@pytest.mark.parametrize("unit", ["e", "the ", "ketamine therapy ", "zq", "\n.", "e a i o u t n "])
def test_the_longest_text_allowed_is_compared_in_seconds(stored: StoredIndex, unit: str) -> None:
    text = (unit * TEXT_LIMIT)[: TEXT_LIMIT - 1] + "¿"
    found = _verify(stored, text)
    assert not found.found
    assert "".join(run for side, run in found.changes if side != "article") == text


def test_without_articles_nothing_is_near() -> None:
    found = verify_text("anything", [], [])
    assert (found.found, found.nearest, found.similarity, found.changes) == (False, None, 0.0, ())


def test_its_json_says_whether_found_and_bears_the_disclaimer(stored: StoredIndex) -> None:
    for text in ("Ketamine was first synthesized in 1962", "Ketamine was first made by Romans"):
        found: dict[str, Any] = json.loads(json.dumps(_verify(stored, text).to_dict()))
        assert found["found"] == bool(found["places"])
        assert found["disclaimer"] == wording.DISCLAIMER
        assert set(found) == {
            "found",
            "text",
            "total",
            "places",
            "nearest",
            "similarity",
            "changes",
            "disclaimer",
        }


@pytest.mark.parametrize(
    ("said", "asked", "inside"),
    [
        ("It is non-addictive.", "addictive", True),
        ("It is non-addictive.", "non-addictive", False),
        ("Give 0.5 mg.", "5 mg", True),
        ("Give 0.5 mg.", "0.5 mg", False),
        ("Give 5 mg. Then wait.", "5 mg", False),
        ("Give 1,500 mg.", "500 mg", True),
        ("A range of 5–10 mg.", "10 mg", True),
        ("The patients slept.", "patient", True),
        ("The patient’s sleep.", "patient", True),
        ("One, two.", "two", False),
        ("Sleep.Then wake.", "Then wake.", False),
    ],
)
def test_a_text_inside_a_longer_word_or_number_is_marked(
    said: str, asked: str, inside: bool
) -> None:
    (place,) = verify_text(asked, [_article(said)], []).places
    assert place.inside_word is inside


def test_only_so_many_places_are_listed_and_all_are_counted() -> None:
    found = verify_text("e", [_article("e" * 1_000)], [])
    assert (found.total, len(found.places)) == (1_000, PLACES)
