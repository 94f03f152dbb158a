"""From ranked candidates to the quotes that are shown.

Owns how many are shown, lists given whole, sentences that send to a provider, and the
caution beside praise. Decides nothing about outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kqa.answer.match import Candidate, Evidence
from kqa.corpus.furniture import is_promotional
from kqa.index.store import StoredIndex
from kqa.records import Hit, SegmentKind

QUOTES = 3
"""The contract's most quotes in an answer that is no list and shows no sides."""

MARGIN = 4.0
"""A further quote may score at most this much less than the first (docs/evaluation.md)."""

SEVERAL = 6
"""Quotes at most where all of something is asked for and no one list has it."""

LIST_RANKS = 6
LIST_ITEMS = 3
MOST_ITEMS = 4
"""So many items of one list among the ``LIST_RANKS`` best candidates make the list the
answer: ``LIST_ITEMS`` where several things are asked for (or two, where the best of all is
one of them), ``MOST_ITEMS`` for any question."""

LIST_WAYS = 5
LIST_LIKE = 1.0
"""A lead-in pinned to one of the ``LIST_WAYS`` likest ways makes its list the answer, from
this likeness (cosine and letters together)."""

ALL_MARGIN = 8.0
"""``MARGIN`` where all of something is asked for."""

BESIDE_LIST = 3
"""Sentences beside a whole list at most."""

_SENDS_TO_PROVIDER = re.compile(
    r"\b(?:consult|speak|discuss|disclose|work\ (?:closely\ )?with|evaluat|assess|screening)"
    r".*\b(?:provider|professional|doctor|physician|team|evaluation|individually|conditions?)\b"
    r"|\b(?:provider|professional)s?\b.*\b(?:assess|determine|evaluat|guidance)",
    re.IGNORECASE,
)

_ASKS_FOR_ALL = re.compile(
    r"\b(?:lists?|listed|all|every\w*|each|names?|enumerate|bullets?|bullet points?|one by one"
    r"|full|complete)\b",
    re.IGNORECASE,
)

_ASKS_FOR_SEVERAL = re.compile(
    r"""\b(?:
        which | several | various | (?:what|wat)\ (?:are|r|were|can|could) | who
      | types? | kinds? | sorts? | forms? | ways? | methods? | routes? | options? | areas
      | benefits? | advantages? | upsides? | pros | perks | good\ things | positives?
      | risks? | dangers? | downsides? | drawbacks | effects? | reactions? | problems?
      | complications? | conditions? | illness(?:es)? | disorders? | diagnos[ei]s | symptoms?
      | candidates? | things | reasons?
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)

_CAUTIONS = re.compile(
    r"""\b(?:
        side\ effects? | risks? | not\ (?:be\ )?(?:suitable|appropriate|a\ cure|fully|one-size)
      | caution | careful | adverse | temporary | misuse | dependence | more\ research
      | ongoing\ research | experimental | monitor\w* | supervision | consult | discuss | vary
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate that is shown, and the side of a disagreement that it speaks for."""

    candidate: Candidate
    side: str | None = None


def only_advice(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates that send the reader to a healthcare provider, in their order."""
    return tuple(c for c in candidates if _SENDS_TO_PROVIDER.search(c.sentence.text))


def choose_quotes(
    stored: StoredIndex, evidence: Evidence, candidates: Sequence[Candidate], k: int
) -> tuple[Candidate, ...]:
    """The first candidate and those close behind it, each text once.

    At most ``k``, unless the question asks for a list: that is given whole. Where all
    that is chosen praises, a caution takes the last place.

    Args:
        stored: the open index.
        evidence: what was measured of the question.
        candidates: what may be quoted, best first, at least one.
        k: how many quotes at most.
    """
    of_all = asks_for_all(evidence.query.corrected)
    margin = ALL_MARGIN if of_all else MARGIN
    close = [c for c in candidates if c.score >= candidates[0].score - margin]
    items = list_asked_for(stored, evidence, candidates)
    if not items:
        return with_caution(_each_text_once(close)[: max(k, SEVERAL) if of_all else k], candidates)
    by_position = {c.position: c for c in candidates}
    whole = [by_position[at] for at in items if at in by_position]
    beside = [c for c in close if c.position not in items][:BESIDE_LIST]
    # The list stands in its own order, unless one thing is asked for that an item says.
    item_first = candidates[0].position in items and not asks_for_several(evidence.query.corrected)
    above = candidates[:1] if item_first or candidates[0] in beside else ()
    return _each_text_once([*above, *whole, *beside])


def with_caution(
    chosen: Sequence[Candidate], candidates: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """``chosen``; where every one of them praises, the best caution as the last one."""
    if not all(is_promotional(candidate.sentence.text) for candidate in chosen):
        return tuple(chosen)
    caution = next((c for c in candidates if is_caution(c.sentence.text)), None)
    if caution is None:
        return tuple(chosen)
    return (*chosen[: max(1, QUOTES - 1)], caution)


def is_caution(sentence: str) -> bool:
    """Whether a sentence speaks of risk, limits or supervision, and does not praise."""
    return bool(_CAUTIONS.search(sentence)) and not is_promotional(sentence)


def list_of(stored: StoredIndex, position: int) -> tuple[int, ...]:
    """The positions of the list that the sentence at ``position`` is an item of, in order."""
    sentences = stored.sentences
    if sentences[position].kind is not SegmentKind.ITEM:
        return ()
    first = last = position
    while first > 0 and _same_list(stored, first - 1, position):
        first -= 1
    while last + 1 < len(sentences) and _same_list(stored, last + 1, position):
        last += 1
    return tuple(range(first, last + 1))


def nearest_topics(stored: StoredIndex, hits: Sequence[Hit], most: int = 3) -> tuple[str, ...]:
    """Up to ``most`` headings of the nearest passages: what the articles do cover."""
    titles = {article.id: article.title for article in stored.articles}
    names: dict[str, None] = {}
    for hit in hits:
        passage = stored.passages[hit.passage]
        names.setdefault(passage.section or titles[passage.article])
    return tuple(list(names)[:most])


def asks_for_all(question: str) -> bool:
    """Whether the question asks for all of something: "list every side effect"."""
    return bool(_ASKS_FOR_ALL.search(question))


def asks_for_several(question: str) -> bool:
    """Whether the question may ask for more than one thing."""
    return asks_for_all(question) or bool(_ASKS_FOR_SEVERAL.search(question))


def list_asked_for(
    stored: StoredIndex, evidence: Evidence, candidates: Sequence[Candidate]
) -> tuple[int, ...]:
    """The positions of the list that answers: its items are near, or one of the likest ways
    is pinned to its lead-in. Less is enough where the question asks for several things.
    """
    several = asks_for_several(evidence.query.corrected)
    near = candidates[:LIST_RANKS]
    for candidate in near:
        items = list_of(stored, candidate.position)
        found = sum(other.position in items for other in near)
        best = candidates[0].position in items
        if found >= (LIST_ITEMS if several else MOST_ITEMS) or (several and found > 1 and best):
            return items
    return _list_asked_like(stored, evidence, LIST_WAYS if several else 1)


def _list_asked_like(stored: StoredIndex, evidence: Evidence, ways: int) -> tuple[int, ...]:
    """The list for which somebody asked in nearly these words, among the likest ``ways``."""
    likeness = evidence.way_cosines + evidence.way_letters[: len(evidence.way_cosines)]
    for way in np.argsort(-likeness, kind="stable")[:ways]:
        lead_in = stored.ways[way].lead_in
        items: tuple[int, ...] = () if lead_in is None else stored.lead_ins[lead_in].items
        if items and likeness[way] >= LIST_LIKE:
            return items
    return ()


def _same_list(stored: StoredIndex, one: int, other: int) -> bool:
    a, b = stored.sentences[one], stored.sentences[other]
    return a.kind is SegmentKind.ITEM and (a.article, a.section, a.lead_in) == (
        b.article,
        b.section,
        b.lead_in,
    )


def _each_text_once(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    seen: dict[str, Candidate] = {}
    for candidate in candidates:
        seen.setdefault(" ".join(candidate.sentence.text.casefold().split()), candidate)
    return tuple(seen.values())
