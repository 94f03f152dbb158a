"""Pages for staff: who gets in, how long, and that no other site can act for them."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.surfaces.fake_assistant import HOME, FakeAssistant
from tests.surfaces.test_users import PASSWORD, line

from kqa import wording
from kqa.settings import Settings
from kqa.surfaces.api import create_app
from kqa.surfaces.users import NOBODY, hash_password
from kqa.surfaces.web.mount import Page
from kqa.surfaces.web.pages import mount_signed_in, open_sign_in
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.sign_in import ADDRESS_TRIES, PAIR_TRIES

HTML = {"Accept": "text/html"}
OWN = {"Origin": HOME}
NEVER = {"Origin": "https://evil.example"}


def small_page(path: str = "/staff") -> Page:
    """A page with one function, which says who is signed in, and a file to send."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        said, button = gr.Textbox(label="You"), gr.Button("Who am I?")
        gr.File(label="A file")

        def who(request: gr.Request) -> str:
            return f"You are {request.username}"

        button.click(who, None, said, api_visibility="private")
    return Page(path, blocks, needs=("gradio_api/upload",), file_size="100kb")


@pytest.fixture(scope="module")
def users_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("users") / "users"


@pytest.fixture
def users(users_file: Path) -> Path:
    users_file.write_text(f"{line('anna')}\n{line('bob', 'another password')}\n")
    return users_file


StaffApp = Callable[..., FastAPI]


@pytest.fixture(scope="module")
def built() -> StaffApp:
    """An application for each choice of settings, built once: it takes Gradio a second."""

    @lru_cache
    def build(chosen: tuple[tuple[str, object], ...]) -> FastAPI:
        assistant = FakeAssistant(settings=Settings.model_validate(dict(chosen)))
        app = create_app(assistant)
        open_sign_in(app, assistant)
        mount_signed_in(app, small_page())
        return app

    return lambda **chosen: build(tuple(sorted(chosen.items())))


@pytest.fixture
def staff_app(built: StaffApp) -> StaffApp:
    """Such an application in which nobody is signed in and nobody has tried."""

    def fresh(**chosen: object) -> FastAPI:
        app = built(**chosen)
        for path in app.state.sign_in.folder.path.glob("*-*"):
            path.unlink()
        app.state.sign_in.sessions.clock = time.time
        return app

    return fresh


@pytest.fixture
def app(staff_app: StaffApp, users: Path) -> FastAPI:
    return staff_app(users_file=users)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with browsing(app) as client:
        yield client


def browsing(app: FastAPI, home: str = HOME, address: str = "192.0.2.1") -> TestClient:
    return TestClient(app, home, client=(address, 5_000), follow_redirects=False)


def token_in(response: Any) -> str:  # noqa: ANN401
    found = re.search(r'name="token" value="([^"]+)"', response.text)
    assert found, response.text
    return found[1]


def sign_in(
    client: TestClient,
    name: str = "anna",
    password: str = PASSWORD,
    onward: str = "/staff/",
    headers: dict[str, str] | None = None,
) -> Any:  # noqa: ANN401
    token = token_in(client.get("/sign-in"))
    sent = {"name": name, "password": password, "next": onward, "token": token}
    return client.post("/sign-in", data=sent, headers=OWN if headers is None else headers)


def session_of(client: TestClient) -> str:
    return str(client.cookies["kqa_session"])


def test_who_is_not_signed_in_is_shown_the_form_and_comes_back(client: TestClient) -> None:
    sent_away = client.get("/staff/?q=1", headers=HTML)
    assert sent_away.status_code == 303
    assert sent_away.headers["location"] == "/sign-in?next=/staff/"
    form = client.get(sent_away.headers["location"])
    assert wording.DISCLAIMER in form.text
    assert 'value="/staff/"' in form.text
    assert sign_in(client).headers["location"] == "/staff/"
    page = client.get("/staff/", headers=HTML)
    assert page.status_code == 200
    assert '"username":"anna"' in page.text


EVERY_PATH = [
    ("GET", "/staff/"),
    ("HEAD", "/staff/"),
    ("GET", "/staff/config"),
    ("GET", "/staff/gradio_api/info"),
    ("POST", "/staff/gradio_api/queue/join"),
    ("GET", "/staff/gradio_api/queue/data?session_hash=a"),
    ("POST", "/staff/gradio_api/upload"),
    ("POST", "/staff/gradio_api/cancel"),
    ("POST", "/staff/gradio_api/reset"),
    ("GET", "/staff/gradio_api/heartbeat/a"),
    ("GET", "/staff/gradio_api/startup-events"),
    ("POST", "/staff/gradio_api/run/who"),
    ("POST", "/staff/gradio_api/call/who"),
    ("GET", "/staff/gradio_api/file=/etc/passwd"),
    ("GET", "/staff/theme.css"),
    ("GET", "/staff/assets/index.js"),
    ("GET", "/staff/login_check"),
    ("GET", "/staff/gradio_api/token"),
    ("GET", "/staff/nowhere"),
]


@pytest.mark.parametrize(("method", "path"), EVERY_PATH)
@pytest.mark.parametrize("cookie", [None, "a" * 43, "x", "../../etc/passwd"])
def test_every_path_of_the_page_is_shut(
    client: TestClient, method: str, path: str, cookie: str | None
) -> None:
    if cookie is not None:
        client.cookies.set("kqa_session", cookie)
    refused = client.request(method, path, headers=OWN)
    assert refused.status_code == 401, path
    if method != "HEAD":
        assert refused.json()["code"] == "sign_in_needed"
        assert refused.json()["disclaimer"] == wording.DISCLAIMER


def test_every_route_of_gradios_is_shut(app: FastAPI, client: TestClient) -> None:
    """By Gradio's own list, so that a route that a new version brings is not forgotten."""
    mounted = next(route for route in app.routes if getattr(route, "path", "") == "/staff")
    routes: list[Any] = list(mounted.routes)  # type: ignore[attr-defined]
    for route in routes:
        routes += getattr(getattr(route, "original_router", None), "routes", ())
    tried = 0
    for route in routes:
        path = re.sub(r"\{[^}]*\}", "a", str(getattr(route, "path", "")))
        for method in set(getattr(route, "methods", None) or ()) & {"GET", "POST"}:
            tried += 1
            assert client.request(method, f"/staff{path}", headers=OWN).status_code == 401
    assert tried > 40


def test_a_function_of_the_page_knows_who_called_it(client: TestClient) -> None:
    sign_in(client)
    body = {"data": [], "fn_index": 0, "session_hash": "abc"}
    assert client.post("/staff/gradio_api/queue/join", json=body, headers=OWN).status_code == 200
    with client.stream("GET", "/staff/gradio_api/queue/data?session_hash=abc") as stream:
        assert "You are anna" in "".join(stream.iter_text())


@pytest.mark.parametrize("name", ["anna", "nobody", "", "ANNA ", "x" * 500, "<b>a</b>", "\x00"])
def test_a_wrong_password_is_refused_in_the_same_words(client: TestClient, name: str) -> None:
    refused = sign_in(client, name, "not the password")
    assert refused.status_code == 403
    assert wording.SIGN_IN_WRONG in refused.text
    assert 'role="alert"' in refused.text
    assert "not the password" not in refused.text
    assert "<b>a" not in refused.text
    assert "kqa_session" not in client.cookies


def test_an_unknown_name_takes_as_long_as_a_known_one(app: FastAPI, users: Path) -> None:
    users.write_text(f"anna:{hash_password(PASSWORD, (2**14, 8, 2))}\n")
    times: dict[str, list[float]] = {"anna": [], "nobody": []}
    for address in range(4):
        client = browsing(app, address=f"192.0.2.{address}")
        for name, taken in times.items():
            token = token_in(client.get("/sign-in"))
            sent = {"name": name, "password": "not the password", "token": token}
            began = time.perf_counter()
            client.post("/sign-in", data=sent)
            taken.append(time.perf_counter() - began)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.4 < known / unknown < 2.5, times


def test_the_session_is_new_at_each_sign_in_and_the_old_one_ends(client: TestClient) -> None:
    client.cookies.set("kqa_session", "f" * 43, domain="localhost.local")
    sign_in(client)
    first = session_of(client)
    assert first != "f" * 43
    sign_in(client)
    assert session_of(client) != first
    client.cookies.clear()
    client.cookies.set("kqa_session", first)
    assert client.get("/staff/config").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: FastAPI) -> None:
    plain = sign_in(browsing(app)).headers["set-cookie"]
    assert plain.startswith("kqa_session=")
    own = plain.split(", kqa_form")[0].split("; ")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(own)
    assert "Secure" not in plain
    secure = browsing(app, "https://localhost")
    token = token_in(secure.get("/sign-in"))
    sent = {"name": "anna", "password": PASSWORD, "token": token}
    cookie = secure.post("/sign-in", data=sent).headers["set-cookie"]
    assert cookie.startswith("__Host-kqa_session=")
    assert "Secure" in cookie.split(", __Host-kqa_form")[0]
    assert "Domain" not in cookie


def test_the_cookie_goes_no_further_than_the_prefix_of_a_proxy(app: FastAPI) -> None:
    client = TestClient(app, HOME, root_path="/kqa", follow_redirects=False)
    away = client.get("/kqa/staff/", headers=HTML)
    assert away.headers["location"] == "/kqa/sign-in?next=/staff/"
    form = client.get("/kqa/sign-in")
    assert 'action="/kqa/sign-in"' in form.text
    sent = {"name": "anna", "password": PASSWORD, "token": token_in(form)}
    entered = client.post("/kqa/sign-in", data=sent)
    assert entered.headers["location"] == "/kqa/staff/"
    assert "Path=/kqa" in entered.headers["set-cookie"]


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/staff/../x", "/chat/", "", "x"],
)
def test_signing_in_leads_to_a_known_page_only(client: TestClient, onward: str) -> None:
    assert sign_in(client, onward=onward).headers["location"] == "/staff/"
    assert "evil" not in client.get("/sign-in", params={"next": onward}).text


def test_signing_out_ends_the_session_wherever_its_cookie_is(client: TestClient) -> None:
    sign_in(client)
    copied = session_of(client)
    page = client.get("/sign-out")
    assert "anna" in page.text
    gone = client.post("/sign-out", data={"token": token_in(page)}, headers=OWN)
    assert gone.headers["location"] == "/sign-in"
    assert "kqa_session" not in client.cookies
    client.cookies.set("kqa_session", copied)
    assert client.get("/staff/config").status_code == 401
    assert client.get("/sign-out").headers["location"] == "/sign-in"


def test_a_new_password_and_a_removed_name_end_sessions(client: TestClient, users: Path) -> None:
    sign_in(client)
    assert client.get("/staff/theme.css").status_code == 200
    users.write_text(f"{line('bob')}\n")
    assert client.get("/staff/theme.css").status_code == 401
    users.write_text(f"{line('anna')}\n{line('bob')}\n")
    assert client.get("/staff/theme.css").status_code == 401, "another hash of the same password"


def test_a_session_ends_after_its_time(app: FastAPI, client: TestClient) -> None:
    sign_in(client)
    sessions = app.state.sign_in.sessions
    now = time.time()
    sessions.clock = lambda: now + 59 * 60
    assert client.get("/staff/theme.css").status_code == 200
    sessions.clock = lambda: now + 2 * 60 * 60
    assert client.get("/staff/theme.css").status_code == 401


# --- too many tries -----------------------------------------------------------------------


def test_tries_of_a_name_from_an_address_are_limited(app: FastAPI, client: TestClient) -> None:
    for _ in range(PAIR_TRIES):
        assert sign_in(client, password="not the password").status_code == 403
    refused = sign_in(client)
    assert refused.status_code == 429, "even the right password has to wait"
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert "Please wait" in refused.text
    assert sign_in(client, "bob", "another password").status_code == 303
    elsewhere = browsing(app, address="198.51.100.7")
    assert sign_in(elsewhere).status_code == 303, "nobody is locked out by somebody else"


def test_a_right_password_forgives_the_wrong_ones(client: TestClient) -> None:
    for _ in range(3):
        for _ in range(PAIR_TRIES - 1):
            sign_in(client, password="not the password")
        assert sign_in(client).status_code == 303


def test_tries_of_many_names_from_an_address_are_limited(client: TestClient) -> None:
    statuses = [sign_in(client, f"name{n}", "guess").status_code for n in range(ADDRESS_TRIES + 1)]
    assert statuses == [403] * ADDRESS_TRIES + [429]


def test_an_address_of_ipv6_is_a_network(app: FastAPI) -> None:
    statuses = []
    for n in range(PAIR_TRIES + 1):
        client = browsing(app, address=f"2001:db8::{n + 1:x}")
        statuses.append(sign_in(client, password="not the password").status_code)
    assert statuses == [403] * PAIR_TRIES + [429]


# --- other sites ----------------------------------------------------------------------------


def test_a_form_of_another_site_signs_nobody_in(app: FastAPI, client: TestClient) -> None:
    assert sign_in(client, headers=NEVER).status_code == 403
    assert sign_in(client, headers={"Origin": "null"}).status_code == 403
    assert sign_in(client, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert "kqa_session" not in client.cookies
    theirs = token_in(browsing(app).get("/sign-in"))
    client.get("/sign-in")
    sent = {"name": "anna", "password": PASSWORD, "token": theirs}
    refused = client.post("/sign-in", data=sent, headers=OWN)
    assert refused.status_code == 403
    assert wording.SIGN_IN_STALE in refused.text


@pytest.mark.parametrize("headers", [NEVER, {"Sec-Fetch-Site": "same-site"}, {}])
def test_no_other_site_acts_for_who_is_signed_in(
    client: TestClient, headers: dict[str, str]
) -> None:
    sign_in(client)
    body = {"data": [], "fn_index": 0, "session_hash": "abc"}
    for path in ("gradio_api/queue/join", "gradio_api/cancel", "gradio_api/reset"):
        refused = client.post(f"/staff/{path}", json=body, headers=headers)
        assert refused.status_code == 403, (path, headers)
        assert refused.json()["code"] == "other_site"
    kept = client.post("/sign-out", data={"token": "x"}, headers=headers)
    assert kept.status_code == 403
    assert client.get("/staff/theme.css").status_code == 200


def test_no_site_frames_the_pages_or_reads_them(client: TestClient) -> None:
    sign_in(client)
    for path in ("/staff/", "/sign-in", "/sign-out"):
        headers = client.get(path, headers=HTML).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY"
        assert "no-store" in headers["cache-control"]
        assert "access-control-allow-origin" not in headers


def test_only_a_form_is_read(client: TestClient) -> None:
    token = token_in(client.get("/sign-in"))
    sent = {"name": "anna", "password": PASSWORD, "token": token}
    assert client.post("/sign-in", json=sent).status_code == 403
    many = "&".join(f"a{n}=1" for n in range(50))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"\xff\xfe", many.encode(), b"%ZZ=%", b""):
        assert client.post("/sign-in", content=body, headers=kind).status_code == 403


# --- without users ------------------------------------------------------------------------------


Local = Callable[..., TestClient]


@pytest.fixture
def local(staff_app: StaffApp) -> Local:
    """A client of an application without users, at the machine itself unless told otherwise."""

    def made(home: str = HOME, address: str = "127.0.0.1", **settings: object) -> TestClient:
        return browsing(staff_app(**settings), home, address)

    return made


def test_without_users_the_machine_itself_gets_in_and_has_a_name(local: Local) -> None:
    for home, address in (
        (HOME, "127.0.0.1"),
        ("http://127.0.0.1:7860", "127.0.0.1"),
        ("http://[::1]:7860", "::1"),
    ):
        page = local(home, address).get("/staff/", headers=HTML)
        assert page.status_code == 200, home
        assert f'"username":"{NOBODY}"' in page.text


@pytest.mark.parametrize(
    "settings", [{"root_path": "/kqa"}, {"proxies": "127.0.0.1"}, {"hosts": "clinic.example"}]
)
def test_without_users_a_setting_that_speaks_of_a_proxy_shuts_the_pages(
    local: Local, settings: dict[str, str]
) -> None:
    assert local(**settings).get("/staff/", headers=HTML).status_code == 403


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"]
)
def test_without_users_a_trace_of_a_proxy_shuts_the_pages(local: Local, header: str) -> None:
    refused = local().get("/staff/", headers={**HTML, header: "127.0.0.1"})
    assert refused.status_code == 403
    assert wording.LOCAL_ONLY in refused.text
    for step in wording.LOCAL_ONLY_STEPS:
        assert step.replace('"', "&quot;") in refused.text


@pytest.mark.parametrize(
    ("home", "address"),
    [
        (HOME, "192.0.2.1"),
        (HOME, "::ffff:192.0.2.1"),
        ("http://192.0.2.9", "127.0.0.1"),
        (HOME, "testclient"),
    ],
)
def test_without_users_nobody_else_gets_in(local: Local, home: str, address: str) -> None:
    client = local(home, address)
    assert client.get("/staff/", headers=HTML).status_code == 403
    refused = client.get("/staff/config")
    assert refused.json()["code"] == "local_only"
    assert "kqa user" in refused.json()["message"]
    assert client.get("/sign-in").status_code == 403
    assert client.post("/sign-in", data={"name": "anna"}).status_code == 403


def test_without_users_another_site_cannot_act_at_the_machine_itself(local: Local) -> None:
    client = local()
    body = {"data": [], "fn_index": 0, "session_hash": "abc"}
    for headers in (NEVER, {"Host": "evil.example"}, {}):
        refused = client.post("/staff/gradio_api/queue/join", json=body, headers=headers)
        assert refused.status_code in {403, 421}
    assert client.post("/staff/gradio_api/queue/join", json=body, headers=OWN).status_code == 200


def test_a_file_of_users_that_lists_nobody_opens_nothing(local: Local, tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.touch()
    client = local(users_file=file)
    assert client.get("/staff/", headers=HTML).headers["location"] == "/sign-in?next=/staff/"
    assert sign_in(client, NOBODY).status_code == 403
