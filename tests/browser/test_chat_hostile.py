"""A hundred hostile questions and an article full of traps: nothing runs, every letter stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from playwright.sync_api import expect
from tests.browser.conftest import Serving, Visit
from tests.surfaces.fake_assistant import ARTICLE, FakeAssistant, answer, quote

from kqa import wording
from kqa.records import Answer, Article

RUNS = "window.pwned=(window.pwned||0)+1"
TRAPS = (
    f"<script>{RUNS}</script>",
    f"</script><script>{RUNS}</script>",
    f'"><script>{RUNS}</script>',
    f"<img src=x onerror={RUNS}>",
    f'" onmouseover="{RUNS}" x="',
    f"' autofocus onfocus='{RUNS}' '",
    f"<svg onload={RUNS}><animate onbegin={RUNS} attributeName=x dur=1s>",
    f"<details open ontoggle={RUNS}><summary>x</summary></details>",
    f'<iframe srcdoc="<script>parent.{RUNS}</script>"></iframe>',
    f"<a href=javascript:{RUNS}>click</a>",
    f"[click](javascript:{RUNS})",
    f"![x](x){{onerror={RUNS}}}",
    f"${{{RUNS}}}",
    f"`${{{RUNS}}}`",
    f"\\`${{{RUNS}}}\\`",
    f"{{{{{RUNS}}}}}",
    f"{{{{{{{RUNS}}}}}}}",
    '{{#with "s" as |string|}}{{constructor}}{{/with}}',
    f"{{% raw %}}{{{{ {RUNS} }}}}{{% endraw %}}",
    "# Heading **bold** _italic_ `code` ~~gone~~ 5*4*3 | a | b |",
    "$$x^2$$ \\(y\\) \\[z\\] $E=mc^2$ :smile: &lt;b&gt; &amp; &#60; &nbsp;&zwnj;",
    "<!-- <b> --> <![CDATA[ <b> ]]> <?php echo 1 ?> <%= 1 %>",
    "\u202eterces eht si siht\u202c \u2067abc\u2069 \u200f\u200e\u061c right to left",
    "\ufeffzero\u200bwidth\u200d\u2060 and\u00adsoft hyphen\u00a0here",
    "مرحبا <b>عالم</b> 😀𝒦👩‍👩‍👧 e\u0301 ﷽",
    "</p></blockquote></article></section></div></main></body></html>",
    "<style>*{display:none}</style><base href=//evil.example><meta http-equiv=refresh content=0>",
    "<template><form action=//evil.example><input name=q></form></template>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'></noscript>",
    "two  blanks   and\ttabs; a 'quote', a \"quote\", a \\backslash\\ and a /slash/",
    "//evil.example/x.js https://evil.example/?a=1&b=2#:~:text=x,-y data:text/html,<b>",
    "'); DROP TABLE answers;-- %00 %3Cscript%3E \\u003cscript\\u003e \\x3cscript\\x3e",
    "__proto__ constructor[prototype] toString() => {} async function* yield",
)
WRAPPERS = ("{}", "What is {}?", "{} {}", "When\u2028{}")
HOSTILE = [w.replace("{}", trap) for w in WRAPPERS for trap in TRAPS][:100]
TITLE = f"<img src=x onerror={RUNS}> ${{{RUNS}}} \u202etitle"
CALLED = replace(
    ARTICLE,
    id="<b>../x?#",
    text="\n\n".join(TRAPS),
    title=TITLE,
    publisher=f'"><script>{RUNS}</script>',
    published=f"<b>{RUNS}</b>",
    source_file="<b>.txt",
    url='https://example.org/"onmouseover="x',
)


@dataclass
class HostileAssistant(FakeAssistant):
    """Quotes one trap of the article after the other; its sections are traps too."""

    quoted: list[str] = field(default_factory=list)

    def _answer(self, question: str, earlier: tuple[str, ...]) -> Answer:
        trap = TRAPS[len(self.quoted) % len(TRAPS)]
        self.quoted.append(trap)
        return answer(question, quotes=(quote(trap, article=CALLED, section=trap),))

    def article(self, id: str) -> Article:
        assert id == CALLED.id
        return CALLED


def test_nothing_runs_and_what_is_shown_is_letter_for_letter(
    serving: Serving, visit: Callable[..., Visit]
) -> None:
    fake = HostileAssistant()
    visited = visit(serving(fake))
    page = visited.page
    page.on("dialog", lambda dialog: visited.complaints.append(dialog.message))
    visited.open()
    kinds = "all => [...new Set(all.map(e => e.localName))].sort().join()"
    for number, question in enumerate(HOSTILE, start=1):
        page.get_by_label("Your question").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator("#kqa-transcript .kqa-asked-text").last).to_have_js_property(
            "textContent", question
        )
        page.locator("#kqa-transcript .kqa-exchange").last.locator(".kqa-card").wait_for()
        assert fake.asked[-1] == question
        shown = page.locator("#kqa-transcript .kqa-quote").last
        assert shown.evaluate("e => e.textContent") == fake.quoted[-1], number
        assert page.locator("#kqa-transcript cite").last.evaluate("e => e.textContent") == TITLE
    assert len(set(HOSTILE)) == 100
    ours = "a,article,blockquote,button,cite,figcaption,figure,h2,h3,li,ol,p,span"
    assert page.locator("#kqa-transcript .kqa-exchange *").evaluate_all(kinds) == ours

    for _ in range(2):
        page.locator("a.kqa-open").last.click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator("mark")).to_be_in_viewport()
        assert dialog.locator(".kqa-text").evaluate("e => e.textContent") == CALLED.text
        assert dialog.locator("mark").evaluate("e => e.textContent") == fake.quoted[-1]
        assert dialog.locator("h1").evaluate("e => e.textContent") == TITLE
        assert dialog.locator(".kqa-article *").evaluate_all(kinds) == "a,div,h1,mark,p,span"
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()

    assert page.evaluate("window.pwned") is None
    assert page.get_by_text(wording.NO_ANSWER_NOW).count() == 0
    visited.check()
