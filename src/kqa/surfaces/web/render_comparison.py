"""From a comparison of two runs to markup, and to words that need no statistics.

Owns how the paired test is told on the evaluator's page. Each value passes
``markup.text_of``. Pure functions; computes nothing.
"""

from __future__ import annotations

from kqa.evaluate.compare import SIGNIFICANT, Compared, Comparison
from kqa.surfaces.web.markup import text_of

_COLUMNS = ("Measure", "A", "B", "B − A", "95% interval", "p", "p (Holm)", "B better", "B worse")
_MEANS = (
    "p is of a two-sided randomization test over the questions: how often a difference as large "
    "as this one comes about when chance decides which of a question’s two values is A’s. It is "
    "corrected after Holm, since several measures are looked at. A small p says nothing of how "
    "large the difference is, nor of other questions or articles."
)


def render_comparison(found: Comparison, a: str, b: str) -> str:
    """What the paired test says: in words for the first measure, then all in a table."""
    rows = "".join(_compared_row(row) for row in found.measures)
    head = "".join(
        f'<th scope="col" class="kqa-number">{text_of(label)}</th>' for label in _COLUMNS[1:]
    )
    missing = [
        f"{which} lacks {n:,} of them, which count as nothing found."
        for which, n in (("A", found.missing_a), ("B", found.missing_b))
        if n
    ]
    told = difference_in_words(found.measures[0], len(found.measures))
    doubts = [
        f"Of {row.measure}: {row.difference.warning}."
        for row in found.measures
        if row.difference.warning
    ]
    notes = "".join(
        f'<p class="kqa-soft">{text_of(note)}</p>'
        for note in (f"Over {found.n:,} judged questions. {' '.join(missing)}", *doubts)
    )
    return (
        '<section class="kqa-part" aria-labelledby="kqa-compared-title">'
        '<h2 id="kqa-compared-title">Is B better than A?</h2>'
        f'<p>A: <strong dir="auto">{text_of(a)}</strong><br>B: <strong dir="auto">{text_of(b)}'
        f'</strong></p><p class="kqa-told-plain" data-announce="{text_of(told)}">'
        f"{text_of(told)}</p>{notes}"
        '<div class="kqa-scroll" role="region" aria-label="Table of the comparison" tabindex="0">'
        f'<table class="kqa-table"><thead><tr><th scope="col">{_COLUMNS[0]}</th>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
        f"</div>{_in_words(found)}{_changed(found)}"
        f'<p class="kqa-soft">{_MEANS}</p></section>'
    )


def difference_in_words(row: Compared, measures: int) -> str:
    """What the test says of one measure, for a person."""
    gap = row.difference
    same = abs(gap.value) < 0.0005
    said = (
        f"On {row.measure}, A and B have the same {row.b.value:.3f}."
        if same
        else f"On {row.measure}, B has {row.b.value:.3f} and A {row.a.value:.3f}: B is "
        f"{abs(gap.value):.3f} {'higher' if gap.value > 0 else 'lower'} "
        f"(95% interval {gap.low:+.3f} to {gap.high:+.3f})."
    )
    counted = f"B is better on {row.better:,} questions and worse on {row.worse:,}."
    chance = f"Chance alone brings a difference this large {_how_often(row.p)}."
    holm = f"Since {measures} measures were looked at, p is taken as {row.p_holm:.4f} (Holm):"
    p = holm if measures > 1 else f"p is {row.p:.4f}:"
    verdict = (
        f"below {SIGNIFICANT}, so it is hardly chance."
        if row.p_holm < SIGNIFICANT
        else f"not below {SIGNIFICANT}, so these questions do not show that one is better."
    )
    return " ".join((said, counted, chance, p, verdict))


def _how_often(p: float) -> str:
    if p < 0.001:
        return "less than once in 1,000 times"
    if p < 0.01:
        return f"about {round(p * 1_000):,} in 1,000 times"
    return f"about {round(p * 100):,} in 100 times"


def _compared_row(row: Compared) -> str:
    gap = row.difference
    strong = "kqa-number kqa-strong" if row.p_holm < SIGNIFICANT else "kqa-number"
    return (
        f'<tr><th scope="row">{text_of(row.measure)}</th>'
        f'<td class="kqa-number">{row.a.value:.4f}</td><td class="kqa-number">{row.b.value:.4f}'
        f'</td><td class="{strong}">{gap.value:+.4f}</td>'
        f'<td class="kqa-number">{gap.low:+.4f} to {gap.high:+.4f}</td>'
        f'<td class="kqa-number">{row.p:.4f}</td><td class="{strong}">{row.p_holm:.4f}</td>'
        f'<td class="kqa-number">{row.better:,}</td><td class="kqa-number">{row.worse:,}</td></tr>'
    )


def _in_words(found: Comparison) -> str:
    """The other measures in words."""
    told = [difference_in_words(row, len(found.measures)) for row in found.measures[1:]]
    items = "".join(f"<li>{text_of(each)}</li>" for each in told)
    lead = "The other measures in words"
    whole = f'<details class="kqa-context"><summary>{lead}</summary><ul>{items}</ul></details>'
    return whole if told else ""


def _changed(found: Comparison) -> str:
    """The questions whose first measure changed most."""
    if not found.changed:
        return ""
    items = "".join(
        f'<li><span dir="auto">{text_of(each.query)}</span>: {each.a:.3f} to {each.b:.3f}</li>'
        for each in found.changed
    )
    lead = f"Questions that changed most ({text_of(found.changed[0].measure)}, A to B)"
    return f'<details class="kqa-context"><summary>{lead}</summary><ol>{items}</ol></details>'
