"""Pins: a quote in a data file has one place in its article, or a reason why not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.pins import (
    FILE_BYTES,
    Pin,
    Pinboard,
    PinFault,
    Place,
    list_of,
    read_pin,
    read_tables,
    text_of,
)
from kqa.corpus.segment import segment
from kqa.errors import CorpusError
from kqa.records import QUOTABLE, Article, SegmentKind

TEXT = (
    "It is old. It is known.\n\nReasons include:\n\nIt is old. It is good. It is, in fact, rare.\n"
)


def board_of(article: Article, **chosen: frozenset[SegmentKind]) -> Pinboard:
    return Pinboard([article], {article.id: segment(article)}, **chosen)


@pytest.fixture
def article(article_of: Callable[..., Article]) -> Article:
    return article_of(TEXT)


@given(data=st.data())
def test_every_segment_of_an_allowed_kind_is_found_by_its_words_and_start_and_no_other(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    kinds = frozenset(data.draw(st.sets(st.sampled_from(SegmentKind))))
    board = board_of(article, kinds=kinds)
    for s in segment(article):
        found = board.resolve(Pin("a", s.span.of(article.text), s.start))
        assert found == (Place("a", s.span) if s.kind in kinds else PinFault.NOT_WHOLE)


@given(data=st.data())
def test_a_place_found_holds_the_quote_letter_for_letter(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    start = data.draw(st.integers(0, len(article.text)))
    end = data.draw(st.integers(start, len(article.text)))
    quote = data.draw(st.one_of(st.just(article.text[start:end]), st.text(max_size=5)))
    found = board_of(article).resolve(Pin("a", quote, data.draw(st.sampled_from([None, start]))))
    if isinstance(found, Place):
        assert found.span.of(article.text) == quote
        assert found.span in [s.span for s in segment(article) if s.kind in QUOTABLE]


@pytest.mark.parametrize(
    ("pin", "fault"),
    [
        (Pin("b", "It is known."), PinFault.NO_ARTICLE),
        (Pin("a", "It is unknown."), PinFault.GONE),
        (Pin("a", "It is known"), PinFault.NOT_WHOLE),
        (Pin("a", "It is good. It is, in fact, rare."), PinFault.NOT_WHOLE),
        (Pin("a", "Reasons include:"), PinFault.NOT_WHOLE),
        (Pin("a", "It is old."), PinFault.AMBIGUOUS),
        (Pin("a", "It is old.", 5), PinFault.GONE),
        (Pin("a", "It is old.", 10**30), PinFault.GONE),
    ],
)
def test_a_pin_without_a_place_has_a_reason(article: Article, pin: Pin, fault: PinFault) -> None:
    assert board_of(article).resolve(pin) is fault


def test_a_start_tells_equal_sentences_apart(article: Article) -> None:
    board, second = board_of(article), TEXT.rindex("It is old.")
    for start in (0, second):
        place = board.resolve(Pin("a", "It is old.", start))
        assert isinstance(place, Place)
        assert place.span.start == start


def test_a_lead_in_is_found_where_its_kind_is_allowed(article: Article) -> None:
    board = board_of(article, kinds=QUOTABLE | {SegmentKind.LOST_LEAD_IN})
    assert isinstance(board.resolve(Pin("a", "Reasons include:")), Place)
    assert isinstance(board.resolve(Pin("a", "It is known.")), Place)


def test_letters_that_only_look_alike_are_different_letters(
    article_of: Callable[..., Article],
) -> None:
    board = board_of(article_of("It isn’t new."))
    assert isinstance(board.resolve(Pin("a", "It isn’t new.")), Place)
    assert board.resolve(Pin("a", "It isn't new.")) is PinFault.GONE


def test_a_pin_shows_its_first_words_on_one_line() -> None:
    shown = str(Pin("a", "One\ntwo " + "three " * 50))
    assert shown.startswith("“One two three")
    assert shown.endswith("…” of a")
    assert len(shown) < 80


# Reading.


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("a", "no table"),
        ({"article": "a"}, "quote"),
        ({"quote": "It is."}, "article"),
        ({"article": "a", "quote": " "}, "quote"),
        ({"article": 1, "quote": "It is."}, "article"),
        ({"article": "a", "quote": "It is.", "begin": 1}, "begin"),
        ({"article": "a", "quote": "It is.", "start": "1"}, "start"),
        ({"article": "a", "quote": "It is.", "start": True}, "start"),
        ({"article": "a", "quote": "It is.", "start": -1}, "start"),
    ],
)
def test_an_entry_that_is_no_pin_is_refused_with_its_field(entry: object, named: str) -> None:
    with pytest.raises(CorpusError, match=named) as error:
        read_pin(entry, "here")
    assert error.value.what == "here"


def test_an_entry_is_read_as_it_is_written() -> None:
    assert read_pin({"article": "a", "quote": " It. "}, "") == Pin("a", " It. ")
    assert read_pin({"article": "a", "quote": "It.", "start": 0}, "") == Pin("a", "It.", 0)
    assert text_of({"a": "b"}, "a", "") == "b"
    assert list_of({"a": [1]}, "a", "") == [1]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"a = \xff", "UTF-8"),
        ("a = 'ü'".encode("latin-1"), "UTF-8"),
        ("a = 1".encode("utf-16"), "UTF-8"),
        (b"a = ", "TOML"),
        (b"\x00", "TOML"),
        (b"a = 1\na = 2", "TOML"),
        (b"a = " + b"[" * 50_000, "TOML"),
        (b"a = " + b"9" * 50_000, "TOML"),
        (b"#" * (FILE_BYTES + 1), "bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, content: bytes, named: str
) -> None:
    file = tmp_path / "pins.toml"
    file.write_bytes(content)
    with pytest.raises(CorpusError, match=named) as error:
        read_tables(file)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "itself").symlink_to("itself")
    for name in ("folder", "pipe", "dangling", "itself"):
        with pytest.raises(CorpusError, match="no file"):
            read_tables(tmp_path / name)


def test_a_missing_file_and_an_empty_one_hold_nothing(tmp_path: Path) -> None:
    assert read_tables(tmp_path / "none.toml") == {}
    (tmp_path / "empty.toml").write_bytes(b"")
    assert read_tables(tmp_path / "empty.toml") == {}


def test_a_byte_order_mark_and_foreign_line_ends_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert read_tables(tmp_path / "a.toml") == {"a": 1, "b": 2}
