"""Promises of re-indexing: the old index answers until the new one is there, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from tests.conftest import Build, WriteCorpus

from kqa.answer.assistant import Assistant
from kqa.errors import CorpusError, OwnFault, Unreachable
from kqa.index import publish
from kqa.index.store import read_current
from kqa.settings import Settings
from kqa.staff.rebuild import Progress, Rebuilt, rebuild
from kqa.staff.state import corpus_state, index_state

FIRST = "Sleep\n\nKetamine may disturb sleep on the first night.\n"
MORE = "Coffee\n\nCoffee after noon keeps many people awake.\n"


@pytest.fixture
def built(write_corpus: WriteCorpus, hashing: Settings, build: Build) -> Settings:
    folder = write_corpus({"sleep.txt": FIRST})
    build(folder, hashing)
    return hashing.model_copy(update={"corpus": folder})


def test_a_new_article_is_quoted_after_the_build_and_the_old_index_answers_during_it(
    built: Settings,
) -> None:
    assert built.corpus
    assistant = Assistant(built)
    assistant.ask("Does it disturb sleep?")
    (built.corpus / "coffee.txt").write_text(MORE)
    stale = index_state(built)
    assert stale.stale is not None
    assert "corpus" in stale.stale
    steps = []
    for step in rebuild(built):
        steps.append(step)
        if isinstance(step, Progress):
            assert assistant.ask("Does it disturb sleep?").index == stale.fingerprint
    last = steps[-1]
    assert isinstance(last, Rebuilt)
    assert (last.articles, last.unchanged, last.left_out) == (2, False, ())
    assert any(isinstance(step, Progress) and step.total for step in steps)
    assert {article.id for article in assistant.articles()} == {"coffee", "sleep"}
    now = index_state(built)
    assert (now.fingerprint, now.stale) == (last.fingerprint, None)
    assert now.built_at


def test_an_article_that_cannot_be_read_is_named_and_the_rest_is_published(
    built: Settings,
) -> None:
    assert built.corpus
    (built.corpus / "bad.txt").write_bytes(b"\xff\xff\xff")
    *_, last = rebuild(built)
    assert isinstance(last, Rebuilt)
    assert len(last.left_out) == 1
    assert "bad.txt" in last.left_out[0]


def test_an_error_of_the_build_is_told_as_it_is(built: Settings) -> None:
    assert built.corpus
    (built.corpus / "synonyms.toml").write_text("[[[")
    before = read_current(built.index)
    with pytest.raises(CorpusError, match=r"synonyms\.toml"):
        list(rebuild(built))
    assert read_current(built.index) == before


def test_only_one_build_runs_at_a_time(built: Settings) -> None:
    with publish.building(built.index), pytest.raises(Unreachable, match="another build"):
        list(rebuild(built))


def test_a_killed_child_leaves_the_old_index_and_says_so(
    built: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen

    class Killed(real):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)
            os.kill(self.pid, signal.SIGKILL)

    monkeypatch.setattr(subprocess, "Popen", Killed)
    before = read_current(built.index)
    with pytest.raises(OwnFault, match="by signal 9"):
        list(rebuild(built))
    assert read_current(built.index) == before


def test_a_listener_that_leaves_does_not_stop_the_build(built: Settings) -> None:
    assert built.corpus
    (built.corpus / "coffee.txt").write_text(MORE)
    before = read_current(built.index)
    steps = rebuild(built)
    next(steps)  # reading
    next(steps)  # the child has begun to embed
    steps.close()  # type: ignore[attr-defined]
    done = threading.Event()
    for _ in range(300):
        if read_current(built.index) != before:
            break
        done.wait(0.1)
    assert read_current(built.index) != before


def test_the_state_of_the_corpus_is_that_of_lint(built: Settings) -> None:
    state = corpus_state(built)
    assert [article.id for article in state.articles] == ["sleep"]
    assert state.by_meaning
    assert built.corpus
    (built.corpus / "list.txt").write_text("Lists\n\nThese are said to help:\n\nIt is so.\n")
    state = corpus_state(built)
    assert not state.by_meaning
    assert "lost_list" in {finding.code for finding in state.findings}


def test_without_an_index_the_state_says_what_to_do(hashing: Settings) -> None:
    state = index_state(hashing)
    assert state.fingerprint is None
    assert state.stale
    assert "kqa index" in state.stale
    assert not Path(hashing.index).exists()
