"""Every text that is the project's own voice: disclaimer, crisis cards, notices.

Owns the words; decides nothing. Nothing here is quoted from an article. The
crisis cards are fixed text to be reviewed by a clinician (see docs/safety.md);
their numbers are data of the site's owner.
"""

from __future__ import annotations

from kqa.records import CrisisCard, CrisisLine, Notice

DISCLAIMER = (
    "This is not medical advice and does not diagnose or treat any condition. "
    "It quotes articles word for word and may miss what matters to you. "
    "Only a licensed medical professional who knows you and your medical history can advise you; "
    "nobody here is responsible for actions taken on what you read. "
    "In an emergency call 911 or your local emergency number."
)
"""In the sense of the articles' own: no advice, no diagnosis, a professional, no liability."""

NOTHING_FOUND = "The articles do not say."
NOTHING_FOUND_MORE = (
    "Nothing in the articles answers this question, so nothing is quoted. "
    "A healthcare provider can help with what they leave open."
)
TOPICS_LEAD = "The articles do cover:"
RELATED_LEAD = "No answer, but nearby in the articles:"
CONTACT_LEAD = "Ask a person"
TITLE_GIVEN = "title given by us"
CONTEXT_LEAD = "Show in context"

PAGE_LEAD = (
    "Ask in your own words. The answer is sentences from our articles, quoted word for word, "
    "each with its source. When the articles do not say, you are told so."
)
SEARCHING = "Looking through the articles…"
UNREADABLE = "That question could not be read."
NO_ANSWER_NOW = "No answer can be given just now."
OUR_FAULT = "The fault is ours, not your question’s. Please try again in a moment."
HELP_IS_THERE = "Help is there now."

NOTICES: dict[Notice, str] = {
    Notice.SOURCES_DIFFER: (
        "The articles disagree on this. Each side is quoted; none is called right."
    ),
    Notice.SOURCE_INCOMPLETE: (
        "The article announces a list here, but the list is missing from our copy."
    ),
    Notice.PERSONAL_ADVICE: (
        "This is a question for your own healthcare provider. "
        "The articles cannot decide it for you."
    ),
    Notice.PARTIAL: "The articles answer only part of your question.",
    Notice.FOLLOW_UP: "Read together with your earlier question.",
    Notice.PROMOTIONAL: "This sentence promotes the treatment.",
    Notice.CRISIS: (
        "If this is about you or somebody near you, help is there now: see the card above."
    ),
}

_NOBODY = (
    "Nobody reads along here: this page is a program that quotes articles. "
    "Please use one of the numbers above to reach a person."
)

CRISIS_CARDS: dict[str, CrisisCard] = {
    "US": CrisisCard(
        region="US",
        title="You do not have to face this alone. Please reach a person now.",
        lines=(
            CrisisLine("Danger right now, an overdose or an emergency: call 911.", "tel:911"),
            CrisisLine("Call 988, the Suicide & Crisis Lifeline: free, day and night.", "tel:988"),
            CrisisLine("Or text 988.", "sms:988"),
            CrisisLine("Or chat at 988lifeline.org.", "https://988lifeline.org/chat/"),
            CrisisLine(
                "Outside the United States: find a line at findahelpline.com.",
                "https://findahelpline.com/",
            ),
        ),
        nobody_reads_along=_NOBODY,
    ),
}

DEFAULT_REGION = "US"
