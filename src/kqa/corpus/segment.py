"""From blocks to segments: sentences, items, headings, lead-ins, furniture.

Owns the question what each stretch of an article is, and so what may be quoted.
Sentence boundaries come from nupunkt, chosen by measurement (docs/evaluation.md).
"""

from __future__ import annotations

import nupunkt

from kqa.corpus import furniture
from kqa.corpus.blocks import Block, BlockKind, plain_blocks
from kqa.corpus.markdown import markdown_blocks
from kqa.records import Article, Segment, SegmentKind, Span

ITEM_CHARS = 400
"""A list item up to this length is one quote; a longer one is cut into sentences."""


def segment(article: Article) -> tuple[Segment, ...]:
    """The article's segments in order, none overlapping, none empty.

    Between them stand only blanks and list markers.
    """
    blocks = markdown_blocks(article.text) if article.markup == "md" else plain_blocks(article.text)
    return tuple(_Segmenter(article).run(blocks))


def sentence_spans(text: str, block: Span) -> list[Span]:
    """Spans of the sentences inside ``block``, in offsets of ``text``."""
    spans = []
    inside = block.of(text)
    for start, end in nupunkt.sent_spans(inside):
        found = inside[start:end]
        start += len(found) - len(found.lstrip())
        end -= len(found) - len(found.rstrip())
        if start < end:
            spans.append(Span(block.start + start, block.start + end))
    return spans


class _Segmenter:
    """Walks the blocks once, keeping the section, the list and its lead-in in mind."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.section: str | None = None
        self.in_disclaimer = False
        self.paragraph = 0
        self.lead_ins: list[tuple[int, Span | None]] = []

    def run(self, blocks: tuple[Block, ...]) -> list[Segment]:
        segments: list[Segment] = []
        previous: Block | None = None
        for at, block in enumerate(blocks):
            following = blocks[at + 1] if at + 1 < len(blocks) else None
            if not (block.kind is BlockKind.ITEM and previous and previous.kind is BlockKind.ITEM):
                self.paragraph += bool(segments)
            if block.kind is not BlockKind.ITEM:
                self.lead_ins = []
            segments += self._segments(block, following)
            previous = block
        return segments

    def _segments(self, block: Block, following: Block | None) -> list[Segment]:
        span = Span(block.start, block.end)
        text = span.of(self.article.text)
        if block.kind is BlockKind.FURNITURE:
            return [self._make(span, SegmentKind.FURNITURE)]
        if block.kind is BlockKind.HEADING:
            self.section = " ".join(text.split())
            self.in_disclaimer = furniture.is_disclaimer(text)
            return [self._make(span, SegmentKind.HEADING)]
        if self.in_disclaimer or furniture.is_disclaimer(text):
            return [self._make(span, SegmentKind.DISCLAIMER)]
        if block.kind is BlockKind.ITEM:
            return self._item(block, span, following)
        return self._paragraph(span, following)

    def _paragraph(self, span: Span, following: Block | None) -> list[Segment]:
        sentences = sentence_spans(self.article.text, span)
        segments = []
        for at, sentence in enumerate(sentences):
            kind = self._sentence_kind(sentence)
            if at == len(sentences) - 1 and self._is_lead_in(sentence):
                kind = _lead_in_kind(following, deeper_than=-1)
                if kind is SegmentKind.LEAD_IN:
                    self.lead_ins = [(-1, sentence)]
            segments.append(self._make(sentence, kind))
        return segments

    def _item(self, block: Block, span: Span, following: Block | None) -> list[Segment]:
        self.lead_ins = [pair for pair in self.lead_ins if pair[0] < block.depth]
        lead_in = self.lead_ins[-1][1] if self.lead_ins else None
        words = span.of(self.article.text)
        if self._is_lead_in(span):
            kind = _lead_in_kind(following, deeper_than=block.depth)
            if kind is SegmentKind.LEAD_IN:
                self.lead_ins.append((block.depth, span))
            return [self._make(span, kind, lead_in)]
        if not _has_words(words) or furniture.is_furniture_sentence(words):
            return [self._make(span, SegmentKind.FURNITURE)]
        if len(words) <= ITEM_CHARS:
            return [self._make(span, SegmentKind.ITEM, lead_in)]
        parts = sentence_spans(self.article.text, span)
        return [self._make(part, self._part_kind(part), lead_in) for part in parts]

    def _sentence_kind(self, span: Span) -> SegmentKind:
        text = span.of(self.article.text)
        if furniture.is_furniture_sentence(text) or not any(c.isalpha() for c in text):
            return SegmentKind.FURNITURE
        return SegmentKind.SENTENCE

    def _part_kind(self, span: Span) -> SegmentKind:
        kind = self._sentence_kind(span)
        return SegmentKind.ITEM if kind is SegmentKind.SENTENCE else kind

    def _is_lead_in(self, span: Span) -> bool:
        return span.of(self.article.text).rstrip("*_ ").endswith((":", "："))

    def _make(self, span: Span, kind: SegmentKind, lead_in: Span | None = None) -> Segment:
        words = span.of(self.article.text)
        leans = kind in (SegmentKind.SENTENCE, SegmentKind.LEAD_IN)
        return Segment(
            article=self.article.id,
            start=span.start,
            end=span.end,
            kind=kind,
            section=self.section,
            paragraph=self.paragraph,
            lead_in=lead_in,
            hangs=leans and furniture.hangs_on_previous(words),
        )


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _lead_in_kind(following: Block | None, *, deeper_than: int) -> SegmentKind:
    """A lead-in has its list if an item stands next, deeper than itself."""
    if following and following.kind is BlockKind.ITEM and following.depth > deeper_than:
        return SegmentKind.LEAD_IN
    return SegmentKind.LOST_LEAD_IN
