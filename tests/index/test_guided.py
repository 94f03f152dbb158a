"""Guides in the index: every pin is a position, and an edit of a guide is an edit of the index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import WriteCorpus

from kqa.corpus.asked import without_plain_headings
from kqa.corpus.passages import split_passages
from kqa.corpus.pins import PinFault
from kqa.corpus.read import read_corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError, IndexStale
from kqa.index.build import BuildReport, build_index
from kqa.index.encoder import HashingEncoder
from kqa.index.fingerprint import check_current
from kqa.index.guided import lead_ins_of
from kqa.index.ngrams import ngrams
from kqa.index.store import StoredIndex, open_index, read_manifest
from kqa.records import Article, SegmentKind, Span, Vectors
from kqa.settings import Settings

ARTICLE = """Ketamine helps many people.

Benefits include:

• Less pain.
• Better sleep.

It is old and known.

The side effects include:

Ways it is given

• By drip.
• By nose.
"""
OTHER = """It is new and unknown.

Sessions last forty minutes.
"""
WAYS = """
[[pinned]]
article = "a"
quote = "Benefits include:"
ask = ["what is it good for", "name the good sides"]

[[pinned]]
article = "a"
quote = "Better sleep."
ask = ["will i sleep"]

[[pinned]]
article = "a"
quote = "The side effects include:"
ask = ["what are the bad sides"]

[[unanswered]]
about = "price"
ask = ["what does it cost"]

[[pinned]]
article = "a"
quote = "Ways it is given"
ask = ["how is it taken"]

[[pinned]]
article = "b"
quote = "Sessions last forty minutes."
ask = ["how long is it"]
"""
DISAGREEMENTS = """
[[disagreement]]
id = "age"
question = "Is it old?"
ask = ["how old is it", "is it recent"]

[[disagreement.side]]
name = "says it is old"
quotes = [{ article = "a", quote = "It is old and known." }]

[[disagreement.side]]
name = "says it is new"
quotes = [{ article = "b", quote = "It is new and unknown." }]
"""
SYNONYMS = '[synonyms]\n"zap" = ["infusion"]\n'
FILES = {
    "a.txt": ARTICLE,
    "b.txt": OTHER,
    "ways_of_asking.toml": WAYS,
    "disagreements.toml": DISAGREEMENTS,
    "synonyms.toml": SYNONYMS,
}


class Counting(HashingEncoder):
    """The hashing encoder, which also tells which texts it was given."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        self.seen += texts
        return super().encode(texts, progress=progress)


@pytest.fixture
def corpus(write_corpus: WriteCorpus) -> Path:
    return write_corpus(FILES)


def _build(corpus: Path, settings: Settings) -> tuple[BuildReport, list[str]]:
    """What the build says, and the texts that it embedded."""
    encoder = Counting()
    report = build_index(read_corpus(corpus), encoder, settings, settings.index)
    return report, encoder.seen


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def _answers(stored: StoredIndex) -> Mapping[str, list[str]]:
    """For each way, the sentences that it stands for."""
    return {way.text: [stored.sentences[at].text for at in way.sentences] for way in stored.ways}


# Ways of asking.


def test_a_way_stands_for_its_sentence_and_one_of_a_lead_in_for_its_whole_list(
    corpus: Path, hashing: Settings
) -> None:
    report, _ = _build(corpus, hashing)
    stored = open_index(hashing.index)
    assert _answers(stored) == {
        "what is it good for": ["Less pain.", "Better sleep."],
        "name the good sides": ["Less pain.", "Better sleep."],
        "will i sleep": ["Better sleep."],
        "what are the bad sides": [],
        "how is it taken": ["By drip.", "By nose."],
        "how long is it": ["Sessions last forty minutes."],
        "what does it cost": [],
    }
    leads = {
        way.text: stored.lead_ins[way.lead_in].text
        for way in stored.ways
        if way.lead_in is not None
    }
    assert leads == {
        "what is it good for": "Benefits include:",
        "name the good sides": "Benefits include:",
        "what are the bad sides": "The side effects include:",
        "how is it taken": "Ways it is given",
    }
    assert [x.text for x in stored.lead_ins if x.lost] == ["The side effects include:"]
    assert [way.about for way in stored.ways] == [None] * 6 + ["price"]
    assert report.counts["ways"] == 7
    assert report.lost == ()


def test_a_lost_pin_is_reported_and_the_index_is_published_without_it(
    corpus: Path, hashing: Settings
) -> None:
    _edit(corpus / "a.txt", "Better sleep.", "Good sleep.")
    report, _ = _build(corpus, hashing)
    ((pin, fault),) = report.lost
    assert (pin.article, pin.quote, fault) == ("a", "Better sleep.", PinFault.GONE)
    found = _answers(open_index(hashing.index))
    assert "will i sleep" not in found
    assert found["what is it good for"] == ["Less pain.", "Good sleep."]


def test_a_removed_article_takes_its_ways_and_its_side_along_silently(
    corpus: Path, hashing: Settings
) -> None:
    before, _ = _build(corpus, hashing)
    (corpus / "b.txt").unlink()
    report, embedded = _build(corpus, hashing)
    assert (before.counts["disagreements"], report.counts["disagreements"]) == (1, 0)
    assert report.lost == ()
    assert embedded == []
    stored = open_index(hashing.index)
    assert set(_answers(stored)) == {
        *("what is it good for", "name the good sides", "will i sleep"),
        *("what are the bad sides", "how is it taken", "what does it cost"),
    }
    assert stored.disagreements == ()


def test_the_setting_leaves_the_ways_out_and_nothing_else(
    corpus: Path, make_settings: Callable[..., Settings]
) -> None:
    with_ways, without = make_settings(), make_settings(ways_of_asking=False)
    reports = [_build(corpus, each)[0] for each in (with_ways, without)]
    assert reports[0].fingerprint != reports[1].fingerprint
    assert reports[1].counts == {**reports[0].counts, "ways": 0}
    full, bare = open_index(with_ways.index), open_index(without.index)
    assert bare.ways == ()
    assert bare.way_vectors.shape == (0, full.way_vectors.shape[1])
    for name in ("articles", "passages", "sentences", "lead_ins", "disagreements", "synonyms"):
        assert getattr(bare, name) == getattr(full, name)
    with pytest.raises(IndexStale, match="ways_of_asking"):
        check_current(
            bare.manifest, HashingEncoder(), with_ways.model_copy(update={"index": without.index})
        )


# Disagreements.


def test_a_side_is_its_sentences_by_position(corpus: Path, hashing: Settings) -> None:
    _build(corpus, hashing)
    stored = open_index(hashing.index)
    (found,) = stored.disagreements
    assert (found.id, found.question) == ("age", "Is it old?")
    assert found.asks == ("how old is it", "is it recent")
    assert [(s.name, [stored.sentences[at].text for at in s.sentences]) for s in found.sides] == [
        ("says it is old", ["It is old and known."]),
        ("says it is new", ["It is new and unknown."]),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("b.txt", "It is new and", "It is fresh and", "'says it is new'"),
        ("disagreements.toml", "It is new and", "It is fresh and", "'says it is new'"),
        ("disagreements.toml", 'id = "age"', "", "disagreement 1"),
        ("ways_of_asking.toml", 'about = "price"', "", "unanswered 1"),
        ("synonyms.toml", '["infusion"]', "5", "'zap'"),
    ],
)
def test_what_makes_a_guide_wrong_fails_the_build_by_name_and_the_old_index_stays(
    corpus: Path, hashing: Settings, file: str, old: str, new: str, named: str
) -> None:
    before, _ = _build(corpus, hashing)
    kept = {path: path.read_bytes() for path in hashing.index.rglob("*") if path.is_file()}
    _edit(corpus / file, old, new)
    with pytest.raises(CorpusError, match=named):
        _build(corpus, hashing)
    assert {path: path.read_bytes() for path in hashing.index.rglob("*") if path.is_file()} == kept
    assert open_index(hashing.index).manifest.fingerprint == before.fingerprint


# Edits.


@pytest.mark.parametrize(
    ("file", "old", "new", "embedded"),
    [
        ("ways_of_asking.toml", "will i sleep", "will i rest", ["will i rest"]),
        ("ways_of_asking.toml", '["how long', '["how short", "how long', ["how short"]),
        ("ways_of_asking.toml", "what does it cost", "what is the price", []),
        ("ways_of_asking.toml", '"will i sleep"', '"how long is it"', []),
        ("disagreements.toml", "is it recent", "is it fresh", []),
        ("synonyms.toml", "zap", "drip", []),
        ("synonyms.toml", "[synonyms]", "# a remark\n[synonyms]", []),
    ],
)
def test_an_edited_guide_makes_the_index_stale_and_embeds_only_what_is_new(
    corpus: Path, hashing: Settings, file: str, old: str, new: str, embedded: list[str]
) -> None:
    before, _ = _build(corpus, hashing)
    check_current(read_manifest(hashing.index), HashingEncoder(), hashing)
    whole = (corpus / file).read_bytes()
    _edit(corpus / file, old, new)
    with pytest.raises(IndexStale, match="built: guides"):
        check_current(read_manifest(hashing.index), HashingEncoder(), hashing)
    report, seen = _build(corpus, hashing)
    assert seen == embedded
    assert (report.embedded, report.unchanged) == (len(embedded), False)
    assert report.fingerprint != before.fingerprint
    check_current(read_manifest(hashing.index), HashingEncoder(), hashing)
    (corpus / file).write_bytes(whole)
    assert _build(corpus, hashing)[0].fingerprint == before.fingerprint


@pytest.mark.parametrize("name", ["ways_of_asking.toml", "disagreements.toml", "synonyms.toml"])
def test_a_removed_guide_makes_the_index_stale(corpus: Path, hashing: Settings, name: str) -> None:
    _build(corpus, hashing)
    (corpus / name).unlink()
    with pytest.raises(IndexStale, match="built: guides"):
        check_current(read_manifest(hashing.index), HashingEncoder(), hashing)
    assert _build(corpus, hashing)[1] == []


def test_vectors_that_are_reused_are_those_that_embedding_gives(
    corpus: Path, hashing: Settings
) -> None:
    _build(corpus, hashing)
    _edit(corpus / "ways_of_asking.toml", '["will i sleep"', '["a new way", "will i sleep"')
    _edit(corpus / "a.txt", "It is old and known.", "It is old and known. It is cheap.")
    _build(corpus, hashing)
    _check_vectors(open_index(hashing.index))


# What lies beside what.


def _check_vectors(stored: StoredIndex) -> None:
    encode = HashingEncoder().encode
    lines = [s.text for s in stored.sentences] + [x.text for x in stored.lead_ins]
    ways = [way.text for way in stored.ways if way.about is None]
    np.testing.assert_array_equal(stored.sentence_vectors, encode(lines))
    np.testing.assert_array_equal(stored.way_vectors, encode(ways))


def test_every_vector_of_the_shipped_guides_is_in_its_row(stored: StoredIndex) -> None:
    _check_vectors(stored)


def test_every_text_is_compared_by_letters_at_its_own_position(stored: StoredIndex) -> None:
    by_id = {article.id: article for article in stored.articles}
    texts = []
    for s in stored.sentences:
        lead_in = s.lead_in.of(by_id[s.article].text) + " " if s.lead_in else ""
        texts.append(f"{s.section or by_id[s.article].title}. {lead_in}{s.text}")
    texts += [f"{x.section or by_id[x.article].title}. {x.text}" for x in stored.lead_ins]
    texts += [way.text for way in stored.ways]
    texts += [ask for each in stored.disagreements for ask in each.asks]
    assert len(stored.letters) == len(texts)
    for at, text in [*enumerate(texts)][::5]:
        expected = 1.0 if ngrams(text) else 0.0
        assert stored.letters.cosines(text)[at] == pytest.approx(expected, abs=1e-5)


def test_the_shipped_guides_are_whole_in_the_index(stored: StoredIndex) -> None:
    pinned = [way for way in stored.ways if way.about is None]
    assert stored.ways[: len(pinned)] == tuple(pinned)
    for way in pinned:
        assert way.sentences or way.lead_in is not None
        if way.lead_in is not None:
            assert way.sentences == stored.lead_ins[way.lead_in].items
    for each in stored.disagreements:
        assert len(each.sides) > 1
        assert all(side.sentences for side in each.sides)


LINES = (
    "Ketamine was first made in 1962.",
    "These may include:",
    "The key mechanisms include:",
    "• Nausea and vomiting",
    "1. Dissociative effects: a feeling of detachment.",
    "- Dizziness",
    "## Side Effects",
    "What is it?",
    "June 19, 2024",
    "",
)


@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=14).map("\n".join),
    st.sampled_from(("txt", "md")),
)
@settings(max_examples=200)
def test_every_item_belongs_to_the_line_that_introduces_it(text: str, markup: str) -> None:
    """Whatever the text: a lead-in has the items that name it, a lost one has none."""
    article = Article("a", text, "T", False, f"a.{markup}", f"a.{markup}", markup)
    segments = segment(article)
    _, sentences = split_passages(article, segments, 600, 0.5, first=0)
    found = lead_ins_of([article], {"a": segments}, sentences)
    kinds = {s.span: s.kind for s in segments}
    for lead_in in found:
        assert lead_in.text == text[lead_in.start : lead_in.end]
        items = [sentences[at] for at in lead_in.items]
        assert all(item.kind is SegmentKind.ITEM for item in items)
        assert sorted(lead_in.items) == list(lead_in.items)
        assert all(item.span.start >= lead_in.end for item in items)
        if lead_in.before is not None:
            assert sentences[lead_in.before].span.end <= lead_in.start
    by_kind = {
        kind: [x for x in found if kinds[Span(x.start, x.end)] is kind]
        for kind in (SegmentKind.LEAD_IN, SegmentKind.LOST_LEAD_IN, SegmentKind.HEADING)
    }
    assert sum(map(len, by_kind.values())) == len(found)
    assert len(by_kind[SegmentKind.HEADING]) == sum(
        s.kind is SegmentKind.HEADING for s in without_plain_headings(segments)
    )
    assert all(x.lost for x in by_kind[SegmentKind.LOST_LEAD_IN])
    for x in by_kind[SegmentKind.LEAD_IN]:
        span = Span(x.start, x.end)
        assert x.items == tuple(n for n, s in enumerate(sentences) if s.lead_in == span)
