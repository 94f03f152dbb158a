"""Ways of asking: each is pinned to one place, or its entry is named, or its article is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.asked import FILE, WaysOfAsking, read_ways_of_asking, without_plain_headings
from kqa.corpus.pins import Pin, PinFault
from kqa.corpus.read import Corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError
from kqa.index.terms import words
from kqa.records import QUOTABLE, Article, SegmentKind

LISTS = """Ketamine helps many people. It is old.

Benefits include:

• Less pain.
• Better sleep.

The side effects include:

Ways it is given

• By drip.
• By nose.

Its past

It is given in a clinic. It is old.
"""
TEXTS = {"a": LISTS, "b": "It is aged."}
SOUND = """
[[pinned]]
article = "a"
quote = "Ketamine helps many people."
ask = ["who does it help", "does it help?"]

[[pinned]]
article = "a"
quote = "It is old."
start = 28
ask = ["how old is it"]

[[unanswered]]
about = "price"
ask = ["what does it cost"]
"""
ONE, OPEN = SOUND.split("[[unanswered]]")[0], "[[unanswered]]" + SOUND.split("[[unanswered]]")[1]


def read(
    folder: Path, toml: str | bytes | None = SOUND, texts: Mapping[str, str] = TEXTS
) -> WaysOfAsking:
    if toml is not None:
        (folder / FILE).write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    articles = [
        Article(id, text, id, False, f"{id}.txt", f"{id}.txt") for id, text in texts.items()
    ]
    return read_ways_of_asking(folder, articles, {a.id: segment(a) for a in articles})


def pinned(quote: str, article: str = "a", more: str = "") -> str:
    return f'[[pinned]]\narticle = "{article}"\nquote = "{quote}"\nask = ["so?"]\n{more}\n'


def quoted(found: WaysOfAsking, texts: Mapping[str, str] = TEXTS) -> list[tuple[str, str | None]]:
    """Each question and what it is pinned to."""
    return [
        (each.text, each.place.span.of(texts[each.place.article]) if each.place else None)
        for each in found.asked
    ]


def test_a_sound_file_is_read_in_its_order(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert quoted(found) == [
        ("who does it help", "Ketamine helps many people."),
        ("does it help?", "Ketamine helps many people."),
        ("how old is it", "It is old."),
        ("what does it cost", None),
    ]
    assert [each.about for each in found.asked] == [None, None, None, "price"]
    assert found.lost == ()


@pytest.mark.parametrize("toml", [None, "", "# nothing yet\n", b"\xef\xbb\xbf"])
def test_without_the_file_or_entries_there_are_no_ways(
    tmp_path: Path, toml: str | bytes | None
) -> None:
    assert read(tmp_path, toml) == WaysOfAsking()


@pytest.mark.parametrize(
    "quote",
    [
        "It is given in a clinic.",
        "Less pain.",
        "Benefits include:",
        "The side effects include:",
        "Ways it is given",
    ],
)
def test_a_sentence_an_item_and_whatever_introduces_a_list_may_be_pinned(
    tmp_path: Path, quote: str
) -> None:
    assert quoted(read(tmp_path, pinned(quote))) == [("so?", quote)]


# Pins that are lost.


@pytest.mark.parametrize(
    ("quote", "fault"),
    [
        ("It is new.", PinFault.GONE),
        ("Ketamine helps many people", PinFault.NOT_WHOLE),
        ("Its past", PinFault.NOT_WHOLE),
        ("It is old.", PinFault.AMBIGUOUS),
    ],
)
def test_a_lost_pin_is_a_warning_with_its_reason_and_the_rest_is_read(
    tmp_path: Path, quote: str, fault: PinFault
) -> None:
    found = read(tmp_path, SOUND + pinned(quote))
    assert found.lost == ((Pin("a", quote), fault),)
    assert found.asked == read(tmp_path).asked


def test_a_removed_article_removes_its_ways_silently(tmp_path: Path) -> None:
    found = read(tmp_path, SOUND + pinned("It is aged.", "b"), {"b": TEXTS["b"]})
    assert quoted(found) == [("what does it cost", None), ("so?", "It is aged.")][::-1]
    assert found.lost == ()


@given(data=st.data())
@settings(max_examples=25)
def test_removing_any_real_articles_leaves_the_other_ways_as_they_were(
    real: Corpus, data: st.DataObject
) -> None:
    left = [a for a in real.articles if data.draw(st.booleans())]
    ids = {a.id for a in left}
    whole = read_ways_of_asking(
        real.folder, real.articles, {a.id: segment(a) for a in real.articles}
    )
    found = read_ways_of_asking(real.folder, left, {a.id: segment(a) for a in left})
    assert found.lost == ()
    assert found.asked == tuple(
        each for each in whole.asked if each.place is None or each.place.article in ids
    )


@given(data=st.data())
@settings(max_examples=60)
def test_every_segment_that_may_be_pinned_can_be(
    articles: SearchStrategy[Article], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the text: written as JSON does, which TOML's basic strings share."""
    article = data.draw(articles)
    segments = segment(article)
    places = [
        s
        for s in without_plain_headings(segments)
        if s.kind in QUOTABLE | {SegmentKind.LEAD_IN, SegmentKind.LOST_LEAD_IN, SegmentKind.HEADING}
    ]
    entries = [
        f'[[pinned]]\narticle = "a"\nquote = {_toml(s.span.of(article.text))}\n'
        f'start = {s.start}\nask = ["way {n}"]\n'
        for n, s in enumerate(places)
        if s.span.of(article.text).strip()
    ]
    folder = tmp_path_factory.mktemp("asked")
    (folder / FILE).write_text("".join(entries), "utf-8")
    found = read_ways_of_asking(folder, [article], {"a": segments})
    assert found.lost == ()
    assert [each.place.span for each in found.asked if each.place] == [s.span for s in places]


def _toml(text: str) -> str:
    """The text as a basic string, whatever is no letter escaped."""
    return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def test_headings_remain_only_where_an_item_follows_at_once() -> None:
    segments = segment(Article("a", LISTS, "a", False, "a.txt", "a.txt"))
    left = [*without_plain_headings(segments)]
    headings = [s.span.of(LISTS) for s in left if s.kind is SegmentKind.HEADING]
    assert headings == ["Ways it is given"]
    assert [s for s in left if s.kind is not SegmentKind.HEADING] == [
        s for s in segments if s.kind is not SegmentKind.HEADING
    ]


# Files that are wrong.


@pytest.mark.parametrize(
    ("old", "new", "entry", "named"),
    [
        ('article = "a"', "", "pinned 1", "article is missing"),
        ('article = "a"', "article = 1", "pinned 1", "article"),
        ('quote = "Ketamine helps many people."', "", "pinned 1", "quote is missing"),
        ('quote = "Ketamine helps many people."', 'quote = " "', "pinned 1", "quote"),
        ('quote = "Ketamine helps many people."', 'quote = ["a"]', "pinned 1", "quote"),
        ('ask = ["how old is it"]', "", "pinned 2", "ask is missing"),
        ('ask = ["how old is it"]', "ask = []", "pinned 2", "ask is empty"),
        ('ask = ["how old is it"]', 'ask = "how"', "pinned 2", "ask"),
        ('ask = ["how old is it"]', 'ask = ["how", 1]', "pinned 2", "entry 2 of ask"),
        ('ask = ["how old is it"]', 'ask = ["how", " "]', "pinned 2", "entry 2 of ask"),
        ('ask = ["how old is it"]', 'ask = ["?!", "how"]', "pinned 2", "entry 1 of ask"),
        ('ask = ["how old is it"]', 'ask = [["how"]]', "pinned 2", "entry 1 of ask"),
        ("start = 28", "start = -1", "pinned 2", "start"),
        ("start = 28", "start = true", "pinned 2", "start"),
        ("start = 28", 'start = "28"', "pinned 2", "start"),
        ("start = 28", "end = 28", "pinned 2", "'end'"),
        ("start = 28", 'about = "age"', "pinned 2", "'about'"),
        ('about = "price"', "", "unanswered 1", "about is missing"),
        ('about = "price"', 'about = ""', "unanswered 1", "about"),
        ('about = "price"', "about = 5", "unanswered 1", "about"),
        ('about = "price"', 'about = "price"\nquote = "It is old."', "unanswered 1", "'quote'"),
        ('about = "price"', 'about = "price"\narticle = "a"', "unanswered 1", "'article'"),
        ('ask = ["what does it cost"]', "", "unanswered 1", "ask is missing"),
        ('ask = ["what does it cost"]', "ask = [0]", "unanswered 1", "entry 1 of ask"),
    ],
)
def test_a_wrong_field_is_named_with_its_entry(
    tmp_path: Path, old: str, new: str, entry: str, named: str
) -> None:
    assert old in SOUND
    with pytest.raises(CorpusError, match=named) as error:
        read(tmp_path, SOUND.replace(old, new, 1))
    assert error.value.what == f"{tmp_path / FILE}, {entry}"
    assert error.value.remedy


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("pinned = 1", "no table"),
        ("pinned = [1]", "no table"),
        ('unanswered = ["what does it cost"]', "no table"),
        (f"{SOUND}\n[[pined]]\nask = ['a']", "'pined'"),
        (f"colour = 1\n{SOUND}", "'colour'"),
        ("[[pinned", "TOML"),
        ("pinned = []\n[[pinned]]\nask = ['a']", "TOML"),
        (b"\xff\xfe", "UTF-8"),
        (SOUND.encode("utf-16"), "UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, toml: str | bytes, named: str) -> None:
    with pytest.raises(CorpusError, match=named) as error:
        read(tmp_path, toml)
    assert FILE in error.value.what
    assert error.value.remedy


def test_a_wrong_entry_is_refused_though_its_article_is_gone(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="unknown field"):
        read(tmp_path, pinned("It is old.", "gone", "colour = 1"))


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(CorpusError, match="no file"):
        read(tmp_path, None)


# The shipped file.


@pytest.fixture(scope="module")
def shipped(real: Corpus) -> WaysOfAsking:
    segments = {a.id: segment(a) for a in real.articles}
    return read_ways_of_asking(real.folder, real.articles, segments)


def test_the_shipped_file_is_valid_and_no_pin_of_it_is_lost(shipped: WaysOfAsking) -> None:
    assert shipped.lost == ()
    assert len([each for each in shipped.asked if each.place]) > 1_000
    assert len([each for each in shipped.asked if each.about]) > 100


def test_no_shipped_way_of_asking_stands_twice_however_it_is_written(
    shipped: WaysOfAsking,
) -> None:
    asked = Counter(" ".join(words(each.text)) for each in shipped.asked)
    assert [text for text, count in asked.items() if count > 1] == []


def test_every_shipped_list_can_be_asked_for_as_a_whole(
    real: Corpus, shipped: WaysOfAsking
) -> None:
    pinned_to = {each.place for each in shipped.asked if each.place}
    for article in real.articles:
        for s in without_plain_headings(segment(article)):
            if s.kind in {SegmentKind.LEAD_IN, SegmentKind.LOST_LEAD_IN}:
                assert any(p.article == article.id and p.span == s.span for p in pinned_to)


def test_a_changed_letter_of_a_real_article_loses_only_the_pins_of_its_place(
    real: Corpus, shipped: WaysOfAsking
) -> None:
    place = next(each.place for each in shipped.asked if each.place)
    articles = [
        replace(a, text=a.text[: place.span.start] + "¤" + a.text[place.span.start + 1 :])
        if a.id == place.article
        else a
        for a in real.articles
    ]
    now = {a.id: segment(a) for a in articles}
    found = read_ways_of_asking(real.folder, articles, now)
    assert {fault for _, fault in found.lost} == {PinFault.GONE}
    assert {pin.article for pin, _ in found.lost} == {place.article}
    lost = sum(each.place == place for each in shipped.asked)
    assert len(found.asked) == len(shipped.asked) - lost
