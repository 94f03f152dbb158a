from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.answer import language
from kqa.answer.language import language_of

ROOT = Path(__file__).parents[2]
LINES = ROOT / "benchmarks" / "data" / "languages.jsonl"
TESTSET = ROOT / "testsets" / "ketamine.jsonl"


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


WRITTEN = [row for row in _rows(LINES) if row["split"] == "dev"]
ENGLISH = [row["question"] for row in WRITTEN if row["language"] == "en"]
FOREIGN = [row for row in WRITTEN if row["language"] != "en"]
OTHER_SCRIPTS = {"zh", "ru", "ar", "ko", "ja", "hi"}

DEATH = {
    "es": "no quiero vivir",
    "fr": "je veux mourir",
    "de": "ich will sterben",
    "pt": "quero morrer",
    "it": "voglio morire",
    "nl": "ik wil dood",
    "pl": "chcę umrzeć",
    "ru": "хочу умереть",
    "zh": "我想死",
    "ar": "أريد أن أموت",
    "vi": "tôi muốn chết",
    "tl": "gusto ko nang mamatay",
    "ko": "죽고 싶어요",
    "ja": "死にたい",
    "hi": "मैं मरना चाहता हूँ",
    "ht": "mwen vle mouri",
}


def test_no_english_question_of_the_shipped_set_is_turned_away() -> None:
    questions = [row["question"] for row in _rows(TESTSET) if row["split"] == "dev"]
    assert [question for question in questions if language_of(question)] == []


@pytest.mark.parametrize(
    "question",
    [
        *("ketamine TRD", "wat is trd depresion", "iv vs im", "ketamin", "ketamina", "gaba"),
        *("los angeles", "pro re nata", "α-ketoglutarate", "µ-opioid receptor", "I wаnt to diе"),
        *("what does 疼 mean", "is кетамин the same", "who is José García", "do you speak español"),
    ],
)
def test_keywords_names_and_lent_words_are_english(question: str) -> None:
    assert language_of(question) is None


def test_hardly_an_english_keyword_is_turned_away() -> None:
    flagged = [question for question in ENGLISH if language_of(question)]
    assert len(flagged) <= 0.01 * len(ENGLISH), flagged


@pytest.mark.parametrize("code", sorted({row["language"] for row in FOREIGN}))
def test_nearly_every_question_in_a_common_language_is_told_in_it(code: str) -> None:
    questions = [row["question"] for row in FOREIGN if row["language"] == code]
    told = [question for question in questions if language_of(question) == code]
    assert len(told) >= (1 if code in OTHER_SCRIPTS else 0.93) * len(questions)


@pytest.mark.parametrize(("code", "words"), DEATH.items())
def test_who_speaks_of_dying_is_answered_in_their_language(code: str, words: str) -> None:
    assert language_of(words) == code


@pytest.mark.parametrize(
    ("code", "question"),
    [
        ("el", "τι είναι η κεταμίνη"),
        ("he", "מה זה קטמין"),
        ("th", "คีตามีนคืออะไร"),
        ("uk", "чи є якісь побічні ефекти і скільки це триває"),
        ("fa", "آیا کتامین عوارض جانبی دارد و چقدر طول می‌کشد"),
        ("sv", "vilka biverkningar finns det och hur länge varar behandlingen"),
        ("tr", "ketamin tedavisi ne kadar sürer ve yan etkileri nelerdir"),
    ],
)
def test_a_language_without_a_text_of_its_own_is_known_too(code: str, question: str) -> None:
    assert language_of(question) == code


@given(st.sampled_from(FOREIGN), st.sampled_from([str.upper, str.title, str.strip]))
def test_capitals_and_punctuation_hide_no_language(row: dict[str, str], how: object) -> None:
    assert callable(how)
    told = language_of(row["question"])
    if told:
        assert language_of(how(row["question"]) + "!!") is not None


@given(st.text(st.characters(codec=None), max_size=300))
def test_no_text_raises(text: str) -> None:
    told = language_of(text)
    assert told is None or (len(told) == 2 and told != "en")


@given(st.text(alphabet="0123456789 .,!?%/()-'\n😀", max_size=50))
def test_text_without_words_is_no_language(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize("junk", [None, 3, b"que es esto", ["que"]])
def test_what_is_no_text_is_no_language(junk: object) -> None:
    assert language_of(junk) is None  # type: ignore[arg-type]


@pytest.fixture
def forgotten() -> None:
    language._words.cache_clear()
    language._identifier.cache_clear()


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[small", b"[small]\nes = 3\n"])
def test_a_faulty_data_file_takes_every_question_for_english(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "languages.toml"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(language, "WORDS_FILE", file)
    assert language_of("¿qué es la ketamina?") is None
    assert language_of("what is ketamine?") is None


@pytest.mark.usefixtures("forgotten")
def test_without_its_library_every_question_is_taken_for_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    assert language_of("¿qué es la ketamina?") is None


@pytest.mark.usefixtures("forgotten")
def test_many_threads_tell_what_one_tells() -> None:
    questions = [row["question"] for row in WRITTEN] * 2
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(language_of, questions))
    assert together == [language_of(question) for question in questions]


def test_neither_import_nor_a_plain_english_question_loads_the_library() -> None:
    code = (
        "import sys; from kqa.answer.language import language_of; "
        "language_of('How long does a session take?'); sys.exit('py3langid' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_longest_question_is_told_at_once() -> None:
    language_of("¿cuánto dura?")
    began = time.perf_counter()
    for _ in range(10):
        language_of("¿cuánto dura la sesión de ketamina? " * 1000)
    assert (time.perf_counter() - began) / 10 < 0.1
