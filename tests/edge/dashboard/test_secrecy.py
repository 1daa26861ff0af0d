"""Under secrecy (8/6) what was said on the line is closed with the case: to a shift lead, on every way in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases import service as cases
from escalation.cases.models import Case
from escalation.cases.register import service as register
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem
from hotline import queries as hotline
from intake import queries as intakes
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House
from tests.edge.dashboard.test_cases import opened_case
from tests.edge.dashboard.test_petitions import COURT

HER_WORDS = "kapıdayım, konuşamıyorum"


@dataclass(frozen=True)
class Secret:
    """A case under secrecy with a text of hers, who works on it, and who leads the shift."""

    house: House
    worker: Browser
    lead: Browser
    contact: UUID
    intake: UUID
    case_id: UUID


@pytest.fixture
def secret(house: House) -> Secret:
    opener, contact, ref = opened_case(house)
    lead = house.browser("shift_lead")
    with unit_of_work(house.ground) as session:
        case = session.scalars(select(Case).where(Case.ref == ref)).one()
        intake, case_id = case.intake_id, case.id
    assert intake is not None
    assert lead.get(f"/contacts/{contact}").status_code == 200
    assert seen_by(house, lead, contact)
    order_secrecy(house, case_id)
    return Secret(house, opener, lead, contact, intake, case_id)


def order_secrecy(house: House, case_id: UUID) -> None:
    lawyer = house.browser("legal")
    with unit_of_work(house.ground) as session:
        scope = Scope.of(session, lawyer.account_id)
        court = register.add_authority(session, scope.actor, scope, "judge", "06", COURT)
        day = now(session).astimezone(ISTANBUL).date() - timedelta(days=2)
        items = (NewItem("c8_6", Length(90, "days")),)
        register.record_decision(
            session, scope.actor, scope, case_id, NewDecision(court, day, items, docket="2026/1", number="2026/2")
        )


def seen_by(house: House, reader: Browser, contact: UUID) -> bool:
    with unit_of_work(house.ground) as session:
        return intakes.intake_of_contact(session, Scope.of(session, reader.account_id), contact) is not None


def test_a_shift_lead_no_longer_reads_the_intake_and_the_owner_does(secret: Secret) -> None:
    house = secret.house
    assert not seen_by(house, secret.lead, secret.contact)
    assert seen_by(house, secret.worker, secret.contact)
    assert secret.lead.post(f"/intakes/{secret.intake}", {"summary": HER_WORDS}).status_code == 404
    assert secret.lead.get(f"/intakes/{secret.intake}/copy").status_code == 404
    with unit_of_work(house.ground) as session:
        scope = Scope.of(session, secret.lead.account_id)
        assert intakes.may_write(session, scope, secret.intake) is False
        assert intakes.safe_contact_of_contact(session, scope, secret.contact) is None
        listed = intakes.intakes(scope).subquery()
        assert secret.intake not in session.scalars(select(listed.c.intake_id)).all()


def test_a_later_contact_of_hers_is_closed_when_it_is_linked_and_its_words_with_it(secret: Secret) -> None:
    house, lead = secret.house, secret.lead
    contact = house.desk.text(HER_WORDS)
    with unit_of_work(house.ground) as session:
        scope = Scope.of(session, lead.account_id)
        assert [one.text for one in hotline.messages(session, scope, contact)] == [HER_WORDS]
        intake = intakes.intake_of_contact(session, scope, contact)
        assert intake is not None
        cases.link_intake(session, scope.actor, Scope.system("tests"), secret.case_id, intake.id)
    with unit_of_work(house.ground) as session:
        assert hotline.messages(session, scope, contact) == []
        owner = Scope.of(session, secret.worker.account_id)
        assert [one.text for one in hotline.messages(session, owner, contact)] == [HER_WORDS]
    page = lead.get(f"/contacts/{contact}")
    # That she came stays on the board, and somebody who is free can take her.
    assert page.status_code == 200
    assert HER_WORDS not in page.text
    assert f"/unmask/contact/{contact}" not in page.text
    refused = lead.post(f"/unmask/contact/{contact}", {"reason": "call_back"})
    assert refused.status_code in {403, 404}
