"""Blocks of plain text: what each line is by its form."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.blocks import BlockKind, plain_blocks


def blocks(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, text[block.start : block.end]) for block in plain_blocks(text)]


def items(text: str) -> list[str]:
    return [words for kind, words in blocks(text) if kind == "item"]


@given(data=st.data())
def test_blocks_are_in_order_and_do_not_overlap_and_bear_no_outer_blanks(
    texts: SearchStrategy[str], data: st.DataObject
) -> None:
    text = data.draw(texts)
    at = 0
    for block in plain_blocks(text):
        assert at <= block.start < block.end
        assert text[block.start : block.end] == text[block.start : block.end].strip()
        at = block.end


@given(data=st.data())
def test_every_line_with_words_stands_in_a_block(
    texts: SearchStrategy[str], data: st.DataObject
) -> None:
    text = data.draw(texts)
    covered = "".join(text[block.start : block.end] for block in plain_blocks(text))
    letters = [c for c in text if c.isalpha()]
    assert [c for c in covered if c.isalpha()] == letters


@pytest.mark.parametrize("marker", ["•", "●", "○", "▪", "‣", "·", "*", "-", "–", "+", "1.", "1)"])
@pytest.mark.parametrize("indent", ["", "  ", "\t"])
def test_an_item_stands_without_its_marker(marker: str, indent: str) -> None:
    assert items(f"They include:\n{indent}{marker} Nausea and more\n") == ["Nausea and more"]


@pytest.mark.parametrize(
    "line",
    [
        "+44 20 7946 0000 is our number.",
        "*Taken with food.",
        "-5 degrees was the lowest.",
        "1962. A year that opens a line.",
        "7. A number without the six before it.",
        "2.5 mg were given.",
        "1.Introduction",
        "(CRPS) is a syndrome.",
    ],
)
def test_a_line_that_only_looks_like_an_item_keeps_its_first_characters(line: str) -> None:
    assert line in [words for kind, words in blocks(f"Prose.\n\n{line}\n\nProse.\n")]
    assert items(f"Prose.\n\n{line}\n\nProse.\n") == []


def test_a_number_continues_a_list() -> None:
    text = "\n".join(f"{n}. Thing {n}" for n in range(1, 13))
    assert items(text) == [f"Thing {n}" for n in range(1, 13)]


def test_numbers_set_flush_right_are_one_list() -> None:
    text = "\n".join(f"{n:>3}. Thing {n}" for n in range(1, 13))
    assert len(items(text)) == 12


@pytest.mark.parametrize("inner", ["   • {}", "   - {}", "• {}"])
def test_a_list_goes_on_after_bullets_inside_it(inner: str) -> None:
    text = "1. A one\n" + inner.format("x") + "\n" + inner.format("y") + "\n2. B two\n3. C three\n"
    assert items(text) == ["A one", "x", "y", "B two", "C three"]


def test_a_list_goes_on_after_a_numbered_list_inside_it() -> None:
    text = "1. A one\n   1. x\n   2. y\n   3. z\n2. B two\n   1. w\n3. C three\n"
    assert items(text) == ["A one", "x", "y", "z", "B two", "w", "C three"]


def test_depth_is_the_indentation() -> None:
    text = "• a\n   • b\n      • c\n• d\n"
    assert [block.depth for block in plain_blocks(text)] == [0, 3, 6, 0]


def test_an_item_goes_on_in_lines_that_are_indented_deeper() -> None:
    text = "List:\n• Nausea, which may\n  last an hour\n• Vomiting\nProse again.\n"
    assert items(text) == ["Nausea, which may\n  last an hour", "Vomiting"]
    assert blocks(text)[-1] == ("paragraph", "Prose again.")


def test_a_numbered_heading_between_prose_is_a_heading() -> None:
    text = "1. Introduction\n\nKetamine is old.\n\n2. Methods\n\nWe read articles.\n"
    assert blocks(text) == [
        ("heading", "1. Introduction"),
        ("paragraph", "Ketamine is old."),
        ("heading", "2. Methods"),
        ("paragraph", "We read articles."),
    ]


@pytest.mark.parametrize("above", ["These include:\n", "These include:\n1. Depression\n"])
def test_the_last_item_of_a_bare_list_is_no_heading(above: str) -> None:
    number = above.count("\n")
    text = f"{above}{number}. Pain\n\nPatients should ask their provider.\n"
    assert items(text)[-1] == "Pain"
    assert not [words for kind, words in blocks(text) if kind == "heading"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("The History of Ketamine Therapy", "heading"),
        ("What is it?", "heading"),
        ("Is It Safe? And for whom?", "paragraph"),
        ("It is safe.", "paragraph"),
        ("They include:", "paragraph"),
        ("and so it goes on", "paragraph"),
        ("A word " * 20, "paragraph"),
        ("1962", "paragraph"),
        ("June 19, 2024", "furniture"),
        ("Name(Required)", "furniture"),
    ],
)
def test_a_line_alone_is_what_it_looks_like(line: str, kind: str) -> None:
    assert blocks(f"Some prose.\n\n{line}\n\nMore prose.\n")[1] == (kind, line.strip())


def test_a_heading_heads_something() -> None:
    assert blocks("Prose.\n\nThe End\n")[-1] == ("paragraph", "The End")
    assert blocks("Prose.\n\nThe End\n\nJune 19, 2024\n")[1] == ("paragraph", "The End")


def test_a_sidebar_lasts_until_prose_returns() -> None:
    text = "Prose.\n\nRecent Posts:\nKetamine for Pain\n• PTSD\n\nKetamine is back here.\n"
    assert [kind for kind, _ in blocks(text)] == [
        "paragraph",
        "furniture",
        "furniture",
        "furniture",
        "paragraph",
    ]


WRAPPED = """\
The History of It

Ketamine was first synthesized in 1962 and was approved for
medical use as an anesthetic in 1970. In the decades that
followed, researchers began to explore it.

Side Effects
While it is generally considered safe when given under the
supervision of a provider, it carries risks:

  - nausea, which may be felt for an hour or for more than
    an hour
  - vomiting

Ask somebody who knows you about them, and about all others.
"""


def test_a_paragraph_of_wrapped_lines_is_one_block() -> None:
    assert [(kind, words.count("\n")) for kind, words in blocks(WRAPPED)] == [
        ("heading", 0),
        ("paragraph", 2),
        ("heading", 0),
        ("paragraph", 1),
        ("item", 1),
        ("item", 0),
        ("paragraph", 0),
    ]


def test_a_line_of_an_unwrapped_text_is_a_paragraph_of_its_own() -> None:
    long = "A sentence that is much longer than any line somebody would wrap by hand. " * 2
    text = f"{long.strip()}\nA second one.\nA third one.\n"
    assert [kind for kind, _ in blocks(text)] == ["paragraph"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "A Heading\n" * 20_000,
        "A Heading\n\nJune 19, 2024\n" * 10_000,
        "1. Heading\n" * 20_000,
        "x@" * 20_000,
        "a@b." * 20_000,
        " " * 100_000 + "x",
        "".join(" " * (n % 50) + f"{n}. x\n" for n in range(1, 5000)),
    ],
    ids=["headings", "dates", "numbers", "at", "address", "blanks", "depths"],
)
def test_a_strange_text_takes_no_longer_than_another(text: str) -> None:
    began = time.process_time()
    plain_blocks(text)
    assert time.process_time() - began < 5  # hours where a rule is quadratic


def test_kinds_are_four() -> None:
    assert {kind.value for kind in BlockKind} == {"heading", "paragraph", "item", "furniture"}
