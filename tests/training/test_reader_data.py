"""What the reader learns from: answers stay marked, and nothing held out is learnt from."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.index.model_files import SHIPPED_READER
from kqa.search.reader import text_to_read
from training import reader_data
from training.reader_data import OWN, Group, few, held_out, misspell, read_sentences

SQUAD = [
    "Normans",
    "Computational_complexity_theory",
    "Huguenot",
    "Steam_engine",
    "1973_oil_crisis",
    "European_Union_law",
    "Packet_switching",
    "Harvard_University",
    "Yuan_dynasty",
    "Immune_system",
    "Scottish_Parliament",
    "Islamism",
    "Imperialism",
    "Warsaw",
    "French_and_Indian_War",
    "Force",
]
HELD_OUT_OF_SQUAD = [
    "Huguenot",
    "European_Union_law",
    "Harvard_University",
    "Yuan_dynasty",
    "Islamism",
]
WORDS = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "delta", "omega"]), min_size=1, max_size=6
)
TEXT = WORDS.map(" ".join)
GROUP = st.lists(st.tuples(TEXT, st.booleans()), min_size=1, max_size=8, unique_by=lambda x: x[0])


@given(GROUP, TEXT, st.integers(2, 5), st.integers(0, 99))
def test_a_group_cut_short_keeps_its_labels_and_the_hardest_of_the_rest(
    rows: list[tuple[str, bool]], question: str, negatives: int, seed: int
) -> None:
    texts, right = zip(*rows, strict=True)
    group = Group("x", question, texts, tuple(float(r) for r in right))
    cut = few(group, random.Random(seed), negatives, ("elsewhere",))
    label = {**dict(zip(texts, group.labels, strict=True)), "elsewhere": 0.0}
    assert [label[text] for text in cut.texts] == list(cut.labels)
    assert len(set(cut.texts)) == len(cut.texts)
    assert cut.answerable == group.answerable
    assert sum(cut.labels) == min(2, sum(group.labels))
    assert len(cut.texts) - sum(cut.labels) <= max(negatives, reader_data.UNANSWERED + 1)


def test_what_the_shipped_reader_never_learnt_from_stays_held_out() -> None:
    """Of SQuAD's articles; another rule would judge it on what it was trained with."""
    assert [title for title in SQUAD if held_out(title)] == HELD_OUT_OF_SQUAD


def test_the_model_card_counts_the_written_questions_right() -> None:
    rows = [json.loads(line) for line in OWN.read_text("utf-8").splitlines()]
    learnt = sum(not held_out(row["doc"].rsplit("-", 1)[0]) for row in rows)
    card = (SHIPPED_READER / "README.md").read_text("utf-8")
    assert f"| {learnt:,} |" in card
    assert f"{len(rows) - learnt:,} more on held-out texts" in card


def test_about_one_article_in_five_is_held_out() -> None:
    held = sum(held_out(f"article {n}") for n in range(1_000))
    assert 150 < held < 250


@given(TEXT, st.integers(0, 99))
def test_a_misspelt_question_keeps_its_number_of_words(question: str, seed: int) -> None:
    typed = misspell(f"{question.title()}?", random.Random(seed))
    assert len(typed.split()) == len(question.split())
    assert typed == typed.lower()
    assert not typed.endswith("?")


def test_a_sentence_that_hangs_on_the_one_before_is_read_after_it() -> None:
    texts = ["Ketamine is a drug.", "They give it in a clinic.", "Sessions are long."]
    assert read_sentences("Care", texts) == [
        text_to_read("Care", "", texts[0]),
        text_to_read("Care", texts[0], texts[1]),
        text_to_read("Care", "", texts[2]),
    ]


def test_the_written_questions_are_well_formed_and_none_comes_twice() -> None:
    rows = [json.loads(line) for line in OWN.read_text("utf-8").splitlines()]
    assert len({(row["doc"], row["question"].lower()) for row in rows}) == len(rows)
    for row in rows:
        assert row["question"].strip() == row["question"] != ""
        assert all(0 <= start < end for start, end in row["gold"])
    unanswerable = sum(not row["gold"] for row in rows)
    assert 0.25 < unanswerable / len(rows) < 0.35


@pytest.fixture
def medquad(tmp_path: Path) -> Path:
    """A folder of public sets with a MedQuAD of two texts: one held out, one not."""
    folder = tmp_path / "medquad"
    folder.mkdir()
    names = [f"Source-{n:07}" for n in range(50)]
    kept, held = (next(n for n in names if held_out(n) == wanted) for wanted in (False, True))
    text = "This long sentence says nothing. It is given for forty minutes in a clinic."
    rows = [{"_id": f"{name}-1", "title": "Care", "text": text} for name in (kept, held)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.parametrize("held", [True, False])
def test_a_written_question_is_learnt_from_only_where_its_article_is_not_held_out(
    medquad: Path, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = medquad / "medquad" / "corpus.jsonl"
    rows = [json.loads(line) for line in corpus.read_text("utf-8").splitlines()]
    start = rows[0]["text"].index("It is given")
    asked = [
        {"doc": row["_id"], "question": "how long", "gold": [[start, len(row["text"])]]}
        for row in rows
    ]
    file = medquad / "questions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in asked))
    monkeypatch.setattr(reader_data, "OWN", file)
    (group,) = reader_data.own(medquad, held=held)
    assert group.labels == (0.0, 1.0)
    assert group.texts[1].endswith("It is given for forty minutes in a clinic.")
