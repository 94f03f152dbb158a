"""Writes the parts of the documentation that are taken from the code.

    python docs/generate.py            # write them
    python docs/generate.py --check    # write nothing; end with 1 if one is out of date

Owns ``settings.md`` and ``cli.md`` whole and, between its two marks, the table of
files in ``architecture.md``. All other pages are written by hand.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from kqa.index.encoder import HashingEncoder
from kqa.index.fingerprint import fingerprint_inputs
from kqa.settings import ENV_PREFIX, Settings
from kqa.surfaces.cli import cli

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "src" / "kqa"
WIDTH = 88
BY_HAND = "<!-- Written by docs/generate.py: do not edit. -->"
FILES_BEGIN, FILES_END = "<!-- generated:files -->", "<!-- /generated:files -->"


def main() -> None:
    """Writes or checks every generated page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 on drift")
    check = parser.parse_args().check
    drifted = {name: text for name, text in pages().items() if _written(name) != text}
    for name, text in drifted.items():
        if check:
            print(f"docs/{name} is out of date. Run: python docs/generate.py", file=sys.stderr)
        else:
            (DOCS / name).write_text(text, "utf-8")
            print(f"wrote docs/{name}")
    sys.exit(1 if check and drifted else 0)


def pages() -> dict[str, str]:
    """Every generated page by file name, as it should read."""
    return {
        "settings.md": settings_page(),
        "cli.md": cli_page(),
        "architecture.md": architecture_page(),
    }


def _written(name: str) -> str | None:
    file = DOCS / name
    return file.read_text("utf-8") if file.exists() else None


# --- settings -------------------------------------------------------------------------


def settings_page() -> str:
    """One row a setting: name, values, default, variable, meaning."""
    rows = "\n".join(_setting_row(name, field) for name, field in Settings.model_fields.items())
    return f"""# Settings
{BY_HAND}

Every setting may stand in a file `kqa.toml` in the folder that kqa is started in, or in the
environment. The first of these that names a setting decides: an option on the command line, the
environment, `kqa.toml`, the default. `{ENV_PREFIX}CONFIG` names another file instead of `kqa.toml`.
An unknown name in the file is refused; one in the environment is ignored. Relative paths start
from the folder that kqa is started in. `kqa doctor` shows every setting in force.

```toml
# kqa.toml
title = "Questions about ketamine therapy"
contact_name = "Example Clinic"
contact_telephone = "555 0100"
contact_link = "https://clinic.example/contact"
```

| setting | values | default | environment | meaning | after a change |
|---|---|---|---|---|---|
{rows}

**After a change:** "index" means that the setting is part of the index's fingerprint: run
`kqa index`, then start the server again. "restart" means that the server need only be started
again.

The values from `passage_chars` to `dense_share` were chosen by the measurements in
[evaluation.md](evaluation.md), together with the fitted weights of ranking and confidence. Change
one and these have to be fitted again, as [operations.md](operations.md#another-encoder) says for
another encoder. There are fitted weights for either value of `ways_of_asking`, and for `reader`
set to `default` and to `none`.
"""


def _setting_row(name: str, field: FieldInfo) -> str:
    meaning = field.description
    default = "not set" if field.default in (None, "") else f"`{_shown(field.default)}`"
    shapes = name in fingerprint_inputs((), "", HashingEncoder(), Settings.model_construct())
    after = "" if name == "index" else "index" if shapes or name == "corpus" else "restart"
    return (
        f"| `{name}` | {_values(field)} | {default} | `{ENV_PREFIX}{name.upper()}` | {meaning} "
        f"| {after or 'restart'} |"
    )


def _shown(value: object) -> str:
    return value.as_posix() if isinstance(value, Path) else str(value)


def _values(field: FieldInfo) -> str:
    """What a setting may be, in words: its type and its limits."""
    limits: dict[str, Any] = {}
    for limit in field.metadata:
        for name in ("ge", "le", "min_length", "max_length", "pattern"):
            if getattr(limit, name, None) is not None:
                limits[name] = getattr(limit, name)
    kind = _kind(field.annotation)
    if "ge" in limits and "le" in limits:
        return f"{kind}, {limits['ge']:g} to {limits['le']:g}"
    if "max_length" in limits:
        return f"{kind} of {limits.get('min_length', 0)} to {limits['max_length']} characters"
    return "web address" if "http" in limits.get("pattern", "") else kind


def _kind(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    known = {
        **{int: "whole number", float: "number", str: "text", Path: "path", bool: "yes or no"},
        SecretStr: "text, shown nowhere",
    }
    inner = [each for each in get_args(annotation) or (annotation,) if each is not type(None)]
    return next(known[each] for each in inner if isinstance(each, type))


# --- command line ---------------------------------------------------------------------


def cli_page() -> str:
    """The help of every command, as the terminal shows it."""
    parts = [
        f"""# Command line
{BY_HAND}

`kqa COMMAND --help` prints what stands here. Exit codes and errors are explained in
[operations.md](operations.md#errors).
""",
        _help_section("kqa", cli),
    ]
    for name, command in sorted(cli.commands.items()):
        parts.append(_help_section(f"kqa {name}", command))
        below = command.commands if isinstance(command, click.Group) else {}
        parts += [_help_section(f"kqa {name} {each}", below[each]) for each in sorted(below)]
    return "\n".join(parts)


def _help_section(name: str, command: click.Command) -> str:
    context = command.context_class(
        command,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    return f"## {name}\n```text\n{command.get_help(context)}\n```\n"


# --- files ----------------------------------------------------------------------------


def architecture_page() -> str:
    """The page as it stands, with the table of files between its marks made anew."""
    text = (DOCS / "architecture.md").read_text("utf-8")
    before, rest = text.split(FILES_BEGIN)
    _, after = rest.split(FILES_END)
    return f"{before}{FILES_BEGIN}\n{files_table()}\n{FILES_END}{after}"


def files_table() -> str:
    """One row a Python file: what its docstring opens with, and what of kqa it imports."""
    rows = ["| file | what it is | imports of kqa |", "|---|---|---|"]
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        imported = sorted(_imports(tree))
        if file.name == "__init__.py" and not imported:
            continue
        first = (ast.get_docstring(tree) or "").split("\n\n")[0]
        purpose = " ".join(first.split()).replace("``", "`").replace("|", "\\|")
        names = ", ".join(f"`{name}`" for name in imported) or "nothing"
        rows.append(f"| `{file.relative_to(PACKAGE).as_posix()}` | {purpose} | {names} |")
    return "\n".join(rows)


def _imports(tree: ast.Module) -> set[str]:
    """The modules of kqa that a file imports when it runs, late ones included."""
    found: set[str] = set()
    for node in _run(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("kqa"):
            continue
        inside = (node.module or "").removeprefix("kqa").lstrip(".")
        for name in (alias.name for alias in node.names):
            path = PACKAGE / inside.replace(".", "/") / f"{name}.py"
            found.add(f"{inside}.{name}".lstrip(".") if path.exists() else inside)
    return found


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below, but for what only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _run(child)


if __name__ == "__main__":
    main()
