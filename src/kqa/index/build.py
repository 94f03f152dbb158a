"""Building the index: from a corpus to a published folder, embedding only what is new.

Owns the order of a build and the reuse of vectors from the index published before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from kqa.corpus.asked import WaysOfAsking
from kqa.corpus.guides import guides_sha256, read_guides
from kqa.corpus.passages import split_passages
from kqa.corpus.pins import Pin, PinFault
from kqa.corpus.read import Corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError, KqaError
from kqa.index import publish, store
from kqa.index.dense import DenseIndex
from kqa.index.fingerprint import fingerprint_inputs, fingerprint_of
from kqa.index.guided import compared_texts, disagreements_of, lead_ins_of, ways_of
from kqa.index.lexical import LexicalIndex
from kqa.index.ngrams import NgramIndex
from kqa.index.store import StoredIndex
from kqa.index.terms import terms
from kqa.records import Encoder, LeadIn, Manifest, Passage, Segment, Sentence, Vectors, Way
from kqa.settings import Settings

PIECE = 256
"""Texts embedded at a time, so that a long build shows its progress."""

Progress = Callable[[int, int], None]
"""Called with the number of texts embedded so far and of all that are to be."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    ``embedded`` counts the different texts, of passages and sentences, that the
    encoder read; ``reused`` those whose vectors the index before already held. ``lost``
    are the ways of asking whose sentence no longer stands in its article.
    """

    fingerprint: str
    counts: Mapping[str, int]
    embedded: int
    reused: int
    unchanged: bool
    left_out: tuple[CorpusError, ...]
    lost: tuple[tuple[Pin, PinFault], ...] = ()


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
    inputs = fingerprint_inputs(corpus.articles, guides_sha256(corpus.folder), encoder, settings)
    fingerprint = fingerprint_of(inputs)
    with publish.building(folder):
        before = _published(folder)
        segments = {article.id: segment(article) for article in corpus.articles}
        guides = read_guides(corpus.folder, corpus.articles, segments)
        if before and before.manifest.fingerprint == fingerprint:
            publish.write_source(folder, corpus.folder.resolve())
            counts, reused = before.manifest.counts, len({*chain(*_embedded_before(before))})
            lost = guides.ways.lost
            return BuildReport(fingerprint, counts, 0, reused, True, corpus.left_out, lost)
        passages, sentences = _cut(corpus, segments, settings)
        lead_ins = lead_ins_of(corpus.articles, segments, sentences)
        asked = guides.ways if settings.ways_of_asking else WaysOfAsking()
        ways = ways_of(asked, sentences, lead_ins)
        disagreements = disagreements_of(guides.disagreements, sentences)
        texts = _embedded(passages, sentences, lead_ins, ways)
        known = _known_vectors(before, inputs["encoder"])
        vectors, embedded = _embed([*chain(*texts)], encoder, known, progress)
        passage_end = len(texts[0])
        way_start = passage_end + len(texts[1])
        counts = {
            "articles": len(corpus.articles),
            "passages": len(passages),
            "sentences": len(sentences),
            "ways": len(ways),
            "disagreements": len(disagreements),
            "cut": encoder.count_cut(texts[0]),
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
            lead_ins=lead_ins,
            ways=ways,
            disagreements=disagreements,
            synonyms=guides.synonyms,
            dense=DenseIndex.build(vectors[:passage_end]),
            sentence_vectors=vectors[passage_end:way_start],
            way_vectors=vectors[way_start:],
            lexical=LexicalIndex.build(
                (terms(p.searched_text) for p in passages), settings.bm25_k1, settings.bm25_b
            ),
            letters=NgramIndex.build(
                compared_texts(corpus.articles, sentences, lead_ins, ways, disagreements)
            ),
        )
        publish.write_index(folder, stored)
        publish.write_source(folder, corpus.folder.resolve())
    reused = len({*chain(*texts)}) - embedded
    return BuildReport(
        fingerprint, counts, embedded, reused, False, corpus.left_out, guides.ways.lost
    )


def _published(folder: Path) -> StoredIndex | None:
    """The index published before, None where there is none that can be trusted."""
    try:
        return store.open_index(folder)
    except KqaError:
        return None


def _cut(
    corpus: Corpus, segments: Mapping[str, Sequence[Segment]], settings: Settings
) -> tuple[tuple[Passage, ...], tuple[Sentence, ...]]:
    passages: list[Passage] = []
    sentences: list[Sentence] = []
    for article in corpus.articles:
        more_passages, more_sentences = split_passages(
            article,
            segments[article.id],
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


def _embedded(
    passages: Sequence[Passage],
    sentences: Sequence[Sentence],
    lead_ins: Sequence[LeadIn],
    ways: Sequence[Way],
) -> tuple[list[str], list[str], list[str]]:
    """What has a vector: the passages; the sentences and lead-ins; the pinned ways.

    Ways that the articles leave open are compared by letters alone: their vectors gained
    less than they cost (docs/evaluation.md).
    """
    return (
        [passage.text for passage in passages],
        [s.text for s in sentences] + [lead_in.text for lead_in in lead_ins],
        [way.text for way in ways if way.about is None],
    )


def _embedded_before(stored: StoredIndex) -> tuple[list[str], list[str], list[str]]:
    return _embedded(stored.passages, stored.sentences, stored.lead_ins, stored.ways)


def _known_vectors(before: StoredIndex | None, encoder: str) -> dict[str, Vectors]:
    if before is None or before.manifest.inputs.get("encoder") != encoder:
        return {}
    rows = np.concatenate([before.dense.vectors(), before.sentence_vectors, before.way_vectors])
    return dict(zip(chain(*_embedded_before(before)), rows, strict=True))


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
