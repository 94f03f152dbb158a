"""Adding an article: what would be kept is shown first, then kept whole or not at all.

Owns the draft, what would be said of it, and the two writes that add it: the article's file
and its entry in ``articles.toml``. A name from outside never becomes a path: the file is
named after the title. What a crash left half-done is undone the next time.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kqa.corpus.lint import Finding, lint
from kqa.corpus.metadata import METADATA_FILE, NoArticle, read_metadata
from kqa.corpus.read import ARTICLE_BYTES, READERS, Corpus, canonical, read_corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError, InputError
from kqa.records import Article, Segment
from kqa.staff import folder as files
from kqa.staff.extract import Extracted, extract

SLUG_CHARS = 80
FIELD_CHARS = 500
"""Longest title, publisher or address, in characters."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_WEB_LINK = re.compile(r"https?://[^\s/]+\S*\Z")


@dataclass(frozen=True, slots=True)
class Draft:
    """An article that is not yet kept. ``received_as`` is the name of the file it came in."""

    text: str
    markup: str
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    received_as: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The article as it would be kept, its segments, and what ``lint`` would say of it."""

    article: Article
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...]

    @property
    def quotable(self) -> int:
        """How many of its sentences and items may be quoted."""
        return sum(each.quotable for each in self.segments)


def draft_of(name: str, data: bytes) -> Draft:
    """A draft of the article in ``data``, a file called ``name``.

    Raises:
        ArticleUnreadable: naming the file, the reason and the remedy.
    """
    found = extract(name, data)
    last = re.split(r"[/\\]", name)[-1]
    title = found.title or _first_line(found) or Path(last).stem
    return Draft(
        found.text,
        found.markup,
        title[:FIELD_CHARS],
        found.publisher,
        found.published,
        found.url if found.url and _WEB_LINK.match(found.url) else None,
        "".join(c for c in last if c.isprintable())[:200] or "file",
    )


def preview(folder: Path, draft: Draft) -> Preview:
    """What would be kept of ``draft`` in ``folder``; writes nothing.

    Raises:
        InputError: if a field or the text cannot be kept; says which and why.
        CorpusError: if the folder cannot be used.
    """
    draft = _checked(draft)
    before = _corpus(folder)
    article = _article(draft, _slug(folder, draft.title, before.articles))
    articles = tuple(sorted((*before.articles, article), key=lambda a: a.id))
    findings = lint(Corpus(folder, articles, before.left_out))
    mine = tuple(finding for finding in findings if finding.file == article.file)
    return Preview(article, tuple(segment(article)), mine)


def accept(folder: Path, draft: Draft) -> Article:
    """Keeps ``draft`` in ``folder``: its file and its entry, both or neither.

    It is quoted from the next index on.

    Raises:
        InputError: if a field or the text cannot be kept, or nothing in it may be quoted.
        CorpusError: if the folder cannot be used.
        Unreachable: if it cannot be written; nothing of it is left.
    """
    draft = _checked(draft)
    with files.changing(folder):
        recover(folder)
        before = _corpus(folder)
        article = _article(draft, _slug(folder, draft.title, before.articles))
        if not any(each.quotable for each in segment(article)):
            remedy = "Correct the text, or discard it."
            raise InputError("article", "no sentence of it may be quoted", remedy)
        path, metadata = folder / article.file, folder / METADATA_FILE
        try:
            new = files.write_beside(path, article.text.encode())
            new.chmod(0o644)
            entry = files.write_beside(metadata, _with_entry(metadata, article).encode())
            _check_entry(metadata, entry, article)
            files.put(new, path)
            files.put(entry, metadata)
        finally:
            recover(folder)
    return article


def recover(folder: Path) -> None:
    """Removes what a crash left: files not yet in place, and an article whose entry is not.

    Call it while ``folder.changing`` is held.
    """
    entries = files.beside(folder / METADATA_FILE)
    begun = {path.name.removeprefix(files.BESIDE) for path in folder.glob(f"{files.BESIDE}*")}
    if entries.exists():
        with suppress(CorpusError):
            for name in set(read_metadata(entries)) - set(read_metadata(folder / METADATA_FILE)):
                if name not in begun:
                    (folder / name).unlink(missing_ok=True)
    for path in folder.glob(f"{files.BESIDE}*"):
        path.unlink(missing_ok=True)


def _corpus(folder: Path) -> Corpus:
    """The corpus; an empty one where the folder holds no article yet."""
    if folder.is_dir() and not any(path.suffix in READERS for path in folder.rglob("*")):
        return Corpus(folder, (), ())
    return read_corpus(folder)


def _first_line(found: Extracted) -> str | None:
    for line in found.text.split("\n"):
        if words := " ".join(line.lstrip("#").split()):
            return words if len(words) <= 150 else None
    return None


def _checked(draft: Draft) -> Draft:
    """The draft with its blanks trimmed.

    Raises:
        InputError: naming the field.
    """
    title, publisher, published, url = (
        " ".join((value or "").split())
        for value in (draft.title, draft.publisher, draft.published, draft.url)
    )
    for name, value in (("title", title), ("publisher", publisher), ("address", url)):
        if len(value) > FIELD_CHARS or not value.isprintable():
            raise InputError(
                name, "it is too long or holds signs that cannot be shown", "Correct it."
            )
    if not title:
        raise InputError("title", "it is missing", "Give the article a title.")
    if published and not _is_date(published):
        raise InputError(f"date {published!r}", "it is no date", "Write it as 2024-06-19.")
    if url and not _WEB_LINK.match(url):
        raise InputError(f"address {url!r}", "it is no web address", "Begin it with https://.")
    try:
        data = draft.text.encode()
        text = canonical(data).strip("\n") + "\n"
    except (NoArticle, UnicodeEncodeError) as error:
        remedy = "Correct the text, or discard it."
        raise InputError("text", str(error), remedy) from error
    if len(data) > ARTICLE_BYTES:
        raise InputError("text", f"it has {len(data):,} bytes", "Split it into articles.")
    return replace(
        draft,
        text=text,
        title=title,
        publisher=publisher or None,
        published=published or None,
        url=url or None,
    )


def _is_date(value: str) -> bool:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return bool(_DATE.match(value))


def _slug(folder: Path, title: str, articles: Sequence[Article]) -> str:
    """A name for the file, of plain letters, digits and hyphens, that nothing bears yet."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_CHARS].strip("-") or "article"
    base = f"{base}-article" if base == "readme" else base
    taken = {article.id for article in articles}
    taken |= {path.stem.lower() for path in folder.iterdir()}
    taken |= {Path(name).stem.lower() for name in read_metadata(folder / METADATA_FILE)}
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _article(draft: Draft, slug: str) -> Article:
    file = f"{slug}.{draft.markup}"
    borne = draft.title.casefold() in " ".join(draft.text.split()).casefold()
    return Article(
        id=slug,
        text=draft.text,
        title=draft.title,
        title_given=not borne,
        file=file,
        source_file=draft.received_as,
        markup=draft.markup,
        publisher=draft.publisher,
        published=draft.published,
        url=draft.url,
    )


def _entry(article: Article) -> dict[str, str | bool]:
    """The fields of the article's entry, in the order of the documentation."""
    fields: dict[str, str | bool | None] = {
        "file": article.file,
        "title": article.title,
        "title_given": article.title_given,
        "publisher": article.publisher,
        "published": article.published,
        "url": article.url,
        "received_as": article.source_file,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _with_entry(metadata: Path, article: Article) -> str:
    """``articles.toml`` as it stands, and one entry more at its end."""
    import tomlkit

    before = metadata.read_bytes().decode("utf-8") if metadata.exists() else ""
    lines = [
        f"{name} = {tomlkit.item(value).as_string()}" for name, value in _entry(article).items()
    ]
    head = f"{before.rstrip()}\n\n" if before.strip() else ""
    return f"{head}[[article]]\n" + "\n".join(lines) + "\n"


def _check_entry(before: Path, after: Path, article: Article) -> None:
    """Whether the file beside holds what the one before does, the new entry, and no more.

    Raises:
        CorpusError: if it does not.
    """
    expected = {**read_metadata(before), article.file: _entry(article)}
    if read_metadata(after) != expected:
        remedy = f"Enter the article in {METADATA_FILE} by hand, and please report this."
        raise CorpusError(METADATA_FILE, "it would not read as it should after the change", remedy)
