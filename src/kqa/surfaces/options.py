"""Options and output that several commands of the command line share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

index_option = click.option(
    "--index",
    type=click.Path(path_type=Path),
    help="Folder of the index.  [default: the setting index, else ./index]",
)
corpus_option = click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="Folder of the articles.  [default: the setting corpus, else the one the index was "
    "built from, else ./corpus, else the shipped articles]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def print_json(found: Mapping[str, Any]) -> None:
    """One JSON object on stdout."""
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
