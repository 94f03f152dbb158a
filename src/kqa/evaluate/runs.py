"""Runs of other engines, measured as if they were a system.

Owns how a run is held and ordered: by score, ties by document id, the greater first, as
trec_eval orders it. What a run says about ranks is not read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from kqa.evaluate.results import RunLine, TestQuestion
from kqa.evaluate.systems import Found
from kqa.records import Passage

TaggedRun = tuple[str, Mapping[str, Mapping[str, float]]]
"""A run's tag and its scores by query and document."""


class RunSystem:
    """Another engine's TREC run: nothing is searched, a question not in it found nothing.

    Args:
        name: what to call it: the run's tag.
        run: its scores by query and document.
        look_up: gives a document's text, None where it is not known.
    """

    def __init__(
        self,
        name: str,
        run: Mapping[str, Mapping[str, float]],
        look_up: Callable[[str], Passage | None] = lambda document: None,
    ) -> None:
        total = hashlib.sha256()
        for query, scores in sorted(run.items()):
            total.update(f"{query!r} {sorted(scores.items())!r}\n".encode())
        self.name, self.index = name, total.hexdigest()
        self.settings = {"run": name}
        self._run, self._look_up = run, look_up

    def find(self, questions: Sequence[TestQuestion]) -> list[Found]:
        """The run's documents for each question by falling score, ties as trec_eval's."""
        return [Found(_by_score(self._run.get(question.id, {}))) for question in questions]

    def look_up(self, document: str) -> Passage | None:
        """The text of a document, where the caller knows it."""
        return self._look_up(document)


def read_into(lines: Iterable[RunLine]) -> tuple[str, dict[str, dict[str, float]]]:
    """The tag of a run and its scores by query and document."""
    tag, run, names = "", dict[str, dict[str, float]](), dict[str, str]()
    for line in lines:
        tag = tag or line.tag
        document = names.setdefault(line.document, line.document)  # one text for each document
        run.setdefault(line.query, {})[document] = line.score
    return tag, run


def _by_score(scores: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    by_name = sorted(scores.items(), reverse=True)
    return tuple(sorted(by_name, key=lambda pair: -pair[1]))
