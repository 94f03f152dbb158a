"""Pairs of sentences that may disagree, by their words alone.

Owns the signs of it. ``possible_disagreements`` takes two that suffice by themselves,
between sentences of different articles or sections that share words: one says that
something is what the other says it is not ("is not a new therapy", "is non-addictive");
or both tell when something began, at times that cannot both be. Meant to be precise, not
complete. ``oppositions`` takes weaker ones, such as "mild" beside "unsettling", that
mean something only between sentences known to be about one thing. A person decides.
Knows nothing of an index or a model.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kqa.corpus.pins import Place
from kqa.records import Span

COMMON_SHARE = 0.1
"""A word in more sentences than this share (and than FEW) tells no difference."""

FEW = 6
MANY = 100
"""Nor does one that more sentences than this say or deny of something."""

DATED_AT_MOST = 1_000
"""Sentences that tell of a beginning are compared in pairs: no more than this many."""

POLES = (
    ("safe, well-tolerated, low risk", "risk*, danger*, harm*, misuse, dependence, problems"),
    ("non-addictive, not addictive", "dependence, dependency, misuse, addictive, habit-forming"),
    ("mild, slight, minor", "severe, intense, unsettling, disorienting, pronounced, distressing"),
    (
        "temporary, temporarily, short-term, transient, for days, even weeks, subside",
        "lasting improvements, lasting benefits, long-lasting, enduring, permanent, sustained, "
        "long-term relief, long-term benefits, prolonged",
    ),
    (
        "extensively, established, proven, consistently, validated, essential",
        "experimental, investigational, unproven, untested, evolving, ongoing research, "
        "more research, still being, not fully understood",
    ),
    ("low risk, rare, rarely, seldom", "high risk, common, frequent, frequently"),
    (
        "early, first-line, first choice",
        "last resort, exhausted, not responded, not found success, treatment-resistant",
    ),
    (
        "at-home, home",
        "clinical setting*, clinic, hospital, supervised, supervision, controlled setting*",
    ),
    ("new, novel, recent, recently, evolving", "decades, long-standing, centuries, not a new"),
    (
        "alternative, instead, replace*, rather than",
        "alongside, combin*, integrat*, addition, together with",
    ),
    (
        "improve*, improving, enhance*, enhancing, repair, strengthen, neuroprotective, clarity",
        "impair*, worse*, damage*, loss",
    ),
    (
        "single, one-time, do not require, reducing the need",
        "multiple, repeated, recurrent, series, maintenance, necessary",
    ),
    ("any age, all ages, not a limiting factor", "adults, children, adolescents"),
    ("primarily, mainly, only, solely", "variety, other disorders, beyond, most commonly"),
    ("used for, used to treat, treating", "more pronounced, careful evaluation, contraindicated"),
    ("effective", "ineffective, no effect, no better than"),
    (
        "blocks, functions, promotes, by modulating",
        "not fully understood, unknown, still being investigated, unclear",
    ),
)
"""Words that stand for one answer to a question, and words for the opposite one.

Separated by commas; ``*`` stands for any ending.
"""

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
_Times = tuple[tuple[int, int], ...]

_PREFIX = re.compile(r"\A(?:non-?|un(?=[a-z]{6}))")
_MEASURE = re.compile(
    r"\b(\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten)\ ([a-z]{3,})", re.I
)
_FIGURES = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
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
class Statement:
    """A sentence, and where it stands in the article of that id."""

    article: str
    section: str | None
    text: str
    start: int
    end: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.article, Span(self.start, self.end))

    def apart_from(self, other: Statement) -> bool:
        """Whether the two stand in different articles, or sections of one."""
        return (self.article, self.section) != (other.article, other.section)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places that may disagree, the earlier one first, and what speaks for it."""

    one: Place
    other: Place
    why: str

    @property
    def places(self) -> tuple[Place, Place]:
        """The two, the lesser first: equal for the same pair, whoever found it."""
        return min(self.one, self.other), max(self.one, self.other)


@dataclass(frozen=True, slots=True)
class _Words:
    """What two sentences are compared by; ``times`` are the years from and to.

    ``said`` and ``denied`` are the words that something is said to be, or not to be.
    """

    used: frozenset[str]
    said: frozenset[str]
    denied: frozenset[str]
    times: _Times
    begins: bool


@dataclass(frozen=True, slots=True)
class Signs:
    """What a sentence says that another may say the opposite of; made by ``signs``.

    ``poles`` holds, by the position of the pair of poles in ``POLES``, which of the two
    the sentence stands for and the word that says so. ``measures`` are the numbers that
    stand before a word ("two sessions").
    """

    words: _Words
    poles: Mapping[int, tuple[int, str]]
    measures: Mapping[str, frozenset[str]]


def possible_disagreements(statements: Sequence[Statement]) -> Iterator[Pair]:
    """Pairs that may disagree by their words alone, each with the reason."""
    words = [_words(statement.text) for statement in statements]
    found = {**_denials(words), **_times(words)}
    for (one, other), why in sorted(found.items()):
        a, b = statements[one], statements[other]
        if a.apart_from(b):
            yield Pair(a.place, b.place, why)


def signs(text: str) -> Signs:
    """The signs of one sentence."""
    text = " ".join(text.split())
    poles = {}
    for at, (one, other) in enumerate(_POLES):
        stands_for = _stands_for(text, one, other)
        if stands_for:
            poles[at] = stands_for
    measures: dict[str, set[str]] = {}
    for number, unit in _MEASURE.findall(text.lower()):
        if unit not in _COMMON:
            measures.setdefault(_root(unit), set()).add(_FIGURES.get(number, number))
    return Signs(_words(text), poles, {unit: frozenset(n) for unit, n in measures.items()})


def oppositions(one: Signs, other: Signs) -> Iterator[tuple[str, str]]:
    """What speaks for a disagreement between two sentences about one thing.

    Each sign comes as its kind, equal for all pairs that differ in the same way, and the
    reason in words.
    """
    for at in sorted(one.poles.keys() & other.poles.keys()):
        (side, word), (opposite, beside) = one.poles[at], other.poles[at]
        if side != opposite:
            yield f"pole {at}", f"“{word}” and “{beside}”"
    if one.words.times and other.words.times and not _meet(one.words.times, other.words.times):
        yield "times", f"{_shown(one.words.times)} and {_shown(other.words.times)}"
    for unit in sorted(one.measures.keys() & other.measures.keys()):
        if not one.measures[unit] & other.measures[unit]:
            numbers = (" or ".join(sorted(s.measures[unit])) for s in (one, other))
            yield f"number of {unit}", f"{' and '.join(numbers)} “{unit}”"


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
        if len(alike) >= 2 and not _meet(words[one].times, words[other].times):
            pairs[one, other] = f"{_shown(words[one].times)} and {_shown(words[other].times)}"
    return pairs


def _meet(one: _Times, other: _Times) -> bool:
    """Whether any time of the one may be a time of the other."""
    return any(a[0] <= b[1] and b[0] <= a[1] for a, b in itertools.product(one, other))


def _shown(times: _Times) -> str:
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


def _stands_for(text: str, one: re.Pattern[str], other: re.Pattern[str]) -> tuple[int, str] | None:
    """Which of two poles the text stands for, and the word; None if for both or neither.

    "Low risk" holds "risk", and means the opposite: the longer match counts.
    """
    matches = [list(pole.finditer(text)) for pole in (one, other)]
    words = [
        [
            m[0].lower()
            for m in matches[side]
            if not any(o.start() <= m.start() and m.end() <= o.end() for o in matches[1 - side])
        ]
        for side in (0, 1)
    ]
    if bool(words[0]) == bool(words[1]):
        return None
    return (0, words[0][0]) if words[0] else (1, words[1][0])


def _pole(words: str) -> re.Pattern[str]:
    """Finds any of the words of one pole, never as a part of a longer or hyphenated word."""
    each = (re.escape(word.strip()).replace(r"\*", r"\w*") for word in words.split(","))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(each)})(?![\w-])", re.IGNORECASE)


_POLES = tuple((_pole(one), _pole(other)) for one, other in POLES)
