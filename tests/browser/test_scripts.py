"""What she writes and what staff type is text and nothing else, in a real browser: no script of it ever runs."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.acts import go_on_without_asking
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.browser.street import Street
from tests.browser.test_text import reply, taken, write

pytestmark = BROWSER

#: Each would set the flag if any of it were read as anything but text; the last ones turn around what follows them.
_RUN: Final = "window.ran=1"
PAYLOADS: Final = (
    f"<script>{_RUN}</script>",
    f'<img src=x onerror="{_RUN}">',
    f"<svg onload={_RUN}><animate onbegin={_RUN} attributeName=x></svg>",
    f'"><script src="data:text/javascript,{_RUN}"></script>',
    f"</textarea></title></script><script>{_RUN}</script>",
    f"' autofocus onfocus='{_RUN}' x='",
    f"<a href=\"javascript:{_RUN}\">tık</a><iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "{{7*7}}${7*7}<%=7*7%>#{7*7}{%print(7*7)%}[[7*7]]",
    f"<!--<x --!><math><mtext></form><form><mglyph><style></math><img src onerror={_RUN}>",
    "\u202e<txet>\u202c \u2066gizli\u2069 \u200fsağdan\u200e",
)
#: One text with all of them, as long as a text may be.
HER_WORDS: Final = " ".join(PAYLOADS)
_FLAG: Final = "window.ran === undefined"
_ELEMENTS: Final = (
    "[...document.querySelectorAll('*')].filter(one => [...one.attributes].some(a => /^on/i.test(a.name)"
    " || /^\\s*javascript:/i.test(a.value))).length + document.querySelectorAll('script:not([src]), iframe').length"
)


def harmless(page: Page) -> None:
    """Nothing ran, nothing stands in the page that could, and the browser was given nothing to keep."""
    assert page.evaluate(_FLAG), page.url
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0, page.url
    assert page.evaluate(_ELEMENTS) == 0, page.url


def test_nothing_that_is_written_ever_runs(reception: Reception, street: Street) -> None:
    operator, phones, number, contact = taken(reception, street, "beni öldürecek")
    page = operator.page
    # One while the workspace is open, drawn by its module, then the same drawn by the server.
    write(phones, number, HER_WORDS)
    texts = page.locator("[data-thread] .text")
    expect(texts).to_have_text(["beni öldürecek", HER_WORDS])
    harmless(page)
    fill_in_everything(page)
    page.reload()
    expect(texts).to_have_text(["beni öldürecek", HER_WORDS])
    for place in ("district", "display_name"):
        expect(page.locator(f"#i-{place}")).to_have_value(PAYLOADS[4])
    harmless(page)
    harmless(phones)
    reply(operator, PAYLOADS[1])
    operator.page_on_call("shelter_tonight")
    page_on_screen = page.locator('a.ref[href^="/pages/"]').first.get_attribute("href") or ""
    operator.open(page_on_screen)
    harmless(page)
    operator.open(f"/contacts/{contact}")
    page.get_by_role("button", name=turkish("Open a case")).click()
    page.wait_for_url("**/cases/V-*")
    case = operator.path
    expect(page.locator(".timeline")).to_contain_text(HER_WORDS)
    harmless(page)
    the_case(reception, case)
    for name, paths in {
        "director@ankara": ("/", "/cases", "/pages", "/reports", case),
        "auditor@ankara": ("/audit",),
        "operator1@ankara": ("/", f"/contacts/{contact}"),
    }.items():
        screen = reception.screen(name)
        for path in paths:
            screen.open(path)
            harmless(screen.page)


def fill_in_everything(page: Page) -> None:
    """Every field of free words holds something."""
    go_on_without_asking(page)
    for place in ("district", "display_name"):
        with page.expect_response("**/intakes/*"):
            page.locator(f"#i-{place}").fill(PAYLOADS[4])
            page.locator(f"#i-{place}").blur()
    with page.expect_response("**/intakes/*"):
        page.locator("#i-summary").fill(HER_WORDS[:900])
        page.locator("#i-summary").blur()
    page.locator('input[name="safe_sms"][value="ok"]').check()
    with page.expect_response("**/draft"):
        page.locator("#composer-text").fill(PAYLOADS[4])
    harmless(page)


def the_case(reception: Reception, case: str) -> None:
    """A director gives it to a case worker, who writes a note and a task."""
    director = reception.screen("director@ankara").open(case)
    owner = director.page.locator("#f-case-owner")
    owner.select_option(label=next(text for text in owner.locator("option").all_inner_texts() if text.strip()))
    director.page.locator("form[action$='/owner'] button").click()
    director.page.wait_for_url(f"**{case}")
    worker = next(
        screen
        for name in ("caseworker@ankara", "legal@ankara", "oncall1@ankara")
        if (screen := reception.screen(name)).status(case) == 200
    ).open(case)
    for place, words in (("notes", HER_WORDS), ("tasks", PAYLOADS[1])):
        worker.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        form = worker.page.locator(f"form[action$='/{place}']")
        form.locator("textarea, input[name=title]").first.fill(words)
        form.locator("button").first.click()
        worker.page.wait_for_url(f"**{case}")
        expect(worker.page.locator("main")).to_contain_text(words)
        harmless(worker.page)


def test_where_nothing_escapes_them_they_do_run(reception: Reception) -> None:
    """Otherwise the silence above would prove nothing."""
    page = reception.stranger().page
    for payload in (PAYLOADS[0], PAYLOADS[1], PAYLOADS[4]):
        page.goto("about:blank")
        page.set_content(f"<textarea>{payload}" if payload.startswith("</textarea>") else f"<p>{payload}</p>")
        page.wait_for_function(f"!({_FLAG})")
        assert page.evaluate(_ELEMENTS) > 0


def test_what_stands_in_an_address_or_is_sent_back_runs_neither(reception: Reception) -> None:
    director, auditor = reception.screen("director@ankara"), reception.screen("auditor@ankara")
    for payload in PAYLOADS:
        for screen, path in (
            (director, "/cases?state={}&before={}"),
            (director, "/reports?days={}&channel={}"),
            (director, "/pages/{}"),
            (director, "/cases/{}"),
            (auditor, "/audit?act={}"),
        ):
            echoed(screen, path, payload)
    stranger = reception.stranger().open("/sign-in")
    stranger.page.locator("input[name=name]").fill(PAYLOADS[3])
    stranger.page.locator("input[name=password]").fill(PAYLOADS[0])
    stranger.page.locator("input[name=code]").fill("000000")
    stranger.page.locator("form[action='/sign-in'] button").click()
    expect(stranger.page.locator("input[name=name]")).to_have_value(PAYLOADS[3])
    harmless(stranger.page)
    stranger.forgive("401")
    director.open("/search").page.locator("input[name=q]").fill(PAYLOADS[3][:60])
    director.page.keyboard.press("Enter")
    expect(director.page.locator("input[name=q]")).to_be_visible()
    harmless(director.page)
    director.forgive("404")


def echoed(screen: Screen, path: str, payload: str) -> None:
    """Open it with the payload in it; the browser writes down a refusal, and nothing else."""
    screen.page.goto(
        screen.url
        + screen.page.evaluate("([path, words]) => path.replaceAll('{}', encodeURIComponent(words))", [path, payload])
    )
    harmless(screen.page)
    screen.forgive("404")
