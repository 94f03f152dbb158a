"""Markup is inert and quotes are letter for letter, whatever the words are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surfaces.fake_assistant import (
    AFTER,
    ARTICLE,
    BEFORE,
    GIVEN,
    HISTORY,
    HOSTILE,
    PRAISE,
    answer,
    quote,
    sides,
    us_card,
)

from kqa import wording
from kqa.errors import IndexMissing, InputError, KqaError
from kqa.records import Answer, Contact, Context, CrisisCard, CrisisLine, Language, Notice
from kqa.surfaces.shown import by_side
from kqa.surfaces.web import render
from kqa.surfaces.web.markup import fragment_url, text_of

# NUL cannot stand in HTML, and no article read as UTF-8 holds a surrogate.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)
payloads = st.sampled_from(
    [
        HOSTILE,
        '"><script>alert(1)</script>',
        "' onmouseover='alert(1)",
        "</p></blockquote><iframe src=//evil>",
        "<!-- --><style>*{display:none}</style>",
        "&lt;b&gt; &amp; &#60;",
        "${alert(1)} {{value}} `x`",
    ]
)
anything = texts | payloads

TAGS = set(
    "a article blockquote button cite details div figcaption figure h1 h2 h3 h4 header i li mark "  # noqa: SIM905
    "ol p section span strong summary time ul".split()
)
ATTRIBUTES = set(
    "class id role aria-live aria-hidden aria-label data-announce data-announce-lang datetime "  # noqa: SIM905
    "data-exchange data-helpful data-section data-source dir href lang rel tabindex target type "
    "value".split()
)


class Page(HTMLParser):
    """Markup as a browser reads it: elements, with the text inside each."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, str, list[str]]] = []
        self.inside: dict[str, list[str]] = {}
        self.feed(markup)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        self._open.append((tag, given.get("class", ""), []))

    def handle_endtag(self, tag: str) -> None:
        opened, name, parts = self._open.pop()
        assert opened == tag
        for key in {tag, *name.split()}:
            self.inside.setdefault(key, []).append("".join(parts))

    def handle_data(self, data: str) -> None:
        for _, _, parts in self._open:
            parts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment got in")


def is_inert(markup: str) -> Page:
    page = Page(markup)
    for tag, attributes in page.elements:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES
        assert re.match(r"(https?://|tel:|sms:|articles/[^/:]+$)", attributes.get("href", "tel:"))
    return page


def quoting(text: str, **parts: Any) -> Answer:  # noqa: ANN401
    article = replace(ARTICLE, text=f"{BEFORE}{text}{AFTER}")
    start, end = len(BEFORE), len(BEFORE) + len(text)
    context = Context(0, len(article.text), article.text)
    whole = replace(quote(HISTORY), text=text, start=start, end=end, context=context)
    return answer("?", quotes=(whole,), **parts)


@given(anything)
def test_a_quote_is_letter_for_letter(text: str) -> None:
    page = is_inert(render.render_answer(quoting(text)))
    assert page.inside["kqa-quote"] == [text]
    assert page.inside["blockquote"] == [text]


@given(anything)
def test_the_mark_in_context_is_the_quote_by_its_offsets(text: str) -> None:
    page = Page(render.render_answer(quoting(text)))
    assert page.inside["mark"] == [text]
    assert page.inside["kqa-around"] == [BEFORE + text + AFTER]


def test_a_repeated_sentence_is_marked_where_it_was_chosen() -> None:
    twice = replace(
        quote("x", article=replace(ARTICLE, text="x x")),
        start=2,
        end=3,
        context=Context(0, 3, "x x"),
    )
    assert "x <mark>x</mark>" in render.render_answer(answer("?", quotes=(twice,)))


@given(anything)
def test_no_value_of_a_record_is_markup(text: str) -> None:
    cited = replace(
        quote(HISTORY).article, title=text, section=text, publisher=text, published=text, url=text
    )
    hostile = replace(quote(HISTORY), article=cited, side=text)
    contact = Contact(text, text, text)
    card = CrisisCard(text, text, (CrisisLine(text, text),), text)
    shown = [
        render.render_answer(answer(text, quotes=(hostile,), disclaimer=f"d{text}")),
        render.render_answer(answer(text, related=(hostile,), topics=(text,), contact=contact)),
        render.render_answer(answer(text, crisis_card=card)),
        render.render_answer(answer(text, language=Language(text, text))),
        render.render_error(InputError(text, text, text)),
        render.render_error(IndexMissing(text, text, text, code=text)),
    ]
    for markup in shown:
        is_inert(render.render_exchange(text, markup))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:x", " https://a", "data:text/html,x", "//evil",
        "https://a b", "https://a\n", "file:///etc/passwd", "tel:988;x", "", "sms:", "http://",
    ],
)  # fmt: skip
def test_other_links_are_plain_text(url: str) -> None:
    cited = replace(quote(HISTORY).article, url=url)
    shown = render.render_answer(answer("?", quotes=(replace(quote(HISTORY), article=cited),)))
    page = is_inert(shown)
    assert [a["href"].partition("/")[0] for t, a in page.elements if t == "a"] == ["articles"]
    assert page.inside["cite"] == [ARTICLE.title]


def test_a_link_of_the_web_opens_beside_the_page_and_tells_nobody() -> None:
    shown = render.render_answer(answer("?", quotes=(quote(HISTORY),)))
    link, within = (attributes for tag, attributes in Page(shown).elements if tag == "a")
    assert link["href"] == fragment_url(ARTICLE.url, HISTORY)
    assert (link["rel"], link["target"]) == ("noopener noreferrer", "_blank")
    assert "target" not in within


def cards() -> list[Callable[[], str]]:
    q = quote(HISTORY)
    every = tuple(Notice)
    contact = Contact("Clinic", "555", "https://a.example")
    answers: list[Callable[[], Answer]] = [
        lambda: answer("?", quotes=(q,)),
        lambda: answer("?", quotes=(q, replace(q, n=2)), notices=every, contact=contact),
        lambda: answer("?", quotes=(q,), notices=(Notice.CRISIS,), crisis_card=us_card()),
        lambda: answer("?", topics=("a", "b"), contact=contact),
        lambda: answer("?", related=(q,), notices=(Notice.SOURCE_INCOMPLETE,)),
        lambda: answer("?", crisis_card=us_card(), index=None),
        lambda: answer("?", quotes=sides("above three"), notices=(Notice.SOURCES_DIFFER,)),
        lambda: answer("?", language=Language("es", wording.NOT_ENGLISH["es"])),
        lambda: answer("How many mg of ketamine should I take?", topics=("a",)),
    ]
    faults: list[KqaError] = [InputError("a", "b", "c"), IndexMissing("a", "b", "c")]
    return [
        *(lambda make=make: render.render_answer(make()) for make in answers),
        *(lambda fault=fault: render.render_error(fault) for fault in faults),
        lambda: render.render_page_intro("Questions"),
    ]


@pytest.mark.parametrize("make", cards())
def test_every_card_bears_the_disclaimer_exactly_once(
    make: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make().count(text_of(wording.DISCLAIMER)) == 1
    monkeypatch.setattr(wording, "DISCLAIMER", "qwyjibo")
    assert make().count("qwyjibo") == 1


def test_a_source_names_what_is_known_and_no_more() -> None:
    page = Page(render.render_answer(answer("?", quotes=(quote(HISTORY),))))
    (source,) = page.inside["kqa-source"]
    assert page.inside["kqa-meta"] == ["Section: History · A Clinic · June 19, 2024"]
    assert source.startswith(ARTICLE.title)
    assert "kqa-given" not in page.inside
    bare = Page(render.render_answer(answer("?", quotes=(quote(HISTORY, 1, GIVEN, None),))))
    assert bare.inside["kqa-given"] == ["title given by us"]
    assert "kqa-meta" not in bare.inside
    assert bare.inside["a"] == ["Show in article: A Guide"]


def test_crisis_stands_first_and_only_the_newest_interrupts() -> None:
    both = answer("?", quotes=(quote(HISTORY),), notices=(Notice.CRISIS,), crisis_card=us_card())
    for shown in (
        render.render_answer(both),
        render.render_answer(answer("?", crisis_card=us_card())),
    ):
        elements = Page(shown).elements
        assert elements[0][0] == "article"
        assert elements[1] == (
            "section",
            {"class": "kqa-help", "role": "alert", "tabindex": "-1"},
        )
        assert elements[2][0] == "h3"
        links = [attributes.get("href") for tag, attributes in elements if tag == "a"]
        assert {line.link for line in us_card().lines} <= set(links)
    assert 'role="alert"' not in render.render_answer(both, newest=False)


def test_a_refusal_shows_what_is_near_as_no_answer() -> None:
    related = answer("?", related=(quote(HISTORY),), notices=(Notice.SOURCE_INCOMPLETE,))
    page = Page(render.render_answer(related))
    assert page.inside["h3"] == [wording.NOTHING_FOUND]
    assert page.inside["kqa-label"] == ["No answer, but nearby in the articles:"]
    assert page.inside["kqa-notices"] == [wording.NOTICES[Notice.SOURCE_INCOMPLETE]]


def classes(markup: str) -> list[str]:
    """The classes of the elements, in order; only those of quotes, sides and the like."""
    known = {"kqa-side", "kqa-quote", "kqa-help", "kqa-notices", "kqa-dose", "kqa-language"}
    return [c for _, a in Page(markup).elements for c in a.get("class", "").split() if c in known]


@given(st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=8))
def test_every_quote_stands_once_under_its_side_and_those_of_none_above(
    names: list[str | None],
) -> None:
    quotes = tuple(replace(quote(HISTORY), n=n, side=s) for n, s in enumerate(names, start=1))
    plain, found = by_side(quotes)
    assert sorted([*plain, *(q for side in found for q in side.quotes)], key=lambda q: q.n) == [
        *quotes
    ]
    assert all(q.side is None for q in plain)
    assert [side.name for side in found] == list(dict.fromkeys(filter(None, names)))
    assert all({q.side for q in side.quotes} == {side.name} for side in found)
    for group in (plain, *(side.quotes for side in found)):
        assert [q.n for q in group] == sorted(q.n for q in group)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_no_side_of_a_disagreement_looks_like_the_winner(count: int) -> None:
    names = [f"name {n}" for n in range(count)]
    quotes = tuple(replace(quote(HISTORY), n=n, side=name) for n, name in enumerate(names, start=1))
    markup = render.render_answer(answer("?", quotes=quotes, notices=(Notice.SOURCES_DIFFER,)))
    items = markup.partition('<ul class="kqa-sides">')[2].split('<li class="kqa-side">')[1:]
    shown_alike = {
        i.partition("</li>")[0].replace(n, "") for i, n in zip(items, names, strict=True)
    }
    assert len(shown_alike) == 1
    page = Page(markup)
    assert page.inside["kqa-side-lead"] == [wording.SIDE_LEAD] * count
    assert page.inside["kqa-side-name"] == names
    assert "<ol" not in markup  # a number would rank


def test_the_best_quote_of_no_side_stands_above_the_sides() -> None:
    above = render.render_answer(answer("?", quotes=sides("above")))
    assert classes(above) == ["kqa-quote", *["kqa-side", "kqa-quote"] * 2]
    assert "<ol" not in above


def test_the_visitor_hears_of_a_disagreement_first() -> None:
    markup = render.render_answer(answer("?", quotes=sides(), notices=(Notice.SOURCES_DIFFER,)))
    said = Page(markup).elements[0][1]["data-announce"]
    assert said == wording.NOTICES[Notice.SOURCES_DIFFER]


def test_a_quote_that_praises_is_labelled_where_it_stands() -> None:
    both = (quote(HISTORY), quote(PRAISE, 2))
    page = render.render_answer(answer("?", quotes=both, notices=(Notice.PROMOTIONAL,)))
    assert Page(page).inside["kqa-praise"] == [wording.PRAISE]
    assert page.index(PRAISE) < page.index("kqa-praise")
    near = render.render_answer(answer("?", related=both))
    assert Page(near).inside["kqa-praise"] == [wording.PRAISE]


SPANISH = Language("es", wording.NOT_ENGLISH["es"])


@pytest.mark.parametrize("code", sorted(wording.NOT_ENGLISH))
def test_another_language_is_met_in_it_first_and_then_in_english(code: str) -> None:
    message = wording.NOT_ENGLISH[code]
    markup = render.render_answer(answer("?", language=Language(code, message)))
    page = is_inert(markup)
    said = re.sub(r" \(opens in a new tab\)", "", page.inside["kqa-language"][0])
    assert said == message
    spoken = next(a for _, a in page.elements if a.get("class") == "kqa-language")
    assert (spoken["lang"], spoken["dir"]) == (code, "auto")
    assert page.elements[0][1]["data-announce"] == message
    assert page.elements[0][1]["data-announce-lang"] == code
    assert markup.index("kqa-language") < markup.index("kqa-in-english")
    assert wording.NOTHING_FOUND not in markup
    links = [a["href"] for t, a in page.elements if t == "a"]
    assert {"tel:911", "tel:988", "https://findahelpline.com"} <= set(links)


def test_a_language_without_a_text_of_its_own_is_met_in_english_once() -> None:
    other = Language("eu", wording.NOT_ENGLISH_OTHER)
    page = Page(render.render_answer(answer("?", language=other)))
    assert "kqa-in-english" not in page.inside
    assert [a["lang"] for _, a in page.elements if "lang" in a] == ["en"]


def test_the_spanish_card_is_marked_as_spanish() -> None:
    spanish = render.render_answer(answer("?", crisis_card=wording.crisis_card("US", "es")))
    assert [a["lang"] for _, a in Page(spanish).elements if "lang" in a] == ["es"]
    english = render.render_answer(answer("?", crisis_card=us_card()))
    assert " lang=" not in english


@given(anything)
def test_what_goes_with_a_copied_quote_is_its_source(text: str) -> None:
    cited = replace(quote(HISTORY).article, title=text, section=text, publisher=None, url=None)
    page = is_inert(
        render.render_answer(answer("?", quotes=(replace(quote(HISTORY), article=cited),)))
    )
    (source,) = [a["data-source"] for _, a in page.elements if "data-source" in a]
    assert source == f"{text} · Section: {text} · June 19, 2024"


def test_only_where_it_is_asked_for_does_a_card_ask_whether_it_helped() -> None:
    asks = render.render_helpful(3)
    page = is_inert(render.render_answer(answer("?", quotes=(quote(HISTORY),)), asks=asks))
    pressed = [a for _, a in page.elements if "data-helpful" in a]
    assert [(a["data-exchange"], a["data-helpful"]) for a in pressed] == [("3", "yes"), ("3", "no")]
    assert wording.FEEDBACK_KEEPS in page.inside["kqa-helpful"][0]
    alone = render.render_answer(answer("?", crisis_card=us_card()), asks=asks)
    assert "data-helpful" not in alone


DOSE = "How many mg of ketamine should an adult be given?"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({}, True),
        ({"quotes": (quote(HISTORY),), "notices": (Notice.PERSONAL_ADVICE,)}, True),
        ({"quotes": (quote(HISTORY),)}, False),
        ({"crisis_card": us_card()}, False),
        ({"language": SPANISH}, True),
    ],
)
def test_a_dose_that_is_not_given_names_who_to_ask_and_poison_control(
    parts: dict[str, Any], told: bool
) -> None:
    page = is_inert(render.render_answer(answer(DOSE, **parts)))
    assert ("kqa-dose" in page.inside) is told
    if told:
        assert page.inside["kqa-dose"] == [wording.DOSE_NOT_GIVEN]
        links = [a.get("href") for _, a in page.elements]
        assert {"tel:911", "tel:1-800-222-1222"} <= set(links)
    other = render.render_answer(answer("What is the capital of France?", **parts))
    assert "kqa-dose" not in other


def test_the_card_stands_above_everything_else() -> None:
    given = answer(
        DOSE,
        quotes=sides("above"),
        notices=(Notice.CRISIS, Notice.SOURCES_DIFFER, Notice.PERSONAL_ADVICE),
        crisis_card=us_card(),
    )
    foreign = answer(DOSE, language=SPANISH, crisis_card=us_card())
    assert classes(render.render_answer(given))[:3] == ["kqa-help", "kqa-dose", "kqa-notices"]
    assert classes(render.render_answer(foreign))[:2] == ["kqa-help", "kqa-language"]


def test_what_is_near_has_no_number_and_no_side() -> None:
    near = render.render_answer(answer("?", related=(quote(HISTORY), quote(PRAISE, 2))))
    assert "<ol" not in near
    assert near.index("nearby in the articles") < near.index("kqa-related")


def test_the_owner_is_named_where_a_visitor_is_left_alone() -> None:
    contact = Contact("Clinic", "+1 (555) 010-0100", "https://a.example/c")
    refused = render.render_answer(answer("?", contact=contact))
    assert 'href="tel:+15550100100"' in refused
    advised = answer(
        "?", quotes=(quote(HISTORY),), notices=(Notice.PERSONAL_ADVICE,), contact=contact
    )
    assert "kqa-contact" in render.render_answer(advised)
    plain = answer("?", quotes=(quote(HISTORY),), contact=contact)
    assert "kqa-contact" not in render.render_answer(plain)


def test_our_own_fault_shows_its_code_and_no_path() -> None:
    shown = render.render_error(IndexMissing("/srv/index", "it is not there", "Run kqa index."))
    assert "index_missing" in shown
    assert "/srv" not in shown
