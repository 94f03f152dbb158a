"""Readers: question and sentence read together, to tell whether the one answers the other.

Owns how a sentence is laid before a reader, and its running on ONNX Runtime, which is
imported at the first reading, not before. ``index/model_files`` says where its files lie;
the shipped ones stand in ``reader_model/`` with their model card.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kqa.errors import OwnFault, Unreachable
from kqa.index.model_files import (
    READER_MODEL,
    READER_TOKENIZER,
    WITHOUT_FILES,
    reader_fingerprint,
    reader_folder,
)
from kqa.index.terms import terms
from kqa.records import Article, Logits, Reader, Sentence

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

TOKENS = 128
"""Of question and sentence together; the longer of the two is cut at its end."""

BEFORE_WORDS = 25
"""A longer stretch before the sentence is cut at its beginning."""


def make_reader(name: str) -> Reader | None:
    """The reader of that name: ``none``, ``default``, ``words``, or a folder.

    Raises:
        Unreachable: if its files are not on this machine or are not the known ones.
    """
    if name == "none":
        return None
    return WordsReader() if name == "words" else OnnxReader(name)


def text_to_read(heading: str, before: str, sentence: str) -> str:
    """A sentence as a reader sees it: under its heading, after what it leans on."""
    parts = " ".join(heading.split()), " ".join(before.split()[-BEFORE_WORDS:])
    return " | ".join(part for part in (*parts, " ".join(sentence.split())) if part)


def sentence_to_read(article: Article, sentence: Sentence) -> str:
    """A sentence of ``article`` as a reader sees it, with what it needs before it."""
    before = article.text[sentence.needs.start : sentence.start]
    return text_to_read(sentence.section or article.title, before, sentence.text)


def prepared_tokenizer(file: Path) -> Tokenizer:
    """A tokenizer of pairs that cuts the longer of the two texts and pads nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(TOKENS, strategy="longest_first")
    tokenizer.no_padding()
    return tokenizer


class OnnxReader:
    """A cross-encoder in ONNX, by the name that the setting gives it.

    The model takes ``input_ids``, ``attention_mask`` and ``token_type_ids`` and gives one
    logit a pair. Safe under threads: a session of ONNX Runtime is, and the tokenizer is set
    up once and then only read.

    Raises:
        Unreachable: as ``model_files.reader_folder`` does.
    """

    def __init__(self, name: str) -> None:
        self._folder = reader_folder(name)
        self.fingerprint = reader_fingerprint(name)

    def read(self, question: str, texts: Sequence[str]) -> Logits:
        """A logit for each text, shape (len(texts),): above 0, it likelier answers than not.

        Raises:
            Unreachable: if the files cannot be loaded.
            OwnFault: if the model gives a logit that is not finite.
        """
        from kqa.index.onnx_runtime import on_every_core

        encoded = [self._tokenizer.encode(question, text) for text in texts]
        logits = np.array(on_every_core(self._run, encoded), dtype=np.float64)
        if not np.isfinite(logits).all():
            raise OwnFault("reader", "a logit is not finite", "Please report this.")
        return logits

    def _run(self, encoded: Encoding) -> float:
        """The logit of one pair. Never of several at once: activations are quantised over a
        whole batch, so that a pair's logit would depend on what stands beside it."""
        inputs = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        arrays = {name: np.array([row], dtype=np.int64) for name, row in inputs.items()}
        (found,) = self._session.run(None, arrays)
        return float(np.asarray(found).item())

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        try:
            return prepared_tokenizer(self._folder / READER_TOKENIZER)
        except Exception as error:  # tokenizers raises bare exceptions
            raise self._unloadable(error) from error

    @cached_property
    def _session(self) -> InferenceSession:
        from kqa.index.onnx_runtime import open_session

        try:
            return open_session(self._folder / READER_MODEL)
        except Exception as error:  # the exceptions of ONNX Runtime share no base
            raise self._unloadable(error) from error

    def _unloadable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"reader {self._folder}",
            f"it cannot be loaded ({error})",
            "Name another folder in the setting reader, or use default or none.",
        )


class WordsReader:
    """A fake that needs no weights: the share of the question's terms in a text, for tests.

    A logit of -2 where none is there, 2 where all are. Deterministic on every machine.
    """

    fingerprint = WITHOUT_FILES["words"]

    def read(self, question: str, texts: Sequence[str]) -> Logits:
        """A logit for each text, shape (len(texts),)."""
        asked = set(terms(question))
        shares = [len(asked.intersection(terms(text))) / max(1, len(asked)) for text in texts]
        return 4.0 * np.array(shares, dtype=np.float64) - 2.0
