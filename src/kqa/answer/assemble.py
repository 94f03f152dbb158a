"""The one place where an Answer is built, and where a quote is cut.

Owns the disclaimer on every answer and the comparison of every quote with the
hash that was stored when its article was indexed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from kqa import wording
from kqa.answer.select import Candidate
from kqa.errors import QuoteAltered
from kqa.index.store import StoredIndex
from kqa.records import (
    Answer,
    Article,
    Citation,
    Contact,
    Context,
    CrisisCard,
    Notice,
    Outcome,
    Quote,
)


def build_answer(
    question: str,
    outcome: Outcome,
    started: float,
    *,
    confidence: float = 0.0,
    quotes: tuple[Quote, ...] = (),
    notices: Sequence[Notice] = (),
    topics: tuple[str, ...] = (),
    contact: Contact | None = None,
    crisis_card: CrisisCard | None = None,
    index: str | None = None,
) -> Answer:
    """An answer, with the disclaimer; ``started`` is ``time.perf_counter()`` at the question."""
    return Answer(
        question=question,
        outcome=outcome,
        confidence=confidence,
        disclaimer=wording.DISCLAIMER,
        index=index,
        elapsed_ms=(time.perf_counter() - started) * 1_000,
        quotes=quotes,
        notices=tuple(sorted(set(notices), key=list(Notice).index)),
        topics=topics,
        contact=contact,
        crisis_card=crisis_card,
    )


def cut_quotes(stored: StoredIndex, chosen: Sequence[Candidate]) -> tuple[Quote, ...]:
    """The quotes of ``chosen``, numbered from 1, each cut from its stored article.

    Raises:
        QuoteAltered: if a cut differs from what was indexed: nothing is shown.
    """
    articles = {article.id: article for article in stored.articles}
    return tuple(
        _cut(n, candidate, stored, articles[candidate.sentence.article])
        for n, candidate in enumerate(chosen, start=1)
    )


def _cut(n: int, candidate: Candidate, stored: StoredIndex, article: Article) -> Quote:
    sentence = candidate.sentence
    text = sentence.span.of(article.text)
    if hashlib.sha256(text.encode()).hexdigest() != sentence.sha256:
        raise QuoteAltered(
            f"article {article.id}, characters {sentence.start} to {sentence.end}",
            "the text there differs from what was indexed, so it is not quoted",
            "Run: kqa index",
        )
    context = stored.passages[candidate.passage].span.union(sentence.needs)
    return Quote(
        n=n,
        text=text,
        start=sentence.start,
        end=sentence.end,
        context=Context(context.start, context.end, context.of(article.text)),
        article=Citation(
            id=article.id,
            title=article.title,
            title_given=article.title_given,
            section=sentence.section,
            publisher=article.publisher,
            url=article.url,
            published=article.published,
            source_file=article.source_file,
        ),
        score=candidate.score,
    )
