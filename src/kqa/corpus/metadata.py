"""What is known of an article beside its text: articles.toml and front matter.

Owns the fields, their types and what is wrong with them. Knows nothing of how an
article's own text is read.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kqa.errors import CorpusError, Unreachable

METADATA_FILE = "articles.toml"
_FIELDS = {
    "file": str,
    "id": str,
    "title": str,
    "title_given": bool,
    "publisher": str,
    "published": str,
    "url": str,
    "received_as": str,
}
_FIELD_KINDS = {str: "text in quotes", bool: "true or false"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_WEB_LINK = re.compile(r"https?://[^\s/]+\S*\Z")
_MEND = "Correct the lines between the first two ---."
_YAML_ERRORS = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What PyYAML raises on bad YAML and, undocumented, on bad values of good YAML."""


class NoArticle(ValueError):
    """Bytes that are no article; says why and what to do about it."""

    def __init__(self, reason: str, remedy: str = "Save the article as UTF-8 text.") -> None:
        super().__init__(reason)
        self.remedy = remedy


def read_metadata(file: Path) -> dict[str, dict[str, Any]]:
    """The entries of the metadata file by file name; empty where there is none."""
    try:
        tables = tomllib.loads(file.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(str(file), f"not valid TOML ({error})", "Correct it.") from error
    except OSError as error:
        raise Unreachable(str(file), f"cannot be read ({error})", "Check it.") from error
    entries = tables.pop("article", [])
    if tables or not isinstance(entries, list):
        raise CorpusError(str(file), "it holds more than [[article]] tables", "Remove the rest.")
    by_name: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(entries, start=1):
        checked = _checked(entry, f"{file}, article {number}")
        name = Path(checked["file"]).as_posix()
        if name in by_name:
            raise CorpusError(str(file), f"{name} stands twice", "Remove one entry.")
        by_name[name] = checked
    return by_name


def _checked(entry: object, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
        raise CorpusError(where, "it names no file", 'Add file = "name.txt".')
    for name, value in entry.items():
        kind = _FIELDS.get(name)
        if kind is None:
            raise CorpusError(where, f"unknown field {name!r}", f"Known: {', '.join(_FIELDS)}.")
        if not isinstance(value, kind):
            raise CorpusError(where, f"{name} is not {_FIELD_KINDS[kind]}", "Correct it.")
    parts = Path(entry["file"]).parts
    if not parts or Path(entry["file"]).is_absolute() or ".." in parts:
        raise CorpusError(where, f"{entry['file']!r} lies outside the folder", "Correct it.")
    if problem := _field_problem(entry):
        raise CorpusError(where, problem, "Correct it.")
    return entry


def _field_problem(entry: Mapping[str, Any]) -> str | None:
    published, url = entry.get("published"), entry.get("url")
    if published is not None and not _is_date(published):
        return f"published {published!r} is no date like 2024-06-19"
    if url is not None and not _WEB_LINK.match(url):
        return f"url {url!r} is no http or https address"
    return None


def _is_date(value: str) -> bool:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return bool(_DATE.match(value))


def from_front_matter(header: str) -> dict[str, object]:
    """The fields that kqa knows from the YAML at the head of a Markdown file.

    Raises:
        NoArticle: if it is no valid YAML, or a field's value cannot be used.
    """
    try:
        found = yaml.safe_load(header) or {}
    except _YAML_ERRORS as error:
        problem = str(error).split("\n")[0]
        raise NoArticle(f"its front matter is not valid YAML ({problem})", _MEND) from error
    if not isinstance(found, dict):
        raise NoArticle("its front matter is not a list of names and values", _MEND)
    return _known(found)


def _known(found: Mapping[object, object]) -> dict[str, object]:
    """The fields of front matter that kqa knows; what it does not know is not its business."""
    known: dict[str, object] = {}
    for name in ("id", "title", "publisher", "url", "received_as"):
        value = found.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            known[name] = str(value)
    for name in ("published", "date"):
        value = found.get(name)
        if isinstance(value, datetime.date):
            known.setdefault("published", value.isoformat()[:10])
        elif isinstance(value, str):
            known.setdefault("published", value)
    if isinstance(found.get("title_given"), bool):
        known["title_given"] = found["title_given"]
    if problem := _field_problem(known):
        raise NoArticle(f"in its front matter, {problem}", _MEND)
    return known
