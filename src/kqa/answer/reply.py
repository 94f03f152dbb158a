"""From a question to what is shown of it: parts, follow-ups, sides, lists, cautions.

Owns the order in which these are tried and the notices they bring. Cuts no quotes and
knows nothing of danger, languages or surfaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kqa.answer import select
from kqa.answer.find import Finder, Found
from kqa.answer.match import Candidate
from kqa.answer.parts import leans_on_earlier, parts_of, read_together
from kqa.answer.select import Chosen
from kqa.answer.sides import disagreement_met, side_quotes
from kqa.corpus.furniture import is_promotional
from kqa.index.store import StoredIndex
from kqa.records import Notice

RELATED = 3
"""Sentences near a lost list at most."""

POINTING = 0.2
"""Less confidence than alone by so much is enough where the question says "they" or "that"."""

_POINTS_BACK = re.compile(
    r"\b(?:they|them|their|that|those|these|this|such|ones?|then|there)\b|^what about|^how about",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is shown: nothing is quoted where ``chosen`` is empty.

    ``best`` is the candidate that the confidence speaks of, quoted or withheld. ``founds``
    is what was found, for each text that was searched for it.
    """

    chosen: tuple[Chosen, ...]
    related: tuple[Chosen, ...]
    notices: frozenset[Notice]
    confidence: float
    best: Candidate | None
    topics: tuple[str, ...]
    personal: bool
    founds: tuple[Found, ...] = ()


def reply_to(finder: Finder, question: str, history: Sequence[str], k: int) -> Reply:
    """What the articles reply to ``question``.

    Args:
        finder: of the open index.
        question: the question.
        history: earlier questions, oldest first.
        k: how many quotes at most, unless it asks for a list or the sources differ.
    """
    whole, followed = _read(finder, question, history)
    founds = [whole] if followed else _parts(finder, question, whole)
    notices = {Notice.FOLLOW_UP} if followed else set()
    answered = [found for found in founds if found.answers]
    if len(answered) < len(founds) and answered:
        notices.add(Notice.PARTIAL)
    personal = any(found.personal for found in answered or [whole])
    if personal:
        notices.add(Notice.PERSONAL_ADVICE)
    chosen, differ = _chosen(finder.matcher.stored, answered, k)
    if differ:
        notices.add(Notice.SOURCES_DIFFER)
    related: tuple[Chosen, ...] = ()
    if not answered and whole.lost is not None:
        notices.add(Notice.SOURCE_INCOMPLETE)
        related = _related(finder, whole)
    if any(is_promotional(one.candidate.sentence.text) for one in chosen):
        notices.add(Notice.PROMOTIONAL)
    surest = max(answered or [whole], key=lambda found: found.confidence)
    first = chosen[0].candidate if chosen else next(iter(whole.eligible or whole.ranked), None)
    topics = () if chosen else select.nearest_topics(finder.matcher.stored, whole.evidence.hits)
    return Reply(
        chosen,
        related,
        frozenset(notices),
        surest.confidence,
        first,
        topics,
        personal,
        tuple(founds),
    )


def _read(finder: Finder, question: str, history: Sequence[str]) -> tuple[Found, bool]:
    """The question read alone or together with the one before, whichever is surer; and
    whether the latter. A question that stands by itself is never read together."""
    alone = finder.find(question)
    if not history or not leans_on_earlier(question):
        return alone, False
    earlier = history[-1]
    if len(history) > 1 and leans_on_earlier(earlier):
        earlier = read_together(history[-2], earlier)
    together = finder.find(read_together(earlier, question))
    head_start = POINTING if _POINTS_BACK.search(question) else 0.0
    if together.answers and together.confidence + head_start > alone.confidence:
        return together, True
    return alone, False


def _parts(finder: Finder, question: str, whole: Found) -> list[Found]:
    """What was found for each part of the question; the whole where no part is answered."""
    texts = parts_of(question)
    if len(texts) == 1:
        return [whole]
    founds: list[Found] = []
    for text in texts:
        found = finder.find(text)
        if founds and not found.answers and _POINTS_BACK.search(text):
            together = finder.find(read_together(texts[0], text))
            if together.answers and _best(together) != _best(founds[0]):
                found = together
        founds.append(found)
    return founds if any(found.answers for found in founds) else [whole]


def _best(found: Found) -> int | None:
    return found.eligible[0].position if found.eligible else None


def _chosen(
    stored: StoredIndex, answered: Sequence[Found], k: int
) -> tuple[tuple[Chosen, ...], bool]:
    """The quotes of all parts that are answered, each part's best before any second; and
    whether the sources differ on one of them."""
    groups = [_quotes_of(stored, found, k) for found in answered]
    differ = any(one.side for group in groups for one in group)
    if len(groups) <= 1:
        return _once(*groups), differ
    if differ or any(len(group) > k for group in groups):
        # Sides stay beside their opposites, and a list in one piece.
        return _once(one for group in groups for one in group), differ
    firsts = [group[0] for group in groups]
    rest = [one for group in groups for one in group[1:]]
    return _once([*firsts, *rest])[: max(k, len(groups))], differ


def _quotes_of(stored: StoredIndex, found: Found, k: int) -> tuple[Chosen, ...]:
    """The quotes for one part: a whole list, every side, or the best candidates."""
    question = found.evidence.query.corrected
    plain = found.eligible == found.ranked
    listed = bool(select.list_asked_for(stored, found.evidence, found.eligible))
    if plain and not (listed and select.asks_for_all(question)):
        met = disagreement_met(stored, found.evidence, found.ranked, lists=listed)
        if met is not None:
            return _with_sides(found, side_quotes(stored, met, found.ranked))
    quotes = select.choose_quotes(stored, found.evidence, found.eligible, k)
    if found.personal and plain:
        quotes = (*quotes[: max(1, k - 1)], *select.only_advice(found.ranked)[:1])
    return tuple(Chosen(candidate) for candidate in quotes)


def _with_sides(found: Found, sides: tuple[Chosen, ...]) -> tuple[Chosen, ...]:
    """Every side; before them the best candidate, where it speaks for none."""
    if found.ranked[0].position in {side.candidate.position for side in sides}:
        return sides
    return (Chosen(found.ranked[0]), *sides)


def _related(finder: Finder, found: Found) -> tuple[Chosen, ...]:
    """What stands near the lost list: the sentence above it, and the nearest others."""
    near = list(found.ranked[:RELATED])
    if found.lost is not None and found.lost.before is not None:
        above = [c for c in found.ranked if c.position == found.lost.before]
        near = above + [c for c in near if c.position != found.lost.before]
    return tuple(Chosen(candidate) for candidate in near[:RELATED])


def _once(chosen: Iterable[Chosen] = ()) -> tuple[Chosen, ...]:
    """Each text once, under its side where it has one."""
    found: dict[str, Chosen] = {}
    for one in chosen:
        text = " ".join(one.candidate.sentence.text.casefold().split())
        if text not in found or (one.side and not found[text].side):
            found[text] = one
    return tuple(found.values())
