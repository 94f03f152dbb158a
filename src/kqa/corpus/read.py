"""From a folder of files to articles with one canonical text each.

Owns decoding and line ends; everything after it counts in code points
of the text made here. A byte-order mark is dropped and CRLF and CR become LF;
nothing else is altered. Knows nothing of sentences.

The seam for further formats is ``READERS``: a suffix and the function that turns
a file's bytes into its canonical text and whatever metadata it carries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kqa.corpus.blocks import BlockKind, plain_blocks
from kqa.corpus.markdown import front_matter, markdown_blocks
from kqa.corpus.metadata import METADATA_FILE, NoArticle, from_front_matter, read_metadata
from kqa.errors import ArticleUnreadable, CorpusError
from kqa.records import Article

ARTICLE_BYTES = 16 * 1024 * 1024
"""Largest article in bytes: beyond it a file is a dump, not an article."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DATA_SUFFIXES = frozenset({".toml", ".json", ".jsonl", ".csv"})
_ID = re.compile(r"(?! )(?:[^\s/\\\x00-\x1f\x7f\ud800-\udfff]| ){1,200}(?<! )\Z")


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader makes of one file: canonical text, markup, metadata found inside."""

    text: str
    markup: str
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The articles in order of their ids, and an error for each file left out."""

    folder: Path
    articles: tuple[Article, ...]
    left_out: tuple[ArticleUnreadable, ...]


def canonical(data: bytes) -> str:
    """The text of ``data``: UTF-8 without byte-order mark, lines ended by LF.

    Raises:
        NoArticle: saying why the bytes are no text.
    """
    if data.startswith(_UTF16):
        raise NoArticle("it is UTF-16, not UTF-8")
    if b"\x00" in data:
        raise NoArticle("it holds NUL bytes: a binary file, not a text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoArticle(f"byte {error.start} is not UTF-8 (Latin-1, or a binary file?)") from error
    if not any(character.isalnum() for character in text):
        raise NoArticle("it is empty: there is no letter in it", "Fill it, or remove it.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_plain(data: bytes) -> Read:
    """Reads a ``.txt`` file."""
    return Read(canonical(data), "txt")


def read_markdown(data: bytes) -> Read:
    """Reads a ``.md`` file; YAML front matter is metadata and stays in the text."""
    text = canonical(data)
    header, _ = front_matter(text)
    return Read(text, "md", from_front_matter(header))


READERS: dict[str, Callable[[bytes], Read]] = {".txt": read_plain, ".md": read_markdown}


def read_corpus(folder: Path) -> Corpus:
    """Reads every article of ``folder``; what cannot be read is named and left out.

    Files whose name starts with "." or "_", a README, and data files are no articles.

    Raises:
        CorpusError: if the folder or its metadata file cannot be used, two articles
            bear one id, or no article can be read.
    """
    if not folder.is_dir():
        raise CorpusError(
            str(folder), "there is no such folder", "Name the folder of articles with --corpus."
        )
    metadata = read_metadata(folder / METADATA_FILE)
    names = sorted(set(_candidates(folder)) | set(metadata))
    articles: list[Article] = []
    left_out: list[ArticleUnreadable] = []
    for name in names:
        try:
            articles.append(_article(folder, name, metadata.get(name, {})))
        except ArticleUnreadable as error:
            left_out.append(error)
    _refuse_equal_ids(articles)
    if not articles:
        reasons = "; ".join(f"{e.what}: {e.reason}" for e in left_out) or "no .txt or .md file"
        raise CorpusError(
            str(folder), f"no article can be read ({reasons})", "Put UTF-8 articles there."
        )
    return Corpus(folder, tuple(sorted(articles, key=lambda a: a.id)), tuple(left_out))


def _candidates(folder: Path) -> list[str]:
    names = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith((".", "_")) for part in name.split("/"))
        is_data = path.suffix.lower() in _DATA_SUFFIXES or path.stem.upper() == "README"
        if not hidden and not is_data and (path.is_file() or path.is_symlink()):
            names.append(name)
    return names


def _article(folder: Path, name: str, given: Mapping[str, Any]) -> Article:
    path = folder / name
    if not _is_utf8(name):
        raise _unreadable(name, "its name is not UTF-8", "Rename the file or its folder.")
    read = _read(folder, path, name)
    known = {**read.metadata, **given}
    heading = _first_heading(read)
    stem = path.stem
    title = known.get("title") or heading or stem
    identity = str(known.get("id") or stem)
    if not _ID.match(identity) or identity in {".", ".."}:
        raise _unreadable(
            name,
            f"{identity!r} cannot be an article's id: slashes, control characters or outer blanks",
            f"Rename it, or give it an id in {METADATA_FILE}.",
        )
    return Article(
        id=identity,
        text=read.text,
        title=str(title),
        title_given=bool(known.get("title_given", not (known.get("title") or heading))),
        file=name,
        source_file=str(known.get("received_as") or name),
        markup=read.markup,
        publisher=known.get("publisher"),
        published=known.get("published"),
        url=known.get("url"),
    )


def _read(folder: Path, path: Path, name: str) -> Read:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = " and ".join(sorted(READERS))
        raise _unreadable(name, f"there is no reader for {path.suffix or 'it'}", f"Use {known}.")
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise _unreadable(name, "it leads out of the corpus folder", "Copy the article there.")
        if path.exists() and not path.is_file():
            raise _unreadable(name, "it is no file", f"Remove it, also from {METADATA_FILE}.")
        size = path.stat().st_size
        if size > ARTICLE_BYTES:
            raise _unreadable(
                name, f"it has {size:,} bytes, over {ARTICLE_BYTES:,}", "Split it into articles."
            )
        return reader(path.read_bytes())
    except FileNotFoundError as error:
        raise _unreadable(
            name, "the file is missing", f"Restore it, or remove it from {METADATA_FILE}."
        ) from error
    except OSError as error:
        raise _unreadable(
            name, f"it cannot be read ({error.strerror})", "Check its permissions."
        ) from error
    except NoArticle as error:
        raise _unreadable(name, str(error), error.remedy) from error
    except (RuntimeError, ValueError) as error:  # a link to itself, a name with NUL
        raise _unreadable(name, f"it is no file ({error})", "Remove it.") from error


def _unreadable(name: str, reason: str, remedy: str) -> ArticleUnreadable:
    shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return ArticleUnreadable(f"article {shown}", reason, remedy)


def _first_heading(read: Read) -> str | None:
    """The first heading, if nothing quotable stands above it."""
    blocks = markdown_blocks(read.text) if read.markup == "md" else plain_blocks(read.text)
    first = next((block for block in blocks if block.kind is not BlockKind.FURNITURE), None)
    if first is None or first.kind is not BlockKind.HEADING:
        return None
    return " ".join(read.text[first.start : first.end].split())


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _refuse_equal_ids(articles: list[Article]) -> None:
    by_id: dict[str, str] = {}
    for article in articles:
        if article.id in by_id:
            raise CorpusError(
                f"articles {by_id[article.id]} and {article.file}",
                f"both bear the id {article.id!r}",
                f"Give one another id in {METADATA_FILE}, or remove it.",
            )
        by_id[article.id] = article.file
