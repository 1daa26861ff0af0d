"""From the task to the end: she is called, whoever answers is asked first, and another voice is let go."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from config.engines.processes import wait_until
from config.local import DEMO_DESKS
from tests.browser.keyboard import choose_radio
from tests.browser.screens import BROWSER, EVERYBODY_MS, Reception, Screen, turkish
from tests.browser.street import ANKARA, Street

pytestmark = BROWSER

_SECONDS = 30.0


def test_she_is_called_from_the_task_and_is_asked_who_she_is(reception: Reception, street: Street) -> None:
    caller, task = planned(reception, street)
    operator = reception.operator("operator1@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[operator.name])
    street.exchange.do("behaviour", address=caller, behaviour={"answering": "answer", "after": 2.0})
    operator.open(f"/contacts/{task}")
    call_her(operator)
    # The page of the call opens by itself when somebody answers.
    expect(operator.panel()).to_have_attribute("data-state", "connected", timeout=EVERYBODY_MS)
    panel = operator.panel()
    expect(panel).to_contain_text(turkish("We called. Nobody knows yet who has answered."))
    expect(panel).to_contain_text("Koli geldi mi?")
    expect(operator.page.locator(".ws-person .earlier")).to_have_count(0)
    operator.shot("calling-back")
    [sid] = street.calls_of(caller)
    assert street.talks(sid)
    assert said(street, caller, sid) == []

    operator.page.locator("#p-code-word").fill("mavi fincan")
    operator.page.keyboard.press("Enter")
    expect(operator.page.locator(".ws-person")).to_contain_text(turkish("Identity checked."))
    expect(operator.panel()).to_contain_text(turkish("We called her, and it is she who answered."))
    expect(operator.page.locator(".ws-person .earlier li").first).to_be_visible()
    operator.panel().get_by_role("button", name=turkish("Hang up"), exact=True).click()
    expect(operator.panel()).to_have_attribute("data-state", "wrap_up", timeout=EVERYBODY_MS)
    operator.open(f"/contacts/{task}")
    expect(operator.page.locator("#call-back")).to_contain_text(turkish("She was reached."))
    operator.open("/")
    expect(tasks(operator, task)).to_have_count(0)


def test_another_voice_is_one_key_the_words_to_say_and_the_end(reception: Reception, street: Street) -> None:
    caller, task = planned(reception, street)
    operator = reception.operator("operator1@ankara")
    street.hush(*DEMO_DESKS.values(), but=DEMO_DESKS[operator.name])
    street.exchange.do("behaviour", address=caller, behaviour={"answering": "answer", "after": 2.0})
    operator.open(f"/contacts/{task}")
    call_her(operator)
    expect(operator.panel()).to_have_attribute("data-state", "connected", timeout=EVERYBODY_MS)
    operator.page.wait_for_load_state("load")  # the page of the call opened by itself: its keys are there from now on
    operator.page.keyboard.press("F8")
    cover = operator.page.locator("#not-her")
    expect(cover).to_be_visible()
    expect(cover).to_contain_text(turkish("“I am sorry, I have dialled the wrong number. Good day.”"))
    operator.shot("somebody-else-answered")
    [sid] = street.calls_of(caller)
    cover.get_by_role("button", name=turkish("Hang up"), exact=True).click()
    assert wait_until(lambda: street.calls_of(caller) == [], _SECONDS, every=0.1)
    operator.open(f"/contacts/{task}")
    gate = operator.page.locator("#call-back")
    expect(gate).to_contain_text(turkish("Somebody else may have her telephone. Nothing may be sent."))
    expect(gate.get_by_role("button", name=turkish("Call her"), exact=True)).to_have_count(0)
    assert said(street, caller, sid) == []


def planned(reception: Reception, street: Street) -> tuple[str, str]:
    """Her number and the contact of a task: she agreed to be called, and hung up unanswered."""
    lead, caller = reception.screen("lead@ankara"), street.number()
    lead.open(f"/contacts/{hangs_up(street, caller)}")
    for field, answer in (("safe_question", "Koli geldi mi?"), ("safe_code_word", "mavi fincan")):
        lead.page.locator(f"#i-{field}").fill(answer)
    choose_radio(lead.page, "safe_call", "neutral")
    expect(lead.page.locator("#intake-status")).to_have_attribute("data-state", "saved")
    return caller, hangs_up(street, caller)


def hangs_up(street: Street, caller: str) -> str:
    """She calls and hangs up unanswered; returns the contact."""
    sid = street.call(caller=caller)
    contact = street.contact(sid)
    street.exchange.hang_up(sid)
    return contact


def said(street: Street, caller: str, sid: str) -> list[object]:
    """What a machine of ours let her hear in a call."""
    return [
        line["text"]
        for line in street.lines(caller)
        if line["sid"] == sid and line["kind"] in ("heard", "music", "tone")
    ]


def tasks(screen: Screen, contact: str) -> Locator:
    """Her row in the list of tasks."""
    due = screen.lane("woken").filter(has_text=turkish("Call back"))
    return due.filter(has=screen.page.locator(f'a.ref[href="/contacts/{contact}"]'))


def call_her(screen: Screen) -> None:
    """Press the key; the page says how before it asks whether."""
    card = screen.page.locator("#call-back")
    card.get_by_role("button", name=turkish("Call her"), exact=True).click()
    dialog = screen.page.locator("#call-her")
    for said in (turkish("at any time"), ANKARA, turkish("never: a machine hears nothing")):
        expect(dialog).to_contain_text(said)
    screen.shot("call-her")
    dialog.get_by_role("button", name=turkish("Ring my telephone")).click()
    expect(screen.page.locator("#call-back, .call")).to_contain_text(re.compile(r"\w"))
