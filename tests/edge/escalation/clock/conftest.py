"""A house whose clock stands at a moment of the test's choice, with a case that has an owner and a lawyer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.clock import now
from core.due import Due
from core.i18n import ISTANBUL
from core.unit_of_work import unit_of_work
from escalation.cases import queries as case_queries
from escalation.cases.clock import queries, service
from escalation.cases.clock.catalogue_rows import load_catalogues
from escalation.cases.clock.models import CalendarRow, ClockTask, ClosureTick, Deadline, Reminder
from escalation.cases.clock.periods import Term
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.models import Case
from escalation.paging.models import Page
from hotline.models import Contact
from staff import service as staff_service
from staff.scope import Scope
from tests.edge.escalation.conftest import ACTOR, House
from tests.edge.escalation.test_cases import opened


def local(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment in Istanbul."""
    return datetime(year, month, day, hour, minute, tzinfo=ISTANBUL)


@dataclass
class Clockwork:
    """The acts of the law's clock as tests speak of them."""

    house: House
    case_id: UUID
    contact_id: UUID

    def at(self, moment: datetime) -> None:
        """Set the house's time and do what falls due on the way, in its order; pages go on by themselves."""
        mine = or_(Due.centre_id == self.house.centre_id, Due.centre_id.is_(None))
        upcoming = select(func.min(Due.at)).where(mine, Due.kind.like("cases.%"), Due.at <= moment)
        while True:
            following = self.house.do(lambda session: session.execute(upcoming).scalar())
            self._set(moment if following is None else max(following, self.house.moment()))
            self.house.sweep()
            if following is None:
                return

    def _set(self, moment: datetime) -> None:
        wait = moment - self.house.moment()
        with unit_of_work(self.house.ground) as session:
            session.execute(text("UPDATE core_clock SET shift = shift + :by"), {"by": wait})

    def open(self, rule: str, *triggers: Trigger, subject_id: UUID | None = None, **more: Any) -> UUID:
        """Let a period run about a measure of the case."""
        opening = service.Opening(
            rule=rule,
            subject_kind="measure",
            subject_id=subject_id or uuid4(),
            case_id=self.case_id,
            triggers=triggers,
            **more,
        )
        return self.house.do(lambda session: service.open_deadline(session, ACTOR, opening))

    def expiry(self, end: date, **more: Any) -> UUID:
        """A measure that ends on a day."""
        return self.open("measure_expiry", Trigger("decision", self.today(), end), **more)

    def today(self) -> date:
        """The local day."""
        return self.house.moment().astimezone(ISTANBUL).date()

    def deadline(self, deadline_id: UUID) -> queries.DeadlineView:
        """A period as the system sees it."""
        found = self.house.do(lambda session: queries.deadline(session, Scope.system("tests"), deadline_id))
        assert found is not None
        return found

    def reminders(self, deadline_id: UUID, state: str | None = None) -> list[queries.ReminderView]:
        """Its reminders."""
        found = self.house.do(
            lambda session: queries.reminders(session, Scope.system("tests"), deadline_id=deadline_id)
        )
        return [one for one in found if state in {None, one.state}]

    def mine(self, name: str) -> list[queries.ReminderView]:
        """The reminders that have reached somebody."""
        scope = self.house.scope(name)
        return self.house.do(lambda session: queries.reminders(session, scope, mine=True))

    def tasks(self) -> list[case_queries.TaskView]:
        """The open tasks of the case."""
        scope = Scope.system("tests")
        found = self.house.do(lambda session: case_queries.tasks(session, scope, self.case_id))
        return [one for one in found if one.done_at is None]

    def pages(self) -> list[tuple[str, str]]:
        """(reason, state) of the pages of this centre, without the pager's own: nobody is on duty in these months."""
        query = select(Page.reason, Page.state).where(Page.centre_id == self.house.centre_id, Page.reason != "pager")
        query = query.order_by(Page.opened_at)
        return [(row.reason, row.state) for row in self.house.do(lambda session: session.execute(query).all())]

    def under_secrecy(self, *readers: str) -> None:
        """The court hid who she is: beside those who have a grant, nobody reads her case."""
        with unit_of_work(self.house.ground) as session:
            session.execute(update(Case).where(Case.id == self.case_id).values(confidential=True))
            for name in readers:
                staff_service.grant(
                    session,
                    ACTOR,
                    subject_kind="case",
                    subject_id=self.case_id,
                    grantee_kind="staff",
                    grantee_id=self.house[name].id,
                    reason="assigned",
                )

    def audited(self, deadline_id: UUID) -> list[str]:
        """The acts written down about a period, in order."""
        query = select(AuditEntry.act).where(AuditEntry.subject_id == str(deadline_id)).order_by(AuditEntry.at)
        return list(self.house.do(lambda session: session.scalars(query).all()))

    def act(self, name: str, verb: Any, *rest: Any, **more: Any) -> Any:
        """Somebody of the house does something."""
        actor, scope = self.house[name].actor, self.house.scope(name)
        return self.house.do(lambda session: verb(session, actor, scope, *rest, **more))


@pytest.fixture
def clockwork(house: House) -> Iterator[Clockwork]:
    """Wednesday, 7 October 2026, noon: no holiday is near. Every test ends with the shipped calendar."""
    start = local(2026, 10, 7)
    with unit_of_work(house.ground) as session:
        session.execute(text("UPDATE core_clock SET shift = shift + :by"), {"by": start - now(session)})
    contact_id = house.contact("sms")
    case = opened(house, contact_id)
    with unit_of_work(house.ground) as session:
        session.execute(update(Contact).where(Contact.id == contact_id).values(address_index=contact_id.bytes))
    # The text that opened it is answered, and what other tests left behind at other centres would fall due a hundred
    # times while months go by: none of it is what these tests are about.
    with unit_of_work(house.ground) as session:
        session.execute(delete(Due).where(Due.centre_id.is_not(None)))
        # The daily check belongs to no centre: a test that wants it starts it.
        session.execute(delete(Due).where(Due.kind == service.CLOSURE))
        # A change of the calendar reckons every live period of the country anew: only those of this test.
        _forget_periods(session)
    assert house["lawyer"]
    yield Clockwork(house, case.id, contact_id)
    with unit_of_work(house.ground) as session:
        session.execute(delete(CalendarRow).where(CalendarRow.origin == "administrator"))
        _forget_periods(session)
        load_catalogues(session)


def _forget_periods(session: Session) -> None:
    """No period of any test is left."""
    for model in (ClockTask, ClosureTick, Reminder, Deadline):
        session.execute(delete(model))


__all__ = ["Clockwork", "Term", "local", "timedelta"]
