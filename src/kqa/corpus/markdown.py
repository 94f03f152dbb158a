"""Blocks of a Markdown article, by markdown-it's own map of lines.

Owns what becomes of Markdown's structure: headings, paragraphs and list items
are blocks; front matter, code, tables and HTML are furniture. The text stays as
it is, marks of emphasis included: a quote is letter for letter.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kqa.corpus import furniture
from kqa.corpus.blocks import Block, BlockKind

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_MARKER = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_HEADING_MARKS = re.compile(r"^#{1,6}(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
_ONLY_IMAGES = re.compile(r"\A\s*(?:!\[[^\]]*\]\([^)]*\)\s*)+\Z")
_OPAQUE = frozenset({"fence", "code_block", "html_block", "table_open", "hr"})


def front_matter(text: str) -> tuple[str, int]:
    """The YAML between the opening ``---`` lines and where it ends; ("", 0) without."""
    found = _FRONT_MATTER.match(text)
    return (found[1] or "", found.end()) if found else ("", 0)


def markdown_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a Markdown text, in order, none overlapping."""
    _, body = front_matter(text)
    blocks = [Block(BlockKind.FURNITURE, 0, len(text[:body].rstrip()))] if body else []
    starts = _line_starts(text)
    # Blanking the front matter keeps every line number in its place.
    parsed = (
        MarkdownIt("commonmark")
        .enable("table")
        .parse(re.sub(r"[^\n]", " ", text[:body]) + text[body:])
    )
    depth = 0
    for token in parsed:
        depth += token.nesting if token.type.startswith("list_item") else 0
        if token.type in _OPAQUE:
            blocks += _block(text, starts, token, BlockKind.FURNITURE, 0)
        elif token.type == "heading_open":
            blocks += _heading(text, starts, token)
        elif token.type == "paragraph_open":
            kind = BlockKind.ITEM if depth else BlockKind.PARAGRAPH
            blocks += _block(text, starts, token, kind, depth)
    return tuple(blocks)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _block(text: str, starts: list[int], token: Token, kind: BlockKind, depth: int) -> list[Block]:
    assert token.map is not None
    start, end = starts[token.map[0]], min(starts[token.map[1]] - 1, len(text))
    if kind is BlockKind.ITEM:
        start = _after_markers(text, start, end)
    start = _after_blanks(text, start, end)
    end = start + len(text[start:end].rstrip())
    if start >= end:
        return []
    if _ONLY_IMAGES.match(text[start:end]) or _is_furniture_line(text[start:end]):
        kind = BlockKind.FURNITURE
    return [Block(kind, start, end, depth)]


def _is_furniture_line(block: str) -> bool:
    if "\n" in block:
        return False
    return furniture.is_furniture_line(block) or furniture.opens_sidebar(block)


def _after_markers(text: str, start: int, end: int) -> int:
    while marker := _MARKER.match(text, start, end):
        start = marker.end()
    return start


def _after_blanks(text: str, start: int, end: int) -> int:
    """The first character that is neither blank nor the mark of a block quote."""
    while start < end and (text[start].isspace() or text[start] == ">"):
        start += 1
    return start


def _heading(text: str, starts: list[int], token: Token) -> list[Block]:
    """The words of a heading, without its marks or the line drawn under it."""
    assert token.map is not None
    first, after = token.map
    underlined = token.markup in ("=", "-")
    start = _after_markers(text, starts[first], starts[first + 1])
    end = min(starts[after - 1 if underlined else first + 1] - 1, len(text))
    start = _after_blanks(text, start, end)
    if not underlined and (marks := _HEADING_MARKS.match(text[start:end])):
        if not marks[1]:
            return []
        start, end = start + marks.start(1), start + marks.end(1)
    end = start + len(text[start:end].rstrip())
    return [Block(BlockKind.HEADING, start, end)] if start < end else []
