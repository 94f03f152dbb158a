"""What the tests of the corpus stage share: generated texts and the five real articles.

Hypothesis runs derandomized here, without a deadline and without a database: the
same texts on every machine, however slow.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.read import Corpus, read_corpus
from kqa.records import Article

settings.register_profile(
    "kqa-corpus", derandomize=True, deadline=None, database=None, max_examples=250
)
settings.load_profile("kqa-corpus")

REAL = Path(__file__).parents[2] / "corpus"

_LINES = (
    "Ketamine was first made in 1962.",
    "It works fast. However, it may not. They said so.",
    "These may include:",
    "The key mechanisms include:",
    "  • Nausea and vomiting",
    "• Post-traumatic stress disorder (PTSD)",
    "    - nested below it:",
    "  1. Dissociative effects: a feeling of detachment.",
    "2. Bladder issues",
    "3) Third",
    "1962. A year is no item.",
    "1. Introduction",
    "What is it?",
    "The History of Ketamine Therapy",
    "",
    "",
    " \t ",
    "\u2003",
    "June 19, 2024",
    "Disclaimer: This is not medical advice.",
    "Categories:",
    "Recent Posts:",
    "Contact us today or join our waiting list.",
    "This article will explore the ins and outs.",
    "## Side Effects",
    "> A quoted paragraph.",
    "```",
    "| a | b |",
    "|---|---|",
    "---",
    "===",
    "<div>",
    "- Dizziness",
    "* star and **bold** text.",
    "+44 20 7946 0000 is a number.",
    "[x]: https://example.org",
    "![a](b.png) ![c](d.png)",
    "Dr. Smith et al. (2019) gave 0.5 mg/kg, i.e. little, vs. 1 mg.",
    "“Is it safe?” she asked. ‘No.’ And that was all…",
    "日本語の文。もう一つ。",
    "😀 emoji and 𝔘 beyond the first plane.",
    "a\u0301 combining mark. \u202eright to left\u202c.",
    "\u00a0no-break blanks. end\u00a0",
    "x\x0by. z\x0c",
    "\x85 next line\u2028separator. done",
    "\ufeff a mark inside.",
    "...",
    "?!",
    "•",
    "* * *",
    "a line that is wrapped where nobody would " * 2,
    "A long sentence goes on " * 12 + ".",
)


def _texts() -> SearchStrategy[str]:
    """Texts of lines that mean something beside lines of any characters at all."""
    anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    line = st.one_of(st.sampled_from(_LINES), st.sampled_from(_LINES), anything)
    end = st.sampled_from(("\n", "\n", "\n\n"))
    parts = st.lists(st.tuples(line, end).map("".join), min_size=1, max_size=14)
    return parts.map("".join)


def _article(text: str, markup: str = "txt") -> Article:
    return Article("a", text, "Title", False, f"a.{markup}", f"a.{markup}", markup)


@pytest.fixture(scope="session")
def texts() -> SearchStrategy[str]:
    return _texts()


@pytest.fixture(scope="session")
def articles() -> SearchStrategy[Article]:
    canonical = _texts().map(lambda t: t.replace("\r\n", "\n").replace("\r", "\n"))
    return st.builds(_article, canonical, st.sampled_from(("txt", "md")))


@pytest.fixture(scope="session")
def article_of() -> Callable[..., Article]:
    return _article


@pytest.fixture(scope="session")
def real() -> Corpus:
    return read_corpus(REAL)


@pytest.fixture(scope="session")
def real_article(real: Corpus) -> Callable[[str], Article]:
    by_id = {article.id: article for article in real.articles}
    return by_id.__getitem__
