"""Passages ranked once more: each by what a reader makes of the best of its sentences.

Owns how the reader's logit joins the score of the search (docs/evaluation.md). It is what
``kqa eval --system full`` ranks; an answer has its own, shorter way in
``answer/match``, which reads few sentences and not whole passages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kqa.index.store import StoredIndex
from kqa.records import Hit, Reader
from kqa.search.reader import sentence_to_read

WEIGHT = 0.08
"""What a logit of 1 adds to a passage's score."""

TextsOf = Callable[[int], Sequence[str]]
"""From a passage's position to its sentences as a reader sees them."""


def rerank(
    question: str, hits: Sequence[Hit], texts_of: TextsOf, reader: Reader, depth: int
) -> tuple[Hit, ...]:
    """The hits in the order of score plus ``WEIGHT`` times the best logit, ties by position.

    Below the first ``depth``, and where a passage holds no sentence, the lowest of these
    logits stands for the one that is not known.

    Args:
        question: the question.
        hits: what the search found, best first.
        texts_of: the sentences of a passage.
        reader: reads each of them once.
        depth: passages whose sentences are read.

    Raises:
        Unreachable, OwnFault: as the reader does.
    """
    texts = {hit.passage: texts_of(hit.passage) for hit in hits[:depth]}
    once = [*dict.fromkeys(text for held in texts.values() for text in held)]
    if not once:
        return tuple(hits)
    logits = dict(zip(once, reader.read(question, once).tolist(), strict=True))
    best = {passage: max(logits[t] for t in held) for passage, held in texts.items() if held}
    lowest = min(best.values())
    scored = [Hit(hit.passage, hit.score + WEIGHT * best.get(hit.passage, lowest)) for hit in hits]
    return tuple(sorted(scored, key=lambda hit: (-round(hit.score, 6), hit.passage)))


def sentences_by_passage(stored: StoredIndex) -> list[list[str]]:
    """For each passage its quotable sentences, as a reader sees them."""
    by_id = {article.id: article for article in stored.articles}
    held: list[list[str]] = [[] for _ in stored.passages]
    for sentence in stored.sentences:
        text = sentence_to_read(by_id[sentence.article], sentence)
        for passage in sentence.passages:
            held[passage].append(text)
    return held
