"""The systems over a public set in BEIR's form, each of its documents one passage.

Owns how documents become passages and what names such a set. Knows nothing of articles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from kqa.corpus.segment import sentence_spans
from kqa.errors import InputError
from kqa.evaluate.beir import BeirDocument, BeirSet
from kqa.evaluate.systems import SEARCHED, SearchSystem, Step, check_name, described, no_step
from kqa.evaluate.vectors import FOLDER, Progress, embed
from kqa.index.dense import DenseIndex
from kqa.index.lexical import LexicalIndex
from kqa.index.terms import terms
from kqa.records import Encoder, Passage, Span
from kqa.search.reader import make_reader, text_to_read
from kqa.settings import Settings


def beir_system(
    name: str,
    beir: BeirSet,
    settings: Settings,
    encoder: Encoder,
    progress: Progress | None = None,
    step: Step = no_step,
) -> tuple[SearchSystem, tuple[str, ...]]:
    """A system over a public set, each document one passage; and what is to be said of it.

    The encoder reads each document as far as it can, the lexical search all of it.

    Raises:
        InputError: for ``full`` without a reader, since a public set has no articles to
            quote from, or an unknown name.
        Unreachable: if the cache of vectors cannot be written, or the reader is not there.
    """
    check_name(name)
    reader = make_reader(settings.reader) if name == "full" else None
    if name == "full" and reader is None:
        remedy = "Set reader, use lexical, dense or hybrid, or a test set with gold quotes."
        raise InputError("system full", "a BEIR set has no articles to quote from", remedy)
    passages = [
        Passage(d.id, 0, len(d.passage_text), d.passage_text, section=None, heading="")
        for d in beir.documents
    ]
    lexical = LexicalIndex.build(
        (terms(passage.text) for passage in passages), settings.bm25_k1, settings.bm25_b
    )
    dense, said = None, tuple[str, ...]()
    if name != "lexical":
        texts = [passage.text for passage in passages]
        folder = settings.cache.expanduser() / FOLDER
        dense = DenseIndex.build(embed(encoder, texts, folder, progress)), encoder
        cut = encoder.count_cut(texts)
        if cut:
            said = (f"{cut:,} of {len(texts):,} documents are longer than the encoder reads",)
    settled = described(settings, SEARCHED, encoder if dense else None, reader)
    fingerprint = hashlib.sha256(f"{beir_sha256(beir)} {sorted(settled.items())}".encode())
    names = [passage.article for passage in passages]
    documents = passages, names
    share = settings.dense_share
    hexdigest = fingerprint.hexdigest()
    texts_of = partial(_sentences_in, beir.documents)
    reading = (reader, texts_of, settings.read_passages) if reader else None
    return (
        SearchSystem(name, hexdigest, documents, lexical, dense, share, settled, reading, step),
        said,
    )


def beir_sha256(beir: BeirSet) -> str:
    """SHA-256 over documents, queries and judgements, whatever their files' layout."""
    total = hashlib.sha256()
    for part in (beir.documents, sorted(beir.queries.items()), beir.qrels):
        for row in part:
            total.update(f"{row!r}\n".encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def _sentences_in(documents: Sequence[BeirDocument], at: int) -> list[str]:
    """The sentences of one document of a public set, as a reader sees them."""
    title, text = documents[at].title, documents[at].text
    spans = sentence_spans(text, Span(0, len(text))) if text.strip() else []
    return [text_to_read(title, "", span.of(text)) for span in spans]
