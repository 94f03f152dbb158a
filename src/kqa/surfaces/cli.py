"""The command line: parses, calls a stage's public functions, prints.

Owns options, exit codes and progress bars. Everything heavy is imported by the
command that needs it, so that ``kqa --help`` and a crisis card come at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kqa import wording
from kqa.errors import InputError, KqaError, OwnFault
from kqa.settings import Settings, load_settings
from kqa.surfaces.cli_check import doctor, lint, verify
from kqa.surfaces.cli_evaluate import check_command, compare, eval_command
from kqa.surfaces.cli_staff import add, verdicts
from kqa.surfaces.cli_user import user
from kqa.surfaces.options import corpus_option, index_option, json_option, print_json

if TYPE_CHECKING:
    from kqa.index.build import BuildReport


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line; every way out has the contract's exit code.

    Args:
        arguments: instead of those that the program was called with.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = cli.main(words, standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        _end(InputError("usage", error.format_message(), "See --help.", code="usage"), words)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except KqaError as error:
        click.echo(f"Error: {error}", err=True)
        _end(error, words)
    except Exception as error:
        fault = OwnFault(f"kqa {' '.join(words[:1])}", repr(error), "Please report this.")
        click.echo(f"Error: {fault}", err=True)
        _end(fault, words)
    sys.exit(code if isinstance(code, int) else 0)


def _end(error: KqaError, words: Sequence[str]) -> NoReturn:
    """The disclaimer on stderr and, where JSON was asked for, the error on stdout."""
    if "--json" in words:
        print_json(error_dict(error))
    click.echo(wording.DISCLAIMER, err=True)
    sys.exit(error.exit_code)


def error_dict(error: KqaError) -> dict[str, Any]:
    """The JSON form of an error, with the disclaimer."""
    return {
        "error": {"code": error.code, "message": str(error)},
        "disclaimer": wording.DISCLAIMER,
    }


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kqa")
def cli() -> None:
    """Answers questions with sentences quoted letter for letter from your articles.

    \b
    Exit codes: 0 done; 1 a check found something; 2 wrong usage or bad input;
    3 index missing, stale or corrupt; 4 a file could not be reached; 70 our own fault.

    \b
    Example: kqa index && kqa ask "When was ketamine first synthesized?"
    """


@cli.command("index")
@corpus_option
@index_option
@json_option
def index_command(corpus: Path | None, index: Path | None, as_json: bool) -> int:
    """Read the articles and build or refresh the index.

    Only what changed is embedded again. An article that cannot be read is named and
    left out, the rest is published, and the exit code is 2.

    \b
    Example: kqa index --corpus my-articles --index my-index
    """
    report = _build(load_settings(corpus=corpus, index=index))
    if as_json:
        print_json(_report_dict(report))
    else:
        _print_report(report)
    return 2 if report.left_out else 0


def _build(settings: Settings) -> BuildReport:
    from tqdm import tqdm

    from kqa.corpus import asked
    from kqa.corpus.read import read_corpus
    from kqa.index.build import build_index
    from kqa.index.encoder import make_encoder
    from kqa.index.fingerprint import corpus_folder

    corpus = read_corpus(corpus_folder(settings))
    for error in corpus.left_out:
        click.echo(f"Left out: {error}", err=True)
    with tqdm(desc="embedding", unit="text", disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        encoder = make_encoder(settings.encoder)
        report = build_index(corpus, encoder, settings, settings.index, show)
    for pin, fault in report.lost:
        click.echo(f"Left out of {asked.FILE}: {pin}: {fault.value}.", err=True)
    return report


def _report_dict(report: BuildReport) -> dict[str, Any]:
    return {
        "fingerprint": report.fingerprint,
        **report.counts,
        "embedded": report.embedded,
        "reused": report.reused,
        "unchanged": report.unchanged,
        "left_out": [error_dict(error)["error"] for error in report.left_out],
        "lost": [
            {"article": pin.article, "quote": pin.quote, "reason": fault.value}
            for pin, fault in report.lost
        ],
    }


def _print_report(report: BuildReport) -> None:
    counts = report.counts
    state = "already current" if report.unchanged else "published"
    click.echo(
        f"{counts['articles']} articles, {counts['passages']} passages, "
        f"{counts['sentences']} sentences that may be quoted."
    )
    if counts["ways"] or counts["disagreements"]:
        click.echo(
            f"{counts['ways']} ways of asking, {counts['disagreements']} known disagreements."
        )
    click.echo(f"{report.embedded} texts embedded, {report.reused} reused.")
    if counts["cut"]:
        click.echo(f"{counts['cut']} passages are longer than the encoder reads: cut there.")
    click.echo(f"Index {report.fingerprint} {state}.")


@cli.command()
@click.argument("question", required=False)
@click.option("--k", default=3, show_default=True, help="Most quotes in the answer, 1 to 10.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    help='Instead of QUESTION: a file with one {"id", "question"} a line.',
)
@click.option("--out", type=click.Path(path_type=Path), help="Where the answers of --batch go.")
@index_option
@json_option
def ask(
    question: str | None,
    k: int,
    batch: Path | None,
    out: Path | None,
    index: Path | None,
    as_json: bool,
) -> int:
    """Answer QUESTION with quotes, or each question of a file.

    \b
    Example: kqa ask "How long does a session take?" --json
    Example: kqa ask --batch questions.jsonl --out answers.jsonl
    """
    from kqa.answer.assistant import Assistant
    from kqa.surfaces.batch import answer_batch
    from kqa.surfaces.text import answer_text

    if (question is None) == (batch is None):
        raise click.UsageError('Give either a QUESTION or --batch FILE. Try: kqa ask "..."')
    if (batch is None) != (out is None):
        raise click.UsageError("--batch and --out belong together.")
    assistant = Assistant(load_settings(index=index))
    if batch is not None and out is not None:
        answered, refused = answer_batch(assistant, batch, out, k)
        click.echo(f"{answered} answers and {refused} errors in {out}.", err=True)
        return 0
    answer = assistant.ask(question or "", k=k)
    if as_json:
        print_json(answer.to_dict())
    else:
        click.echo(answer_text(answer))
    return 0


@cli.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 7860]")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes.  [default: 1]")
@corpus_option
@index_option
def serve(
    host: str | None,
    port: int | None,
    workers: int | None,
    corpus: Path | None,
    index: Path | None,
) -> int:
    """Serve the web pages and the HTTP API.

    The index is built first where it is missing or stale.

    \b
    Example: kqa serve --port 8080
    """
    from kqa.answer.assistant import Assistant
    from kqa.errors import IndexUnusable
    from kqa.surfaces.serve import serve as run
    from kqa.surfaces.workers import serve_workers

    chosen = {"host": host, "port": port, "workers": workers, "corpus": corpus, "index": index}
    settings = load_settings(**chosen)
    assistant = Assistant(settings)
    try:
        assistant.check_current()
    except IndexUnusable as error:
        click.echo(f"Building the index ({error.what}: {error.reason}).", err=True)
        _print_report(_build(settings))
    if settings.workers > 1:
        return serve_workers(settings, settings.host, settings.port)
    run(assistant, settings.host, settings.port)
    return 0


for command in (
    *(verify, lint, doctor, eval_command, compare, check_command),
    *(add, verdicts, user),
):
    cli.add_command(command)

if __name__ == "__main__":
    main()
