"""What is wrong with a corpus, seen in its text alone: findings, each with its line.

Owns the findings and how many of what each article holds. Judges nothing by a
model or an index; pairs that may disagree come from ``differences`` and, where the
caller can find more by their meaning, from the caller.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kqa.corpus import asked, furniture
from kqa.corpus.asked import read_ways_of_asking
from kqa.corpus.differences import Pair, Statement, possible_disagreements
from kqa.corpus.disagreements import (
    FILE,
    PairsOfPlaces,
    broken_pins,
    known_pairs,
    read_disagreements,
)
from kqa.corpus.pins import Pin, PinFault
from kqa.corpus.read import Corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError
from kqa.records import Article, Segment, SegmentKind

SHOWN_CHARS = 80
"""Longest quotation in a finding's message; the span holds the rest."""

SHORTEST_SENTENCE_CHARS = 20
"""Sentences shorter than this may well stand twice."""

DUPLICATE_SHARE = 0.7
"""Two articles are near-identical from this share of the shorter one's sentences on."""

_DATE_LINE = re.compile(r"\b(?:1[89]|20)\d\d\b|\d{1,2}[/.]\d{1,2}[/.]\d{2}\b")
_COPYRIGHT = re.compile(r"^\s*(?:©|\(c\)|copyright)", re.IGNORECASE)


class Severity(StrEnum):
    """A problem makes ``lint --strict`` fail; a note does not."""

    PROBLEM = "problem"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one place of one file.

    ``line`` counts from 1; ``start`` and ``end`` are offsets of the article's text, 0
    and 0 where the finding is about the whole file.
    """

    code: str
    file: str
    line: int
    start: int
    end: int
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class ArticleOverview:
    """What was found in one article, in numbers."""

    id: str
    file: str
    title: str
    characters: int
    sections: int
    sentences: int
    items: int
    lead_ins: int
    lost_lead_ins: int
    furniture: int
    disclaimers: int


@dataclass(frozen=True, slots=True)
class _Cut:
    """An article, its segments, and where its lines begin."""

    article: Article
    segments: tuple[Segment, ...]
    lines: tuple[int, ...]

    def finding(
        self, code: str, start: int, end: int, message: str, severity: Severity = Severity.NOTE
    ) -> Finding:
        line = bisect.bisect_right(self.lines, start)
        return Finding(code, self.article.file, line, start, end, message, severity)

    def about_all(self, code: str, message: str, severity: Severity = Severity.NOTE) -> Finding:
        return Finding(code, self.article.file, 1, 0, 0, message, severity)


def _none(known: PairsOfPlaces) -> Sequence[Pair]:
    return ()


def lint(
    corpus: Corpus, by_meaning: Callable[[PairsOfPlaces], Sequence[Pair]] = _none
) -> tuple[Finding, ...]:
    """Everything worth a look, in order of file and line.

    ``by_meaning`` finds pairs of places of this corpus that may disagree; it is given
    the pairs that ``disagreements.toml`` holds already. What it finds is told of beside
    the pairs found by words alone, each pair once, without those that are known.

    Raises:
        Unreachable: if ``disagreements.toml`` or ``ways_of_asking.toml`` cannot be read.
    """
    cuts = [_cut(article) for article in corpus.articles]
    findings = [_unreadable(error.what, str(error)) for error in corpus.left_out]
    for cut in cuts:
        for rule in _RULES:
            findings += rule(cut)
    findings += _duplicate_sentences(cuts)
    findings += _duplicate_articles(cuts)
    known, more = _known(corpus, cuts)
    findings += more
    findings += _disagreements(cuts, known, by_meaning(known))
    findings += _lost_ways(corpus, cuts)
    return tuple(sorted(findings, key=lambda f: (f.file, f.line, f.start, f.code, f.message)))


def overview(corpus: Corpus) -> tuple[ArticleOverview, ...]:
    """Counts of what was found, one row an article, in the corpus's order."""
    return tuple(_overview(_cut(article)) for article in corpus.articles)


def _cut(article: Article) -> _Cut:
    breaks = (at + 1 for at, character in enumerate(article.text) if character == "\n")
    return _Cut(article, segment(article), (0, *breaks))


def _overview(cut: _Cut) -> ArticleOverview:
    counts = Counter(s.kind for s in cut.segments)
    return ArticleOverview(
        id=cut.article.id,
        file=cut.article.file,
        title=cut.article.title,
        characters=len(cut.article.text),
        sections=counts[SegmentKind.HEADING],
        sentences=counts[SegmentKind.SENTENCE],
        items=counts[SegmentKind.ITEM],
        lead_ins=counts[SegmentKind.LEAD_IN],
        lost_lead_ins=counts[SegmentKind.LOST_LEAD_IN],
        furniture=counts[SegmentKind.FURNITURE],
        disclaimers=counts[SegmentKind.DISCLAIMER],
    )


def _unreadable(what: str, message: str) -> Finding:
    file = what.removeprefix("article ")
    return Finding("unreadable", file, 1, 0, 0, message, Severity.PROBLEM)


_BY_KIND = {
    SegmentKind.LOST_LEAD_IN: (
        "lost_list",
        "its list is lost: nothing follows, so it cannot be quoted",
        Severity.PROBLEM,
    ),
    SegmentKind.FURNITURE: ("furniture", "belongs to the page: it is never quoted", Severity.NOTE),
    SegmentKind.DISCLAIMER: (
        "disclaimer",
        "the site's own disclaimer: it is never quoted",
        Severity.NOTE,
    ),
}


def _by_kind(cut: _Cut) -> Iterator[Finding]:
    """Lost lists, furniture and disclaimers, with what they say."""
    for s in cut.segments:
        if s.kind in _BY_KIND:
            code, message, severity = _BY_KIND[s.kind]
            shown = _shown(s.span.of(cut.article.text))
            yield cut.finding(code, s.start, s.end, f"{shown}: {message}", severity)


def _promotional(cut: _Cut) -> Iterator[Finding]:
    for s in cut.segments:
        words = s.span.of(cut.article.text)
        if s.quotable and furniture.is_promotional(words):
            message = f"{_shown(words)}: praises the treatment"
            yield cut.finding("promotional", s.start, s.end, message)


def _origin(cut: _Cut) -> Iterator[Finding]:
    """What is not known of the article, or was given by the project."""
    article = cut.article
    if article.title_given:
        message = f"the text bears no title: {article.title!r} was given by the project"
        yield cut.about_all("title_given", message)
    if not (article.published or article.url or article.publisher):
        yield cut.about_all("no_metadata", "neither date nor address nor publisher is known")


def _date_twice(cut: _Cut) -> Iterator[Finding]:
    """Lines of one date that the article bears more than once."""
    first: dict[str, int] = {}
    for s in cut.segments:
        words = " ".join(s.span.of(cut.article.text).split())
        if s.kind is not SegmentKind.FURNITURE or not _is_date_line(words):
            continue
        line = first.setdefault(words.lower(), bisect.bisect_right(cut.lines, s.start))
        if line != bisect.bisect_right(cut.lines, s.start):
            message = f"{_shown(words)}: the same date stands on line {line}"
            yield cut.finding("date_twice", s.start, s.end, message)


def _is_date_line(words: str) -> bool:
    """Furniture that is short and holds a year or a date in figures, no copyright line."""
    return len(words) < 30 and bool(_DATE_LINE.search(words)) and not _COPYRIGHT.match(words)


_RULES: tuple[Callable[[_Cut], Iterator[Finding]], ...] = (
    _by_kind,
    _promotional,
    _origin,
    _date_twice,
)


def _quotable(cut: _Cut) -> Iterator[tuple[str, Segment]]:
    """Quotable segments by their words: lower-case, single blanks."""
    for s in cut.segments:
        if s.quotable and s.end - s.start >= SHORTEST_SENTENCE_CHARS:
            yield " ".join(s.span.of(cut.article.text).lower().split()), s


def _duplicate_sentences(cuts: list[_Cut]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for cut in cuts:
        for words, s in _quotable(cut):
            here = f"{cut.article.file}:{bisect.bisect_right(cut.lines, s.start)}"
            there = first.setdefault(words, here)
            if there != here:
                message = f"{_shown(s.span.of(cut.article.text))}: stands in {there} too"
                yield cut.finding("duplicate_sentence", s.start, s.end, message)


def _duplicate_articles(cuts: list[_Cut]) -> Iterator[Finding]:
    """Pairs of articles that share most sentences, found through the sentences shared."""
    words_of = [{words for words, _ in _quotable(cut)} for cut in cuts]
    holders: dict[str, list[int]] = {}
    shared: Counter[tuple[int, int]] = Counter()
    for at, found in enumerate(words_of):
        for words in found:
            before = holders.setdefault(words, [])
            shared.update((other, at) for other in before)
            before.append(at)
    for (one, other), count in shared.items():
        shorter = min(len(words_of[one]), len(words_of[other]))
        if count >= DUPLICATE_SHARE * shorter:
            message = (
                f"{count} of the {shorter} sentences of the shorter article also stand in "
                f"{cuts[one].article.file}: keep one of the two"
            )
            yield cuts[other].about_all("duplicate_article", message, Severity.PROBLEM)


def _known(corpus: Corpus, cuts: list[_Cut]) -> tuple[PairsOfPlaces, list[Finding]]:
    """The pairs that ``disagreements.toml`` holds, and what is wrong with that file."""
    segments = {cut.article.id: cut.segments for cut in cuts}
    try:
        known = known_pairs(read_disagreements(corpus.folder, corpus.articles, segments))
        broken = broken_pins(corpus.folder, corpus.articles, segments)
    except CorpusError as error:
        return frozenset(), [_bad("bad_disagreements", FILE, error)]
    absent = Counter(each.pin.article for each in broken if each.fault is PinFault.NO_ARTICLE)
    return known, [_absent(corpus, article, count) for article, count in absent.items()]


def _absent(corpus: Corpus, article: str, count: int) -> Finding:
    """The finding about an article that the file's quotes name and the corpus lacks."""
    line = _line_with(corpus, FILE, f'"{article}"')
    shown = " ".join(article.split())
    message = f"{shown!r} is not in the corpus: quotes pinned to it are left out ({count})"
    return Finding("pin_without_article", FILE, line, 0, 0, message, Severity.NOTE)


def _bad(code: str, file: str, error: CorpusError) -> Finding:
    """The finding about a data file that cannot be used."""
    return Finding(code, file, 1, 0, 0, " ".join(str(error).split()), Severity.PROBLEM)


def _line_with(corpus: Corpus, file: str, words: str) -> int:
    """The first line of a data file that holds ``words``, 1 where none does."""
    lines = (corpus.folder / file).read_text("utf-8-sig").split("\n")
    return next((at for at, text in enumerate(lines, start=1) if words in text), 1)


def _lost_ways(corpus: Corpus, cuts: list[_Cut]) -> list[Finding]:
    """Ways of asking whose sentence is no longer there: they are left out of the search."""
    segments = {cut.article.id: cut.segments for cut in cuts}
    try:
        ways = read_ways_of_asking(corpus.folder, corpus.articles, segments)
    except CorpusError as error:
        return [_bad("bad_ways_of_asking", asked.FILE, error)]
    return [_lost_way(corpus, pin, fault) for pin, fault in ways.lost]


def _lost_way(corpus: Corpus, pin: Pin, fault: PinFault) -> Finding:
    line = _line_with(corpus, asked.FILE, pin.quote)
    message = f"{pin}: {fault.value}; its ways of asking are left out"
    return Finding("lost_way", asked.FILE, line, 0, 0, message, Severity.NOTE)


def _disagreements(
    cuts: list[_Cut], known: PairsOfPlaces, by_meaning: Sequence[Pair]
) -> Iterator[Finding]:
    """Pairs that may disagree: one finding a pair, at the place that is read second."""
    statements = [
        Statement(cut.article.id, s.section, s.span.of(cut.article.text), s.start, s.end)
        for cut in cuts
        for s in cut.segments
        if s.quotable
    ]
    by_id = {cut.article.id: cut for cut in cuts}
    told = set(known)
    for pair in (*possible_disagreements(statements), *by_meaning):
        if pair.places in told:
            continue
        told.add(pair.places)
        there, here = by_id[pair.one.article], by_id[pair.other.article]
        line = bisect.bisect_right(there.lines, pair.one.span.start)
        message = (
            f"{_shown(pair.other.span.of(here.article.text))}: may disagree ({pair.why}) with "
            f"{there.article.file}:{line} {_shown(pair.one.span.of(there.article.text))}"
        )
        start, end = pair.other.span.start, pair.other.span.end
        yield here.finding("possible_disagreement", start, end, message)


def _shown(words: str) -> str:
    """The words between quotation marks, on one line, cut where they are long."""
    words = " ".join(words.split())
    if len(words) > SHOWN_CHARS:
        words = words[:SHOWN_CHARS].rsplit(" ", 1)[0] + " …"
    return f"“{words}”"
