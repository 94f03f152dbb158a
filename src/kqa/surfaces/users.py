"""Who may sign in: names with hashed passwords, from the owner's file or the environment.

Owns the form of a line ``NAME:HASH``, the hashing and the comparing of passwords. Knows
nothing of HTTP or sessions. No error and no log quotes a line: it may hold a hash.

Passwords are hashed with scrypt out of Python's own library: hard on memory as argon2 is,
and no compiled package more to keep safe. The cost is the one that OWASP names beside
argon2id's (N 2^15, r 8, p 3): 32 MiB and about a fifth of a second.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kqa.errors import InputError, KqaError, SettingsError, Unreachable
from kqa.settings import Settings

SHORTEST, LONGEST = 12, 1_000
"""Characters of a password."""

NOBODY = "local"
"""Who works without having signed in, on the machine itself; nobody can have this name."""

_COST = (2**15, 8, 3)
_HIGHEST = (2**20, 32, 16)
_MEMORY = 1024**3
_SALT, _KEY = 16, 32
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_HASH = re.compile(r"scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w+/=]{16,96})\$([\w+/=]{24,128})")


@dataclass(frozen=True, slots=True)
class Hashed:
    """A hashed password: scrypt's costs N, r and p, the salt and the key, in bytes."""

    cost: tuple[int, int, int]
    salt: bytes
    key: bytes

    def __str__(self) -> str:
        parts = [base64.b64encode(each).decode("ascii") for each in (self.salt, self.key)]
        return "$".join(["scrypt", *map(str, self.cost), *parts])

    def fits(self, password: str) -> bool:
        """Whether ``password`` is the one; takes as long for a wrong one."""
        return hmac.compare_digest(_derive(password, self.salt, self.cost), self.key)


def hash_password(password: str, cost: tuple[int, int, int] = _COST) -> Hashed:
    """``password`` hashed with a fresh salt.

    Raises:
        InputError: if it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            "password", f"it has {len(password)} characters", f"Take {SHORTEST} to {LONGEST}."
        )
    salt = secrets.token_bytes(_SALT)
    return Hashed(cost, salt, _derive(password, salt, cost))


def check_name(name: str) -> str:
    """The name as it is kept: in small letters.

    Raises:
        InputError: if nobody can have it.
    """
    kept = name.strip().lower()
    if not _NAME.fullmatch(kept) or kept == NOBODY:
        remedy = f"Take 1 to 64 of a-z, 0-9, dot, dash, underscore and @, but not {NOBODY!r}."
        raise InputError("name", "it cannot be one", remedy)
    return kept


def parse_users(lines: Iterable[str], where: str) -> dict[str, Hashed]:
    """Names and hashes; empty lines and those that begin with ``#`` say nothing.

    Raises:
        SettingsError: naming the line, never quoting it.
    """
    users: dict[str, Hashed] = {}
    for number, line in enumerate(lines, start=1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        name, _, hashed = bare.partition(":")
        try:
            kept = check_name(name)
            users[kept] = _parse_hash(hashed.strip())
        except (InputError, ValueError, binascii.Error):
            raise SettingsError(
                f"{where}, line {number}", "it is no NAME:HASH", "Make it with kqa user NAME."
            ) from None
    return users


def _parse_hash(text: str) -> Hashed:
    found = _HASH.fullmatch(text)
    if found is None:
        raise ValueError("no hash")
    cost = (int(found[1]), int(found[2]), int(found[3]))
    n_is_power = cost[0] > 1 and cost[0] & (cost[0] - 1) == 0
    if not n_is_power or any(not 0 < c <= high for c, high in zip(cost, _HIGHEST, strict=True)):
        raise ValueError("no cost")
    salt, key = (base64.b64decode(found[at], validate=True) for at in (4, 5))
    return Hashed(cost, salt, key)


def _derive(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    whole = unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
    n, r, p = cost
    return hashlib.scrypt(whole, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_KEY)


@dataclass
class Users:
    """Those who may sign in, read again whenever the file has changed.

    A file that has become unreadable lets nobody in; it never opens the pages.
    """

    file: Path | None = None
    lines: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _seen: tuple[object, Mapping[str, Hashed]] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Users:
        """The users of ``settings``."""
        given = settings.users.get_secret_value() if settings.users is not None else ""
        return cls(settings.users_file, given)

    @property
    def configured(self) -> bool:
        """Whether signing in is set up at all, be it that nobody stands in the file."""
        return self.file is not None or bool(self.lines.strip())

    def read(self) -> Mapping[str, Hashed]:
        """Names and hashes as they are now.

        Raises:
            SettingsError: if a line is no ``NAME:HASH``.
            Unreachable: if the file cannot be read.
        """
        with self._lock:
            state = self._state()
            if self._seen is None or self._seen[0] != state:
                self._seen = state, {**self._in_file(), **self._in_settings()}
            return self._seen[1]

    def now(self) -> Mapping[str, Hashed]:
        """Names and hashes as they are now; none where they cannot be read."""
        try:
            return self.read()
        except KqaError:
            return {}

    def _state(self) -> object:
        try:
            found = self.file.stat() if self.file is not None else None
        except OSError as error:
            raise self._unreadable(error) from error
        return found and (found.st_mtime_ns, found.st_size, found.st_ino)

    def _in_file(self) -> dict[str, Hashed]:
        if self.file is None:
            return {}
        try:
            return parse_users(self.file.read_text("utf-8").splitlines(), str(self.file))
        except OSError as error:
            raise self._unreadable(error) from error
        except UnicodeDecodeError:
            raise SettingsError(str(self.file), "it is no text", "See kqa user --help.") from None

    def _in_settings(self) -> dict[str, Hashed]:
        return parse_users(self.lines.split(), "setting users")

    def _unreadable(self, error: OSError) -> Unreachable:
        reason = f"it cannot be read ({error.strerror})"
        return Unreachable(str(self.file), reason, "Make it with kqa user NAME --add.")
