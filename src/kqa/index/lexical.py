"""BM25 over terms: rank-bm25 defines it, arrays keep it.

Owns the postings. ``rank_bm25.BM25Okapi`` computes every statistic when the index
is built; what each passage would add to a query's score is then kept by term, so
that asking touches only the postings of the query's terms. The scores equal
``BM25Okapi.get_scores``, and a test holds them to it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from kqa.errors import IndexCorrupt
from kqa.records import Hit

Scores = NDArray[np.float64]

FILES = ("terms.json", "term_ends.npy", "postings_passage.npy", "postings_weight.npy")


class LexicalIndex:
    """Postings by term: the passages that hold it and what it adds to their score.

    ``ends[i]`` is the end of term ``i``'s run in ``passages`` and ``weights``.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        ends: NDArray[np.int64],
        passages: NDArray[np.int32],
        weights: Scores,
        count: int,
    ) -> None:
        self._rows = {term: row for row, term in enumerate(vocabulary)}
        self._ends, self._passages, self._weights = ends, passages, weights
        self._count = count

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]], k1: float, b: float) -> LexicalIndex:
        """An index of ``documents``, each a passage's terms; at least one has terms.

        They are taken one by one, so that a generator need never hold them all.
        """
        one: dict[str, str] = {}  # equal terms share one string, for there are millions
        shared = ([one.setdefault(term, term) for term in document] for document in documents)
        bm25 = BM25Okapi(shared, k1=k1, b=b)
        vocabulary = sorted(bm25.idf)
        rows = {term: row for row, term in enumerate(vocabulary)}
        row, frequency = array("i"), array("i")
        for frequencies in bm25.doc_freqs:
            row.extend(rows[term] for term in frequencies)
            frequency.extend(frequencies.values())
        held = np.array([len(frequencies) for frequencies in bm25.doc_freqs])
        passage = np.repeat(np.arange(len(held), dtype=np.int32), held)
        by_term = np.argsort(np.asarray(row), kind="stable")
        passages, tf = passage[by_term], np.asarray(frequency, dtype=np.float64)[by_term]
        sizes = np.bincount(np.asarray(row), minlength=len(vocabulary))
        idf = np.repeat(np.array([bm25.idf[term] for term in vocabulary]), sizes)
        lengths = np.asarray(bm25.doc_len, dtype=np.float64)
        norms = k1 * (1 - b + b * lengths / bm25.avgdl)
        weights = idf * tf * (k1 + 1) / (tf + norms[passages])
        return cls(vocabulary, np.cumsum(sizes), passages, weights, len(held))

    def arrays(self) -> dict[str, NDArray[np.generic] | bytes]:
        """What to keep, by file name: arrays, and the vocabulary as JSON."""
        vocabulary = json.dumps(list(self._rows), ensure_ascii=False).encode()
        return dict(
            zip(FILES, (vocabulary, self._ends, self._passages, self._weights), strict=True)
        )

    @classmethod
    def from_arrays(
        cls,
        vocabulary: bytes,
        ends: NDArray[np.int64],
        passages: NDArray[np.int32],
        weights: Scores,
        count: int,
    ) -> LexicalIndex:
        """The index of ``arrays``; ``count`` is the number of passages.

        Raises:
            IndexCorrupt: if the parts do not belong together.
        """
        found = json.loads(vocabulary)
        fits = (
            isinstance(found, list)
            and all(isinstance(term, str) for term in found)
            and len(set(found)) == len(found) == ends.size
            and ends.ndim == 1
            and bool((np.diff(ends, prepend=0) > 0).all())
            and bool(np.isfinite(weights).all())
            and passages.shape == weights.shape == (int(ends[-1]) if len(ends) else 0,)
            and (passages.size == 0 or 0 <= passages.min() <= passages.max() < count)
        )
        if not fits:
            raise IndexCorrupt("postings", "their parts do not fit together", "Run: kqa index")
        return cls(found, ends, passages, weights, count)

    def scores(self, query: Sequence[str]) -> Scores:
        """BM25 of every passage for the terms of ``query``, shape (passages,)."""
        total = np.zeros(self._count, dtype=np.float64)
        for term in query:
            row = self._rows.get(term)
            if row is not None:
                run = slice(int(self._ends[row - 1]) if row else 0, int(self._ends[row]))
                total[self._passages[run]] += self._weights[run]
        return total

    def search(self, query: Sequence[str], k: int) -> tuple[Hit, ...]:
        """The ``k`` passages of highest score above 0, ties by position."""
        scores = self.scores(query)
        found = np.flatnonzero(scores > 0)
        best = found[np.argsort(-scores[found], kind="stable")[:k]]
        return tuple(Hit(int(position), float(scores[position])) for position in best)

    def __len__(self) -> int:
        return self._count

    def document_frequency(self, term: str) -> int:
        """In how many passages ``term`` stands; 0 where no passage holds it."""
        row = self._rows.get(term)
        return 0 if row is None else int(self._ends[row] - (self._ends[row - 1] if row else 0))
