"""What is done on the evaluator's page: choose, run, watch, look into it, compare.

Owns the page's parts and what each event does with them. Makes no markup of its own: the
``render`` files do. What comes from the browser is checked by ``evaluator_work`` and
``evaluator_view``; files come and go by ``evaluator_routes``.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from kqa.answer.assistant import Assistant
from kqa.errors import InputError, KqaError, OwnFault
from kqa.surfaces.http import log_fault
from kqa.surfaces.web import evaluator_work as work
from kqa.surfaces.web import render_evaluator as render
from kqa.surfaces.web import render_results as results
from kqa.surfaces.web.evaluator_bench import Bench, Benches, Held, Kind
from kqa.surfaces.web.evaluator_files import shipped_files, take_out, without_folders
from kqa.surfaces.web.evaluator_jobs import Desk
from kqa.surfaces.web.evaluator_parts import part, sent
from kqa.surfaces.web.evaluator_view import View
from kqa.surfaces.web.mount import name_of
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.render_comparison import render_comparison

CONCURRENT = 8
WATCHING = 64
"""Events that are dealt with at once, and pages that may watch a run."""

_TICK = 0.4
Shown = dict[Any, Any]
"""What an event sets: a value by component."""


class Evaluator:
    """The components of one page and what is done with them."""

    def __init__(self, title: str, assistant: Callable[[], Assistant], benches: Benches) -> None:
        self._title, self._assistant, self._benches = title, assistant, benches
        self._desk = Desk()
        self._fitting: dict[str, list[Held]] = {}

    def build(self) -> gr.Blocks:
        """Lays the page out and ties its events."""
        page = gr.Blocks(analytics_enabled=False, title="Evaluation", fill_width=True)
        with page:
            self.token, self.view = gr.State(""), gr.State(View())
            self.intro = part(render.render_intro(self._title, ""), "kqa-eval-top", None)
            self.upload = part(render.render_upload(), "kqa-eval-upload", "evaluator_upload.js")
            self.files = part("", "kqa-eval-files")
            self.choices = part("", "kqa-eval-choices")
            self.progress = part("", "kqa-eval-progress", None)
            self.runs = part("", "kqa-eval-runs")
            self.figures = part("", "kqa-eval-figures", None)
            self.filter = part("", "kqa-eval-filter")
            self.questions = part("", "kqa-eval-questions")
            self.compare = part("", "kqa-eval-compare")
            self.compared = part("", "kqa-eval-compared", None)
            self._tie(page)
        page.queue(api_open=False, max_size=WATCHING, default_concurrency_limit=CONCURRENT)
        return page

    def _tie(self, page: gr.Blocks) -> None:
        """Ties events to parts. Each names only the parts that it draws: Gradio draws a part
        anew that an event names, and who is at work in it would lose their place."""
        every = [value for value in vars(self).values() if isinstance(value, gr.HTML | gr.State)]
        table = [self.view, self.questions, self.progress]
        shown = [self.runs, self.figures, self.filter, *table]
        files = [self.files, self.choices, self.compare, self.progress]
        calm = self._calm

        def tied(outputs: list[Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
            quiet = {"show_progress": "hidden", "api_visibility": "private", **more}
            return {"inputs": [self.token, self.view], "outputs": outputs, **quiet}

        # The one before may not have seen its end yet: several may watch.
        watch = tied([self.progress], concurrency_limit=WATCHING, trigger_mode="multiple")
        ended = tied([*shown, self.compare], trigger_mode="multiple")
        begun = page.load(self.enter, **{**tied(every), "inputs": None})
        begun.then(self.watch, **watch).then(calm(self.ended), **ended)
        page.unload(self.leave)
        self.upload.upload(calm(self.added), **tied(files, trigger_mode="multiple"))
        self.files.click(calm(self.removed), **tied(files))
        self.choices.input(calm(self.chosen), **tied([self.progress], trigger_mode="always_last"))
        begun = self.choices.submit(calm(self.start), **tied([self.progress]))
        begun.then(self.watch, **watch).then(calm(self.ended), **ended)
        self.choices.click(calm(self.stop), **tied([self.progress]))
        self.runs.click(calm(self.show), **tied(shown))
        self.filter.input(calm(self.narrowed), **tied(table, trigger_mode="always_last"))
        self.questions.click(calm(self.turned), **tied(table))
        self.compare.submit(self.set_beside, **tied([self.compared]))

    def _calm(self, event: Callable[..., Shown]) -> Callable[..., Shown]:
        """The event, or its error in words where the page says how things stand."""

        @functools.wraps(event)
        def calmly(*given: Any) -> Shown:  # noqa: ANN401
            try:
                return event(*given)
            except KqaError as error:
                return {self.progress: render.render_error(error)}
            except Exception as error:
                log_fault(error)
                fault = OwnFault("this page", "an unforeseen error", "Please report it.")
                return {self.progress: render.render_error(fault)}

        return calmly

    # --- coming and going -----------------------------------------------------------------

    def enter(self, request: gr.Request) -> Shown:
        """A page is opened, or opened again under the token in its address."""
        token = str(dict(request.query_params).get("bench", ""))
        bench = self._benches.enter(name_of(request), token, str(request.session_hash))
        index = self._index_said()
        if not any(held.shipped for held in bench.files.values()):
            shipped = {held.key: held for held in self._shipped()}
            bench.files = {**shipped, **bench.files}
        view = View(run=next(reversed(bench.runs), ""))
        intro = render.render_intro(self._title, index, name_of(request))
        top = {self.token: bench.token, self.intro: intro}
        return {**top, **self._all(bench, view)}

    def leave(self, request: gr.Request) -> None:
        """The browser has gone."""
        self._benches.leave(str(request.session_hash))

    def _index_said(self) -> str:
        try:
            stored, _ = self._assistant().opened()
        except KqaError as error:
            return f"There is no index to measure: {error}"
        manifest = stored.manifest
        counts = f"{manifest.counts['articles']:,} articles, {manifest.counts['passages']:,}"
        return f"Measured is index {manifest.fingerprint[:12]}: {counts} passages."

    def _shipped(self) -> list[Held]:
        """The shipped sets that fit the index, read once an index."""
        try:
            fingerprint = self._assistant().opened()[0].manifest.fingerprint
        except KqaError:
            return []
        if fingerprint not in self._fitting:
            self._fitting = {fingerprint: shipped_files(self._assistant())}
        return self._fitting[fingerprint]

    # --- files ------------------------------------------------------------------------------

    def added(self, token: str, view: View, request: gr.Request, event: gr.EventData) -> Shown:
        """A file has come by the upload route; a test set is chosen at once."""
        bench = self._benches.of(token, name_of(request))
        held = bench.files.get(sent(event).get("key", ""))
        if held is not None and held.kind in (Kind.TESTSET, Kind.BEIR):
            split = "" if held.kind is Kind.TESTSET else held.splits[0][0]
            bench.choice["questions"] = f"{held.key}|{split}"
        return self._files(bench)

    def removed(self, token: str, view: View, request: gr.Request, event: gr.EventData) -> Shown:
        """A file is not wanted any more."""
        bench = self._benches.of(token, name_of(request))
        take_out(bench, sent(event).get("key", ""))
        return self._files(bench)

    # --- running ----------------------------------------------------------------------------

    def chosen(self, token: str, view: View, request: gr.Request, event: gr.EventData) -> Shown:
        """A choice has changed: it is remembered, for the form is drawn anew at times."""
        bench = self._benches.of(token, name_of(request))
        self._remember(bench, sent(event))
        return {self.progress: gr.skip()}

    def start(self, token: str, view: View, request: gr.Request, event: gr.EventData) -> Shown:
        """An evaluation is asked for: it runs, or waits its turn."""
        bench = self._benches.of(token, name_of(request))
        if bench.busy:
            return {self.progress: self._progress(bench)}
        self._remember(bench, sent(event))
        try:
            bench.job = work.job_of(bench, bench.choice, self._assistant())
            self._desk.take(bench.job)
        except KqaError as error:
            bench.job = None
            return {self.progress: render.render_error(without_folders(error, bench.folder))}
        return {self.progress: self._progress(bench)}

    def stop(self, token: str, view: View, request: gr.Request) -> Shown:
        """What waits or runs on this page is to end."""
        bench = self._benches.of(token, name_of(request))
        if bench.job is not None:
            self._desk.stop(bench.job)
        return {self.progress: self._progress(bench)}

    async def watch(self, token: str, view: View, request: gr.Request) -> AsyncIterator[Any]:
        """Tells how far the evaluation is, until it ends."""
        try:
            bench = self._benches.of(token, name_of(request))
        except InputError:  # the page says so at the next thing that is done on it
            bench = None
        told = ""
        while bench is not None and not bench.closed:
            busy, now = bench.busy, self._progress(bench)
            yield now if now != told else gr.skip()
            told = now
            if not busy:
                return
            bench.touched = self._benches.now()
            await asyncio.sleep(_TICK)
        yield gr.skip()

    def ended(self, token: str, view: View, request: gr.Request) -> Shown:
        """The evaluation has ended: what came of it is shown."""
        bench = self._benches.of(token, name_of(request))
        run = bench.job.run if bench.job is not None else None
        if run is None or run not in bench.runs:
            return {self.progress: self._progress(bench)}
        return self._done(bench, View(run=run))

    # --- looking ----------------------------------------------------------------------------

    def show(self, token: str, view: View, request: gr.Request, event: gr.EventData) -> Shown:
        """Another run is looked at."""
        bench = self._benches.of(token, name_of(request))
        id = sent(event).get("run", "")
        return self._results(bench, View(run=id) if id in bench.runs else view)

    def narrowed(self, token: str, view: View, request: gr.Request, event: gr.EventData) -> Shown:
        """The filter has changed."""
        return self._table(token, view.filtered(sent(event)), request)

    def turned(self, token: str, view: View, request: gr.Request, event: gr.EventData) -> Shown:
        """Another page of the table is looked at."""
        return self._table(token, view.turned(sent(event).get("page")), request)

    def set_beside(
        self, token: str, view: View, request: gr.Request, event: gr.EventData
    ) -> Iterator[Shown]:
        """Two rankings are compared: first that it is done, then what came of it."""
        yield {self.compared: render.render_comparing()}
        folder = Path("/")
        try:
            bench = self._benches.of(token, name_of(request))
            folder = bench.folder
            found, a, b = work.compare(bench, sent(event), self._assistant())
            yield {self.compared: render_comparison(found, a, b)}
        except KqaError as error:
            yield {self.compared: render.render_error(without_folders(error, folder))}
        except Exception as error:
            log_fault(error)
            fault = OwnFault("comparison", "an unforeseen error", "Please report it.")
            yield {self.compared: render.render_error(fault)}

    # --- what is shown ----------------------------------------------------------------------

    def _all(self, bench: Bench, view: View) -> Shown:
        return {**self._files(bench), **self._done(bench, view)}

    def _done(self, bench: Bench, view: View) -> Shown:
        """What a run that has ended changes; the form of choices stays as it is."""
        shown = {**self._results(bench, view), self.compare: self._compare_form(bench)}
        return {**shown, self.progress: self._progress(bench)}

    def _files(self, bench: Bench) -> Shown:
        files = [*bench.files.values()]
        return {
            self.files: render.render_files(files),
            self.choices: render.render_choices(bench),
            self.compare: self._compare_form(bench),
        }

    def _results(self, bench: Bench, view: View) -> Shown:
        run = bench.runs.get(view.run)
        return {
            self.view: view,
            self.runs: results.render_runs(bench.runs.values(), view.run),
            self.figures: results.render_figures(run) if run else "",
            self.filter: results.render_filter(run, view) if run else "",
            self.questions: results.render_questions(run, view) if run else "",
        }

    def _table(self, token: str, view: View, request: gr.Request) -> Shown:
        run = self._benches.of(token, name_of(request)).runs.get(view.run)
        shown = results.render_questions(run, view) if run else ""
        return {self.view: view, self.questions: shown}

    def _compare_form(self, bench: Bench) -> str:
        return render.render_choice_form(work.rankings(bench), work.judges(bench), {})

    def _progress(self, bench: Bench) -> str:
        job = bench.job
        return render.render_progress(job, self._desk.before(job) if job else 0, bench.folder)

    def _remember(self, bench: Bench, sent: dict[str, str]) -> None:
        bench.choice.update({name: sent[name][:200] for name in work.FIELDS if name in sent})
