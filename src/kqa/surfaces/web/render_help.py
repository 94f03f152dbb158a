"""Ways to a person, as markup: the crisis card, numbers that dial, the owner's contact.

Owns these tags; each value passes ``markup.text_of`` and each link ``markup.linked``. Pure
functions from records and our own texts to strings.
"""

from __future__ import annotations

import re

from kqa import wording
from kqa.records import Contact, CrisisCard, CrisisLine
from kqa.surfaces.web.markup import linked, text_of

_REACH = re.compile(
    r"(?<![0-9A-Za-z-])(?:911|988|1-800-222-1222)(?![0-9A-Za-z-])"
    r"|\b(?:988lifeline\.org/[a-z]+/|findahelpline\.com)",
)
"""Numbers and sites of help in our own texts, whatever alphabet stands around them."""


def crisis_line(region: str) -> str:
    """The numbers of the crisis card in one sentence: seen before any question."""
    lines = " ".join(_with_number_linked(line) for line in _urgent(region))
    return f'<p class="kqa-crisis-line">{lines}</p>'


def crisis(card: CrisisCard, *, alert: bool) -> str:
    """The card; with ``alert`` it interrupts a screen reader and may be focused."""
    lines = "".join(f"<li>{linked(line.link, text_of(line.text))}</li>" for line in card.lines)
    role = ' role="alert" tabindex="-1"' if alert else ""
    lang = ' lang="es"' if card in wording.SPANISH_CRISIS_CARDS.values() else ""
    return (
        f'<section class="kqa-help"{role}{lang}><h3>{text_of(card.title)}</h3>'
        f"<ul>{lines}</ul><p>{text_of(card.nobody_reads_along)}</p></section>"
    )


def _urgent(region: str) -> list[CrisisLine]:
    """The lines of the crisis card that a telephone dials."""
    lines = wording.CRISIS_CARDS[region].lines
    return [line for line in lines if (line.link or "").startswith("tel:")]


def _with_number_linked(line: CrisisLine) -> str:
    """A line of the card with only its "call 911" as the link, to read as a sentence."""
    number = re.escape((line.link or "").partition(":")[2])
    found = re.search(rf"(?:call )?{number}", line.text, re.IGNORECASE)
    if not number or not found:
        return linked(line.link, text_of(line.text))
    first, last = found.span()
    before, after = text_of(line.text[:first]), text_of(line.text[last:])
    return before + linked(line.link, text_of(found[0])) + after


def reachable(text: str) -> str:
    """A text of our own with its numbers and sites of help as links."""
    parts, at = [], 0
    for found in _REACH.finditer(text):
        scheme = "tel:" if found[0][:1].isdigit() and "." not in found[0] else "https://"
        parts.append(text_of(text[at : found.start()]))
        parts.append(linked(f"{scheme}{found[0]}", text_of(found[0])))
        at = found.end()
    return "".join(parts) + text_of(text[at:])


def contact_of_owner(contact: Contact) -> str:
    """The owner's name, telephone and page: of each what is set."""
    dialled = re.sub(r"[^\d+]", "", contact.telephone or "")
    ways = [
        f"<strong>{text_of(contact.name)}</strong>" if contact.name else "",
        linked(f"tel:{dialled}", text_of(contact.telephone)) if contact.telephone else "",
        linked(contact.link, text_of(contact.link)) if contact.link else "",
    ]
    reach = " · ".join(way for way in ways if way)
    return (
        f'<p class="kqa-contact"><span class="kqa-label">{wording.CONTACT_LEAD}</span> {reach}</p>'
    )
