"""Pairs of sentences that may disagree, by their words alone: a first, modest list.

Owns two rules for sentences of different articles or sections that share words. One
says that something is what the other says it is not ("is not a new therapy", "is
non-addictive"); or both tell when something began, at times that cannot both be.
Meant to be precise, not complete: "may depend" beside "non-addictive" is beyond it. A
person decides. Knows nothing of an index or a model.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

COMMON_SHARE = 0.1
"""A word in more sentences than this share (and than FEW) tells no difference."""

FEW = 6
MANY = 100
"""Nor does one that more sentences than this say or deny of something."""

DATED_AT_MOST = 1_000
"""Sentences that tell of a beginning are compared in pairs: no more than this many."""

_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[-'’][^\W_]+)*")
_SAYS = re.compile(
    r"\b(?:is|are|was|were|remains?)(n['’]t|\ not)?\ ((?:[^\W_]+(?:[-'’][^\W_]+)*[ ]?){1,3})", re.I
)
"""What something is, or is not: the three words that follow."""

_PARTLY = re.compile(
    r"\b(?:only|just|all|every|everyone|fully|always|necessarily|yet|still)\b", re.I
)
_TIME = re.compile(r"\b(?:(early|mid|late)[- ])?((?:1[89]|20)\d\d)(s?)\b", re.IGNORECASE)
_BEGINNING = re.compile(
    r"(?:first|initial|original|discover|synthesi|develop|approv|introduc|invent|began|start)"
)
_PREFIX = re.compile(r"\A(?:non-?|un(?=[a-z]{6}))")
_COMMON = frozenset(
    re.findall(
        "[a-z]+",
        """about after all also although among and another any are because been before being both
        but can could did does during each either even every few for from had has have having
        how however into its less like many may might more most much must often one only other
        our over same should since some such than that the their them then there these they
        this those though through too under until upon use used very was well were what when
        where whether which while who will with within would you your""",
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence and where it stands; ``article`` is its number in the corpus."""

    article: int
    section: str | None
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Words:
    """What two sentences are compared by; ``times`` are the years from and to.

    ``said`` and ``denied`` are the words that something is said to be, or not to be.
    """

    used: frozenset[str]
    said: frozenset[str]
    denied: frozenset[str]
    times: tuple[tuple[int, int], ...]
    begins: bool


def possible_disagreements(places: Sequence[Place]) -> Iterator[tuple[Place, Place, str]]:
    """Pairs that may disagree, the earlier place first, each with the reason."""
    words = [_words(place.text) for place in places]
    found = {**_denials(words), **_times(words)}
    for (one, other), why in sorted(found.items()):
        a, b = places[one], places[other]
        if (a.article, a.section) != (b.article, b.section):
            yield a, b, why


def _denials(words: Sequence[_Words]) -> dict[tuple[int, int], str]:
    """Pairs of which one denies what the other says, of a like subject."""
    sayers: dict[str, list[int]] = {}
    deniers: dict[str, list[int]] = {}
    for at, sentence in enumerate(words):
        for word in sentence.said - sentence.denied:
            sayers.setdefault(word, []).append(at)
        for word in sentence.denied:
            deniers.setdefault(word, []).append(at)
    holders = Counter(word for sentence in words for word in sentence.used)
    pairs = {}
    for word in sorted(deniers.keys() & sayers.keys()):
        if holders[word] > max(FEW, COMMON_SHARE * len(words)):
            continue
        if len(deniers[word]) + len(sayers[word]) > MANY:
            continue
        for one, other in itertools.product(deniers[word], sayers[word]):
            if (words[one].used & words[other].used) - {word}:
                pairs[min(one, other), max(one, other)] = f"one denies “{word}”, the other says it"
    return pairs


def _times(words: Sequence[_Words]) -> dict[tuple[int, int], str]:
    """Pairs that tell of a beginning of a like subject at times that cannot both be."""
    dated = [at for at, sentence in enumerate(words) if sentence.begins and sentence.times]
    pairs = {}
    for one, other in itertools.combinations(dated[:DATED_AT_MOST], 2):
        alike = {w for w in words[one].used & words[other].used if not _BEGINNING.match(w)}
        meet = any(
            a[0] <= b[1] and b[0] <= a[1]
            for a, b in itertools.product(words[one].times, words[other].times)
        )
        if len(alike) >= 2 and not meet:
            pairs[one, other] = f"{_shown(words[one].times)} and {_shown(words[other].times)}"
    return pairs


def _shown(times: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in times)


def _words(text: str) -> _Words:
    text = " ".join(text.split())
    said: set[str] = set()
    denied: set[str] = set()
    for found in _SAYS.finditer(text):
        if _PARTLY.search(text, found.start(), found.end() + len(" for everyone")):
            continue
        for word in _WORD.findall(found[2].lower()):
            if prefix := _PREFIX.match(word):
                (said if found[1] else denied).add(_root(word[prefix.end() :]))
            elif word not in _COMMON and len(word) >= 3:
                (denied if found[1] else said).add(_root(word))
    used = {_root(w) for w in _WORD.findall(text.lower()) if len(w) >= 3 and w not in _COMMON}
    return _Words(
        used=frozenset(used),
        said=frozenset(said),
        denied=frozenset(denied),
        times=tuple(_years(text)),
        begins=any(_BEGINNING.match(word) for word in used),
    )


def _years(text: str) -> Iterator[tuple[int, int]]:
    """The years that the text names, "late 1960s" as 1965 to 1969."""
    for part, year, decade in _TIME.findall(text):
        first, last = {"early": (0, 4), "mid": (3, 6), "late": (5, 9)}.get(part.lower(), (0, 9))
        yield (int(year) + first, int(year) + last) if decade else (int(year), int(year))


def _root(word: str) -> str:
    """A crude stem: enough to bring "treatments" to "treatment"."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
