"""Promises of the extractors: the article and nothing else, letter for letter, or a plain no."""

from __future__ import annotations

import subprocess
import time

import pytest
from tests.staff.pdf import article_pages, pdf

from kqa.errors import ArticleUnreadable
from kqa.staff import extract as extracting
from kqa.staff.extract import FILE_BYTES, extract

ODD = "It’s 5*4*3 — “letter” for <letter> & ${1+1}, `code`, _not_ **bold** $$x^2$$ at 0.5 mg."
PAGE = f"""<!doctype html><html><head><title>Sleep after a session | Example Clinic</title>
<meta property="og:site_name" content="Example Clinic">
<meta property="article:published_time" content="2024-03-05T10:00:00Z">
<link rel="canonical" href="https://clinic.example/sleep"></head><body>
<nav><a href="/">Home</a> <a href="/blog">Our blog</a></nav>
<article><h1>Sleep after a session</h1>
<p>Some people sleep <b>poorly</b> on the night after a session of
   <a href="/k">ketamine</a> therapy. This usually passes within two days, the articles say.</p>
<h2>What helps?</h2><p>Three things are said to help with it:</p>
<ul><li>No coffee after noon.</li><li>A <i>dark</i> room.</li></ul>
<p>{ODD.replace("&", "&amp;").replace("<", "&lt;")}</p>
<script>window.pwned = 1; document.write("Never quote me, I am a script.")</script>
</article><footer>Copyright 2024 Example Clinic. All rights reserved.</footer></body></html>"""
SECRET = pdf([[(60, 700, 11, "Secret words.")]], encrypted=True)


def test_of_a_web_page_the_article_is_kept_letter_for_letter_and_nothing_else() -> None:
    found = extract("sleep.html", PAGE.encode())
    assert found.text == (
        "# Sleep after a session\n\n"
        "Some people sleep poorly on the night after a session of ketamine therapy. "
        "This usually passes within two days, the articles say.\n\n"
        "## What helps?\n\n"
        "Three things are said to help with it:\n\n"
        "- No coffee after noon.\n- A dark room.\n\n"
        f"{ODD}\n"
    )
    assert (found.title, found.publisher, found.published, found.url, found.markup) == (
        "Sleep after a session",
        "Example Clinic",
        "2024-03-05",
        "https://clinic.example/sleep",
        "md",
    )


def test_of_a_pdf_paragraphs_headings_and_lists_are_kept_and_page_edges_are_not() -> None:
    found = extract("Leaflet.PDF", pdf(article_pages(), title="Leaflet 7"))
    assert found.text == (
        "# Sleep after a session\n\n"
        "Some people sleep poorly on the night after a session of ketamine therapy. "
        "The treatment is described as non-addictive by one author.\n\n"
        "## What helps\n\n"
        "Three things are said to help with it:\n\n"
        "- No coffee after noon.\n"
        "- A dark room, and a cool one, in which nobody else is awake.\n\n"
        "This usually passes within two days, and the treatment goes on.\n\n"
        "The treatment is 5*4*3 (three lines) long.\n"
    )
    assert (found.title, found.published) == ("Sleep after a session", None)


def test_text_and_markdown_are_taken_as_they_are() -> None:
    assert extract("a.txt", "One.\r\nTwo ö.\r\n".encode()).text == "One.\nTwo ö.\n"
    found = extract("a.md", b"---\ntitle: A\ndate: 2024-01-02\n---\n# A\n\nOne *two*.\n")
    assert (found.title, found.published, found.markup) == ("A", "2024-01-02", "md")
    assert found.text.endswith("One *two*.\n")


@pytest.mark.parametrize(
    ("name", "data", "reason", "remedy"),
    [
        ("a.docx", b"PK", "no reader for .docx", r"\.html, \.htm, \.pdf"),
        ("noname", b"text", "a name without ending", r"\.html"),
        ("a.pdf", b"not a pdf", "its name says PDF", "rename it"),
        ("a.html", pdf([[(60, 700, 11, "x")]]), "it is a PDF", r"Rename it to \.pdf"),
        ("a.html", b"plain words without any tag", "no tag of a page", "whole web page"),
        ("a.html", b"<html><body></body></html>", "no article was found", "save the"),
        ("a.pdf", b"", "it is empty", "again"),
        ("a.pdf", SECRET, "encrypted", "without a password"),
        ("a.pdf", pdf([[]], extra=b"0 0 595 842 re f"), "its pages are pictures", "OCR"),
        ("a.pdf", b"%PDF-1.4\nbroken", "no PDF that can be read", "as a new PDF"),
        ("a.pdf", pdf([[(60, 700, 11, "Cut off.")]])[:300], "", ""),
        ("a.txt", b"\xff\xfeT\x00", "UTF-16", "UTF-8"),
        ("a.txt", b"a\x00b", "NUL", ""),
        ("a.html", b"<html>" + b"x" * FILE_BYTES, "it has over 20 MB", "Split"),
        ("a.pdf", b"%PDF-1.4" + b"x" * 50_000_000, "it has over 20 MB", "Split"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)  # fmt: skip
def test_a_bad_file_is_named_with_the_reason_and_the_remedy(
    name: str, data: bytes, reason: str, remedy: str
) -> None:
    with pytest.raises(ArticleUnreadable, match=remedy or ".") as caught:
        extract(name, data)
    assert caught.value.what == f"file “{name}”"
    assert reason in caught.value.reason


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "C:\\temp\\evil\n.exe", "/x/y/z.docx"])
def test_a_message_names_the_file_and_no_folder(name: str) -> None:
    with pytest.raises(ArticleUnreadable) as caught:
        extract(name, b"\x00")
    assert not {"/", "\\", "\n"} & set(caught.value.what)


def test_an_extractor_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*arguments: object, **options: object) -> None:
        assert options["timeout"] == extracting.SECONDS
        raise subprocess.TimeoutExpired("extract", extracting.SECONDS)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(ArticleUnreadable, match="took over 60 seconds"):
        extract("a.html", PAGE.encode())


def test_deep_nesting_ends_neither_the_server_nor_takes_for_ever() -> None:
    started = time.monotonic()
    with pytest.raises(ArticleUnreadable):
        extract("a.html", b"<html><body>" + b"<div>" * 200_000)
    assert time.monotonic() - started < 60
