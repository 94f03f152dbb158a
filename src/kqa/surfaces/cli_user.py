"""The command ``kqa user``: a name and a hashed password for those who sign in.

Owns asking for the password and writing the owner's file; ``users`` owns hashing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from kqa.errors import InputError, Unreachable
from kqa.settings import load_settings
from kqa.surfaces.users import SHORTEST, check_name, hash_password


@click.command("user")
@click.argument("name")
@click.option("--add", is_flag=True, help="Write the line to the file of the setting users_file.")
@click.option("--remove", is_flag=True, help="Take NAME out of that file instead.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Another file than that of the setting users_file.",
)
def user(name: str, add: bool, remove: bool, file: Path | None) -> int:
    """Print the line by which NAME may sign in, or write it.

    The password is asked for twice and shown nowhere; piped in, its first line is taken.
    A new password, like --remove, ends the sessions of NAME.

    \b
    Example: kqa user anna --add --file users.txt
    """
    kept = check_name(name)
    if add and remove:
        raise click.UsageError("--add and --remove exclude each other.")
    target = file or load_settings().users_file
    if (add or remove) and target is None:
        raise click.UsageError("Name a --file, or set users_file.")
    if remove and target is not None:
        if not _rewrite(target, kept, None):
            raise InputError(f"name {kept}", f"it does not stand in {target}", "Look there.")
        click.echo(f"{kept} can no longer sign in.", err=True)
        return 0
    line = f"{kept}:{hash_password(_password(kept))}"
    if add and target is not None:
        _rewrite(target, kept, line)
        click.echo(f"{kept} may sign in, by {target}.", err=True)
    else:
        click.echo(line)
    return 0


def _password(name: str) -> str:
    """What is typed twice, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked = f"Password for {name} ({SHORTEST} characters or more)"
    typed: str = click.prompt(asked, hide_input=True, confirmation_prompt="Once more", err=True)
    return typed


def _rewrite(file: Path, name: str, line: str | None) -> bool:
    """Replace the line of ``name``, or leave it out; whether there was one.

    Written beside and renamed, readable for its owner alone.

    Raises:
        Unreachable: if the file cannot be read or written.
    """
    try:
        before = file.read_text("utf-8").splitlines() if file.exists() else []
        kept = [each for each in before if each.partition(":")[0].strip().lower() != name]
        after = kept if line is None else [*kept, line]
        made, written = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(made, "w", encoding="utf-8") as out:
            out.writelines(f"{each}\n" for each in after)
            out.flush()
            os.fsync(out.fileno())
        Path(written).replace(file)
    except OSError as error:
        reason = f"it cannot be written ({error.strerror})"
        raise Unreachable(str(file), reason, "Check its permissions.") from error
    return len(kept) < len(before)
