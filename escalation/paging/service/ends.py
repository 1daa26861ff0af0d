"""What is known of the ends of contacts, read for the rule that says whether they are explained.

Unscoped: the nightly count and whoever is told of it by reference alone read this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from core.due import Due
from core.facts import StoredFact
from core.statements import among
from escalation.paging.explaining import End, PageState, why_not
from escalation.paging.models import DEDUPED_STATES, Page
from escalation.paging.service.moves import TEXT
from hotline import queries as hotline_queries
from hotline.queries.days import UnexplainedRow, noted
from hotline.service.days import Open
from staff.scope import Scope

_CONTACTS = hotline_queries.contacts(Scope.system("night_count")).subquery("known")
#: When she last called or wrote.
_LAST = func.coalesce(_CONTACTS.c.last_inbound_at, _CONTACTS.c.received_at)
#: Facts that name a member of staff who spoke with her, or whose words reached her.
_BY_STAFF = ("CallConnected", "StaffReplied")
_INTO = aliased(Page)


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of one contact: whether one asks somebody, and when the last one came to its end."""

    asks: bool = False
    ended_at: datetime | None = None

    def state(self, last: datetime) -> PageState:
        if self.asks:
            return "asks"
        return "ended" if self.ended_at is not None and self.ended_at >= last else "none"


def unexplained_between(session: Session, begin: datetime, end: datetime) -> list[Open]:
    """The contacts that last called or wrote between two moments and whose end nothing explains."""
    return _unexplained(session, _LAST.between(begin, end), _CONTACTS.c.state != "closed")


def unexplained(session: Session, centre_ids: Collection[UUID] | None) -> list[UnexplainedRow]:
    """What the nightly count noted, for these centres or (None) for all, and is not explained by now either."""
    rows = noted(session, centre_ids)
    ids = [row.contact_id for row in rows if row.contact_id is not None]
    still = {one.contact_id for one in _unexplained(session, among(_CONTACTS.c.id, ids))} if ids else set()
    return [row for row in rows if row.contact_id is None or row.contact_id in still]


def _unexplained(session: Session, *wanted: ColumnElement[bool]) -> list[Open]:
    rows = session.execute(select(_CONTACTS, _LAST.label("last")).where(*wanted)).all()
    ids = [row.id for row in rows]
    pages, spoken, clocks = _pages(session, ids), _by_staff(session, ids), _clocks(session, ids)
    found = []
    for row in rows:
        why = why_not(
            End(
                channel=row.channel,
                state=row.state,
                over=row.channel != "voice" or row.call_ended_at is not None,
                by_staff=row.owner_id is not None or row.id in spoken,
                page=pages.get(row.id, _Pages()).state(row.last),
                clock=row.id in clocks,
            )
        )
        if why is not None:
            found.append(Open(row.centre_id, row.id, row.channel, row.carrier_sid, why, row.last))
    return found


def _pages(session: Session, ids: Iterable[UUID]) -> dict[UUID, _Pages]:
    """A row that waits in a shared page asks as long as it is not ended; one that was merged ends with the other."""
    rows = session.execute(
        select(
            Page.contact_id,
            func.coalesce(_INTO.state, Page.state).label("state"),
            case((_INTO.id.is_not(None), _INTO.closed_at), else_=Page.closed_at).label("closed_at"),
            func.coalesce(_INTO.contact_made_at, Page.contact_made_at).label("contact_made_at"),
        )
        .outerjoin(_INTO, (_INTO.id == Page.merged_into) & (Page.closed_reason == "merged"))
        .where(among(Page.contact_id, ids)),
    )
    found: dict[UUID, _Pages] = {}
    for row in rows:
        before = found.get(row.contact_id, _Pages())
        waits = row.state in DEDUPED_STATES or (row.state == "merged" and row.closed_at is None)
        ends = [at for at in (before.ended_at, row.closed_at or row.contact_made_at) if at is not None]
        found[row.contact_id] = _Pages(before.asks or waits, max(ends, default=None))
    return found


def _by_staff(session: Session, ids: Iterable[UUID]) -> set[UUID | None]:
    rows = session.scalars(
        select(StoredFact.contact_id).where(
            among(StoredFact.contact_id, ids),
            StoredFact.kind.in_(_BY_STAFF),
            StoredFact.payload["account_id"].astext.is_not(None),
        ),
    )
    return set(rows)


def _clocks(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    subjects = [str(contact_id) for contact_id in ids]
    rows = session.scalars(select(Due.subject).where(Due.kind == TEXT, Due.subject.in_(subjects)))
    return {UUID(subject) for subject in rows}


__all__ = ["unexplained", "unexplained_between"]
