"""Building the index: from a corpus to a published folder, embedding only what is new.

Owns the fingerprint, which hashes every input that shapes answers, and the reuse
of vectors from the index published before.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kqa.corpus.passages import split_passages
from kqa.corpus.read import Corpus, read_corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError, IndexStale, KqaError
from kqa.index import store
from kqa.index.dense import DenseIndex
from kqa.index.encoder import sha256_of
from kqa.index.lexical import LexicalIndex
from kqa.index.store import StoredIndex
from kqa.index.terms import terms
from kqa.records import Article, Encoder, Manifest, Passage, Sentence, Vectors
from kqa.settings import Settings, default_corpus

PIECE = 256
"""Texts embedded at a time, so that a long build shows its progress."""

_LIBRARIES = ("nupunkt", "markdown-it-py", "PyStemmer", "rank-bm25", "faiss-cpu")
_SETTINGS = ("passage_chars", "passage_overlap", "bm25_k1", "bm25_b", "dense_share")

Progress = Callable[[int, int], None]
"""Called with the number of texts embedded so far and of all that are to be."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    ``embedded`` counts the different texts, of passages and sentences, that the
    encoder read; ``reused`` those whose vectors the index before already held.
    """

    fingerprint: str
    counts: Mapping[str, int]
    embedded: int
    reused: int
    unchanged: bool
    left_out: tuple[CorpusError, ...]


def fingerprint_inputs(
    articles: Sequence[Article], encoder: Encoder, settings: Settings
) -> dict[str, str]:
    """Everything that shapes answers, by name; equal inputs give equal answers."""
    rows = [json.dumps(asdict(article), sort_keys=True) for article in articles]
    return {
        "format": str(store.FORMAT),
        "kqa": importlib.metadata.version("kqa"),
        "corpus": _sha256(rows),
        "data": _sha256(f"{path.name} {sha256_of(path)}" for path in _data_files()),
        "encoder": encoder.fingerprint,
        **{name: str(getattr(settings, name)) for name in _SETTINGS},
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def fingerprint_of(inputs: Mapping[str, str]) -> str:
    """SHA-256 in hexadecimal over the names and values, in order of the names."""
    return _sha256(f"{name}={value}" for name, value in sorted(inputs.items()))


def build_index(
    corpus: Corpus,
    encoder: Encoder,
    settings: Settings,
    folder: Path,
    progress: Progress | None = None,
) -> BuildReport:
    """Builds and publishes the index of ``corpus`` in ``folder``, unless it is current.

    Raises:
        CorpusError: if no sentence of the corpus may be quoted.
        Unreachable: if the folder cannot be written, or another build is under way.
    """
    inputs = fingerprint_inputs(corpus.articles, encoder, settings)
    fingerprint = fingerprint_of(inputs)
    with store.building(folder):
        before = _published(folder)
        if before and before.manifest.fingerprint == fingerprint:
            counts, reused = before.manifest.counts, len(_texts(before.passages, before.sentences))
            return BuildReport(fingerprint, counts, 0, reused, True, corpus.left_out)
        passages, sentences = _cut(corpus, settings)
        texts = [p.text for p in passages] + [s.text for s in sentences]
        known = _known_vectors(before, inputs["encoder"])
        vectors, embedded = _embed(texts, encoder, known, progress)
        counts = {
            "articles": len(corpus.articles),
            "passages": len(passages),
            "sentences": len(sentences),
            "cut": encoder.count_cut([p.text for p in passages]),
        }
        stored = StoredIndex(
            manifest=Manifest(
                fingerprint=fingerprint,
                format=store.FORMAT,
                inputs=inputs,
                corpus=str(corpus.folder.resolve()),
                counts=counts,
                dimension=vectors.shape[1],
                files=(),
            ),
            articles=corpus.articles,
            passages=passages,
            sentences=sentences,
            dense=DenseIndex.build(vectors[: len(passages)]),
            sentence_vectors=vectors[len(passages) :],
            lexical=LexicalIndex.build(
                [terms(p.searched_text) for p in passages], settings.bm25_k1, settings.bm25_b
            ),
        )
        store.write_index(folder, stored)
    reused = len(_texts(passages, sentences)) - embedded
    return BuildReport(fingerprint, counts, embedded, reused, False, corpus.left_out)


def corpus_folder(settings: Settings) -> Path:
    """The folder of articles: the one that is set, else the one that the index was
    built from, else ``corpus`` here or the shipped one."""
    if settings.corpus is not None:
        return settings.corpus
    try:
        built_from = Path(store.read_manifest(settings.index).corpus)
    except KqaError:
        return default_corpus()
    return built_from if built_from.is_dir() else default_corpus()


def check_current(manifest: Manifest, encoder: Encoder, settings: Settings) -> None:
    """Whether the index still matches the articles it was built from and the settings.

    Raises:
        IndexStale: naming what has changed. A corpus folder that is no longer there
            cannot have changed: an index may be copied to a machine without it.
    """
    folder = Path(manifest.corpus)
    now = dict(manifest.inputs)
    if folder.is_dir():
        now = fingerprint_inputs(_articles_now(manifest, folder), encoder, settings)
    else:
        now |= {**fingerprint_inputs((), encoder, settings), "corpus": manifest.inputs["corpus"]}
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


def _data_files() -> list[Path]:
    """The data files of the answering stage: rules and fitted weights."""
    folder = Path(__file__).parent.parent / "answer"
    return sorted(p for p in folder.iterdir() if p.suffix in {".json", ".toml"})


def _sha256(lines: Iterable[str]) -> str:
    total = hashlib.sha256()
    for line in lines:
        total.update(line.encode() + b"\n")
    return total.hexdigest()


def _published(folder: Path) -> StoredIndex | None:
    """The index published before, None where there is none that can be trusted."""
    try:
        return store.open_index(folder)
    except KqaError:
        return None


def _cut(corpus: Corpus, settings: Settings) -> tuple[tuple[Passage, ...], tuple[Sentence, ...]]:
    passages: list[Passage] = []
    sentences: list[Sentence] = []
    for article in corpus.articles:
        more_passages, more_sentences = split_passages(
            article,
            segment(article),
            settings.passage_chars,
            settings.passage_overlap,
            first=len(passages),
        )
        passages += more_passages
        sentences += more_sentences
    if not any(terms(passage.searched_text) for passage in passages):
        raise CorpusError(
            str(corpus.folder),
            "no sentence of its articles may be quoted (only headings, furniture or lost lists)",
            "Run kqa lint to see what was found.",
        )
    return tuple(passages), tuple(sentences)


def _texts(passages: Sequence[Passage], sentences: Sequence[Sentence]) -> set[str]:
    return {p.text for p in passages} | {s.text for s in sentences}


def _known_vectors(before: StoredIndex | None, encoder: str) -> dict[str, Vectors]:
    if before is None or before.manifest.inputs.get("encoder") != encoder:
        return {}
    texts = [p.text for p in before.passages] + [s.text for s in before.sentences]
    rows = np.concatenate([before.dense.vectors(), before.sentence_vectors])
    return dict(zip(texts, rows, strict=True))


def _embed(
    texts: Sequence[str], encoder: Encoder, known: Mapping[str, Vectors], progress: Progress | None
) -> tuple[Vectors, int]:
    """A vector for each text, shape (texts, dimension), and how many were embedded."""
    vectors = dict(known)
    new = sorted(dict.fromkeys(text for text in texts if text not in known), key=len)
    for at in range(0, len(new), PIECE):
        piece = new[at : at + PIECE]
        vectors.update(zip(piece, encoder.encode(piece), strict=True))
        if progress:
            progress(at + len(piece), len(new))
    return np.stack([vectors[text] for text in texts]).astype(np.float32), len(new)
