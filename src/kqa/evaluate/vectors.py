"""Vectors of measured corpora, kept between runs in the folder of the setting ``cache``.

Owns the cache's keys: a file is named by the SHA-256 of the encoder's fingerprint and
the texts, so another encoder or another text never meets an old vector. A file that
does not hold what it should is made anew. The index of the clinic's own articles keeps
its vectors itself and does not come here.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from kqa.errors import Unreachable
from kqa.records import Encoder, Vectors

FOLDER = "vectors"
"""Name of the folder inside the cache."""

PIECE = 64
"""Texts embedded at a time, so that progress shows and others meet a free encoder."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def embed(
    encoder: Encoder, texts: Sequence[str], folder: Path, progress: Progress | None = None
) -> Vectors:
    """Vectors of shape (len(texts), dimension), out of ``folder`` where they are there.

    Raises:
        Unreachable: if the folder cannot be written.
    """
    file = folder / f"{_key(encoder, texts)}.npy"
    kept = _kept(file, (len(texts), encoder.dimension))
    if kept is not None:
        return kept
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    for at in range(0, len(order), PIECE):
        piece = order[at : at + PIECE]
        vectors[piece] = encoder.encode([texts[number] for number in piece])
        if progress:
            progress("embedding", at + len(piece), len(order))
    _keep(vectors, file)
    return vectors


def _key(encoder: Encoder, texts: Sequence[str]) -> str:
    key = hashlib.sha256(encoder.fingerprint.encode())
    for text in texts:
        key.update(hashlib.sha256(text.encode()).digest())
    return key.hexdigest()


def _kept(file: Path, shape: tuple[int, int]) -> Vectors | None:
    """The array of the file if it is whole, of that shape and finite."""
    with suppress(OSError, ValueError, EOFError):
        found: Vectors = np.load(file, allow_pickle=False)
        if found.shape == shape and found.dtype == np.float32 and bool(np.isfinite(found).all()):
            return found
    return None


def _keep(vectors: Vectors, file: Path) -> None:
    """Written beside and renamed: a broken-off run leaves no half of a file."""
    beside = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as written:
            beside = Path(written.name)
            np.save(written, vectors, allow_pickle=False)
        beside.replace(file)
    except OSError as error:
        raise Unreachable(
            f"cache {file.parent}",
            f"it cannot be written ({error.strerror})",
            "Name another folder in the setting cache.",
        ) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
