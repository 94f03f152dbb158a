"""What tests of several stages share: settings, corpora and indexes in temporary folders.

``hashing`` needs no weights and is the encoder of nearly every test. ``real_index`` and
``real_assistant`` take the default one; they are built once, for the few tests of quality
and for the pages and commands. Nothing here writes into the checkout.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest

from kqa.answer.assistant import Assistant
from kqa.corpus.read import read_corpus
from kqa.index.build import BuildReport, build_index
from kqa.index.encoder import make_encoder
from kqa.index.store import StoredIndex, open_index
from kqa.settings import Settings, shipped

hypothesis.settings.register_profile(
    "kqa", derandomize=True, deadline=None, database=None, max_examples=100
)
hypothesis.settings.load_profile("kqa")

WriteCorpus = Callable[[Mapping[str, str | bytes]], Path]
"""Writes files by name into a fresh folder and returns the folder."""

Build = Callable[[Path, Settings], BuildReport]
"""Builds the index of a folder of articles where the settings say."""


@pytest.fixture(scope="session", autouse=True)
def own_environment() -> Iterator[None]:
    """The ``KQA_…`` variables of whoever runs the tests shape no test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KQA_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def write_corpus(tmp_path_factory: pytest.TempPathFactory) -> WriteCorpus:
    def write(files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path_factory.mktemp("corpus")
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


@pytest.fixture(scope="session")
def build(own_environment: None) -> Build:
    def built(corpus: Path, settings: Settings) -> BuildReport:
        encoder = make_encoder(settings.encoder)
        return build_index(read_corpus(corpus), encoder, settings, settings.index)

    return built


@pytest.fixture(scope="session")
def make_settings(
    tmp_path_factory: pytest.TempPathFactory, own_environment: None
) -> Callable[..., Settings]:
    """Settings with the hashing encoder, no reader and a fresh index folder, unless told otherwise.

    A ``kqa.toml`` in the working folder is not read.
    """

    def make(**chosen: object) -> Settings:
        folder = tmp_path_factory.mktemp("index") / "i"
        given = {"encoder": "hashing", "reader": "none", "index": folder, **chosen}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KQA_CONFIG", os.devnull)
            return Settings.model_validate(given)

    return make


@pytest.fixture
def hashing(make_settings: Callable[..., Settings]) -> Settings:
    """Settings with the hashing encoder and an index folder of the test's own."""
    return make_settings()


@pytest.fixture(scope="session")
def shipped_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the five shipped articles: one state of them for the whole session."""
    return shutil.copytree(shipped("corpus"), tmp_path_factory.mktemp("shipped") / "corpus")


@pytest.fixture(scope="session")
def built_settings(
    shipped_corpus: Path, make_settings: Callable[..., Settings], build: Build
) -> Settings:
    """Settings under which the five articles are indexed with the hashing encoder."""
    settings = make_settings()
    build(shipped_corpus, settings)
    return settings


@pytest.fixture(scope="session")
def built_index(built_settings: Settings) -> Path:
    """The index folder of the five articles, hashing encoder. Not to be written to."""
    return built_settings.index


@pytest.fixture(scope="session")
def stored(built_index: Path) -> StoredIndex:
    return open_index(built_index)


@pytest.fixture(scope="session")
def built_assistant(built_settings: Settings) -> Assistant:
    return Assistant(built_settings)


@pytest.fixture
def index_copy(built_index: Path, tmp_path: Path) -> Path:
    """A copy of the built index, to be damaged."""
    return shutil.copytree(built_index, tmp_path / "index")


@pytest.fixture(scope="session")
def real_settings(
    shipped_corpus: Path, make_settings: Callable[..., Settings], build: Build
) -> Settings:
    """Settings under which the five articles are indexed with the default encoder and reader."""
    settings = make_settings(encoder="default", reader="default")
    build(shipped_corpus, settings)
    return settings


@pytest.fixture(scope="session")
def real_index(real_settings: Settings) -> Path:
    """The index folder of the five articles, default encoder. Not to be written to."""
    return real_settings.index


@pytest.fixture(scope="session")
def real_assistant(real_settings: Settings) -> Assistant:
    return Assistant(real_settings)
