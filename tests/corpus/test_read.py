"""Reading: one canonical text an article, and an error that names each file left out."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus import read
from kqa.corpus.metadata import NoArticle, from_front_matter
from kqa.corpus.read import Corpus, canonical, read_corpus
from kqa.errors import ArticleUnreadable, CorpusError, Unreachable
from kqa.records import Article

RECEIVED = {
    "000_9af170e7a7258392.txt": "b8ab41ddd50a07e95ee650b488813f7d4691b374640e8e972ec3336d0d4af5f4",
    "001_243f2c48ae3e74a3.txt": "4eaede88638ed08bf177456734f4bc11f62c6fa4f764f2f0df99de7536bfdc6d",
    "002_dd196d2924c3f721.txt": "a20060adc085a1d9facd41f477cd6fdf8bff24fd1f9b331175d352b415c57343",
    "003_0ecc22b2896d0947.txt": "e37d490b7cd0e1733251d051a2e2bb3d6e0c5973dd7eff64a1a95408f113324e",
    "004_9b1db04401bf8d56.txt": "52123a4ec1c602af0212c7e2820319dee0ec0f4b5b1fae5fb7fb7c3da3ee43b1",
}
"""SHA-256 of the five files as they were received."""

GOOD = b"One sentence of an article.\n"


def read_with(folder: Path, name: str, data: bytes) -> Corpus:
    """The corpus of one good article and the file ``name``."""
    (folder / "good.txt").write_bytes(GOOD)
    (folder / name).write_bytes(data)
    return read_corpus(folder)


def left_out(corpus: Corpus) -> ArticleUnreadable:
    """The one error, once it is sure that the good article was read all the same."""
    assert [article.id for article in corpus.articles] == ["good"]
    (error,) = corpus.left_out
    assert error.what.startswith("article ")
    assert error.reason
    assert error.remedy
    return error


def test_the_five_articles_are_stored_as_they_were_received(real: Corpus) -> None:
    hashes = {
        article.source_file: hashlib.sha256((real.folder / article.file).read_bytes()).hexdigest()
        for article in real.articles
    }
    assert hashes == RECEIVED
    assert real.left_out == ()


def test_the_text_of_the_five_articles_is_their_bytes(real: Corpus) -> None:
    for article in real.articles:
        digest = hashlib.sha256(article.text.encode()).hexdigest()
        assert digest == RECEIVED[article.source_file]


def test_titles_that_the_project_wrote_are_marked(real: Corpus) -> None:
    assert {article.source_file[:3]: article.title_given for article in real.articles} == {
        "000": True,
        "001": False,
        "002": False,
        "003": True,
        "004": False,
    }
    for article in real.articles:
        assert article.title_given != (article.title in article.text.split("\n"))


def test_only_what_the_text_says_of_its_origin_is_known(real: Corpus) -> None:
    known = {a.source_file[:3]: (a.publisher, a.published) for a in real.articles}
    assert known == {
        "000": ("Innerbloom", None),
        "001": (None, None),
        "002": (None, None),
        "003": (None, None),
        "004": (None, "2024-06-19"),
    }
    assert {article.url for article in real.articles} == {None}


@given(
    data=st.data(),
    mark=st.booleans(),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1),
)
def test_text_differs_from_the_bytes_only_by_mark_and_line_ends(
    texts: SearchStrategy[str], data: st.DataObject, mark: bool, ends: list[str]
) -> None:
    lines = (data.draw(texts) + "x").replace("\r", "\n").lstrip("\ufeff").split("\n")
    # No line is empty: between CR and LF it would be none, they are one line end.
    lines = [line or " " for line in lines]
    endings = [*(ends[i % len(ends)] for i in range(len(lines) - 1)), ""]
    written = "".join(line + end for line, end in zip(lines, endings, strict=True))
    assert canonical((b"\xef\xbb\xbf" if mark else b"") + written.encode()) == "\n".join(lines)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")))
def test_text_without_carriage_returns_is_its_own_canonical_text(text: str) -> None:
    kept = "A" + text
    assert canonical(kept.encode()) == kept


@given(data=st.data())
def test_canonical_text_is_canonical(texts: SearchStrategy[str], data: st.DataObject) -> None:
    once = canonical(("A" + data.draw(texts)).encode())
    assert canonical(once.encode()) == once


@pytest.mark.parametrize(
    ("name", "data", "reason", "remedy"),
    [
        ("empty.txt", b"", "empty", "Fill it"),
        ("blank.txt", b" \n\t\r\n... \n", "empty", "Fill it"),
        ("nul.txt", b"a\x00b", "NUL", "UTF-8"),
        ("wide.txt", "Wörter".encode("utf-16"), "UTF-16", "UTF-8"),
        ("wide-be.txt", b"\xfe\xff" + "Wörter".encode("utf-16-be"), "UTF-16", "UTF-8"),
        ("latin.txt", "naïve".encode("latin-1"), "byte 2 is not UTF-8", "UTF-8"),
        ("cut.txt", "naï".encode()[:-1], "not UTF-8", "UTF-8"),
        ("paper.pdf", b"%PDF-1.7", "no reader for .pdf", ".md and .txt"),
        ("noext", b"Words.", "no reader for it", ".md and .txt"),
        ("a .txt", b"Words.", "cannot be an article's id", "articles.toml"),
        ("bad.md", b"---\ntitle: [\n---\nWords.", "not valid YAML", "first two ---"),
        ("list.md", b"---\n- a\n---\nWords.", "names and values", "first two ---"),
        ("date.md", b"---\ndate: June 19\n---\nWords.", "no date like", "first two ---"),
        ("day.md", b"---\ndate: 2024-13-45\n---\nWords.", "not valid YAML", "first two ---"),
        ("bool.md", b"---\na: !!bool x\n---\nWords.", "not valid YAML", "first two ---"),
        ("stamp.md", b"---\na: !!timestamp x\n---\nW.", "not valid YAML", "first two ---"),
        ("deep.md", b"---\na: " + b"[" * 5000 + b"\n---\nW.", "not valid YAML", "first two ---"),
        ("link.md", b"---\nurl: javascript:x\n---\nW.", "no http or https", "first two ---"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_reason_and_remedy_and_the_rest_goes_on(
    tmp_path: Path, name: str, data: bytes, reason: str, remedy: str
) -> None:
    error = left_out(read_with(tmp_path, name, data))
    assert error.what == f"article {name}"
    assert reason in error.reason
    assert remedy in error.remedy


def test_a_file_beyond_the_limit_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "ARTICLE_BYTES", len(GOOD))
    error = left_out(read_with(tmp_path, "large.txt", GOOD + b"x"))
    assert "29 bytes, over 28" in error.reason
    assert "Split" in error.remedy


def test_a_link_out_of_the_folder_is_left_out(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (tmp_path / "secret.txt").write_bytes(b"A secret.\n")
    (corpus / "link.txt").symlink_to(tmp_path / "secret.txt")
    error = left_out(read_with(corpus, "good.txt", GOOD))
    assert "out of the corpus folder" in error.reason


def test_a_link_inside_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("good.txt")
    corpus = read_with(tmp_path, "good.txt", GOOD)
    assert [article.id for article in corpus.articles] == ["good", "link"]


@pytest.mark.parametrize("target", ["loop.txt", "nowhere.txt", "."])
def test_a_link_to_itself_or_to_nothing_or_to_a_folder_is_left_out(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "loop.txt").symlink_to(target)
    assert left_out(read_with(tmp_path, "good.txt", GOOD)).what == "article loop.txt"


def test_a_pipe_is_left_out_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "articles.toml").write_text('[[article]]\nfile = "pipe.txt"\n')
    assert "no file" in left_out(read_with(tmp_path, "good.txt", GOOD)).reason


def test_a_name_with_a_blank_inside_is_an_id_as_it_stands(tmp_path: Path) -> None:
    corpus = read_with(tmp_path, "my article.txt", GOOD)
    assert [article.id for article in corpus.articles] == ["good", "my article"]


@pytest.mark.parametrize("name", [b"caf\xe9.txt", b"caf\xe9/tea.txt"])
def test_a_name_that_is_not_utf8_is_left_out_in_printable_words(
    tmp_path: Path, name: bytes
) -> None:
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(GOOD)
    error = left_out(read_with(tmp_path, "good.txt", GOOD))
    assert str(error).encode()


def test_a_file_without_permission_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Path.read_bytes

    def refuse(path: Path) -> bytes:  # root, as in a container, is refused nothing
        if path.name == "closed.txt":
            raise PermissionError(13, "Permission denied")
        return reads(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (tmp_path / "closed.txt").write_bytes(GOOD)
    error = left_out(read_with(tmp_path, "good.txt", GOOD))
    assert "Permission denied" in error.reason
    assert "permissions" in error.remedy


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no such folder.*--corpus") as caught:
        read_corpus(tmp_path / "none")
    assert caught.value.what == str(tmp_path / "none")


def test_an_empty_folder_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no article can be read \(no \.txt or \.md file\)"):
        read_corpus(tmp_path)


def test_a_folder_of_unreadable_files_names_each(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.pdf").write_bytes(b"x")
    with pytest.raises(CorpusError, match=r"a\.txt: it is empty.*b\.pdf: there is no reader"):
        read_corpus(tmp_path)


def test_hidden_files_readmes_and_data_are_no_articles(tmp_path: Path) -> None:
    for name in (".git/x.txt", "_drafts/y.txt", "README.md", "readme.txt", "d.json", "t.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x = 1\n")
    corpus = read_with(tmp_path, "good.txt", GOOD)
    assert [article.id for article in corpus.articles] == ["good"]
    assert corpus.left_out == ()


def test_articles_come_in_order_of_their_ids(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "articles.toml").write_text('[[article]]\nfile = "a.txt"\nid = "z"\n')
    for name in ("a.txt", "sub/b.txt", "c.md"):
        (tmp_path / name).write_bytes(GOOD)
    ids = [(article.id, article.file) for article in read_corpus(tmp_path).articles]
    assert ids == [("b", "sub/b.txt"), ("c", "c.md"), ("z", "a.txt")]


def test_two_articles_of_one_id_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_bytes(GOOD)
    with pytest.raises(CorpusError, match=r"good\.md and good\.txt: both bear the id 'good'"):
        read_with(tmp_path, "good.txt", GOOD)


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ('[[article]]\nfile = "good.txt"\nauthor = "A"\n', "unknown field 'author'"),
        ('[[article]]\nfile = "good.txt"\ntitle = 3\n', "title is not text in quotes"),
        ('[[article]]\nfile = "good.txt"\npublished = 2024-06-19\n', "published is not text"),
        ('[[article]]\nfile = "good.txt"\ntitle_given = "no"\n', "title_given is not true or"),
        ('[[article]]\nfile = "good.txt"\npublished = "June 19"\n', "no date like 2024-06-19"),
        ('[[article]]\nfile = "good.txt"\npublished = "20240619"\n', "no date like 2024-06-19"),
        ('[[article]]\nfile = "good.txt"\npublished = "2023-02-29"\n', "no date like"),
        ('[[article]]\nfile = "good.txt"\nurl = "javascript:alert(1)"\n', "no http or https"),
        ('[[article]]\nfile = "good.txt"\nurl = "https://a.b/ c"\n', "no http or https"),
        ('[[article]]\nfile = "good.txt"\n[[article]]\nfile = "good.txt"\n', "stands twice"),
        ('[[article]]\nfile = "good.txt"\n[[article]]\nfile = "./good.txt"\n', "stands twice"),
        ('[[article]]\nfile = "../good.txt"\n', "lies outside the folder"),
        ('[[article]]\nfile = "/etc/passwd"\n', "lies outside the folder"),
        ('[[article]]\nfile = ""\n', "lies outside the folder"),
        ('[[article]]\ntitle = "A"\n', "it names no file"),
        ("article = 3\n", "more than"),
        ("[settings]\n", "more than"),
        ("[[article]\n", "not valid TOML"),
    ],
)
def test_bad_metadata_is_an_error_that_names_the_file_and_the_fault(
    tmp_path: Path, toml: str, reason: str
) -> None:
    (tmp_path / "articles.toml").write_text(toml)
    with pytest.raises(CorpusError) as caught:
        read_with(tmp_path, "good.txt", GOOD)
    assert str(tmp_path / "articles.toml") in caught.value.what
    assert reason in caught.value.reason
    assert caught.value.remedy


def test_metadata_that_cannot_be_opened_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "articles.toml").mkdir()
    with pytest.raises(Unreachable, match=r"articles\.toml"):
        read_with(tmp_path, "good.txt", GOOD)


@pytest.mark.parametrize("name", ["gone.txt", "sub/gone.md", "nul\\u0000.txt"])
def test_metadata_for_a_missing_file_names_it_and_the_rest_goes_on(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "articles.toml").write_text(f'[[article]]\nfile = "{name}"\n')
    error = left_out(read_with(tmp_path, "good.txt", GOOD))
    if "nul" not in name:
        assert error.reason == "the file is missing"
        assert "articles.toml" in error.remedy


def one(folder: Path, name: str, data: bytes) -> Article:
    (folder / name).write_bytes(data)
    (article,) = read_corpus(folder).articles
    return article


def test_an_article_without_metadata_has_its_stem_for_id_and_its_heading_for_title(
    tmp_path: Path,
) -> None:
    article = one(tmp_path, "a-b.txt", b"June 19, 2024\n\nThe  Title\n\nA sentence of it.\n")
    assert (article.id, article.title, article.title_given) == ("a-b", "The Title", False)


def test_a_heading_below_a_sentence_is_not_the_title(tmp_path: Path) -> None:
    article = one(tmp_path, "a.txt", b"A sentence.\n\nThe Heading\n\nAnother sentence.\n")
    assert (article.title, article.title_given) == ("a", True)


def test_front_matter_is_metadata_and_stays_in_the_text(tmp_path: Path) -> None:
    data = b"---\ntitle: A: B\n".replace(b"A: B", b"'A: B'") + b"date: 2024-06-19\n---\n\nWords.\n"
    article = one(tmp_path, "a.md", data)
    assert (article.title, article.published) == ("A: B", "2024-06-19")
    assert article.text == data.decode()


def test_articles_toml_overrides_front_matter(tmp_path: Path) -> None:
    (tmp_path / "articles.toml").write_text('[[article]]\nfile = "a.md"\ntitle = "Given"\n')
    article = one(tmp_path, "a.md", b"---\ntitle: Own\npublisher: P\n---\nWords.\n")
    assert (article.title, article.publisher) == ("Given", "P")


def test_front_matter_that_kqa_does_not_know_is_not_its_business() -> None:
    header = "title: yes\nid: 7\ntags: [a, b]\nlayout: post\ndate: 2024-06-19 10:00:00\n"
    assert from_front_matter(header) == {"id": "7", "published": "2024-06-19"}


@given(header=st.text(st.characters(exclude_categories=["Cs"])))
def test_front_matter_of_any_characters_is_known_or_refused(header: str) -> None:
    known: dict[str, object] = {}
    with contextlib.suppress(NoArticle):
        known = from_front_matter(header)
    assert all(isinstance(value, str | bool) for value in known.values())


def test_markdown_of_a_link_definition_alone_is_read(tmp_path: Path) -> None:
    assert one(tmp_path, "a.md", b"[x]: https://example.org\n").title == "a"
