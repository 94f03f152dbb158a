"""The outer door: what does not belong is refused in one form, and what does is answered."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any, TypeVar

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message
from tests.surfaces.fake_assistant import HOME, FakeAssistant

from kqa import wording
from kqa.errors import SettingsError
from kqa.settings import Settings
from kqa.surfaces import patience, serve
from kqa.surfaces.api import create_app
from kqa.surfaces.http import BODY_LIMIT
from kqa.surfaces.serve import address_of, listen, make_server
from kqa.surfaces.web import limits, lock
from kqa.surfaces.web.limits import DEPTH, Full, Places, Rate, Room, is_too_deep, read_body

ASK = {"question": "When was it made?"}
EVIL = "https://evil.example"
FRIEND = "https://clinic.example"


ELSEWHERE = r"""
/etc/passwd /.env /docs /redoc /openapi.json /gradio_api/info /config /api/../healthz/x
/chat/..%2f..%2fetc/passwd /chat/%2e%2e/%2e%2e/etc/passwd /chat/%252e%252e%252fetc/passwd
/chat//etc/passwd /chat/..\..\etc /chat/a%00b /api/articles/../../etc/passwd
/api/articles/%2e%2e%2f%2e%2e%2fetc%2fpasswd /api/articles/.. /%5c%5cevil.example
//evil.example /chat/gradio_api/runs /chat/gradio_api/file=/etc/passwd
/chat/gradio_api/file=http://127.0.0.1:1/ /chat/gradio_api/proxy=https://evil.example
/chat/gradio_api/upload /chat/static/../../../../etc/passwd
/chat/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd /chat/monitoring /chat/gradio_api/deep_link
/chat/login /chat/gradio_api/vibe-code /chat/gradio_api/run/ask /chat/gradio_api/call/ask
/chat/gradio_api/openapi.json
"""


T = TypeVar("T")


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs it in a thread of its own: the browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def client(home: str = HOME, address: str = "192.0.2.1", **chosen: object) -> TestClient:
    settings = Settings.model_validate(chosen)
    app = create_app(FakeAssistant(settings=settings))
    return TestClient(app, home, client=(address, 5_000), follow_redirects=False)


def is_error(response: Any, status: int, code: str) -> None:  # noqa: ANN401
    assert response.status_code == status, response.text
    assert response.json()["code"] == code
    assert response.json()["disclaimer"] == wording.DISCLAIMER
    assert response.headers["x-content-type-options"] == "nosniff"


@contextmanager
def served(assistant: FakeAssistant) -> Iterator[str]:
    """A real server on a free port."""
    server = make_server(assistant)
    with closing(listen("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + 60
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield address_of(listening)
        finally:
            server.should_exit = True
            thread.join(timeout=15)


@pytest.fixture(scope="module")
def serving() -> Iterator[Callable[[FakeAssistant], str]]:
    with ExitStack() as stack:
        yield lambda assistant: stack.enter_context(served(assistant))


@pytest.fixture(scope="module")
def address(serving: Callable[[FakeAssistant], str]) -> str:
    return serving(FakeAssistant())


# --- names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:7860", "LOCALHOST", "localhost.", "127.0.0.1", "127.0.0.1:80"),
        *("[::1]", "[2001:db8::1]:443", "192.0.2.7"),
    ],
)
def test_numbers_and_the_machine_itself_are_always_known(host: str) -> None:
    assert client().get("/api/articles", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "evil.example:7860", "", "a b"),
        *("localhost@evil", "127.0.0.1.nip.io", "[::1", "local\thost", "évil.example"),
        "clinic.example.evil.example",
    ],
)
def test_a_name_that_is_not_the_servers_is_refused(host: str) -> None:
    for settings in ({}, {"hosts": "clinic.example, *.clinic.example"}):
        refused = client(**settings).get("/chat/", headers={b"Host": host.encode("latin-1")})
        is_error(refused, 421, "unknown_host")
        assert client().get("/healthz", headers={"Host": "evil.example"}).status_code == 200


def test_names_that_the_owner_gives_are_known() -> None:
    named = client(hosts="clinic.example, *.other.example")
    for host, status in (
        ("clinic.example", 200),
        ("CLINIC.example:443", 200),
        ("www.clinic.example", 421),
        ("a.other.example", 200),
        ("other.example", 421),
        ("another.example", 421),
    ):
        assert named.get("/api/articles", headers={"Host": host}).status_code == status, host
    anyone = client(hosts="*")
    assert anyone.get("/api/articles", headers={"Host": "any.example"}).status_code == 200


# --- paths and methods ---------------------------------------------------------------------


@pytest.mark.parametrize("path", ELSEWHERE.split())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_is_served_at_other_addresses(address: str, path: str, method: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        raw.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())
        said = b"".join(iter(lambda: raw.recv(65_536), b""))
    status = int(said.split()[1])
    assert status in {400, 404}, said[:300]
    assert b"disclaimer" in said
    assert b"root:" not in said


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"])
def test_other_methods_are_refused(method: str) -> None:
    for path in ("/api/ask", "/api/articles", "/metrics"):
        refused = client().request(method, path)
        is_error(refused, 405, "method_not_allowed")
        assert "POST" in refused.headers["allow"]


def test_what_is_no_http_has_the_error_form(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    for sent in (
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(sent + b"\r\n\r\n")
            raw.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: raw.recv(65_536), b""))
        assert said.startswith(b"HTTP/1.1 4"), said
        assert json.loads(said.split(b"\r\n\r\n", 1)[1])["disclaimer"] == wording.DISCLAIMER


# --- other sites ---------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost.evil.example", "file://", "x"])
@pytest.mark.parametrize("path", ["/api/ask", "/api/verify", "/chat/gradio_api/queue/join"])
def test_another_site_sends_nothing(address: str, origin: str, path: str) -> None:
    sent = httpx.post(f"{address}{path}", json=ASK, headers={"Origin": origin})
    is_error(sent, 403, "other_site")
    assert "access-control-allow-origin" not in sent.headers


def test_the_servers_own_page_sends_whatever_its_port_and_scheme(address: str) -> None:
    for origin, host in (
        (address, None),
        ("https://localhost", "localhost"),
        ("https://localhost:8443", "localhost:8443"),
        ("https://localhost", "localhost:443"),
    ):
        headers = {"Origin": origin, **({"Host": host} if host else {})}
        assert httpx.post(f"{address}/api/ask", json=ASK, headers=headers).status_code == 200
    for origin, host in (
        ("http://localhost:81", "localhost"),
        ("http://localhost", "localhost:81"),
    ):
        sent = httpx.post(f"{address}/api/ask", json=ASK, headers={"Origin": origin, "Host": host})
        assert sent.status_code == 403


def test_a_site_that_the_owner_names_may_call_the_api_and_no_more() -> None:
    welcome = client(origins=f"{FRIEND}/, https://other.example")
    preflight = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    allowed = welcome.options("/api/ask", headers=preflight)
    assert allowed.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in allowed.headers
    answer = welcome.post("/api/ask", json=ASK, headers={"Origin": FRIEND})
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.json()["outcome"] == "answered"
    for origin in (EVIL, "null", f"{FRIEND}.evil.example", "http://clinic.example"):
        refused = welcome.options("/api/ask", headers={**preflight, "Origin": origin})
        is_error(refused, 403, "other_site")
        assert "access-control-allow-origin" not in refused.headers
    assert welcome.post("/chat/x", headers={"Origin": FRIEND}).status_code in {403, 404}


@pytest.mark.parametrize(
    "bad", ["clinic.example", "https://a.example/path", "javascript:1", "'self'"]
)
@pytest.mark.parametrize("name", ["origins", "embed_on"])
def test_a_site_that_is_none_is_refused_at_the_start(name: str, bad: str) -> None:
    with pytest.raises(SettingsError, match=name):
        serve.check_sites(Settings.model_validate({name: f"{FRIEND}, {bad}"}))


# --- headers -------------------------------------------------------------------------------


def test_every_answer_says_what_browsers_may_do(address: str) -> None:
    for path in ("/", "/chat/", "/api/articles", "/healthz", "/nowhere", "/chat/theme.css"):
        headers = httpx.get(f"{address}{path}").headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin"
        assert "geolocation=()" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "object-src 'none'" in headers["content-security-policy"] or (
            "default-src 'none'" in headers["content-security-policy"]
        )
        assert "server" not in headers


@pytest.mark.parametrize(
    ("embed_on", "ancestors", "frame_options"),
    [
        ("", "frame-ancestors 'self'", "SAMEORIGIN"),
        (FRIEND, f"frame-ancestors 'self' {FRIEND}", None),
        (f"{FRIEND}/ https://*.b.example:8443", f"'self' {FRIEND} https://*.b.example:8443", None),
        ("*", None, None),
    ],
)
def test_the_owner_says_who_may_frame_the_page(
    embed_on: str, ancestors: str | None, frame_options: str | None
) -> None:
    framed = client(embed_on=embed_on)
    headers = framed.get("/chat/").headers
    policy = headers["content-security-policy"]
    assert (ancestors in policy) if ancestors else ("frame-ancestors" not in policy)
    assert headers.get("x-frame-options") == frame_options
    assert (
        "frame-ancestors 'none'" in framed.get("/api/articles").headers["content-security-policy"]
    )


def test_headers_of_proxies_reach_nobody(address: str) -> None:
    """Gradio would build the page's addresses from them."""
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert "evil.example" not in httpx.get(f"{address}/chat/", headers=forged).text
    assert "https://" not in httpx.get(f"{address}/", headers=forged).headers["location"]


# --- rates ---------------------------------------------------------------------------------


def test_an_address_that_sends_too_much_waits_and_the_others_do_not() -> None:
    app = create_app(FakeAssistant(settings=Settings(rate=5)))

    def ask(address: str, **headers: str) -> Any:  # noqa: ANN401
        asking = TestClient(app, HOME, client=(address, 1))
        return asking.post("/api/ask", json=ASK, headers=headers)

    assert [ask("192.0.2.1").status_code for _ in range(5)] == [200] * 5
    refused = ask("192.0.2.1")
    is_error(refused, 429, "too_many")
    assert int(refused.headers["retry-after"]) in range(1, 13)
    forged = ask("192.0.2.1", **{"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 429, "a header that nobody vouches for is no way around"
    assert ask("192.0.2.2").status_code == 200
    own = TestClient(app, HOME, client=("192.0.2.1", 1))
    assert own.get("/healthz").status_code == 200
    assert own.get("/api/articles").status_code == 200


@given(st.lists(st.floats(0, 30), max_size=60))
def test_in_no_minute_are_there_more_than_two_rates(pauses: list[float]) -> None:
    now, taken = 0.0, []
    rate = Rate(10, clock=lambda: now)
    for pause in pauses:
        now += pause
        wait = rate.take("a")
        if wait == 0:
            taken.append(now)
        else:
            assert 0 < wait <= 6.001
    for start in taken:
        assert sum(start <= at < start + 60 for at in taken) <= 20


def test_only_so_many_addresses_are_remembered() -> None:
    rate = Rate(1, addresses=10, clock=lambda: 0.0)
    assert all(rate.take(str(n)) == 0 for n in range(1_000))
    assert rate.take("999") > 0
    assert rate.take("1") == 0
    assert Rate(0).take("a") == 0


# --- bodies --------------------------------------------------------------------------------


def test_json_too_deep_is_refused_without_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    asking = client()
    kind = {"Content-Type": "application/json"}
    for depth, status in ((DEPTH + 1, 400), (5_000, 400), (30_000, 400), (DEPTH - 2, 422)):
        for opening, closing_ in (("[", "]"), ('{"a":', "}")):
            inner = opening * depth + "1" + closing_ * depth
            body = f'{{"question": {inner}}}'[: BODY_LIMIT - 1]
            for path in ("/api/ask", "/api/verify"):
                response = asking.post(path, content=body, headers=kind)
                assert response.status_code in {status, 422, 400}, (depth, path)
                assert response.json()["disclaimer"]
            if depth > DEPTH:
                assert asking.post("/api/ask", content=body, headers=kind).status_code == 400
    assert caplog.text == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=60,
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(json_values, st.booleans())
def test_depth_is_counted_as_it_is(value: object, ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii).encode("utf-8", "replace")
    room = DEPTH - depth_of(value)
    assert not is_too_deep(b"[" * room + body + b"]" * room)
    assert is_too_deep(b"[" * (room + 1) + body + b"]" * (room + 1))


@given(st.binary(max_size=300))
def test_any_bytes_have_a_depth(body: bytes) -> None:
    assert is_too_deep(body) in {True, False}


@pytest.mark.parametrize("body", [b'"\\' * 32_000, b'"' * 64_000, b'"\\"' * 21_000, b"[]" * 32_000])
def test_counting_is_quick_whatever_the_bytes(body: bytes) -> None:
    began = time.perf_counter()
    is_too_deep(body)
    assert time.perf_counter() - began < 0.5


def test_a_slow_body_is_cut_off(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(lock, "BODY_SECONDS", 0.5)
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b'Content-Length: 500\r\n\r\n{"question"'
        )
        began = time.monotonic()
        said = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert said.startswith(b"HTTP/1.1 408"), said
    assert b"too_slow" in said
    assert time.monotonic() - began < 5


def test_a_head_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.5)
    host, port = address.removeprefix("http://").split(":")
    for begun in (b"", b"GET /chat/ HTTP/1.1\r\nHost: loc"):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(begun)
            began = time.monotonic()
            assert raw.recv(10) == b""
            assert time.monotonic() - began < 5
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = b""
        while not said.endswith(b"}"):
            said += raw.recv(65_536)
        assert said.startswith(b"HTTP/1.1 200")
        raw.sendall(b"GET /hea")
        assert raw.recv(10) == b"", "the second head has its time, too"


def sender(*parts: bytes) -> Callable[[], Any]:
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": at < len(parts) - 1}
        for at, part in enumerate(parts)
    ]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive


@given(st.lists(st.binary(max_size=40), min_size=1), st.integers(0, 200))
def test_a_body_is_whole_or_refused(parts: list[bytes], limit: int) -> None:
    whole = b"".join(parts)
    reading = read_body(sender(*parts), limit, 5)
    if len(whole) <= limit:
        assert run_apart(reading) == whole
    else:
        with pytest.raises(limits.TooLarge):
            run_apart(reading)


# --- much at once --------------------------------------------------------------------------


def test_a_room_lets_so_many_work_so_many_wait_and_no_more() -> None:
    async def scene() -> tuple[int, int, int]:
        room, most, now, refused = Room(2, 3, 5), 0, 0, 0

        async def visit() -> None:
            nonlocal most, now, refused
            try:
                async with room.place():
                    now += 1
                    most = max(most, now)
                    await asyncio.sleep(0.01)
                    now -= 1
            except Full:
                refused += 1

        await asyncio.gather(*(visit() for _ in range(20)))
        async with room.place():
            return most, refused, now

    most, refused, now = run_apart(scene())
    assert (most, now) == (2, 0)
    assert 0 < refused < 20


def test_nobody_waits_for_ever() -> None:
    async def scene() -> None:
        room = Room(1, 5, 0.05)
        async with room.place():
            with pytest.raises(Full):
                async with room.place():
                    pass
        async with room.place():
            pass

    run_apart(scene())


def test_connections_kept_open_are_limited_in_all_and_by_address() -> None:
    async def scene() -> None:
        places = Places(3, 2)
        async with places.place("a"), places.place("a"):
            with pytest.raises(Full):
                async with places.place("a"):
                    pass
            async with places.place("b"):
                with pytest.raises(Full):
                    async with places.place("c"):
                        pass
        async with places.place("a"):
            pass

    run_apart(scene())


@pytest.fixture(scope="module")
def busy_address(serving: Callable[[FakeAssistant], str]) -> str:
    """A server whose every answer takes a tenth of a second."""
    return serving(FakeAssistant(delay=0.1, settings=Settings(rate=0)))


BURST = r"""
import asyncio, collections, sys
body = b'{"question": "When was it made?"}'
head = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
head += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
async def ask():
    reading, writing = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    writing.write(head + body)
    said = await reading.read()
    writing.close()
    assert b"disclaimer" in said
    assert b" 503 " not in said[:20] or b"retry-after: 2" in said
    return int(said.split()[1])
async def main():
    statuses = await asyncio.gather(*(ask() for _ in range(500)))
    print(*(f"{k}:{n}" for k, n in collections.Counter(statuses).items()))
run_apart(main())
"""
"""Five hundred at once, in a process of their own, so that they do not slow the server."""


def test_a_burst_is_answered_or_refused_and_health_goes_on(busy_address: str) -> None:
    port = busy_address.rpartition(":")[2]
    longest, checks = 0.0, 0
    with (
        httpx.Client(base_url=busy_address, timeout=10) as health,
        subprocess.Popen([sys.executable, "-c", BURST, port], stdout=subprocess.PIPE) as burst,
    ):
        while burst.poll() is None:
            began = time.monotonic()
            assert health.get("/healthz").status_code == 200
            longest = max(longest, time.monotonic() - began)
            checks += 1
            time.sleep(0.02)
        assert burst.stdout is not None
        told = burst.stdout.read().decode()
    counts = {int(k): int(n) for k, n in (pair.split(":") for pair in told.split())}
    assert sum(counts.values()) == 500
    assert set(counts) <= {200, 503}
    assert counts[200] >= lock.WAITING
    assert checks > 20
    assert longest < 1.0, longest


def test_five_hundred_slow_clients_keep_nobody_from_being_served(busy_address: str) -> None:
    host, port = busy_address.removeprefix("http://").split(":")
    head = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n{"
    with ExitStack() as stack:
        for n in range(500):
            raw = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
            raw.sendall(head if n % 2 else head[:40])
        for path in ("/healthz", "/chat/", "/api/articles"):
            began = time.monotonic()
            assert httpx.get(f"{busy_address}{path}", timeout=10).status_code == 200
            assert time.monotonic() - began < 1.0, path
        began = time.monotonic()
        assert httpx.post(f"{busy_address}/api/ask", json=ASK, timeout=10).status_code == 200
        assert time.monotonic() - began < 1.5
