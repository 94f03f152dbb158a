"""Synonyms: one table of lists, in its order, or the entry is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from kqa.corpus.read import Corpus
from kqa.corpus.synonyms import FILE, Synonyms, read_synonyms
from kqa.errors import CorpusError
from kqa.index.terms import terms, words


def read(folder: Path, toml: str | bytes | None) -> Synonyms:
    if toml is not None:
        (folder / FILE).write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return read_synonyms(folder)


def test_the_table_is_read_in_its_order(tmp_path: Path) -> None:
    toml = '[synonyms]\n"zap" = ["infusion"]\ndrip = ["intravenous infusion", "IV"]\n'
    assert read(tmp_path, toml) == (
        ("zap", ("infusion",)),
        ("drip", ("intravenous infusion", "IV")),
    )


@pytest.mark.parametrize("toml", [None, "", "[synonyms]\n", "# none yet", b"\xef\xbb\xbf"])
def test_without_the_file_or_entries_there_are_none(
    tmp_path: Path, toml: str | bytes | None
) -> None:
    assert read(tmp_path, toml) == ()


@pytest.mark.parametrize(
    "meant", ["[]", '"infusion"', "1", "{}", "[1]", '["infusion", 1]', '[" "]', '["a", ""]', "[[]]"]
)
def test_a_wrong_entry_is_named(tmp_path: Path, meant: str) -> None:
    with pytest.raises(CorpusError) as error:
        read(tmp_path, f'[synonyms]\nzap = ["infusion"]\n"the drip" = {meant}\n')
    assert error.value.what == f"{tmp_path / FILE}, 'the drip'"
    assert "words" in error.value.remedy


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("synonyms = 1", "more than one table"),
        ('[[synonyms]]\ndrip = ["infusion"]', "more than one table"),
        ('drip = ["infusion"]', "more than one table"),
        ('[synonyms]\na = ["b"]\n[others]\n', "more than one table"),
        ('[synonyms]\na = ["b"]\na = ["c"]', "TOML"),
        ("[synonyms", "TOML"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, toml: str | bytes, named: str) -> None:
    with pytest.raises(CorpusError, match=named) as error:
        read(tmp_path, toml)
    assert error.value.what == str(tmp_path / FILE)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(CorpusError, match="no file"):
        read(tmp_path, None)


# The shipped file.


def test_what_is_said_is_in_words_and_two_spellings_of_it_mean_the_same(real: Corpus) -> None:
    shipped = read_synonyms(real.folder)
    assert len(shipped) > 100
    meanings: dict[tuple[str, ...], tuple[str, ...]] = {}
    for said, meant in shipped:
        assert words(said)
        assert meanings.setdefault(tuple(words(said)), meant) == meant


def test_what_is_searched_as_well_are_words_of_the_articles(real: Corpus) -> None:
    known = {term for article in real.articles for term in terms(article.text)}
    for said, meant in read_synonyms(real.folder):
        assert set(terms(" ".join(meant))) <= known, said
