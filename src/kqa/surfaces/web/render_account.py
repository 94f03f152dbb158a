"""Who is signed in, and the ways between the pages, as markup for the pages that need it.

Links lead on under any prefix: they are relative to a page of kqa's own.
"""

from __future__ import annotations

from kqa import wording
from kqa.surfaces.users import NOBODY
from kqa.surfaces.web.markup import text_of

PAGES = {"chat": "Visitors’ page", "staff": "Staff", "eval": "Evaluation"}


def render_account(page: str, name: str | None) -> str:
    """The ways to the other pages than ``page`` and, once it is known, who is signed in."""
    others = {path: title for path, title in PAGES.items() if path != page}
    ways = "".join(f'<a href="../{path}/">{text_of(title)}</a>' for path, title in others.items())
    who = f"<strong>{text_of(name)}</strong>" if name else ""
    if name and name != NOBODY:
        who += f' · <a href="../sign-out">{text_of(wording.SIGN_OUT)}</a>'
    signed_in = f"<span>Signed in as {who}</span>" if who else ""
    return f'<nav class="kqa-account" aria-label="Pages">{ways}{signed_in}</nav>'
