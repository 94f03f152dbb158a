"""From runs to markup: the lower half of the evaluator's page.

Owns the tables of runs and questions; the figures and what is told of a
question are the report's own markup. Each value passes ``markup.text_of``. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kqa.evaluate.report import figures_html, question_html
from kqa.evaluate.results import Measured
from kqa.evaluate.verdicts import Asked
from kqa.surfaces.web.evaluator_bench import Run
from kqa.surfaces.web.evaluator_routes import DOWNLOADS
from kqa.surfaces.web.evaluator_view import (
    ORDERS,
    OUTCOMES,
    VERDICTS,
    View,
    is_refused,
    kinds_of,
    matching,
    page_of,
    splits_of,
)
from kqa.surfaces.web.markup import text_of

_MAIN = ("nDCG@10", "Success@3", "first_quote", "over_refusal", "refused")


def render_runs(runs: Iterable[Run], shown: str) -> str:
    """The runs of this page, newest first, with their main figures and downloads."""
    runs = [*runs][::-1]
    if not runs:
        return ""
    columns = [name for name in _MAIN if any(name in run.evaluation.measures for run in runs)]
    head = "".join(f'<th scope="col" class="kqa-number">{text_of(name)}</th>' for name in columns)
    rows = "".join(_run_row(run, columns, run.id == shown) for run in runs)
    return (
        '<section class="kqa-part" aria-labelledby="kqa-runs-title">'
        '<h2 id="kqa-runs-title">Runs of this page</h2>'
        '<div class="kqa-scroll" role="region" aria-label="Table of runs" tabindex="0">'
        '<table class="kqa-table kqa-runs"><thead><tr><th scope="col">Run</th>'
        f'{head}<th scope="col">Download</th></tr></thead><tbody>{rows}</tbody></table></div>'
        "</section>"
    )


def _run_row(run: Run, columns: Sequence[str], shown: bool) -> str:
    evaluation = run.evaluation
    cells = "".join(_figure_cell(evaluation.measures.get(name)) for name in columns)
    links = "".join(
        f'<a href="download/{run.id}/{name}" download>{label}'
        f'<span class="kqa-sr"> of run {run.n}</span></a>'
        for name, label in DOWNLOADS.items()
    )
    current = ' aria-current="true"' if shown else ""
    return (
        f'<tr{current}><th scope="row">'
        f'<button type="button" class="kqa-quiet" data-do="show" data-run="{run.id}" '
        f'aria-pressed="{str(shown).lower()}">{run.n}: <span dir="auto">'
        f'{text_of(evaluation.system)}</span></button><span class="kqa-meta" dir="auto">'
        f"{text_of(evaluation.test_set)}</span>"
        f'<span class="kqa-meta">{len(run.asked):,} questions</span></th>'
        f'{cells}<td class="kqa-links">{links}</td></tr>'
    )


def _figure_cell(measured: Measured | None) -> str:
    if measured is None:
        return '<td class="kqa-number">–<span class="kqa-sr"> not measured</span></td>'
    unsure = (
        f'<span class="kqa-unsure">unsure<span class="kqa-sr">: {text_of(measured.warning)}'
        "</span></span>"
        if measured.warning
        else ""
    )
    return (
        f'<td class="kqa-number">{measured.value:.3f}<span class="kqa-meta">'
        f"{measured.low:.2f}–{measured.high:.2f}</span>{unsure}</td>"
    )


def render_figures(run: Run) -> str:
    """Everything that was measured, as the report shows it."""
    evaluation = run.evaluation
    return (
        '<section class="kqa-part kqa-report" aria-labelledby="kqa-figures-title">'
        f'<h2 id="kqa-figures-title">Run {run.n}: <span dir="auto">{text_of(evaluation.system)}'
        f'</span> on <span dir="auto">{text_of(evaluation.test_set)}</span></h2>'
        f"{_contents(run)}{figures_html(evaluation)}</section>"
    )


def _contents(run: Run) -> str:
    """Links to what is further down."""
    evaluation = run.evaluation
    places = [
        ("by-kind", "By kind", evaluation.by_kind),
        ("curves", "Curves", evaluation.curves),
        ("setup", "Setup", True),
        ("kqa-questions-title", "Questions", True),
        ("kqa-compare-title", "Compare", True),
    ]
    links = "".join(f'<a href="#{id}">{label}</a>' for id, label, there in places if there)
    return f'<nav class="kqa-contents" aria-label="On this page">{links}</nav>'


def render_filter(run: Run, view: View) -> str:
    """The form over the table of questions. Only what can tell questions apart is offered."""
    verdicts = {each.verdict for each in run.asked}
    answers = any(each.result.outcome is not None for each in run.asked)
    fields = _choice("verdict", "Right or wrong", _named(VERDICTS, verdicts), view.verdict)
    if answers:
        fields += _choice("outcome", "Answered or refused", OUTCOMES.items(), view.outcome)
    for name, label, values in (
        ("kind", "Kind", kinds_of(run.asked)),
        ("split", "Split", splits_of(run.asked)),
    ):
        if len(values) > 1:
            pairs = [(value, "none" if value == "-" else value) for value in values]
            fields += _choice(name, label, pairs, getattr(view, name))
    if answers:
        fields += _choice("order", "Order", ORDERS.items(), view.order, every=False)
    return (
        '<form class="kqa-part" data-now="input" role="search" '
        'aria-labelledby="kqa-questions-title">'
        '<h2 id="kqa-questions-title">Questions</h2>'
        '<p class="kqa-soft">Right: the texts answer the question and something that came '
        "overlaps the expected text, or they do not and it was refused. Open a question to see "
        "what was expected, what came and why it counts so.</p>"
        f'<div class="kqa-fields">{fields}<div class="kqa-field">'
        '<label class="kqa-label" for="kqa-text">Words in question or texts</label>'
        '<input id="kqa-text" name="text" type="search" autocomplete="off" spellcheck="false" '
        f'maxlength="200" value="{text_of(view.text)}"></div></div></form>'
    )


def _named(names: dict[str, str], present: set[str]) -> list[tuple[str, str]]:
    return [(value, label) for value, label in names.items() if value in present]


def _choice(
    name: str, label: str, pairs: Iterable[tuple[str, str]], chosen: str, *, every: bool = True
) -> str:
    options = '<option value="">All</option>' if every else ""
    for value, said in pairs:
        selected = " selected" if value == chosen else ""
        options += f'<option value="{text_of(value)}"{selected}>{text_of(said)}</option>'
    return (
        f'<div class="kqa-field"><label class="kqa-label" for="kqa-by-{name}">{label}</label>'
        f'<select id="kqa-by-{name}" name="{name}">{options}</select></div>'
    )


def render_questions(run: Run, view: View) -> str:
    """One page of the table: each question can be opened where it stands."""
    found = matching(run.asked, view)
    rows, page, pages = page_of(found, view)
    answers = any(each.result.outcome is not None for each in run.asked)
    columns = ("Question", "Kind", "Verdict", *(("Outcome", "Confidence") if answers else ()))
    columns = (*columns, "First rank of gold")
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join(_question_row(each, answers, len(columns)) for each in rows)
    if not rows:
        body = f'<tr><td colspan="{len(columns)}">No question fits.</td></tr>'
    count = f"{len(found):,} of {len(run.asked):,} questions"
    return (
        f'<p class="kqa-count" data-announce="{count}">{count}</p>'
        '<div class="kqa-scroll" role="region" aria-label="Table of questions" tabindex="0">'
        f'<table class="kqa-table kqa-questions"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{_pager(page, pages)}"
    )


def _question_row(asked: Asked, answers: bool, columns: int) -> str:
    result = asked.result
    at = f"kqa-q-{asked.n}"
    cells = (
        f"<td>{text_of(result.kind) or '–'}</td>"
        f'<td><span class="kqa-verdict kqa-{asked.verdict}">{VERDICTS[asked.verdict]}</span></td>'
    )
    if answers:
        confidence = "–" if result.confidence is None else f"{result.confidence:.2f}"
        outcome = OUTCOMES["refused" if is_refused(result) else "answered"]
        cells += f'<td>{outcome}</td><td class="kqa-number">{confidence}</td>'
    ranks = "–" if result.ranks is None else str(result.ranks[0]) if result.ranks else "none"
    cells += f'<td class="kqa-number">{ranks}</td>'
    return (
        f'<tr class="kqa-{asked.verdict}"><th scope="row"><button type="button" class="kqa-open" '
        f'aria-expanded="false" aria-controls="{at}"><span class="kqa-no">{asked.n}</span>'
        f'<span dir="auto">{text_of(result.question)}</span></button></th>{cells}</tr>'
        f'<tr id="{at}" class="kqa-told" hidden><td colspan="{columns}">'
        f'<div class="kqa-report">{question_html(asked, 3)}</div></td></tr>'
    )


def _pager(page: int, pages: int) -> str:
    if pages == 1:
        return ""

    def button(label: str, to: int) -> str:
        off = "" if 1 <= to <= pages else " disabled"
        return (
            f'<button type="button" class="kqa-quiet" data-do="page" data-page="{to}"{off}>'
            f"{label}</button>"
        )

    return (
        '<nav class="kqa-buttons" aria-label="Pages of questions">'
        f"{button('Previous', page - 1)}<span>Page {page:,} of {pages:,}</span>"
        f"{button('Next', page + 1)}</nav>"
    )
