"""What browsers are told of every answer: what it may do and who may show it in a frame.

Owns the headers by kind of path. A header that a page sets itself is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kqa.settings import Settings
from kqa.surfaces.web.visitor import names_in

EMBEDDABLE = "/chat/"
"""The page that other sites may show: public, without a cookie and without an account."""

FOR_OTHER_SITES = frozenset({"/embed.js"})
"""Scripts that other sites load."""

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
    "serial=(), hid=(), midi=(), display-capture=(), browsing-topics=()",
}

_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
"""Gradio draws by scripts and styles in the page and by ``eval``. ``connect-src`` and
``form-action`` see to it that nothing is sent anywhere else all the same."""

_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_SITE = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:(\d{1,5}|\*))?|\*")


def headers_of(path: str, pages: Sequence[str], settings: Settings) -> Mapping[str, str]:
    """Headers for what stands at ``path``; ``pages`` are the paths that Gradio draws."""
    own = {"Cross-Origin-Resource-Policy": "same-origin"}
    if path in FOR_OTHER_SITES:
        own["Cross-Origin-Resource-Policy"] = "cross-origin"
    if path.startswith(EMBEDDABLE):
        ancestors = _ancestors(settings)
        own["Content-Security-Policy"] = "; ".join(filter(None, [_PAGE_POLICY, ancestors]))
        if not settings.embed_on:
            own["X-Frame-Options"] = "SAMEORIGIN"
    elif path.startswith(tuple(f"{page}/" for page in pages)):
        own["Content-Security-Policy"] = f"{_PAGE_POLICY}; frame-ancestors 'none'"
        own["X-Frame-Options"] = "DENY"
        own["Cache-Control"] = "private, no-store"
    else:
        own["Content-Security-Policy"] = _DATA_POLICY
        own["X-Frame-Options"] = "DENY"
    return {**_EVERYWHERE, **own}


def bad_sites(setting: str) -> list[str]:
    """What in a list of sites is no ``https://name``."""
    return [site for site in names_in(setting) if not _SITE.fullmatch(site)]


def _ancestors(settings: Settings) -> str:
    """Who may frame the page. ``*`` leaves it out: by name no policy lets in a file."""
    sites = names_in(settings.embed_on)
    return "" if "*" in sites else " ".join(["frame-ancestors 'self'", *sites])
