"""The one place where an Answer is built, and where a quote is cut.

Owns the disclaimer on every answer and the comparison of every quote with the
hash that was stored when its article was indexed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Sequence

from kqa import wording
from kqa.answer.select import Chosen
from kqa.errors import QuoteAltered
from kqa.index.store import StoredIndex
from kqa.records import (
    Answer,
    Article,
    Citation,
    Contact,
    Context,
    CrisisCard,
    Language,
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
    related: tuple[Quote, ...] = (),
    notices: Collection[Notice] = (),
    topics: tuple[str, ...] = (),
    contact: Contact | None = None,
    crisis_card: CrisisCard | None = None,
    language: Language | None = None,
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
        related=related,
        notices=tuple(sorted(set(notices), key=list(Notice).index)),
        topics=topics,
        contact=contact,
        crisis_card=crisis_card,
        language=language,
    )


def cut_quotes(stored: StoredIndex, chosen: Sequence[Chosen]) -> tuple[Quote, ...]:
    """The quotes of ``chosen``, numbered from 1, each cut from its stored article.

    Raises:
        QuoteAltered: if a cut differs from what was indexed: nothing is shown.
    """
    articles = {article.id: article for article in stored.articles}
    return tuple(
        _cut(n, one, stored, articles[one.candidate.sentence.article])
        for n, one in enumerate(chosen, start=1)
    )


def _cut(n: int, chosen: Chosen, stored: StoredIndex, article: Article) -> Quote:
    sentence = chosen.candidate.sentence
    text = sentence.span.of(article.text)
    if hashlib.sha256(text.encode()).hexdigest() != sentence.sha256:
        raise QuoteAltered(
            f"article {article.id}, characters {sentence.start} to {sentence.end}",
            "the text there differs from what was indexed, so it is not quoted",
            "Run: kqa index",
        )
    context = stored.passages[chosen.candidate.passage].span.union(sentence.needs)
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
        score=chosen.candidate.score,
        side=chosen.side,
    )
