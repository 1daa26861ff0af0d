"""Who was thought of for a caller, written down with each round of offers in which it changed.

It costs one read, which is the same for everybody who waits on a line (:func:`core.sweeping.shared`), and one row that
leaves with the commit. Texts have none: they wait for hours, and their offers tell who was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, any_, bindparam, case, func, or_, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from core.database import table_of
from core.statements import Read, Write
from core.sweeping import shared
from routing.models import Considered, DeskLine, Presence, Queued, Shift, WrapUp
from routing.people import alive, has_line, runs_now
from routing.reasons import Known, Round, reasons
from staff import queries as staff_queries
from staff.queries import answering_centres

#: A screen that took contacts and fell silent longer ago than this belongs to no shift any more.
_FORGOTTEN_S: Final = 15 * 60

_QUEUE, _CONSIDERED = table_of(Queued), table_of(Considered)


def _those_on() -> Read:
    """Everybody with a shift on a line now, and everybody of its centres with a screen or with the line by telephone.

    With each what decides for her.
    """
    duty = (
        select(Shift.account_id, func.array_agg(Shift.role.distinct()).label("roles"))
        .where(Shift.line_id == bindparam("of_line", type_=Uuid()), runs_now())
        .group_by(Shift.account_id)
        .subquery("duty")
    )
    recent = Presence.ready & (Presence.last_heartbeat_at > after(-_FORGOTTEN_S))
    centres = bindparam("centres", type_=ARRAY(Uuid()))
    here = select(Presence.account_id).where(Presence.centre_id == any_(centres), or_(alive(), recent))
    lines = select(DeskLine.account_id).where(DeskLine.centre_id == any_(centres), DeskLine.ended_at.is_(None))
    those = union(select(duty.c.account_id), here, lines).subquery("those")
    people = staff_queries.routing_columns().subquery("people")

    load = (
        select(
            _QUEUE.c.taken_by,
            func.count(case((_QUEUE.c.channel == "voice", 1))).label("talking"),
            func.count(case((_QUEUE.c.channel == "sms", 1))).label("texts"),
        )
        .where(_QUEUE.c.state == text("'taken'"))
        .group_by(_QUEUE.c.taken_by)
        .subquery("load")
    )
    pause = (WrapUp.account_id == those.c.account_id, WrapUp.ended_at.is_(None), WrapUp.until > koza_now())
    screen = case(
        (alive() & Presence.ready | has_line(those.c.account_id), "ready"),
        (alive(), "break"),
        (recent, "gone"),
        else_="none",
    )
    return Read(
        select(
            those.c.account_id,
            people.c.languages,
            people.c.gender,
            screen.label("screen"),
            duty.c.roles,
            func.coalesce(load.c.talking, 0).label("talking"),
            func.coalesce(load.c.texts, 0).label("texts"),
            select(WrapUp.id).where(*pause).exists().label("resting"),
        )
        .join(people, people.c.account_id == those.c.account_id)
        .outerjoin(duty, duty.c.account_id == those.c.account_id)
        .outerjoin(load, load.c.taken_by == those.c.account_id)
        .outerjoin(Presence, Presence.account_id == those.c.account_id)
        .order_by(those.c.account_id)
    )


_THOSE_ON = _those_on()


def _writing() -> Write:
    """One row, unless the last of the contact says the same of the same round."""
    last = (
        select(_CONSIDERED.c.people, _CONSIDERED.c.round)
        .where(_CONSIDERED.c.contact_id == bindparam("of_contact", type_=Uuid()))
        .order_by(_CONSIDERED.c.number.desc())
        .limit(1)
        .subquery("last")
    )
    people, round_ = bindparam("people", type_=JSONB()), bindparam("in_round", type_=Integer())
    same = select(last.c.round).where(last.c.people == people, last.c.round == round_).exists()
    source = select(bindparam("of_contact", type_=Uuid()), round_, bindparam("in_wave", type_=Integer()), people).where(
        ~same
    )
    columns = ["contact_id", "round", "wave", "people"]
    return Write(insert(_CONSIDERED).from_select(columns, source, include_defaults=False))


_WRITE_DOWN = _writing()


def note_considered(session: Session, row: Any, this: Round) -> None:
    """Write down of everybody whom the router may think of why she was asked for this caller, or was not."""
    if row.channel != "voice":
        return
    line_id: UUID = row.line_id
    known = shared(session, ("known", line_id), partial(_known, session, line_id))
    values = {"of_contact": row.contact_id, "in_round": row.round, "in_wave": this.wave}
    _WRITE_DOWN(session, values | {"people": reasons(known, this)})


def _known(session: Session, line_id: UUID) -> Sequence[Known]:
    rows = _THOSE_ON.all(session, {"of_line": line_id, "centres": answering_centres(session, line_id)})
    return [
        Known(
            account_id=row.account_id,
            languages=frozenset(row.languages),
            gender=row.gender,
            screen=row.screen,
            roles=frozenset(row.roles or ()),
            talking=row.talking,
            texts=row.texts,
            resting=row.resting,
        )
        for row in rows
    ]


__all__ = ["note_considered"]
