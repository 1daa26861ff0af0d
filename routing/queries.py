"""Reads of the routing: the queue, who is asked, who is on duty, who is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.clock import after, koza_now
from core.statements import among
from routing.models import DeskLine, Offer, Presence, Queued, Shift, Softphone, WrapUp
from routing.people import alive, has_line, in_reach
from routing.rules import ALL
from staff import queries as staff_queries
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A contact's place as the board and the feed draw it. ``offered_to``: the accounts that are asked now."""

    contact_id: UUID
    state: str
    level: int
    since: datetime
    wave: int
    returned: bool
    taken_by: UUID | None
    offered_to: tuple[UUID, ...]
    until: datetime | None

    @property
    def asks_all(self) -> bool:
        """Whether everybody at work is asked for it, so that it comes next to whoever becomes free."""
        return self.state in ("waiting", "offered") and self.wave >= ALL


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A contact that this person is asked to take."""

    offer_id: UUID
    contact_id: UUID
    medium: str
    wave: int
    until: datetime


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One person's duty."""

    id: UUID
    account_id: UUID
    centre_id: UUID
    line_id: UUID
    role: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DutyRow:
    """How many people serve a line in a role between two moments; ``ready`` of them take contacts now.

    ``by_phone``: who of them has no screen and took the line on a telephone.
    """

    centre_id: UUID
    centre: str
    line_id: UUID
    line: str
    role: str
    count: int
    ready: int
    start: datetime
    end: datetime
    account_ids: tuple[UUID, ...]
    by_phone: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """Whether somebody is there and takes contacts."""

    account_id: UUID
    centre_id: UUID
    ready: bool
    alive: bool
    ready_since: datetime | None
    last_heartbeat_at: datetime
    calls: int
    texts: int


@dataclass(frozen=True, slots=True)
class WrapUpRow:
    """Time that somebody has for herself after this contact."""

    contact_id: UUID
    not_before: datetime
    until: datetime


def wrap_up_of(session: Session, account_id: UUID) -> WrapUpRow | None:
    """The pause of this member of staff that goes on now, for herself alone."""
    row = session.execute(
        select(WrapUp.contact_id, WrapUp.not_before, WrapUp.until).where(
            WrapUp.account_id == account_id, WrapUp.ended_at.is_(None), WrapUp.until > koza_now()
        )
    ).one_or_none()
    return None if row is None else WrapUpRow(*row)


def paused_after(session: Session, contact_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Who had a pause after each of these contacts, for the shift lead whom she asked for a talk."""
    rows = session.execute(
        select(WrapUp.contact_id, WrapUp.account_id)
        .where(WrapUp.contact_id.in_(list(contact_ids)))
        .order_by(WrapUp.began_at),
    )
    return {row.contact_id: row.account_id for row in rows}


def queue(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The contacts in the router's hands that this reader may see, in the order in which they are answered."""
    return (
        select(
            Queued.contact_id,
            Queued.centre_id,
            Queued.line_id,
            Queued.channel,
            Queued.level,
            Queued.language,
            Queued.wants_woman,
            Queued.returned,
            Queued.repeat,
            Queued.since,
            Queued.state,
            Queued.wave,
            Queued.taken_by,
            Queued.taken_at,
        )
        .where(
            Queued.state != "left",
            scope.where("contact", centre=Queued.centre_id.expression, subject_id=Queued.contact_id.expression),
        )
        .order_by(Queued.level, Queued.returned.desc(), Queued.repeat == 0, Queued.since, Queued.contact_id)
    )


def queue_rows(session: Session, contact_ids: Sequence[UUID]) -> dict[UUID, QueueRow]:
    """What the board draws of these contacts. Unscoped and neutral: the caller has scoped the contacts."""
    asked = (
        select(
            Offer.contact_id,
            func.array_agg(Offer.account_id.distinct()).label("accounts"),
            func.max(Offer.until).label("until"),
        )
        .where(among(Offer.contact_id, contact_ids), Offer.state == "open")
        .group_by(Offer.contact_id)
        .subquery("asked")
    )
    rows = session.execute(
        select(
            Queued.contact_id,
            Queued.state,
            Queued.level,
            Queued.since,
            Queued.wave,
            Queued.returned,
            Queued.taken_by,
            asked.c.accounts,
            asked.c.until,
        )
        .outerjoin(asked, asked.c.contact_id == Queued.contact_id)
        .where(among(Queued.contact_id, contact_ids)),
    )
    return {
        row.contact_id: QueueRow(
            contact_id=row.contact_id,
            state=row.state,
            level=row.level,
            since=row.since,
            wave=row.wave,
            returned=row.returned,
            taken_by=row.taken_by,
            offered_to=tuple(row.accounts or ()),
            until=row.until,
        )
        for row in rows
    }


def offers_for(session: Session, account_id: UUID) -> list[OfferRow]:
    """What this person is asked to take now, the most urgent first."""
    rows = session.execute(
        select(Offer.id, Offer.contact_id, Offer.medium, Offer.wave, Offer.until)
        .join(Queued, Queued.contact_id == Offer.contact_id)
        .where(Offer.account_id == account_id, Offer.state == "open")
        .order_by(Queued.level, Queued.returned.desc(), Queued.repeat == 0, Queued.since),
    )
    return [OfferRow(row.id, row.contact_id, row.medium, row.wave, row.until) for row in rows]


def held_by(session: Session, account_id: UUID) -> list[UUID]:
    """The contacts that this person has, oldest first: the tabs of her workspace."""
    return list(
        session.scalars(
            select(Queued.contact_id)
            .where(Queued.taken_by == account_id, Queued.state == "taken")
            .order_by(Queued.taken_at),
        ),
    )


def on_duty(
    session: Session,
    centre_id: UUID | None = None,
    line_id: UUID | None = None,
    *,
    at: datetime | None = None,
    role: str | None = None,
) -> list[ShiftRow]:
    """The shifts that run now (or at ``at``), of one centre, line or role where given; by start. Unscoped."""
    moment = koza_now() if at is None else at
    wanted = select(Shift).where(Shift.during.contains(moment))
    for column, value in ((Shift.centre_id, centre_id), (Shift.line_id, line_id), (Shift.role, role)):
        if value is not None:
            wanted = wanted.where(column == value)
    return [_shift_row(shift) for shift in session.scalars(wanted.order_by(func.lower(Shift.during), Shift.id))]


def shifts(session: Session, scope: Scope, *, since: datetime, until: datetime) -> list[ShiftRow]:
    """The rota of the reader's centre between two moments."""
    overlapping = func.tstzrange(since, until)
    wanted = select(Shift).where(Shift.during.op("&&")(overlapping), _seen(scope))
    return [_shift_row(shift) for shift in session.scalars(wanted.order_by(func.lower(Shift.during), Shift.id))]


def next_duty(session: Session, account_id: UUID, moment: datetime) -> datetime | None:
    """When somebody is on duty next; ``moment`` itself while she is, ``None`` where no duty of hers is written."""
    start = func.lower(Shift.during)
    found = session.scalar(
        select(func.min(start)).where(Shift.account_id == account_id, func.upper(Shift.during) > moment)
    )
    return None if found is None else max(found, moment)


def shift_centre(session: Session, shift_id: UUID) -> UUID | None:
    """The centre of a shift, for the check of who may change it."""
    return session.execute(select(Shift.centre_id).where(Shift.id == shift_id)).scalar()


def _seen(scope: Scope) -> Any:
    return scope.where("shift", centre=Shift.centre_id.expression, subject_id=Shift.id.expression)


def _shift_row(shift: Shift) -> ShiftRow:
    start, end = shift.during.lower, shift.during.upper
    if start is None or end is None:
        raise ValueError("a shift without bounds")
    return ShiftRow(shift.id, shift.account_id, shift.centre_id, shift.line_id, shift.role, start, end)


def duty(session: Session, scope: Scope, *, at: datetime | None = None) -> list[DutyRow]:
    """Who serves which line in which role now (or at ``at``), people with the same hours together."""
    moment = koza_now() if at is None else at
    screen = select(Presence.account_id).where(Presence.account_id == Shift.account_id, Presence.ready, alive())
    by_phone = has_line(Shift.account_id.expression)
    rows = session.execute(
        select(
            Shift.centre_id,
            Shift.line_id,
            Shift.role,
            func.min(func.lower(Shift.during)).label("start"),
            func.min(func.upper(Shift.during)).label("end"),
            func.count().label("people"),
            func.count().filter(screen.exists() | by_phone).label("ready"),
            func.array_agg(Shift.account_id).label("accounts"),
            func.array_agg(Shift.account_id).filter(by_phone).label("by_phone"),
        )
        .where(Shift.during.contains(moment), _seen(scope))
        .group_by(Shift.centre_id, Shift.line_id, Shift.role, Shift.during)
        .order_by(Shift.centre_id, Shift.line_id, Shift.role),
    ).all()
    centres = {row.id: row.slug for row in staff_queries.centres(session, {row.centre_id for row in rows})}
    lines = {line.id: line.name for line in staff_queries.lines(session)}
    return [
        DutyRow(
            row.centre_id,
            centres.get(row.centre_id, ""),
            row.line_id,
            lines.get(row.line_id, ""),
            row.role,
            row.people,
            row.ready,
            row.start,
            row.end,
            tuple(row.accounts),
            frozenset(row.by_phone or ()),
        )
        for row in rows
    ]


def presences(session: Session, centre_ids: Sequence[UUID]) -> list[PresenceRow]:
    """The people of these centres who have shown themselves today, those who take contacts first."""

    def held(channel: str) -> Any:
        return (
            select(func.count())
            .where(Queued.taken_by == Presence.account_id, Queued.state == "taken", Queued.channel == channel)
            .scalar_subquery()
        )

    here = and_(Presence.ready, alive())
    rows = session.execute(
        select(Presence, alive().label("alive"), held("voice").label("calls"), held("sms").label("texts"))
        .where(Presence.centre_id.in_(centre_ids), or_(alive(), Presence.ready))
        .order_by(here.desc(), Presence.account_id),
    )
    return [
        PresenceRow(
            row.Presence.account_id,
            row.Presence.centre_id,
            row.Presence.ready,
            row.alive,
            row.Presence.ready_since,
            row.Presence.last_heartbeat_at,
            row.calls,
            row.texts,
        )
        for row in rows
    ]


def is_ready(session: Session, account_id: UUID) -> bool:
    """Whether this person is at her screen and takes contacts."""
    return (
        session.execute(
            select(Presence.account_id).where(Presence.account_id == account_id, Presence.ready, alive()),
        ).first()
        is not None
    )


def browser_phone(session: Session, account_id: UUID) -> Literal["", "ready", "away"]:
    """Whether this person answers in a browser, and whether that can be rung now; empty: she answers at a telephone."""
    found = session.execute(select(in_reach()).where(Softphone.account_id == account_id)).scalar()
    return "" if found is None else "ready" if found else "away"


def lines_lost(session: Session, centre_ids: Collection[UUID], within_s: int) -> list[tuple[UUID, datetime]]:
    """Whose telephone did not answer while she had the line on it, and since when: until she takes contacts again."""
    later, back = aliased(DeskLine), (Presence.account_id == DeskLine.account_id, Presence.ready, alive())
    again = select(later.id).where(later.account_id == DeskLine.account_id, later.began_at > DeskLine.ended_at)
    rows = session.execute(
        select(DeskLine.account_id, DeskLine.ended_at)
        .where(
            DeskLine.centre_id.in_(list(centre_ids)),
            DeskLine.why == "unreachable",
            DeskLine.ended_at > after(-within_s),
            ~again.exists(),
            ~select(Presence.account_id).where(*back).exists(),
        )
        .order_by(DeskLine.ended_at)
    )
    return [(row.account_id, row.ended_at) for row in rows]


def answered_by_line() -> Select[*tuple[Any, ...]]:
    """(contact, account) of every caller who was taken where somebody had the line by telephone. Unscoped, to join."""
    taken = Offer.desk_line_id.is_not(None), Offer.state == "accepted"
    return select(Offer.contact_id, Offer.account_id).where(*taken).distinct()


def waiting(session: Session, scope: Scope) -> tuple[int, float]:
    """How many contacts that this reader may see wait for a person, and for how many seconds the first has."""
    count, seconds = session.execute(
        select(func.count(), func.extract("epoch", koza_now() - func.min(Queued.since))).where(
            Queued.state.in_(("waiting", "offered")),
            scope.where("contact", centre=Queued.centre_id.expression, subject_id=Queued.contact_id.expression),
        )
    ).one()
    return count, float(seconds or 0.0)
