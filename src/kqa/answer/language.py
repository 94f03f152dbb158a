"""Is a question surely not in English, and in which language is it?

Owns the choice of library (py3langid, offline, model inside the package) and the
rules around it. Knows nothing of wording, indexes, settings or the network.

Questions are short, full of drug names and misspelt: alone, no library is fit for
them ("gaba", "pro re nata" and "lozenge" look foreign to each). So the library only
decides how unlike English the letters are, and small words that every sentence of a
language needs (``languages.toml``) decide the rest. In doubt a question is taken for
English, since an English question must never be turned away.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

WORDS_FILE = Path(__file__).with_name("languages.toml")
"""The small words by language; its head explains how they are written."""

READ_CHARS = 1_000
"""More does not make the judgement surer."""

_LATIN_OTHERS = ("sv", "da", "no", "fi", "tr", "ro", "hu", "cs", "id", "so", "sw", "hr", "sq")
"""Known so that a Swede is not spoken to in German; there is no text in these."""

_DOUBTED = frozenset({"tl", "ht", "vi", *_LATIN_OTHERS})
"""Languages that misspelt or clipped words of others look like."""

_SCRIPTS = {
    "CJK": ("zh",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "CYRILLIC": ("ru", "uk", "bg", "sr"),
    "ARABIC": ("ar", "fa", "ur"),
    "DEVANAGARI": ("hi", "ne", "mr"),
    "THAI": ("th",),
    "HEBREW": ("he",),
    "GREEK": ("el",),
    "BENGALI": ("bn",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "ETHIOPIC": ("am",),
    "ARMENIAN": ("hy",),
    "GEORGIAN": ("ka",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MYANMAR": ("my",),
}
"""Languages of a script, the one that is taken in doubt first."""

_SURE_OF_ANOTHER = 0.7
_MAYBE_ENGLISH, _HARDLY_ENGLISH, _NOT_ENGLISH = 0.1, 0.05, 0.01
"""How likely English may be: with one small word (four times that with two), with a few English
words between, without any small word."""

_WORD = re.compile(r"[¿¡]|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_WITHOUT_SPACES = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of the data file."""

    small: Mapping[str, frozenset[str]]
    lent: Mapping[str, frozenset[str]]
    articles: frozenset[str]
    english: frozenset[str]

    @property
    def only_english(self) -> frozenset[str]:
        """The English words that no other language has, too."""
        return self.english.difference(*self.lent.values())


def language_of(question: str) -> str | None:
    """The ISO 639-1 code of the question's language if it is surely not English.

    None for English, and wherever that is not sure: for keywords, drug names, text
    without words, and after any fault inside. Never raises.
    """
    try:
        text = unicodedata.normalize("NFKC", question[:READ_CHARS]).casefold().replace("’", "'")
        found = frozenset(_WORD.findall(text))
        return _by_script(text, found) or _by_words(text, found)
    except Exception:
        return None


def _by_script(text: str, found: frozenset[str]) -> str | None:
    """Another script tells, unless it only lends a word or a sign to an English sentence."""
    foreign = _foreign_letters(text)
    if not foreign:
        return None
    if _words().english & found and foreign.total() <= sum(map(_is_latin, text)):
        return None
    if foreign["HIRAGANA"] or foreign["KATAKANA"]:
        return "ja"
    return _nearest_of(text, _SCRIPTS.get(foreign.most_common(1)[0][0], ()))


def _foreign_letters(text: str) -> Counter[str]:
    """Letters by script, where it is not Latin. One alone (µg, β-blocker) is only a sign."""
    scripts = [_script(letter) for letter in text]
    found: Counter[str] = Counter()
    for script, run in groupby(scripts):
        letters = sum(1 for _ in run)
        if script in _SCRIPTS and (letters > 1 or script in _WITHOUT_SPACES):
            found[script] += letters
    return found


def _is_latin(letter: str) -> bool:
    return _script(letter) == "LATIN"


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]


def _nearest_of(text: str, languages: tuple[str, ...]) -> str | None:
    if len(languages) < 2:
        return languages[0] if languages else None
    likely = _likelihoods(text, languages)
    best = max(likely, key=lambda language: likely[language])
    return best if likely[best] >= _SURE_OF_ANOTHER else languages[0]


def _by_words(text: str, found: frozenset[str]) -> str | None:
    """Latin letters: the small words of a language, and letters unlike English."""
    words = _words()
    small = {language: known & found for language, known in words.small.items()}
    if found & words.only_english and not any(own - words.articles for own in small.values()):
        return None  # as most questions end: the library is not even loaded
    likely = _likelihoods(text, ("en", *words.small, *_LATIN_OTHERS))
    best = max(small, key=lambda language: likely[language] * 4.0 ** len(small[language]))
    english = len(words.english & found - words.lent.get(best, frozenset()))
    if _telling(len(small[best]), bool(small[best] - words.articles), english, likely["en"]):
        return best if len(found) > 1 else None
    likeliest = max(likely, key=lambda language: likely[language])
    sure = not english and _sure(len(found), likely["en"], likely[likeliest])
    doubted = likeliest in _DOUBTED and likely[likeliest] < 0.95
    return likeliest if sure and not doubted else None


def _telling(small: int, beside_articles: bool, english: int, as_english: float) -> bool:
    """Whether there are small words enough for what is English about the question."""
    if english:
        return small > max(1, english) and as_english <= _HARDLY_ENGLISH
    enough = 1 if beside_articles else 2
    return small >= enough and as_english <= _MAYBE_ENGLISH * 4.0 ** (small - 1)


def _sure(words: int, as_english: float, as_likeliest: float) -> bool:
    """Whether the letters alone tell, without a small word."""
    if words < 3:
        return words == 2 and as_english <= _NOT_ENGLISH and as_likeliest >= 0.95
    return as_english <= (_NOT_ENGLISH if as_likeliest >= 0.8 else _NOT_ENGLISH / 5)


def _likelihoods(text: str, languages: tuple[str, ...]) -> dict[str, float]:
    """How likely each of these languages is, were it one of them."""
    ranked = dict(_identifier().rank(text))
    chosen = {language: float(ranked[language]) for language in languages}
    total = sum(chosen.values()) or 1.0
    return {language: value / total for language, value in chosen.items()}


@cache
def _words() -> _Words:
    """The data file, read once.

    Raises:
        OSError, ValueError, KeyError: if it is not there or damaged; then every question
            is taken for English.
    """
    tables = tomllib.loads(WORDS_FILE.read_text(encoding="utf-8"))
    return _Words(
        small={language: frozenset(words.split()) for language, words in tables["small"].items()},
        lent={language: frozenset(words.split()) for language, words in tables["lent"].items()},
        articles=frozenset(tables["articles"]["words"].split()),
        english=frozenset(tables["english"]["words"].split()),
    )


@cache
def _identifier() -> LanguageIdentifier:
    """Loaded at the first question that needs it; read only afterwards, so safe in threads."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    several = (code for each in _SCRIPTS.values() if len(each) > 1 for code in each)
    identifier.set_languages({"en", *_words().small, *_LATIN_OTHERS, *several})
    return identifier
