"""Who is signed in, and how often somebody tried: small files in a folder of the server's.

Owns sessions that end by themselves and the counting of tries. Knows nothing of HTTP.

Every worker reads the same folder, so that a session holds in all of them, and signing out
ends it in all of them at once: a signed cookie, which needs no folder, would go on being
valid wherever it had been copied to. The folder is the server's alone, is made when it
starts and removed when it stops. It holds no session's id and nothing that was typed,
only keyed hashes of them; a session's file names who signed in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SESSIONS = 1_000
"""So many may be open; beyond, the one without a request for longest ends."""

TOUCH_SECONDS = 20
"""A request is noted where the last note is older than this."""

WINDOW_SECONDS = 15 * 60
"""Tries are counted over so long."""

_ID = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, when it began (seconds since 1970), and the proof it was opened with."""

    name: str
    began: float
    proof: str


class Folder:
    """A folder that this user alone may enter, and the key that its names are made with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.key = self._key()

    def named(self, kind: str, *words: str) -> str:
        """A file's name for ``words``: from it nobody can tell them."""
        told = json.dumps(words).encode("utf-8", "replace")
        return f"{kind}-{hmac.new(self.key, told, hashlib.sha256).hexdigest()}"

    def file(self, name: str) -> Path:
        """The path of a file, in a folder that is certainly ours.

        Raises:
            OSError: if the folder is somebody else's.
        """
        self.path.mkdir(mode=0o700, exist_ok=True)
        found = self.path.lstat()
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{self.path} is open to others")
        return self.path / name

    def _key(self) -> bytes:
        path = self.file("key")
        try:
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(made, "wb") as out:
            out.write(key := secrets.token_bytes(32))
        return key


class Sessions:
    """Sessions by id. ``idle`` and ``longest`` are in seconds."""

    def __init__(
        self, folder: Folder, idle: float, longest: float, clock: Callable[[], float] = time.time
    ) -> None:
        self.folder, self.idle, self.longest, self.clock = folder, idle, longest, clock

    def begin(self, name: str, proof: str) -> str:
        """A new session's id: 43 letters from 256 random bits."""
        self._make_room()
        id = secrets.token_urlsafe(32)
        path, now = self._file(id), self.clock()
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="utf-8") as out:
            json.dump({"name": name, "began": now, "proof": proof}, out)
        os.utime(path, (now, now))
        return id

    def find(self, id: str | None) -> Session | None:
        """The session of this id if it has not ended; the request is noted."""
        if id is None or not _ID.fullmatch(id):
            return None
        path, now = self._file(id), self.clock()
        try:
            last = path.stat().st_mtime
            session = Session(**json.loads(path.read_bytes()))
            if now - last > self.idle or now - session.began > self.longest:
                path.unlink(missing_ok=True)
                return None
            if now - last > TOUCH_SECONDS:
                os.utime(path, (now, now))
        except (OSError, ValueError, TypeError):
            return None
        return session

    def end(self, id: str | None) -> None:
        """End the session of this id, in every worker."""
        if id is not None and _ID.fullmatch(id):
            self._file(id).unlink(missing_ok=True)

    def _file(self, id: str) -> Path:
        return self.folder.file(self.folder.named("session", id))

    def _make_room(self) -> None:
        """Remove the files of ended sessions, and where there are too many the idlest."""
        oldest = self.clock() - self.idle
        files = []
        for path in self.folder.path.glob("session-*"):
            try:
                files.append((path.stat().st_mtime, path))
            except OSError:
                continue
        files.sort()
        surplus = len(files) - SESSIONS + 1
        for at, (last, path) in enumerate(files):
            if last < oldest or at < surplus:
                path.unlink(missing_ok=True)


class Tries:
    """Counts tries over fixed windows, for all workers together.

    A try is counted before it is judged, so that many at once are no way around.
    """

    def __init__(self, folder: Folder, clock: Callable[[], float] = time.time) -> None:
        self.folder, self.clock = folder, clock

    def take(self, limit: int, kind: str, *words: str) -> bool:
        """Count a try; whether it is one of the first ``limit`` of its window."""
        path = self._file(kind, words)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(made, "ab", buffering=0) as out:
            if (count := os.fstat(made).st_size) <= limit:
                out.write(b".")
                os.utime(made, (self.clock(), self.clock()))
                count = os.fstat(made).st_size
        if count == 1:
            self._forget()
        return count <= limit

    def clear(self, kind: str, *words: str) -> None:
        """Forget the tries of this window."""
        self._file(kind, words).unlink(missing_ok=True)

    def wait(self) -> int:
        """Seconds until the window ends."""
        return WINDOW_SECONDS - int(self.clock()) % WINDOW_SECONDS

    def _file(self, kind: str, words: tuple[str, ...]) -> Path:
        window = str(int(self.clock()) // WINDOW_SECONDS)
        return self.folder.file(self.folder.named("tries", kind, window, *words))

    def _forget(self) -> None:
        """Remove the files of earlier windows."""
        begin = self.clock() - WINDOW_SECONDS
        for path in self.folder.path.glob("tries-*"):
            try:
                if path.stat().st_mtime < begin:
                    path.unlink(missing_ok=True)
            except OSError:
                continue
