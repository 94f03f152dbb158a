"""From passages to the sentences that answer.

Owns the score of a sentence and the choice of quotes. Sees only quotable
sentences, so nothing else can be chosen. Decides nothing about outcome.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kqa.index.store import StoredIndex
from kqa.records import Hit, Sentence, Vectors

PASSAGES = 50
"""Passages whose sentences are looked at."""

PASSAGE_SHARE = 0.3
"""Weight of the passage's score beside the sentence's own cosine (training/fit_confidence.py)."""

QUOTES = 3
"""The contract's most quotes in an answer."""

MARGIN = 0.15
"""A further quote may score at most this much less than the first."""

_SENDS_TO_PROVIDER = re.compile(
    r"\b(?:consult|speak|discuss|disclose|work\ (?:closely\ )?with|evaluat|assess|screening)"
    r".*\b(?:provider|professional|doctor|physician|team|evaluation|individually|conditions?)\b"
    r"|\b(?:provider|professional)s?\b.*\b(?:assess|determine|evaluat|guidance)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence (and its position in the index), its score, and the passage it was found in."""

    position: int
    sentence: Sentence
    score: float
    cosine: float
    passage: int


def rank_sentences(
    stored: StoredIndex, vector: Vectors, hits: Sequence[Hit]
) -> tuple[Candidate, ...]:
    """Every quotable sentence of the passages in ``hits``, best first, ties by position.

    Args:
        stored: the open index.
        vector: the query's vector, shape (1, dimension).
        hits: passages, best first.
    """
    best: dict[int, Hit] = {}
    found = {hit.passage: hit for hit in hits}
    for position, sentence in enumerate(stored.sentences):
        held = [found[p] for p in sentence.passages if p in found]
        if held:
            best[position] = max(held, key=lambda hit: (hit.score, -hit.passage))
    if not best:
        return ()
    positions = list(best)
    cosines = stored.sentence_vectors[positions] @ vector[0]
    candidates = [
        Candidate(
            position=position,
            sentence=stored.sentences[position],
            score=(1 - PASSAGE_SHARE) * float(cosine) + PASSAGE_SHARE * best[position].score,
            cosine=float(cosine),
            passage=best[position].passage,
        )
        for position, cosine in zip(positions, cosines, strict=True)
    ]
    return tuple(sorted(candidates, key=lambda c: (-round(c.score, 6), c.position)))


def choose_quotes(candidates: Sequence[Candidate], k: int) -> tuple[Candidate, ...]:
    """The first candidate and those close behind it, each text once, at most ``k``."""
    chosen: list[Candidate] = []
    seen: set[str] = set()
    for candidate in candidates:
        if len(chosen) == k or candidate.score < candidates[0].score - MARGIN:
            break
        words = " ".join(candidate.sentence.text.casefold().split())
        if words not in seen:
            seen.add(words)
            chosen.append(candidate)
    return tuple(chosen)


def only_advice(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates that send the reader to a healthcare provider, in their order."""
    return tuple(c for c in candidates if _SENDS_TO_PROVIDER.search(c.sentence.text))


def nearest_topics(stored: StoredIndex, hits: Sequence[Hit], most: int = 3) -> tuple[str, ...]:
    """Up to ``most`` headings of the nearest passages: what the articles do cover."""
    titles = {article.id: article.title for article in stored.articles}
    names: dict[str, None] = {}
    for hit in hits:
        passage = stored.passages[hit.passage]
        names.setdefault(passage.section or titles[passage.article])
    return tuple(list(names)[:most])
