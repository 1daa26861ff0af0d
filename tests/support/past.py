"""The past of a line: contacts of the weeks before, as rows alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert

from core.clock import now
from core.database import Ground, table_of
from core.ids import new_id
from core.unit_of_work import unit_of_work
from hotline.models import Contact
from staff.rules import ISTANBUL


def busy_by_day(ground: Ground, centre_id: UUID, line_id: UUID, *, an_hour: int = 4, weeks: int = 9) -> None:
    """Somebody called it so many times in each hour from nine to six, and never at night."""
    with unit_of_work(ground) as session:
        midnight = now(session).astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
        rows = [
            {
                "id": new_id(),
                "centre_id": centre_id,
                "line_id": line_id,
                "channel": "voice",
                "carrier_sid": "",
                "state": "closed",
                "address_kind": "withheld",
                "received_at": (at := midnight - timedelta(days=day) + timedelta(hours=hour, minutes=5)),
                "ended_at": at,
            }
            for day in range(1, weeks * 7)
            for hour in range(9, 18)
            for _ in range(an_hour)
        ]
        session.execute(insert(table_of(Contact)), rows)


__all__ = ["busy_by_day"]
