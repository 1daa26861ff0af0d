"""A centre at work: a line, people at their screens, and what reached them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor, staff_actor, system
from core.clock import now
from core.facts import StoredFact
from core.sweeping import sweep
from core.unit_of_work import run, unit_of_work
from hotline.models import Contact
from hotline.sender import Sender
from hotline.service.calls import wait
from hotline.service.holding import call_of
from intake.models import Intake
from routing.models import Offer, Queued
from routing.service import heartbeat
from staff.scope import Scope
from staff.service import add_contact_point, create_account, new_proof, verify_contact_point
from tests.support.fake_carrier import FakeCarrier
from tests.support.line import Line, fresh_number

TESTS = system("tests")
PASSWORD = "Mavi fincan 42 kuşku dağı"
#: Argon2id of the password above: computing it for every person of every test would take minutes.
_HASH = "$argon2id$v=19$m=65536,t=3,p=1$aXXR7XcdtzHloVX6vv1i9w$FIKcQNJaJRd3k0+Q/SR6xavHjSCeU2j6nkXpMYeLzRk"


def fresh_address() -> str:
    """An address of a browser: failures are counted by it too, so each test comes from its own."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


@dataclass
class Desk:
    """A line of a fresh centre and the people who answer it."""

    line: Line

    @property
    def centre_id(self) -> UUID:
        """The centre of the line."""
        return self.line.centre_id

    @contextmanager
    def work(self) -> Iterator[Session]:
        """One transaction."""
        with unit_of_work(self.line.ground) as session:
            yield session

    def person(
        self,
        *roles: str,
        languages: tuple[str, ...] = ("tr",),
        gender: str | None = "female",
        phone: bool = True,
        ready: bool = False,
    ) -> UUID:
        """Somebody who works here, with a telephone that was proven."""
        with self.work() as session:
            account = create_account(
                session,
                TESTS,
                name=f"p{secrets.token_hex(6)}@test",
                display_name="Elif Deneme",
                password=PASSWORD,
                roles=roles or ("operator",),
                centre_id=self.centre_id,
                languages=languages,
                gender=gender,  # type: ignore[arg-type]
            )
            if phone:
                point = add_contact_point(session, TESTS, account.id, "voice", fresh_number())
                assert verify_contact_point(session, TESTS, point, new_proof(session, TESTS, point))
        if ready:
            self.beat(account.id)
        return account.id

    def actor(self, account_id: UUID) -> Actor:
        """That person as the one who acts."""
        return staff_actor(account_id, self.centre_id)

    def scope(self, session: Session, account_id: UUID) -> Scope:
        """What that person may do."""
        return Scope.of(session, account_id)

    def beat(self, account_id: UUID, *, ready: bool = True) -> bool:
        """A heartbeat of that person's screen."""
        with self.work() as session:
            return heartbeat(session, self.actor(account_id), account_id, self.centre_id, ready=ready)

    def call(self, caller: str | None = None, *, waiting: bool = True) -> UUID:
        """A call that rang, and unless told otherwise stands in the waiting room."""
        sid, answer = self.line.ring(caller or fresh_number())
        assert answer.status_code == 200
        contact_id = self.contact(sid)
        if waiting:
            self.to_waiting_room(contact_id)
        return contact_id

    def to_waiting_room(self, contact_id: UUID) -> None:
        """She is through with the greeting."""

        def go(session: Session) -> None:
            contact, call = call_of(session, contact_id)
            wait(session, contact, call)

        run(self.line.ground, go)

    def text(self, body: str, sender: str | None = None) -> UUID:
        """A text that arrived."""
        _, answer = self.line.text(sender or fresh_number(), body)
        assert answer.status_code == 200
        with self.work() as session:
            return session.scalars(
                select(StoredFact.contact_id)
                .where(StoredFact.kind == "TextArrived", StoredFact.centre_id == self.centre_id)
                .order_by(StoredFact.number.desc())
                .limit(1),
            ).one()  # type: ignore[return-value]

    def contact(self, sid: str) -> UUID:
        """The contact of a SID."""
        with self.work() as session:
            return session.scalars(select(Contact.id).where(Contact.carrier_sid == sid)).one()

    def tick(self) -> None:
        """Do what is due."""
        sweep(self.line.ground)

    def send(self) -> None:
        """The carrier takes whatever may leave now."""

        def moment() -> datetime:
            with self.work() as session:
                return now(session)

        sender = Sender(self.line.ground, FakeCarrier(moment))
        while sender.round():
            pass

    def queued(self, contact_id: UUID) -> Queued:
        """Her place in the queue."""
        with self.work() as session:
            return session.get_one(Queued, contact_id)

    def offers(self, contact_id: UUID, state: str = "open") -> list[Offer]:
        """Her offers in one state, in the order in which they were made."""
        with self.work() as session:
            found = select(Offer).where(Offer.contact_id == contact_id, Offer.state == state).order_by(Offer.id)
            return list(session.scalars(found))

    def intake(self, contact_id: UUID) -> Intake:
        """Her intake."""
        with self.work() as session:
            return session.scalars(select(Intake).where(Intake.contact_id == contact_id)).one()

    def facts(self, contact_id: UUID, kind: str | None = None) -> list[StoredFact]:
        """What was reported about her, in its order."""
        with self.work() as session:
            wanted = select(StoredFact).where(StoredFact.contact_id == contact_id).order_by(StoredFact.number)
            if kind is not None:
                wanted = wanted.where(StoredFact.kind == kind)
            return list(session.scalars(wanted))


@pytest.fixture
def desk(line: Line, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A line with its people."""
    monkeypatch.setattr("staff.service.accounts.hash_password", lambda _password: _HASH)
    return Desk(line)
