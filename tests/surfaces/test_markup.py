"""Text fragments and places in articles, whatever the words are."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.surfaces.web.markup import (
    FRAGMENT_CHARS,
    digest_of,
    fragment_url,
    linked,
    place_in_article,
)

URL = "https://example.org/a?b=1&c=2"


def fragment(text: str, url: str = URL) -> str:
    found = fragment_url(url, text)
    assert found is not None
    base, _, directive = found.partition(":~:text=")
    assert base == f"{url.partition('#')[0]}#{url.partition('#')[2]}"
    return directive


@given(st.text(max_size=400))
def test_a_fragment_holds_nothing_but_encoded_words_and_one_comma_at_most(text: str) -> None:
    url = fragment_url(URL, text)
    assert url is not None
    assert linked(url, "x").startswith("<a ")
    if not text.split():
        assert url == URL
        return
    parts = fragment(text).split(",")
    assert len(parts) in {1, 2}
    assert not set("".join(parts)) & set("-&,# \"'<>")
    words = " ".join(text.encode("utf-8", "replace").decode().split())
    decoded = [unquote(part) for part in parts]
    assert words.startswith(decoded[0])
    assert words.endswith(decoded[-1])
    assert len(parts) == 2 or decoded == [words]


def test_a_dash_a_comma_and_an_ampersand_are_no_syntax() -> None:
    assert fragment("a-b, c & d") == "a%2Db%2C%20c%20%26%20d"


def test_a_long_text_and_one_of_two_lines_are_named_by_their_ends() -> None:
    long = " ".join(f"word{n}" for n in range(FRAGMENT_CHARS))
    assert fragment(long).startswith("word0%20word1%20word2%20word3%20word4,word295%20")
    assert fragment("one two\nthree") == "one%20two,three"


@pytest.mark.parametrize("url", [f"{URL}#part", f"{URL}#part:~:text=other"])
def test_an_anchor_is_kept_and_another_fragment_is_not(url: str) -> None:
    assert fragment_url(url, "a") == f"{URL}#part:~:text=a"


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "tel:911", "http://", "//evil"])
def test_what_is_no_address_of_the_web_gets_none(url: str | None) -> None:
    assert fragment_url(url, "a") is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_place_names_its_article_whatever_its_id_is(id: str, text: str) -> None:
    place = urlsplit(place_in_article(id, 3, 9, text))
    folder, _, name = place.path.partition("/")
    assert (folder, "/" in name) == ("articles", False)
    assert unquote(name) == id.encode("utf-8", "replace").decode()
    assert parse_qs(place.query) == {"start": ["3"], "end": ["9"], "is": [digest_of(text)]}
    assert place.fragment == "quote"
