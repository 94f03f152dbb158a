"""The hybrid searcher: cosine and BM25 mixed into one score.

Owns the fusion, chosen by measurement (docs/evaluation.md): a weighted sum of the
cosine and of BM25 divided by its maximum over the query's candidates. Meets an
engine only through the ``Searcher`` Protocol.
"""

from __future__ import annotations

from collections.abc import Sequence

from kqa.index.dense import DenseIndex
from kqa.index.lexical import LexicalIndex
from kqa.records import Hit, Passage, Searcher, Vectors

DEPTH = 1_000
"""Candidates taken from each side before mixing."""


class EmbeddedSearcher:
    """The default engine: FAISS and BM25 out of the published files."""

    def __init__(
        self, dense: DenseIndex, lexical: LexicalIndex, passages: Sequence[Passage]
    ) -> None:
        self._dense, self._lexical, self._passages = dense, lexical, passages

    def dense(self, vector: Vectors, k: int) -> tuple[Hit, ...]:
        """The ``k`` passages nearest to ``vector``, by cosine."""
        return self._dense.search(vector, k)

    def lexical(self, terms: Sequence[str], k: int) -> tuple[Hit, ...]:
        """The ``k`` passages of highest BM25 above 0."""
        return self._lexical.search(terms, k)

    def fetch(self, passages: Sequence[int]) -> tuple[Passage, ...]:
        """The passages at these positions, in this order."""
        return tuple(self._passages[position] for position in passages)


def hybrid_search(
    searcher: Searcher, vector: Vectors, terms: Sequence[str], k: int, dense_share: float
) -> tuple[Hit, ...]:
    """The ``k`` best passages for a query, ties by position.

    The score is ``share * cosine + (1 - share) * bm25 / max bm25``. A passage that
    only one side found gets 0 from the other, or the lowest cosine that was found.

    Args:
        searcher: the engine.
        vector: the query's vector, shape (1, dimension).
        terms: the query's terms.
        k: how many passages at most.
        dense_share: weight of the cosine, 0 (BM25 alone) to 1 (cosine alone).
    """
    depth = max(DEPTH, k)
    return mix(searcher.dense(vector, depth), searcher.lexical(terms, depth), k, dense_share)


def mix(
    dense: Sequence[Hit], lexical: Sequence[Hit], k: int, dense_share: float
) -> tuple[Hit, ...]:
    """The fusion itself: the ``k`` best of two result lists, as ``hybrid_search`` says."""
    cosines = {hit.passage: hit.score for hit in dense}
    weights = {hit.passage: hit.score for hit in lexical}
    highest = max(weights.values(), default=1.0)
    lowest = min(cosines.values(), default=0.0)
    mixed = {
        passage: dense_share * cosines.get(passage, lowest)
        + (1 - dense_share) * weights.get(passage, 0.0) / highest
        for passage in cosines.keys() | weights.keys()
    }
    # Rounded, so that the last bits of a float never decide between equal passages.
    ranked = sorted(mixed.items(), key=lambda pair: (-round(pair[1], 6), pair[0]))
    return tuple(Hit(passage, score) for passage, score in ranked[:k])
