"""Nearest passages by cosine, in FAISS.

Owns the FAISS index and its bytes. Vectors are of unit length, so the inner
product is the cosine. Knows nothing of passages but their positions.
"""

from __future__ import annotations

import faiss
import numpy as np

from kqa.errors import IndexCorrupt, InputError
from kqa.records import Hit, Vectors

_TIE = 1e-6
"""Below the score at the cut: well over the rounding of a float32 inner product."""


class DenseIndex:
    """Exact search over unit vectors of one dimension."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """An index of ``vectors``, shape (passages, dimension)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def from_bytes(cls, data: bytes) -> DenseIndex:
        """The index that ``to_bytes`` wrote. The caller has checked the bytes' hash.

        Raises:
            IndexCorrupt: if FAISS refuses them.
        """
        try:
            return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)))
        except RuntimeError as error:
            raise IndexCorrupt("vectors", "FAISS cannot read them", "Run: kqa index") from error

    def to_bytes(self) -> bytes:
        """The index in FAISS's own format."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def vectors(self) -> Vectors:
        """All vectors, shape (passages, dimension)."""
        stored: Vectors = self._index.reconstruct_n(0, len(self))
        return stored

    def search(self, vector: Vectors, k: int) -> tuple[Hit, ...]:
        """The ``k`` nearest to ``vector``, shape (1, dimension), ties by position.

        Fewer if there are fewer.

        Raises:
            InputError: if the vector has another dimension or is not finite.
        """
        if vector.shape != (1, self.dimension) or not np.isfinite(vector).all():
            raise InputError(
                f"query vector of shape {vector.shape}",
                f"it must be finite and of shape (1, {self.dimension})",
                "Use the encoder that the index was built with.",
            )
        if k < 1 or not len(self):
            return ()
        query = np.ascontiguousarray(vector)
        scores, ids = (found[0] for found in self._index.search(query, min(k + 1, len(self))))
        if len(ids) > k and scores[k] == scores[k - 1]:
            # FAISS keeps any of those that tie at the cut: all of them are asked for instead.
            _, scores, ids = self._index.range_search(query, float(scores[k]) - _TIE)
        best = [at for at in np.lexsort((ids, -scores)) if ids[at] >= 0]
        return tuple(Hit(int(ids[at]), float(scores[at])) for at in best[:k])
