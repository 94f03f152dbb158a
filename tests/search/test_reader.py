"""A reader scores each pair alone, the same on every thread, and only with its own weights."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.errors import Unreachable
from kqa.index import model_files
from kqa.index.model_files import (
    READER_MODEL,
    READER_TOKENIZER,
    SHIPPED_READER,
    SHIPPED_READER_SHA256,
    reader_fingerprint,
    sha256_of,
)
from kqa.index.store import StoredIndex
from kqa.records import Reader
from kqa.search.reader import BEFORE_WORDS, WordsReader, make_reader, sentence_to_read, text_to_read

QUESTION = "How long does a ketamine infusion take?"
TEXTS = (
    "Infusions | An infusion of ketamine takes about forty minutes.",
    "History | Ketamine was first made in 1962.",
    "The clinic has a garden.",
    "Costs | " + "Insurance rarely covers the cost of it. " * 20,
    "日本語",
    "",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@pytest.fixture(scope="module")
def reader() -> Reader:
    found = make_reader("default")
    assert found is not None
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped reader, which ``default`` then names."""
    copy = shutil.copytree(SHIPPED_READER, tmp_path / "reader")
    monkeypatch.setattr(model_files, "SHIPPED_READER", copy)
    return copy


def test_the_sentence_that_answers_gets_the_highest_logit(reader: Reader) -> None:
    logits = reader.read(QUESTION, TEXTS)
    assert logits.shape == (len(TEXTS),)
    assert logits.dtype == np.float64
    assert logits.argmax() == 0
    assert logits[0] > 0 > logits[2]


def test_a_logit_does_not_depend_on_what_else_is_read(reader: Reader) -> None:
    together = reader.read(QUESTION, TEXTS).tolist()
    assert [float(reader.read(QUESTION, [text])[0]) for text in TEXTS] == together
    assert reader.read(QUESTION, TEXTS[::-1]).tolist() == together[::-1]


def test_nothing_to_read_gives_nothing(reader: Reader) -> None:
    assert reader.read(QUESTION, []).shape == (0,)
    assert WordsReader().read(QUESTION, []).shape == (0,)


def test_a_reader_is_safe_under_threads(reader: Reader) -> None:
    rng = random.Random(0)
    asked = [
        (" ".join(rng.sample(QUESTION.split(), n % 7 + 1)), TEXTS[: n % 6 + 1]) for n in range(60)
    ]
    serial = [reader.read(*one).tolist() for one in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda one: reader.read(*one).tolist(), asked)) == serial


@given(TEXT, TEXT, TEXT.filter(str.strip))
def test_what_is_read_holds_every_word_of_the_sentence_and_the_last_ones_before_it(
    heading: str, before: str, sentence: str
) -> None:
    words = text_to_read(heading, before, sentence).split()
    kept = [*heading.split(), *before.split()[-BEFORE_WORDS:], *sentence.split()]
    assert [word for word in words if word != "|"] == [word for word in kept if word != "|"]
    assert words[-len(sentence.split()) :] == sentence.split()


def test_a_sentence_is_read_under_its_heading_after_what_it_needs(stored: StoredIndex) -> None:
    by_id = {article.id: article for article in stored.articles}
    leaning = 0
    for sentence in stored.sentences:
        article = by_id[sentence.article]
        read = sentence_to_read(article, sentence)
        assert read.startswith(" ".join((sentence.section or article.title).split()))
        assert read.endswith(" ".join(sentence.text.split()))
        before = article.text[sentence.needs.start : sentence.start].split()
        if before:
            leaning += 1
            assert " ".join(before[-BEFORE_WORDS:]) in read
    assert leaning > 10


def test_the_fake_counts_the_words_of_the_question() -> None:
    logits = WordsReader().read("ketamine infusion", ["Ketamine infusions", "Ketamine", "Other"])
    assert logits.tolist() == [2.0, 0.0, -2.0]


def test_none_reads_nothing() -> None:
    assert make_reader("none") is None
    assert reader_fingerprint("none") == "none"


def test_each_reader_is_named_by_the_fingerprint_of_its_setting(reader: Reader) -> None:
    assert reader.fingerprint == reader_fingerprint("default")
    assert WordsReader().fingerprint == reader_fingerprint("words")
    assert len({reader_fingerprint(name) for name in ("default", "words", "none")}) == 3


def test_the_shipped_files_are_those_that_the_code_names() -> None:
    for name, known in SHIPPED_READER_SHA256.items():
        assert sha256_of(SHIPPED_READER / name) == known
    total = sum(path.stat().st_size for path in SHIPPED_READER.iterdir())
    assert total < 50_000_000


@pytest.mark.parametrize("name", [READER_MODEL, READER_TOKENIZER])
def test_one_changed_byte_of_a_shipped_file_is_refused(folder: Path, name: str) -> None:
    make_reader("default")
    data = bytearray((folder / name).read_bytes())
    data[random.Random(0).randrange(len(data))] ^= 1
    (folder / name).write_bytes(data)
    for look in (make_reader, reader_fingerprint):
        with pytest.raises(Unreachable, match=r"Reinstall kqa, or set reader to none"):
            look("default")


@pytest.mark.parametrize("name", [READER_MODEL, READER_TOKENIZER])
def test_a_file_of_another_reader_shapes_its_fingerprint(tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(SHIPPED_READER, tmp_path / "own")
    before = reader_fingerprint(str(copy))
    assert before == reader_fingerprint("default")
    (copy / name).write_bytes((copy / name).read_bytes() + b" ")
    assert reader_fingerprint(str(copy)) != before


def test_a_folder_without_a_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"model\.onnx.*nothing is fetched") as raised:
        make_reader(str(tmp_path / "nowhere"))
    assert "setting reader" in raised.value.remedy


@pytest.mark.parametrize("name", [READER_MODEL, READER_TOKENIZER])
def test_files_that_cannot_be_loaded_are_named_with_the_remedy(tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(SHIPPED_READER, tmp_path / "own")
    (copy / name).write_bytes(b"{}")
    found = make_reader(str(copy))
    assert found is not None
    with pytest.raises(Unreachable, match="cannot be loaded"):
        found.read(QUESTION, TEXTS[:1])


def test_the_model_card_names_its_sets_their_licences_and_its_limits() -> None:
    card = (SHIPPED_READER / "README.md").read_text("utf-8")
    for word in ("SQuAD", "SelQA", "ClapNQ", "MedQuAD", "CC BY-SA 4.0", "Limits"):
        assert word in card


def test_reading_needs_neither_torch_nor_the_network() -> None:
    code = (
        "import socket, sys; socket.socket.connect = None\n"
        "from kqa.search.reader import make_reader\n"
        "print(make_reader('default').read('how long', ['An hour.']).tolist())\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(json.loads(ran.stdout)) == 1
