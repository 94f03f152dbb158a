"""Evaluations wait their turn, can be stopped, and always end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from kqa.errors import InputError
from kqa.surfaces.web.evaluator_jobs import WAITING, Desk, Job, State


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def stepping(gate: threading.Event, questions: int = 1_000) -> Job:
    """A job of as many questions, each of two steps, that begins when the gate opens."""

    def work(job: Job) -> None:
        gate.wait(10)
        job.progress("questions", 0, questions)
        for _ in range(2 * questions):
            job.step()
            time.sleep(0.001)
        job.progress("questions", questions, questions)

    return Job("some", work, steps=2)


def test_jobs_are_done_one_at_a_time_in_their_order() -> None:
    desk, gate, order = Desk(), threading.Event(), list[str]()

    def work(job: Job) -> None:
        gate.wait(10)
        assert job.state is State.RUNNING
        assert sum(each.state is State.RUNNING for each in jobs) == 1
        order.append(job.name)

    jobs = [Job(f"job {n}", work) for n in range(4)]
    for job in jobs:
        desk.take(job)
    until(lambda: jobs[0].state is State.RUNNING)
    assert [desk.before(job) for job in jobs] == [0, 1, 2, 3]
    assert all(job.state is State.WAITING for job in jobs[1:])
    gate.set()
    until(lambda: all(job.ended for job in jobs))
    assert order == [job.name for job in jobs]
    assert {job.state for job in jobs} == {State.DONE}


def test_a_running_job_stops_before_its_next_step() -> None:
    desk, gate = Desk(), threading.Event()
    job = stepping(gate)
    desk.take(job)
    gate.set()
    until(lambda: job.done > 3)
    desk.stop(job)
    until(lambda: job.ended)
    assert job.state is State.STOPPED
    assert 3 < job.done < 1_000


def test_a_waiting_job_stops_at_once_and_never_begins() -> None:
    desk, gate = Desk(), threading.Event()
    first, second, third = stepping(gate, 1), stepping(gate, 1), stepping(gate, 1)
    for job in (first, second, third):
        desk.take(job)
    desk.stop(second)
    assert second.state is State.STOPPED
    assert desk.before(third) == 1
    gate.set()
    until(lambda: first.ended and third.ended)
    assert (first.state, third.state) == (State.DONE, State.DONE)
    assert second.began == 0.0


def test_a_question_counts_when_all_its_work_is_done() -> None:
    job = Job("some", lambda job: None, steps=2)
    job.progress("questions", 64, 100)
    for stepped, done in ((1, 64), (2, 65), (3, 65), (200, 100)):
        job.progress("questions", 64, 100)
        for _ in range(stepped):
            job.step()
        assert job.done == done


def test_whatever_goes_wrong_a_job_ends_and_the_next_begins(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def wrong(job: Job) -> None:
        raise InputError("mine.jsonl, line 3", "it is odd", "Mend it.")

    def bug(job: Job) -> None:
        raise RuntimeError("a bug that quotes a question")

    desk = Desk()
    jobs = [Job("wrong", wrong), Job("bug", bug), Job("good", lambda job: None)]
    for job in jobs:
        desk.take(job)
    until(lambda: all(job.ended for job in jobs))
    assert [job.state for job in jobs] == [State.FAILED, State.FAILED, State.DONE]
    assert "line 3" in str(jobs[0].error)
    assert "quotes" not in str(jobs[1].error)
    assert "quotes" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_no_more_wait_than_may() -> None:
    desk, gate = Desk(), threading.Event()
    jobs = [stepping(gate, 1) for _ in range(WAITING + 2)]
    for job in jobs[:-1]:
        desk.take(job)
    with pytest.raises(InputError, match=f"{WAITING} others wait"):
        desk.take(jobs[-1])
    gate.set()
    until(lambda: all(job.ended for job in jobs[:-1]))
