"""Vectors of measured corpora, kept between runs under ``.cache/vectors``.

A file is named by the SHA-256 of the encoder's fingerprint and the texts: another
encoder or another text never meets an old vector. Not part of kqa itself, whose
index keeps its own vectors.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from kqa.records import Encoder, Vectors

FOLDER = Path(__file__).parent.parent / ".cache" / "vectors"
PIECE = 512


def embed(encoder: Encoder, texts: Sequence[str], name: str) -> Vectors:
    """Vectors of shape (len(texts), dimension), from the cache where they are there."""
    key = hashlib.sha256(encoder.fingerprint.encode())
    for text in texts:
        key.update(hashlib.sha256(text.encode()).digest())
    file = FOLDER / f"{key.hexdigest()}.npy"
    if file.exists():
        kept: Vectors = np.load(file, allow_pickle=False)
        return kept
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    for at in tqdm(range(0, len(order), PIECE), desc=name, disable=None):
        piece = order[at : at + PIECE]
        vectors[piece] = encoder.encode([texts[number] for number in piece])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=FOLDER, delete=False) as beside:
        np.save(beside, vectors, allow_pickle=False)
    Path(beside.name).replace(file)
    return vectors
