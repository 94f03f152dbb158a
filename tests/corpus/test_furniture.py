"""Furniture: one line or sentence at a time, what is the page's and not the article's."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.corpus import furniture


@pytest.mark.parametrize(
    "line",
    [
        "June 19, 2024",
        "  19 June 2024 ",
        "2024-06-19",
        "19.06.2024",
        "6/19/24",
        "https://example.org/a?b=c",
        "www.example.org",
        "info@example.org",
        "Name(Required)",
        "Email (Required)*",
        "This field is for validation purposes and should be left unchanged.",
        "Read more…",
        "SKIP TO CONTENT",
        "Share this: Facebook",
        "Leave a comment",
        "© 2024 Clinic",
        "All rights reserved.",
        "We use cookies. By going on you accept them, or change your browser.",
    ],
)
def test_a_line_of_the_page_is_furniture(line: str) -> None:
    assert furniture.is_furniture_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "On June 19, 2024 it was approved.",
        "June is a month of the year 2024",
        "Ketamine was approved in 1970.",
        "The cookies were good.",
        "Read more slowly than before, it is worth it.",
        "Name: Ketamine",
        "",
    ],
)
def test_a_line_of_the_article_is_not(line: str) -> None:
    assert not furniture.is_furniture_line(line)


@pytest.mark.parametrize("line", ["Categories:", "Recent Posts", " related articles: ", "TAGS"])
def test_a_sidebar_is_opened_by_its_heading(line: str) -> None:
    assert furniture.opens_sidebar(line)


@pytest.mark.parametrize("line", ["Categories of patients", "Search for a cure", "The menu"])
def test_a_sidebar_is_not_opened_by_words_of_an_article(line: str) -> None:
    assert not furniture.opens_sidebar(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "Contact us today.",
        "Check out our article on Ketamine for Depression & Anxiety",
        "In this article, we explore the potential of ketamine.",
        "This article will explore the ins and outs.",
        "As we delve deeper, we will explore its benefits.",
        "You can explore our\narticles on these topics.",
        "Don't hesitate to reach out and take the first step.",
        "Don’t hesitate to reach out and take the first step.",
        "Schedule your free consultation now.",
    ],
)
def test_a_sentence_that_points_elsewhere_or_announces_is_furniture(sentence: str) -> None:
    assert furniture.is_furniture_sentence(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "This article aims to be a guide, illustrating that ketamine is effective.",
        "Explore our articles on other uses, such as its use in anxiety.",
        "We encourage you to speak with your healthcare provider.",
        "Patients should contact their provider.",
        "This condition affects millions.",
    ],
)
def test_a_sentence_that_states_something_is_not(sentence: str) -> None:
    assert not furniture.is_furniture_sentence(sentence)


@pytest.mark.parametrize(
    "paragraph",
    [
        "Disclaimer: All content on this website is not medical advice.",
        "**Disclaimer** Ask a doctor.",
        "Medical disclaimer",
        "The information on this page is not intended as medical advice.",
        "The content here is not a substitute for professional medical advice.",
        "The information\non this page is not\nmedical advice.",
    ],
)
def test_the_sites_own_disclaimer_is_recognized(paragraph: str) -> None:
    assert furniture.is_disclaimer(paragraph)


def test_advice_to_seek_medical_advice_is_no_disclaimer() -> None:
    assert not furniture.is_disclaimer("Seek medical advice before you take ketamine.")


@pytest.mark.parametrize(
    ("sentence", "promotes"),
    [
        ("It can be a game-changer.", True),
        ("This life-changing treatment.", True),
        ("It offers hope to individuals.", True),
        ("A safe and effective alternative.", True),
        ("A safe and\neffective alternative.", True),
        ("Patients hope that it helps.", False),
        ("It is generally considered safe.", False),
        ("It was first synthesized in 1962.", False),
    ],
)
def test_words_of_praise_promote(sentence: str, promotes: bool) -> None:
    assert furniture.is_promotional(sentence) is promotes


@pytest.mark.parametrize(
    ("sentence", "hangs"),
    [
        ("However, it may not.", True),
        ("They said so.", True),
        ("This means a lot.", True),
        ("It works by blocking receptors.", True),
        ("It’s important to note that it is.", False),
        ("It is crucial to disclose them.", False),
        ("Itching is a side effect.", False),
        ("Ketamine works, however.", False),
        ("Thereafter nothing was seen.", False),
    ],
)
def test_a_sentence_hangs_by_its_first_word(sentence: str, hangs: bool) -> None:
    assert furniture.hangs_on_previous(sentence) is hangs


RULES = (
    furniture.is_furniture_line,
    furniture.opens_sidebar,
    furniture.is_furniture_sentence,
    furniture.is_disclaimer,
    furniture.is_promotional,
    furniture.hangs_on_previous,
)


@given(text=st.text())
def test_every_rule_decides_on_any_text(text: str) -> None:
    assert {type(rule(text)) for rule in RULES} == {bool}


@pytest.mark.parametrize("text", ["a@b." * 50_000, "content " * 20_000, " " * 200_000, "©" * 99999])
def test_no_rule_is_slow_on_a_strange_text(text: str) -> None:
    began = time.process_time()
    for rule in RULES:
        rule(text)
    assert time.process_time() - began < 5
