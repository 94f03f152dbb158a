"""How things stand: the index in use, whether it is current, and what ``lint`` found.

Owns what staff are told of it. Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kqa.corpus.lint import ArticleOverview, Finding, lint, overview
from kqa.corpus.read import Corpus, read_corpus
from kqa.errors import IndexUnusable, KqaError
from kqa.index.encoder import make_encoder
from kqa.index.fingerprint import check_current, corpus_folder
from kqa.index.store import CURRENT, open_index, read_manifest
from kqa.records import Encoder
from kqa.settings import Settings

if TYPE_CHECKING:
    from kqa.corpus.differences import Pair
    from kqa.corpus.disagreements import PairsOfPlaces


@dataclass(frozen=True, slots=True)
class IndexState:
    """The published index. ``built_at`` is ISO 8601 in UTC; ``stale`` says what has changed
    since it was built, None where it is current."""

    fingerprint: str | None
    built_at: str | None
    counts: dict[str, int]
    stale: str | None


@dataclass(frozen=True, slots=True)
class CorpusState:
    """The folder of articles as it is now: counts, findings, and whether those that show
    only by meaning were sought, for which an index of these very articles is needed."""

    folder: Path
    articles: tuple[ArticleOverview, ...]
    findings: tuple[Finding, ...]
    by_meaning: bool


def index_state(settings: Settings, encoder: Encoder | None = None) -> IndexState:
    """The state of the published index; never raises for one that cannot be used.

    ``encoder`` is used instead of the one that the settings name.
    """
    try:
        manifest = read_manifest(settings.index)
        seconds = (settings.index / CURRENT).stat().st_mtime
    except (IndexUnusable, OSError) as error:
        return IndexState(None, None, {}, str(error))
    built = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    try:
        check_current(manifest, encoder or make_encoder(settings.encoder), settings)
        stale = None
    except KqaError as error:
        stale = f"{error.reason[:1].upper()}{error.reason[1:]}."
    return IndexState(manifest.fingerprint, built, dict(manifest.counts), stale)


def corpus_state(settings: Settings) -> CorpusState:
    """The state of the folder of articles.

    Raises:
        CorpusError, Unreachable: if it cannot be read.
    """
    corpus = read_corpus(corpus_folder(settings))
    meaning = by_meaning(settings.index, corpus)
    findings = lint(corpus, meaning) if meaning else lint(corpus)
    return CorpusState(corpus.folder, overview(corpus), findings, meaning is not None)


def by_meaning(index: Path, corpus: Corpus) -> Callable[[PairsOfPlaces], Sequence[Pair]] | None:
    """The search for disagreements by meaning; None where no index has these articles."""
    from kqa.answer.candidates import candidates

    try:
        stored = open_index(index)
    except KqaError:
        return None
    if stored.articles != corpus.articles:
        return None
    # Below the sentences' vectors stand those of the lead-ins.
    vectors = stored.sentence_vectors[: len(stored.sentences)]
    return partial(candidates, stored.sentences, vectors)
