"""Retrieval measures, question by question, as trec_eval gives them.

Owns what is relevant and which names measures have; ir-measures (its pytrec_eval
provider, which is trec_eval's own code) computes them. RR@k too comes from trec_eval:
its reciprocal rank, 0 below rank k, since ir-measures computes RR@k elsewhere and
breaks ties otherwise. Ranks are trec_eval's: by score, ties by document id, the
greater first; what a run says about ranks is not read.

Where spans are judged, a document ``article:start-end`` is relevant if it overlaps a
gold span of its article. The ideal ranking knows every passage of the index that does;
for runs of other passages it knows the documents retrieved and, beside them, each gold
span that none of them touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ir_measures

from kqa.errors import InputError
from kqa.evaluate.results import Qrel
from kqa.evaluate.trec import parse_span_document, span_document
from kqa.records import Span

MEASURES = ("nDCG@10", "AP", "RR@10", "R@100", "Success@1", "Success@3")
"""What ``kqa eval`` and ``kqa compare`` report, in their order."""

Place = tuple[str, Span]
"""A stretch of an article: its id and where."""

Ranked = Sequence[tuple[str, float]]
"""Documents with their scores."""

_REMEDY = f"Use names of ir-measures, such as {', '.join(MEASURES)}."


def measure(
    relevant: Sequence[Mapping[str, int]], ranked: Sequence[Ranked], names: Sequence[str] = MEASURES
) -> list[dict[str, float]]:
    """Each question's value of each measure, 0 to 1.

    A question for which nothing was retrieved, or nothing is relevant, has 0 in all.

    Args:
        relevant: for each question, its judged documents; relevance 1 and above is relevant.
        ranked: for each question, what was retrieved, in any order.
        names: measures by their standard names.

    Raises:
        InputError: for a name that trec_eval's measures do not have.
    """
    asked = {name: _parse(name) for name in names}
    values = [dict.fromkeys(names, 0.0) for _ in relevant]
    qrels = {str(at): dict(judged) for at, judged in enumerate(relevant) if judged}
    run = {str(at): dict(found) for at, found in enumerate(ranked) if found and str(at) in qrels}
    if not run:
        return values
    wanted = {theirs for theirs, _ in asked.values()}
    for metric in ir_measures.pytrec_eval.evaluator(wanted, qrels).iter_calc(run):
        for name, (theirs, cutoff) in asked.items():
            if theirs == metric.measure:
                # 1e-9: a reciprocal rank at the cut itself must not be lost to rounding.
                kept = cutoff is None or metric.value >= 1 / cutoff - 1e-9
                values[int(metric.query_id)][name] = float(metric.value) if kept else 0.0
    return values


def _parse(name: str) -> tuple[Any, int | None]:
    """ir-measures' measure and, for a reciprocal rank, the rank below which it is 0."""
    try:
        found = ir_measures.parse_measure(name)
    except (NameError, ValueError, TypeError, SyntaxError) as error:
        raise InputError(f"measure {name!r}", "there is none of that name", _REMEDY) from error
    cutoff = None
    if found.NAME == "RR" and "cutoff" in found.params:
        cutoff, found = int(found["cutoff"]), ir_measures.RR(rel=found["rel"])
    if not ir_measures.pytrec_eval.supports(found):
        raise InputError(f"measure {name!r}", "trec_eval does not have it", _REMEDY)
    return found, cutoff


class DocumentJudge:
    """Judges whole documents by qrels."""

    def __init__(self, qrels: Iterable[Qrel]) -> None:
        self._judged: dict[str, dict[str, int]] = {}
        for qrel in qrels:
            self._judged.setdefault(qrel.query, {})[qrel.document] = qrel.relevance

    @property
    def queries(self) -> tuple[str, ...]:
        """The queries judged, in the order of their first judgement."""
        return tuple(self._judged)

    def relevant(self, query: str, pool: Iterable[str] = ()) -> Mapping[str, int]:
        """The judged documents of a query with their relevance; ``pool`` is not looked at."""
        return self._judged.get(query, {})


class SpanJudge:
    """Judges documents ``article:start-end`` by overlap with gold spans.

    Args:
        gold: by query, where the gold stands.
        passages: every passage of the index; none where the runs are of others.
    """

    def __init__(self, gold: Mapping[str, Sequence[Place]], passages: Iterable[Place] = ()) -> None:
        self._gold = gold
        self._places: dict[str, Place | None] = {}
        self._by_article: dict[str, list[tuple[str, Span]]] = {}
        for article, span in passages:
            document = span_document(article, span.start, span.end)
            self._places[document] = article, span
            self._by_article.setdefault(article, []).append((document, span))

    @property
    def queries(self) -> tuple[str, ...]:
        """The queries judged, in their given order."""
        return tuple(self._gold)

    def relevant(self, query: str, pool: Iterable[str] = ()) -> Mapping[str, int]:
        """The relevant documents of a query, each of relevance 1.

        Those of the index where its passages are known; else those of ``pool``, and the
        gold spans that no document of the pool overlaps.
        """
        gold = self._gold.get(query, ())
        if self._by_article:
            return {
                document: 1
                for article, span in dict.fromkeys(gold)
                for document, own in self._by_article.get(article, ())
                if own.overlaps(span)
            }
        found = {document: 1 for document in pool if self.right(query, document)}
        places = [place for document in found if (place := self._place(document)) is not None]
        unfound = [
            (article, span)
            for article, span in gold
            if not any(article == a and span.overlaps(s) for a, s in places)
        ]
        return found | {span_document(a, span.start, span.end): 1 for a, span in unfound}

    def right(self, query: str, document: str) -> bool:
        """Whether the document overlaps a gold span of its article."""
        place = self._place(document)
        return place is not None and any(
            article == place[0] and span.overlaps(place[1])
            for article, span in self._gold.get(query, ())
        )

    def knows(self, document: str) -> bool:
        """Whether the document is a passage of the index."""
        return document in self._places

    def _place(self, document: str) -> Place | None:
        return self._places.get(document) or parse_span_document(document)
