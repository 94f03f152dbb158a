"""From places in articles to positions in the index: lead-ins, ways of asking, disagreements.

Owns what a way that is pinned to a lead-in stands for, and what text the comparison by
letters reads. Knows nothing of vectors or files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kqa.corpus.asked import WaysOfAsking, without_plain_headings
from kqa.corpus.disagreements import Disagreement
from kqa.corpus.pins import Place
from kqa.records import (
    Article,
    KnownDisagreement,
    KnownSide,
    LeadIn,
    Segment,
    SegmentKind,
    Sentence,
    Span,
    Way,
)

_INTRODUCE = frozenset({SegmentKind.LEAD_IN, SegmentKind.LOST_LEAD_IN, SegmentKind.HEADING})


def lead_ins_of(
    articles: Sequence[Article],
    segments: Mapping[str, Sequence[Segment]],
    sentences: Sequence[Sentence],
) -> tuple[LeadIn, ...]:
    """Every line that introduces a list, with the positions of its items, in order of articles.

    Those are lead-ins, lost ones included, and headings that a list follows at once.
    """
    at = {Place(s.article, s.span): position for position, s in enumerate(sentences)}
    found = []
    for article in articles:
        here = [*without_plain_headings(segments[article.id])]
        for number, segment in enumerate(here):
            if segment.kind not in _INTRODUCE:
                continue
            items = (at[Place(article.id, item.span)] for item in _items_after(here, number))
            before = here[number - 1] if number else None
            found.append(
                LeadIn(
                    article=article.id,
                    start=segment.start,
                    end=segment.end,
                    text=segment.span.of(article.text),
                    section=segment.section,
                    items=tuple(items),
                    before=at.get(Place(article.id, before.span)) if before else None,
                )
            )
    return tuple(found)


def _items_after(segments: Sequence[Segment], number: int) -> Iterator[Segment]:
    """The items that the line at ``number`` introduces."""
    line = segments[number]
    lead_in = None if line.kind is SegmentKind.HEADING else line.span
    for segment in segments[number + 1 :]:
        if segment.kind is SegmentKind.HEADING or (
            lead_in is None and segment.kind is not SegmentKind.ITEM
        ):
            return
        if segment.kind is SegmentKind.ITEM and segment.lead_in == lead_in:
            yield segment


def ways_of(
    ways: WaysOfAsking, sentences: Sequence[Sentence], lead_ins: Sequence[LeadIn]
) -> tuple[Way, ...]:
    """The ways of asking by positions, the pinned ones first.

    A way pinned to a lead-in asks for its whole list: any of the items answers it.
    """
    at = {Place(s.article, s.span): position for position, s in enumerate(sentences)}
    lead = {Place(x.article, Span(x.start, x.end)): n for n, x in enumerate(lead_ins)}
    pinned, left_open = [], []
    for asked in ways.asked:
        if asked.place is None:
            left_open.append(Way(asked.text, about=asked.about))
        elif asked.place in lead:
            number = lead[asked.place]
            pinned.append(Way(asked.text, lead_ins[number].items, number))
        else:
            pinned.append(Way(asked.text, (at[asked.place],)))
    return (*pinned, *left_open)


def disagreements_of(
    disagreements: Sequence[Disagreement], sentences: Sequence[Sentence]
) -> tuple[KnownDisagreement, ...]:
    """The disagreements, their sides' sentences by position."""
    at = {Place(s.article, s.span): position for position, s in enumerate(sentences)}
    return tuple(
        KnownDisagreement(
            id=d.id,
            question=d.question,
            asks=d.asks,
            sides=tuple(KnownSide(s.name, tuple(at[p] for p in s.places)) for s in d.sides),
        )
        for d in disagreements
    )


def compared_texts(
    articles: Sequence[Article],
    sentences: Sequence[Sentence],
    lead_ins: Sequence[LeadIn],
    ways: Sequence[Way],
    disagreements: Sequence[KnownDisagreement],
) -> list[str]:
    """What the comparison by letters reads, in the order that ``StoredIndex`` states."""
    by_id = {article.id: article for article in articles}
    found = []
    for sentence in sentences:
        article = by_id[sentence.article]
        lead_in = f"{sentence.lead_in.of(article.text)} " if sentence.lead_in else ""
        found.append(f"{sentence.section or article.title}. {lead_in}{sentence.text}")
    found += [f"{x.section or by_id[x.article].title}. {x.text}" for x in lead_ins]
    found += [way.text for way in ways]
    return found + [ask for disagreement in disagreements for ask in disagreement.asks]
