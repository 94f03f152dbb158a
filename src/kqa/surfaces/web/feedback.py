"""The seam behind which visitors' verdicts are kept, where the owner wants them.

Owns what is handed over and nothing else: who keeps it, and where, is not known here.
"""

from __future__ import annotations

from typing import Protocol

from kqa.records import Answer


class Feedback(Protocol):
    """Keeps what a visitor said of an answer."""

    def keep(self, question: str, answer: Answer, helpful: bool) -> None:
        """Keep the question, its answer, and whether the visitor called it helpful.

        Raises:
            Exception: any; the visitor is then told that nothing was kept.
        """
