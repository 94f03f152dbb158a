"""What an evaluator has is theirs alone, and goes with the page."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.evaluate.test_report import evaluation

from kqa.errors import InputError
from kqa.surfaces.web import evaluator_bench as module
from kqa.surfaces.web.evaluator_bench import (
    BENCHES,
    IDLE_SECONDS,
    LEFT_SECONDS,
    RUNS,
    Bench,
    Benches,
    Run,
)
from kqa.surfaces.web.evaluator_jobs import Job, State


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def benches(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Benches]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(module, "_SWEEP_SECONDS", 0.05)
    made = Benches(clock)
    yield made
    made.close()


def add_run(bench: Bench, id: str) -> Run:
    ranking = bench.folder / f"{id}.run"
    ranking.write_text("q Q0 d 1 1.0 t\n")
    run = Run(id, 1, evaluation(), (), ranking, "set", None)
    bench.add_run(run)
    return run


def test_a_token_leads_back_to_the_bench_of_its_owner_and_of_nobody_else(
    benches: Benches,
) -> None:
    bench = benches.enter("anna", "", "s1")
    add_run(bench, "r1")
    assert benches.enter("anna", bench.token, "s2") is bench
    assert benches.of(bench.token, "anna") is bench
    other = benches.enter("bert", bench.token, "s3")
    assert other is not bench
    for token, owner in ((bench.token, "bert"), (other.token, "anna"), ("", "anna")):
        with pytest.raises(InputError, match="Load it again"):
            benches.of(token, owner)
    assert benches.run_of("r1", "anna") == (bench, bench.runs["r1"])
    assert benches.run_of("r1", "bert") is None
    assert benches.run_of("r2", "anna") is None


def test_a_page_that_was_left_is_forgotten_after_a_while_with_its_folder(
    benches: Benches, clock: Clock
) -> None:
    bench = benches.enter("anna", "", "s1")
    (bench.folder / "file").write_text("uploaded")
    benches.leave("s1")
    clock.now += LEFT_SECONDS - 1
    benches.sweep()
    assert bench.folder.exists()
    clock.now += 2
    benches.sweep()
    assert not bench.folder.exists()
    assert bench.closed
    with pytest.raises(InputError):
        benches.of(bench.token, "anna")


def test_a_page_that_comes_back_or_is_open_elsewhere_is_kept(
    benches: Benches, clock: Clock
) -> None:
    bench = benches.enter("anna", "", "s1")
    benches.leave("s1")
    benches.enter("anna", bench.token, "s2")
    benches.enter("anna", bench.token, "s3")
    benches.leave("s3")
    clock.now += LEFT_SECONDS + 1
    benches.sweep()
    assert benches.of(bench.token, "anna") is bench


def test_an_idle_page_is_forgotten_unless_something_runs_on_it(
    benches: Benches, clock: Clock
) -> None:
    idle, busy = benches.enter("anna", "", "s1"), benches.enter("anna", "", "s2")
    busy.job = Job("some", lambda job: None, state=State.RUNNING)
    clock.now += IDLE_SECONDS + 1
    benches.sweep()
    assert idle.closed
    assert not busy.closed
    benches.leave("s2")
    clock.now += LEFT_SECONDS + 1
    benches.sweep()
    assert busy.closed
    assert busy.job.stopping


def test_the_oldest_run_and_the_idlest_page_give_way(benches: Benches, clock: Clock) -> None:
    bench = benches.enter("anna", "", "s")
    runs = [add_run(bench, f"r{n}") for n in range(RUNS + 2)]
    assert [*bench.runs] == [run.id for run in runs[2:]]
    assert [run.ranking.exists() for run in runs] == [False] * 2 + [True] * RUNS
    for number in range(BENCHES):
        clock.now += 1
        benches.enter("anna", "", f"s{number}")
    assert bench.closed


def test_everything_goes_when_the_server_ends(tmp_path: Path) -> None:
    code = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from kqa.surfaces.web.evaluator_bench import Benches\n"
        "bench = Benches().enter('anna', '', 's')\n"
        "(bench.folder / 'file').write_text('uploaded'); print(bench.folder)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert str(tmp_path) in done.stdout
    assert [*tmp_path.iterdir()] == []


def test_what_a_crashed_server_left_is_removed_and_what_a_live_one_holds_is_not(
    benches: Benches, clock: Clock, tmp_path: Path
) -> None:
    crashed = tmp_path / "kqa-evaluations-crashed"
    crashed.mkdir()
    (crashed / ".held").write_text("")
    (crashed / "file").write_text("uploaded")
    bench = benches.enter("anna", "", "s")
    assert not crashed.exists()
    other = Benches(clock)
    other.enter("bert", "", "s")
    assert bench.folder.exists()
    other.close()
    assert bench.folder.exists()


def test_a_folder_is_its_owners_alone(benches: Benches) -> None:
    folder = benches.enter("anna", "", "s").folder
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.parent.stat().st_mode & 0o077 == 0
