"""From an HTML or PDF file to an article's text and metadata, in a process of its own.

Owns which files are taken and how large they may be, and the extractors' one form:
Markdown with headings and lists, everything else letter for letter. The file is somebody
else's: it is read by a child process with limits on time and memory, so that a bomb or a
bug in an extractor ends that process and nothing else. No address in it is fetched.

The child is this module: ``python -m kqa.staff.extract NAME`` reads the file from standard
input and writes JSON to standard output.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from kqa.corpus.metadata import NoArticle
from kqa.corpus.read import canonical, read_markdown
from kqa.errors import ArticleUnreadable, Unreachable

FILE_BYTES = 20 * 1024 * 1024
"""Largest file that is taken, in bytes."""

SECONDS = 60
MEMORY_BYTES = 2 * 1024**3
"""What the child may use: beyond, the file is refused."""

HTML = frozenset({".html", ".htm", ".xhtml"})
TAKEN = (".html", ".htm", ".xhtml", ".pdf", ".txt", ".md")
"""The endings that a file's name may have."""

_TAKEN_WORDS = "Give a file whose name ends in .html, .htm, .pdf, .txt or .md."
_TAG = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|article|main|p|div|h1)\b", re.I)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was found in a file. ``markup`` is ``txt`` or ``md``; what is not known is None."""

    text: str
    markup: str
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    url: str | None = None


def extract(name: str, data: bytes) -> Extracted:
    """The article in ``data``, a file called ``name``.

    Raises:
        ArticleUnreadable: naming the file, why it cannot be taken, and what to do.
    """
    shown = shown_name(name)
    if problem := _problem(name, data):
        raise ArticleUnreadable(shown, *problem)
    try:
        if PurePath(name).suffix.lower() == ".txt":
            return Extracted(canonical(data), "txt")
        if PurePath(name).suffix.lower() == ".md":
            return _markdown(data)
    except NoArticle as error:
        raise ArticleUnreadable(shown, str(error), error.remedy) from error
    return _in_child(shown, PurePath(name).suffix.lower(), data)


def read_file(path: Path) -> bytes:
    """The bytes of a file that is to be added; one byte too many where it is too large.

    Raises:
        Unreachable: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES + 1)
    except OSError as error:
        reason = f"it cannot be read ({error.strerror})"
        raise Unreachable(shown_name(path.name), reason, "Check the path.") from error


def shown_name(name: str) -> str:
    """The last part of a file's name, as a message may show it."""
    last = re.split(r"[/\\]", name)[-1] or "file"
    return f"file “{''.join(c if c.isprintable() else '?' for c in last)[:100]}”"


def _problem(name: str, data: bytes) -> tuple[str, str] | None:
    """Why the file cannot be taken as what its name says, and the remedy."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in TAKEN:
        return f"there is no reader for {suffix or 'a name without ending'}", _TAKEN_WORDS
    if len(data) > FILE_BYTES:
        return f"it has over {FILE_BYTES // 1024**2} MB", "Split it, or save its text."
    if not data.strip():
        return "it is empty", "Save the article again."
    pdf = b"%PDF-" in data[:1024]
    if suffix == ".pdf" and not pdf:
        return "its name says PDF, and it is none", "Save it as PDF, or rename it to what it is."
    if suffix != ".pdf" and pdf:
        return f"its name says {suffix[1:]}, and it is a PDF", "Rename it to .pdf."
    if suffix in HTML and not _TAG.search(data[:65_536]):
        return "its name says HTML, and it holds no tag of a page", "Save the whole web page."
    return None


def _markdown(data: bytes) -> Extracted:
    """A Markdown file as it is; what its front matter says is filled in beside it."""
    read = read_markdown(data)
    known = {field: _text_or_none(read.metadata.get(field)) for field in _FIELDS}
    return Extracted(read.text, "md", **known)


_FIELDS = ("title", "publisher", "published", "url")


def _text_or_none(value: object) -> str | None:
    return " ".join(str(value).split()) or None if value is not None else None


def _in_child(shown: str, suffix: str, data: bytes) -> Extracted:
    """What the child found; its faults become the one error."""
    remedy = "Save the article's text as .txt and add that."
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "kqa.staff.extract", suffix],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ArticleUnreadable(shown, f"it took over {SECONDS} seconds", remedy) from error
    try:
        found: dict[str, Any] = json.loads(child.stdout)
    except ValueError as error:
        raise ArticleUnreadable(shown, "the extractor broke on it", remedy) from error
    if "reason" in found:
        raise ArticleUnreadable(shown, found["reason"], found["remedy"])
    return Extracted(**found)


# --- in the child ---------------------------------------------------------------------


def _main() -> None:
    _limit()
    data = sys.stdin.buffer.read()
    try:
        found = _from_pdf(data) if sys.argv[1] == ".pdf" else _from_html(data)
    except NoArticle as error:
        found = {"reason": str(error), "remedy": error.remedy}
    except (MemoryError, RecursionError):
        found = {"reason": "it needs too much memory", "remedy": "Save its text as .txt."}
    sys.stdout.write(json.dumps(found))


def _limit() -> None:
    """Bounds what this process may use; nothing it reads makes it wait or grow for ever."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _from_pdf(data: bytes) -> dict[str, str | None]:
    import logging

    from kqa.staff.pdf_text import pdf_blocks

    logging.disable()
    blocks, title = pdf_blocks(data)
    heading = next((block.text for block in blocks[:3] if block.kind == "heading"), None)
    return {
        "text": _as_markdown([(block.kind, block.text) for block in blocks]),
        "markup": "md",
        "title": heading or title,
    }


def _from_html(data: bytes) -> dict[str, str | None]:
    import logging

    import trafilatura

    logging.disable()
    found: Any = trafilatura.bare_extraction(
        data,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        include_formatting=False,
        include_links=False,
        include_images=False,
    )
    blocks = [*_html_blocks(found.body)] if found is not None else []
    if not any(character.isalnum() for _, text in blocks for character in text):
        raise NoArticle(
            "no article was found in it: a page of links, or one that a script fills",
            "Open it in a browser, save the article's text as .txt and add that.",
        )
    title = _text_or_none(found.title)
    if title and blocks[0] != ("heading", title):
        blocks = [("heading", title), *(b for b in blocks if b != ("heading", title))]
    return {
        "text": _as_markdown(blocks),
        "markup": "md",
        "title": title,
        "publisher": _text_or_none(found.sitename),
        "published": _text_or_none(found.date),
        "url": _text_or_none(found.url),
    }


_HTML_KINDS = {"head": "heading", "item": "item", "p": "paragraph", "quote": "paragraph"}
_HTML_NESTS = frozenset({*_HTML_KINDS, "list"})


def _html_blocks(body: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Heading, paragraph and item blocks of what the extractor kept, in order."""
    blocks: list[tuple[str, str]] = []

    def add(kind: str, text: str | None) -> None:
        if words := " ".join((text or "").split()):
            blocks.append((kind, words))

    def visit(element: Any) -> None:  # noqa: ANN401
        kind = _HTML_KINDS.get(element.tag)
        if kind and not any(each.tag in _HTML_NESTS for each in element.iterdescendants()):
            add(kind, "".join(element.itertext()))
            return
        add(kind or "paragraph", element.text)
        for child in element:
            visit(child)
            add(kind or "paragraph", child.tail)

    if body is not None:
        visit(body)
    return blocks


def _as_markdown(blocks: list[tuple[str, str]]) -> str:
    """The blocks as Markdown: one line each, a blank line between, none inside a list."""
    parts: list[str] = []
    before, first = "", True
    for kind, text in blocks:
        level = "# " if first else "## "
        line = {"heading": level, "item": "- "}.get(kind, "") + text
        parts.append(("" if not parts else "\n" if kind == before == "item" else "\n\n") + line)
        before, first = kind, False
    return "".join(parts) + "\n"


if __name__ == "__main__":
    _main()
