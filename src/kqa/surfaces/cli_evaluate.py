"""The commands of evaluation: ``kqa eval``, ``kqa compare``, ``kqa testset``.

Owns their options and usage. Everything heavy is imported by the command that
needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kqa.errors import InputError, Unreachable
from kqa.settings import load_settings
from kqa.surfaces.asked import Asked, judge_of, prepare, read_ranking
from kqa.surfaces.options import corpus_option, index_option, json_option, print_json
from kqa.surfaces.tables import comparison_text, evaluation_text

if TYPE_CHECKING:
    from kqa.evaluate.vectors import Progress

_FILE = click.Path(path_type=Path)


@click.command("eval")
@click.argument("testset", type=_FILE, required=False)
@click.option("--beir", type=_FILE, help="Instead: a folder in BEIR's layout.")
@click.option("--topics", type=_FILE, help="Instead: TREC topics, or id and question by tab.")
@click.option("--qrels", type=_FILE, help="Judgements of --topics, in TREC's form or BEIR's.")
@click.option(
    "--system",
    type=click.Choice(["lexical", "dense", "hybrid", "full"]),
    help="What is measured.  [default: full for a test set, else hybrid]",
)
@click.option("--k", default=3, show_default=True, help="Most quotes in an answer, 1 to 10.")
@click.option("--split", help="Only this part: dev or test.  [default: all; --beir: test]")
@click.option("--run", type=_FILE, help="Write the ranking as a TREC run.")
@click.option("--from-run", type=_FILE, help="Measure this TREC run instead of a system.")
@click.option("--report", type=_FILE, help="Write an HTML report.")
@click.option("--fresh", is_flag=True, help="Forget what a broken-off evaluation has done.")
@index_option
@json_option
def eval_command(
    run: Path | None,
    report: Path | None,
    fresh: bool,
    index: Path | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401
) -> int:
    """Measure how well questions are answered.

    TESTSET is JSON lines or a CSV table of questions with gold quotes; without one, the
    shipped questions are asked. An evaluation that is broken off goes on where it was.

    \b
    Example: kqa eval --split test --report report.html
    Example: kqa eval my-questions.csv --system hybrid --run hybrid.run
    Example: kqa eval --beir scifact --system lexical --json
    """
    from kqa.answer.assistant import Assistant
    from kqa.evaluate.evaluation import evaluate, to_dict

    wanted = Asked(**asked)
    _check_usage(wanted)
    for output in (run, report):
        _check_output(output, wanted.inputs)
    settings = load_settings(index=index)
    with _bars() as progress:
        task, system, said = prepare(wanted, Assistant(settings), progress)
        for warning in said:
            click.echo(f"Note: {warning}.", err=True)
        evaluation = evaluate(task, system, settings.cache, progress=progress, run=run, fresh=fresh)
    if report is not None:
        from kqa.evaluate.report import write_report

        write_report(evaluation, report)
    if as_json:
        print_json(to_dict(evaluation))
    else:
        click.echo(evaluation_text(evaluation))
    return 0


@click.command("compare")
@click.argument("run_a", type=_FILE)
@click.argument("run_b", type=_FILE)
@click.option(
    "--qrels",
    type=_FILE,
    required=True,
    help="Judgements in TREC's form or BEIR's, or a test set (.jsonl, .csv).",
)
@click.option("--measure", "measures", multiple=True, help="A measure, such as nDCG@10; repeats.")
@index_option
@json_option
def compare(
    run_a: Path,
    run_b: Path,
    qrels: Path,
    measures: tuple[str, ...],
    index: Path | None,
    as_json: bool,
) -> int:
    """Compare two TREC runs over the same questions, with a paired test.

    A test set judges documents of the form article:start-end by overlap with its gold; it
    needs the index for its articles. p is of a two-sided randomization test, corrected
    over the measures after Holm.

    \b
    Example: kqa compare lexical.run hybrid.run --qrels scifact/qrels/test.tsv
    """
    from kqa.answer.assistant import Assistant
    from kqa.evaluate.compare import compare_runs
    from kqa.evaluate.measure import MEASURES

    a, b = read_ranking(run_a), read_ranking(run_b)
    judge = judge_of(qrels, (a[1], b[1]), Assistant(load_settings(index=index)))
    found = compare_runs(a, b, judge, measures or MEASURES)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(comparison_text(found, run_a, run_b))
    return 0


@click.command("testset")
@click.argument("testset", type=_FILE)
@corpus_option
@index_option
@json_option
def check_command(testset: Path, corpus: Path | None, index: Path | None, as_json: bool) -> int:
    """Check a test set against the articles; end with 1 if something is wrong.

    \b
    Example: kqa testset my-questions.csv
    """
    from kqa.corpus.read import read_corpus
    from kqa.evaluate.testset import read_testset
    from kqa.evaluate.testset_check import check_testset, describe
    from kqa.index.fingerprint import corpus_folder

    articles = read_corpus(corpus_folder(load_settings(corpus=corpus, index=index))).articles
    read = read_testset(testset, articles)
    problems, kinds = check_testset(read, articles), describe(read)
    if as_json:
        print_json({"questions": len(read.questions), "kinds": kinds, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        for kind, splits in kinds.items():
            click.echo(f"{kind}: {', '.join(f'{n} {split}' for split, n in splits.items())}")
        click.echo(f"{len(read.questions)} questions, {len(problems)} problems.")
    return 1 if problems else 0


def _check_usage(asked: Asked) -> None:
    sources = [asked.testset, asked.beir, asked.topics]
    if sum(source is not None for source in sources) > 1:
        raise click.UsageError("Give one of TESTSET, --beir and --topics. See: kqa eval --help")
    if (asked.topics is None) != (asked.qrels is None):
        raise click.UsageError("--topics and --qrels belong together.")
    if asked.from_run is not None and asked.system is not None:
        raise click.UsageError("Give either --system or --from-run.")
    if asked.topics is not None and asked.split is not None:
        raise click.UsageError("--split is for test sets and --beir.")


def _check_output(path: Path | None, inputs: Sequence[Path]) -> None:
    """Before hours are spent: can it be written, and does it overwrite what is read?"""
    if path is None:
        return
    if any(path.resolve() == given.resolve() for given in inputs):
        raise InputError(str(path), "it is one of the files to be read", "Name another file.")
    if not path.absolute().parent.is_dir():
        raise Unreachable(str(path), "its folder is not there", "Make the folder first.")


@contextmanager
def _bars() -> Iterator[Progress]:
    """A progress bar for each thing that is done; none where stderr is no terminal."""
    from tqdm import tqdm

    bars: dict[str, tqdm[Any]] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in bars:
            bars[what] = tqdm(desc=what, total=total, disable=None, leave=False)
        bars[what].update(done - bars[what].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
