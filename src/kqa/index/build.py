"""Building the index: from a corpus to a published folder, embedding only what is new.

Owns the order of a build and the reuse of vectors from the index published before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kqa.corpus.passages import split_passages
from kqa.corpus.read import Corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError, KqaError
from kqa.index import publish, store
from kqa.index.dense import DenseIndex
from kqa.index.fingerprint import fingerprint_inputs, fingerprint_of
from kqa.index.lexical import LexicalIndex
from kqa.index.store import StoredIndex
from kqa.index.terms import terms
from kqa.records import Encoder, Manifest, Passage, Sentence, Vectors
from kqa.settings import Settings

PIECE = 256
"""Texts embedded at a time, so that a long build shows its progress."""

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
    with publish.building(folder):
        before = _published(folder)
        if before and before.manifest.fingerprint == fingerprint:
            publish.write_source(folder, corpus.folder.resolve())
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
                (terms(p.searched_text) for p in passages), settings.bm25_k1, settings.bm25_b
            ),
        )
        publish.write_index(folder, stored)
        publish.write_source(folder, corpus.folder.resolve())
    reused = len(_texts(passages, sentences)) - embedded
    return BuildReport(fingerprint, counts, embedded, reused, False, corpus.left_out)


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
