"""From which of our numbers something is sent."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.database import settings_of
from staff import queries as staff_queries


class NoSenderError(Exception):
    """The centre has no line from which anything could be sent."""


def sender_number(session: Session, centre_id: UUID) -> str:
    """The number that staff see when the centre calls or texts them: the on-call number, else the centre's first line.

    Raises :class:`NoSenderError`.
    """
    oncall = settings_of(session).oncall_numbers
    if oncall:
        return oncall[0]
    for line in staff_queries.lines(session, centre_id=centre_id):
        return line.number
    raise NoSenderError
