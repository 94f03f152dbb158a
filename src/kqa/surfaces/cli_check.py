"""The commands that check: ``kqa verify``, ``kqa lint``, ``kqa doctor``.

Own their options and what they print; change nothing. Exit code 1 says that a check
found something.
"""

from __future__ import annotations

from pathlib import Path

import click

from kqa.settings import load_settings
from kqa.surfaces.options import corpus_option, index_option, json_option, print_json


@click.command()
@click.argument("text")
@index_option
@json_option
def verify(text: str, index: Path | None, as_json: bool) -> int:
    """Say whether and where an article says TEXT, letter for letter.

    Where none does: the nearest sentence, with the differences marked, and exit code 1.

    \b
    Example: kqa verify "Ketamine was first synthesized in 1962"
    """
    from kqa.answer.assistant import Assistant
    from kqa.surfaces.text import verification_text

    found = Assistant(load_settings(index=index)).verify(text)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(verification_text(found))
    return 0 if found.found else 1


@click.command()
@corpus_option
@click.option("--strict", is_flag=True, help="End with 1 if there is a problem.")
@json_option
def lint(corpus: Path | None, strict: bool, as_json: bool) -> int:
    """Say what was found in the articles and what may be wrong, by file and line.

    Lost lists, page furniture, promotional sentences, doubles, possible disagreements.

    \b
    Example: kqa lint --corpus my-articles --strict
    """
    from dataclasses import asdict

    from kqa.corpus.lint import Severity, overview
    from kqa.corpus.lint import lint as findings_of
    from kqa.corpus.read import read_corpus
    from kqa.index.fingerprint import corpus_folder
    from kqa.staff.state import by_meaning

    settings = load_settings(corpus=corpus)
    read = read_corpus(corpus_folder(settings))
    meaning = by_meaning(settings.index, read)
    findings = findings_of(read, meaning) if meaning else findings_of(read)
    articles = overview(read)
    if meaning is None:
        click.echo("Disagreements are sought by words alone: no index of these articles.", err=True)
    if as_json:
        print_json(
            {
                "articles": [asdict(article) for article in articles],
                "findings": [asdict(finding) for finding in findings],
            }
        )
    else:
        for article in articles:
            click.echo(
                f"{article.file}: {article.sections} sections, {article.sentences} sentences, "
                f"{article.items} list items"
            )
        for finding in findings:
            place = f"{finding.file}:{finding.line}"
            click.echo(f"{place}: {finding.severity} [{finding.code}] {finding.message}")
    problems = any(finding.severity is Severity.PROBLEM for finding in findings)
    return 1 if strict and problems else 0


@click.command()
@index_option
@json_option
def doctor(index: Path | None, as_json: bool) -> int:
    """Check weights, index, articles, versions and folders; show every setting.

    \b
    Example: kqa doctor
    """
    from dataclasses import asdict

    from kqa.surfaces.doctor import examine, settings_report

    settings = load_settings(index=index)
    checks = examine(settings)
    table = settings_report(settings, {"index"} if index else ())
    well = all(check.well for check in checks)
    if as_json:
        rows = [dict(zip(("name", "value", "origin"), row, strict=True)) for row in table]
        print_json({"well": well, "checks": [asdict(check) for check in checks], "settings": rows})
    else:
        for check in checks:
            click.echo(f"{'well   ' if check.well else 'NOT WELL'} {check.name}: {check.found}")
            if check.remedy:
                click.echo(f"         {check.remedy}")
        click.echo("Settings:")
        for name, value, origin in table:
            click.echo(f"  {name} = {value}  ({origin})")
    return 0 if well else 1
