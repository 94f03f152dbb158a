"""Blocks of an article: headings, paragraphs and list items, by line.

Owns how plain text shows its structure. Every block is a span of the canonical
text without the blanks around it and, for an item, without its marker. Knows
nothing of sentences or of what may be quoted.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kqa.corpus import furniture

HEADING_CHARS = 100
"""Longest heading in characters; the articles' longest has 71."""

WRAPPED_LINE_CHARS = range(40, 121)
"""A text whose longest line lies outside has one paragraph a line."""

_BULLET = re.compile(r"^([ \t]*)([•●○◦▪■‣⁃·]|[-–—*+](?=[ \t]))[ \t]*(?=\S)")
_NUMBER = re.compile(r"^([ \t]*)\(?(\d{1,3})[.)][ \t]+(?=\S)")
_ENDS_SENTENCE = re.compile(r"[.!?…:;,][\"'”’)\]]*$")
_LETTER = re.compile(r"[^\W\d_]")


class BlockKind(StrEnum):
    """What a block is by its form alone."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True)
class Block:
    """A block and where it stands; ``depth`` is an item's indentation in columns."""

    kind: BlockKind
    start: int
    end: int
    depth: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def first(self) -> int:
        return self.start + len(self.text) - len(self.text.lstrip())

    @property
    def last(self) -> int:
        return self.start + len(self.text.rstrip())

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())


def plain_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a plain text, in order, none overlapping."""
    lines = list(_lines(text))
    wrapped = _is_hard_wrapped(lines)
    last_words = _last_words(lines)
    blocks: list[Block] = []
    numbers: dict[int, int] = {}
    sidebar = False
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.blank:
            at += 1
            continue
        marker = _marker(line.text, numbers)
        _count(numbers, line)
        end = _block_end(lines, at, wrapped=wrapped, item=marker is not None, numbers=numbers)
        last = lines[end - 1].last
        heads = end == at + 1 and last_words > at
        sidebar = furniture.opens_sidebar(line.text) or (sidebar and not _is_prose(line.text))
        if sidebar or (end == at + 1 and furniture.is_furniture_line(line.text)):
            blocks.append(Block(BlockKind.FURNITURE, line.first, last))
        elif marker is not None and heads and _heads_a_section(text, lines, at, blocks):
            blocks.append(Block(BlockKind.HEADING, line.first, last))
        elif marker is not None:
            blocks.append(Block(BlockKind.ITEM, line.start + marker, last, line.indent))
        elif heads and _looks_like_heading(line.text):
            blocks.append(Block(BlockKind.HEADING, line.first, last))
        else:
            blocks.append(Block(BlockKind.PARAGRAPH, line.first, last))
        at = end
    return tuple(blocks)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        yield _Line(start, line)
        start += len(line) + 1


def _is_hard_wrapped(lines: list[_Line]) -> bool:
    """Whether line ends stand inside paragraphs: lines are short and mostly full."""
    longest = max((len(line.text) for line in lines), default=0)
    if longest not in WRAPPED_LINE_CHARS:
        return False
    inner = [a for a, b in itertools.pairwise(lines) if not a.blank and not b.blank]
    prose = [a for a in inner if not _BULLET.match(a.text) and not _NUMBER.match(a.text)]
    full = [a for a in prose if len(a.text) >= 0.6 * longest]
    return len(prose) >= 2 and 2 * len(full) >= len(prose)


def _marker(line: str, numbers: Mapping[int, int]) -> int | None:
    """Length of a list marker.

    A number opens an item only if it starts a list (1) or continues an open one:
    "1962." or a lone "3." opens none. ``numbers`` holds by indentation the last
    number of each list that is open.
    """
    if bullet := _BULLET.match(line):
        return bullet.end()
    numbered = _NUMBER.match(line)
    if numbered and (int(numbered[2]) == 1 or int(numbered[2]) - 1 in numbers.values()):
        return numbered.end()
    return None


def _count(numbers: dict[int, int], line: _Line) -> None:
    """Keeps ``numbers`` in step: an item closes the lists that are indented deeper."""
    if _marker(line.text, numbers) is None:
        return
    numbered = _NUMBER.match(line.text)
    depth = line.indent
    if numbered:
        before = int(numbered[2]) - 1
        depth = max((d for d, n in numbers.items() if n == before), default=depth)
        if before == 0:
            depth = line.indent
    for deeper in [d for d in numbers if d > depth]:
        del numbers[deeper]
    if numbered:
        numbers[depth] = int(numbered[2])


def _block_end(
    lines: list[_Line], at: int, *, wrapped: bool, item: bool, numbers: Mapping[int, int]
) -> int:
    """The line after the block that starts at ``at``."""
    end = at + 1
    while end < len(lines) and not lines[end].blank:
        if _marker(lines[end].text, numbers) is not None:
            break
        indented = item and lines[end].indent > lines[at].indent
        if not (wrapped or indented) or furniture.is_furniture_line(lines[end].text):
            break
        if wrapped and not item and end == at + 1 and _short_heading(lines[at], lines[end]):
            break
        end += 1
    return end


def _short_heading(line: _Line, following: _Line) -> bool:
    """In wrapped text: a short line that the next one, starting anew, does not go on."""
    return (
        _looks_like_heading(line.text)
        and len(line.text) < 0.6 * len(following.text)
        and following.text.strip()[:1].isupper()
    )


def _looks_like_heading(line: str) -> bool:
    words = line.strip()
    return (
        len(words) <= HEADING_CHARS
        and (words.endswith("?") or not _ENDS_SENTENCE.search(words))
        and bool(_LETTER.search(words))
        and not words[0].islower()
        and not re.search(r"[.!?]\s+\S", words.rstrip("?"))
    )


def _is_prose(line: str) -> bool:
    return bool(_ENDS_SENTENCE.search(line.strip()))


def _last_words(lines: list[_Line]) -> int:
    """The last line that is no furniture: a heading heads something, so it stands above."""
    for at in range(len(lines) - 1, -1, -1):
        if not lines[at].blank and not furniture.is_furniture_line(lines[at].text):
            return at
    return -1


def _heads_a_section(text: str, lines: list[_Line], at: int, above: list[Block]) -> bool:
    """Whether "1. Introduction" is a heading and no item.

    It is where bare words stand between prose, neither below another item nor
    below a lead-in.
    """
    numbered = _NUMBER.match(lines[at].text)
    if not numbered or not _looks_like_heading(lines[at].text[numbered.end() :]):
        return False
    if above and (above[-1].kind is BlockKind.ITEM or text[above[-1].end - 1] in ":："):
        return False
    below = next((line.text for line in lines[at + 1 :] if not line.blank), "")
    return _is_prose(below) and not _BULLET.match(below) and not _NUMBER.match(below)
