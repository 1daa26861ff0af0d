"""What protects her stands on her case's page, with the law's periods and how each was reckoned."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.models import Case
from escalation.cases.register import service as register
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House
from tests.edge.dashboard.test_cases import opened_case


def _case(house: House) -> tuple[Browser, str, UUID]:
    _, contact, ref = opened_case(house)
    lawyer = house.browser("legal")
    house.grant(lawyer, contact, ref)
    with unit_of_work(house.ground) as session:
        return lawyer, ref, session.scalars(select(Case.id).where(Case.ref == ref)).one()


def _decide(house: House, lawyer: Browser, case_id: UUID, kind: str) -> UUID:
    with unit_of_work(house.ground) as session:
        scope, moment = Scope.of(session, lawyer.account_id), now(session)
        authority = register.add_authority(session, scope.actor, scope, kind, "06", "Ankara 3.")
        urgent = kind == "police_chief"
        new = NewDecision(
            authority,
            moment.astimezone(ISTANBUL).date(),
            (NewItem("o5_a", Length(90, "days")),),
            issued_at=moment - timedelta(minutes=1) if urgent else None,
            entry="police_preventive" if urgent else "court",
        )
        return register.record_decision(session, scope.actor, scope, case_id, new)


def test_without_a_decision_none_is_known_and_that_is_not_said_as_none(house: House) -> None:
    lawyer, ref, _ = _case(house)
    page = lawyer.get(f"/cases/{ref}").text
    assert "No measure is known that protects her" in page
    assert "Periods that run" not in page


def test_a_court_s_measure_stands_there_with_its_end_what_is_missing_and_its_reckoning(house: House) -> None:
    lawyer, ref, case_id = _case(house)
    _decide(house, lawyer, case_id, "judge")
    page = lawyer.get(f"/cases/{ref}").text
    for words in (
        "She is protected, surely until",
        "service on the other side",
        "secrecy of her data (Art. 8/6): not asked for",
        "End of the measure",
        "surely in time until",
        "counted from the decision",
        "How this was reckoned",
        "Measures decided on",
    ):
        assert words in page, words
    assert "MeasureDecided" not in page


def test_an_approval_that_nobody_knows_is_said_as_unknown(house: House) -> None:
    lawyer, ref, case_id = _case(house)
    decision_id = _decide(house, lawyer, case_id, "police_chief")
    assert "Urgent measures wait for their approval" in lawyer.get(f"/cases/{ref}").text
    with unit_of_work(house.ground) as session:
        scope = Scope.of(session, lawyer.account_id)
        register.mark_approval_unknown(session, scope.actor, decision_id)
    page = lawyer.get(f"/cases/{ref}").text
    assert "Nobody knows whether she is protected: ask the authority" in page
    assert "Ask the authority whether it approved" in page
    assert "no approval was given" not in page


def test_who_reads_the_case_and_not_its_register_sees_none_of_it(house: House) -> None:
    lawyer, ref, case_id = _case(house)
    _decide(house, lawyer, case_id, "judge")
    nurse = house.browser("health")
    with unit_of_work(house.ground) as session:
        contact = session.get_one(Case, case_id).contact_id
    assert contact is not None
    house.grant(nurse, contact, ref)
    page = nurse.get(f"/cases/{ref}")
    assert page.status_code == 200
    assert "Her protection" not in page.text
