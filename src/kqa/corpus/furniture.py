"""Rules that tell an article's sentences from the page around them.

Owns the patterns for page furniture, calls to action, announcements, the site's
own disclaimer, promotional words. Looks at one line or sentence at a time and
knows nothing of offsets.

The rule for sentences that point elsewhere or announce the article itself ("you
can explore our articles on…", "This article aims to…"): they are furniture,
unless a clause of theirs also states something of the subject, which is opened by
"such as" or "illustrating that" and the like (``_STATES_A_FACT``).
"""

from __future__ import annotations

import re

FURNITURE_CHARS = 300
"""Longest line of furniture in characters: a longer one is a paragraph."""

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"

_FURNITURE_LINE = re.compile(
    rf"""^\s*(?:
        {_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}          # June 19, 2024
      | \d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+\d{{4}}          # 19 June 2024
      | \d{{4}}-\d{{2}}-\d{{2}} | \d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}
      | https?://\S+ | www\.\S+ | \S+@\S+\.\w+
      | [\w\s]{{1,40}}\(required\)\*?                             # a web form's labels
      | this\ field\ is\ for\ validation\ purposes.*
      | (?:skip\ to\ (?:main\ )?content|read\ more|learn\ more|share\ this.*
        |leave\ a\ (?:comment|reply).*|comments\ (?:are\ closed|off).*|back\ to\ top
        |table\ of\ contents|submit|subscribe.*|sign\ up.*|previous\ post.*|next\ post.*
        |filed\ under.*|posted\ (?:on|in|by)\b.*|follow\ us.*|book\ now|contact\ us)
        [\s.:…!>»]*
      | (?:©|\(c\)|copyright)\s.* | all\ rights\ reserved\.?
      | .{{0,80}}\bcookies?\b.{{0,80}}\b(?:accept|consent|browser)\b.*
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)

_SIDEBAR = re.compile(
    r"^\s*(?:categories|tags|archives|recent (?:posts|comments)|related (?:posts|articles)"
    r"|popular posts|search|menu|share)\s*:?\s*$",
    re.IGNORECASE,
)

_POINTS_ELSEWHERE = re.compile(
    r"""\b(?:
        (?:explore|see|visit|read|check\ out|browse)\ (?:our|this|the\ following)\ (?:\w+\ ){0,2}
            (?:articles?|posts?|blogs?|pages?|guides?)
      | contact\ (?:us|our\ (?:clinic|office|team))\b
      | (?:join|sign\ up\ for)\ our\b | subscribe\ to\ our\b
      | (?:call|email|text)\ (?:us|our\ (?:clinic|office|team))\b
      | (?:schedule|book)\ (?:your|an?)\ (?:\w+\ ){0,2}(?:consultation|appointment|call)\b
      | (?:don['’]t\ hesitate\ to\ |please\ )?reach\ out\ (?:and|to\ us|today)\b
      | click\ here\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_ANNOUNCES = re.compile(
    r"""(?:
        \b(?:this|the\ following)\ (?:article|section|post|page|guide|blog)\ (?:\w+\ )?
            (?:aims?|will|explores?|provides?|covers?|discusses|looks|describes)\b
      | \bin\ this\ (?:article|section|post|page|guide|blog),?\ (?:we|you)\b
      | ^as\ we\ delve\b | \bwe\ will\ (?:explore|discuss|look|cover)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_STATES_A_FACT = re.compile(
    r"\bsuch as its\b|\b(?:illustrating|showing|demonstrating|explaining) that\b", re.IGNORECASE
)

_DISCLAIMER = re.compile(
    r"^\s*(?:\*\*)?(?:medical\s+)?disclaimer\b"
    r"|\b(?:content|information)\b.{0,120}\b(?:is|are) not (?:intended (?:as|to be) )?"
    r"(?:a substitute for (?:professional )?)?medical advice\b",
    re.IGNORECASE,
)

_PROMOTES = re.compile(
    r"""(?:
        game[-\ ]chang | life[-\ ]changing | ground[-\ ]?breaking | revolution(?:ary|i[sz])
      | miracle
      | \b(?:new|glimmer\ of|future|sense\ of)\ hope\b | \boffer(?:s|ing)?\ (?:\w+\ )?hope\b
      | \bsafe\ and\ effective\b | \blifeline\b | transforming\ the\ landscape
      | \bdramatic\ improvements?\b | \battractive\ option\b | \bcutting[-\ ]edge\b | \binnovative\b
      | \bpioneering\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_HANGS = re.compile(
    r"""^(?:
        however | therefore | thus | hence | moreover | furthermore | additionally | also | besides
      | instead | consequently | nevertheless | nonetheless | similarly | likewise | then | still
      | as\ a\ result | in\ addition | in\ fact | for\ (?:example|instance) | on\ the\ other\ hand
      | by\ contrast | in\ contrast | despite\ (?:this|these) | because\ of\ this | since\ then
      | in\ the\ \w+\ that\ followed | over\ the\ years | over\ time | remember
      | (?:he|she|they|it(?!['’]s|\ is\b)|this|these|those|such|its|their|both|one)\b
      | each\ case | among\ these | the\ (?:former|latter)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def is_furniture_line(line: str) -> bool:
    """Whether a whole line belongs to the page and not to the article."""
    return len(line) <= FURNITURE_CHARS and bool(_FURNITURE_LINE.match(line))


def opens_sidebar(line: str) -> bool:
    """Whether a line heads a sidebar, whose entries follow on lines of their own."""
    return bool(_SIDEBAR.match(line))


def is_furniture_sentence(sentence: str) -> bool:
    """Whether a sentence only points elsewhere or announces the article itself."""
    words = _one_line(sentence)
    if _STATES_A_FACT.search(words):
        return False
    return bool(_POINTS_ELSEWHERE.search(words) or _ANNOUNCES.search(words))


def is_disclaimer(paragraph: str) -> bool:
    """Whether a paragraph is the site's own disclaimer."""
    return bool(_DISCLAIMER.search(_one_line(paragraph)))


def is_promotional(sentence: str) -> bool:
    """Whether a sentence praises the treatment: it bears one of the stated words."""
    return bool(_PROMOTES.search(_one_line(sentence)))


def hangs_on_previous(sentence: str) -> bool:
    """Whether a sentence opens with a word that leans on the one before it."""
    return bool(_HANGS.match(_one_line(sentence)))


def _one_line(text: str) -> str:
    """The words of ``text`` with single blanks: a wrapped line hides no pattern."""
    return " ".join(text.split())
