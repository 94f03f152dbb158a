"""The fingerprint: a hash over everything that shapes answers, and whether it still fits.

Owns the list of inputs: articles, weights, settings, libraries, and kqa's own code
and rules. Equal fingerprints give equal answers. (A hash of the vectors would not
do: embedding in other batches changes the last bits of floats.)
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from kqa.corpus.guides import guides_sha256
from kqa.corpus.read import read_corpus
from kqa.errors import CorpusError, IndexStale
from kqa.index import store
from kqa.index.model_files import reader_fingerprint, sha256_of
from kqa.records import Article, Encoder, Manifest
from kqa.settings import Settings, default_corpus

_STAGES = ("corpus", "index", "search", "answer")
_LIBRARIES = (
    "nupunkt",
    "markdown-it-py",
    "PyStemmer",
    "rank-bm25",
    "faiss-cpu",
    "symspellpy",
    "py3langid",
)
_SETTINGS = (
    "passage_chars",
    "passage_overlap",
    "bm25_k1",
    "bm25_b",
    "dense_share",
    "ways_of_asking",
    "read_sentences",
)


def fingerprint_inputs(
    articles: Sequence[Article], guides: str, encoder: Encoder, settings: Settings
) -> dict[str, str]:
    """Everything that shapes answers, by name; equal inputs give equal answers.

    ``guides`` is the hash of the files that staff keep beside the articles.
    """
    rows = [json.dumps(asdict(article), sort_keys=True) for article in articles]
    return {
        "format": str(store.FORMAT),
        "corpus": _sha256(rows),
        "guides": guides,
        "code": _sha256(f"{path.name} {sha256_of(path)}" for path in _shaping_files()),
        "encoder": encoder.fingerprint,
        "reader": reader_fingerprint(settings.reader),
        **{name: str(getattr(settings, name)) for name in _SETTINGS},
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def fingerprint_of(inputs: Mapping[str, str]) -> str:
    """SHA-256 in hexadecimal over the names and values, in order of the names."""
    return _sha256(f"{name}={value}" for name, value in sorted(inputs.items()))


def corpus_folder(settings: Settings) -> Path:
    """The folder of articles: the one that is set, else the one that the index was
    built from, else ``corpus`` here or the shipped one."""
    if settings.corpus is not None:
        return settings.corpus
    built_from = store.read_source(settings.index)
    return built_from if built_from and built_from.is_dir() else default_corpus()


def check_current(manifest: Manifest, encoder: Encoder, settings: Settings) -> None:
    """Whether the index still matches the settings and the articles: those of the folder
    that is set, else of the one that it was built from.

    Raises:
        IndexStale: naming what has changed. A corpus folder that is no longer there
            cannot have changed: an index may be copied to a machine without it.
    """
    folder = settings.corpus or store.read_source(settings.index)
    now = dict(manifest.inputs)
    if folder and folder.is_dir():
        articles, guides = _articles_now(manifest, folder), guides_sha256(folder)
        now = fingerprint_inputs(articles, guides, encoder, settings)
    else:
        kept = {name: manifest.inputs[name] for name in ("corpus", "guides")}
        now |= {**fingerprint_inputs((), "", encoder, settings), **kept}
    changed = sorted(name for name in now if now[name] != manifest.inputs.get(name))
    if changed:
        raise IndexStale(
            f"index {manifest.fingerprint[:12]}",
            f"changed since it was built: {', '.join(changed)} (articles in {folder})",
            store.REBUILD,
        )


def _articles_now(manifest: Manifest, folder: Path) -> tuple[Article, ...]:
    try:
        return read_corpus(folder).articles
    except CorpusError as error:
        raise IndexStale(
            f"index {manifest.fingerprint[:12]}",
            f"the articles it was built from can no longer be read ({error.what}: {error.reason})",
            error.remedy,
        ) from error


def _shaping_files() -> list[Path]:
    """The code and data of the stages between an article and its answer."""
    package = Path(__file__).parent.parent
    return sorted(
        path
        for stage in _STAGES
        for path in (package / stage).iterdir()
        if path.suffix in {".py", ".json", ".toml"}
    )


def _sha256(lines: Iterable[str]) -> str:
    total = hashlib.sha256()
    for line in lines:
        total.update(line.encode() + b"\n")
    return total.hexdigest()
