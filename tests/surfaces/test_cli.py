"""The command line keeps the contract: output, exit codes, clear errors, nothing half-written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kqa import wording
from kqa.answer import advice, safety
from kqa.errors import KqaError
from kqa.settings import shipped
from kqa.surfaces import cli, doctor

SYNTHESIZED = "When was ketamine first synthesized?"


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``kqa`` in an empty folder with the hashing encoder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KQA_ENCODER", "hashing")
    monkeypatch.setenv("KQA_READER", "none")

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["kqa", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return Ran(int(stop.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "one.txt").write_text("Tea is made from leaves.\n\nCoffee is made from beans.\n")
    return folder


def test_index_prints_counts_and_the_fingerprint_and_embeds_nothing_twice(run: Run) -> None:
    first, second = run("index", "--json"), run("index", "--json")
    assert (first.code, second.code) == (0, 0)
    assert first.json["articles"] == 5
    assert first.json["embedded"] > 0
    assert (second.json["embedded"], second.json["unchanged"]) == (0, True)
    assert first.json["fingerprint"] == second.json["fingerprint"]
    assert first.json["fingerprint"] in run("index").out


WAYS = """
[[pinned]]
article = "one"
quote = "Tea is made from leaves."
ask = ["what is tea made of"]

[[pinned]]
article = "one"
quote = "Coffee is made from cherries."
ask = ["what is coffee made of"]

[[pinned]]
article = "gone"
quote = "Milk is white."
ask = ["what colour is milk"]
"""


def test_a_way_of_asking_that_lost_its_sentence_is_a_warning_and_no_failure(
    run: Run, articles: Path
) -> None:
    (articles / "ways_of_asking.toml").write_text(WAYS)
    ran = run("index", "--corpus", articles, "--json")
    assert ran.code == 0
    assert ran.json["ways"] == 1
    assert [lost["quote"] for lost in ran.json["lost"]] == ["Coffee is made from cherries."]
    assert ran.err.count("\n") == 1
    assert "ways_of_asking.toml: “Coffee is made from cherries.” of one" in ran.err
    assert "letter for letter" in ran.err
    whole = WAYS.replace("cherries", "beans")
    (articles / "ways_of_asking.toml").write_text(whole)
    mended = run("index", "--corpus", articles)
    assert (mended.code, mended.err) == (0, "")
    assert "2 ways of asking, 0 known disagreements." in mended.out


def test_a_corpus_without_guides_counts_none(run: Run, articles: Path) -> None:
    assert "ways of asking" not in run("index", "--corpus", articles).out
    printed = run("index", "--corpus", shipped("corpus")).out
    assert re.search(r"\b[1-9]\d+ ways of asking, [1-9]\d* known disagreements\.", printed)


def test_an_answer_in_json_is_the_contracts_record(run: Run) -> None:
    run("index")
    ran = run("ask", SYNTHESIZED, "--json", "--k", "1")
    assert ran.code == 0
    assert list(ran.json) == [
        "question",
        "outcome",
        "confidence",
        "quotes",
        "related",
        "notices",
        "topics",
        "crisis_card",
        "disclaimer",
        "index",
        "elapsed_ms",
    ]


def test_an_answer_as_text_shows_the_quote_its_source_and_the_disclaimer(run: Run) -> None:
    run("index")
    quotes = run("ask", "history of ketamine therapy", "--json").json["quotes"]
    out = run("ask", "history of ketamine therapy").out
    for quote in quotes:
        assert quote["text"] in out
        assert quote["article"]["source_file"] in out
    assert out.count(wording.DISCLAIMER) == 1


def test_a_cry_for_help_gets_the_card_without_any_index(run: Run) -> None:
    ran = run("ask", "I want to kill myself", "--index", "nowhere", "--json")
    assert ran.code == 0
    assert (ran.json["outcome"], ran.json["index"], ran.json["quotes"]) == ("crisis", None, [])
    assert "988" in run("ask", "I want to kill myself", "--index", "nowhere").out


@pytest.mark.parametrize("question", ["", "   ", "?!", "x" * 1_001, "x" * 100_000])
def test_a_question_that_cannot_be_asked_is_bad_input(run: Run, question: str) -> None:
    ran = run("ask", question, "--json")
    assert ran.code == 2
    assert set(ran.json) == {"error", "disclaimer"}
    assert "1 to 1,000 characters" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["ask"],
        ["ask", "a", "--batch", "b", "--out", "c"],
        ["ask", "--batch", "b"],
        ["ask", "tea", "--k", "0"],
        ["ask", "tea", "--k", "many"],
        ["index", "--corpus", "nowhere"],
        ["serve", "--port", "70000"],
        ["verify", ""],
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: list[str]) -> None:
    run("index")
    ran = run(*arguments, "--json") if arguments[:1] == ["ask"] else run(*arguments)
    assert ran.code == 2
    if arguments[:1] == ["ask"]:
        assert set(ran.json) == {"error", "disclaimer"}
    assert wording.DISCLAIMER in ran.err


def test_a_missing_index_ends_with_3_and_says_how_to_build_it(run: Run) -> None:
    for command in (["ask", "tea"], ["verify", "tea"]):
        ran = run(*command)
        assert ran.code == 3
        assert "kqa index" in ran.err


def test_a_truncated_index_file_ends_with_3(run: Run, tmp_path: Path) -> None:
    run("index")
    (vectors,) = tmp_path.glob("index/*/passages.faiss")
    vectors.write_bytes(vectors.read_bytes()[:-1])
    ran = run("ask", "tea")
    assert ran.code == 3
    assert "passages.faiss" in ran.err


def test_a_stale_index_ends_with_3_and_names_what_changed(run: Run, articles: Path) -> None:
    run("index", "--corpus", articles)
    (articles / "one.txt").write_text("Tea is made from other leaves.\n")
    ran = run("ask", "tea")
    assert ran.code == 3
    assert "corpus" in ran.err
    assert run("index").code == 0
    assert run("ask", "tea").code == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x89PNG\x00\x01", "NUL"),
        ("Müdigkeit".encode("latin-1"), "UTF-8"),
        ("Tea.".encode("utf-16"), "UTF-16"),
        (None, "missing"),
    ],
)
def test_an_article_that_cannot_be_read_is_named_and_the_rest_answers(
    run: Run, articles: Path, data: bytes | None, reason: str
) -> None:
    if data is None:
        (articles / "articles.toml").write_text('[[article]]\nfile = "bad.txt"\n')
    else:
        (articles / "bad.txt").write_bytes(data)
    ran = run("index", "--corpus", articles)
    assert ran.code == 2
    assert "bad.txt" in ran.err
    assert reason in ran.err
    assert run("verify", "Tea is made from leaves.").code == 0


def test_a_corpus_without_any_readable_article_publishes_nothing(
    run: Run, articles: Path, tmp_path: Path
) -> None:
    (articles / "one.txt").write_bytes(b"\x00")
    assert run("index", "--corpus", articles).code == 2
    assert not (tmp_path / "index" / "CURRENT").exists()


def test_verify_finds_to_the_letter_and_shows_the_nearest_otherwise(run: Run) -> None:
    run("index")
    text = "Ketamine was first synthesized in 1962"
    found = run("verify", text, "--json")
    assert found.code == 0
    assert [(place["start"], place["end"]) for place in found.json["places"]] == [(1661, 1699)]
    near = run("verify", text.replace("1962", "1926"))
    assert near.code == 1
    assert "[-" in near.out
    assert "{+" in near.out


def test_a_batch_answers_every_row_and_gives_bad_ones_their_error(run: Run, tmp_path: Path) -> None:
    run("index")
    rows: list[bytes] = [
        json.dumps({"id": "a", "question": SYNTHESIZED}).encode(),
        b'{"id": "b", "question": ""}',
        b"not json",
        b'{"id": "c"}',
        b'{"id": "d", "question": "nul \\u0000 inside"}',
        b'{"id": "e", "question": "half \\ud800 character"}',
        b"[1]",
        b'{"id": 7, "question": 7}',
        b'{"id": "f", "question": "\xff"}',
        b'{"id": "g", "question": "I want to die"}',
        json.dumps({"id": "h", "question": "x" * 100_000}).encode(),
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\r\n".join(rows) + b"\n\n")
    assert run("ask", "--batch", "in.jsonl", "--out", "out.jsonl").code == 0
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in answers] == [
        "a",
        "b",
        None,
        "c",
        "d",
        "e",
        None,
        7,
        None,
        "g",
        "h",
    ]
    assert [row.get("outcome", "error") for row in answers][9] == "crisis"
    assert all(row["disclaimer"] == wording.DISCLAIMER for row in answers)
    for row in answers[1:9] + answers[10:]:
        assert set(row) == {"id", "error", "disclaimer"}
        assert set(row["error"]) == {"code", "message"}


def test_a_batch_that_cannot_be_done_leaves_the_output_as_it_was(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": 1, "question": "tea"}\n')
    (tmp_path / "out.jsonl").write_text("before")
    assert run("ask", "--batch", "in.jsonl", "--out", "out.jsonl").code == 3
    assert run("ask", "--batch", "none.jsonl", "--out", "out.jsonl").code == 4
    assert run("ask", "--batch", "in.jsonl", "--out", "no/such/out.jsonl").code == 4
    assert run("ask", "--batch", "in.jsonl", "--out", "in.jsonl").code == 2
    assert (tmp_path / "out.jsonl").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_doctor_says_what_is_not_well_and_what_to_do(run: Run) -> None:
    sick = run("doctor", "--json")
    assert sick.code == 1
    assert [c["name"] for c in sick.json["checks"] if not c["well"]] == ["index"]
    run("index")
    well = run("doctor", "--json")
    assert (well.code, well.json["well"]) == (0, True)
    table = {row["name"]: row for row in well.json["settings"]}
    assert table["encoder"] == {"name": "encoder", "value": "hashing", "origin": "environment"}
    assert "encoder = hashing  (environment)" in run("doctor").out
    assert "index = index  (command line)" in run("doctor", "--index", "index").out


def test_doctor_measures_the_reader_and_advises_how_many_sentences_are_in_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> str:
        checks = run("doctor", "--json").json["checks"]
        return next(str(check["found"]) for check in checks if check["name"] == "reader")

    assert "the search alone" in said()
    monkeypatch.setenv("KQA_READER", "words")
    assert "not timed without an index" in said()
    run("index")
    assert re.fullmatch(r"words:1: 8 sentences in \d+ ms, \d+ would take 40 ms", said())
    monkeypatch.setattr(doctor, "BUDGET_MS", 0)
    assert "for 0 ms set read_sentences to 1, or reader to none" in said()
    monkeypatch.setenv("KQA_READER", "nowhere")
    assert "has no model.onnx" in said()


def test_doctor_finds_damaged_crisis_rules(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index")
    (tmp_path / "crisis.toml").write_text("[en]")
    monkeypatch.setattr(safety, "RULES_FILE", tmp_path / "crisis.toml")
    assert [c["name"] for c in run("doctor", "--json").json["checks"] if not c["well"]] == [
        "crisis rules"
    ]


def test_doctor_finds_damaged_advice_rules_and_names_every_library(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index")
    (tmp_path / "advice.toml").write_text("[en]")
    monkeypatch.setattr(advice, "RULES_FILE", tmp_path / "advice.toml")
    checks = {check["name"]: check for check in run("doctor", "--json").json["checks"]}
    assert [name for name, check in checks.items() if not check["well"]] == ["advice rules"]
    assert "personal" in checks["advice rules"]["found"]
    assert "symspellpy" in checks["packages"]["found"]
    assert "py3langid" in checks["packages"]["found"]


def test_settings_come_from_the_file_and_a_wrong_one_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kqa.toml").write_text('index = "elsewhere"\n')
    assert run("index").code == 0
    assert (tmp_path / "elsewhere" / "CURRENT").is_file()
    for text, named in (("port = 'x'", "port"), ("colour = 1", "colour"), ("port = ", "kqa.toml")):
        (tmp_path / "kqa.toml").write_text(text)
        ran = run("doctor")
        assert ran.code == 2
        assert named in ran.err


def test_lint_prints_file_and_line_and_fails_only_when_strict(run: Run) -> None:
    ran = run("lint")
    assert ran.code == 0
    assert "a-guide-to-low-dose-ketamine-therapy.txt:6:" in ran.out
    assert run("lint", "--strict").code == 1
    codes = {finding["code"] for finding in run("lint", "--json").json["findings"]}
    assert {"lost_list", "furniture", "disclaimer", "promotional"} <= codes


def test_lint_seeks_disagreements_by_meaning_where_an_index_has_the_articles(
    run: Run, articles: Path
) -> None:
    (articles / "one.txt").write_text("The dissociation that it brings is mild.\n")
    (articles / "two.txt").write_text("The dissociation that it brings is severe.\n")
    alone = run("lint", "--corpus", articles)
    assert "by words alone" in alone.err
    assert "possible_disagreement" not in alone.out
    run("index", "--corpus", articles)
    together = run("lint", "--corpus", articles)
    assert "“mild” and “severe”; alike by" in together.out
    assert together.err == ""
    (articles / "one.txt").write_text("The dissociation that it brings is very mild.\n")
    changed = run("lint", "--corpus", articles)
    assert (changed.code, "by words alone" in changed.err) == (0, True)


@pytest.mark.parametrize("command", sorted(cli.cli.commands))
def test_every_command_helps_with_an_example(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert f"Example: kqa {command}" in ran.out


def test_our_own_fault_ends_with_70_and_no_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(cli, "load_settings", broken)
    assert run("ask", "tea").code == 70


def test_every_error_has_an_exit_code_of_the_contract() -> None:
    kinds = [KqaError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind.exit_code for kind in kinds} <= {2, 3, 4, 70}
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_the_program_prints_no_progress_bar_where_there_is_no_terminal(tmp_path: Path) -> None:
    corpus = shipped("corpus")
    ran = subprocess.run(
        [sys.executable, "-m", "kqa.surfaces.cli", "index", "--corpus", corpus],
        cwd=tmp_path,
        env={"KQA_ENCODER": "hashing", "KQA_READER": "none", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    assert "5 articles" in ran.stdout
