"""By keyboard: what nobody knows is not lapsed, a Sunday's end, three breaches, detention, a petition."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser import keyboard, register
from tests.browser.screens import BROWSER, Reception, Screen, turkish
from tests.support.planted import ADDRESS, NAME, SENTENCE

pytestmark = BROWSER

LAWYER: Final = "legal@ankara"
WORKER: Final = "caseworker@ankara"
_PETITION: Final = re.compile(r"\d/petitions/[0-9a-f-]{36}")
_UNKNOWN: Final = "Approval unknown: ask the authority"
_LAPSED: Final = "Lapsed: not approved in time"
_NONE_KNOWN: Final = "No protection is known in the register"
#: What no screen may say before a person confirmed it.
_NOT_YET: Final = (_LAPSED, _NONE_KNOWN, "Apply again today: no protection is known", "lapse confirmed")


#: Two and a half keys a second: who looks for each of them on the paper and on the keyboard.
_KEYS_OF_A_MINUTE = 150


@pytest.fixture
def case(reception: Reception) -> tuple[str, str]:
    """Id and reference of a case whose register is empty."""
    return register.untouched_case(reception.house)


def _police_form(lawyer: Screen, ref: str, issued: datetime, docket: str) -> None:
    """From her case's page to the form, which is filled by keyboard alone; Enter saves it."""
    page = lawyer.open(f"/cases/{ref}").page
    keyboard.press(page, 'a[href$="/decisions/new"]')
    expect(page.locator("#f-authority")).to_be_focused()
    keyboard.press(page, 'button[value="form:police"]')
    expect(page.locator("#f-issued_at")).to_be_visible()
    keyboard.count(page)
    keyboard.write(page, "#f-authority", "Çankaya İlçe Emniyet Müdürlüğü")
    register.type_moment(page, "#f-issued_at", issued)
    keyboard.write(page, "#f-docket", docket)
    keyboard.choose_radio(page, "length", "30:days")
    assert 0 < keyboard.pressed(page) < _KEYS_OF_A_MINUTE


def _from_court_form(lawyer: Screen, case_id: str, decided: date, ends: date, docket: str) -> str:
    page = lawyer.open(f"/cases/{case_id}/decisions/new").page
    keyboard.count(page)
    page.keyboard.type("Ankara 3. Aile Mahkemesi")
    register.type_day(page, "#f-decided_on", decided)
    keyboard.write(page, "#f-docket", docket)
    keyboard.write(page, "#f-number", docket)
    register.type_day(page, "#f-ends", ends)
    assert 0 < keyboard.pressed(page) < _KEYS_OF_A_MINUTE
    page.keyboard.press("Enter")
    return register.entered(lawyer)


def _submitted(page: Page, when: datetime) -> None:
    register.open_act(page, "submitted")
    register.type_moment(page, "#submitted-submitted_at", when)
    register.send(page, "submitted")


def _approved(page: Page, answered: datetime) -> None:
    register.open_act(page, "approval")
    keyboard.choose_radio(page, "outcome", "approved")
    register.type_moment(page, "#approval-answered_at", answered)
    keyboard.write(page, "#approval-source", "Aile mahkemesi kalemi")
    register.send(page, "approval")
    expect(page.locator(".band")).to_contain_text(turkish("In force"))


def _nothing_is_said_to_have_ended(reception: Reception, ref: str, case_id: str, decision: str) -> None:
    """On no screen of those who work with her, and nobody was woken for it."""
    for name in (LAWYER, WORKER):
        screen = reception.screen(name)
        for path in (f"/cases/{ref}", f"/decisions/{decision}"):
            shown = screen.open(path).page.locator("main").inner_text()
            assert shown
            assert [words for words in _NOT_YET if turkish(words) in shown] == []
    assert "protection_lost" not in register.pages_about(reception.house, case_id)


def test_a_police_decision_before_a_holiday_whose_approval_is_learned_late(
    reception: Reception, case: tuple[str, str]
) -> None:
    house, (case_id, ref) = reception.house, case
    eve = register.eve_of_a_holiday(register.moment(house).date())
    register.until(reception, register.at(eve, 9, 45))
    lawyer = reception.screen(LAWYER)
    _police_form(lawyer, ref, register.at(eve, 9, 20), register.docket(house))
    lawyer.shot("decision-entry")
    lawyer.page.keyboard.press("Enter")
    decision = register.entered(lawyer)
    expect(lawyer.page.locator(".band")).to_contain_text(turkish("Urgent, not yet submitted for approval"))
    _submitted(lawyer.page, register.at(eve, 9, 40))
    expect(lawyer.page.locator(".band")).to_contain_text(turkish("Waits for approval"))

    # A day after the submission everybody is at home: the law gives the judge until offices have been open again.
    register.until(reception, register.at(eve + timedelta(days=2), 12))
    lawyer = reception.screen(LAWYER).open(f"/decisions/{decision}")
    expect(lawyer.page.locator(".band")).to_contain_text(turkish("Waits for approval"))
    _nothing_is_said_to_have_ended(reception, ref, case_id, decision)

    opens = register.working_after(eve)
    register.until(reception, register.at(opens, 17, 1))
    register.until_period(house, decision, "urgent_lapse_judge", "unknown")
    lawyer = reception.screen(LAWYER).open(f"/decisions/{decision}")
    expect(lawyer.page.locator(".band")).to_contain_text(turkish(_UNKNOWN))
    lawyer.shot("decision-unknown")
    worker = reception.screen(WORKER).open(f"/cases/{ref}")
    expect(worker.page.locator("#protection").locator("..").locator("..")).to_contain_text(
        turkish("Unknown whether she is protected: ask the authority. Unknown is not lapsed")
    )
    expect(worker.page.locator(".tasks")).to_contain_text("Makama sor")
    worker.shot("case-unknown")
    _nothing_is_said_to_have_ended(reception, ref, case_id, decision)

    # The clerk tells her a day later that the judge had approved it on the eve.
    register.until(reception, register.at(opens + timedelta(days=1), 9, 30))
    _approved(reception.screen(LAWYER).open(f"/decisions/{decision}").page, register.at(eve, 11))
    register.until_period(house, decision, "urgent_lapse_judge", "met")
    worker = reception.screen(WORKER).open(f"/cases/{ref}")
    last = f"{eve + timedelta(days=30):%d.%m.%Y}"
    expect(worker.page.locator(".band")).to_contain_text(turkish("Protected until %(day)s", day=last))
    expect(worker.page.locator(".tasks li[data-done]").filter(has_text="Makama sor")).to_have_count(1)
    worker.shot("case-protection")
    assert "protection_lost" not in register.pages_about(house, case_id)


def test_a_measure_that_ends_on_a_sunday_is_extended(reception: Reception, case: tuple[str, str]) -> None:
    house, (_, ref) = reception.house, case
    today = register.moment(house).date()
    ends = register.sunday(today + timedelta(days=20))
    friday, until = ends - timedelta(days=2), ends + timedelta(days=90)
    lawyer = reception.screen(LAWYER)
    decision = _from_court_form(lawyer, case[0], today, ends, register.docket(house))
    # What has to be filed before a Sunday is filed on the Friday, while somebody is there to take it.
    expiry = (
        lawyer.page.locator(".deadline")
        .filter(has_text=turkish("Last safe working moment"))
        .filter(has_text="Tedbirin sona ermesi")
    )
    expect(expiry).to_contain_text(f"{friday:%d.%m.%Y} 17:00")
    expect(expiry).to_contain_text(re.compile(r"\d+ gün"))
    keyboard.press(lawyer.page, f'[id="{expiry.get_attribute("id")}"] summary')
    expect(expiry).to_contain_text(turkish("A closed day (%(name)s): the end stays on %(day)s").partition("%(")[0])
    lawyer.shot("deadline-reckoned")

    register.until(reception, register.at(friday, 10, 5))
    lawyer = reception.screen(LAWYER).open(f"/cases/{ref}")
    expect(lawyer.page.locator(".band")).to_contain_text(f"{friday:%d.%m.%Y} 17:00")
    page = lawyer.open(f"/decisions/{decision}").page
    register.open_act(page, "extension")
    register.type_day(page, "#extension-decided_on", friday)
    keyboard.write(page, "#extension-docket", register.docket(house))
    register.type_day(page, "#extension-until", until)
    register.send(page, "extension")
    expect(page.locator(".band")).to_contain_text(turkish("In force, extended"))
    lawyer.shot("decision")

    register.until(reception, register.at(ends + timedelta(days=1), 9))
    worker = reception.screen(WORKER).open(f"/cases/{ref}")
    expect(worker.page.locator(".band")).to_contain_text(turkish("Protected until %(day)s", day=f"{until:%d.%m.%Y}"))
    lawyer = reception.screen(LAWYER).open("/register")
    lawyer.shot("register")
    assert not any(screen.too_wide() for screen in (lawyer, worker))


def test_a_later_decision_adds_a_measure_and_ends_another(reception: Reception, case: tuple[str, str]) -> None:
    house = reception.house
    today = register.moment(house).date()
    lawyer = reception.screen(LAWYER)
    _from_court_form(lawyer, case[0], today - timedelta(days=5), today + timedelta(days=80), register.docket(house))
    page = lawyer.page
    register.open_act(page, "modification")
    register.type_day(page, "#modification-decided_on", today)
    keyboard.write(page, "#modification-docket", "2026/77")
    keyboard.check(page, "codes", "o5_other", within="#modification")
    keyboard.choose_radio(page, "length", "30:days", within="#modification")
    register.send(page, "modification")
    # Refused: the focus is on what is wrong, and nothing that was typed is gone.
    expect(page.locator("#modification-errors")).to_be_focused()
    expect(page.locator("#modification-docket")).to_have_value("2026/77")
    expect(page.locator('#modification input[value="o5_other"]')).to_be_checked()
    keyboard.write(page, "#modification-words", "200 metre")
    keyboard.walk_to(page, '#modification input[name="items"]', "Shift+Tab")
    page.keyboard.press("Space")
    register.send(page, "modification")
    expect(page.locator(".band")).to_contain_text(turkish("In force, modified"))
    measures = page.locator(".measures")
    expect(measures.locator("li[data-over]")).to_have_count(1)
    expect(measures).to_contain_text(f"{today + timedelta(days=30):%d.%m.%Y}")
    lawyer.forgive("422")


def _breached(page: Page, when: datetime, account: str) -> None:
    register.open_act(page, "breach")
    keyboard.check(page, "codes", "o5_c", within="#breach")
    register.type_moment(page, "#breach-occurred_at", when)
    keyboard.write(page, "#breach-account", account)
    register.send(page, "breach")


def _ordered(lawyer: Screen, breach: str, days: int, decided: date, *hints: str) -> None:
    """Coercive detention as the court ordered it: what is unusual is asked about, and taken once it is confirmed."""
    page = lawyer.page
    form = f"breach-accept-{breach}"
    register.open_act(page, form)
    keyboard.write(page, f'[id="{form}-days"]', str(days))
    register.type_day(page, f'[id="{form}-decided_on"]', decided)
    register.send(page, form)
    for hint in hints:
        expect(page.locator(f'[id="{form}"]')).to_have_attribute("open", "")
        keyboard.check(page, "confirmed", hint)
    if hints:
        lawyer.shot("detention-hint")
        expect(page.locator(f'[id="{form}-days"]')).to_have_value(str(days))
        register.send(page, form)
    expect(page.locator(f'[id="b-{breach}"]')).to_contain_text(turkish("Coercive detention ordered"))


def test_three_breaches_and_their_detention(reception: Reception, case: tuple[str, str]) -> None:
    house, now = reception.house, register.moment(reception.house)
    lawyer = reception.screen(LAWYER)
    decided, ends = now.date() - timedelta(days=30), now.date() + timedelta(days=90)
    decision = _from_court_form(lawyer, case[0], decided, ends, register.docket(house))
    page = lawyer.page
    for n, days_ago in enumerate((20, 10, 2)):
        _breached(page, now - timedelta(days=days_ago), f"{n + 1}. kez kapıya geldi.")
    breaches = register.breaches_of(house, decision)
    assert len(breaches) == 3
    for breach in breaches:
        form = f"breach-file-{breach}"
        register.open_act(page, form)
        keyboard.choose_radio(page, "filed_with", "prosecutor", within=f'[id="{form}"]')
        register.type_day(page, f'[id="{form}-filed_on"]', now.date())
        register.send(page, form)
        expect(page.locator(f'[id="b-{breach}"]')).to_contain_text(turkish("Reported, waits for the court"))
    _ordered(lawyer, breaches[0], 12, now.date(), "outside_first")
    _ordered(lawyer, breaches[1], 30, now.date())
    _ordered(lawyer, breaches[2], 145, now.date(), "outside_repeated", "over_cap")
    lawyer.forgive("422")


def test_a_breach_notice_is_drawn_up_read_to_her_and_released(reception: Reception, case: tuple[str, str]) -> None:
    now = register.moment(reception.house)
    lawyer = reception.screen(LAWYER)
    docket = register.docket(reception.house)
    _from_court_form(lawyer, case[0], now.date() - timedelta(days=30), now.date() + timedelta(days=90), docket)
    _breached(lawyer.page, now - timedelta(days=1), "Kapıya geldi.")

    worker = reception.screen(WORKER).open(f"/cases/{case[1]}")
    page = worker.page
    keyboard.press(page, 'a[href$="/petitions"]')
    page.wait_for_url("**/petitions")
    keyboard.select(page, "purpose", "Tedbire", "breach")
    for name in ("about", "authority"):
        keyboard.walk_to(page, f'select[name="{name}"]')
        page.keyboard.type("Ankara 3.")
    worker.shot("petition-new")
    _pressed(page, "main form button.primary")
    page.wait_for_url(_PETITION)
    expect(page.locator("#missing")).to_be_visible()
    expect(page.locator("#approve")).to_have_count(0)
    for name, words in (("applicant", NAME), ("against", "Mehmet Örnek"), ("address", ADDRESS)):
        keyboard.write(page, f"#f-{name}", words)
    keyboard.write(page, "#f-statement", SENTENCE)
    _pressed(page, f'form[action="{worker.path}"] button.primary')
    expect(page.locator("#missing")).to_have_count(0)
    expect(page.locator(".paper")).to_contain_text("Kapıya geldi.")
    keyboard.choose_radio(page, "manner", "oral")
    _pressed(page, 'form[action$="/approve"] button')
    released = lawyer.open(worker.path).page
    lawyer.shot("petition")
    _pressed(released, 'form[action$="/release"] button')
    expect(released.locator("#release")).to_have_count(0)
    expect(released.locator("main")).to_contain_text(lawyer.display)


def _pressed(page: Page, selector: str) -> None:
    with page.expect_event("load"):
        keyboard.press(page, selector)


def test_no_protection_is_said_once_a_person_has_confirmed_it(reception: Reception, case: tuple[str, str]) -> None:
    house, (case_id, ref) = reception.house, case
    # Its paper comes to her weeks later, and nothing is known of what became of it.
    issued = register.moment(house) - timedelta(days=20)
    lawyer = reception.screen(LAWYER)
    page = lawyer.page
    _police_form(lawyer, ref, issued, register.docket(house))
    page.keyboard.press("Enter")
    decision = register.entered(lawyer)
    register.until_period(house, decision, "urgent_submit", "unknown")
    _nothing_is_said_to_have_ended(reception, ref, case_id, decision)
    page.reload()
    register.open_act(page, "lapsed")
    register.type_moment(page, "#lapsed-learned_at", register.moment(house) - timedelta(minutes=2))
    register.send(page, "lapsed")
    expect(page.locator("#lapsed .errors")).to_be_visible()
    keyboard.write(page, "#lapsed-source", "Aile mahkemesi kalemi")
    register.send(page, "lapsed")
    expect(page.locator(".band")).to_contain_text(turkish(_LAPSED))
    worker = reception.screen(WORKER).open(f"/cases/{ref}")
    expect(worker.page.locator("main")).to_contain_text(turkish(_NONE_KNOWN))
    expect(worker.page.locator("main")).to_contain_text(turkish("Apply again today: no protection is known"))
    assert "protection_lost" in register.pages_about(house, case_id)
    lawyer.forgive("422")
