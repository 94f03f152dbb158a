"""What the visitor's page serves beside Gradio: articles, the form, files, ``embed.js``."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.surfaces.fake_assistant import ARTICLE, HISTORY, HOME, HOSTILE, FakeAssistant

from kqa import wording
from kqa.errors import IndexMissing
from kqa.records import Span
from kqa.surfaces.api import create_app
from kqa.surfaces.web import plain, render_plain
from kqa.surfaces.web.files import WebFile
from kqa.surfaces.web.markup import digest_of, place_in_article

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


class Texts(HTMLParser):
    """The text inside each element, by its class or id."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.inside: dict[str, str] = {}
        self.tags: set[str] = set()
        self._open: list[list[str]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"meta", "link"}:
            given = dict(attrs)
            self._open.append([*(given.get("class") or "").split(), given.get("id") or ""])

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for names in self._open:
            for name in filter(None, names):
                self.inside[name] = self.inside.get(name, "") + data


@pytest.fixture(scope="module")
def fake() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="module")
def client(fake: FakeAssistant) -> Iterator[TestClient]:
    app = create_app(fake)
    plain.add_plain_pages(app, fake)
    with TestClient(app, HOME) as opened:
        yield opened


@given(texts, texts, st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_an_article_is_shown_letter_for_letter_with_its_quote_marked(
    before: str, quoted: str, after: str
) -> None:
    article = replace(ARTICLE, text=before + quoted + after, title=quoted, publisher=before)
    span = Span(len(before), len(before) + len(quoted))
    page = Texts(render_plain.render_article_page(article, span, digest_of(quoted), "US", ""))
    assert page.inside["kqa-text"] == article.text
    assert page.inside["quote"] == quoted
    assert page.inside["kqa-article-title"] == quoted
    assert not page.tags & {"script", "img", "b", "iframe", "style"}


def test_offsets_are_code_points() -> None:
    text = "𝒦" * 5 + "é" + "x"
    page = Texts(
        render_plain.render_article(replace(ARTICLE, text=text), Span(5, 6), digest_of("é"))
    )
    assert page.inside["quote"] == "é"


def test_a_quote_that_has_changed_is_not_marked_and_the_reader_is_told(client: TestClient) -> None:
    place = place_in_article(ARTICLE.id, 9, 9 + len(HISTORY), HISTORY)
    page = Texts(client.get(f"/chat/{place}").text)
    assert wording.ARTICLE_CHANGED in page.inside["kqa-article"]
    assert "quote" not in page.inside
    assert page.inside["kqa-text"] == ARTICLE.text


@pytest.mark.parametrize(
    "query", ["", "?start=5", "?start=9&end=3", "?start=a&end=b", "?start=0&end=9999999"]
)
def test_an_article_opens_unmarked_where_no_place_is_named(client: TestClient, query: str) -> None:
    page = Texts(client.get(f"/chat/articles/{ARTICLE.id}{query}").text)
    assert page.inside["kqa-text"] == ARTICLE.text
    assert "quote" not in page.inside
    assert page.inside["kqa-disclaimer"] == wording.DISCLAIMER


def test_a_place_leads_to_the_quote(client: TestClient) -> None:
    start = ARTICLE.text.index(HOSTILE)
    place = place_in_article(ARTICLE.id, start, start + len(HOSTILE), HOSTILE)
    page = Texts(client.get(f"/chat/{place}").text)
    assert page.inside["quote"] == HOSTILE
    assert "The Benefits of Ketamine Therapy" in page.inside["kqa-article-title"]
    assert "June 19, 2024" in page.inside["kqa-meta"]
    assert "004.txt" in page.inside["kqa-meta"]


def test_an_unknown_article_is_an_error_card_with_the_disclaimer(client: TestClient) -> None:
    reply = client.get("/chat/articles/%3Cscript%3E")
    assert reply.status_code == 404
    assert "<script>" not in reply.text.replace("<script src", "")
    assert wording.DISCLAIMER in Texts(reply.text).inside["kqa-card"]


def test_a_question_is_asked_by_the_form_and_never_by_an_address(
    client: TestClient, fake: FakeAssistant
) -> None:
    reply = client.post("/chat/plain", data={"question": "When? <b>"})
    page = Texts(reply.text)
    assert page.inside["kqa-quote"] == HISTORY
    assert page.inside["kqa-asked-text"] == "When? <b>"
    assert reply.headers["cache-control"] == "no-store"
    before = len(fake.asked)
    assert client.get("/chat/plain?question=When").status_code == 200
    assert len(fake.asked) == before


@pytest.mark.parametrize(
    ("question", "status", "shown"),
    [
        ("I want to kill myself", 200, "You do not have to face this alone"),
        ("???", 422, wording.UNREADABLE),
        ("", 422, wording.UNREADABLE),
        ("boom", 500, wording.NO_ANSWER_NOW),
        ("capital", 200, wording.NOTHING_FOUND),
    ],
)
def test_every_card_is_shown_without_a_script(
    client: TestClient, question: str, status: int, shown: str
) -> None:
    reply = client.post("/chat/plain", data={"question": question})
    assert reply.status_code == status
    assert shown in Texts(reply.text).inside["kqa-card"]
    assert wording.DISCLAIMER in Texts(reply.text).inside["kqa-card"]


def test_an_index_that_fails_is_an_error_card_without_a_path() -> None:
    broken = FakeAssistant(IndexMissing("/srv/index", "it is not there", "Run kqa index."))
    app = create_app(broken)
    plain.add_plain_pages(app, broken)
    reply = TestClient(app, HOME).post("/chat/plain", data={"question": "When?"})
    assert reply.status_code == 503
    assert "index_missing" in reply.text
    assert "/srv" not in reply.text


@pytest.mark.parametrize("file", [plain.STYLE, plain.SCRIPT, plain.EMBED])
def test_a_file_is_served_packed_and_its_address_follows_its_content(
    client: TestClient, file: WebFile
) -> None:
    folder = "/" if file is plain.EMBED else "/chat/"
    plainly = client.get(folder + file.address, headers={"accept-encoding": "identity"})
    packed = client.get(folder + file.address, headers={"accept-encoding": "gzip"})
    assert plainly.text == packed.text == file.text
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plainly.content) / 2
    assert gzip.decompress(file.packed).decode() == file.text
    assert replace(file, text=file.text + " ").address != file.address
    assert client.head(folder + file.address).status_code == 200


def test_no_script_names_another_address() -> None:
    for file in (plain.STYLE, plain.SCRIPT, plain.EMBED):
        assert "//" not in file.text.replace(": //", "").replace("// ", "").replace("tel:", "")


def test_under_a_prefix_all_addresses_lead_on(fake: FakeAssistant) -> None:
    app = create_app(fake)
    plain.add_plain_pages(app, fake)
    client = TestClient(Starlette(routes=[Mount("/help", app)]), HOME)
    page = client.post("/help/chat/plain", data={"question": "When?"}).text
    href = page.partition('class="kqa-open" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert Texts(client.get(f"/help/chat/{href}").text).inside["quote"] == HISTORY
    assert f'"{plain.STYLE.address}"' in page
    assert client.get(f"/help/chat/{plain.STYLE.address}").status_code == 200
    assert client.get("/help/embed.js").status_code == 200
