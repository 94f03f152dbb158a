"""What is searched: the question corrected, the articles' words added, and none of it shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Build, WriteCorpus

from kqa.answer.assistant import Assistant
from kqa.corpus.synonyms import Synonyms
from kqa.index.store import StoredIndex
from kqa.index.terms import terms, words
from kqa.search.query import Query, QueryReader
from kqa.settings import Settings

SYNONYMS: Synonyms = (
    ("nerve pain", ("neuropathic pain",)),
    ("nerve", ("neuropathic",)),
    ("burning nerve pain", ("neuropathic pain syndrome", "fibromyalgia")),
    ("iv", ("intravenous infusion",)),
    ("IV", ("by vein",)),
    ("can't enjoy", ("anhedonia",)),
    ("top-up", ("maintenance treatments",)),
)
SAID = ("nerve", "nerves", "pain", "burning", "iv", "ivy", "top", "up", "can't", "enjoy", "the")


@pytest.fixture(scope="module")
def readers(stored: StoredIndex) -> Mapping[bool, QueryReader]:
    """Readers with the synonyms above, and with none."""
    return {
        with_some: QueryReader(replace(stored, synonyms=SYNONYMS if with_some else ()))
        for with_some in (True, False)
    }


@pytest.fixture(scope="module")
def read(readers: Mapping[bool, QueryReader]) -> Callable[[str], Query]:
    return readers[True].read


def _added(query: Query) -> str:
    return query.expanded.removeprefix(query.corrected).strip()


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("Is it for a nerve?", "neuropathic"),
        ("NERVE PAIN", "neuropathic neuropathic pain"),
        ("the nerve-pain of mine", "neuropathic neuropathic pain"),
        (
            "burning nerve pain",
            "neuropathic pain syndrome fibromyalgia neuropathic neuropathic pain",
        ),
        ("pain, nerve", "neuropathic"),
        ("nerves", ""),
        ("unnerve me", ""),
        ("nerve_pain", ""),
        ("is poison ivy bad", ""),
        ("by iv", "intravenous infusion by vein"),
        ("I can’t enjoy it", "anhedonia"),
        ("a top up", "maintenance treatments"),
        ("up top", ""),
        ("iv and iv and IV", "intravenous infusion by vein"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_synonyms_are_found_as_whole_words_in_any_case(
    read: Callable[[str], Query], question: str, added: str
) -> None:
    assert _added(read(question)) == added


@given(st.lists(st.sampled_from(SAID), max_size=9).map(" ".join))
@settings(max_examples=300)
def test_every_run_of_words_that_means_something_is_found_each_meaning_once(
    readers: Mapping[bool, QueryReader], question: str
) -> None:
    query = readers[True].read(question)
    framed = f" {' '.join(words(query.corrected))} "
    meant = {
        meaning
        for said, meanings in SYNONYMS
        if f" {' '.join(words(said))} " in framed
        for meaning in meanings
    }
    rest = _added(query)
    for meaning in sorted(meant, key=len, reverse=True):
        assert meaning in rest
        rest = rest.replace(meaning, "", 1)
    assert rest.strip() == ""


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=200)
def test_without_synonyms_nothing_is_added_and_with_them_the_question_stays(
    readers: Mapping[bool, QueryReader], question: str
) -> None:
    plain, query = readers[False].read(question), readers[True].read(question)
    assert plain.expanded == plain.corrected
    assert query.expanded.startswith(query.corrected)
    for each in (plain, query):
        assert each.terms == tuple(terms(each.corrected))
        assert each.expanded_terms == tuple(terms(each.expanded))
        assert each.expanded_terms[: len(each.terms)] == each.terms


def test_words_are_corrected_before_they_are_looked_up(read: Callable[[str], Query]) -> None:
    query = read("burnng nerve")
    assert query.corrected == "burning nerve"
    assert _added(query) == "neuropathic"
    assert read("I cant enjoy").corrected == "I cant enjoy"


def test_every_shipped_synonym_is_found_where_it_stands_alone(stored: StoredIndex) -> None:
    read = QueryReader(stored).read
    assert len(stored.synonyms) > 100
    for said, meant in stored.synonyms:
        query = read(f"Tell me: {said}?")
        assert query.corrected == f"Tell me: {said}?"
        assert all(meaning in _added(query) for meaning in meant)


def test_ways_of_asking_are_no_dictionary(stored: StoredIndex) -> None:
    """Many are misspelt: a word of theirs is not a right one for that."""
    way = replace(stored.ways[0], text="ketaminne infusionn")
    read = QueryReader(replace(stored, ways=(way,))).read
    assert read("ketaminne infusionn").corrected == "ketamine infusion"


def test_threads_read_what_one_thread_reads(read: Callable[[str], Query]) -> None:
    questions = [f"is ketmine {said} for nerve pain number {n}" for n, said in enumerate(SAID)]
    alone = [read(question) for question in questions]
    together: dict[int, Query] = {}

    def work(n: int) -> None:
        together[n] = read(questions[n])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[n] for n in range(len(questions))] == alone


ARTICLE = """Ketamine is given by infusion in a clinic.

Nausea may follow a session.

Sessions last forty minutes.
"""
MARKED = """
[[pinned]]
article = "a"
quote = "Ketamine is given by infusion in a clinic."
ask = ["is it a squonkdrip", "how does the squonkdrip go in"]

[[unanswered]]
about = "squonkprice"
ask = ["what does squonkmoney buy"]
"""


def test_no_word_of_synonyms_or_ways_is_ever_shown(
    write_corpus: WriteCorpus, make_settings: Callable[..., Settings], build: Build
) -> None:
    folder = write_corpus(
        {
            "a.txt": ARTICLE,
            "ways_of_asking.toml": MARKED,
            "synonyms.toml": '[synonyms]\n"drip" = ["infusion squonkvein"]\n',
        }
    )
    chosen = make_settings()
    build(folder, chosen)
    assistant = Assistant(chosen)
    outcomes = set()
    for question in (
        "Is it a drip?",
        "How does the drip go in?",
        "what does money buy",
        "price",
        "How long do sessions last?",
    ):
        answer = assistant.ask(question)
        outcomes.add(answer.outcome)
        shown = json.dumps(answer.to_dict(), ensure_ascii=False)
        assert "squonk" not in shown
        assert answer.question == question
        assert all(quote.text in ARTICLE for quote in (*answer.quotes, *answer.related))
    assert len(outcomes) > 1
