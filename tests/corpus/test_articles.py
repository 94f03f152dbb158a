"""The five real articles: each trap that is in them is seen for what it is."""

from __future__ import annotations

import pytest

from kqa.corpus.read import Corpus
from kqa.corpus.segment import segment
from kqa.records import Article, Segment, SegmentKind

DISCLAIMER_START = "Disclaimer: All content on this website"
LOST = (
    "Contraindications for ketamine include:",
    "The key mechanisms include:",
    "Ketamine's effectiveness in pain management is primarily through its action on the central "
    "nervous system:",
)
FURNITURE = {
    "002": (
        "If you’re interested in learning more about ketamine therapy and whether it’s right for "
        "you, contact us today or join our waiting list for home-based treatment options.",
        "For a deeper dive into how ketamine helps depression, check out our article on Ketamine "
        "for Depression & Anxiety",
    ),
    "003": (
        "In this article, we explore the potential of ketamine therapy for mood disorders, "
        "delving into who might benefit, its advantages, and safety aspects.",
    ),
    "004": (
        "June 19, 2024",
        "This article will explore the ins and outs of ketamine therapy, including what it is, "
        "how it works, its history, and its potential benefits and risks.",
        "Don’t hesitate to reach out and take the first step towards improved mental health and "
        "pain management.",
        "Name(Required)",
        "This field is for validation purposes and should be left unchanged.",
        "June 19, 2024",
        "Categories:",
        "Recent Posts:",
    ),
}


def of_kind(article: Article, kind: SegmentKind) -> list[str]:
    return [s.span.of(article.text) for s in segment(article) if s.kind is kind]


def by_received(corpus: Corpus) -> dict[str, Article]:
    return {article.source_file[:3]: article for article in corpus.articles}


def test_the_three_lost_lead_ins_are_found_and_no_others(real: Corpus) -> None:
    lost = {n: of_kind(a, SegmentKind.LOST_LEAD_IN) for n, a in by_received(real).items()}
    assert lost == {"000": list(LOST), "001": [], "002": [], "003": [], "004": []}


def test_the_disclaimer_is_the_last_paragraph_of_its_article_and_whole(real: Corpus) -> None:
    for number, article in by_received(real).items():
        found = of_kind(article, SegmentKind.DISCLAIMER)
        assert len(found) == (number == "000")
        if found:
            assert found[0].startswith(DISCLAIMER_START)
            assert article.text.endswith(found[0])


@pytest.mark.parametrize("number", ["002", "003", "004"])
def test_page_furniture_is_found_and_nothing_else(real: Corpus, number: str) -> None:
    article = by_received(real)[number]
    assert of_kind(article, SegmentKind.FURNITURE) == list(FURNITURE[number])


def test_a_pointer_that_carries_a_fact_may_be_quoted_and_a_bare_one_may_not(
    real: Corpus,
) -> None:
    article = by_received(real)["001"]
    quotable = " ".join(of_kind(article, SegmentKind.SENTENCE))
    assert "such as its use in treating anxiety, chronic pain, migraines, PTSD" in quotable
    assert "such as its use in anxiety, chronic pain, or addiction treatment" in quotable
    furniture = of_kind(article, SegmentKind.FURNITURE)
    assert [words.split()[0:3] for words in furniture] == [
        ["This", "section", "will"],
        ["As", "we", "delve"],
        ["To", "learn", "more"],
    ]


def test_an_announcement_that_carries_a_fact_may_be_quoted(real: Corpus) -> None:
    sentences = of_kind(by_received(real)["000"], SegmentKind.SENTENCE)
    (found,) = [words for words in sentences if words.startswith("This article aims")]
    assert "low-dose ketamine is effective, well-tolerated" in found


@pytest.mark.parametrize(
    ("number", "headings"), [("000", 0), ("001", 18), ("002", 7), ("003", 4), ("004", 8)]
)
def test_headings_are_counted(real: Corpus, number: str, headings: int) -> None:
    assert len(of_kind(by_received(real)[number], SegmentKind.HEADING)) == headings


def test_headings_equal_in_two_articles_are_sections_of_each(real: Corpus) -> None:
    shared = {"What is Ketamine Therapy?", "The History of Ketamine Therapy"}
    for number in ("001", "004"):
        sections = {s.section for s in segment(by_received(real)[number])}
        assert shared <= sections


def list_of(article: Article, lead_in: str) -> list[str]:
    return [
        s.span.of(article.text)
        for s in segment(article)
        if s.lead_in and s.lead_in.of(article.text) == lead_in
    ]


def first_words(items: list[str]) -> list[str]:
    return [item.split(":")[0] for item in items]


def test_the_numbered_list_of_risks_has_its_lead_in(real: Corpus) -> None:
    items = list_of(by_received(real)["004"], "These may include:")
    assert first_words(items) == [
        "Dissociative effects",
        "Nausea and vomiting",
        "Bladder and urinary tract issues",
        "Cardiovascular effects",
    ]


def test_the_bare_items_of_candidates_have_their_lead_in(real: Corpus) -> None:
    article = by_received(real)["004"]
    lead_in = "Patients who may be good candidates for ketamine therapy include those with:"
    assert list_of(article, lead_in) == [
        "Treatment-resistant depression or other mood disorders",
        "Post-traumatic stress disorder (PTSD)",
        "Chronic pain conditions, such as neuropathic pain or fibromyalgia",
        "Suicidal ideation or a history of suicidal behavior",
    ]


def test_the_bulleted_list_of_forms_has_its_lead_in_and_that_of_advantages_none(
    real: Corpus,
) -> None:
    article = by_received(real)["002"]
    lead_in = "Ketamine can be administered through several methods, each with its own advantages:"
    assert first_words(list_of(article, lead_in)) == [
        "Intravenous (IV) Infusion",
        "Intramuscular (IM) Injection",
        "Nasal Spray",
        "Sublingual Troches",
    ]
    free = [s for s in segment(article) if s.kind is SegmentKind.ITEM and s.lead_in is None]
    assert first_words([s.span.of(article.text) for s in free]) == [
        "Rapid Relief",
        "Neuroplasticity Promotion",
        "Non-Traditional Mechanism",
        "Potential for Long-Term Benefits",
    ]


def test_the_contracts_example_quote_stands_where_the_contract_says(real: Corpus) -> None:
    article = by_received(real)["004"]
    (found,) = [s for s in segment(article) if (s.start, s.end) == (1661, 1758)]
    assert found.span.of(article.text) == (
        "Ketamine was first synthesized in 1962 and was approved for medical use as an "
        "anesthetic in 1970."
    )
    assert (found.kind, found.section) == (SegmentKind.SENTENCE, "The History of Ketamine Therapy")


@pytest.mark.parametrize(
    ("number", "quotable"), [("000", 17), ("001", 96), ("002", 23), ("003", 39), ("004", 33)]
)
def test_quotable_segments_are_counted(real: Corpus, number: str, quotable: int) -> None:
    found = [s for s in segment(by_received(real)[number]) if s.quotable]
    assert len(found) == quotable


@pytest.mark.parametrize(
    "opening",
    [
        "However, the potential applications",
        "Over the years, its ability",
        "These may include:",
        "This led to the increased use",
        "They may exhibit",
        "In the decades that followed",
    ],
)
def test_a_sentence_that_leans_on_the_one_before_it_hangs(real: Corpus, opening: str) -> None:
    found: list[Segment] = [
        s
        for article in real.articles
        for s in segment(article)
        if s.span.of(article.text).startswith(opening)
    ]
    assert found
    assert all(s.hangs for s in found)
