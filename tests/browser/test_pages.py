"""Every main page, in both languages and both themes: silent console, no serious finding, no scrolling sideways."""

from __future__ import annotations

from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from config.local import DEMO_DESKS
from tests.browser.screens import BROWSER, TELEPHONE, Reception, Screen, Theme, turkish
from tests.browser.street import Street

pytestmark = BROWSER

#: Who opens which pages; between them every place of the rail.
_PLACES: Final = {
    "lead@ankara": ("/", "/?wall=1", "/cases", "/search", "/shifts", "/pages", "/reports", "/night-acts", "/phone"),
    "admin@koza": ("/staff", "/catalogues/prompts"),
    "auditor@ankara": ("/audit",),
    "legal@ankara": ("/register", "/register/counts", "/lists", "/account/password"),
}
#: Alarms in the bar as its module draws them; what of it, or of the page below, is cut off with them.
_CUT_OFF: Final = """
    texts => {
        const bar = document.getElementById("bar"), list = document.getElementById("alarms");
        const icon = document.querySelector("#counts .icon");
        list.replaceChildren(...texts.map(text => {
            const item = document.createElement("li"), link = document.createElement("a");
            item.dataset.tone = "now";
            link.href = "/shifts";
            link.textContent = text;
            item.append(icon.cloneNode(true), link);
            return item;
        }));
        const parts = [bar, ...bar.children, ...list.children].filter(part => part.clientHeight > 0);
        const name = part => part.id || part.className || part.textContent;
        const wide = part => part.scrollWidth > part.clientWidth;
        const below = document.getElementById("main").getBoundingClientRect().top;
        const { bottom } = bar.getBoundingClientRect();
        return [
            ...parts.filter(part => part.scrollHeight > part.clientHeight).map(part => `${name(part)}: height`),
            ...[...list.children].filter(wide).map(part => `${name(part)}: width`),
            ...parts.filter(part => part.getBoundingClientRect().bottom > bottom).map(part => `${name(part)}: below`),
            ...(below < bottom ? ["main: above"] : []),
            ...(list.children.length === texts.length ? [] : ["alarms: not drawn"]),
        ];
    }
"""
_GRAVE: Final = {"serious", "critical"}


@pytest.mark.parametrize(("language", "theme"), [("tr", "light"), ("en", "dark")])
def test_every_place_is_in_order(reception: Reception, language: str, theme: Theme) -> None:
    findings: dict[str, object] = {}
    for name, paths in _PLACES.items():
        screen = reception.screen(name).look(theme)
        for path in paths:
            speak(screen.open(path), language)
            findings |= {f"{path} {key}": value for key, value in look_over(screen, language).items()}
            if (language, path) == ("tr", "/reports"):
                screen.shot("reports")
        # The choice is hers and stays.
        speak(screen, "tr")
    assert findings == {}


@pytest.mark.parametrize(("language", "theme"), [("tr", "dark"), ("en", "light")])
def test_the_pages_of_a_contact_and_a_case_are_in_order(reception: Reception, language: str, theme: Theme) -> None:
    findings: dict[str, object] = {}
    for name, places, link in (
        ("operator1@ankara", "/", '#board a.ref[href^="/contacts/"]'),
        ("director@ankara", "/cases", 'a[href^="/cases/V-"]'),
        ("legal@ankara", "/register", 'a[href^="/cases/V-"], a[href^="/decisions/"]'),
    ):
        screen = reception.screen(name).look(theme)
        path = screen.open(places).page.locator(link).first.get_attribute("href")
        assert path
        speak(screen.open(path), language)
        findings |= {f"{places} {key}": value for key, value in look_over(screen, language).items()}
        speak(screen, "tr")
    assert findings == {}


@pytest.mark.parametrize(("language", "theme"), [("tr", "light"), ("en", "dark")])
def test_the_sign_in_is_in_order(reception: Reception, language: str, theme: Theme) -> None:
    screen = reception.stranger().look(theme).open("/sign-in")
    speak(screen, language)
    assert look_over(screen, language) == {}


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_bar_shows_up_to_five_alarms_in_whole(reception: Reception, language: str) -> None:
    """At the size of a desk's screen: an alarm that one has to scroll to is none."""
    screen = reception.screen("lead@ankara").open("/")
    speak(screen, language)
    said = turkish if language == "tr" else str
    alarms = [
        said("Nobody is on duty: %(line)s").replace("%(line)s", "Ankara ŞÖNİM hattı"),
        said("%(name)s: on call without a telephone").replace("%(name)s", "Şükriye Büyükkaraoğlanoğlu"),
        *(said("%(code)s: nobody accepts").replace("%(code)s", code) for code in ("4F7K", "9QXD", "WWMM")),
    ]
    # What others left alarms of is taken away first.
    screen.page.evaluate(_CUT_OFF, [])
    before = screen.page.locator("#bar").bounding_box()
    cut = {count: screen.page.evaluate(_CUT_OFF, alarms[:count]) for count in range(1, len(alarms) + 1)}
    after = screen.page.locator("#bar").bounding_box()
    assert {count: found for count, found in cut.items() if found} == {}
    assert not screen.too_wide()
    assert not screen.scrolls_twice()
    # Five do not fit into the bar as it is without any: it has grown.
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"]
    speak(screen, "tr")


def test_a_page_is_accepted_on_a_telephone(reception: Reception, street: Street) -> None:
    """A text with a code woke her; she opens the page on her own telephone and promises to make contact."""
    elif_ = reception.operator("operator1@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[elif_.name])
    contact = street.contact(street.call("4", "5"))
    elif_.rings(contact).get_by_role("button").first.click()
    elif_.page.wait_for_url("**/contacts/*")
    elif_.page_on_call("legal_now")
    code = elif_.panel().locator('a.ref[href^="/pages/"]').inner_text()

    derya = reception.screen("oncall1@ankara", size=TELEPHONE).open(f"/pages/{code}")
    assert not derya.too_wide()
    assert look_over(derya, "tr") == {}
    button = derya.page.locator(f'form[action="/pages/{code}/accept"] button')
    expect(button).to_be_in_viewport()
    derya.shot("page-on-a-telephone")
    button.click()
    expect(button).to_have_count(0)
    expect(elif_.panel()).to_contain_text("Kabul edildi")


def speak(screen: Screen, language: str) -> None:
    """Choose the language by its button, which shows the same page again."""
    page = screen.page
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f'form.languages button[value="{language}"]').click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def look_over(screen: Screen, language: str) -> dict[str, object]:
    """What is wrong with the page that is shown."""
    page: Page = screen.page
    wrong: dict[str, object] = {}
    if page.locator("html").get_attribute("lang") != language:
        wrong["language"] = page.locator("html").get_attribute("lang")
    if screen.too_wide():
        wrong["width"] = page.evaluate("document.documentElement.scrollWidth")
    if screen.scrolls_twice():
        wrong["height"] = page.evaluate("document.documentElement.scrollHeight")
    heard = len(screen.problems)
    found = Axe().run(page).response["violations"]
    # The examination itself sets styles, which the policy refuses: that is no fault of the page.
    del screen.problems[heard:]
    for one in found:
        if one["impact"] in _GRAVE:
            wrong[one["id"]] = [(node["html"][:160], node.get("failureSummary", "")[:300]) for node in one["nodes"][:3]]
    return wrong
