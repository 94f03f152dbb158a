"""What the evaluator's page is made of, and what Gradio tells of an event on it.

Owns how a part of the page is set and how an event's sender and contents are read. Nothing
that comes from a browser is believed here: contents are texts by name, or nothing.
"""

from __future__ import annotations

from pathlib import Path

from kqa.surfaces.web.quiet_gradio import gr


def script(name: str) -> str:
    """A file of the page's own, beside this one."""
    return (Path(__file__).parent / name).read_text("utf-8")


def part(value: str, id: str, name: str | None = "evaluator_part.js") -> gr.HTML:
    """A part of the page in page flow; the named script makes events in it."""
    js = None if name is None else script(name)
    return gr.HTML(value, elem_id=id, apply_default_css=False, js_on_load=js)


def sent(event: gr.EventData) -> dict[str, str]:
    """What the browser sent with an event: texts by name, whatever it claims."""
    data = event._data
    given = data if isinstance(data, dict) else {}
    return {str(name): value for name, value in given.items() if isinstance(value, str)}
