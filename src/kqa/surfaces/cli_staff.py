"""The commands for staff: ``kqa add`` and ``kqa verdicts``.

Own their options and what they print; ``kqa.staff`` does the work, as on the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kqa.settings import load_settings
from kqa.surfaces.options import corpus_option, index_option, json_option, print_json

if TYPE_CHECKING:
    from kqa.staff.adding import Preview

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--title", help="Instead of the title that was found.")
@click.option("--publisher", help="Instead of the publisher that was found.")
@click.option("--published", help="Instead of the date that was found, as 2024-06-19.")
@click.option("--url", help="Instead of the address that was found.")
@click.option("--yes", is_flag=True, help="Keep it without asking.")
@corpus_option
@index_option
@json_option
def add(
    file: Path,
    yes: bool,
    corpus: Path | None,
    index: Path | None,
    as_json: bool,
    **given: str | None,
) -> int:
    """Add the article in FILE (.html, .pdf, .txt, .md) to the articles.

    Shows the text that would be quoted and what lint says of it, then asks. Nothing is
    fetched from the web. Run kqa index afterwards.

    \b
    Example: kqa add leaflet.pdf --publisher "Example Clinic"
    """
    from dataclasses import replace

    from kqa.index.fingerprint import corpus_folder
    from kqa.staff.adding import accept, draft_of, preview
    from kqa.staff.extract import read_file

    folder = corpus_folder(load_settings(corpus=corpus, index=index))
    draft = draft_of(file.name, read_file(file))
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    draft = replace(draft, **changes)
    shown = preview(folder, draft)
    if not as_json:
        _print_preview(shown)
    if not yes:
        click.confirm(f"Keep it as {shown.article.file}?", abort=True, err=True)
    kept = accept(folder, draft)
    if as_json:
        print_json(_preview_dict(shown))
    else:
        click.echo(f"Kept as {folder / kept.file}. It is quoted after: kqa index")
    return 0


def _print_preview(shown: Preview) -> None:
    article = shown.article
    for name in ("title", "publisher", "published", "url"):
        click.echo(f"{name}: {getattr(article, name) or '(not known)'}")
    click.echo(f"\n{article.text}")
    click.echo(f"{shown.quotable} sentences and list items of it may be quoted.")
    for finding in shown.findings:
        click.echo(f"line {finding.line}: {finding.severity} [{finding.code}] {finding.message}")


def _preview_dict(shown: Preview) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "article": asdict(shown.article),
        "quotable": shown.quotable,
        "findings": [asdict(finding) for finding in shown.findings],
    }


@click.group()
def verdicts() -> None:
    """What staff approved and flagged on the page /staff.

    \b
    Example: kqa verdicts export staff.jsonl
    """


@verdicts.command("export")
@click.argument("file", type=_FILE)
@index_option
@json_option
def export_command(file: Path, index: Path | None, as_json: bool) -> int:
    """Write the verdicts to FILE as a test set (.jsonl or .csv).

    Approved quotes and better sentences are gold; an approved refusal is a question that
    the articles do not answer. kqa eval measures with it.

    \b
    Example: kqa verdicts export staff.jsonl && kqa eval staff.jsonl
    """
    from kqa.index.store import open_index
    from kqa.staff.database import Database
    from kqa.staff.export import export, write_export
    from kqa.staff.verdicts import Verdicts

    settings = load_settings(index=index)
    kept = Verdicts(Database(settings.database)).all()
    exported = export(kept, open_index(settings.index).articles)
    write_export(exported, file)
    counts = {
        "questions": len(exported.questions),
        "unsettled": exported.unsettled,
        "lost": exported.lost,
    }
    if as_json:
        print_json(counts)
    else:
        click.echo(f"{counts['questions']} questions in {file}.")
        if exported.unsettled:
            click.echo(f"{exported.unsettled} left out: flagged, and no better sentence named.")
        if exported.lost:
            click.echo(f"{exported.lost} left out: their sentence no longer stands.")
    return 0
