"""From segments to passages, the units of retrieval, and their quotable sentences.

Owns how long a passage is and what context a quote is shown in. A passage is a
run of whole sentences or items inside one section: it never holds a heading,
furniture, the disclaimer or a lead-in whose list is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from kqa.records import Article, Passage, Segment, SegmentKind, Sentence, Span

_IN_PASSAGES = frozenset({SegmentKind.SENTENCE, SegmentKind.ITEM, SegmentKind.LEAD_IN})


def split_passages(
    article: Article, segments: Sequence[Segment], limit: int, overlap: float = 0.0, first: int = 0
) -> tuple[tuple[Passage, ...], tuple[Sentence, ...]]:
    """The passages of an article and the sentences that may be quoted from them.

    Args:
        article: the article that ``segments`` were cut from.
        segments: all of them, in order.
        limit: longest passage in characters; only a single sentence may exceed it.
        overlap: share of a passage's segments that the next one repeats, 0 to 0.9.
        first: position in the index of the article's first passage.
    """
    passages: list[Passage] = []
    sentences: list[Sentence] = []
    for run in _runs(segments):
        holders: list[list[int]] = [[] for _ in run]
        for start, end in _pack(run, limit, overlap):
            for held in holders[start:end]:
                held.append(first + len(passages))
            passages.append(_passage(article, run[start:end]))
        sentences += [
            _sentence(article, run, at, holders[at]) for at, s in enumerate(run) if s.quotable
        ]
    return tuple(passages), tuple(sentences)


def _runs(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Neighbouring segments of one section with nothing unfit between them."""
    run: list[Segment] = []
    for segment in segments:
        if segment.kind in _IN_PASSAGES:
            run.append(segment)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _pack(run: list[Segment], limit: int, overlap: float) -> Iterator[tuple[int, int]]:
    """As many segments as fit, by position in the run, then on from within the last ones.

    A lead-in never ends a passage: it moves on with its list, or, where it and the
    first item do not fit together, stays with the item as heading words only.
    """
    start = covered = 0
    while start < len(run):
        end = start + 1
        while end < len(run) and run[end].end - run[start].start <= limit:
            end += 1
        kept = end
        while kept > start and run[kept - 1].kind is SegmentKind.LEAD_IN:
            kept -= 1
        if kept == start:
            start = end
            continue
        if kept > covered:
            yield start, kept
            covered = kept
        if end == len(run):
            return
        start = max(start + 1, kept - int((kept - start) * overlap))


def _passage(article: Article, part: list[Segment]) -> Passage:
    span = Span(part[0].start, part[-1].end)
    words = [article.title, part[0].section or ""]
    if part[0].lead_in is not None:
        words.append(part[0].lead_in.of(article.text))
    return Passage(
        article=article.id,
        start=span.start,
        end=span.end,
        text=span.of(article.text),
        section=part[0].section,
        heading="\n".join(dict.fromkeys(word for word in words if word)),
    )


def _sentence(article: Article, run: list[Segment], at: int, holders: list[int]) -> Sentence:
    segment = run[at]
    text = segment.span.of(article.text)
    return Sentence(
        article=article.id,
        start=segment.start,
        end=segment.end,
        text=text,
        kind=segment.kind,
        section=segment.section,
        needs=_needed(run, at),
        passages=tuple(holders),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        lead_in=segment.lead_in,
    )


def _needed(run: list[Segment], at: int) -> Span:
    """The segment with its lead-in and the sentences that it, in turn, hangs on."""
    span, lead_in = run[at].span, run[at].lead_in
    if lead_in is not None:
        span = span.union(lead_in)
    while at > 0 and (run[at].hangs or run[at].start > span.start):
        at -= 1
    return span.union(run[at].span)
