"""Questions inside a question, and questions that need the one before to be understood.

Owns the forms by which both are told. Knows words only: nothing of the index, nothing of
what answers.
"""

from __future__ import annotations

import re

from kqa.index.terms import terms, words

PARTS = 3
"""A question with more parts than this is taken whole."""

OWN_TERMS = 2
"""A question with a pronoun leans on the one before unless it has more terms of its own."""

_ASKS = r"how|what|wat|whats|when|where|who|whose|whom|which|why|any"
_DOES = r"is|are|am|was|were|do|does|did|can|could|will|would|should|may|might|has|have|had"
_SUBJECT = (
    r"i|you|u|it|they|we|he|she|there|the|this|that|these|those|my|your|his|her|their|our|such|any"
    r"|a|an|one|all|ketamine|ketamin|people|patients|someone|anyone|insurance|doctors|side"
)
_OPENS = rf"(?:(?:{_ASKS})\b|(?:{_DOES}|isnt|dont|doesnt|cant)\s+(?:{_SUBJECT})\b)"
_FILLER = r"(?:also\s+|then\s+|if\s+(?:so|not),?\s+|by\s+|with\s+|at\s+|for\s+|in\s+|to\s+|from\s+)"

_JOINT = re.compile(
    rf"""[?!]+\s*(?:and\b|also\b|but\b)?\s*
      | \.\s+
      | [,;]?\s+(?:and|n|but|plus)\s+(?={_FILLER}?{_OPENS})
      | [,;]?\s*&\s*(?={_FILLER}?{_OPENS})
      | [,;]\s*(?={_FILLER}?{_OPENS})
      | [,;]?\s+also\s+(?={_OPENS})
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BEGINS = re.compile(rf"^(?:so|ok|okay|and|but|also|well|hi|hello)?,?\s*{_FILLER}?{_OPENS}", re.I)
_LEANS = re.compile(
    r"^(?:and|but|also|so|or|what\s+about|how\s+about|even|why\s+(?:that|is\s+that)|which\s+ones?"
    r"|really|for\s+how\s+long|how\s+come)\b|\b(?:too|as\s+well|then|afterwards)\s*\??$",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|ones?|he|she|there)\b", re.IGNORECASE
)
_SUBJECT_OF_ALL = frozenset(terms("ketamine therapy treatment infusion session"))


def parts_of(question: str) -> tuple[str, ...]:
    """The questions that ``question`` asks, in order; the question itself where it is one.

    A statement beside one question is no part of its own: the question is then one.
    """
    asked = []
    at = 0
    for joint in (*_JOINT.finditer(question), None):
        end = len(question) if joint is None else joint.start()
        piece = question[at:end].strip(" ,;.:")
        marked = joint is not None and joint[0].lstrip().startswith("?")
        if len(words(piece)) > 1 and (marked or _BEGINS.search(piece)):
            asked.append(piece)
        at = end if joint is None else joint.end()
    return tuple(asked) if 1 < len(asked) <= PARTS else (question,)


def leans_on_earlier(question: str) -> bool:
    """Whether the question may need the one before it: "And at home?", "How long does it last?"."""
    if _LEANS.search(question.strip()):
        return True
    own = [term for term in terms(question) if term not in _SUBJECT_OF_ALL]
    return len(own) <= OWN_TERMS and bool(_POINTS.search(question) or len(own) < OWN_TERMS)


def read_together(earlier: str, question: str) -> str:
    """Both questions as one text to search with."""
    return f"{earlier.rstrip(' ?.!')} {question}"
