"""Promises of verdicts, the queue and their export."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.surfaces.fake_assistant import ARTICLE, HISTORY, OTHER, PRAISE, TEXT, answer, quote

from kqa.errors import InputError
from kqa.evaluate.testset import read_testset
from kqa.records import Answer, Language, Notice
from kqa.staff import queue as queues
from kqa.staff.database import Database
from kqa.staff.export import export, write_export
from kqa.staff.queue import Queue
from kqa.staff.verdicts import Kind, Stretch, Verdicts


def _stretch(text: str) -> Stretch:
    start = TEXT.index(text)
    return Stretch(ARTICLE.id, start, start + len(text), text)


@pytest.fixture
def verdicts(database: Database) -> Verdicts:
    return Verdicts(database)


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database)


def test_a_flag_keeps_the_name_of_whoever_flagged(verdicts: Verdicts, answered: Answer) -> None:
    better = _stretch(OTHER)
    verdicts.keep(Kind.FLAGGED, answered, "Ann", quote=1, note=" wrong year ", better=better)
    (flag,) = verdicts.open_flags()
    assert (flag.name, flag.note, flag.kind) == ("Ann", "wrong year", Kind.FLAGGED)
    assert flag.quote == _stretch(HISTORY)
    assert flag.better == better
    assert (flag.question, flag.outcome, flag.fingerprint) == (
        answered.question,
        "answered",
        answered.index,
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", flag.at)


def test_a_resolved_flag_leaves_the_queue_and_is_kept(verdicts: Verdicts, answered: Answer) -> None:
    id = verdicts.keep(Kind.FLAGGED, answered, "Ann", quote=1, note="wrong")
    assert verdicts.resolve(id, "Ben")
    assert not verdicts.resolve(id, "Cleo")
    assert verdicts.open_flags() == ()
    (kept,) = verdicts.all()
    assert kept.resolved_by == "Ben"
    assert kept.resolved_at


def test_an_approval_is_no_flag_and_cannot_be_resolved(
    verdicts: Verdicts, answered: Answer
) -> None:
    id = verdicts.keep(Kind.APPROVED, answered, "Ann", quote=1)
    assert verdicts.open_flags() == ()
    assert not verdicts.resolve(id, "Ben")
    assert [verdict.kind for verdict in verdicts.latest()] == [Kind.APPROVED]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"quote": 9, "note": "x"}, "none of that number"),
        ({"quote": 1}, "neither what is wrong"),
        ({"quote": 1, "note": "   "}, "neither what is wrong"),
        ({"quote": 1, "note": "x" * 2_001}, "2,001 characters"),
        ({"quote": 1, "note": "\ud800"}, "half a character"),
    ],
)
def test_a_flag_that_says_nothing_is_refused(
    verdicts: Verdicts, answered: Answer, given: dict[str, object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        verdicts.keep(Kind.FLAGGED, answered, "Ann", **given)  # type: ignore[arg-type]
    assert verdicts.all() == ()


def test_nothing_of_a_crisis_is_ever_kept(
    verdicts: Verdicts, queue: Queue, crisis: Answer, database: Database
) -> None:
    topic = answer(
        "suicide?", crisis_card=crisis.crisis_card, topics=("x",), language=Language("es", "…")
    )
    with pytest.raises(InputError, match="never kept"):
        verdicts.keep(Kind.FLAGGED, crisis, "Ann", note="x")
    for each in (crisis, topic, replace(crisis, index="abc")):
        queue.keep_unanswered(each)
        queue.keep(each.question, each, True)
    assert not database.path.exists()


def test_only_refused_questions_that_were_searched_are_unanswered(
    queue: Queue, answered: Answer, refused: Answer, database: Database
) -> None:
    queue.keep_unanswered(answered)
    queue.keep_unanswered(answer("¿sesión?", language=Language("es", "…")))
    assert not database.path.exists()
    queue.keep_unanswered(refused)
    assert [each.question for each in queue.open_unanswered()] == [refused.question]


def test_a_question_that_comes_often_stands_first_and_once(queue: Queue, refused: Answer) -> None:
    for question in ("a?", "b?", "b?", "c?"):
        queue.keep_unanswered(replace(refused, question=question))
    assert [(each.question, each.asked) for each in queue.open_unanswered()] == [
        ("b?", 2),
        ("c?", 1),
        ("a?", 1),
    ]


def test_a_resolved_question_opens_again_when_a_new_index_still_refuses(
    queue: Queue, refused: Answer
) -> None:
    queue.keep_unanswered(refused)
    (open_,) = queue.open_unanswered()
    assert queue.resolve_unanswered(open_.id, "Ann")
    queue.keep_unanswered(refused)
    assert queue.open_unanswered() == ()
    queue.keep_unanswered(replace(refused, index="another"))
    (again,) = queue.open_unanswered()
    assert (again.id, again.asked, again.resolved_by) == (open_.id, 3, None)


def test_feedback_keeps_what_was_quoted_and_can_be_forgotten(
    queue: Queue, answered: Answer
) -> None:
    queue.keep(answered.question, answered, False)
    queue.keep(answered.question, answered, True)
    helpful, unhelpful = queue.open_feedback()
    assert (helpful.helpful, unhelpful.helpful) == (True, False)
    there = _stretch(HISTORY)
    assert helpful.quotes == ((ARTICLE.id, there.start, there.end),)
    assert queue.resolve_feedback(helpful.id, "Ann")
    assert queue.forget_feedback(unhelpful.id)
    assert queue.open_feedback() == ()


def test_a_forgotten_question_is_gone(queue: Queue, refused: Answer) -> None:
    queue.keep_unanswered(refused)
    (kept,) = queue.open_unanswered()
    assert queue.forget_unanswered(kept.id)
    assert queue.unanswered(kept.id) is None


def test_visitors_cannot_fill_the_disk(
    queue: Queue, refused: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "MOST", 3)
    for number in range(8):
        queue.keep_unanswered(replace(refused, question=f"{number}?"))
        queue.keep(f"{number}?", refused, True)
    assert {each.question for each in queue.open_unanswered()} == {"5?", "6?", "7?"}
    assert len(queue.open_feedback()) == 3


# --- export -----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_verdicts_read_back_as_a_test_set(
    verdicts: Verdicts, refused: Answer, tmp_path: Path, suffix: str
) -> None:
    approved = answer("When, = made?", quotes=(quote(HISTORY), quote(PRAISE, 2)))
    wrong = answer("Who used it?", quotes=(quote(PRAISE),), notices=(Notice.PROMOTIONAL,))
    verdicts.keep(Kind.APPROVED, approved, "Ann", quote=1)
    verdicts.keep(Kind.APPROVED, approved, "Ann", quote=2)
    verdicts.keep(Kind.FLAGGED, wrong, "Ann", quote=1, better=_stretch(OTHER))
    verdicts.keep(Kind.APPROVED, refused, "Ben")
    path = tmp_path / f"staff{suffix}"
    write_export(export(verdicts.all(), [ARTICLE]), path)
    read = read_testset(path, [ARTICLE])
    found = {q.question: (q.answerable, [g.quote for g in q.gold]) for q in read.questions}
    assert found == {
        "When, = made?": (True, [HISTORY, PRAISE]),
        "Who used it?": (True, [OTHER]),
        refused.question: (False, []),
    }
    assert all(g.start == TEXT.index(g.quote) for q in read.questions for g in q.gold)


def test_the_last_word_on_a_question_counts(
    verdicts: Verdicts, answered: Answer, refused: Answer
) -> None:
    verdicts.keep(Kind.APPROVED, answered, "Ann", quote=1)
    verdicts.keep(Kind.FLAGGED, answered, "Ben", quote=1, note="no, that is another drug")
    assert export(verdicts.all(), [ARTICLE]).unsettled == 1
    same = replace(refused, question=answered.question)
    verdicts.keep(Kind.APPROVED, same, "Ben")
    assert [q.answerable for q in export(verdicts.all(), [ARTICLE]).questions] == [False]
    verdicts.keep(Kind.FLAGGED, same, "Cleo", better=_stretch(OTHER))
    (question,) = export(verdicts.all(), [ARTICLE]).questions
    assert [gold.quote for gold in question.gold] == [OTHER]


def test_gold_moves_with_its_article_and_is_left_out_where_it_is_gone(
    verdicts: Verdicts, answered: Answer
) -> None:
    verdicts.keep(Kind.APPROVED, answered, "Ann", quote=1)
    moved = replace(ARTICLE, text="A new opening.\n\n" + TEXT)
    (question,) = export(verdicts.all(), [moved]).questions
    assert moved.text.startswith(HISTORY, question.gold[0].start)
    gone = export(verdicts.all(), [replace(ARTICLE, text="Nothing else.")])
    assert (gone.questions, gone.lost) == ((), 1)


@pytest.mark.parametrize("name", ["set.txt", "set"])
def test_a_file_of_another_kind_is_refused(
    verdicts: Verdicts, refused: Answer, tmp_path: Path, name: str
) -> None:
    verdicts.keep(Kind.APPROVED, refused, "Ann")
    with pytest.raises(InputError, match=r"neither \.jsonl nor \.csv"):
        write_export(export(verdicts.all(), [ARTICLE]), tmp_path / name)


def test_without_verdicts_the_export_says_what_to_do(verdicts: Verdicts, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Approve some answers"):
        write_export(export(verdicts.all(), [ARTICLE]), tmp_path / "set.jsonl")
    assert list(tmp_path.iterdir()) == []
