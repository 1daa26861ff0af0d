"""The night card: who has a checked contact reads it, nobody else, and not for long; the case itself stays closed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.models import Case
from escalation.cases.register import service as register
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem
from hotline.models import Contact
from staff import service as staff_service
from staff.models import Grant
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_identity import SURE, Known, known_woman
from tests.edge.dashboard.test_petitions import COURT
from tests.edge.dashboard.test_secrecy import order_secrecy
from tests.edge.dashboard.test_workspace import acts
from tests.support.desk import TESTS
from tests.support.house import Clock

LINE = "Geceleri annesinde kalır; kapıyı çalmayın."
CARD = "Night card"


@pytest.fixture
def known(house: House) -> Known:
    """Her case has a case worker, a line to the night, and a decision in force."""
    known = known_woman(house)
    case_id = case_of(known)
    assert known.worker.post(f"/cases/{case_id}/night-line", {"line": f"  {LINE} "}).status_code == 303
    lawyer = house.browser("legal")
    with unit_of_work(house.ground) as session:
        scope = Scope.of(session, lawyer.account_id)
        court = register.add_authority(session, scope.actor, scope, "judge", "06", COURT)
        day = now(session).astimezone(ISTANBUL).date()
        items = (NewItem("o5_c", Length(90, "days")),)
        register.record_decision(
            session, scope.actor, scope, case_id, NewDecision(court, day, items, docket="2026/5", number="2026/6")
        )
    return known


def case_of(known: Known) -> UUID:
    with unit_of_work(known.house.ground) as session:
        return session.scalars(select(Case.id).where(Case.ref == known.ref)).one()


def calls(known: Known, channel: str = "voice") -> tuple[Browser, UUID]:
    """Somebody calls from her number; who takes it has no right to her case."""
    operator, desk = known.house.browser("operator", ready=True), known.house.desk
    contact = desk.call(known.number) if channel == "voice" else desk.text("benim", known.number)
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
    return operator, contact


def check(known: Known, operator: Browser, contact: UUID) -> None:
    assert operator.post(f"/intakes/{known.house.desk.intake(contact).id}", SURE).status_code == 303


def hangs_up(known: Known, contact: UUID) -> None:
    with unit_of_work(known.house.ground) as session:
        sid = session.get_one(Contact, contact).carrier_sid
    assert known.house.desk.line.status(sid, known.number, "completed", 3).status_code < 300


def readers(known: Known) -> str:
    return shown(known.worker.get(f"/cases/{known.ref}")).split("Who may read this")[1]


@pytest.mark.parametrize("channel", ["voice", "sms"])
def test_who_has_a_checked_contact_reads_the_card_and_not_the_case(known: Known, channel: str) -> None:
    operator, contact = calls(known, channel)
    assert CARD not in shown(operator.get(f"/contacts/{contact}"))
    check(known, operator, contact)
    page = shown(operator.get(f"/contacts/{contact}"))
    for told in (CARD, known.ref, LINE, "Protected until", "L2", "weekdays 10:00-15:00", "Elif Deneme"):
        assert told in page
    assert operator.get(f"/cases/{known.ref}").status_code == 404
    assert operator.get(f"/contacts/{known.before}").text.count(LINE) == 0
    assert "Elif Deneme · night card · " in readers(known)
    operator.get(f"/contacts/{contact}")
    [reading] = acts(known.house, "night_card_read", case_of(known))
    assert (reading.actor_id, reading.detail) == (operator.account_id, {"contact": str(contact)})


def test_nobody_else_reads_it(known: Known) -> None:
    operator, contact = calls(known)
    check(known, operator, contact)
    assert LINE not in known.house.browser("operator").get(f"/contacts/{contact}").text
    assert LINE not in known.house.browser("shift_lead").get(f"/contacts/{contact}").text


def test_it_ends_half_an_hour_after_she_hung_up_and_its_readings_stay(known: Known, hand: Clock) -> None:
    operator, contact = calls(known)
    check(known, operator, contact)
    hand.advance(40 * 60, sweeping=False)
    operator = known.house.browser(account_id=operator.account_id)
    # The call goes on, and so does the card.
    assert LINE in operator.get(f"/contacts/{contact}").text
    hangs_up(known, contact)
    hand.advance(29 * 60, sweeping=False)
    operator = known.house.browser(account_id=operator.account_id)
    assert LINE in operator.get(f"/contacts/{contact}").text
    with unit_of_work(known.house.ground) as session:
        until = session.scalars(
            select(Grant.until).where(Grant.subject_kind == "night_card", Grant.subject_id == case_of(known))
        ).one()
        assert until is not None
        assert until <= now(session) + timedelta(minutes=1, seconds=5)
    hand.advance(62, sweeping=False)
    operator = known.house.browser(account_id=operator.account_id)
    page = operator.get(f"/contacts/{contact}").text
    assert LINE not in page
    assert "data-card" not in page
    known_again = known.house.browser(account_id=known.worker.account_id)
    assert "Elif Deneme · night card · " in shown(known_again.get(f"/cases/{known.ref}"))


def test_a_text_left_alone_is_over_and_so_is_its_card(known: Known, hand: Clock) -> None:
    operator, contact = calls(known, "sms")
    check(known, operator, contact)
    assert LINE in operator.get(f"/contacts/{contact}").text
    hand.advance(12 * 3600 + 31 * 60, sweeping=False)
    operator = known.house.browser(account_id=operator.account_id)
    assert LINE not in operator.get(f"/contacts/{contact}").text


def test_a_check_that_is_taken_back_takes_the_card(known: Known) -> None:
    operator, contact = calls(known)
    check(known, operator, contact)
    assert LINE in operator.get(f"/contacts/{contact}").text
    path = f"/intakes/{known.house.desk.intake(contact).id}/identity"
    assert operator.post(path, {"reason": "başkası"}).status_code == 303
    assert LINE not in operator.get(f"/contacts/{contact}").text
    with unit_of_work(known.house.ground) as session:
        assert (
            session.scalars(
                select(Grant.revoked_at).where(Grant.subject_kind == "night_card", Grant.subject_id == case_of(known))
            ).one()
            is not None
        )
    check(known, operator, contact)
    assert LINE in operator.get(f"/contacts/{contact}").text


def test_a_bar_wins(known: Known) -> None:
    operator, contact = calls(known)
    with unit_of_work(known.house.ground) as session:
        staff_service.bar(
            session, TESTS, subjects=[("case", case_of(known))], account_id=operator.account_id, reason="kin"
        )
    check(known, operator, contact)
    page = operator.get(f"/contacts/{contact}").text
    assert LINE not in page
    assert known.ref not in page
    assert acts(known.house, "night_card_read", case_of(known)) == []


def test_secrecy_wins(known: Known) -> None:
    order_secrecy(known.house, case_of(known))
    operator, contact = calls(known)
    check(known, operator, contact)
    page = operator.get(f"/contacts/{contact}").text
    assert LINE not in page
    assert known.ref not in page


def test_with_two_cases_of_one_number_there_is_no_card(known: Known) -> None:
    desk = known.house.desk
    other = desk.text("kızıyım", known.number)
    assert known.worker.post(f"/offers/{other}/accept", json=True).get_json() == {"won": True}
    assert known.worker.post(f"/intakes/{desk.intake(other).id}/open-case").status_code == 303
    assert known.worker.post(f"/contacts/{other}/close").status_code == 303
    operator, contact = calls(known)
    check(known, operator, contact)
    assert LINE not in operator.get(f"/contacts/{contact}").text


def test_the_line_is_short_sealed_and_told_with_its_author(known: Known) -> None:
    case_id = case_of(known)
    refused = known.worker.post(f"/cases/{case_id}/night-line", {"line": "ç" * 501})
    assert refused.status_code == 422
    assert "ç" * 501 in refused.text
    page = known.worker.get(f"/cases/{known.ref}")
    assert LINE in page.text
    for role, status in (("operator", 403), ("social_worker", 404)):
        assert known.house.browser(role).post(f"/cases/{case_id}/night-line", {"line": "x"}).status_code == status
    with unit_of_work(known.house.ground) as session:
        case = session.get_one(Case, case_id)
        assert case.night_line == LINE
        assert case.night_line_by == known.worker.account_id
    assert known.worker.post(f"/cases/{case_id}/night-line", {"line": " "}).status_code == 303
    assert LINE not in known.worker.get(f"/cases/{known.ref}").text
