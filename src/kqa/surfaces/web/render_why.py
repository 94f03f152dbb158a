"""Why this sentence: what each stage made of a question, in words and numbers.

Owns these tags and the words for numbers; each value passes ``markup``. The ways of asking
shown here are staff's own: no visitor's page shows them.
"""

from __future__ import annotations

import math

from kqa.answer.explain import Explanation, Feature, Part, Weighed
from kqa.surfaces.web.markup import text_of

_FEATURES = {
    "cosine": "sentence and question, by meaning",
    "passage": "its best passage, by meaning and words",
    "letters": "sentence and question, by letters",
    "length": "its length",
    "promotional": "it praises the treatment",
    "way": "its likest way of asking, by meaning",
    "ways": "its likest three ways of asking, by meaning",
    "way_letters": "its likest way of asking, by letters",
    "ways_letters": "its likest three ways of asking, by letters",
    "read": "the reader",
}
_SIGNS = {
    "score": "the best sentence’s score",
    "lead": "its lead over the tenth",
    "gap": "its lead over the fourth",
    "off_topic": "how far all sentences are from the question",
    "letters": "the likest sentence, by letters",
    "unknown_share": "words that no article holds",
    "unasked_share": "words that no way of asking holds either",
    "way": "the likest answered way of asking, by meaning",
    "way_letters": "the same, by letters",
    "open_letters": "the likest question that the articles leave open",
    "margin": "answered ways above those left open",
    "vote": "answered ones among the ten likest ways",
    "read": "the reader, of the best sentence",
}


def render_why(explained: Explanation) -> str:
    """For each text that was searched: how it was read, how sure, and the candidates."""
    if not explained.parts:
        return ""
    parts = "".join(_part(part, len(explained.parts) > 1) for part in explained.parts)
    return (
        '<details class="staff-why"><summary>Why this sentence?</summary>'
        f"<div>{parts}</div></details>"
    )


def _part(part: Part, several: bool) -> str:
    asked = f'<h4 dir="auto">“{text_of(part.text)}”</h4>' if several else ""
    read = []
    if part.corrected != part.text:
        read.append(f"Read as “{text_of(part.corrected)}”.")
    if part.added:
        read.append(f"Searched as well: {text_of(' '.join(part.added))}.")
    candidates = "".join(f"<li>{_weighed(each)}</li>" for each in part.candidates)
    return (
        f'{asked}{_paragraph(read)}{_decision(part)}<ol class="staff-candidates">{candidates}</ol>'
    )


def _paragraph(sentences: list[str]) -> str:
    return f'<p dir="auto">{" ".join(sentences)}</p>' if sentences else ""


def _decision(part: Part) -> str:
    """The confidence beside the threshold, what else held the answer back, and the signs."""
    sure = part.confidence >= part.threshold
    words = [
        f"Confidence {part.confidence:.1%}; quoted from {part.threshold:.1%} on:",
        "<strong>sure enough.</strong>" if sure else "<strong>not sure enough.</strong>",
    ]
    if part.personal:
        words.append("A personal decision is asked for: only sentences that send to a provider.")
    if part.lost_list:
        words.append(f"It asks for the list of “{text_of(part.lost_list)}”, which is lost.")
    if sure and not part.answers and not part.lost_list:
        words.append("None of the sentences may be quoted for such a question.")
    rows = _rows(part.signs, _SIGNS)
    constant = f'<tr><th scope="row">constant</th><td></td><td>{part.intercept:+.2f}</td></tr>'
    return (
        f"<p>{' '.join(words)}</p>"
        '<details class="staff-sums"><summary>What makes the confidence</summary>'
        f"{_table('Signs of the decision', rows + constant)}</details>"
    )


def _weighed(each: Weighed) -> str:
    """One candidate: its text, and a line for each stage."""
    lines = [
        ("Rank", _rank(each)),
        ("Meaning", f"{_near(each.cosine, 0.6, 0.4)} (cosine {each.cosine:.2f})"),
        ("Words", _words(each)),
        ("Letters", f"{_near(each.letters, 0.45, 0.25)} ({each.letters:.2f})"),
        ("Way of asking", _way(each)),
        ("Reader", _reader(each)),
        ("Score", f"{each.score:.2f}"),
    ]
    listed = "".join(f"<div><dt>{name}</dt><dd>{said}</dd></div>" for name, said in lines)
    rows = _rows(each.features, _FEATURES)
    return (
        f'<p class="staff-candidate" dir="auto">{text_of(each.sentence.text)}</p>'
        f'<p class="staff-small" dir="auto">{text_of(each.sentence.article)}</p>'
        f'<dl class="staff-stages">{listed}</dl>'
        '<details class="staff-sums"><summary>What makes the score'
        f'<span class="kqa-sr"> of rank {each.rank}</span></summary>'
        f"{_table('Features of the sentence', rows)}</details>"
    )


def _rank(each: Weighed) -> str:
    quoted = f"<strong>quote {each.quoted}</strong>" if each.quoted else "not quoted"
    moved = "" if each.rank == each.rank_before else f", {each.rank_before} before reading"
    return f"{each.rank}{moved}; {quoted}"


def _near(value: float, close: float, some: float) -> str:
    return "close" if value >= close else "somewhat near" if value >= some else "far"


def _words(each: Weighed) -> str:
    if not each.best_bm25:
        return "no word of the question stands in any passage"
    share = each.bm25 / each.best_bm25
    said = "as many as any passage" if share > 0.999 else f"{share:.0%} of the best passage’s"
    said = said if each.bm25 else "none of the question’s"
    return f"{said} (BM25 {each.bm25:.1f} of {each.best_bm25:.1f})"


def _way(each: Weighed) -> str:
    if each.way is None:
        return "none is pinned to this sentence"
    return (
        f'<span dir="auto">“{text_of(each.way.text)}”</span> '
        f"(meaning {each.way.cosine:.2f}, letters {each.way.letters:.2f})"
    )


def _reader(each: Weighed) -> str:
    if each.logit is None:
        return "there is no reader"
    if not each.was_read:
        return f"did not read it: it stood too low (counted as {each.logit:+.1f})"
    chance = 1 / (1 + math.exp(-max(-60.0, min(60.0, each.logit))))
    said = "it answers" if chance >= 0.5 else "it does not answer"
    return f"says that {said} (logit {each.logit:+.1f}, {chance:.0%})"


def _rows(features: tuple[Feature, ...], words: dict[str, str]) -> str:
    return "".join(
        f'<tr><th scope="row">{words[each.name]}</th>'
        f"<td>{each.value:.2f}</td><td>{each.adds:+.2f}</td></tr>"
        for each in features
    )


def _table(caption: str, rows: str) -> str:
    return (
        f'<table><caption class="kqa-sr">{caption}</caption><thead><tr><th scope="col">Sign</th>'
        '<th scope="col">Value</th><th scope="col">Adds</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
