"""The pause after a contact in danger: it begins by itself, and ends by a hand or by itself.

It changes nothing of what she said at her screen: who stays signed in as taking contacts is offered them again when the
pause is over, if her screen still lives then; and whose screen is gone is there no more, as always.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from core.due import cancel_due, set_due
from core.ids import new_id
from core.outbox import publish
from routing.models import DeskLine, Presence, WrapUp
from routing.people import alive
from routing.service.presence import wake_queue
from routing.wrap_up import wrap_up_policy

#: Due rows of pauses; the subject is the account.
WRAP_UP: Final = "routing.wrap_up"


def begin_wrap_up(session: Session, account_id: UUID, centre_id: UUID, contact_id: UUID, level: int) -> None:
    """Somebody's contact is over: after one in danger she has time for herself. A later one begins it anew."""
    pause = wrap_up_policy().after(level)
    if pause is None:
        return
    times = {"not_before": after(pause.minimum_seconds), "until": after(pause.maximum_seconds)}
    began = {"contact_id": contact_id, "began_at": koza_now(), **times}
    again = {**began, "contacts": WrapUp.contacts + 1}
    session.execute(
        insert(WrapUp)
        .values(id=new_id(), account_id=account_id, centre_id=centre_id, **began)
        .on_conflict_do_update(index_elements=["account_id"], index_where=text("ended_at IS NULL"), set_=again),
    )
    set_due(session, WRAP_UP, str(account_id), timedelta(seconds=pause.maximum_seconds), centre_id=centre_id)
    publish(session, centre_id, "presence", account_id)


def end_wrap_up(session: Session, account_id: UUID, *, herself: bool) -> bool:
    """Her pause is over; by ``herself`` not before its minimum. Returns whether one ended.

    Whose screen lives and says so, or who has the line by telephone, is offered what waits.
    """
    over = (WrapUp.not_before if herself else WrapUp.until) <= koza_now()
    wanted = update(WrapUp).where(WrapUp.account_id == account_id, WrapUp.ended_at.is_(None), over)
    centre_id = session.scalar(wanted.values(ended_at=koza_now()).returning(WrapUp.centre_id))
    if centre_id is None:
        return False
    cancel_due(session, WRAP_UP, str(account_id))
    screen = select(Presence.centre_id).where(Presence.account_id == account_id, Presence.ready, alive())
    by_phone = select(DeskLine.centre_id).where(DeskLine.account_id == account_id, DeskLine.ended_at.is_(None))
    at = session.scalar(screen.union(by_phone))
    if at is not None:
        wake_queue(session, at)
    publish(session, centre_id, "presence", account_id)
    return True


__all__ = ["WRAP_UP", "begin_wrap_up", "end_wrap_up"]
