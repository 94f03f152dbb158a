"""Vectors of measured corpora, kept between runs under ``.cache/vectors`` of the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from kqa.evaluate import vectors
from kqa.records import Encoder, Vectors

FOLDER = Path(__file__).parent.parent / ".cache" / vectors.FOLDER


def embed(encoder: Encoder, texts: Sequence[str], name: str) -> Vectors:
    """Vectors of shape (len(texts), dimension), from the cache where they are there."""
    with tqdm(desc=name, total=len(texts), disable=None) as bar:

        def show(what: str, done: int, total: int) -> None:
            bar.update(done - bar.n)

        return vectors.embed(encoder, texts, FOLDER, show)
