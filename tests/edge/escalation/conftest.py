"""A centre at work: an operator, two on-call members, a lead, a director, and the people who reach its line."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.actor import Actor, staff_actor, system
from core.clock import now, shift
from core.database import Ground
from core.facts import Fact, report
from core.ids import new_id
from core.sweeping import sweep
from core.unit_of_work import run, unit_of_work
from escalation.paging import rules, service
from escalation.paging.models import Notification, Page
from hotline.events import CallArrived, TextArrived
from hotline.models import Contact, Leg, Message, Send
from routing.service import add_shift
from staff import service as staff_service
from staff.models import ContactPoint
from staff.scope import Scope
from tests.support.house import forget
from tests.support.line import fresh_number, fresh_sid, line_number
from tests.support.planted import ADDRESS, NAME, SENTENCE

T = TypeVar("T")
ACTOR = system("tests")
PASSWORD = "Mavi fincan 42 kuşku dağı"
#: Argon2id of PASSWORD with today's costs.
KNOWN_HASH = "$argon2id$v=19$m=65536,t=3,p=1$aXXR7XcdtzHloVX6vv1i9w$FIKcQNJaJRd3k0+Q/SR6xavHjSCeU2j6nkXpMYeLzRk"
PIN = "805317"
#: Rows that one sweep does at most.
SWEPT = 200
#: Those whom a page may reach are there from the start, the others come when a test speaks of them.
ROLES = {
    "operator": "operator",
    "oncall1": "oncall",
    "oncall2": "oncall",
    "lead": "shift_lead",
    "director": "director",
    "worker": "social_worker",
    "lawyer": "legal",
    "liaison": "police_liaison",
    "perp": "perpetrator_worker",
}


@dataclass(frozen=True)
class Member:
    """A member of staff with two telephones."""

    id: UUID
    #: None for who administers the whole house.
    centre_id: UUID | None
    mobile: str
    landline: str

    @property
    def actor(self) -> Actor:
        """She acts."""
        return staff_actor(self.id, self.centre_id)


@dataclass
class House:
    """A centre with its line and people; every act is a transaction of its own, as in the running house."""

    ground: Ground
    centre_id: UUID
    line_id: UUID
    people: dict[str, Member] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Member:
        if name not in self.people:
            self.people[name] = self.do(lambda session: _employ(session, self.centre_id, ROLES[name]))
        return self.people[name]

    def do(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in one transaction."""
        return run(self.ground, work)

    def scope(self, name: str) -> Scope:
        """What somebody may read."""
        return self.do(lambda session: Scope.of(session, self[name].id))

    def contact(self, channel: str = "voice", *, level: int = 2, language: str | None = "ku") -> UUID:
        """Somebody reaches the line."""

        def arrive(session: Session) -> UUID:
            contact = Contact(
                id=new_id(),
                centre_id=self.centre_id,
                line_id=self.line_id,
                channel=channel,
                carrier_sid=fresh_sid("CA" if channel == "voice" else "SM"),
                language=language,
                state="ringing" if channel == "voice" else "waiting_staff",
                address_kind="number",
                received_at=now(session),
                danger=level == 1,
                repeat=0,
            )
            contact.address = fresh_number()
            session.add(contact)
            session.flush()
            self._arrived(session, contact)
            return contact.id

        return self.do(arrive)

    def _arrived(self, session: Session, contact: Contact) -> None:
        if contact.channel == "voice":
            report(session, CallArrived(contact.id, self.centre_id, self.line_id, late=False))
            return
        message = Message(
            id=new_id(),
            data_key_id=contact.data_key_id,
            contact_id=contact.id,
            direction="in",
            carrier_sid=contact.carrier_sid,
            state="received",
        )
        message.body = SENTENCE
        session.add(message)
        session.flush()
        report(session, TextArrived(contact.id, self.centre_id, self.line_id, message.id, first=True, late=False))

    def happens(self, fact: Fact) -> None:
        """A lower room reports a fact."""
        self.do(lambda session: report(session, fact))

    def request(self, contact_id: UUID, reason: str = "call_unanswered", by: str | None = None) -> UUID:
        """A page about a contact; returns its id."""
        actor = self[by].actor if by else ACTOR
        words = f"{NAME}, {ADDRESS}: {SENTENCE}" if reason == "operator_request" else None
        return self.do(
            lambda session: service.request_for_contact(session, actor, contact_id, reason, request_reason=words),
        ).page_id

    def page(self, page_id: UUID) -> Page:
        """A page as it stands."""
        return self.do(lambda session: session.get_one(Page, page_id))

    def notified(self, page_id: UUID) -> list[Notification]:
        """What was planned for a page, in order."""
        query = select(Notification).where(Notification.page_id == page_id)
        query = query.order_by(Notification.created_at, Notification.id)
        return self.do(lambda session: list(session.scalars(query)))

    def sends(self, page_id: UUID, kind: str = "page") -> list[Send]:
        """The sends of a page, in order."""
        query = select(Send).where(Send.owner_kind == kind, Send.owner_ref == str(page_id)).order_by(Send.created_at)

        def read(session: Session) -> list[Send]:
            found = list(session.scalars(query))
            for send in found:
                assert send.body is not None or send.medium != "sms"
                assert send.address
            return found

        return self.do(read)

    def leg(self, page_id: UUID, name: str) -> Leg:
        """The last telephone that was rung for somebody about a page."""
        query = select(Leg).where(Leg.ref == str(page_id), Leg.account_id == self[name].id)
        query = query.order_by(Leg.created_at.desc())
        return self.do(lambda session: session.scalars(query).first() or pytest.fail("her telephone did not ring"))

    def sweep(self, seconds: float = 0) -> None:
        """Let seconds pass and do what fell due."""
        with unit_of_work(self.ground) as session:
            shift(session, timedelta(seconds=seconds))
        # What other tests of this database left due comes first, and may be more than one sweep takes.
        while sweep(self.ground) == SWEPT:
            pass

    def at(self, hour: int, minute: int = 0) -> None:
        """Move the clock forward to a local time of day."""

        def until(session: Session) -> timedelta:
            local = now(session).astimezone(rules.ZONE)
            wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return (wanted if wanted > local else wanted + timedelta(days=1)) - local

        wait = self.do(until)
        with unit_of_work(self.ground) as session:
            shift(session, wait)
        self.on_duty()

    def on_duty(self, *names: str) -> None:
        """Put the on-call members on duty around this moment."""
        for name in names or ("oncall1", "oncall2"):
            self.do(lambda session, name=name: _shift(session, self, name))

    def moment(self) -> datetime:
        """The house's time."""
        return self.do(now)


def _shift(session: Session, house: House, name: str) -> None:
    start = now(session) - timedelta(minutes=1)
    with session.begin_nested() as savepoint:
        try:
            add_shift(
                session,
                ACTOR,
                account_id=house[name].id,
                centre_id=house.centre_id,
                line_id=house.line_id,
                role="oncall",
                start=start,
                end=start + timedelta(hours=20),
            )
        except Exception as error:
            if getattr(error, "reason", "") != "overlap":
                raise
            savepoint.rollback()


def _employ(session: Session, centre_id: UUID | None, *roles: str, locale: Any = "tr") -> Member:
    account = staff_service.create_account(
        session,
        ACTOR,
        name=f"p{secrets.token_hex(6)}@test",
        display_name="Elif Deneme",
        password=PASSWORD,
        roles=roles,
        centre_id=centre_id,
        locale=locale,
    )
    member = Member(account.id, centre_id, fresh_number(), fresh_number())
    for medium, number in (("sms", member.mobile), ("voice", member.mobile), ("voice", member.landline)):
        staff_service.add_contact_point(session, ACTOR, member.id, medium, number)
    session.execute(update(ContactPoint).where(ContactPoint.account_id == member.id).values(state="verified"))
    staff_service.set_pin(session, ACTOR, member.id, PIN)
    return member


@pytest.fixture
def house(ground: Ground, monkeypatch: pytest.MonkeyPatch, hand: Any) -> Iterator[House]:
    """A fresh centre in Ankara; it is noon."""
    monkeypatch.setattr("staff.service.accounts.hash_password", lambda _: KNOWN_HASH)

    def found(session: Session) -> House:
        centre_id = staff_service.create_centre(
            session,
            ACTOR,
            slug=f"c{secrets.token_hex(6)}",
            name="Merkez",
            province_code="06",
        )
        line_id = staff_service.add_line(session, ACTOR, number=line_number(), centre_id=centre_id, name="Hat")
        house = House(ground, centre_id, line_id)
        for name in ("oncall1", "oncall2", "lead", "director"):
            house.people[name] = _employ(session, centre_id, ROLES[name], locale="en" if name == "oncall2" else "tr")
        return house

    with unit_of_work(ground) as session:
        house = found(session)
    house.at(12)
    yield house
    # What would fall due or leave later belongs to this test: the next one's clock must not find it.
    forget(ground)
