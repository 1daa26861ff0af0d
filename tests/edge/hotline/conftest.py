"""A line, a carrier that remembers, and a database in which nothing of another test waits to be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import metrics
from core.actor import system
from core.clock import after
from core.clock import now as database_now
from core.database import Ground
from core.facts import StoredFact
from core.ids import new_id
from core.sweeping import sweep
from core.unit_of_work import run, unit_of_work
from hotline.models import Attempt, Call, Contact, Leg, Message, Send
from hotline.sender import Sender
from hotline.service import give_permit, page_call, page_text, reply
from tests.support.fake_carrier import FakeCarrier
from tests.support.house import Clock, forget
from tests.support.line import Line, fresh_number
from tests.support.planted import SENTENCE

T = TypeVar("T")
ACTOR = system("tests")


def alarmed(kind: str) -> float:
    """How often people were alarmed of this kind, in this process."""
    return metrics.REGISTRY.get_sample_value("koza_alarms_total", {"kind": kind}) or 0.0


@dataclass
class Room:
    """The telephone edge of one line with its carrier; every act is a transaction of its own."""

    line: Line
    ground: Ground
    carrier: FakeCarrier
    sender: Sender
    hand: Clock

    def do(self, work: Callable[[Session], T]) -> T:
        """One unit of work."""
        return run(self.ground, work)

    def send(self) -> int:
        """What a worker does: what is due, what is to be sent, what is to be asked."""
        done = 0
        for _ in range(5):
            sweep(self.ground)
            done += self.sender.round()
        self.sender.reconcile()
        return done

    def later(self, seconds: float) -> int:
        """Time passes and a worker looks again."""
        self.hand.advance(seconds, sweeping=False)
        return self.send()

    def page(self, to: str, *, seconds: float = 600, ref: str = "", epoch: int = 0) -> UUID:
        """A text to a member of staff is to be sent."""
        return self.do(
            lambda session: page_text(
                session,
                ACTOR,
                self.line.centre_id,
                to,
                ref or str(new_id()),
                epoch,
                "Görev K7Q2",
                not_after=after(seconds),
            ),
        )

    def ring(self, to: str, *, seconds: float = 600, ref: str = "", epoch: int = 0) -> tuple[UUID, UUID]:
        """A member of staff is to be called; returns send and leg."""
        return self.do(
            lambda session: page_call(
                session,
                ACTOR,
                self.line.centre_id,
                new_id(),
                to,
                ref or str(new_id()),
                epoch,
                not_after=after(seconds),
            ),
        )

    def permit(self, contact_id: UUID, seconds: float = 900) -> UUID:
        """Leave to write to her."""

        def give(session: Session) -> UUID:
            until = session.execute(select(after(seconds))).scalar_one()
            return give_permit(session, contact_id, "sms", "reply", until)

        return self.do(give)

    def reply(self, contact_id: UUID, permit_id: UUID, **more: Any) -> UUID:
        """A person writes to her; returns the message."""
        return self.do(lambda session: reply(session, ACTOR, contact_id, SENTENCE, permit_id, **more))

    def text(self, body: str = "merhaba", sender: str | None = None) -> UUID:
        """Somebody writes to the line; returns the contact."""
        sid, _ = self.line.text(sender or fresh_number(), body)
        return self.do(
            lambda session: session.scalars(select(Message.contact_id).where(Message.carrier_sid == sid)).one()
        )

    def row(self, kind: type[T], row_id: UUID | None) -> T:
        """One row as it stands."""
        return self.do(lambda session: session.get_one(kind, row_id))

    def contact_of(self, sid: str) -> Contact:
        """The contact of a call."""
        return self.do(lambda session: session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one())

    def call_of(self, sid: str) -> Call:
        """A call by its SID."""
        return self.do(lambda session: session.scalars(select(Call).where(Call.carrier_sid == sid)).one())

    def attempts(self, send_id: UUID | None) -> list[Attempt]:
        """The requests made for a send."""
        return self.do(
            lambda session: list(
                session.scalars(select(Attempt).where(Attempt.send_id == send_id).order_by(Attempt.number)),
            ),
        )

    def send_of_message(self, message_id: UUID) -> Send:
        """What a reply became."""
        return self.row(Send, self.row(Message, message_id).send_id)

    def legs(self, contact_id: UUID) -> list[Leg]:
        """The staff telephones of a contact."""
        return self.do(
            lambda session: list(
                session.scalars(select(Leg).where(Leg.contact_id == contact_id).order_by(Leg.created_at)),
            ),
        )

    def facts(self, kind: str, **wanted: object) -> list[StoredFact]:
        """What was reported, filtered by contact or by fields of the fact."""

        def look(session: Session) -> list[StoredFact]:
            query = select(StoredFact).where(StoredFact.kind == kind).order_by(StoredFact.number)
            for name, value in wanted.items():
                column = StoredFact.contact_id if name == "contact_id" else StoredFact.payload[name].astext
                query = query.where(column == (value if name == "contact_id" else str(value)))
            return list(session.scalars(query))

        return self.do(look)

    def outcomes(self, send_id: UUID) -> list[str]:
        """How a send was reported to have ended."""
        return [fact.payload["outcome"] for fact in self.facts("SendEnded", send_id=send_id)]

    def story(self, contact_id: UUID) -> list[str]:
        """The kinds of facts of a contact, in order."""

        def look(session: Session) -> list[str]:
            query = select(StoredFact.kind).where(StoredFact.contact_id == contact_id).order_by(StoredFact.number)
            return list(session.scalars(query))

        return self.do(look)


@pytest.fixture
def room(line: Line, ground: Ground, hand: Clock) -> Room:
    """The room, with a quiet database around it."""
    forget(ground)

    def now() -> datetime:
        with unit_of_work(ground) as session:
            return database_now(session)

    carrier = FakeCarrier(now)
    return Room(line, ground, carrier, Sender(ground, carrier), hand)
