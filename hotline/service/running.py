"""Her call as a status callback finds it: held, and moved on, without the mapper.

Whatever is known to be wanted is asked in one round trip, and what changes leaves with the commit: most callbacks
change one word, and when many hang up at once each of their ends is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.database import table_of
from core.facts import lanes_of, note_lanes
from core.statements import Read, Row, Write, read_together
from hotline.models import HERS, Call, Contact, Leg
from hotline.rules import ANSWERED, end_of_call
from hotline.service.calls import tell_over
from hotline.status_rules import State, advance_call, call_is_over
from staff import queries as staff_queries


class Running(NamedTuple):
    """What a status may change of her call, and what decides how it ends."""

    id: UUID
    centre_id: UUID
    line_id: UUID
    #: When her contact ended, and by whom: a person may have closed it while she was on the line.
    contact_ended_at: datetime | None
    ended_by: str | None
    stage: str
    status: str
    ended_at: datetime | None
    #: The moment of this transaction.
    moment: datetime


_CONTACTS, _CALLS, _LEGS = table_of(Contact), table_of(Call), table_of(Leg)
_OF_SID = _CALLS.c.carrier_sid == bindparam("of_sid")
_ID = select(_CALLS.c.id).where(_OF_SID).scalar_subquery()
#: Locked as by :func:`hotline.service.holding.held`.
_HOLD = Read(
    select(
        _CALLS.c.id,
        _CONTACTS.c.centre_id,
        _CONTACTS.c.line_id,
        _CONTACTS.c.ended_at.label("contact_ended_at"),
        _CONTACTS.c.ended_by,
        _CALLS.c.stage,
        _CALLS.c.status,
        _CALLS.c.ended_at,
        koza_now().label("moment"),
    )
    .join(_CONTACTS, _CONTACTS.c.id == _CALLS.c.id)
    .where(_OF_SID)
    .with_for_update(of=(_CONTACTS, _CALLS), key_share=True)
)
_ANY_LEG = Read(
    select(_LEGS.c.id)
    .where(_LEGS.c.contact_id == _ID, _LEGS.c.ended_at.is_(None), _LEGS.c.purpose != "page", _LEGS.c.purpose != HERS)
    .limit(1)
)
_LANES = lanes_of(_ID)
_HERS = _CALLS.c.id == bindparam("of_id")
_SET_STATUS = Write(update(_CALLS).where(_HERS).values(status=bindparam("to_status")))
_END_CALL = Write(
    update(_CALLS)
    .where(_HERS)
    .values(stage="over", ended_at=bindparam("at"), alone_since=None, status=bindparam("to_status"))
)
_END_CONTACT = Write(
    update(_CONTACTS)
    .where(_CONTACTS.c.id == bindparam("of_id"))
    .values(state=bindparam("how"), ended_by=bindparam("by"), ended_at=bindparam("at"))
)


def hold_running(session: Session, sid: str, then: tuple[Read, Row]) -> tuple[Running | None, Sequence[Any]]:
    """The call of a SID, locked with its contact, and the rows of ``then``, which is asked when it is held.

    ``then`` is asked also where there is no such call.
    """
    found, rows = read_together(session, (_HOLD, {"of_sid": sid}), then)
    return (Running(*found[0]) if found else None), rows


def tell(session: Session, running: Running, sid: str, told: Sequence[str]) -> None:
    """What the carrier told of her call, in its order: a status only rises, and its first end is the end of her call.

    ``running`` is what :func:`hold_running` found, in this transaction.
    """
    status, over = running.status, running.ended_at is not None
    for word in told:
        risen = advance_call(State(status), word).status or status
        if call_is_over(word) and not over:
            over = True
            _end(session, running, sid, word, risen)
        elif risen != status:
            _SET_STATUS(session, {"of_id": running.id, "to_status": risen})
        status = risen


def _end(session: Session, running: Running, sid: str, word: str, risen: str) -> None:
    """As :func:`hotline.service.calls.call_over`, which is for whoever has the mapper's rows."""
    how = end_of_call(running.stage, word)
    if running.contact_ended_at is None:
        ended_at = None if how == ANSWERED else running.moment
        by = running.ended_by or "caller"
        _END_CONTACT(session, {"of_id": running.id, "how": how, "by": by, "at": ended_at})
    _END_CALL(session, {"of_id": running.id, "at": running.moment, "to_status": risen})
    of_sid = {"of_sid": sid}
    asked = ((_ANY_LEG, of_sid), (_LANES, of_sid), staff_queries.asked_answering(running.line_id))
    legs, lanes, answering = read_together(session, *asked, beside=True)
    note_lanes(session, running.id, lanes)
    staff_queries.note_answering(session, running.line_id, answering)
    tell_over(session, running.id, running.centre_id, running.line_id, how, legs=bool(legs))


__all__ = ["Running", "hold_running", "tell"]
