"""kqa: questions answered with sentences quoted letter for letter from your own articles.

``kqa.load("index").ask("How long does a session take?")`` is the whole of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from kqa.answer.assistant import Assistant

__all__ = ["load"]


def load(index: str | PathLike[str] | None = None) -> Assistant:
    """An assistant over the index in folder ``index``; None takes the one of the settings.

    The index is opened at the first question that needs it, after the crisis check,
    which needs none; ``assistant.open()`` opens it at once.

    Raises:
        kqa.errors.SettingsError: if a setting in kqa.toml or the environment is wrong.
    """
    from kqa.answer.assistant import Assistant
    from kqa.settings import load_settings

    return Assistant(load_settings(index=index))
