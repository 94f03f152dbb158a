"""Likeness of short texts by their letters: what a misspelt word has in common with the right one.

Owns the character n-grams and their postings. The likeness is the cosine of tf-idf
vectors: ``tf * idf`` with ``idf = 1 + ln((1 + N) / (1 + n))``, as scikit-learn's
``TfidfVectorizer`` defines it, over the n-grams of each word between blanks. A test
holds the figures to scikit-learn's own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kqa.errors import IndexCorrupt
from kqa.index.terms import words

SHORTEST, LONGEST = 2, 4
"""Lengths of an n-gram, chosen by measurement (docs/evaluation.md)."""

FILES = ("ngrams.json", "ngram_ends.npy", "ngram_texts.npy", "ngram_weights.npy", "ngram_idf.npy")

Cosines = NDArray[np.float64]


def ngrams(text: str) -> list[str]:
    """The n-grams of each word of ``text``, a blank at either end of the word."""
    found = []
    for word in words(text):
        padded = f" {word} "
        for length in range(SHORTEST, LONGEST + 1):
            found += [padded[at : at + length] for at in range(len(padded) - length + 1)]
    return found


class NgramIndex:
    """Postings by n-gram: the texts that hold it and its weight in each.

    ``ends[i]`` is the end of n-gram ``i``'s run in ``texts`` and ``weights``; a text's
    weights are of unit length.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        ends: NDArray[np.int64],
        texts: NDArray[np.int32],
        weights: NDArray[np.float32],
        idf: NDArray[np.float64],
        count: int,
    ) -> None:
        self._rows = {gram: row for row, gram in enumerate(vocabulary)}
        self._ends, self._texts, self._weights, self._idf = ends, texts, weights, idf
        self._count = count

    @classmethod
    def build(cls, texts: Sequence[str]) -> NgramIndex:
        """An index of ``texts``, by their position."""
        counts = [Counter(ngrams(text)) for text in texts]
        vocabulary = sorted({gram for count in counts for gram in count})
        rows = {gram: row for row, gram in enumerate(vocabulary)}
        row = np.array([rows[g] for count in counts for g in count], dtype=np.int64)
        tf = np.array([n for count in counts for n in count.values()], dtype=np.float64)
        held = np.array([len(count) for count in counts], dtype=np.int64)
        text = np.repeat(np.arange(len(texts), dtype=np.int32), held)
        sizes = np.bincount(row, minlength=len(vocabulary))
        idf = 1 + np.log((1 + len(texts)) / (1 + sizes))
        weights = tf * idf[row]
        norms = np.sqrt(np.bincount(text, weights=weights**2, minlength=len(texts)))
        weights = (weights / norms[text]).astype(np.float32)
        by_gram = np.argsort(row, kind="stable")
        return cls(vocabulary, np.cumsum(sizes), text[by_gram], weights[by_gram], idf, len(texts))

    def arrays(self) -> dict[str, NDArray[np.generic] | bytes]:
        """What to keep, by file name: arrays, and the vocabulary as JSON."""
        vocabulary = json.dumps(list(self._rows), ensure_ascii=False).encode()
        kept = (vocabulary, self._ends, self._texts, self._weights, self._idf)
        return dict(zip(FILES, kept, strict=True))

    @classmethod
    def from_arrays(
        cls,
        vocabulary: bytes,
        ends: NDArray[np.int64],
        texts: NDArray[np.int32],
        weights: NDArray[np.float32],
        idf: NDArray[np.float64],
        count: int,
    ) -> NgramIndex:
        """The index of ``arrays``; ``count`` is the number of texts.

        Raises:
            IndexCorrupt: if the parts do not belong together.
        """
        found = json.loads(vocabulary)
        fits = (
            isinstance(found, list)
            and all(isinstance(gram, str) for gram in found)
            and len(set(found)) == len(found) == ends.size == idf.size
            and ends.ndim == idf.ndim == 1
            and bool((np.diff(ends, prepend=0) > 0).all())
            and bool(np.isfinite(weights).all() and np.isfinite(idf).all())
            and texts.shape == weights.shape == (int(ends[-1]) if len(ends) else 0,)
            and (texts.size == 0 or 0 <= texts.min() <= texts.max() < count)
        )
        if not fits:
            raise IndexCorrupt("n-grams", "their parts do not fit together", "Run: kqa index")
        return cls(found, ends, texts, weights, idf, count)

    def cosines(self, text: str) -> Cosines:
        """The likeness of every text to ``text``, 0 to 1, shape (texts,).

        An n-gram that no text holds counts in the length of ``text``, as rare as can be:
        a word that is not known makes it less like all of them.
        """
        total = np.zeros(self._count, dtype=np.float64)
        unknown = 1 + np.log(1 + self._count)
        squares = 0.0
        for gram, tf in Counter(ngrams(text)).items():
            row = self._rows.get(gram)
            weight = tf * (unknown if row is None else float(self._idf[row]))
            squares += weight**2
            if row is not None:
                run = slice(int(self._ends[row - 1]) if row else 0, int(self._ends[row]))
                total[self._texts[run]] += weight * self._weights[run]
        found: Cosines = total / np.sqrt(squares) if squares else total
        return found

    def __len__(self) -> int:
        return self._count
