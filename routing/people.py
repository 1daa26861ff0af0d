"""Who could be asked for a contact, as the rules want to know it: one query for screens, one for telephones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, Subquery, and_, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.clock import after, koza_now
from hotline.queries import people_calling
from routing.ladder import ladder
from routing.models import DeskLine, Presence, Queued, Shift, Softphone, WrapUp
from routing.rules import ALL, Operator, Waiting, rested, speaks_hers
from routing.wrap_up import wrap_up_policy
from staff import queries as staff_queries
from staff.queries import answering_centres
from staff.scope import Scope

#: Everybody on this list of a contact point query is asked by the system, for an offer.
_OFFER = Scope.system("routing.offer")


#: Without a heartbeat for so long the tab of a browser telephone is gone. It beats every five seconds.
SOFTPHONE_LEASE_S: Final = 20

#: Gets the name of a list of people and how it is read.
ReadOnce = Callable[[tuple[str, UUID], Callable[[], list[Operator]]], list[Operator]]


def read_anew(_name: tuple[str, UUID], read: Callable[[], list[Operator]]) -> list[Operator]:
    """Read it, whoever may have read it just before."""
    return read()


def alive() -> ColumnElement[bool]:
    """Whether a presence's screen has shown itself within the lease."""
    return Presence.last_heartbeat_at > after(-ladder().lease_seconds)


def runs_now() -> ColumnElement[bool]:
    """Whether a shift runs now."""
    return Shift.during.contains(koza_now())


def on_duty_now(line_id: UUID) -> ColumnElement[bool]:
    """Whether a shift is for this line and runs now."""
    return (Shift.line_id == line_id) & runs_now()


def operators_for(
    session: Session,
    line_id: UUID,
    waiting: Waiting,
    barred: Collection[UUID],
    *,
    wave: int,
    on_call_roles: Collection[str],
    on_call: bool = False,
    read_once: ReadOnce = read_anew,
) -> list[Operator]:
    """The people who could be asked for ``waiting``, without those who are ``barred`` from it.

    From the ``wave`` on that asks everybody, they are also the people on duty by the rota whose screen is not there and
    who have a usable telephone, and those on call for a caller with whom nobody of all these could speak, or with
    ``on_call`` for whoever calls.
    ``read_once``: the one way to the lists of people, which are the same for everybody who waits on a line; what
    concerns one is left out after.
    """
    found = [
        one
        for one in read_once(("present", line_id), partial(_present, session, line_id))
        if one.account_id not in barred
    ]
    if wave >= ALL and waiting.channel == "voice":
        duty = partial(_by_telephone, session, line_id, ladder().phone_roles)
        found += _others(read_once(("on duty", line_id), duty), found, barred)
        understood = any(speaks_hers(one, waiting) and one.talking == 0 for one in found)
        if on_call or (found and not understood):
            at_home = partial(_by_telephone, session, line_id, on_call_roles, on_call=True)
            found += _others(read_once(("on call", line_id), at_home), found, barred)
    return rested(found, waiting, wave)


def _others(people: Iterable[Operator], known: Iterable[Operator], barred: Collection[UUID]) -> list[Operator]:
    left_out = {one.account_id for one in known} | set(barred)
    return [one for one in people if one.account_id not in left_out]


def has_line(account_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether this person has the line by telephone."""
    return select(DeskLine.id).where(DeskLine.account_id == account_id, DeskLine.ended_at.is_(None)).exists()


def _there() -> Subquery:
    """Whoever takes contacts now, at her screen or on the telephone from which she called in."""
    tab_away = select(Softphone.account_id).where(Softphone.account_id == Presence.account_id, ~in_reach()).exists()
    screens = select(Presence.account_id, Presence.ready_since, literal(value=False).label("by_phone")).where(
        Presence.ready, alive(), ~tab_away, ~has_line(Presence.account_id.expression)
    )
    lines = select(DeskLine.account_id, DeskLine.began_at, literal(value=True)).where(DeskLine.ended_at.is_(None))
    return union_all(screens, lines).subquery("there")


def _present(session: Session, line_id: UUID) -> list[Operator]:
    there, people = _there(), staff_queries.routing_columns().subquery("people")
    load = (
        select(
            Queued.taken_by,
            func.count(case((Queued.channel == "voice", 1))).label("talking"),
            func.count(case((Queued.channel != "voice", 1))).label("texts"),
        )
        .where(Queued.state == "taken")
        .group_by(Queued.taken_by)
        .subquery("load")
    )
    calling = _calls(there.c.account_id)
    duty = select(Shift.id).where(Shift.account_id == there.c.account_id, on_duty_now(line_id)).exists()
    open_pause = (WrapUp.account_id == there.c.account_id, WrapUp.ended_at.is_(None), WrapUp.until > koza_now())
    resting = select(WrapUp.id).where(*open_pause).exists()
    policy = wrap_up_policy()
    lately = (WrapUp.account_id == there.c.account_id, WrapUp.began_at > after(-policy.within_hours * 3600))
    had = select(func.coalesce(func.sum(WrapUp.contacts), 0)).where(*lately).scalar_subquery()
    rows = session.execute(
        select(
            there.c.account_id,
            there.c.ready_since,
            there.c.by_phone,
            people.c.languages,
            people.c.gender,
            duty.label("duty"),
            load.c.talking,
            calling.label("calling"),
            load.c.texts,
            resting.label("resting"),
            (had >= policy.danger_contacts).label("worn"),
        )
        .join(people, people.c.account_id == there.c.account_id)
        .outerjoin(load, load.c.taken_by == there.c.account_id)
        .where(people.c.centre_id.in_(answering_centres(session, line_id))),
    )
    return [
        Operator(
            account_id=row.account_id,
            languages=frozenset(row.languages),
            gender=row.gender,
            by_phone=row.by_phone,
            has_phone=row.by_phone,
            on_duty=row.duty,
            talking=(row.talking or 0) + row.calling,
            texts=row.texts or 0,
            ready_since=row.ready_since,
            resting=row.resting,
            worn=row.worn,
        )
        for row in rows
    ]


def _calls(account_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether this person calls somebody back and is not answered yet: her telephone is not free."""
    calling = people_calling().subquery("calling")
    return select(calling.c.account_id).where(calling.c.account_id == account_id).exists()


def _by_telephone(session: Session, line_id: UUID, roles: Collection[str], *, on_call: bool = False) -> list[Operator]:
    """The people who serve the line now in one of these roles and can be asked at no screen, with their telephones."""
    people = staff_queries.routing_columns().subquery("people")
    # Who is on duty and said at her screen that she takes nobody now is not rung. Who is on call has said nothing by
    # that: her telephone is how she is reached, whatever page is open at home.
    there = alive() & Presence.ready if on_call else alive()
    at_screen = select(Presence.account_id).where(Presence.account_id == Shift.account_id, there).exists()
    talking = (
        select(func.count())
        .where(Queued.taken_by == Shift.account_id, Queued.state == "taken", Queued.channel == "voice")
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Shift.account_id,
            people.c.languages,
            people.c.gender,
            (talking + cast(_calls(Shift.account_id.expression), Integer)).label("talking"),
        )
        .distinct()
        .join(people, people.c.account_id == Shift.account_id)
        .where(
            on_duty_now(line_id),
            Shift.role.in_(roles),
            ~at_screen,
        ),
    ).all()
    phones = telephones(session, [row.account_id for row in rows])
    out_of_reach = staff_queries.out_of_reach(session, phones)
    if not out_of_reach.issuperset(phones):
        # Somebody else has a telephone that answers; where nobody has, a silent one is better than none.
        phones = {account: phone for account, phone in phones.items() if account not in out_of_reach}
    return [
        Operator(
            account_id=row.account_id,
            languages=frozenset(row.languages),
            gender=row.gender,
            present=False,
            on_duty=not on_call,
            on_call=on_call,
            has_phone=row.account_id in phones,
            talking=row.talking,
        )
        for row in rows
    ]


def telephones(session: Session, account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Where each account is rung that can be: for a leg, never for a screen.

    That is where she has the line by telephone, else the best proven telephone that she has.
    """
    lines = select(DeskLine).where(DeskLine.account_id.in_(list(account_ids)), DeskLine.ended_at.is_(None))
    best = {line.account_id: line.address for line in session.scalars(lines) if line.address}
    points = staff_queries.contact_points_of(session, _OFFER, list(account_ids), purpose="offer", medium="voice")
    for point in points:
        best.setdefault(point.account_id, point.address)
    return best


def own_telephones(session: Session, account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Where people at their screens are rung: in the browser that they chose, else as :func:`telephones`.

    Who chose a browser whose tab is gone is left out: her telephone may ring in an empty room.
    """
    chosen = session.execute(
        select(Softphone.account_id, Softphone.identity, in_reach().label("in_reach")).where(
            Softphone.account_id.in_(list(account_ids))
        )
    ).all()
    tabs = {row.account_id: row for row in chosen}
    found = telephones(session, [account for account in account_ids if account not in tabs])
    return found | {account: f"client:{tab.identity}" for account, tab in tabs.items() if tab.in_reach}


def in_reach() -> ColumnElement[bool]:
    """Whether a browser telephone can be rung at this moment."""
    return and_(Softphone.registered, Softphone.last_heartbeat_at > after(-SOFTPHONE_LEASE_S))


def out_of_reach(session: Session, account_id: UUID) -> bool:
    """Whether she chose a browser as her telephone and its tab cannot be rung."""
    known = session.execute(select(in_reach()).where(Softphone.account_id == account_id)).scalar()
    return known is False


def duty_telephones(session: Session) -> dict[str, tuple[str, ...]]:
    """For every line, the telephones of the people on duty on it now, those at work before those at home."""
    order = case({"operator": 0, "shift_lead": 1, "oncall": 2}, value=Shift.role, else_=3)
    rows = session.execute(
        select(Shift.line_id, Shift.account_id, order.label("rank"))
        .where(runs_now())
        .order_by("rank", Shift.account_id),
    ).all()
    phones = telephones(session, list(dict.fromkeys(row.account_id for row in rows)))
    roster = {}
    for line in staff_queries.lines(session):
        on_it = [phones[row.account_id] for row in rows if row.line_id == line.id and row.account_id in phones]
        roster[line.number] = tuple(dict.fromkeys(on_it))
    return roster
