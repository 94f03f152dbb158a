"""The API's own description, ``/api/openapi.json``: what each route takes and answers.

Owns the schemas of answers. That of an ``Answer`` is the one which is published with the
documentation; the others are written here. Tests put what the routes answer to them.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from fastapi import FastAPI

from kqa.settings import shipped

Schema = dict[str, Any]

_PLACE = "#/components/schemas/"


def answers(name: str, many: bool = False) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that answers with the schema ``name``, or a list of it."""
    one: Schema = {"$ref": _PLACE + name}
    whole = {"type": "array", "items": one} if many else one
    described = {"description": name, "content": {"application/json": {"schema": whole}}}
    return {200: described}


def describe(app: FastAPI) -> None:
    """Let the description name every schema that ``answers`` speaks of."""
    made_by_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        described = made_by_fastapi()
        described["components"]["schemas"].update(schemas())
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's manual says to


@cache
def schemas() -> dict[str, Schema]:
    """Every schema by its name."""
    file = shipped("docs") / "answer.schema.json"
    answer: Schema = json.loads(file.read_text("utf-8").replace("#/$defs/quote", _PLACE + "Quote"))
    quote = answer.pop("$defs")["quote"]
    answer.pop("$schema")
    return {
        "Answer": answer,
        "Quote": quote,
        "Article": _object(**_ARTICLE),
        "ArticleWithText": _object(**_ARTICLE, text=_TEXT),
        "Verification": _VERIFICATION,
        "Status": _object(status={"enum": ["up", "ready"]}),
    }


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}

_ARTICLE: dict[str, Schema] = {
    "id": _TEXT,
    "title": _TEXT,
    "title_given": {"type": "boolean"},
    "publisher": _TEXT_OR_NULL,
    "url": _TEXT_OR_NULL,
    "published": _TEXT_OR_NULL,
    "source_file": _TEXT,
}

_FOUND = _object(
    article=_TEXT,
    title=_TEXT,
    source_file=_TEXT,
    start=_COUNT,
    end=_COUNT,
    text=_TEXT,
    line={"type": "integer", "minimum": 1},
    quotable={"type": "boolean"},
    inside_word={"type": "boolean"},
)

_CHANGE: Schema = {
    "type": "array",
    "minItems": 2,
    "maxItems": 2,
    "items": {"type": "string"},
    "description": "same, given or article: where this run of the text stands; and the run",
}

_VERIFICATION = _object(
    found={"type": "boolean"},
    text=_TEXT,
    total=_COUNT,
    places={"type": "array", "items": _FOUND},
    nearest={"oneOf": [_FOUND, {"type": "null"}]},
    similarity={"type": "number", "minimum": 0, "maximum": 1},
    changes={"type": "array", "items": _CHANGE},
    disclaimer=_TEXT,
)
