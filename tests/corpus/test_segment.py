"""Segments: what each stretch of an article is, and so what may be quoted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.segment import ITEM_CHARS, segment, sentence_spans
from kqa.records import Article, SegmentKind, Span

_BETWEEN_TXT = re.compile(r"(?:\s|[•●○◦▪■‣⁃·*+–—-]|\(?\d{1,3}[.)])*")
_BETWEEN_MD = re.compile(r"(?:\s|[-*+#>=`~]|\d{1,9}[.)]|\[[^\]]*\]:\s*\S+)*")

Build = Callable[..., Article]


def kinds(article: Article) -> list[tuple[str, str]]:
    return [(s.kind.value, s.span.of(article.text)) for s in segment(article)]


def of_kind(article: Article, kind: SegmentKind) -> list[str]:
    return [s.span.of(article.text) for s in segment(article) if s.kind is kind]


# Promises about any text.


@given(data=st.data())
def test_segments_are_in_order_and_do_not_overlap_and_bear_no_outer_blanks(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    at = 0
    for found in segment(article):
        words = article.text[found.start : found.end]
        assert at <= found.start < found.end <= len(article.text)
        assert words == words.strip()
        at = found.end


@given(data=st.data())
def test_between_segments_stand_only_blanks_and_marks(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    between = _BETWEEN_TXT if article.markup == "txt" else _BETWEEN_MD
    ends = [0, *(found.end for found in segment(article))]
    starts = [*(found.start for found in segment(article)), len(article.text)]
    for end, start in zip(ends, starts, strict=True):
        assert between.fullmatch(article.text[end:start])


@given(data=st.data())
def test_no_letter_of_a_plain_article_is_lost(
    texts: SearchStrategy[str], article_of: Build, data: st.DataObject
) -> None:
    article = article_of(data.draw(texts).replace("\r", "\n"))
    covered = "".join(found.span.of(article.text) for found in segment(article))
    assert [c for c in covered if c.isalpha()] == [c for c in article.text if c.isalpha()]


@given(data=st.data())
def test_what_may_be_quoted_has_words(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    for found in segment(article):
        if found.quotable:
            assert any(c.isalnum() for c in found.span.of(article.text))


@given(data=st.data())
def test_a_lead_in_stands_above_its_items(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    segments = segment(data.draw(articles))
    lead_ins = {s.span for s in segments if s.kind is SegmentKind.LEAD_IN}
    for found in segments:
        if found.lead_in is not None:
            assert found.lead_in in lead_ins
            assert found.lead_in.end <= found.start


@given(data=st.data())
def test_a_section_is_the_nearest_heading_above(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    section = None
    for found in segment(article):
        if found.kind is SegmentKind.HEADING:
            section = " ".join(found.span.of(article.text).split())
        assert found.section == section


@given(data=st.data())
def test_paragraphs_are_numbered_upwards_from_nought(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    numbers = [found.paragraph for found in segment(data.draw(articles))]
    assert numbers == sorted(numbers)
    assert not numbers or numbers[0] == 0


@given(data=st.data())
def test_the_same_article_has_the_same_segments(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    assert segment(article) == segment(article)


@given(count=st.integers(2, 30), other=st.text("abc .", max_size=20))
def test_repeated_sentences_keep_their_own_offsets(
    article_of: Build, count: int, other: str
) -> None:
    sentence = "It is generally considered safe when given under supervision."
    pieces = [sentence] * count
    text = f"{' '.join(pieces)}\n\n{other.strip()}\n\n{sentence}\n"
    found = [s for s in segment(article_of(text)) if s.span.of(text) == sentence]
    assert len({(s.start, s.end) for s in found}) == len(found) == count + 1


@given(data=st.data())
def test_sentences_lie_inside_their_block(texts: SearchStrategy[str], data: st.DataObject) -> None:
    text = "A" + data.draw(texts)
    start = data.draw(st.integers(0, len(text) - 1))
    block = Span(start, data.draw(st.integers(start + 1, len(text))))
    at = block.start
    for span in sentence_spans(text, block):
        assert at <= span.start < span.end <= block.end
        at = span.end


# Lists and their lead-ins.


def test_items_bear_the_lead_in_of_their_list(article_of: Build) -> None:
    text = "It has risks. These include:\n\n  1. Nausea\n  2. Vomiting\n\nAsk first.\n"
    assert kinds(article_of(text)) == [
        ("sentence", "It has risks."),
        ("lead_in", "These include:"),
        ("item", "Nausea"),
        ("item", "Vomiting"),
        ("sentence", "Ask first."),
    ]
    lead_ins = [s.lead_in and s.lead_in.of(text) for s in segment(article_of(text))]
    assert lead_ins == [None, None, "These include:", "These include:", None]


def test_a_nested_list_has_its_item_for_lead_in(article_of: Build) -> None:
    text = "They include:\n• Body:\n   • Nausea\n   • Pain\n• Mind\n"
    found = {s.span.of(text): s for s in segment(article_of(text))}
    assert found["Body:"].kind is SegmentKind.LEAD_IN
    assert found["Nausea"].lead_in == found["Pain"].lead_in == found["Body:"].span
    assert found["Mind"].lead_in == found["They include:"].span


@pytest.mark.parametrize("markup", ["txt", "md"])
def test_a_lead_in_without_a_list_below_it_is_lost(article_of: Build, markup: str) -> None:
    text = "Old. Contraindications include:\n\nKetamine works fast. It helps.\n\n- an item\n"
    article = article_of(text, markup)
    assert of_kind(article, SegmentKind.LOST_LEAD_IN) == ["Contraindications include:"]
    assert of_kind(article, SegmentKind.LEAD_IN) == []
    assert segment(article)[-1].lead_in is None


def test_a_lead_in_at_the_very_end_is_lost(article_of: Build) -> None:
    assert kinds(article_of("It helps. The ways include:")) == [
        ("sentence", "It helps."),
        ("lost_lead_in", "The ways include:"),
    ]


def test_an_item_that_promises_a_list_and_has_none_is_lost(article_of: Build) -> None:
    text = "They include:\n• Body:\n• Mind\n"
    assert of_kind(article_of(text), SegmentKind.LOST_LEAD_IN) == ["Body:"]


def test_a_list_without_a_lead_in_is_quotable_items(article_of: Build) -> None:
    text = "The Advantages of It\n\n• Rapid relief: it works fast.\n• Few risks.\n"
    found = segment(article_of(text))
    assert [s.kind.value for s in found] == ["heading", "item", "item"]
    assert {s.lead_in for s in found} == {None}


def test_a_list_is_one_paragraph(article_of: Build) -> None:
    text = "They include:\n\n• a b\n\n• c d\n\nProse here.\n"
    assert [s.paragraph for s in segment(article_of(text))] == [0, 1, 1, 2]


def test_a_short_item_of_two_sentences_is_one_quote(article_of: Build) -> None:
    item = "Nausea: it may be felt. It passes."
    assert of_kind(article_of(f"They include:\n• {item}\n"), SegmentKind.ITEM) == [item]


def test_a_long_item_is_cut_into_sentences(article_of: Build) -> None:
    sentence = "This is one of the sentences of an item that goes on for very long."
    item = " ".join([sentence] * (ITEM_CHARS // len(sentence) + 1))
    found = of_kind(article_of(f"They include:\n• {item}\n"), SegmentKind.ITEM)
    assert set(found) == {sentence}
    assert " ".join(found) == item


@pytest.mark.parametrize("item", ["***", "…", "–"])
def test_an_item_without_words_is_furniture(article_of: Build, item: str) -> None:
    assert SegmentKind.FURNITURE.value in dict(kinds(article_of(f"They include:\n• {item}\n")))


def test_an_item_that_points_elsewhere_is_furniture(article_of: Build) -> None:
    text = "They include:\n• Contact us today.\n• Nausea\n"
    assert of_kind(article_of(text), SegmentKind.FURNITURE) == ["Contact us today."]


def test_a_year_opens_no_item(article_of: Build) -> None:
    text = "It is old.\n1962. That was the year of its synthesis.\nIt is known.\n"
    assert of_kind(article_of(text), SegmentKind.ITEM) == []


def test_a_numbered_heading_is_a_section(article_of: Build) -> None:
    text = "1. Introduction\n\nKetamine is old.\n\n2. Methods\n\nWe read articles.\n"
    assert [s.section for s in segment(article_of(text))] == ["1. Introduction"] * 2 + [
        "2. Methods"
    ] * 2


def test_wrapped_lines_hide_no_pattern(article_of: Build) -> None:
    text = (
        "Ketamine is an anesthetic that has been used for many years\n"
        "in hospitals. To learn more about it, you can explore our\n"
        "articles on the subject. It was first made in the year of\n"
        "1962 and approved soon after that.\n\n"
        "All of the content and every information on this web site\n"
        "is not medical advice. Ask your provider before you use it.\n"
    )
    assert [kind for kind, _ in kinds(article_of(text))] == [
        "sentence",
        "furniture",
        "sentence",
        "disclaimer",
    ]


def test_a_section_headed_disclaimer_is_one_to_its_end(article_of: Build) -> None:
    text = (
        "# Text\n\nIt is old.\n\n## Disclaimer\n\nAsk a doctor.\n\n- Or two.\n\n## More\n\nNew.\n"
    )
    assert [kind for kind, _ in kinds(article_of(text, "md"))] == [
        "heading",
        "sentence",
        "heading",
        "disclaimer",
        "disclaimer",
        "heading",
        "sentence",
    ]


def test_code_tables_html_and_front_matter_are_not_quoted(article_of: Build) -> None:
    text = (
        "---\ntitle: T\n---\n\nIt is old.\n\n```\nCode here.\n```\n\n| A. | B. |\n|---|---|\n"
        "| c. | d. |\n\n<p>Html here.</p>\n"
    )
    quotable = [s.span.of(text) for s in segment(article_of(text, "md")) if s.quotable]
    assert quotable == ["It is old."]
