"""Files are taken for what they are, or refused by name and line; choices become work."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st
from tests.evaluate.test_zipped import SET, pack

from kqa.answer.assistant import Assistant
from kqa.errors import InputError, KqaError
from kqa.evaluate.trec import read_run
from kqa.settings import shipped
from kqa.surfaces.web import evaluator_files as module
from kqa.surfaces.web.evaluator_bench import FILES, Bench, Benches, Held, Kind
from kqa.surfaces.web.evaluator_files import (
    safe_name,
    shipped_files,
    take_in,
    take_out,
    without_folders,
)
from kqa.surfaces.web.evaluator_jobs import Job
from kqa.surfaces.web.evaluator_work import compare, job_of, judges, rankings

LINES = (shipped("testsets") / "ketamine.jsonl").read_text("utf-8").splitlines(keepends=True)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    benches = Benches()
    yield benches.enter("anna", "", "s")
    benches.close()


def add(bench: Bench, assistant: Assistant, name: str, content: str | bytes) -> Held:
    received = bench.folder / ".coming"
    received.write_bytes(content if isinstance(content, bytes) else content.encode())
    return take_in(bench, received, name, assistant)


def run_now(bench: Bench, sent: Mapping[str, str], assistant: Assistant) -> None:
    job = job_of(bench, sent, assistant)
    job.work(job)


RUN = "".join(f"q{n} Q0 d{n} 1 1.0 mine\n" for n in range(30))


def test_every_file_is_taken_for_what_it_is(
    bench: Bench, built_assistant: Assistant, tmp_path: Path
) -> None:
    table = "id,question,answerable\n1,Is it so?,false\n"
    packed = pack(tmp_path, SET).read_bytes()
    for name, content, kind, count in (
        ("set.jsonl", "".join(LINES[:50]), Kind.TESTSET, 50),
        ("SET.CSV", table, Kind.TESTSET, 1),
        ("tiny.zip", packed, Kind.BEIR, 1),
        ("any.txt", RUN, Kind.RUN, 30),
        ("noending", "q 0 d 1\n", Kind.QRELS, 1),
        ("test.tsv", "query-id\tcorpus-id\tscore\nq\td\t1\n", Kind.QRELS, 1),
    ):
        held = add(bench, built_assistant, name, content)
        assert (held.name, held.kind, held.count) == (name.removesuffix(".zip"), kind, count)
        assert held.path.exists()
        assert bench.files[held.key] is held
    assert not (bench.folder / ".coming").exists()


def test_a_refused_file_leaves_nothing_and_its_error_names_no_folder_of_ours(
    bench: Bench, built_assistant: Assistant
) -> None:
    with pytest.raises(InputError) as raised:
        add(bench, built_assistant, "mine.jsonl", "".join(LINES[:3]) + "{}\n")
    assert str(bench.folder) in str(raised.value)
    told = str(without_folders(raised.value, bench.folder))
    assert told.startswith("mine.jsonl, line 4: it has no id")
    assert [*bench.folder.iterdir()] == []
    assert bench.files == {}


def test_no_more_files_than_may_be_and_a_removed_one_is_gone(
    bench: Bench, built_assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [add(bench, built_assistant, "a.run", RUN) for _ in range(FILES)]
    with pytest.raises(InputError, match="files are here already"):
        add(bench, built_assistant, "a.run", RUN)
    take_out(bench, held[0].key)
    take_out(bench, "../../etc")
    assert not held[0].path.parent.exists()
    monkeypatch.setattr(module, "DISK_BYTES", 10)
    with pytest.raises(InputError, match="no more room"):
        add(bench, built_assistant, "a.run", RUN)


def test_a_set_is_told_its_weak_spots(bench: Bench, built_assistant: Assistant) -> None:
    rows = [json.loads(line) for line in LINES[:2]]
    rows[1]["question"] = rows[0]["question"]
    held = add(bench, built_assistant, "m.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
    assert any("asks the same" in weak for weak in held.weak)
    assert not any("fewer than" in weak for weak in held.weak)


def test_the_shipped_sets_are_there_where_they_fit_the_articles(
    built_assistant: Assistant,
) -> None:
    found = shipped_files(built_assistant)
    assert [held.name for held in found] == ["ketamine.jsonl", "ketamine_blind.jsonl"]
    assert found[0].count == len(LINES)
    assert [split for split, _ in found[0].splits] == ["dev", "test"]


@hypothesis.given(st.text(max_size=300))
def test_a_name_is_never_a_path(name: str) -> None:
    safe = safe_name(name)
    assert re.fullmatch(r"[\w()+-][\w.()+-]{0,111}", safe)
    assert Path("x", safe).name == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\mine.jsonl", "mine.jsonl"),
        (".hidden.csv", "hidden.csv"),
        ("my questions é.jsonl", "my_questions_é.jsonl"),
        ("", "file"),
        ("a" * 300 + ".jsonl", "a" * 94 + ".jsonl"),
    ],
)
def test_a_name_keeps_what_it_can(name: str, safe: str) -> None:
    assert safe_name(name) == safe


# --- choices ----------------------------------------------------------------------------


def test_what_is_chosen_is_measured_and_its_ranking_can_be_measured_again(
    bench: Bench, built_assistant: Assistant
) -> None:
    own = add(bench, built_assistant, "set.jsonl", "".join(LINES[:60]))
    chosen = {"questions": f"{own.key}|dev", "system": "hybrid", "k": "3"}
    run_now(bench, chosen, built_assistant)
    (run,) = bench.runs.values()
    assert run.evaluation.test_set == "set.jsonl, dev"
    assert {line.query for line in read_run(run.ranking)} == {
        question.id for question in run.evaluation.questions
    }
    again = add(bench, built_assistant, "again.run", run.ranking.read_bytes())
    run_now(bench, {**chosen, "system": f"run:{again.key}"}, built_assistant)
    second = [*bench.runs.values()][1]
    assert second.evaluation.measures == run.evaluation.measures
    assert judges(bench)[0] == (f"{own.key}|dev", "set.jsonl, dev")
    keys = [key for key, _ in rankings(bench)]
    assert keys == [f"file:{again.key}", f"run:{run.id}", f"run:{second.id}"]
    sent = {"a": keys[0], "b": keys[1], "judge": f"{own.key}|dev"}
    found, _, _ = compare(bench, sent, built_assistant)
    assert all(row.difference.value == 0 for row in found.measures)


def test_a_bench_that_is_gone_gets_no_run(bench: Bench, built_assistant: Assistant) -> None:
    own = add(bench, built_assistant, "set.jsonl", "".join(LINES[:9]))
    job = job_of(bench, {"questions": own.key, "system": "lexical", "k": "3"}, built_assistant)
    bench.closed = True
    job.work(job)
    assert bench.runs == {}
    assert job.run is None


WRONG: dict[str, dict[str, str]] = {
    "no such file": {"questions": "gone|"},
    "nothing": {"questions": ""},
    "a run for questions": {"questions": "{run}|"},
    "no such part": {"questions": "{set}|train"},
    "no such system": {"system": "best"},
    "a set for a system": {"system": "run:{set}"},
    "a path for a system": {"system": "run:/etc/passwd"},
    "no number": {"k": "many"},
    "too many quotes": {"k": "11"},
    "none": {"k": "0"},
    "a huge number": {"k": "9" * 5_000},
    "another alphabet's digit": {"k": "٣"},
    "a superscript": {"k": "²"},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_a_choice_that_is_not_on_the_page_is_refused(
    bench: Bench, built_assistant: Assistant, changed: dict[str, str]
) -> None:
    keys = {
        "set": add(bench, built_assistant, "set.jsonl", "".join(LINES[:9])).key,
        "run": add(bench, built_assistant, "a.run", RUN).key,
    }
    sent = {"questions": f"{keys['set']}|", "system": "lexical", "k": "3"}
    assert isinstance(job_of(bench, sent, built_assistant), Job)
    given = {name: value.format(**keys) for name, value in changed.items()}
    with pytest.raises(InputError):
        job_of(bench, {**sent, **given}, built_assistant)


@pytest.mark.parametrize("gap", [{"a": "run:gone"}, {"b": "file:x"}, {"judge": "x|"}, {"b": "A"}])
def test_a_comparison_of_what_is_not_there_is_refused(
    bench: Bench, built_assistant: Assistant, gap: dict[str, str]
) -> None:
    a, b = (add(bench, built_assistant, f"{name}.run", RUN).key for name in "ab")
    qrels = add(bench, built_assistant, "q", "q1 0 d1 1\n").key
    sent = {"a": f"file:{a}", "b": f"file:{b}", "judge": f"{qrels}|"}
    compare(bench, sent, built_assistant)
    gap = {name: sent["a"] if value == "A" else value for name, value in gap.items()}
    with pytest.raises(KqaError):
        compare(bench, {**sent, **gap}, built_assistant)
