"""The tokenizer that indexing and asking share.

Owns what a term is: a word in lower case, without its possessive, stemmed by
Snowball's English stemmer, stop words left out. The lexical search finds what was
indexed only because both sides come through here.
"""

from __future__ import annotations

import re
import threading
import unicodedata

import Stemmer

_STOP_WORDS = """
a an the and or but if as than because while
at by for from in into of on over through to under until up with about
is am are was were be been being do does did doing done have has had having
can could should would may might must shall will
i me my mine myself you your yours yourself he him his himself she her hers herself
it its itself we us our ours ourselves they them their theirs themselves
this that these those there then here
what which who whom whose when where why how
no not so such some other own each both any also just more most very too
dont doesnt didnt isnt arent wasnt werent cant couldnt shouldnt wouldnt wont
im ive id ill youre hes shes theyre whats hows tell please get got
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English function words, those of questions among them; docs/evaluation.md compares lists."""

_WORD = re.compile(r"\w+")
_POSSESSIVE = re.compile(r"['’]s\b")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_local = threading.local()


def terms(text: str) -> list[str]:
    """The terms of ``text`` in order, repeats kept."""
    stemmed: list[str] = _stemmer().stemWords([w for w in words(text) if w not in STOP_WORDS])
    return stemmed


def words(text: str) -> list[str]:
    """The words of ``text`` in lower case, compatibility forms unified (NFKC)."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _WORD.findall(_APOSTROPHE.sub("", _POSSESSIVE.sub("", plain)))


def _stemmer() -> Stemmer.Stemmer:
    """One stemmer a thread: PyStemmer's keep state and are not to be shared."""
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("english")
    stemmer: Stemmer.Stemmer = _local.stemmer
    return stemmer
