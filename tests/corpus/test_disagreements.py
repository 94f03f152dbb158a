"""Disagreements: every side stands in its article, or the file is named with its entry."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.corpus.disagreements import (
    FILE,
    Disagreement,
    broken_pins,
    known_pairs,
    read_disagreements,
)
from kqa.corpus.pins import PinFault, Place
from kqa.corpus.read import Corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError
from kqa.records import Article

SOUND = """
[[disagreement]]
id = "age"
question = "Is it old?"
ask = ["how old is it", "old?"]

[[disagreement.side]]
name = "says it is old"
quotes = [{ article = "a", quote = "It is old." }, { article = "b", quote = "It is aged." }]

[[disagreement.side]]
name = "says it is new"
quotes = [{ article = "c", quote = "It is new." }]
"""
TEXTS = {"a": "It is old. So it is.", "b": "It is aged.", "c": "Well. It is new."}


def article(id: str, text: str) -> Article:
    return Article(id, text, id, False, f"{id}.txt", f"{id}.txt")


def read(
    folder: Path, toml: str | bytes | None = SOUND, texts: Mapping[str, str] = TEXTS
) -> tuple[Disagreement, ...]:
    if toml is not None:
        (folder / FILE).write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    articles = [article(id, text) for id, text in texts.items()]
    return read_disagreements(folder, articles, {a.id: segment(a) for a in articles})


def without(*ids: str) -> dict[str, str]:
    return {id: text for id, text in TEXTS.items() if id not in ids}


def quotes(found: Sequence[Disagreement], texts: Mapping[str, str]) -> list[list[str]]:
    """The quoted words of each side, side after side."""
    return [
        [place.span.of(texts[place.article]) for place in side.places]
        for disagreement in found
        for side in disagreement.sides
    ]


def test_a_sound_file_is_read_in_its_order(tmp_path: Path) -> None:
    (found,) = read(tmp_path)
    assert (found.id, found.question) == ("age", "Is it old?")
    assert found.asks == ("how old is it", "old?")
    assert [side.name for side in found.sides] == ["says it is old", "says it is new"]
    assert quotes([found], TEXTS) == [["It is old.", "It is aged."], ["It is new."]]


def test_without_the_file_there_are_no_disagreements(tmp_path: Path) -> None:
    assert read(tmp_path, None) == ()
    assert read(tmp_path, "") == ()


# Articles that are gone.


def test_removing_an_article_removes_its_quotes_and_keeps_the_side(tmp_path: Path) -> None:
    assert quotes(read(tmp_path, texts=without("a")), TEXTS) == [["It is aged."], ["It is new."]]


@pytest.mark.parametrize("gone", ["c", "ab", "abc"])
def test_removing_an_article_removes_its_side(tmp_path: Path, gone: str) -> None:
    third = '[[disagreement.side]]\nname = "d"\nquotes = [{ article = "d", quote = "It is." }]\n'
    assert read(tmp_path, texts=without(*gone)) == ()
    with_third = read(tmp_path, SOUND + third, {**without(*gone), "d": "It is."})
    assert len(with_third) == (0 if gone == "abc" else 1)
    for found in with_third:
        assert len(found.sides) == 2


@given(data=st.data())
def test_removing_any_articles_of_the_real_corpus_never_fails(
    real: Corpus, data: st.DataObject
) -> None:
    left = [a for a in real.articles if data.draw(st.booleans())]
    segments = {a.id: segment(a) for a in left}
    ids = {a.id for a in left}
    for found in read_disagreements(real.folder, left, segments):
        assert len(found.sides) >= 2
        assert all(p.article in ids for side in found.sides for p in side.places)
        assert all(side.places for side in found.sides)


# Quotes that are gone.


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It is new!", PinFault.GONE),
        ("Indeed, It is new. is no sentence here", PinFault.NOT_WHOLE),
        ("It is new:\n\nNothing follows.", PinFault.GONE),
        ("It is new. Yes. It is new.", PinFault.AMBIGUOUS),
    ],
)
def test_a_changed_quote_fails_by_name(tmp_path: Path, text: str, reason: PinFault) -> None:
    with pytest.raises(CorpusError) as error:
        read(tmp_path, texts={**TEXTS, "c": text})
    message = str(error.value)
    for named in (FILE, "'age'", "'says it is new'", "“It is new.” of c", reason.value, "Restore"):
        assert named in message


def test_each_real_quote_that_changes_is_named(real: Corpus) -> None:
    segments = {a.id: segment(a) for a in real.articles}
    found = read_disagreements(real.folder, real.articles, segments)
    for place in {side.places[0] for each in found for side in each.sides}:
        changed = [_without_letter(a, place) if a.id == place.article else a for a in real.articles]
        now = {
            **segments,
            place.article: [s for s in segments[place.article] if s.span != place.span],
        }
        with pytest.raises(CorpusError, match=place.article):
            read_disagreements(real.folder, changed, now)
        assert {b.fault for b in broken_pins(real.folder, changed, now)} == {PinFault.GONE}


def _without_letter(article: Article, place: Place) -> Article:
    """The article with one letter of the place exchanged."""
    at = (place.span.start + place.span.end) // 2
    return replace(article, text=f"{article.text[:at]}¤{article.text[at + 1 :]}")


def test_every_pin_without_a_place_is_listed(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(SOUND)
    articles = [article("a", "It is young."), article("c", TEXTS["c"])]
    broken = broken_pins(tmp_path, articles, {a.id: segment(a) for a in articles})
    assert [(b.pin.article, b.fault) for b in broken] == [
        ("a", PinFault.GONE),
        ("b", PinFault.NO_ARTICLE),
    ]
    assert all("'age'" in b.where and "'says it is old'" in b.where for b in broken)


# Files that are wrong.


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('id = "age"', "", "id"),
        ('id = "age"', "id = 1", "id"),
        ('id = "age"', 'id = "age"\ncolour = 1', "colour"),
        ('question = "Is it old?"', "", "question"),
        ('question = "Is it old?"', 'question = " "', "question"),
        ('ask = ["how old is it", "old?"]', "", "ask"),
        ('ask = ["how old is it", "old?"]', "ask = []", "ask"),
        ('ask = ["how old is it", "old?"]', 'ask = "old?"', "ask"),
        ('ask = ["how old is it", "old?"]', 'ask = ["old?", "?"]', "entry 2 of ask"),
        ('ask = ["how old is it", "old?"]', 'ask = ["old?", 1]', "entry 2 of ask"),
        ('name = "says it is new"', "", "name"),
        ('name = "says it is new"', 'name = "x"\nright = true', "right"),
        ('[{ article = "c", quote = "It is new." }]', "[]", "quotes"),
        ('[{ article = "c", quote = "It is new." }]', '["It is new."]', "quote 1"),
        ('quote = "It is new." }', 'quote = "It is new.", end = 3 }', "end"),
        ('{ article = "c", quote = "It is new." }', '{ article = "a", quote = "It is old." }',
         "twice"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_entry(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert SOUND.count(old) == 1
    with pytest.raises(CorpusError, match=named) as error:
        read(tmp_path, SOUND.replace(old, new))
    assert FILE in error.value.what
    assert "'age'" in error.value.what or "disagreement 1" in error.value.what
    assert error.value.remedy


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        (SOUND + SOUND, "twice"),
        (SOUND.rpartition("[[disagreement.side]]")[0], "two sides"),
        ("disagreement = 1", "more than"),
        ("disagreement = [1]", "no table"),
        ("[[disagreements]]\nid = 'a'", "more than"),
        (b"\xff\xfe", "UTF-8"),
        ("[[disagreement", "TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, toml: str | bytes, named: str) -> None:
    with pytest.raises(CorpusError, match=named) as error:
        read(tmp_path, toml)
    assert FILE in error.value.what


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(CorpusError, match="no file"):
        read(tmp_path, None)


# Known pairs.


def test_known_pairs_are_those_of_different_sides_in_one_order(tmp_path: Path) -> None:
    found = read(tmp_path)
    (one, two), (three,) = (side.places for side in found[0].sides)
    assert known_pairs(found) == {(one, three), (two, three)}


# The shipped file.


@pytest.fixture(scope="module")
def shipped(real: Corpus) -> tuple[Disagreement, ...]:
    segments = {a.id: segment(a) for a in real.articles}
    assert broken_pins(real.folder, real.articles, segments) == ()
    return read_disagreements(real.folder, real.articles, segments)


def test_the_seven_known_disagreements_are_shipped_between_their_articles(
    shipped: tuple[Disagreement, ...],
) -> None:
    guide, understanding = "a-guide-to-low-dose-ketamine-therapy", "understanding-ketamine-therapy"
    introduction, mood = "introduction-to-ketamine-therapy", "ketamine-therapy-for-mood-disorders"
    benefits = "the-benefits-of-ketamine-therapy"
    known = {
        "dependence": {mood, understanding},
        "upkeep": {guide, understanding},
        "depression-effect-found": {understanding, benefits},
        "first-use": {guide, benefits},
        "how-established": {mood, guide},
        "thinking": {introduction, mood},
        "where-taken": {introduction, understanding},
    }
    by_id = {each.id: each for each in shipped}
    for id, articles in known.items():
        firsts = {side.places[0].article for side in by_id[id].sides}
        assert articles <= firsts
    assert len(shipped) >= 12


def test_some_shipped_disagreements_stand_inside_one_article(
    shipped: tuple[Disagreement, ...],
) -> None:
    inside = [
        each.id
        for each in shipped
        if len({p.article for side in each.sides for p in side.places}) == 1
    ]
    assert inside


def test_no_side_name_judges_or_repeats(shipped: tuple[Disagreement, ...]) -> None:
    for each in shipped:
        names = [side.name for side in each.sides]
        assert len(set(names)) == len(names)
        for word in ("right", "wrong", "true", "false", "correct", "claims", "admits", "fact"):
            assert not any(word in name.lower().split() for name in names)


def test_no_shipped_way_of_asking_stands_twice(shipped: tuple[Disagreement, ...]) -> None:
    asks = Counter(" ".join(a.lower().strip("?. ").split()) for each in shipped for a in each.asks)
    assert [ask for ask, count in asks.items() if count > 1] == []
    assert all(20 <= len(each.asks) <= 90 for each in shipped)


def test_the_shipped_file_is_plain_toml_with_one_quote_a_line(real: Corpus) -> None:
    text = (real.folder / FILE).read_text("utf-8")
    entries = tomllib.loads(text)["disagreement"]
    pins = sum(len(side["quotes"]) for entry in entries for side in entry["side"])
    assert sum(line.startswith("    { article = ") for line in text.split("\n")) == pins
