"""One question, or one part of it: what was found, and how sure it is.

Owns the order evidence, ranking, reading, eligibility, confidence. Chooses no quotes and
decides no outcome.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from kqa.answer import advice, decide, match, select
from kqa.answer.match import Candidate, Evidence, Matcher
from kqa.answer.weights import read_weights
from kqa.records import LeadIn

FACT = 0.75
"""Confidence from which a question on the asker's own care is met with the fact it asks for,
and the advice beside it, instead of advice alone (docs/evaluation.md)."""

LEFT_OPEN = 0.15
"""Share of the likest ways up to which a question is one that the articles leave open."""

FAR = 0.1
"""How far the nearest cosine may fall short before a question is about something else."""

LOST = 0.9
"""Likeness (cosine and letters together) to a way pinned to a lost list from which it is meant."""

LOST_LEAD = 0.25
"""How much liker than any way that a sentence answers."""

_AMOUNT = re.compile(r"\d\s*(?:mg|milligrams?|mcg|micrograms?|µg|g|grams?|ml|cc|units?)\b", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one text.

    ``ranked`` are all candidates, ``eligible`` those that may be quoted for such a
    question, both best first. ``confidence`` speaks of the first of ``eligible``; without
    any it is 0. ``answers`` says whether that one is to be quoted. ``personal``: a personal
    decision is asked for, or the asker's own illness or medicines are the matter.
    ``lost`` is the lead-in whose list should answer and is missing.
    """

    text: str
    evidence: Evidence
    ranked: tuple[Candidate, ...]
    eligible: tuple[Candidate, ...]
    confidence: float
    answers: bool
    personal: bool
    lost: LeadIn | None


class Finder:
    """Finds on one index. Immutable, so threads may share it."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        ways, reader = bool(matcher.stored.ways), matcher.reader is not None
        ranking = partial(read_weights, match.WEIGHTS_FILE, match.FEATURES, ways=ways)
        self._before_reading = ranking(reader=False)
        self.ranking_weights = ranking(reader=reader)
        self.confidence_weights = read_weights(
            decide.WEIGHTS_FILE, decide.FEATURES, ways=ways, reader=reader
        )

    def find(self, text: str) -> Found:
        """What the articles hold for ``text``."""
        evidence = self.matcher.evidence(text)
        ranked = self.matcher.rank(evidence, self._before_reading)
        evidence = self.matcher.read(evidence, ranked)
        ranked = self.matcher.rank(evidence, self.ranking_weights)
        features = decide.features(self.matcher, evidence, ranked)
        confidence = decide.probability(self.confidence_weights, features) if ranked else 0.0
        personal = advice.asks_personal_advice(text)
        if personal and confidence < FACT:
            eligible = select.only_advice(ranked)
            answers = bool(eligible) and not self._elsewhere(features)
            confidence = self.confidence_weights.advice if answers else confidence
            return Found(text, evidence, ranked, eligible, confidence, answers, personal, None)
        sure = confidence >= self.confidence_weights.threshold
        lost = lost_list(self.matcher, evidence, sure)
        eligible = ranked
        if not personal and advice.asks_for_a_dose(text):
            # An amount is quoted only from a sentence that itself says one.
            eligible = tuple(c for c in ranked if _AMOUNT.search(c.sentence.text))
        confidence = confidence if eligible else 0.0
        answers = (
            bool(eligible) and lost is None and confidence >= self.confidence_weights.threshold
        )
        return Found(text, evidence, ranked, eligible, confidence, answers, personal, lost)

    def before_reading(self, evidence: Evidence) -> tuple[Candidate, ...]:
        """The candidates as they stood before the reader read any, best first."""
        return self.matcher.rank(evidence, self._before_reading)

    def decision(self, found: Found) -> dict[str, float]:
        """What the decision looked at, by name."""
        return decide.features(self.matcher, found.evidence, found.ranked)

    def _elsewhere(self, features: Mapping[str, float]) -> bool:
        """Whether even a referral to a provider would miss the question: it is about
        something far off, or plainly one of those that the articles leave open."""
        left_open = bool(self.matcher.stored.ways) and features["vote"] <= LEFT_OPEN
        return features["off_topic"] > FAR or left_open


def lost_list(matcher: Matcher, evidence: Evidence, sure: bool) -> LeadIn | None:
    """The lead-in whose list the question asks for, where that list is missing.

    The likest way of all is pinned to it or, without ways, the lead-in itself is nearer
    than every sentence by meaning and by letters. Where some sentence is ``sure`` to
    answer, the way must be likelier by ``LOST_LEAD``.
    """
    stored = matcher.stored
    pinned = len(evidence.way_cosines)
    if pinned:
        likeness = evidence.way_cosines + evidence.way_letters[:pinned]
        way = int(likeness.argmax())
        number = stored.ways[way].lead_in
        left_open = float(evidence.way_letters[pinned:].max(initial=0.0))
        answered = likeness[matcher.answered[:pinned]]
        lead = float(likeness[way] - answered.max(initial=0.0))
        if (
            number is None
            or likeness[way] < LOST
            or left_open > evidence.way_letters[way]
            or (sure and lead < LOST_LEAD)
        ):
            return None
    elif len(stored.lead_ins) and len(evidence.positions):
        number = int(evidence.lead_in_cosines.argmax())
        near = match.features_of(evidence)
        if (
            evidence.lead_in_cosines[number] <= near["cosine"].max()
            or evidence.lead_in_letters[number] <= near["letters"].max()
        ):
            return None
    else:
        return None
    return stored.lead_ins[number] if stored.lead_ins[number].lost else None
