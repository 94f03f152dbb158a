"""Frozen settings from kqa.toml and the environment: nothing else reads either.

Owns the names, defaults and limits of every setting, and where the shipped data
lies. Precedence: explicit argument, then ``KQA_…`` in the environment, then
``kqa.toml`` in the working folder (or the file that ``KQA_CONFIG`` names), then
the default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from kqa.errors import SettingsError, Unreachable
from kqa.records import Contact

ENV_PREFIX = "KQA_"
QUESTION_LIMIT = 1_000
"""Longest question in characters: the contract's."""
HISTORY_LIMIT = 20
"""Most earlier questions that may come along with one."""


def shipped(name: str) -> Path:
    """The folder of shipped data called ``name`` (``corpus``, ``testsets``).

    Inside an installed wheel it lies in the package, in a checkout at the top.
    """
    package = Path(__file__).parent
    installed = package / "shipped" / name
    return installed if installed.is_dir() else package.parent.parent / name


def config_file() -> Path:
    """The settings file: the one that ``KQA_CONFIG`` names, else ``kqa.toml`` here."""
    return Path(os.environ.get(f"{ENV_PREFIX}CONFIG", "kqa.toml"))


class Settings(BaseSettings):
    """What an owner may choose. Frozen; unknown names are refused.

    Paths are taken from the working folder. ``passage_chars`` is in characters;
    the shares and the depth are those measured in docs/evaluation.md.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid")

    corpus: Path | None = Field(
        default=None,
        description="folder of the articles; not set: the one the index was built from",
    )
    index: Path = Field(
        default=Path("index"), description="folder that the index is built in and read from"
    )
    cache: Path = Field(
        default=Path("~/.cache/kqa"), description="folder of what kqa eval keeps between runs"
    )
    encoder: str = Field(
        default="default",
        description="`default`, `hashing`, a folder, or a name in the local model cache",
    )
    passage_chars: int = Field(
        default=600,
        ge=100,
        le=4_000,
        description="longest passage in characters; only a single sentence may exceed it",
    )
    passage_overlap: float = Field(
        default=0.5,
        ge=0.0,
        le=0.9,
        description="share of a passage's sentences that the next passage repeats",
    )
    bm25_k1: float = Field(
        default=1.0,
        ge=0.0,
        le=10.0,
        description="BM25: how much a term that repeats in a passage counts; 0: not at all",
    )
    bm25_b: float = Field(
        default=0.6,
        ge=0.0,
        le=1.0,
        description="BM25: how much a long passage is marked down; 0: not at all, 1: in full",
    )
    dense_share: float = Field(
        default=0.6,
        ge=0.0,
        le=1.0,
        description="weight of the cosine beside BM25; 0: BM25 alone, 1: cosine alone",
    )
    ways_of_asking: bool = Field(
        default=True,
        description="whether `ways_of_asking.toml` beside the articles is used",
    )
    reader: str = Field(
        default="default",
        description="what reads question and sentence together: `default`, `none`, `words`, "
        "or a folder",
    )
    read_sentences: int = Field(
        default=8,
        ge=1,
        le=100,
        description="how many of the best sentences the reader reads for a question",
    )
    read_passages: int = Field(
        default=20,
        ge=1,
        le=100,
        description="how many passages `kqa eval --system full` ranks by what the reader reads",
    )
    host: str = Field(
        default="127.0.0.1",
        description="address that the server listens on; 0.0.0.0: every address of the machine",
    )
    port: int = Field(
        default=7860,
        ge=0,
        le=65_535,
        description="port that the server listens on; 0: a free one",
    )
    title: str = Field(
        default="Questions about ketamine therapy",
        min_length=1,
        max_length=200,
        description="heading and window title of the page",
    )
    region: Literal["US"] = Field(default="US", description="whose crisis card is shown")
    feedback: bool = Field(
        default=False,
        description="whether visitors may say helpful or not helpful; if they do, the question, "
        "the answer and what they pressed are kept",
    )
    contact_name: str | None = Field(
        default=None,
        description="the owner: shown with refusals and where personal advice is asked for",
    )
    contact_telephone: str | None = Field(
        default=None, description="the owner's telephone number, shown with the name"
    )
    contact_link: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="a page of the owner's, shown with the name; http or https",
    )
    database: str = Field(
        default="staff.sqlite3",
        min_length=1,
        max_length=1_000,
        description="file of what staff approve, flag and resolve; made when something is kept",
    )
    keep_unanswered: bool = Field(
        default=False,
        description="whether visitors' questions that the articles do not answer are kept "
        "for staff; those that bring the crisis card never are",
    )

    hosts: str = Field(
        default="",
        description="names that the server is reached by, separated by commas; `*.clinic.example`: "
        "every name below. IP addresses, `localhost` and `host` always count; `*`: any name",
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="path under which a proxy serves kqa and which it strips, such as `/kqa`",
    )
    proxies: str = Field(
        default="",
        description="addresses or networks of proxies whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed, separated by commas",
    )
    origins: str = Field(
        default="",
        description="other sites whose scripts may call the API, such as "
        "`https://clinic.example`, separated by commas; `*`: any",
    )
    embed_on: str = Field(
        default="",
        description="other sites that may show the chat page in a frame, such as "
        "`https://clinic.example`, separated by commas; `*`: any, and files opened from a disk",
    )
    rate: int = Field(
        default=600,
        ge=0,
        le=1_000_000,
        description="requests that an address may send a minute in each worker, counting only "
        "those with a body; ten times as many without one; 0: no limit",
    )
    workers: int = Field(
        default=1, ge=1, le=64, description="processes that answer, each with the index in memory"
    )
    metrics: Literal["local", "everyone", "off"] = Field(
        default="local",
        description="who may read `/metrics`: programs on the same machine that come by no "
        "proxy, everyone, or nobody",
    )
    users_file: Path | None = Field(
        default=None,
        description="file with a line `NAME:HASH` for each who may sign in, made by `kqa user`; "
        "read again when it changes",
    )
    users: SecretStr | None = Field(
        default=None,
        description="such lines themselves, separated by blanks, beside those of the file",
    )
    session_minutes: int = Field(
        default=60,
        ge=1,
        le=1_440,
        description="minutes without a request after which who is signed in no longer is",
    )
    session_hours: int = Field(
        default=12,
        ge=1,
        le=168,
        description="hours after which everyone must sign in again",
    )

    @property
    def contact(self) -> Contact | None:
        """The owner's contact, None where nothing of it is set."""
        contact = Contact(self.contact_name, self.contact_telephone, self.contact_link)
        return contact or None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Argument, environment, kqa.toml: no dotenv and no secrets folder."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml


def default_corpus() -> Path:
    """The folder ``corpus`` here, else the shipped articles."""
    here = Path("corpus")
    return here if here.is_dir() else shipped("corpus")


def load_settings(**chosen: object) -> Settings:
    """The settings in force; ``chosen`` overrides them where it is not None.

    Raises:
        SettingsError: naming the setting, where it stands, and what it may be.
        Unreachable: if the settings file exists and cannot be read.
    """
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        given_value = "" if name == "users" else f" (given: {first.get('input')!r})"
        raise SettingsError(
            f"setting {name}",
            f"{first['msg']}{given_value}",
            f"Correct it in {config_file()} or in {ENV_PREFIX}{name.upper()}; "
            "docs/settings.md lists them.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            str(config_file()), f"not valid TOML ({error})", "Correct the file or remove it."
        ) from error
    except OSError as error:
        raise Unreachable(
            str(config_file()), f"cannot be read ({error.strerror})", "Check its permissions."
        ) from error


def sources(settings: Settings, given: Collection[str] = ()) -> dict[str, str]:
    """For each setting, where its value came from: option, environment, file or default.

    ``given`` names those that an option on the command line set.
    """
    file = config_file()
    in_file = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    origin = {}
    for name in type(settings).model_fields:
        if name in given:
            origin[name] = "command line"
        elif ENV_PREFIX + name.upper() in {key.upper() for key in os.environ}:
            origin[name] = "environment"
        else:
            origin[name] = str(file) if name in in_file else "default"
    return origin
