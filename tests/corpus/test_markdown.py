"""Blocks of Markdown: structure becomes kinds, the text stays as it is."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.blocks import BlockKind
from kqa.corpus.markdown import front_matter, markdown_blocks


def blocks(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, text[block.start : block.end]) for block in markdown_blocks(text)]


def test_each_construct_has_its_kind() -> None:
    text = dedent(
        """\
        ---
        title: A title
        ---
        # Ketamine ##

        A **bold** paragraph over
        two lines.

        Setext
        ------

        > A quoted paragraph.

        * First item
        * Second item with `code`

        1. One
        2. Two

        ```
        code fence.
        ```

            indented code.

        | a | b |
        |---|---|
        | c | d |

        ***

        <div>html</div>

        ![only](an-image.png)

        [ref]: https://example.org
        """
    )
    assert blocks(text) == [
        ("furniture", "---\ntitle: A title\n---"),
        ("heading", "Ketamine"),
        ("paragraph", "A **bold** paragraph over\ntwo lines."),
        ("heading", "Setext"),
        ("paragraph", "A quoted paragraph."),
        ("item", "First item"),
        ("item", "Second item with `code`"),
        ("item", "One"),
        ("item", "Two"),
        ("furniture", "```\ncode fence.\n```"),
        ("furniture", "indented code."),
        ("furniture", "| a | b |\n|---|---|\n| c | d |"),
        ("furniture", "***"),
        ("furniture", "<div>html</div>"),
        ("furniture", "![only](an-image.png)"),
    ]


def test_nested_lists_are_items_of_growing_depth() -> None:
    text = "- a\n  - b\n    1. c\n- d\n\n  a second paragraph of d\n"
    found = [(text[b.start : b.end], b.depth) for b in markdown_blocks(text)]
    assert found == [("a", 1), ("b", 2), ("c", 3), ("d", 1), ("a second paragraph of d", 1)]


def test_a_heading_over_two_lines_keeps_both() -> None:
    assert blocks("One\ntwo\n===\n\nText.\n")[0] == ("heading", "One\ntwo")


@pytest.mark.parametrize(
    "line", ["- # Head", "> # Head", "> - ## Head ##", "   # Head", "1. # Head"]
)
def test_a_heading_inside_a_list_or_quote_bears_no_marks(line: str) -> None:
    assert blocks(f"{line}\n\nText.\n")[0] == ("heading", "Head")


@pytest.mark.parametrize("line", ["#", "##   ", "# #"])
def test_an_empty_heading_is_no_block(line: str) -> None:
    assert blocks(f"{line}\n\nText.\n") == [("paragraph", "Text.")]


def test_an_article_of_a_link_definition_alone_has_no_blocks() -> None:
    assert blocks("[x]: https://example.org\n") == []


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("---\na: 1\n---\nText", "a: 1\n"),
        ("---\na: 1\n...\nText", "a: 1\n"),
        ("---\n---\nText", ""),
        ("---\na: 1\n---", "a: 1\n"),
        ("\n---\na: 1\n---\n", ""),
        ("Text\n---\na\n---\n", ""),
        ("--- a\n---\n", ""),
    ],
)
def test_front_matter_stands_at_the_very_beginning(text: str, header: str) -> None:
    assert front_matter(text)[0] == header


@given(data=st.data())
def test_blocks_are_in_order_and_do_not_overlap_and_bear_no_outer_blanks(
    texts: SearchStrategy[str], data: st.DataObject
) -> None:
    text = data.draw(texts).replace("\r\n", "\n").replace("\r", "\n")
    at = 0
    for block in markdown_blocks(text):
        assert at <= block.start < block.end
        assert text[block.start : block.end] == text[block.start : block.end].strip()
        at = block.end


@given(words=st.lists(st.sampled_from(["# A", "B c.", "- d", "  - e", "1. f", "> g", "", "h"])))
def test_no_letter_of_plain_constructs_is_lost(words: list[str]) -> None:
    text = "\n".join(words)
    covered = "".join(text[block.start : block.end] for block in markdown_blocks(text))
    assert [c for c in covered if c.isalpha()] == [c for c in text if c.isalpha()]


@pytest.mark.parametrize(
    "text",
    ["![a](b) " * 5_000 + "x", "> " * 5_000 + "x", "- " * 5_000 + "x", "[" * 5_000, "*a " * 5_000],
    ids=["images", "quotes", "lists", "brackets", "stars"],
)
def test_a_strange_text_takes_no_longer_than_another(text: str) -> None:
    began = time.process_time()
    markdown_blocks(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("line", ["June 19, 2024", "Categories:", "Name(Required)", "Read more"])
def test_a_line_of_the_page_is_furniture_as_in_plain_text(line: str) -> None:
    text = f"Tea is made from leaves.\n\n{line}\n\nIt is hot."
    kinds = [block.kind for block in markdown_blocks(text)]
    assert kinds == [BlockKind.PARAGRAPH, BlockKind.FURNITURE, BlockKind.PARAGRAPH]
