"""The staff of a run: who is on duty, whose screen lives, and what they do at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now as database_now
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.models import Contact
from hotline.service.holding import NotACallError
from routing import service as routing
from routing.models import Queued
from staff.errors import ScopeError
from tests.support.walks.draw import Doing, Member
from tests.support.walks.played import Played
from tests.support.world import Person, World

#: A screen that dies has told of itself for the last time then.
DIES_S = 20.0
_REFUSALS = (
    routing.BusyError,
    routing.NoTelephoneError,
    NotACallError,
    ScopeError,
    hotline.NotInTheRoomError,
    hotline.NotTogetherError,
)


@dataclass
class Screen:
    """One of the staff before her screen, or not."""

    world: World
    #: Whether nothing can be read or done, because the database is away.
    away: Callable[[], bool]
    played: Played
    member: Member
    person: Person
    state: str = field(init=False)

    def __post_init__(self) -> None:
        self.state = {"ready": "ready", "dies": "ready", "break": "break", "away": "gone"}[self.member.presence]

    def beat(self) -> None:
        """Her screen lives, and says whether she takes contacts."""
        world = self.world
        dead = self.member.presence == "dies" and world.carrier.now > self.played.began + DIES_S
        if self.state == "gone" or dead or self.away():
            return
        ready, who = self.state == "ready", self.person
        world.do(lambda s: routing.heartbeat(s, who.actor, who.account_id, who.centre_id, ready=ready))

    def do(self, doing: Doing) -> None:
        """She does something; a house without a database shows her that it cannot."""
        if self.away():
            return
        if doing == "hang up":
            for call in list(self.world.exchange.calls.values()):
                if call.to == self.person.phone and call.answered_at is not None:
                    call.hang_up()
            return
        if doing in ("break", "back", "sign off"):
            self.state = {"break": "break", "back": "ready", "sign off": "gone"}[doing]
            if doing == "sign off":
                self.world.do(lambda session: routing.sign_off(session, self.person.account_id))
            self.beat()
            return
        with suppress(*_REFUSALS):
            self._for_her(doing)

    def _for_her(self, doing: Doing) -> None:
        contact_id = self._first_waiting() if doing in ("take", "decline") else self._mine()
        if contact_id is None:
            return
        who = self.person
        acts: Mapping[str, Callable[[Session], Any]] = {
            "take": lambda s: routing.accept(s, who.actor, contact_id, who.account_id),
            "decline": lambda s: routing.decline(s, who.actor, contact_id, who.account_id),
            "end": lambda s: hotline.hang_up(s, who.actor, contact_id),
            "silent": lambda s: hotline.mark_silent(s, who.actor, contact_id),
            "voice": lambda s: hotline.set_voice(s, who.actor, contact_id, who.account_id, muted=False),
            "ask": lambda s: hotline.ask_by_key(s, who.actor, contact_id, "hurt"),
            "close": lambda s: hotline.close(s, who.actor, contact_id),
        }
        self.world.do(acts[doing])

    def _sids(self) -> list[str]:
        return [call.sid for _, call in self.played.calls]

    def _first_waiting(self) -> UUID | None:
        waits = (
            select(Queued.contact_id)
            .join(Contact, Contact.id == Queued.contact_id)
            .where(Queued.state.in_(("waiting", "offered")), Contact.carrier_sid.in_(self._sids()))
            .order_by(Queued.level, Queued.since)
        )
        with unit_of_work(self.world.ground) as session:
            return session.scalars(waits).first()

    def _mine(self) -> UUID | None:
        mine = select(Contact.id).where(
            Contact.owner_id == self.person.account_id,
            Contact.carrier_sid.in_(self._sids()),
            Contact.ended_at.is_(None),
        )
        with unit_of_work(self.world.ground) as session:
            return session.scalars(mine).first()


def on_duty(session: Session, world: World, people: Iterable[tuple[Member, Person]]) -> None:
    moment = database_now(session)
    for member, person in people:
        if member.duty is not None:
            routing.add_shift(
                session,
                person.actor,
                account_id=person.account_id,
                centre_id=world.line.centre_id,
                line_id=world.line.line_id,
                role=member.duty,
                start=moment - timedelta(hours=1),
                end=moment + timedelta(hours=12),
            )


__all__ = ["Screen", "on_duty"]
