"""Style sheets and scripts of the pages: read once, served packed, cached by their content.

Owns how they are put together and sent. A file's address bears a hash of what is in it, so
that a browser may keep it for good and still sees every change.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import Request, Response

FOR_GOOD = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"

HERE = Path(__file__).parent


@dataclass(frozen=True)
class WebFile:
    """A file by the name that it is served under, its kind and its text."""

    name: str
    media_type: str
    text: str

    @cached_property
    def address(self) -> str:
        """Its name with a hash of its text, seen from the folder that it is served in."""
        return f"{self.name}?v={hashlib.sha256(self.text.encode()).hexdigest()[:12]}"

    @cached_property
    def packed(self) -> bytes:
        """Its text in gzip."""
        return gzip.compress(self.text.encode(), 9, mtime=0)

    def response(self, request: Request, cached: str = FOR_GOOD) -> Response:
        """The file, packed where the browser takes that."""
        headers = {
            "Cache-Control": cached,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.text.encode(), headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.packed, headers=headers, media_type=self.media_type)


def style_of(name: str, *files: str) -> WebFile:
    """One style sheet of several files."""
    return WebFile(name, "text/css", "\n".join(_read(file) for file in files))


def script_of(name: str, words: str, *files: str) -> WebFile:
    """One script of several files, each of which sees ``words`` (JSON) and the others."""
    body = "\n".join(_read(file) for file in files)
    return WebFile(name, "text/javascript", f'"use strict";((words) => {{\n{body}\n}})({words});\n')


def _read(name: str) -> str:
    return (HERE / name).read_text("utf-8")
