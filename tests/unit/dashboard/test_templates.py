"""Every template is drawn with invented view models and read as a strict browser would read it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import dashboard
from core.i18n import use_locale
from dashboard import formats, labels, presenters
from tests.support import sample_cases, sample_pages, sample_papers, sample_set_up, sample_workspace, samples

FOLDER = Path(dashboard.__file__).parent
STATIC = FOLDER / "static"
TEMPLATES = FOLDER / "templates"

#: name of the case -> template, view, what differs in the shell
PAGES: dict[str, tuple[str, Callable[[], Any], dict[str, Any]]] = {
    "board": ("board.html", samples.board, {}),
    "wall": ("board.html", samples.board, {"wall": True}),
    "locked": ("board.html", samples.board, {"locked": True}),
    "alarms": ("board.html", samples.board, {"alarms": (presenters.Alarm(text="x", tone="now", href="/pages"),)}),
    "call": ("workspace.html", sample_workspace.workspace, {}),
    "call that is listened to": ("workspace.html", sample_workspace.listened_to, {}),
    "call that may be listened to": ("workspace.html", sample_workspace.may_be_listened_to, {}),
    "call refused": ("workspace.html", lambda: sample_workspace.workspace(errors={"outcome": "Seçin."}), {}),
    "thread": ("workspace.html", lambda: sample_workspace.workspace("text", checked=False), {}),
    "thread closed by the gate": ("workspace.html", lambda: sample_workspace.workspace("text", allowed=False), {}),
    "nobody's call": (
        "workspace.html",
        lambda: presenters.WorkspacePage(
            contact=sample_workspace.contact(
                mine=False, owner="", state="queued", may_accept=True, late=90, masked_number=""
            ),
            intake=sample_workspace.intake(level=2),
            person=sample_workspace.person(known=False, earlier=()),
        ),
        {},
    ),
    "cases": ("case_list.html", sample_cases.case_list, {}),
    "no cases": ("case_list.html", lambda: presenters.CaseListPage(rows=()), {}),
    "case": ("case.html", sample_cases.case, {}),
    "petitions": ("petitions.html", sample_papers.petitions, {}),
    "no petitions": ("petitions.html", lambda: sample_papers.petitions(rows=()), {}),
    "petition": ("petition.html", sample_papers.petition, {}),
    "lists": ("lists.html", sample_papers.lists, {}),
    "no lists": ("lists.html", lambda: sample_papers.lists(rows=()), {}),
    "list": ("list.html", sample_papers.brought, {}),
    "list made": ("list.html", sample_papers.made, {}),
    "pages": ("pages.html", sample_pages.page_list, {}),
    "page": ("page.html", sample_pages.page_detail, {"may_receive": False}),
    "page promised": ("page.html", sample_pages.page_promised, {"may_receive": False}),
    "shifts": ("shifts.html", sample_pages.shifts, {}),
    "staff": ("staff.html", sample_pages.staff_list, {}),
    "account": ("staff_edit.html", sample_pages.staff_edit, {}),
    "reports": ("reports.html", sample_pages.reports, {}),
    "audit": ("audit.html", sample_pages.audit, {}),
    "night acts": ("night_acts.html", sample_pages.night_acts, {}),
    "search": ("search.html", sample_pages.search, {}),
    "nothing found": ("search.html", lambda: presenters.SearchPage(asked=True), {}),
    "number": ("unmask.html", lambda: presenters.UnmaskPage(value="+90", back_href="/"), {}),
    "who told us": (
        "informant.html",
        lambda: presenters.InformantPage(facts=(("Adı", "Deneme"),), back_href="/contacts/1"),
        {},
    ),
    "code again": ("step_up.html", sample_pages.step_up, {}),
    "key again": ("step_up.html", lambda: presenters.StepUpPage(to="/staff/1", key=True, code=False), {}),
    "keys": ("keys.html", sample_pages.keys, {}),
    "no key yet": ("keys.html", lambda: presenters.KeysPage(keys=(), missing=True, options="{}"), {}),
    "prompts": ("prompts.html", sample_pages.prompts, {}),
    "prompts that are only read": ("prompts.html", lambda: sample_pages.prompts(may_change=False), {}),
    "what leaves": ("abroad.html", sample_pages.abroad, {}),
    "what leaves, undecided": ("abroad.html", lambda: replace(sample_pages.abroad(), ground=""), {}),
    "telephone": ("phone.html", lambda: presenters.PhonePage(usable=True, practice="x", chosen=True, digits="101"), {}),
    "no telephone": ("phone.html", lambda: presenters.PhonePage(usable=False), {"phone": "away"}),
    "styles": ("styles.html", sample_pages.styles, {}),
    **{f"set-up {name}": (f"set_up/{name}.html", view, {"me": None}) for name, view in sample_set_up.PAGES.items()},
    **{
        f"error {code}": ("error.html", partial(presenters.ErrorPage, status=code, event="K7Q2"), {})
        for code in (400, 403, 404, 429, 500, 503)
    },
}

#: What the policy refuses, what would turn data into markup, and what would outlive the session.
FORBIDDEN = re.compile(
    r"\beval\(|new Function|innerHTML\s*=[^=]|insertAdjacentHTML|document\.write|localStorage|sessionStorage|indexedDB"
)

LABELLED = {"input", "select", "textarea"}
NEEDS_NO_LABEL = {"hidden", "submit", "button"}


class Reading(HTMLParser):
    """What a page says: elements with their attributes, ids, references, texts of buttons and links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.in_label: list[dict[str, str | None]] = []
        self._open_labels = 0
        self._named: list[tuple[str, list[str]]] = []
        self.nameless: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self._open_labels += tag == "label"
        if tag in LABELLED and self._open_labels:
            self.in_label.append(found)
        if tag in {"button", "a", "summary"}:
            self._named.append((tag, [found.get("aria-label") or ""]))

    def handle_endtag(self, tag: str) -> None:
        self._open_labels -= tag == "label"
        if self._named and tag == self._named[-1][0]:
            name = "".join(self._named.pop()[1]).strip()
            if not name:
                self.nameless.append(tag)

    def handle_data(self, data: str) -> None:
        for _tag, said in self._named:
            said.append(data)

    def all(self, attribute: str) -> Iterator[str]:
        """The values of an attribute, wherever it stands."""
        return (found[attribute] or "" for _tag, found in self.elements if attribute in found)


@pytest.fixture(scope="module")
def environment() -> Environment:
    """Jinja as the application sets it up."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    formats.install(made)
    return made


def draw(environment: Environment, name: str, locale: str = "tr") -> str:
    """The HTML of one case."""
    template, view, differs = PAGES[name]
    with use_locale(locale):
        return environment.get_template(template).render(shell=samples.shell(locale=locale, **differs), view=view())


def draw_plain(environment: Environment, template: str, view: object) -> str:
    """The HTML of a page without a session."""
    with use_locale("tr"):
        return environment.get_template(template).render(shell=samples.plain_shell(), view=view)


@pytest.fixture(params=[*PAGES, "sign-in", "sign-in by key", "plain error", "locked page"])
def page(request: pytest.FixtureRequest, environment: Environment) -> str:
    """The HTML of every case in turn."""
    if request.param == "sign-in":
        return draw_plain(environment, "sign_in.html", samples.sign_in(refused=True, wait_seconds=8, demo=True))
    if request.param == "sign-in by key":
        return draw_plain(environment, "sign_in_key.html", presenters.KeyStep(options='{"challenge": "x"}'))
    if request.param == "plain error":
        return draw_plain(environment, "error.html", presenters.ErrorPage(status=500))
    if request.param == "locked page":
        with use_locale("tr"):
            return environment.get_template("locked.html").render(shell=samples.shell(locked=True))
    return draw(environment, request.param)


def test_nothing_on_a_page_that_the_policy_refuses(page: str) -> None:
    reading = Reading(page)
    for tag, found in reading.elements:
        assert "style" not in found, f"style attribute on {tag}"
        assert tag != "style"
        assert not [name for name in found if name.startswith(("on", "hx-on"))], f"handler on {tag}"
        if tag == "script":
            assert (found.get("src") or "").startswith("/static/"), "inline script"
        for name in ("src", "href", "action"):
            assert "//" not in (found.get(name) or ""), f"{tag} leads outside: {found.get(name)}"
    assert "js:" not in page


def test_ids_are_unique_and_references_meet(page: str) -> None:
    reading = Reading(page)
    ids = Counter(reading.all("id"))
    assert not [name for name, count in ids.items() if count > 1]
    for attribute in ("for", "aria-labelledby", "aria-describedby", "data-opens"):
        for value in reading.all(attribute):
            assert set(value.split()) <= set(ids), f"{attribute}={value}"
    for href in reading.all("href"):
        if href.startswith("#i-"):
            assert href[1:] in ids, f"no icon or field {href}"


def test_every_control_has_a_label_and_every_button_a_name(page: str) -> None:
    reading = Reading(page)
    bound = set(reading.all("for"))
    for tag, found in reading.elements:
        if tag in LABELLED and found.get("type") not in NEEDS_NO_LABEL:
            assert found.get("id") in bound or found in reading.in_label, f"{tag} {found.get('name')} has no label"
    # Links of the board's templates get their text from the board's module.
    assert [tag for tag in reading.nameless if "row-template" not in page] == []


def test_every_form_that_changes_something_carries_the_token(page: str) -> None:
    posts = len(re.findall(r'<form[^>]*method="post"', page))
    assert page.count('name="csrf_token"') == posts


def test_the_title_is_neutral(page: str) -> None:
    title = re.search(r"<title>(.*?)</title>", page)
    assert title is not None
    assert re.fullmatch(r"Koza( · \d+)?", title[1])


@pytest.mark.parametrize("name", PAGES)
def test_pages_in_the_two_languages_have_the_same_bones(name: str, environment: Environment) -> None:
    turkish, english = (Reading(draw(environment, name, locale)).elements for locale in ("tr", "en"))
    assert [tag for tag, _ in turkish] == [tag for tag, _ in english]


def test_static_files_that_pages_and_modules_name_exist(page: str) -> None:
    named = set(re.findall(r'"(/static/[^"]+)"', page))
    assert named
    assert not [path for path in named if not (FOLDER / path[1:]).is_file()]


def test_modules_import_what_exists_and_evaluate_nothing() -> None:
    for module in (STATIC / "js").glob("*.js"):
        text = module.read_text(encoding="utf-8")
        for path in re.findall(r'^(?:import|export)[^"]*"(\.[^"]+)";', text, re.MULTILINE):
            assert (module.parent / path).resolve().is_file(), f"{module.name} imports {path}"
        assert not FORBIDDEN.search(text), module.name


def test_words_that_the_modules_say_are_known() -> None:
    with use_locale("en"):
        words = labels.screen_words()
    for module in (STATIC / "js").glob("*.js"):
        for key in re.findall(r'\bsay\("([^"]+)"', module.read_text(encoding="utf-8")):
            assert key in words, f"{module.name} says {key}"


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    sprite = (STATIC / "icons.svg").read_text(encoding="utf-8")
    shapes = set(re.findall(r'<symbol id="i-([^"]+)"', sprite))
    asked: set[str] = set()
    for template in TEMPLATES.rglob("*.html"):
        asked |= set(re.findall(r'icon(?:_name=|\()"([a-z0-9-]+)"[,)]', template.read_text(encoding="utf-8")))
    for module in (STATIC / "js").glob("*.js"):
        asked |= set(re.findall(r'\bicon\("([a-z0-9-]+)"\)', module.read_text(encoding="utf-8")))
    assert asked <= shapes, asked - shapes


def test_colours_are_decided_in_the_tokens_alone() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        if sheet.name in {"tokens.css", "print.css"}:
            continue
        text = re.sub(r"url\([^)]*\)", "", sheet.read_text(encoding="utf-8"))
        assert not re.search(r":[^;{}]*(?:#[0-9a-fA-F]{3,8}\s*[;),]|rgb\(|hsl\()", text), sheet.name


def test_every_custom_property_that_is_used_is_defined() -> None:
    sheets = [sheet.read_text(encoding="utf-8") for sheet in (STATIC / "css").glob("*.css")]
    defined = {name for text in sheets for name in re.findall(r"(--[\w-]+):", text)}
    used = {name for text in sheets for name in re.findall(r"var\((--[\w-]+)", text)}
    assert used <= defined, used - defined


def test_vendored_files_are_those_that_their_readme_names() -> None:
    readme = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"`([\w./-]+\.(?:js|css))` \| `([0-9a-f]{64})`", readme)
    assert len(listed) == 5
    for path, sum_ in listed:
        assert hashlib.sha256((STATIC / "vendor" / path).read_bytes()).hexdigest() == sum_, path


def test_rows_for_the_screens_hold_neutral_fields_only() -> None:
    allowed = {
        "id",
        "ref",
        "channel",
        "level",
        "language",
        "province",
        "state",
        "lane",
        "since",
        "heard_at",
        "repeat",
        "returned",
        "owner",
        "owner_id",
        "offer",
        "offered_to",
        "asks_all",
        "page",
        "late",
        "marks",
    }
    drawn = presenters.as_json(samples.row(1))
    assert isinstance(drawn, dict)
    assert set(drawn) == allowed


def test_text_of_a_message_is_shown_as_text(environment: Environment) -> None:
    thread = presenters.Thread(
        messages=(presenters.Message(id="m", direction="in", text="<img src=x onerror=alert(1)>", at=samples.NOW),),
        gate=presenters.Gate(allowed=True, sentence="x"),
    )
    view = presenters.WorkspacePage(
        contact=sample_workspace.contact(channel="text"),
        intake=sample_workspace.intake(),
        person=sample_workspace.person(),
        thread=thread,
    )
    with use_locale("tr"):
        html = environment.get_template("workspace.html").render(shell=samples.shell(), view=view)
    assert "<img" not in html


def test_until_identity_is_checked_the_page_says_to_use_no_name(environment: Environment) -> None:
    html = draw(environment, "thread", "en")
    assert "use no name" in html
    assert "use no name" not in draw(environment, "call", "en")
