"""A poll of somebody who only waits: noted and told in one statement, without the mapper.

In a rush hundreds wait, and each of them asks every quarter of a minute; most of what the door does then is this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.database import table_of
from core.statements import Read, Write
from hotline.models import Call, Contact, Heard

_CALLS = table_of(Call)
_CONTACTS = table_of(Contact)


class Waits(NamedTuple):
    """How she waits, as of this poll."""

    moment: datetime
    #: The carrier's request before this one.
    before: datetime
    since: datetime
    #: How often she has asked, this time included.
    polls: int
    language: str | None
    answered_at: datetime | None


# Whoever changes her call holds its row; her language and the moment of an answer change only with it.
_BEFORE = (
    select(_CALLS.c.id, _CALLS.c.last_seen_at)
    .where(
        _CALLS.c.id == bindparam("contact_id"),
        _CALLS.c.stage == "waiting",
        _CALLS.c.danger_at.is_not(None) == bindparam("quiet"),
        _CALLS.c.deadline_at > koza_now(),
    )
    .with_for_update(key_share=True)
    .cte("before")
)
_POLL = Read(
    update(_CALLS)
    .where(_CALLS.c.id == _BEFORE.c.id, _CONTACTS.c.id == _CALLS.c.id)
    .values(last_seen_at=koza_now(), polls=_CALLS.c.polls + 1)
    .returning(
        _CALLS.c.last_seen_at.label("moment"),
        _BEFORE.c.last_seen_at.label("before"),
        _CALLS.c.waiting_since,
        _CALLS.c.polls,
        _CONTACTS.c.language,
        _CONTACTS.c.answered_at,
        _CONTACTS.c.received_at,
    ),
)

_HEARD = Write(insert(table_of(Heard)))


def only_waits(session: Session, contact_id: UUID, *, quiet: bool) -> Waits | None:
    """Note her poll; None, and nothing noted, where more is to do than to let her wait on.

    ``quiet``: she asks under the addresses of somebody who pressed 5.
    """
    row = _POLL.first(session, contact_id=contact_id, quiet=quiet)
    if row is None:
        return None
    since = row.waiting_since or row.received_at
    return Waits(row.moment, row.before, since, row.polls, row.language, row.answered_at)


def note_heard(session: Session, contact_id: UUID, prompts: Sequence[str]) -> None:
    """Write down what she is told now; it leaves with the commit."""
    _HEARD(session, {"contact_id": contact_id, "prompts": list(prompts)})


__all__ = ["Waits", "note_heard", "only_waits"]
