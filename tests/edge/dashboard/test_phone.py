"""A browser as a telephone: its token, which of her tabs it is, and what her screen says while it cannot be rung."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from hmac import digest
from uuid import UUID

import pytest
from sqlalchemy import select

from config.web import create_app
from core.audit import AuditEntry
from core.clock import now
from core.database import Ground
from core.unit_of_work import unit_of_work
from hotline.carriers.softphone import CARRIER_SOURCES, TOKEN_SECONDS
from hotline.models import Call, Contact, Leg, Send
from routing import queries as routing
from routing.people import SOFTPHONE_LEASE_S
from staff.models import Account
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.support.desk import Desk
from tests.support.house import Clock

KEY, SECRET = "SK" + "1" * 32, "s" * 32


@pytest.fixture(scope="module")
def keyed(ground: Ground) -> Iterator[object]:
    """The application of an installation with an API key."""
    app = create_app(replace(ground.settings, twilio_api_key=KEY, twilio_api_secret=SECRET), replaying=False)
    yield app
    app.extensions["koza_ground"].engine.dispose()
    app.extensions["koza_telephone"].ground.engine.dispose()


@pytest.fixture
def house(keyed: object, desk: Desk) -> House:
    """The centre of one test, with browsers that can be telephones."""
    return House(keyed, desk)  # type: ignore[arg-type]


def chosen(operator: Browser, *, registered: bool = True) -> str:
    """She answers in this browser from now on; returns its tab's word."""
    identity = str(operator.post("/phone/use", json=True).get_json()["identity"])
    beat(operator, identity, registered=registered)
    return identity


def beat(operator: Browser, identity: str, *, registered: bool = True) -> int:
    return operator.post("/phone/beat", {"identity": identity, "registered": registered}, json=True).status_code


def met(house: House, contact: UUID) -> None:
    """She and the telephone that rang are in the room."""
    with unit_of_work(house.ground) as session:
        leg = session.scalars(select(Leg).where(Leg.contact_id == contact)).one()
        leg.answered_at = leg.joined_at = now(session)
        session.get_one(Call, contact).stage = "talking"
        session.get_one(Contact, contact).state = "connected"


def decoded(token: str) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of a token whose signature is ours."""
    head, claims, signature = token.split(".")
    signed = digest(SECRET.encode(), f"{head}.{claims}".encode(), sha256)
    assert urlsafe_b64decode(signature + "==") == signed
    return json.loads(urlsafe_b64decode(head + "==")), json.loads(urlsafe_b64decode(claims + "=="))


def test_the_token_lets_a_browser_be_rung_and_do_nothing_else(house: House) -> None:
    operator = house.browser("operator")
    given = operator.post("/phone/use", json=True).get_json()
    head, claims = decoded(given["token"])
    assert (head["alg"], head["cty"]) == ("HS256", "twilio-fpa;v=1")
    assert (claims["iss"], claims["sub"]) == (KEY, house.ground.settings.twilio_account_sid)
    assert claims["grants"] == {"identity": given["identity"], "voice": {"incoming": {"allow": True}}}
    assert claims["exp"] <= time.time() + TOKEN_SECONDS  # type: ignore[operator]
    assert given["seconds"] == TOKEN_SECONDS
    with unit_of_work(house.ground) as session:
        account = session.get_one(Account, operator.account_id)
        told = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == str(account.id))).all()
    # Nothing of her is in the word by which the carrier finds her, and the word is in no audit entry.
    assert str(account.id).replace("-", "") not in given["identity"]
    assert account.name.partition("@")[0] not in given["identity"]
    assert "telephone_chosen" in {entry.act for entry in told}
    assert not any(given["identity"] in str(entry.detail) for entry in told)


def test_a_fresh_token_is_for_the_tab_that_was_chosen_last_and_for_no_other(house: House) -> None:
    operator = house.browser("operator")
    first = chosen(operator)
    second = chosen(operator)
    assert first != second
    assert operator.post("/phone/token", {"identity": second}, json=True).get_json()["identity"] == second
    for path in ("/phone/token", "/phone/beat", "/phone/answer"):
        refused = operator.post(path, {"identity": first}, json=True)
        assert (refused.status_code, refused.get_json()["error"][:14]) == (409, "Your telephone")
    # Whoever knows the word of a colleague's tab, or comes with another session of hers, is not it.
    colleague = house.browser("operator")
    at_home = house.browser("operator", account_id=operator.account_id)
    assert {beat(one, second) for one in (colleague, at_home)} == {409}
    assert beat(operator, second) == 200


def test_without_an_api_key_no_browser_is_a_telephone_and_it_says_why(app: object, desk: Desk) -> None:
    operator = House(app, desk).browser("operator")  # type: ignore[arg-type]
    refused = operator.post("/phone/use", json=True)
    assert (refused.status_code, "API key" in refused.get_json()["error"]) == (409, True)
    assert operator.post("/presence", {"ready": True}, json=True).get_json() == {"ok": True, "ready": True}


def test_whose_tab_cannot_be_rung_is_not_ready_and_reads_why(house: House, hand: Clock) -> None:
    operator = house.browser("operator")
    identity = chosen(operator, registered=False)
    answer = operator.post("/presence", {"ready": True}, json=True).get_json()
    assert (answer["ready"], answer["error"][:24]) == (False, "You answer in a browser,")
    beat(operator, identity)
    assert operator.post("/presence", {"ready": True}, json=True).get_json() == {"ok": True, "ready": True}
    contact = house.desk.call()
    house.desk.tick()
    assert [one.account_id for one in house.desk.offers(contact)] == [operator.account_id]
    # It says itself that it lost the carrier: she is asked no more, and at once.
    beat(operator, identity, registered=False)
    assert house.desk.offers(contact) == []
    with unit_of_work(house.ground) as session:
        assert not routing.is_ready(session, operator.account_id)


def test_whose_tab_fell_silent_is_offered_nobody_and_cannot_take_one_into_the_void(house: House, hand: Clock) -> None:
    operator = house.browser("operator")
    chosen(operator)
    operator.post("/presence", {"ready": True}, json=True)
    hand.advance(SOFTPHONE_LEASE_S + 1, sweeping=False)
    contact = house.desk.call()
    house.desk.tick()
    assert house.desk.offers(contact) == []
    refused = operator.post(f"/offers/{contact}/accept", json=True)
    assert (refused.status_code, refused.get_json()["error"][:24]) == (409, "You answer in a browser,")
    assert house.desk.queued(contact).state == "waiting"
    # Her telephone is one act away.
    assert operator.post("/phone/leave", json=True).status_code == 200
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}


def test_a_caller_who_is_taken_on_the_board_rings_in_the_tab_that_was_chosen(house: House) -> None:
    operator = house.browser("operator")
    identity = chosen(operator)
    assert operator.post("/phone/answer", {"identity": identity}, json=True).get_json() == {
        "purpose": None,
        "by_itself": False,
    }
    contact = house.desk.call()
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
    with unit_of_work(house.ground) as session:
        [leg] = session.scalars(select(Leg).where(Leg.contact_id == contact)).all()
        assert session.get_one(Send, leg.send_id).address == f"client:{identity}"
    # Locked, the screen still takes the call.
    assert operator.post("/lock", json=True).status_code == 204
    answer = operator.post("/phone/answer", {"identity": identity}, json=True).get_json()
    assert answer == {"purpose": "desk", "by_itself": True}


def test_signing_out_makes_her_telephone_ring_again(house: House) -> None:
    operator = house.browser("operator")
    chosen(operator)
    assert operator.post("/sign-out").status_code == 303
    with unit_of_work(house.ground) as session:
        assert routing.browser_phone(session, operator.account_id) == ""


def test_the_page_alone_may_speak_with_the_carrier_and_ask_for_the_microphone(house: House) -> None:
    operator = house.browser("operator")
    page, board = operator.get("/phone"), operator.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert f"connect-src 'self' http://127.0.0.1:8001 ws://127.0.0.1:8001 {' '.join(CARRIER_SOURCES)};" in policy
    assert "microphone=(self)" in page.headers["Permissions-Policy"]
    assert "twilio" not in board.headers["Content-Security-Policy"]
    assert "microphone=()" in board.headers["Permissions-Policy"]


def test_without_a_key_the_page_says_why_and_opens_nothing(app: object, desk: Desk) -> None:
    page = House(app, desk).browser("operator").get("/phone")  # type: ignore[arg-type]
    assert "no API key of the carrier" in shown(page)
    assert "phone.js" not in page.text
    assert "twilio" not in page.headers["Content-Security-Policy"]
    assert "microphone=()" in page.headers["Permissions-Policy"]


def test_whose_talk_is_cut_may_rejoin_from_her_page_and_from_the_tab(house: House) -> None:
    operator = house.browser("operator")
    contact = house.desk.call()
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
    met(house, contact)
    rejoin = f'action="/contacts/{contact}/rejoin"'
    assert rejoin not in operator.get(f"/contacts/{contact}").text
    with unit_of_work(house.ground) as session:
        session.scalars(select(Leg).where(Leg.contact_id == contact)).one().ended_at = now(session)
    assert rejoin in operator.get(f"/contacts/{contact}").text
    assert f'data-rejoin="{contact}"' in operator.get("/phone").text
    assert operator.post(f"/contacts/{contact}/rejoin").status_code == 303
    page = operator.get(f"/contacts/{contact}")
    assert "Your telephone is ringing" in shown(page)
    assert rejoin not in page.text
    # Somebody else has no such key, and it is refused to her.
    lead = house.browser("shift_lead")
    assert rejoin not in lead.get(f"/contacts/{contact}").text
    assert lead.post(f"/contacts/{contact}/rejoin", json=True).status_code == 422


def test_whose_tab_is_gone_is_sent_to_her_telephone_first(house: House, hand: Clock) -> None:
    operator = house.browser("operator")
    chosen(operator)
    contact = house.desk.call()
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
    met(house, contact)
    assert "Open the telephone and rejoin" not in shown(operator.get(f"/contacts/{contact}"))
    hand.advance(SOFTPHONE_LEASE_S + 1, sweeping=False)
    assert "Open the telephone and rejoin" in shown(operator.get(f"/contacts/{contact}"))
    refused = operator.post(f"/contacts/{contact}/rejoin", json=True)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["text"].startswith("You answer in a browser,")


def test_no_address_of_the_house_names_a_tab(house: House) -> None:
    """The word is sent in bodies alone: addresses are written into logs of proxies."""
    rules = [rule.rule for rule in house.app.url_map.iter_rules() if rule.rule.startswith("/phone")]
    assert rules
    assert not any("<" in rule for rule in rules)
