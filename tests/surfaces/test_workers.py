"""Two workers are one server: they share the socket, the sessions, the pages and the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from tests.surfaces.test_users import PASSWORD, line

from kqa.settings import Settings
from kqa.surfaces.web.relay import arrived, owner_of

SECRET = "xyzzy my secret illness"


class Running:
    """A server of two workers in processes of its own, and what it says."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, temporary: Path) -> None:
        self.process, self.log, self.temporary = process, log, temporary
        self.address = ""

    def wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + 180
        while not (found := re.search(r"serves at (http://[\d.:]+)/chat/ by 2", self.said())):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        self.address = found[1]

    def said(self) -> str:
        return self.log.read_text()

    def workers(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [int(pid) for task in tasks for pid in task.read_text().split()]
        lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
        return [pid for pid, line in lines.items() if b"spawn_main" in line]


@pytest.fixture(scope="module")
def running(
    built_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("two")
    (folder / "users").write_text(f"{line('anna')}\n")
    given = {"encoder": "hashing", "reader": "none", "index": str(built_settings.index)}
    given |= {"port": "0", "workers": "2", "users_file": str(folder / "users"), "rate": "0"}
    environment = {f"KQA_{name.upper()}": value for name, value in given.items()}
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "kqa.surfaces.cli", "serve"],
            stdout=out,
            stderr=out,
            env={**os.environ, **environment, "TMPDIR": str(folder)},
        )
    found = Running(process, log, folder)
    try:
        found.wait_until_it_serves()
        yield found
    finally:
        process.kill()
        process.wait()


def counted(running: Running, name: str) -> dict[str, float]:
    """The sum of a count by worker."""
    sums: dict[str, float] = {}
    for told in httpx.get(f"{running.address}/metrics").text.splitlines():
        if told.startswith(f"{name}{{"):
            worker = re.findall(r'worker="(\d)"', told)[0]
            sums[worker] = sums.get(worker, 0) + float(told.rpartition(" ")[2])
    return sums


def test_both_workers_answer_and_are_counted_together(running: Running) -> None:
    before = sum(counted(running, "kqa_answers_total").values())
    for n in range(60):
        sent = {"question": f"How long does a session take {n}? {SECRET}"}
        answer = httpx.post(f"{running.address}/api/ask", json=sent, timeout=30)
        assert answer.status_code == 200
    after = counted(running, "kqa_answers_total")
    assert sum(after.values()) == before + 60
    assert set(counted(running, "kqa_start_time_seconds")) == {"0", "1"}
    assert set(after) == {"0", "1"}, "the system gives both something to do"


def test_a_page_finds_its_session_whichever_worker_it_reaches(running: Running) -> None:
    for n in range(6):  # each has a session of its own, and connections to either worker
        client = Client(f"{running.address}/chat/", verbose=False)
        for _ in range(3):
            answer = client.predict(f"What is ketamine {n}? {SECRET}", api_name="/ask")
            assert answer["disclaimer"]
        client.close()


def test_a_session_holds_in_both_and_ends_in_both(running: Running) -> None:
    def fresh(cookies: httpx.Cookies) -> httpx.Response:
        with httpx.Client(base_url=running.address, cookies=cookies) as one:
            return one.get("/sign-out")

    with httpx.Client(base_url=running.address) as browser:
        token = re.findall(r'name="token" value="([^"]+)"', browser.get("/sign-in").text)[0]
        sent = {"name": "anna", "password": PASSWORD, "token": token}
        assert browser.post("/sign-in", data=sent).status_code == 303
        cookies = httpx.Cookies(browser.cookies)
    pages = [fresh(cookies) for _ in range(20)]
    assert all("signed in as anna" in page.text for page in pages)
    token = re.findall(r'name="token" value="([^"]+)"', pages[0].text)[0]
    left = httpx.post(f"{running.address}/sign-out", data={"token": token}, cookies=dict(cookies))
    assert left.status_code == 303
    assert all(fresh(cookies).status_code == 303 for _ in range(20))


def test_no_visitor_speaks_as_a_worker(running: Running) -> None:
    for token in ("", "x", "0" * 64):
        forged = {"X-Kqa-Relay": token, "X-Kqa-From": "11http;127.0.0.1", "Host": "evil.example"}
        assert httpx.get(f"{running.address}/metrics", headers=forged).status_code == 421


def test_a_worker_that_dies_is_replaced(running: Running) -> None:
    before = running.workers()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    deadline = time.monotonic() + 120
    while len(running.workers()) < 2 or running.workers() == before:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    while len(counted(running, "kqa_start_time_seconds")) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert running.process.poll() is None


def test_it_stops_when_told_and_leaves_nothing_behind(running: Running) -> None:
    workers = running.workers()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert list(running.temporary.glob("kqa-*")) == []
    said = running.said()
    assert "xyzzy" not in said
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 2, said


# --- who knows whom -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        ("/chat/gradio_api/heartbeat/abc", b"", b""),
        ("/chat/gradio_api/queue/data", b"session_hash=abc", b""),
        ("/chat/gradio_api/queue/join", b"", b'{"session_hash": "abc", "data": []}'),
        ("/chat/gradio_api/cancel", b"", b'{"session_hash": "abc"}'),
    ],
)
def test_everything_of_a_session_goes_to_one_worker(path: str, query: bytes, body: bytes) -> None:
    scope = {"path": path, "query_string": query, "headers": []}
    owner = owner_of(scope, ["/chat", "/staff"], body, 7)
    heartbeat = {**scope, "path": "/chat/gradio_api/heartbeat/abc", "query_string": b""}
    assert owner == owner_of(heartbeat, ["/chat"], b"", 7)
    others = ({**heartbeat, "path": f"{heartbeat['path']}{n}"} for n in range(99))
    assert {owner_of(other, ["/chat"], b"", 7) for other in others} == set(range(7))


@pytest.mark.parametrize(
    ("path", "body", "owner"),
    [
        ("/chat/", b"", None),
        ("/chat/assets/index.js", b"", None),
        ("/api/ask", b'{"session_hash": "abc"}', None),
        ("/chat/gradio_api/queue/join", b"[" * 40, None),
        ("/chat/gradio_api/queue/join", b'{"session_hash": 7}', None),
        ("/staff/", b"", 0),
        ("/staff/gradio_api/queue/join", b'{"session_hash": "abc"}', 0),
    ],
)
def test_pages_for_staff_are_the_first_workers(path: str, body: bytes, owner: int | None) -> None:
    scope = {"path": path, "query_string": b"", "headers": []}
    assert owner_of(scope, ["/chat", "/staff"], body, 7) == owner


def test_what_another_worker_says_of_a_visitor_is_believed_of_it_alone() -> None:
    headers = [(b"x-kqa-relay", b"secret"), (b"x-kqa-from", b"10https;192.0.2.1")]
    scope = {"headers": headers, "scheme": "http"}
    assert arrived(dict(scope), None) is None
    assert arrived(dict(scope), "other") is None
    taken = dict(scope)
    visitor = arrived(taken, "secret")
    assert visitor is not None
    assert (visitor.address, visitor.local, visitor.direct) == ("192.0.2.1", True, False)
    assert taken["scheme"] == "https"
    assert taken["headers"] == []
