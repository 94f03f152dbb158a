"""What is asked and how it is judged: tasks out of test sets, public sets and TREC files.

Owns the choice of judge. Gold spans judge passages by overlap; whole documents are
judged by their ids. Knows nothing of systems, but which documents a run holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kqa.errors import InputError
from kqa.evaluate.answers import list_items
from kqa.evaluate.beir import BeirSet
from kqa.evaluate.measure import DocumentJudge, Place, SpanJudge
from kqa.evaluate.results import Gold, Qrel, TestQuestion, TestSet
from kqa.evaluate.trec import parse_span_document
from kqa.index.store import StoredIndex
from kqa.records import Span

Run = Mapping[str, Mapping[str, float]]
"""Scores by query and document."""


@dataclass(frozen=True)
class Task:
    """Questions, and the judge of what is found for them.

    ``texts`` and ``items`` are by article or document: its text, where its list items
    stand; answers are judged with them. ``warnings`` say what of the set was left out.
    """

    name: str
    sha256: str
    questions: Sequence[TestQuestion]
    judge: DocumentJudge | SpanJudge
    texts: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def task_of_testset(
    testset: TestSet, stored: StoredIndex, split: str | None = None, runs: Sequence[Run] = ()
) -> Task:
    """The questions of a test set, or of one ``split`` of it, judged by their gold spans.

    ``runs`` are other engines': unless their documents are all passages of the index, the
    ideal ranking is drawn from the runs themselves (see ``measure``).

    Raises:
        InputError: if the split holds no question.
    """
    questions = [q for q in testset.questions if split in (None, q.split)]
    if not questions:
        splits = sorted({q.split for q in testset.questions if q.split})
        remedy = f"Choose a split of: {', '.join(splits)}." if splits else "Leave --split out."
        raise InputError(testset.name, f"no question of it is in the split {split!r}", remedy)
    gold = {q.id: [(g.article, g.span) for g in q.gold] for q in questions if q.answerable}
    return Task(
        name=testset.name if split is None else f"{testset.name}, {split}",
        sha256=testset.sha256,
        questions=questions,
        judge=span_judge(gold, stored, runs),
        texts={article.id: article.text for article in stored.articles},
        items=list_items(stored.sentences),
    )


def span_judge(
    gold: Mapping[str, Sequence[Place]], stored: StoredIndex, runs: Iterable[Run]
) -> SpanJudge:
    """A judge that knows the index's passages, unless a run holds other documents."""
    judge = SpanJudge(gold, [(passage.article, passage.span) for passage in stored.passages])
    foreign = any(
        not judge.knows(document) for run in runs for found in run.values() for document in found
    )
    return SpanJudge(gold) if foreign else judge


def task_of_beir(beir: BeirSet, sha256: str) -> Task:
    """The judged queries of a public set, judged by its qrels."""
    judge = DocumentJudge(beir.qrels)
    texts = {document.id: document.passage_text for document in beir.documents}
    questions = [
        TestQuestion(query, beir.queries[query], True, _expected(judge, query, texts))
        for query in judge.queries
    ]
    name = f"{beir.name}, {beir.split}"
    return Task(name, sha256, questions, judge, texts, warnings=beir.warnings)


def task_of_topics(
    name: str,
    topics: Mapping[str, str],
    qrels: Sequence[Qrel],
    stored: StoredIndex | None = None,
) -> tuple[Task, bool]:
    """TREC topics with judgements; and whether whole documents are judged, not spans.

    Spans are judged where every relevant document is of the form ``article:start-end``.
    Topics without a judgement are left out, as trec_eval does.

    Args:
        name: what to call them.
        topics: questions by id.
        qrels: their judgements.
        stored: the index that is searched; None where a run is judged without one.

    Raises:
        InputError: if no topic is judged, or no judged document is in the index.
    """
    gold = gold_of(qrels)
    judge: DocumentJudge | SpanJudge = DocumentJudge(qrels)
    texts = {article.id: article.text for article in stored.articles} if stored else {}
    if gold is not None:
        judge = span_judge(gold, stored, ()) if stored else SpanJudge(gold)
    if stored is not None:
        judged = {qrel.document for qrel in qrels if qrel.relevance > 0}
        if gold is not None:
            judged = {article for places in gold.values() for article, _ in places}
        if not judged & texts.keys():
            reason = "no relevant document is an article of the index"
            raise InputError(name, reason, "Judge articles by id, or article:start-end.")
    questions = [
        TestQuestion(query, topics[query], True, _spans((gold or {}).get(query, ()), texts))
        for query in judge.queries
        if query in topics
    ]
    if not questions:
        raise InputError(name, "no topic is judged", "Check that the files are of one set.")
    left_out = len(judge.queries) - len(questions)
    warnings = (f"{left_out:,} judged queries are no topics",) if left_out else ()
    return Task(name, _digest(topics, qrels), questions, judge, warnings=warnings), gold is None


def gold_of(qrels: Iterable[Qrel]) -> dict[str, list[Place]] | None:
    """Gold spans by query, None where a relevant document is no ``article:start-end``."""
    gold: dict[str, list[Place]] = {}
    for qrel in qrels:
        held = gold.setdefault(qrel.query, [])
        place = parse_span_document(qrel.document)
        if qrel.relevance > 0 and place is None:
            return None
        if qrel.relevance > 0 and place is not None:
            held.append(place)
    return gold


def _expected(judge: DocumentJudge, query: str, texts: Mapping[str, str]) -> tuple[Gold, ...]:
    """The relevant documents that are there, each whole."""
    relevant = judge.relevant(query)
    return tuple(
        Gold(document, texts[document], 0)
        for document, relevance in relevant.items()
        if relevance > 0 and document in texts
    )


def _spans(places: Iterable[Place], texts: Mapping[str, str]) -> tuple[Gold, ...]:
    """The gold whose text is known."""
    cut = ((a, span, span.of(texts.get(a, ""))) for a, span in places)
    return tuple(Gold(a, text, span.start) for a, span, text in cut if text)


def _digest(topics: Mapping[str, str], qrels: Iterable[Qrel]) -> str:
    total = hashlib.sha256()
    for row in (*topics.items(), *qrels):
        total.update(f"{row!r}\n".encode("utf-8", "surrogatepass"))
    return total.hexdigest()
