"""Somebody calls her back: who calls, what both telephones do, and what came of it."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from hotline.models import Contact
from hotline.queries import CallBackView, call_backs_of
from intake import queries as intake_queries
from intake import service as intake
from practice.calls import Call as Carried
from practice.phones import Behaviour
from routing import service as routing
from tests.edge.journeys.test_call_back import Her
from tests.edge.journeys.test_calls_again import pages

PICKS_UP = Behaviour("answer", after=4.0)


class Calling:
    """Whoever calls her back, and what her telephone does."""

    def __init__(self, her: Her, **agreed: object) -> None:
        self.her, self.world = her, her.world
        her.agrees(**(agreed or {"call": "ok"}))
        self.contact_id = her.gives_up()
        self.world.pass_time(30)

    def she(self, behaviour: Behaviour) -> None:
        self.world.exchange.set_behaviour(self.her.number, behaviour)

    def press(self) -> None:
        """'Call her' on the screen; her own telephone is answered and 1 pressed by the desk's behaviour."""
        caller = self.her.operator
        scope = self.world.scope(caller)
        self.world.do(
            lambda session: routing.call_back(session, caller.actor, scope, self.contact_id, caller.account_id)
        )

    @property
    def view(self) -> CallBackView:
        with unit_of_work(self.world.ground) as session:
            return call_backs_of(session, self.contact_id)[0]

    def until(self, state: str) -> CallBackView:
        self.world.until(lambda: self.view.state == state, limit=120)
        return self.view

    def calls(self) -> list[Carried]:
        """The calls that left to her number."""
        return [one for one in self.world.exchange.calls.values() if one.to == self.her.number]

    def desk(self) -> Carried:
        """The newest call to the telephone of who calls."""
        return [one for one in self.world.exchange.calls.values() if one.to == self.her.operator.phone][-1]

    def talk(self) -> Contact:
        """The contact that began when somebody answered."""
        with unit_of_work(self.world.ground) as session:
            return session.scalars(select(Contact).where(Contact.call_back_of == self.contact_id)).one()

    def sure(self) -> None:
        """Whoever calls made sure that it is she."""
        scope, talk_id = self.world.scope(self.her.operator), self.talk().id

        def check(session: Session) -> None:
            view = intake_queries.intake_of_contact(session, scope, talk_id)
            assert view is not None
            intake.check_identity(session, scope.actor, scope, view.id, "question")

        self.world.do(check)

    def another(self, contact_id: UUID) -> None:
        """Somebody says that another person may have her telephone."""
        lead = self.world.scope(self.world.person("shift_lead", on_duty=None))

        def mark(session: Session) -> None:
            view = intake_queries.intake_of_contact(session, lead, contact_id)
            assert view is not None
            intake.suspect_other_party(session, lead.actor, lead, view.id)
            intake.mark_compromised(session, lead.actor, lead, view.id)

        self.world.do(mark)

    def refused(self) -> tuple[str, ...]:
        """Why the gate does not let a person begin now."""
        with pytest.raises(routing.GateRefusedError) as refused:
            self.press()
        return refused.value.answer.reasons

    def wanted(self) -> bool:
        """Whether the page for her unanswered call still wants her to be reached."""
        return [row.state for row in pages(self.world) if row.contact_id == self.contact_id] == ["open"]

    def nothing_said(self) -> None:
        """Her telephone heard no machine of ours."""
        for call in self.calls():
            heard = self.world.exchange.phone(self.her.number).heard(call.sid)
            assert [line for line in heard if line not in ("alo", "efendim")] == []

    def acts(self, act: str) -> list[dict[str, str]]:
        """What the audit has of this contact."""
        with unit_of_work(self.world.ground) as session:
            found = select(AuditEntry.detail).where(
                AuditEntry.act == act, AuditEntry.subject_id == str(self.contact_id)
            )
            return list(session.scalars(found.order_by(AuditEntry.at)))


__all__ = ["PICKS_UP", "Calling"]
