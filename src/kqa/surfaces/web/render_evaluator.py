"""From files, choices and progress to markup: the upper half of the evaluator's page.

Owns every tag there; ``render_results`` has the lower half. Each value passes
``markup.text_of``. Pure functions from records to strings; knows nothing of Gradio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kqa import wording
from kqa.errors import KqaError
from kqa.surfaces.web.evaluator_bench import Bench, Held, Kind
from kqa.surfaces.web.evaluator_files import without_folders
from kqa.surfaces.web.evaluator_jobs import Job, State
from kqa.surfaces.web.evaluator_routes import UPLOAD_BYTES
from kqa.surfaces.web.markup import text_of
from kqa.surfaces.web.render_account import render_account

SYSTEMS = {
    "full": "full: answers as a visitor gets them",
    "hybrid": "hybrid: meaning and words, ranking only",
    "dense": "dense: meaning only",
    "lexical": "lexical: words only (BM25)",
}
MOST_QUOTES = 10

_WEAK_SHOWN = 30


def render_intro(title: str, index: str, name: str | None = None) -> str:
    """Heading, who is signed in, what the page is for, where its files lie, the disclaimer."""
    return (
        '<header class="kqa-intro" id="kqa-eval">'
        f"{render_account('eval', name)}<h1>Evaluation</h1>"
        f'<p class="kqa-lead">Ask a whole test set, see where “{text_of(title)}” finds and '
        "answers, where it fails, and whether one system is better than another.</p>"
        f'<p class="kqa-soft">{text_of(index)} Files and runs belong to this page alone: nobody '
        "else sees them, and they are deleted soon after you leave it.</p>"
        f'<p class="kqa-disclaimer">{text_of(wording.DISCLAIMER)}</p>'
        '<div id="kqa-said" class="kqa-sr" role="status" aria-live="polite"></div>'
        "</header>"
    )


def render_upload() -> str:
    """The field for files, and where it is said what becomes of them."""
    return (
        '<section class="kqa-part" aria-labelledby="kqa-files-title">'
        '<h2 id="kqa-files-title">Your files</h2>'
        '<label class="kqa-field kqa-drop" for="kqa-file"><span class="kqa-label">'
        "Add files</span>"
        '<input id="kqa-file" type="file" multiple aria-describedby="kqa-file-help" '
        f'data-limit="{UPLOAD_BYTES}"></label>'
        '<p class="kqa-soft" id="kqa-file-help">A test set (<code>.jsonl</code>, '
        "<code>.csv</code>), a public set in BEIR’s layout (<code>.zip</code>), or TREC files: "
        "runs and judgements (qrels). "
        f"{UPLOAD_BYTES // 2**20} MiB at most each.</p>"
        '<div id="kqa-coming"></div>'
        "</section>"
    )


def render_files(files: Iterable[Held]) -> str:
    """What was uploaded, what each was taken for, and what is weak about it."""
    own = [held for held in files if not held.shipped]
    if not own:
        return ""
    rows = "".join(_file_row(held) for held in own)
    return (
        '<div class="kqa-scroll" role="region" aria-label="Your files" tabindex="0">'
        '<table class="kqa-table"><thead><tr><th scope="col">File</th><th scope="col">Taken for'
        '</th><th scope="col">Holds</th><th scope="col"><span class="kqa-sr">Remove</span></th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _file_row(held: Held) -> str:
    parts = ", ".join(f"{count:,} in {split}" for split, count in held.splits)
    counts = _many(held.count, "question") + (f": {parts}" if parts else "")
    counts = parts if held.kind is Kind.BEIR else counts
    said = "".join(f'<span class="kqa-meta">{text_of(each)}</span>' for each in held.said)
    weak = ""
    if held.weak:
        items = "".join(f"<li>{text_of(each)}</li>" for each in held.weak[:_WEAK_SHOWN])
        more = len(held.weak) - _WEAK_SHOWN
        items += f"<li>and {more:,} more</li>" if more > 0 else ""
        lead = f"{_many(len(held.weak), 'weak spot')} to look at"
        weak = f'<details class="kqa-context"><summary>{lead}</summary><ul>{items}</ul></details>'
    return (
        f'<tr><th scope="row" dir="auto">{text_of(held.name)}</th>'
        f"<td>{text_of(held.kind.value)}</td><td>{text_of(counts)}{said}{weak}</td>"
        f'<td><button type="button" class="kqa-quiet" data-do="remove" data-key="{held.key}">'
        f'Remove<span class="kqa-sr"> {text_of(held.name)}</span></button></td></tr>'
    )


def render_choices(bench: Bench) -> str:
    """The form: which questions, which system, how many quotes; start and stop.

    ``data-bench`` is the page's token: the script puts it into the page's address, so that
    a reload finds its way back.
    """
    sets = [held for held in bench.files.values() if held.kind in (Kind.TESTSET, Kind.BEIR)]
    runs = [held for held in bench.files.values() if held.kind is Kind.RUN]
    chosen = bench.choice
    questions = "".join(_set_options(held, chosen.get("questions", "")) for held in sets)
    systems = "".join(
        _option(name, label, chosen.get("system", "full")) for name, label in SYSTEMS.items()
    )
    if runs:
        options = "".join(
            _option(f"run:{held.key}", held.name, chosen.get("system", "")) for held in runs
        )
        systems += f'<optgroup label="Your TREC runs">{options}</optgroup>'
    k = chosen.get("k", "3")
    return (
        f'<form class="kqa-form" data-bench="{bench.token}" data-now="change" '
        'aria-labelledby="kqa-choose-title">'
        '<h2 id="kqa-choose-title">Run a test set</h2>'
        '<div class="kqa-fields">'
        f"{_select('questions', 'Questions', questions)}{_select('system', 'System', systems)}"
        '<div class="kqa-field kqa-narrow"><label class="kqa-label" for="kqa-k">Most quotes</label>'
        f'<input id="kqa-k" name="k" type="number" min="1" max="{MOST_QUOTES}" step="1" '
        f'value="{text_of(k)}" required aria-describedby="kqa-k-help"></div></div>'
        '<p class="kqa-soft" id="kqa-k-help">“Most quotes” counts for the system full.</p>'
        '<div class="kqa-buttons"><button type="submit" class="kqa-primary" id="kqa-run">Run'
        '</button><button type="button" class="kqa-quiet" id="kqa-stop" data-do="stop">Stop'
        "</button></div></form>"
    )


def _set_options(held: Held, chosen: str) -> str:
    """All of a test set and each of its parts; of a BEIR set one part at a time."""
    options = ""
    if held.kind is Kind.TESTSET:
        options = _option(f"{held.key}|", f"{held.name}: all {held.count:,}", chosen)
    for split, count in held.splits:
        options += _option(f"{held.key}|{split}", f"{held.name}: {split}, {count:,}", chosen)
    group = "Shipped with kqa" if held.shipped else "Yours"
    return f'<optgroup label="{group}: {text_of(held.name)}">{options}</optgroup>'


def render_progress(job: Job | None, before: int, folder: Path) -> str:
    """How far the evaluation is, in words and as a bar; the script reads ``data-state``.

    ``folder`` is left out of what an error names.
    """
    if job is None:
        return '<div class="kqa-progress" data-state="none"></div>'
    said, announced = _said(job, before, folder), _announced(job, before, folder)
    bar = ""
    if not job.ended:
        share = f' value="{job.done}" max="{job.total}"' if job.total else ""
        bar = f'<progress aria-label="Progress"{share}></progress>'
    tone = " kqa-wrong" if job.state is State.FAILED else ""
    return (
        f'<div class="kqa-progress{tone}" data-state="{job.state.value}" '
        f'data-announce="{text_of(announced)}"><p><strong dir="auto">{text_of(job.name)}</strong>'
        f'<span class="kqa-meta">{text_of(said)}</span></p>{bar}</div>'
    )


def _said(job: Job, before: int, folder: Path) -> str:
    if job.error is not None:
        return str(without_folders(job.error, folder))
    if job.state is State.WAITING:
        return f"Waiting: {_many(before, 'evaluation')} before this one."
    if job.state is State.STOPPED:
        if not job.total:
            return "Stopped. Nothing was kept."
        again = f" Run it again, and it goes on after {job.kept:,}." if job.kept else ""
        return f"Stopped after {job.done:,} of {job.total:,} {_of_what(job.doing)}.{again}"
    if job.state is State.DONE:
        return f"Done: {job.total:,} questions. The figures are below."
    if job.stopping:
        return "Stopping after what is under way…"
    if job.doing == "questions" and job.done == job.total:
        return "Working out figures and intervals…"
    if not job.total:
        return "Opening index, models and questions…"
    left = job.seconds_left
    ahead = "" if left is None else f", about {_time(left)} left"
    return f"{job.done:,} of {job.total:,} {_of_what(job.doing)}{ahead}"


def _announced(job: Job, before: int, folder: Path) -> str:
    """What is read aloud: less often than what is seen changes."""
    if job.state is not State.RUNNING or not job.total or job.done == job.total:
        return _said(job, before, folder)
    return f"{10 * (10 * job.done // job.total)} percent of {_of_what(job.doing)}"


def _of_what(doing: str) -> str:
    return "documents embedded" if doing == "embedding" else "questions"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5, round(seconds / 5) * 5)} seconds"
    return f"{round(seconds / 60)} minutes"


def render_comparing() -> str:
    """Stands there while two rankings are compared."""
    said = "Comparing, question by question…"
    return (
        f'<div class="kqa-progress" data-state="none" data-announce="{said}"><p>{said}</p>'
        '<progress aria-label="Progress"></progress></div>'
    )


def render_error(error: KqaError) -> str:
    """An error in words: what, why, and what to do."""
    return (
        '<div class="kqa-progress kqa-wrong" role="alert" data-state="none"><p>'
        f'<strong dir="auto">{text_of(error.what)}</strong>'
        f'<span class="kqa-meta">{text_of(error.reason)}. {text_of(error.remedy)}</span></p></div>'
    )


def render_choice_form(
    bench_rankings: Sequence[tuple[str, str]],
    judges: Sequence[tuple[str, str]],
    chosen: Mapping[str, str],
) -> str:
    """The form that sets two rankings beside each other; nothing while there are not two."""
    title = '<h2 id="kqa-compare-title">Compare two</h2>'
    if len(bench_rankings) < 2 or not judges:
        return (
            f'<section class="kqa-form" aria-labelledby="kqa-compare-title">{title}'
            '<p class="kqa-soft">Run two systems over the same questions, or add TREC runs with '
            "their judgements, and compare them here with a paired test.</p></section>"
        )
    last, before = bench_rankings[-1][0], bench_rankings[-2][0]
    a, b = chosen.get("a", before), chosen.get("b", last)
    judge = chosen.get("judge", judges[0][0])
    return (
        f'<form class="kqa-form" aria-labelledby="kqa-compare-title">{title}'
        '<div class="kqa-fields">'
        f"{_select('a', 'A, the one before', _options(bench_rankings, a))}"
        f"{_select('b', 'B, the new one', _options(bench_rankings, b))}"
        f"{_select('judge', 'Judged by', _options(judges, judge))}</div>"
        '<div class="kqa-buttons"><button type="submit" class="kqa-primary">Compare</button></div>'
        "</form>"
    )


def _options(pairs: Iterable[tuple[str, str]], chosen: str) -> str:
    return "".join(_option(value, label, chosen) for value, label in pairs)


def _option(value: str, label: str, chosen: str) -> str:
    selected = " selected" if value == chosen else ""
    return f'<option value="{text_of(value)}"{selected}>{text_of(label)}</option>'


def _select(name: str, label: str, options: str) -> str:
    return (
        f'<div class="kqa-field"><label class="kqa-label" for="kqa-{name}">{label}</label>'
        f'<select id="kqa-{name}" name="{name}">{options}</select></div>'
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
