"""How much, how often and how long: bodies, requests of an address, work at once.

Owns the counting and the deadlines of one worker; ``lock`` says what they are applied to.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.types import Message, Receive

DEPTH = 32
"""Lists and objects inside each other in a JSON body; more would be none of ours."""

DRAIN_LIMIT = 1024 * 1024
"""So much of a body too large is read and dropped, so that its sender sees the refusal."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class TooLarge(Exception):
    """A body is larger than it may be."""


class TooSlow(Exception):
    """A body or a reader took longer than it may."""


class Full(Exception):
    """No place became free in time."""


class Rate:
    """A bucket of ``a_minute`` requests for each address, filled again evenly.

    A whole minute's worth may come at once. 0: no limit. At most ``addresses`` are
    remembered; the one unseen for longest is forgotten.
    """

    def __init__(
        self, a_minute: int, addresses: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.a_minute, self.addresses, self.clock = a_minute, addresses, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> float:
        """Count a request: 0 if it is within the rate, else the seconds to wait."""
        if self.a_minute == 0:
            return 0.0
        now = self.clock()
        left, seen = self._left.pop(address, (float(self.a_minute), now))
        left = min(float(self.a_minute), left + (now - seen) * self.a_minute / 60)
        allowed = left >= 1
        self._left[address] = (left - 1 if allowed else left, now)
        if len(self._left) > self.addresses:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) * 60 / self.a_minute


class Room:
    """So many work ``at_once``, so many more wait, each for so many ``seconds``."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self.waiting, self.seconds = waiting, seconds
        self._free = asyncio.Semaphore(at_once)
        self._queued = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place to work in.

        Raises:
            Full: if too many wait, or none became free in time.
        """
        if self._queued >= self.waiting:
            raise Full
        self._queued += 1
        try:
            async with asyncio.timeout(self.seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Full from None
        finally:
            self._queued -= 1
        try:
            yield
        finally:
            self._free.release()


class Places:
    """Connections that stay open: so many in all, and so many of an address."""

    def __init__(self, in_all: int, of_address: int) -> None:
        self.in_all, self.of_address = in_all, of_address
        self._held: dict[str, int] = {}
        self._count = 0

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[None]:
        """A place for one connection.

        Raises:
            Full: if there is none.
        """
        held = self._held.get(address, 0)
        if self._count >= self.in_all or held >= self.of_address:
            raise Full
        self._held[address] = held + 1
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]


async def read_body(receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body, in bytes. It is read before the application sees any of it, so that
    the cap holds for one sent in chunks, too.

    Raises:
        TooLarge: if it is larger than ``limit``; what follows is read and dropped.
        TooSlow: if it has not arrived in time.
        ConnectionResetError: if the sender left.
    """
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(seconds):
            while size <= DRAIN_LIMIT:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ConnectionResetError
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size <= limit:
                    body += chunk
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        raise TooSlow from None
    if size > limit:
        raise TooLarge
    return bytes(body)


def counted(receive: Receive, limit: int, seconds: float) -> Receive:
    """``receive`` for a body that is passed on as it comes, with the same limits.

    Raises:
        TooLarge, TooSlow: from the application's own call.
    """
    size, ended = 0, False
    until = time.monotonic() + seconds

    async def receiving() -> Message:
        nonlocal size, ended
        if ended:
            return await receive()
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                message = await receive()
        except TimeoutError:
            raise TooSlow from None
        size += len(message.get("body", b""))
        ended = not message.get("more_body", False)
        if size > limit:
            raise TooLarge
        return message

    return receiving


def is_too_deep(body: bytes) -> bool:
    """Whether a JSON text nests further than any of ours; its strings do not count."""
    depth = 0
    for found in _TOKEN.finditer(body):
        mark = found[0][:1]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > DEPTH:
            return True
    return False
