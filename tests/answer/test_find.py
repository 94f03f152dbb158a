"""What is found for one question: how sure, what may be quoted, which list is lost."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Build, WriteCorpus

from kqa.answer.assistant import Assistant
from kqa.answer.find import FACT, Finder
from kqa.answer.match import Matcher
from kqa.answer.select import only_advice
from kqa.errors import IndexStale
from kqa.index.encoder import HashingEncoder
from kqa.index.store import StoredIndex, open_index
from kqa.records import Notice, Outcome
from kqa.settings import Settings

PERSONAL = (
    "Should I stop taking my lithium?",
    "Is ketamine right for my daughter with bipolar disorder?",
    "i take zoloft, can i still get ketamine",
)
DOSES = ("What dose of ketamine is given?", "how many mg of ketamine per kg", "how much ketamine")


@pytest.fixture(scope="module")
def finder(stored: StoredIndex) -> Finder:
    return Finder(Matcher(stored, HashingEncoder(), 0.5))


@pytest.fixture
def answers(
    write_corpus: WriteCorpus, make_settings: Callable[..., Settings], build: Build
) -> Callable[..., Assistant]:
    def made(article: str, ways: str = "") -> Assistant:
        settings = make_settings()
        files = {"a.txt": article}
        if ways:
            files["ways_of_asking.toml"] = ways
        build(write_corpus(files), settings)
        return Assistant(settings)

    return made


@pytest.mark.parametrize("question", PERSONAL)
def test_for_personal_advice_only_what_sends_to_a_provider_may_be_quoted_unless_a_fact_is_sure(
    finder: Finder, question: str
) -> None:
    found = finder.find(question)
    assert found.personal
    if found.eligible == found.ranked:
        assert found.confidence >= FACT
    else:
        assert found.eligible == only_advice(found.ranked)
        assert 0 <= found.confidence < 1


@pytest.mark.parametrize("question", DOSES)
@pytest.mark.usefixtures("always_answers")
def test_a_question_for_a_dose_is_answered_by_an_amount_or_not_at_all(
    answers: Callable[..., Assistant], finder: Finder, question: str
) -> None:
    assert all(re.search(r"\d", c.sentence.text) for c in finder.find(question).eligible)
    vague = "The dose of ketamine is low. Ketamine was made in 1962. How much depends on you.\n"
    refused = answers(vague).ask(question)
    assert (refused.outcome, refused.confidence) == (Outcome.NOT_IN_CORPUS, 0.0)
    said = answers(vague + "\nThe dose of ketamine given is 0.5 mg per kg of weight.\n")
    answer = said.ask(question)
    assert [quote.text for quote in answer.quotes] == [
        "The dose of ketamine given is 0.5 mg per kg of weight."
    ]


ARTICLE = """It is given in a clinic by a nurse.

Some people should not have it.

Reasons against it include:

A session lasts forty minutes in all.
"""
LOST = """
[[pinned]]
article = "a"
quote = "Reasons against it include:"
ask = ["what speaks against it for some", "who must not have it"]

[[pinned]]
article = "a"
quote = "A session lasts forty minutes in all."
ask = ["how much time does it take"]
"""


@pytest.mark.usefixtures("always_answers")
@pytest.mark.parametrize("ask", ["what speaks against it for some", "who must not have it"])
def test_who_asks_for_a_lost_list_is_told_that_it_is_lost_and_shown_what_is_near(
    answers: Callable[..., Assistant], ask: str
) -> None:
    assistant = answers(ARTICLE, LOST)
    answer = assistant.ask(ask)
    assert answer.outcome is Outcome.NOT_IN_CORPUS
    assert Notice.SOURCE_INCOMPLETE in answer.notices
    assert answer.related[0].text == "Some people should not have it."
    assert 1 <= len(answer.related) <= 3
    assert all("include:" not in quote.text for quote in answer.related)
    other = assistant.ask("how much time does it take")
    assert other.quotes[0].text == "A session lasts forty minutes in all."
    assert Notice.SOURCE_INCOMPLETE not in other.notices


@pytest.mark.usefixtures("always_answers")
def test_a_lost_list_is_told_without_any_way_of_asking(answers: Callable[..., Assistant]) -> None:
    answer = answers(ARTICLE).ask("What do the reasons against it include?")
    assert answer.outcome is Outcome.NOT_IN_CORPUS
    assert Notice.SOURCE_INCOMPLETE in answer.notices


def test_a_way_that_is_left_open_is_refused_and_the_same_pinned_is_answered(
    answers: Callable[..., Assistant],
) -> None:
    ask = "how many minutes does it go on"
    open_ways = f'[[unanswered]]\nabout = "length"\nask = ["{ask}"]\n'
    pinned = f'[[pinned]]\narticle = "a"\nquote = "A session lasts forty minutes in all."\nask = ["{ask}"]\n'  # noqa: E501
    refused = answers(ARTICLE, open_ways).ask(ask)
    answered = answers(ARTICLE, pinned).ask(ask)
    assert refused.outcome is Outcome.NOT_IN_CORPUS
    assert answered.outcome is Outcome.ANSWERED
    assert answered.quotes[0].text == "A session lasts forty minutes in all."
    assert refused.confidence < answered.confidence


def test_the_shipped_questions_that_the_articles_leave_open_are_refused(
    real_assistant: Assistant,
) -> None:
    stored, _ = real_assistant.opened()
    left_open = [way.text for way in stored.ways if way.about is not None]
    asked = random.Random(0).sample(left_open, 30)
    refused = [real_assistant.ask(question).outcome is not Outcome.ANSWERED for question in asked]
    assert sum(refused) >= 25


def test_the_shipped_questions_that_are_pinned_are_answered_as_pinned(
    real_assistant: Assistant,
) -> None:
    stored, _ = real_assistant.opened()
    pinned = [way for way in stored.ways if way.sentences]
    right = 0
    for way in random.Random(0).sample(pinned, 30):
        answer = real_assistant.ask(way.text)
        texts = {stored.sentences[at].text for at in way.sentences}
        right += bool(texts & {quote.text for quote in answer.quotes})
    assert right >= 25


def test_the_index_without_articles_of_the_question_is_found_unsure(
    write_corpus: WriteCorpus, make_settings: Callable[..., Settings], build: Build
) -> None:
    settings = make_settings()
    build(write_corpus({"a.txt": "One sentence only.\n"}), settings)
    finder = Finder(Matcher(open_index(settings.index), HashingEncoder(), 0.5))
    found = finder.find("zebra quasar")
    assert 0 <= found.confidence <= 1
    assert found.lost is None


def test_the_shipped_reader_reads_for_an_answer(real_assistant: Assistant) -> None:
    reader = real_assistant.reader()
    assert reader is not None
    assert reader.fingerprint.startswith("onnx:")
    answer = real_assistant.ask("When was ketamine first synthesized?")
    assert "1962" in answer.quotes[0].text
    asked = real_assistant.ask("Who won the world cup in 1998?")
    assert asked.outcome is Outcome.NOT_IN_CORPUS


def test_without_the_reader_the_index_is_stale_and_nothing_is_embedded_anew(
    real_settings: Settings, shipped_corpus: Path, tmp_path: Path, build: Build
) -> None:
    folder = shutil.copytree(real_settings.index, tmp_path / "index")
    settings = real_settings.model_copy(update={"reader": "none", "index": folder})
    with pytest.raises(IndexStale, match="reader"):
        Assistant(settings).open()
    assert build(shipped_corpus, settings).embedded == 0
    assert Assistant(settings).reader() is None


def test_the_reader_is_loaded_once_however_often_an_index_is_published(
    write_corpus: WriteCorpus, make_settings: Callable[..., Settings], build: Build
) -> None:
    settings = make_settings(reader="words")
    build(write_corpus({"a.txt": "It was made in 1962.\n"}), settings)
    assistant = Assistant(settings)
    before = assistant.reader()
    folder = write_corpus({"a.txt": "It was made in 1970.\n"})
    build(folder, settings)
    assert "1970" in assistant.article("a").text
    assert before is assistant.reader() is not None
