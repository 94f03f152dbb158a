"""The paragraphs and headings of a PDF, from where its lines stand and how large they are.

Owns the rules: what repeats at the edge of most pages is page furniture; larger letters are
a heading; lines of one block are one paragraph. A word broken at a line's end is joined
without its hyphen only where the document writes it so elsewhere: "non-" and "addictive"
must not become another word. Imports pdfminer when called.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from kqa.corpus.metadata import NoArticle

PAGES = 300
"""A PDF of more pages is a book or a dump, no article."""

LARGER = 1.15
"""Letters larger by this factor than most are a heading's."""

HEADING_CHARS = 160

_EDGE_SHARE = 0.5
_BULLET = re.compile(r"^[•●○◦▪■‣⁃·–—*-]\s+")
_WORD_END = re.compile(r"([^\W\d_]+)-$")
_WORD_BEGIN = re.compile(r"^([^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a list item or a paragraph."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float


def pdf_blocks(data: bytes) -> tuple[list[Block], str | None]:
    """The blocks of a PDF in reading order, and the title that it gives itself.

    Its date is that of the file, not of the article, so it is no one's to guess from.

    Raises:
        NoArticle: if it is encrypted, damaged, too long or holds no text.
    """
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfminer.pdfparser import PDFSyntaxError
    from pdfminer.psexceptions import PSException

    try:
        pages, title = _read(data)
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise NoArticle(
            "it is encrypted: a password is asked for", "Save a copy without a password."
        ) from error
    except (PDFSyntaxError, PSException, ValueError, TypeError, KeyError, IndexError) as error:
        raise NoArticle(
            f"it is no PDF that can be read ({error or type(error).__name__})",
            "Open it in a PDF reader and save or print it as a new PDF.",
        ) from error
    letters = (line.text for page in pages for box in page for line in box)
    if not any(character.isalnum() for text in letters for character in text):
        raise NoArticle(
            "it holds no text: its pages are pictures, such as a scan",
            "Run text recognition (OCR) on it first, or add the text as .txt.",
        )
    return _blocks(_without_edges(pages)), title


def _read(data: bytes) -> tuple[list[list[list[_Line]]], str | None]:
    """For each page its boxes, for each box its lines; and the PDF's own title."""
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams, LTTextContainer
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser

    document = PDFDocument(PDFParser(BytesIO(data)))
    pages: list[list[list[_Line]]] = []
    for layout in extract_pages(BytesIO(data), laparams=LAParams(), maxpages=PAGES + 1):
        if len(pages) == PAGES:
            raise NoArticle(f"it has over {PAGES} pages", "Split it into articles.")
        boxes = [[*_lines(box)] for box in layout if isinstance(box, LTTextContainer)]
        pages.append([box for box in boxes if box])
    return pages, _title(document.info)


def _lines(box: Any) -> Iterator[_Line]:  # noqa: ANN401
    from pdfminer.layout import LTChar, LTTextLine

    for line in box:
        if isinstance(line, LTTextLine):
            text = " ".join(line.get_text().split())
            sizes = [char.size for char in line if isinstance(char, LTChar)]
            if text and sizes:
                yield _Line(text, round(statistics.median(sizes), 1))


def _title(infos: Iterable[dict[str, Any]]) -> str | None:
    from pdfminer.utils import decode_text

    for info in infos:
        title = info.get("Title")
        if isinstance(title, bytes) and (text := " ".join(decode_text(title).split())):
            return text
    return None


def _without_edges(pages: list[list[list[_Line]]]) -> list[list[_Line]]:
    """The boxes of all pages, without page numbers and lines that most pages repeat."""
    edges = Counter(
        text for page in pages for text in {_numberless(line.text) for box in page for line in box}
    )
    often = max(3, _EDGE_SHARE * len(pages))
    boxes = []
    for page in pages:
        for box in page:
            kept = [
                line
                for line in box
                if edges[_numberless(line.text)] < often and _numberless(line.text)
            ]
            if kept:
                boxes.append(kept)
    return boxes


def _numberless(text: str) -> str:
    """The line without figures, so that "Page 3 of 9" repeats; nothing of a bare number."""
    return re.sub(r"[\d\W]+", " ", text).strip().lower()


def _blocks(boxes: list[list[_Line]]) -> list[Block]:
    letters: Counter[float] = Counter()
    for box in boxes:
        for line in box:
            letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0] if letters else 0.0
    known = {word.lower() for box in boxes for line in box for word in _words(line.text)}
    found: list[Block] = []
    for box in boxes:
        for heading, lines in _runs(box, body):
            found += _items(lines, known, heading)
    return [*_joined(found)]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)


def _runs(box: list[_Line], body: float) -> Iterator[tuple[bool, list[str]]]:
    """Lines of one box that are alike: a heading's, or a paragraph's."""
    run: list[str] = []
    was = False
    for line in box:
        heading = line.size >= body * LARGER and len(line.text) <= HEADING_CHARS
        if run and heading != was:
            yield was, run
            run = []
        was = heading
        run.append(line.text)
    if run:
        yield was, run


def _items(lines: list[str], known: set[str], heading: bool) -> Iterator[Block]:
    """A paragraph, a heading, or the items of a list, each with its lines joined."""
    begun: list[str] = []
    item = False
    for line in lines:
        bullet = None if heading else _BULLET.match(line)
        if bullet and begun:
            yield _block(begun, known, heading, item)
            begun = []
        item = item or bool(bullet)
        begun.append(line[bullet.end() :] if bullet else line)
    if begun:
        yield _block(begun, known, heading, item)


def _block(lines: list[str], known: set[str], heading: bool, item: bool) -> Block:
    text = lines[0]
    for line in lines[1:]:
        text = _join(text, line, known)
    return Block("heading" if heading else "item" if item else "paragraph", text)


def _join(text: str, line: str, known: set[str]) -> str:
    broken, begun = _WORD_END.search(text), _WORD_BEGIN.match(line)
    if not broken or not begun:
        return f"{text}{'' if text.endswith(('-', '–', '/')) else ' '}{line}"
    whole = (broken[1] + begun[1]).lower()
    hyphened = f"{broken[1]}-{begun[1]}".lower()
    if whole in known and hyphened not in known:
        return text[:-1] + line
    return text + line


def _joined(blocks: list[Block]) -> Iterator[Block]:
    """A paragraph that a page's end broke is one: it ends in no stop, the next begins small."""
    held: Block | None = None
    for block in blocks:
        goes_on = (
            held is not None
            and held.kind in ("paragraph", "item")
            and block.kind == "paragraph"
            and held.text[-1:] not in ".!?:;”\"'"
            and block.text[:1].islower()
        )
        if held is not None and goes_on:
            held = Block(held.kind, f"{held.text} {block.text}")
            continue
        if held is not None:
            yield held
        held = block
    if held is not None:
        yield held
