"""Guides: every file that staff keep beside the articles is read, and shapes one hash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.corpus.asked import WaysOfAsking
from kqa.corpus.guides import FILES, Guides, guides_sha256, read_guides
from kqa.corpus.read import Corpus, read_corpus
from kqa.corpus.segment import segment
from kqa.errors import CorpusError, Unreachable

CONTENTS = st.lists(st.one_of(st.none(), st.binary(max_size=3)), min_size=3, max_size=3)


def test_a_corpus_without_guides_begins_with_none(tmp_path: Path) -> None:
    assert read_guides(tmp_path, (), {}) == Guides(WaysOfAsking(), (), ())


def test_the_shipped_guides_are_read_whole(real: Corpus) -> None:
    guides = read_guides(real.folder, real.articles, {a.id: segment(a) for a in real.articles})
    assert guides.ways.asked
    assert guides.ways.lost == ()
    assert guides.disagreements
    assert guides.synonyms
    assert all((real.folder / name).is_file() for name in FILES)


def test_no_guide_is_an_article(real: Corpus, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text("")
    (tmp_path / "a.txt").write_text("It is old.")
    corpus = read_corpus(tmp_path)
    assert [article.id for article in corpus.articles] == ["a"]
    assert corpus.left_out == ()
    assert not {article.file for article in real.articles} & set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_broken_guide_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("no toml [")
    with pytest.raises(CorpusError, match=name):
        read_guides(tmp_path, (), {})


@given(one=CONTENTS, other=CONTENTS)
@settings(max_examples=100)
def test_equal_guides_have_one_hash_and_others_another(
    one: list[bytes | None], other: list[bytes | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    hashes = []
    for contents in (one, other):
        folder = tmp_path_factory.mktemp("guides")
        for name, content in zip(FILES, contents, strict=True):
            if content is not None:
                (folder / name).write_bytes(content)
        (folder / "articles.toml").write_bytes(b"")
        hashes.append(guides_sha256(folder))
    same = [content or b"" for content in one] == [content or b"" for content in other]
    assert (hashes[0] == hashes[1]) == same


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILES[0]).write_text("")

    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(Unreachable, match=FILES[0]):
        guides_sha256(tmp_path)
