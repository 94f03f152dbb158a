"""Passages: whole sentences inside one section, each the slice of its article."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.passages import split_passages
from kqa.corpus.read import Corpus
from kqa.corpus.segment import segment
from kqa.records import Article, Passage, SegmentKind, Sentence

FIT = {SegmentKind.SENTENCE, SegmentKind.ITEM, SegmentKind.LEAD_IN}
limits = st.sampled_from((1, 40, 120, 300, 1200))
overlaps = st.sampled_from((0.0, 0.3, 0.9))
Cut = tuple[tuple[Passage, ...], tuple[Sentence, ...]]


def cut(article: Article, limit: int, overlap: float = 0.0, first: int = 0) -> Cut:
    return split_passages(article, segment(article), limit, overlap, first)


def held(article: Article, passage: Passage) -> list[SegmentKind]:
    return [s.kind for s in segment(article) if s.span.overlaps(passage.span)]


@given(data=st.data(), limit=limits, overlap=overlaps)
def test_passage_text_is_its_slice_of_the_article(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int, overlap: float
) -> None:
    article = data.draw(articles)
    passages, sentences = cut(article, limit, overlap)
    for passage in passages:
        assert passage.text == article.text[passage.start : passage.end]
    for sentence in sentences:
        assert sentence.text == article.text[sentence.start : sentence.end]
        assert sentence.sha256 == hashlib.sha256(sentence.text.encode()).hexdigest()


@given(data=st.data(), limit=limits, overlap=overlaps)
def test_a_passage_never_holds_what_may_not_be_quoted(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int, overlap: float
) -> None:
    article = data.draw(articles)
    for passage in cut(article, limit, overlap)[0]:
        assert set(held(article, passage)) <= FIT
        assert any(kind is not SegmentKind.LEAD_IN for kind in held(article, passage))


@given(data=st.data(), limit=limits, overlap=overlaps)
def test_a_passage_lies_inside_one_section(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int, overlap: float
) -> None:
    article = data.draw(articles)
    for passage in cut(article, limit, overlap)[0]:
        sections = {s.section for s in segment(article) if s.span.overlaps(passage.span)}
        assert sections == {passage.section}


@given(data=st.data(), limit=limits, overlap=overlaps)
def test_only_a_single_sentence_exceeds_the_limit(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int, overlap: float
) -> None:
    article = data.draw(articles)
    for passage in cut(article, limit, overlap)[0]:
        assert len(passage.text) <= limit or len(held(article, passage)) == 1


@given(data=st.data(), limit=limits, overlap=overlaps, first=st.integers(0, 5))
def test_every_quotable_segment_stands_in_at_least_one_passage(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int, overlap: float, first: int
) -> None:
    article = data.draw(articles)
    passages, sentences = cut(article, limit, overlap, first)
    quotable = [(s.start, s.end) for s in segment(article) if s.quotable]
    assert [(s.start, s.end) for s in sentences] == quotable
    for sentence in sentences:
        holders = [
            first + n
            for n, p in enumerate(passages)
            if p.start <= sentence.start and sentence.end <= p.end
        ]
        assert holders
        assert list(sentence.passages) == holders


@given(data=st.data(), limit=limits)
def test_passages_without_overlap_share_nothing(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int
) -> None:
    passages, sentences = cut(data.draw(articles), limit)
    assert [p.start for p in passages] == sorted(p.start for p in passages)
    for sentence in sentences:
        assert len(sentence.passages) == 1


@given(data=st.data(), limit=limits, overlap=overlaps)
def test_no_passage_lies_inside_another(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int, overlap: float
) -> None:
    passages, _ = cut(data.draw(articles), limit, overlap)
    for before, after in itertools.pairwise(passages):
        assert before.start < after.start
        assert before.end < after.end


@given(data=st.data(), limit=limits)
def test_what_a_sentence_needs_covers_it_and_its_lead_in(
    articles: SearchStrategy[Article], data: st.DataObject, limit: int
) -> None:
    article = data.draw(articles)
    for sentence in cut(article, limit)[1]:
        assert sentence.needs.start <= sentence.start
        assert sentence.needs.end == sentence.end
        if sentence.lead_in is not None:
            assert sentence.needs.start <= sentence.lead_in.start


@given(data=st.data())
def test_what_a_sentence_needs_starts_with_a_segment_that_does_not_hang(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    segments = segment(article)
    for sentence in cut(article, 300)[1]:
        at = next(n for n, s in enumerate(segments) if s.start == sentence.needs.start)
        assert not segments[at].hangs or at == 0 or segments[at - 1].kind not in FIT


@given(data=st.data(), overlap=overlaps)
def test_the_limit_changes_no_sentence(
    articles: SearchStrategy[Article], data: st.DataObject, overlap: float
) -> None:
    article = data.draw(articles)
    small, large = (cut(article, limit, overlap)[1] for limit in (50, 5000))
    assert [(s.start, s.end, s.needs) for s in small] == [(s.start, s.end, s.needs) for s in large]


LIST = "It has risks.\nThese may include:\n\n1. Nausea and vomiting\n2. Bladder issues\n"


def test_a_list_begun_in_an_earlier_passage_has_its_lead_in_among_the_heading_words(
    article_of: Callable[..., Article],
) -> None:
    passages, sentences = cut(article_of(LIST), 45)
    assert [p.text for p in passages] == [
        "It has risks.",
        "These may include:\n\n1. Nausea and vomiting",
        "Bladder issues",
    ]
    assert [p.heading for p in passages] == ["Title", "Title", "Title\nThese may include:"]
    assert sentences[-1].needs.of(LIST) == LIST.strip()


def test_a_lead_in_that_does_not_fit_with_its_first_item_is_heading_words_only(
    article_of: Callable[..., Article],
) -> None:
    passages, _ = cut(article_of(LIST), 25)
    assert [(p.text, p.heading) for p in passages][1:] == [
        ("Nausea and vomiting", "Title\nThese may include:"),
        ("Bladder issues", "Title\nThese may include:"),
    ]


def test_overlap_repeats_the_last_sentences(article_of: Callable[..., Article]) -> None:
    text = "One is here. Two is here. Three is here. Four is here. Five is here."
    passages, _ = cut(article_of(text), 40, 0.4)
    assert [p.text.split(" is here.")[0] for p in passages] == ["One", "Three", "Five"]
    assert passages[0].text == "One is here. Two is here. Three is here."


def test_heading_words_are_the_title_and_the_section_once(
    article_of: Callable[..., Article],
) -> None:
    text = "Title\n\nIt is old.\n\nSafety First\n\nIt is safe.\n"
    assert [p.heading for p in cut(article_of(text), 300)[0]] == ["Title", "Title\nSafety First"]


def test_an_article_of_nothing_quotable_has_no_passages(
    article_of: Callable[..., Article],
) -> None:
    assert cut(article_of("June 19, 2024\n\nThe reasons include:\n"), 300) == ((), ())


@pytest.mark.parametrize("limit", [200, 400, 800])
@pytest.mark.parametrize("overlap", [0.0, 0.5])
def test_no_passage_of_the_real_articles_holds_a_trap(
    real: Corpus, limit: int, overlap: float
) -> None:
    traps = (
        "Contraindications for ketamine include:",
        "The key mechanisms include:",
        "central nervous system:",
        "Disclaimer",
        "medical advice",
        "contact us today",
        "check out our article",
        "Name(Required)",
        "This field is for validation",
        "Categories:",
        "Recent Posts:",
        "June 19, 2024",
        "In this article, we explore",
        "This article will explore",
        "Don’t hesitate to reach out",
    )
    for article in real.articles:
        for passage in cut(article, limit, overlap)[0]:
            assert passage.text == article.text[passage.start : passage.end]
            assert not [trap for trap in traps if trap in passage.text]


def test_a_bare_item_of_the_real_articles_needs_its_lead_in(real: Corpus) -> None:
    (article,) = [a for a in real.articles if a.id == "the-benefits-of-ketamine-therapy"]
    (item,) = [s for s in cut(article, 400)[1] if s.text == "Post-traumatic stress disorder (PTSD)"]
    assert item.needs.of(article.text).startswith("Patients who may be good candidates")


def test_a_numbered_risk_of_the_real_articles_needs_two_sentences_above_its_list(
    real: Corpus,
) -> None:
    (article,) = [a for a in real.articles if a.id == "the-benefits-of-ketamine-therapy"]
    (item,) = [s for s in cut(article, 400)[1] if s.text.startswith("Cardiovascular effects")]
    assert item.needs.of(article.text).startswith("While ketamine therapy is generally considered")


def test_a_long_article_without_headings_takes_no_longer_than_another(
    article_of: Callable[..., Article],
) -> None:
    text = "\n".join(f"• This one is item {n} of a list." for n in range(6_000))
    article = article_of("They include:\n" + text)
    segments = segment(article)
    began = time.process_time()
    split_passages(article, segments, 400)
    assert time.process_time() - began < 5  # minutes where it is quadratic
