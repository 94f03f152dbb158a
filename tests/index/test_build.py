"""A build embeds only what is new, and its fingerprint says what shaped it."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.conftest import Build, WriteCorpus

from kqa.corpus.read import read_corpus
from kqa.errors import CorpusError, IndexMissing, IndexStale
from kqa.index import build as build_module
from kqa.index import fingerprint
from kqa.index.build import build_index
from kqa.index.encoder import HashingEncoder
from kqa.index.fingerprint import check_current, corpus_folder
from kqa.index.store import open_index, read_manifest
from kqa.records import Vectors
from kqa.settings import Settings

ONE = "Ketamine was first made in 1962.\n\nIt is given by infusion in a clinic.\n"
TWO = "Sessions last forty minutes.\n\nNausea may follow a session of ketamine.\n"
NOTHING = "June 19, 2024\n\nRecent Posts:\n"


class Counting(HashingEncoder):
    """The hashing encoder, which also tells which texts it was given."""

    def __init__(self, fingerprint: str = "counting:1") -> None:
        self.fingerprint = fingerprint
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        self.seen += texts
        return super().encode(texts, progress=progress)


@pytest.fixture
def corpus(write_corpus: WriteCorpus) -> Path:
    return write_corpus({"one.txt": ONE, "two.txt": TWO})


def _texts(index: Path) -> set[str]:
    stored = open_index(index)
    return {passage.text for passage in stored.passages} | {s.text for s in stored.sentences}


def test_every_stored_text_is_the_slice_of_its_article(built_index: Path) -> None:
    stored = open_index(built_index)
    articles = {article.id: article.text for article in stored.articles}
    for passage in stored.passages:
        assert passage.text == passage.span.of(articles[passage.article])
    for sentence in stored.sentences:
        assert sentence.text == sentence.span.of(articles[sentence.article])
        assert sentence.passages
        for position in sentence.passages:
            assert stored.passages[position].span.union(sentence.span) == (
                stored.passages[position].span
            )


def test_the_shipped_articles_are_kept_as_they_were_received(
    built_index: Path, shipped_corpus: Path
) -> None:
    for article in open_index(built_index).articles:
        received = (shipped_corpus / article.file).read_bytes().decode("utf-8-sig")
        assert article.text == received.replace("\r\n", "\n").replace("\r", "\n")


def test_a_second_build_embeds_nothing(corpus: Path, hashing: Settings) -> None:
    encoder = Counting()
    first = build_index(read_corpus(corpus), encoder, hashing, hashing.index)
    assert (
        first.embedded == len(set(encoder.seen)) == len(encoder.seen) == len(_texts(hashing.index))
    )
    assert (first.reused, first.unchanged) == (0, False)
    encoder.seen.clear()
    second = build_index(read_corpus(corpus), encoder, hashing, hashing.index)
    assert (second.embedded, second.reused, second.unchanged) == (0, first.embedded, True)
    assert second.fingerprint == first.fingerprint
    assert second.counts == first.counts
    assert encoder.seen == []


def test_editing_an_article_embeds_only_its_new_texts(corpus: Path, hashing: Settings) -> None:
    encoder = Counting()
    build_index(read_corpus(corpus), encoder, hashing, hashing.index)
    before = _texts(hashing.index)
    encoder.seen.clear()
    (corpus / "two.txt").write_text(TWO.replace("forty", "fifty"))
    report = build_index(read_corpus(corpus), encoder, hashing, hashing.index)
    after = _texts(hashing.index)
    assert set(encoder.seen) == after - before
    assert "Sessions last fifty minutes." in encoder.seen
    assert report.embedded == len(encoder.seen) > 0
    assert report.reused == len(after & before) > 0


def test_reused_vectors_are_those_that_embedding_gives(corpus: Path, hashing: Settings) -> None:
    build_index(read_corpus(corpus), Counting(), hashing, hashing.index)
    (corpus / "two.txt").write_text(TWO + "\nA third paragraph of another article.\n")
    build_index(read_corpus(corpus), Counting(), hashing, hashing.index)
    stored = open_index(hashing.index)
    fresh = HashingEncoder()
    passages, sentences = (
        fresh.encode([part.text for part in parts]) for parts in (stored.passages, stored.sentences)
    )
    assert stored.dense.vectors().tobytes() == passages.tobytes()
    assert stored.sentence_vectors.tobytes() == sentences.tobytes()


def test_removing_an_article_removes_its_texts_and_embeds_nothing(
    corpus: Path, hashing: Settings
) -> None:
    encoder = Counting()
    build_index(read_corpus(corpus), encoder, hashing, hashing.index)
    encoder.seen.clear()
    (corpus / "one.txt").unlink()
    report = build_index(read_corpus(corpus), encoder, hashing, hashing.index)
    assert report.counts["articles"] == 1
    assert encoder.seen == []
    stored = open_index(hashing.index)
    assert {passage.article for passage in stored.passages} == {"two"}
    assert {sentence.article for sentence in stored.sentences} == {"two"}
    assert {p for s in stored.sentences for p in s.passages} == set(range(len(stored.passages)))


def test_vectors_of_another_encoder_are_not_reused(corpus: Path, hashing: Settings) -> None:
    build_index(read_corpus(corpus), Counting("a:1"), hashing, hashing.index)
    other = Counting("b:1")
    assert build_index(read_corpus(corpus), other, hashing, hashing.index).reused == 0
    assert set(other.seen) == _texts(hashing.index)


def test_the_fingerprint_is_the_same_in_another_folder_and_after_a_detour(
    corpus: Path, make_settings: Callable[..., Settings], build: Build, tmp_path: Path
) -> None:
    here, there = make_settings(), make_settings()
    first = build(corpus, here).fingerprint
    assert build(shutil.copytree(corpus, tmp_path / "moved"), there).fingerprint == first
    (corpus / "one.txt").write_text(ONE + "More of it is known today.")
    assert build(corpus, here).fingerprint != first
    (corpus / "one.txt").write_text(ONE)
    assert build(corpus, here).fingerprint == first == read_manifest(here.index).fingerprint


def test_articles_metadata_encoder_and_settings_shape_the_fingerprint(
    corpus: Path, make_settings: Callable[..., Settings]
) -> None:
    def fingerprint(chosen: dict[str, object] | None = None, encoder: str = "a:1") -> str:
        settings = make_settings(**(chosen or {}))
        found = read_corpus(corpus)
        return build_index(found, Counting(encoder), settings, settings.index).fingerprint

    found = [fingerprint(), fingerprint(encoder="b:1")]
    shaping: dict[str, object] = {
        "passage_chars": 200,
        "passage_overlap": 0.0,
        "bm25_k1": 1.5,
        "bm25_b": 0.75,
        "dense_share": 0.5,
        "ways_of_asking": False,
    }
    found += [fingerprint({name: value}) for name, value in shaping.items()]
    (corpus / "articles.toml").write_text('[[article]]\nfile = "one.txt"\ntitle = "Another"\n')
    found.append(fingerprint())
    (corpus / "one.txt").rename(corpus / "renamed.txt")
    (corpus / "articles.toml").unlink()
    found.append(fingerprint())
    assert len(set(found)) == len(found)


def test_what_shapes_no_answer_shapes_no_fingerprint(
    corpus: Path, make_settings: Callable[..., Settings], build: Build
) -> None:
    (corpus / "suggested_questions.toml").write_text('questions = ["When was it made?"]')
    plain = build(corpus, make_settings())
    (corpus / "suggested_questions.toml").unlink()
    assert build(corpus, make_settings(port=1, contact_name="A")).fingerprint == plain.fingerprint


def test_the_code_and_rules_between_article_and_answer_shape_the_fingerprint(
    corpus: Path, hashing: Settings, build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = fingerprint._shaping_files()
    names = {path.name for path in files}
    assert {"confidence.json", "ranking.json", "crisis.toml", "select.py", "spelling.py"} <= names
    before = build(corpus, hashing).fingerprint
    changed = Path(shutil.copy(files[0], tmp_path))
    changed.write_bytes(changed.read_bytes() + b"\n")
    monkeypatch.setattr(fingerprint, "_shaping_files", lambda: [changed, *files[1:]])
    assert build(corpus, hashing).fingerprint != before


@pytest.mark.parametrize("text", [NOTHING, "The side effects include:\n", "Read more about it:\n"])
def test_a_corpus_with_nothing_quotable_is_refused_by_name_and_not_published(
    write_corpus: WriteCorpus, hashing: Settings, build: Build, text: str
) -> None:
    folder = write_corpus({"a.txt": text})
    with pytest.raises(CorpusError, match=str(folder)):
        build(folder, hashing)
    with pytest.raises(IndexMissing):
        open_index(hashing.index)
    assert [path.name for path in hashing.index.iterdir()] == [".lock"]


def test_an_emptied_corpus_leaves_the_published_index_as_it_is(
    corpus: Path, hashing: Settings, build: Build
) -> None:
    before = build(corpus, hashing).fingerprint
    for path in corpus.iterdir():
        path.write_text(NOTHING)
    with pytest.raises(CorpusError):
        build(corpus, hashing)
    assert open_index(hashing.index).manifest.fingerprint == before


def test_articles_left_out_are_reported_and_the_rest_is_published(
    write_corpus: WriteCorpus, hashing: Settings, build: Build
) -> None:
    folder = write_corpus({"good.txt": ONE, "latin.txt": b"caf\xe9", "slides.pdf": b"%PDF"})
    for _ in range(2):
        report = build(folder, hashing)
        assert {error.what for error in report.left_out} == {
            "article latin.txt",
            "article slides.pdf",
        }
        assert [article.id for article in open_index(hashing.index).articles] == ["good"]


def test_progress_counts_up_to_the_total(
    corpus: Path, hashing: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_module, "PIECE", 2)
    calls: list[tuple[int, int]] = []
    report = build_index(
        read_corpus(corpus), Counting(), hashing, hashing.index, lambda *call: calls.append(call)
    )
    done, totals = zip(*calls, strict=True)
    assert set(totals) == {report.embedded}
    assert list(done) == sorted(set(done))
    assert done[-1] == report.embedded


def test_counts_are_of_what_is_stored(corpus: Path, hashing: Settings, build: Build) -> None:
    counts = build(corpus, hashing).counts
    stored = open_index(hashing.index)
    assert counts == stored.manifest.counts
    assert (counts["articles"], counts["passages"], counts["sentences"]) == (
        len(stored.articles),
        len(stored.passages),
        len(stored.sentences),
    )


def test_check_current_names_what_has_changed(
    corpus: Path, hashing: Settings, build: Build
) -> None:
    build(corpus, hashing)
    manifest, encoder = read_manifest(hashing.index), HashingEncoder()
    check_current(manifest, encoder, hashing)

    other = hashing.model_copy(update={"bm25_k1": 1.7, "passage_chars": 300})
    with pytest.raises(IndexStale, match="bm25_k1, passage_chars"):
        check_current(manifest, encoder, other)
    with pytest.raises(IndexStale, match="encoder"):
        check_current(manifest, Counting(), hashing)
    older = dataclasses.replace(manifest, inputs={**manifest.inputs, "nupunkt": "0.0"})
    with pytest.raises(IndexStale, match="nupunkt"):
        check_current(older, encoder, hashing)

    (corpus / "three.txt").write_text("A new article about sleep.")
    with pytest.raises(IndexStale, match=f"corpus .*{corpus}"):
        check_current(manifest, encoder, hashing)


def test_articles_that_can_no_longer_be_read_make_the_index_stale(
    corpus: Path, hashing: Settings, build: Build
) -> None:
    build(corpus, hashing)
    (corpus / "articles.toml").write_text("no toml [")
    with pytest.raises(IndexStale, match=r"articles\.toml"):
        check_current(read_manifest(hashing.index), HashingEncoder(), hashing)


def test_a_corpus_that_moved_is_watched_where_it_is_now(
    corpus: Path, hashing: Settings, build: Build, tmp_path: Path
) -> None:
    build(corpus, hashing)
    moved = corpus.rename(tmp_path / "moved")
    assert build(moved, hashing).unchanged
    (moved / "three.txt").write_text("A new article about sleep.")
    with pytest.raises(IndexStale, match=f"corpus .*{moved}"):
        check_current(read_manifest(hashing.index), HashingEncoder(), hashing)


def test_an_index_copied_to_where_its_articles_are_not_is_current(
    corpus: Path, hashing: Settings, build: Build
) -> None:
    build(corpus, hashing)
    shutil.rmtree(corpus)
    manifest = read_manifest(hashing.index)
    check_current(manifest, HashingEncoder(), hashing)
    with pytest.raises(IndexStale, match="dense_share"):
        check_current(manifest, HashingEncoder(), hashing.model_copy(update={"dense_share": 0.1}))


def test_the_corpus_is_the_one_set_else_the_one_that_was_indexed(
    corpus: Path,
    hashing: Settings,
    build: Build,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert corpus_folder(hashing.model_copy(update={"corpus": tmp_path})) == tmp_path
    assert list(corpus_folder(hashing).glob("articles.toml"))
    build(corpus, hashing)
    assert corpus_folder(hashing) == corpus
