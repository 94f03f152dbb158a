"""Cells that a spreadsheet must not take for formulas.

Owns the one guard of every CSV that kqa writes: an apostrophe before a cell that would
begin a formula, taken off again on reading. Knows nothing of files or columns.

``unguard(guard(text)) == text`` for every text; ``unguard`` alters a cell of another
program only where it bears such an apostrophe.
"""

from __future__ import annotations

import re

_ACTIVE = r"(?:[\t\r\n]|\s*[=+\-@＝＋－＠])"
"""Tab and line ends at once; the signs, also full-width, after blanks that may be trimmed."""

_TO_GUARD = re.compile(f"'*{_ACTIVE}")
_GUARDED = re.compile(f"'+{_ACTIVE}")


def guard(text: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet might run it."""
    return f"'{text}" if _TO_GUARD.match(text) else text


def unguard(cell: str) -> str:
    """The text that ``guard`` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell
