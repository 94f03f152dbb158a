"""What happened how often and how fast, in Prometheus's text form. Never any text of a visitor's.

Owns the counters of one worker. Their labels are routes, statuses, outcomes and codes out
of kqa's own fixed lists. Written by hand: three tables and a format of one page need no
library, and workers are told apart by a label instead of by shared files.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from typing import Any

from kqa.errors import KqaError

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Histogram:
    """Times by label: how many within each bound, how many in all, and their sum."""

    def __init__(self) -> None:
        self.within: dict[str, list[int]] = {}
        self.sums: dict[str, float] = {}

    def add(self, label: str, seconds: float) -> None:
        """Count a time."""
        within = self.within.setdefault(label, [0] * (len(BUCKETS) + 1))
        within[bisect_left(BUCKETS, seconds)] += 1
        self.sums[label] = self.sums.get(label, 0.0) + seconds

    def lines(self, name: str, label: str, worker: str) -> list[str]:
        """The lines of Prometheus's histogram ``name``."""
        out = []
        for value, counts in sorted(self.within.items()):
            kept, total = f'{label}="{value}",{worker}', 0
            for bound, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
                total += count
                out.append(f'{name}_bucket{{{kept},le="{bound}"}} {total}')
            out.append(f"{name}_sum{{{kept}}} {self.sums[value]:.6f}")
            out.append(f"{name}_count{{{kept}}} {total}")
        return out


class Metrics:
    """The counters of one worker; they may be added to from any thread."""

    def __init__(self, worker: int = 0) -> None:
        self.worker, self.started = worker, time.time()
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._request_times, self._answer_times = Histogram(), Histogram()

    def count_request(self, route: str, status: int, seconds: float | None) -> None:
        """Count a request; ``seconds`` None where it was a connection kept open."""
        with self._lock:
            self._requests[route, status] += 1
            if seconds is not None:
                self._request_times.add(route, seconds)

    def count_answer(self, outcome: str, seconds: float) -> None:
        """Count an answer by its outcome."""
        with self._lock:
            self._outcomes[outcome] += 1
            self._answer_times.add(outcome, seconds)

    def count_error(self, code: str) -> None:
        """Count a question that brought an error, by its code."""
        with self._lock:
            self._errors[code] += 1

    def text(self) -> str:
        """Everything counted, in Prometheus's text form."""
        worker = f'worker="{self.worker}"'
        with self._lock:
            return "\n".join(
                [
                    *_head("kqa_requests_total", "counter", "Requests by route and status."),
                    *(
                        f'kqa_requests_total{{route="{route}",status="{status}",{worker}}} {n}'
                        for (route, status), n in sorted(self._requests.items())
                    ),
                    *_head("kqa_request_seconds", "histogram", "Time to answer, by route."),
                    *self._request_times.lines("kqa_request_seconds", "route", worker),
                    *_head("kqa_answers_total", "counter", "Answers by outcome, pages and API."),
                    *(
                        f'kqa_answers_total{{outcome="{outcome}",{worker}}} {n}'
                        for outcome, n in sorted(self._outcomes.items())
                    ),
                    *_head("kqa_answer_seconds", "histogram", "Time to find, by outcome."),
                    *self._answer_times.lines("kqa_answer_seconds", "outcome", worker),
                    *_head("kqa_errors_total", "counter", "Questions that brought an error."),
                    *(
                        f'kqa_errors_total{{code="{code}",{worker}}} {n}'
                        for code, n in sorted(self._errors.items())
                    ),
                    *_head("kqa_start_time_seconds", "gauge", "When the worker started."),
                    f"kqa_start_time_seconds{{{worker}}} {self.started:.0f}",
                    "",
                ]
            )


def merged(texts: list[str]) -> str:
    """The counters of several workers as one text: what belongs together stands together."""
    groups: dict[str, list[str]] = {}
    heads: dict[str, list[str]] = {}
    for text in texts:
        name = ""
        for line in text.splitlines():
            if line.startswith("# "):
                name = line.split()[2]
                head = heads.setdefault(name, [])
                if line not in head:
                    head.append(line)
            elif line:
                groups.setdefault(name, []).append(line)
    lines = [line for name in heads for line in (*heads[name], *groups.get(name, []))]
    return "\n".join([*lines, ""])


def counting(assistant: Any, metrics: Metrics) -> Any:  # noqa: ANN401 - the same comes back
    """``assistant`` whose answers are counted; in all else it is the same."""
    return _Counting(assistant, metrics)


class _Counting:
    def __init__(self, assistant: Any, metrics: Metrics) -> None:  # noqa: ANN401
        self._assistant, self._metrics = assistant, metrics

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the assistant has
        return getattr(self._assistant, name)

    def ask(self, question: str, **options: Any) -> Any:  # noqa: ANN401 - passed on
        began = time.perf_counter()
        try:
            answer = self._assistant.ask(question, **options)
        except KqaError as error:
            self._metrics.count_error(error.code)
            raise
        except Exception:
            self._metrics.count_error("own_fault")
            raise
        self._metrics.count_answer(str(answer.outcome.value), time.perf_counter() - began)
        return answer


def _head(name: str, kind: str, help: str) -> tuple[str, str]:
    return f"# HELP {name} {help}", f"# TYPE {name} {kind}"
