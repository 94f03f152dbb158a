"""Markup of the pages for signing in and out, whole documents without a script.

Makes tags from values and escapes every one; decides nothing.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from kqa import wording
from kqa.surfaces.web.markup import text_of

_STYLE = Path(__file__).with_name("sign_in.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode("utf-8")).digest()).decode("ascii")

CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""These pages may do no more than send their form back."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form sends back beside what is typed, and where: ``root`` is a proxy's prefix."""

    root: str
    token: str
    onward: str = ""


def sign_in_page(title: str, form: Form, wrong: str | None = None, name: str = "") -> str:
    """Name and password; ``wrong`` says above them what went wrong before."""
    told = f'<p class="wrong" role="alert" id="wrong">{text_of(wrong)}</p>' if wrong else ""
    described = ' aria-describedby="wrong"' if wrong else ""
    body = (
        f"<h1>{text_of(wording.SIGN_IN)}</h1>"
        f'<p class="lead">{text_of(wording.SIGN_IN_LEAD)}</p>{told}'
        f'<form method="post" action="{text_of(form.root)}/sign-in">{_hidden(form)}'
        f'<label for="name">{text_of(wording.SIGN_IN_NAME)}</label>'
        f'<input id="name" name="name" value="{text_of(name)}" autocomplete="username" '
        f'autocapitalize="none" spellcheck="false" maxlength="64" required{described}>'
        f'<label for="password">{text_of(wording.SIGN_IN_PASSWORD)}</label>'
        '<input id="password" name="password" type="password" '
        f'autocomplete="current-password" maxlength="1000" required{described}>'
        f'<button type="submit">{text_of(wording.SIGN_IN)}</button></form>'
    )
    return _document(title, wording.SIGN_IN, body, form.root, bool(wrong))


def sign_out_page(title: str, form: Form, name: str) -> str:
    """A button that ends the session of ``name``."""
    body = (
        f"<h1>{text_of(wording.SIGN_OUT)}</h1>"
        f"<p>{text_of(wording.SIGNED_IN_AS.format(name=name))}</p>"
        f'<form method="post" action="{text_of(form.root)}/sign-out">{_hidden(form)}'
        f'<button type="submit">{text_of(wording.SIGN_OUT)}</button></form>'
    )
    return _document(title, wording.SIGN_OUT, body, form.root)


def local_only_page(title: str, root: str) -> str:
    """Why the page does not open, and how to change that."""
    steps = "".join(f"<li>{text_of(step)}</li>" for step in wording.LOCAL_ONLY_STEPS)
    body = (
        f"<h1>{text_of(wording.LOCAL_ONLY)}</h1><p>{text_of(wording.LOCAL_ONLY_MORE)}</p>"
        f"<p>{text_of(wording.LOCAL_ONLY_REMEDY)}</p><ol>{steps}</ol>"
    )
    return _document(title, wording.LOCAL_ONLY, body, root)


def _hidden(form: Form) -> str:
    return (
        f'<input type="hidden" name="token" value="{text_of(form.token)}">'
        f'<input type="hidden" name="next" value="{text_of(form.onward)}">'
    )


def _document(title: str, heading: str, body: str, root: str, wrong: bool = False) -> str:
    error = "Error: " if wrong else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{error}{text_of(heading)} – {text_of(title)}</title>"
        f'<link rel="icon" href="{text_of(root)}/favicon.ico">'
        f"<style>{_STYLE}</style></head><body><main>"
        f'<p class="site">{text_of(title)}</p><div class="card">{body}</div>'
        f'<p class="elsewhere"><a href="{text_of(root)}/chat/">'
        f"{text_of(wording.TO_THE_PUBLIC_PAGE)}</a></p>"
        f'<p class="disclaimer">{text_of(wording.DISCLAIMER)}</p></main></body></html>'
    )
