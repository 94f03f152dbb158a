"""What is measured is what answers: the systems rank and answer as kqa does one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import Build

from kqa.answer.assistant import Assistant
from kqa.corpus.segment import sentence_spans
from kqa.errors import IndexStale, InputError
from kqa.evaluate import results
from kqa.evaluate.beir import BeirDocument, BeirSet
from kqa.evaluate.public_sets import beir_sha256, beir_system
from kqa.evaluate.results import Qrel, RunLine
from kqa.evaluate.runs import RunSystem, read_into
from kqa.evaluate.systems import (
    DEPTH,
    SYSTEMS,
    AnswerSystem,
    index_system,
)
from kqa.evaluate.trec import span_document
from kqa.index.encoder import HashingEncoder
from kqa.index.store import StoredIndex
from kqa.index.terms import terms
from kqa.records import Answer, Encoder, Passage, Quote, Span, Vectors
from kqa.search.hybrid import EmbeddedSearcher, hybrid_search
from kqa.search.reader import WordsReader, text_to_read
from kqa.search.rerank import WEIGHT, sentences_by_passage
from kqa.settings import Settings

QUESTIONS = (
    "When was ketamine first synthesized?",
    "Is ketamine addictive?",
    "What are the side effects and do they go away?",
    "Should I stop taking my lithium?",
    "Who won the world cup in 1998?",
    "I want to kill myself",
    "Can ketamine help with suicidal thoughts?",
    "zzz qqq xxx",
    "ketamine",
    "How long does a session take?",
)


def asked(questions: Sequence[str] = QUESTIONS) -> list[results.TestQuestion]:
    return [results.TestQuestion(f"q{n}", q, True, ()) for n, q in enumerate(questions)]


class Batches(HashingEncoder):
    """Remembers how many texts came in each call."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        self.sizes.append(len(texts))
        return super().encode(texts)


def _untimed(answer: Answer) -> Answer:
    return replace(answer, elapsed_ms=0.0)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_full_answers_exactly_as_the_assistant_does(built_assistant: Assistant, k: int) -> None:
    system = index_system("full", built_assistant, k)
    for question, found in zip(QUESTIONS, system.find(asked()), strict=True):
        assert found.answer is not None
        assert _untimed(found.answer) == _untimed(built_assistant.ask(question, k=k))


def test_with_the_real_encoder_batches_change_nothing_that_is_shown(
    real_assistant: Assistant,
) -> None:
    """The last bits of a vector differ with the batch; neither quotes nor outcomes do."""
    system = index_system("full", real_assistant)
    for question, found in zip(QUESTIONS, system.find(asked()), strict=True):
        answer, alone = found.answer, real_assistant.ask(question)
        assert answer is not None
        assert answer.confidence == pytest.approx(alone.confidence, abs=1e-5)
        assert [_place(quote) for quote in answer.quotes] == [_place(q) for q in alone.quotes]
        aside = {"confidence", "quotes", "elapsed_ms"}
        for name, value in alone.to_dict().items():
            assert name in aside or answer.to_dict()[name] == value


def _place(quote: Quote) -> tuple[str, int, int, str]:
    return quote.article.id, quote.start, quote.end, quote.text


def test_the_best_candidate_is_quote_1_or_what_was_withheld(built_assistant: Assistant) -> None:
    for found in index_system("full", built_assistant).find(asked()):
        assert found.answer is not None
        if found.answer.quotes:
            first = found.answer.quotes[0]
            assert found.best is not None
            assert (found.best.article, found.best.span.start) == (first.article.id, first.start)


def test_questions_are_encoded_together(built_settings: Settings) -> None:
    encoder = Batches()
    for name, calls in (("dense", [10]), ("hybrid", [10]), ("lexical", [])):
        system = index_system(name, Assistant(built_settings, encoder))
        encoder.sizes.clear()
        system.find(asked())
        assert encoder.sizes == calls


def test_full_encodes_for_its_ranking_together_and_then_what_the_assistant_does(
    built_settings: Settings,
) -> None:
    encoder = Batches()
    assistant = Assistant(built_settings, encoder)
    assistant.open()
    encoder.sizes.clear()
    for question in QUESTIONS:
        assistant.ask(question)
    alone = encoder.sizes.copy()
    system = index_system("full", assistant)
    encoder.sizes.clear()
    system.find(asked())
    assert encoder.sizes == [len(QUESTIONS), *alone]


def test_hybrid_ranks_as_the_search_does(
    built_assistant: Assistant, stored: StoredIndex, built_settings: Settings
) -> None:
    searcher = EmbeddedSearcher(stored.dense, stored.lexical, stored.passages)
    found = index_system("hybrid", built_assistant).find(asked())
    for question, each in zip(QUESTIONS, found, strict=True):
        vector = HashingEncoder().encode([question])
        share = built_settings.dense_share
        hits = hybrid_search(searcher, vector, terms(question), DEPTH, share)
        passages = searcher.fetch([hit.passage for hit in hits])
        names = [f"{p.article}:{p.start}-{p.end}" for p in passages]
        assert [document for document, _ in each.ranked] == names


@pytest.mark.parametrize("name", SYSTEMS)
def test_scores_fall_and_documents_come_once(built_assistant: Assistant, name: str) -> None:
    system = index_system(name, built_assistant)
    for found in system.find(asked()):
        scores = np.array([score for _, score in found.ranked], dtype=np.float32)
        assert (np.diff(scores) < 0).all()
        assert len({document for document, _ in found.ranked}) == len(found.ranked) <= DEPTH
        for document, _ in found.ranked[:3]:
            passage = system.look_up(document)
            assert passage is not None
            assert document == f"{passage.article}:{passage.start}-{passage.end}"


def test_lexical_finds_nothing_where_no_word_is_known(built_assistant: Assistant) -> None:
    (found,) = index_system("lexical", built_assistant).find(asked(["zzz qqq"]))
    assert found.ranked == ()


def test_whole_articles_rank_by_their_best_passage(built_assistant: Assistant) -> None:
    passages = index_system("hybrid", built_assistant).find(asked())
    articles = index_system("hybrid", built_assistant, whole_articles=True).find(asked())
    for by_passage, by_article in zip(passages, articles, strict=True):
        best = dict.fromkeys(document.rpartition(":")[0] for document, _ in by_passage.ranked)
        assert [document for document, _ in by_article.ranked] == list(best)


def test_an_unknown_system_is_refused(built_assistant: Assistant) -> None:
    with pytest.raises(InputError, match="lexical, dense, hybrid, full"):
        index_system("best", built_assistant)


def test_an_index_published_meanwhile_is_noticed(built_assistant: Assistant) -> None:
    before = index_system("full", built_assistant)
    assert isinstance(before, AnswerSystem)
    before.index = "another"
    with pytest.raises(IndexStale, match="another index was published"):
        before.find(asked(["ketamine"]))


# --- public sets -------------------------------------------------------------------------


@pytest.fixture
def beir() -> BeirSet:
    documents = (
        BeirDocument("1", "Ketamine", "An anesthetic of 1962."),
        BeirDocument("2", "", "Sessions last an hour."),
        BeirDocument("3", "Sleep", "Sleep well."),
    )
    queries = {"a": "ketamine anesthetic", "b": "how long are sessions"}
    qrels = (Qrel("a", "1", 1), Qrel("b", "2", 1))
    return BeirSet("tiny", "test", documents, queries, qrels, ())


class Reading(HashingEncoder):
    """Says that it reads ten characters."""

    def count_cut(self, texts: Sequence[str]) -> int:
        return sum(len(text) > 20 for text in texts)


@pytest.fixture
def cached(make_settings: Callable[..., Settings], tmp_path: object) -> Settings:
    return make_settings(cache=tmp_path)


@pytest.mark.parametrize("name", ["lexical", "dense", "hybrid"])
def test_a_document_is_one_passage_with_its_title(
    beir: BeirSet, cached: Settings, name: str
) -> None:
    system, _ = beir_system(name, beir, cached, HashingEncoder())
    found = system.find(asked(list(beir.queries.values())))
    assert [each.ranked[0][0] for each in found] == ["1", "2"]
    passage = system.look_up("1")
    assert passage is not None
    assert passage.text == "Ketamine\nAn anesthetic of 1962."


def test_documents_that_the_encoder_cuts_are_counted(beir: BeirSet, cached: Settings) -> None:
    assert beir_system("dense", beir, cached, Reading())[1] == (
        "2 of 3 documents are longer than the encoder reads",
    )
    assert beir_system("lexical", beir, cached, Reading())[1] == ()


def test_lexical_needs_no_vectors(beir: BeirSet, cached: Settings) -> None:
    encoder = Batches()
    system, _ = beir_system("lexical", beir, cached, encoder)
    system.find(asked(["ketamine"]))
    assert encoder.sizes == []


def test_full_has_no_articles_to_quote_there(beir: BeirSet, cached: Settings) -> None:
    with pytest.raises(InputError, match="no articles to quote"):
        beir_system("full", beir, cached, HashingEncoder())


def test_full_ranks_a_public_set_by_what_is_read_of_its_sentences(
    beir: BeirSet, cached: Settings
) -> None:
    reading = cached.model_copy(update={"reader": "words", "read_passages": 2})
    hybrid, _ = beir_system("hybrid", beir, reading, HashingEncoder())
    full, _ = beir_system("full", beir, reading, HashingEncoder())
    assert full.settings["reader"] == WordsReader.fingerprint
    assert full.settings["read_passages"] == "2"
    assert full.index != hybrid.index
    texts = {d.id: _read_texts(d) for d in beir.documents}
    for question, before, after in zip(
        asked(), hybrid.find(asked()), full.find(asked()), strict=True
    ):
        read = dict(before.ranked[:2])
        logits = {id: WordsReader().read(question.question, texts[id]).max() for id in read}
        lowest = min(logits.values(), default=0.0)
        expected = {id: score + WEIGHT * logits.get(id, lowest) for id, score in before.ranked}
        assert dict(after.ranked) == pytest.approx(expected, abs=1e-4)


def _read_texts(document: BeirDocument) -> list[str]:
    spans = sentence_spans(document.text, Span(0, len(document.text)))
    return [text_to_read(document.title, "", span.of(document.text)) for span in spans]


def test_full_reads_the_sentences_of_the_best_passages(
    shipped_corpus: Path, make_settings: Callable[..., Settings], build: Build
) -> None:
    settings = make_settings(reader="words", read_passages=100)
    build(shipped_corpus, settings)
    assistant = Assistant(settings)
    stored, _ = assistant.opened()
    held = sentences_by_passage(stored)
    hybrid, full = (index_system(name, assistant) for name in ("hybrid", "full"))
    for question, before, after in zip(
        asked(), hybrid.find(asked()), full.find(asked()), strict=True
    ):
        scores = dict(before.ranked)
        for document, score in after.ranked:
            at = next(n for n, p in enumerate(stored.passages) if _named(p) == document)
            best = WordsReader().read(question.question, held[at]).max()
            assert score == pytest.approx(scores[document] + WEIGHT * best, abs=1e-3)


def _named(passage: Passage) -> str:
    return span_document(passage.article, passage.start, passage.end)


def test_the_fingerprint_is_of_all_that_the_figures_depend_on(
    beir: BeirSet, cached: Settings
) -> None:
    class Other(HashingEncoder):
        fingerprint = "other"

    def index(name: str = "hybrid", encoder: Encoder | None = None, **chosen: object) -> str:
        settings = cached.model_copy(update=chosen)
        given = replace(beir, queries={"a": "x"}) if name == "queries" else beir
        name = "hybrid" if name == "queries" else name
        return beir_system(name, given, settings, encoder or HashingEncoder())[0].index

    assert index() == index()
    others = index("queries"), index(encoder=Other()), index(bm25_b=0.1), index(dense_share=0.1)
    assert len({index(), *others}) == 5
    assert beir_sha256(beir) == beir_sha256(replace(beir, queries=dict(beir.queries)))
    assert len(beir_sha256(beir)) == len(hashlib.sha256().hexdigest())


# --- runs ---------------------------------------------------------------------------------


def test_a_run_ranks_by_score_whatever_its_ranks_say() -> None:
    lines = [
        RunLine("q0", "low", 1, 0.1, "tag"),
        RunLine("q0", "tie-a", 2, 0.5, "tag"),
        RunLine("q0", "tie-b", 9, 0.5, "tag"),
    ]
    tag, run = read_into(lines)
    first, second = RunSystem(tag, run).find(asked(["one", "two"]))
    assert tag == "tag"
    assert [document for document, _ in first.ranked] == ["tie-b", "tie-a", "low"]
    assert second.ranked == ()


def test_equal_runs_have_equal_fingerprints_and_others_not() -> None:
    run = {"q": {"d": 1.0, "e": 0.5}, "r": {"d": 1.0}}
    shuffled = {"r": {"d": 1.0}, "q": {"e": 0.5, "d": 1.0}}
    assert RunSystem("x", run).index == RunSystem("y", shuffled).index
    assert RunSystem("x", run).index != RunSystem("x", {"q": {"d": 1.0}}).index


@pytest.mark.parametrize(("name", "steps"), [("lexical", 1), ("hybrid", 1), ("full", 2)])
def test_a_step_comes_before_each_piece_of_work_and_breaks_it_off(
    built_assistant: Assistant, name: str, steps: int
) -> None:
    class Enough(Exception):
        pass

    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken > limit:
            raise Enough

    limit = 1_000
    system = index_system(name, built_assistant, step=step)
    found, plain = system.find(asked()), index_system(name, built_assistant).find(asked())
    assert [each.ranked for each in found] == [each.ranked for each in plain]
    assert taken == steps * len(QUESTIONS)
    taken, limit = 0, 3
    with pytest.raises(Enough):
        system.find(asked())
    assert taken == 4
