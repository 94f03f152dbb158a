"""Guides: what staff wrote beside the articles so that questions are understood and met.

Owns which files they are. Each has its own reader; all are optional, so that a new
corpus begins without. They are searched and never quoted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kqa.corpus import asked, disagreements, synonyms
from kqa.corpus.asked import WaysOfAsking, read_ways_of_asking
from kqa.corpus.disagreements import Disagreement, read_disagreements
from kqa.corpus.synonyms import Synonyms, read_synonyms
from kqa.errors import Unreachable
from kqa.records import Article, Segment

FILES = (asked.FILE, disagreements.FILE, synonyms.FILE)


@dataclass(frozen=True, slots=True)
class Guides:
    """The content of the files, every pin looked up."""

    ways: WaysOfAsking
    disagreements: tuple[Disagreement, ...]
    synonyms: Synonyms


def read_guides(
    folder: Path, articles: Sequence[Article], segments: Mapping[str, Sequence[Segment]]
) -> Guides:
    """The guides of the corpus in ``folder``. ``segments`` are those of each article, by id.

    Raises:
        CorpusError: if a file cannot be used, or a side of a disagreement has lost its quote.
        Unreachable: if a file cannot be read.
    """
    return Guides(
        read_ways_of_asking(folder, articles, segments),
        read_disagreements(folder, articles, segments),
        read_synonyms(folder),
    )


def guides_sha256(folder: Path) -> str:
    """SHA-256 in hexadecimal over the bytes of the files that are there.

    Raises:
        Unreachable: if one cannot be read.
    """
    total = hashlib.sha256()
    for name in FILES:
        path = folder / name
        try:
            data = path.read_bytes() if path.is_file() else b""
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
            raise Unreachable(str(path), reason, "Check its permissions.") from error
        total.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())
    return total.hexdigest()
