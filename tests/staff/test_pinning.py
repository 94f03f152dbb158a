"""Promises of pinning: the file keeps all that it held, and the new way reads back."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.conftest import WriteCorpus

from kqa.corpus.asked import read_ways_of_asking
from kqa.corpus.read import read_corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError, InputError
from kqa.staff.pinning import pin

TEXT = "Sleep\n\nKetamine may “disturb” sleep.\n\nA dark room helps.\n\nA dark room helps.\n"
WAYS = """# Our own notes.   Kept.

[[unanswered]]   # what we never say
about = "price"
ask = [ "how much" ]

[[pinned]]
article = "sleep"
quote = "Ketamine may “disturb” sleep."
ask = ["does it keep me awake", # from the desk
       "insomnia"]
"""


@pytest.fixture
def corpus(write_corpus: WriteCorpus) -> Path:
    return write_corpus({"sleep.txt": TEXT, "ways_of_asking.toml": WAYS})


def _asked(folder: Path) -> list[tuple[str, str | None]]:
    articles = read_corpus(folder).articles
    ways = read_ways_of_asking(folder, articles, {a.id: segment(a) for a in articles})
    text = {a.id: a.text for a in articles}
    assert not ways.lost
    return [
        (way.text, way.place.span.of(text[way.place.article]) if way.place else None)
        for way in ways.asked
    ]


def test_a_question_is_added_to_the_entry_of_its_sentence_and_all_else_stays(corpus: Path) -> None:
    before = _asked(corpus)
    pin(corpus, 'wakes me "up" \\ at night', "sleep", "Ketamine may “disturb” sleep.")
    text = (corpus / "ways_of_asking.toml").read_text("utf-8")
    added = ('wakes me "up" \\ at night', "Ketamine may “disturb” sleep.")
    assert sorted(_asked(corpus), key=str) == sorted([*before, added], key=str)
    kept = [line for line in WAYS.splitlines() if line.strip() and line in text]
    assert len(kept) >= len([line for line in WAYS.splitlines() if line.strip()]) - 1
    assert "# from the desk" in text
    assert len(tomllib.loads(text)["pinned"]) == 1


def test_a_sentence_without_an_entry_gets_one_at_the_end(corpus: Path) -> None:
    start = TEXT.rindex("A dark room")
    pin(corpus, "how do i sleep", "sleep", "A dark room helps.", start)
    text = (corpus / "ways_of_asking.toml").read_text("utf-8")
    assert text.startswith(WAYS.rstrip("\n"))
    assert tomllib.loads(text)["pinned"][-1] == {
        "article": "sleep",
        "quote": "A dark room helps.",
        "start": start,
        "ask": ["how do i sleep"],
    }
    assert ("how do i sleep", "A dark room helps.") in _asked(corpus)


def test_a_folder_without_the_file_gets_it(write_corpus: WriteCorpus) -> None:
    folder = write_corpus({"sleep.txt": TEXT})
    pin(folder, "awake?", "sleep", "Ketamine may “disturb” sleep.")
    assert _asked(folder) == [("awake?", "Ketamine may “disturb” sleep.")]


@pytest.mark.parametrize(
    ("question", "quote", "reason"),
    [
        ("???", "Ketamine may “disturb” sleep.", "no letter or digit"),
        ("INSOMNIA", "Ketamine may “disturb” sleep.", "already pinned"),
        ("How  much", "Ketamine may “disturb” sleep.", "already noted as left open"),
        ("new", 'Ketamine may "disturb" sleep.', "does not stand there letter for letter"),
        ("new", "“disturb” sleep.", "not as one whole sentence"),
        ("new", "A dark room helps.", "more than once"),
        ("new", "Sleep", "not as one whole sentence"),
    ],
)
def test_what_the_index_would_not_take_is_refused_and_nothing_is_written(
    corpus: Path, question: str, quote: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        pin(corpus, question, "sleep", quote)
    assert (corpus / "ways_of_asking.toml").read_text("utf-8") == WAYS
    assert {path.name for path in corpus.iterdir()} <= {
        "sleep.txt",
        "ways_of_asking.toml",
        ".kqa-lock",
    }


def test_a_broken_file_is_left_as_it_is(corpus: Path) -> None:
    broken = WAYS + "\n[[pinned]\n"
    (corpus / "ways_of_asking.toml").write_text(broken)
    with pytest.raises(CorpusError, match="not valid TOML"):
        pin(corpus, "new", "sleep", "Ketamine may “disturb” sleep.")
    assert (corpus / "ways_of_asking.toml").read_text() == broken


def test_the_shipped_file_takes_a_way_and_keeps_every_line(shipped_corpus: Path) -> None:
    path = shipped_corpus / "ways_of_asking.toml"
    before = path.read_bytes()
    articles = read_corpus(shipped_corpus).articles
    article = next(a for a in articles if a.id == "the-benefits-of-ketamine-therapy")
    try:
        pin(shipped_corpus, "a quite new way", article.id, article.text[1661:1758])
        lines = before.decode().splitlines()
        kept = iter(path.read_text("utf-8").splitlines())
        missing = [line for line in lines if not any(line == other for other in kept)]
        assert len(missing) <= 1  # the last question of the entry may get its comma
    finally:
        path.write_bytes(before)
