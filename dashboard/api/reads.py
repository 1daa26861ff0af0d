"""What the API answers, drawn through the token's scope. The fields are fixed; numbers, names, texts have no way in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.ids import parse_reference
from dashboard.api.problems import BadParameterError
from dashboard.board import shown_step
from escalation.cases import queries as cases
from escalation.paging import queries as paging
from hotline import queries as hotline
from intake import queries as intake
from routing import queries as routing
from staff import queries as staff
from staff.scope import Scope

Json = dict[str, Any]

LIMIT = 50
MOST = 200


def moment(value: datetime | None) -> str | None:
    """RFC 3339 with offset."""
    return value.isoformat() if value is not None else None


def write_cursor(last: UUID) -> str:
    """Where the next list begins; opaque to the reader."""
    return base64.urlsafe_b64encode(last.bytes).rstrip(b"=").decode()


def read_cursor(text: str) -> UUID | None:
    """The place a cursor stands for. Raises :class:`BadParameterError`."""
    if not text:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        raise BadParameterError("cursor") from None


def read_limit(text: str) -> int:
    """How many to list at once, at most 200. Raises :class:`BadParameterError`."""
    if not text:
        return LIMIT
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise BadParameterError("limit")
    return int(text)


def contacts(session: Session, scope: Scope, after: UUID | None, limit: int) -> Json:
    """Contacts, the newest first."""
    found = hotline.contacts(scope).subquery("found")
    query = select(found).order_by(found.c.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(found.c.id < after)
    rows = session.execute(query).all()
    return _listed(_contacts(session, scope, rows[:limit]), [row.id for row in rows], limit)


def contacts_by_sid(session: Session, scope: Scope, sid: str) -> Json:
    """The contact of a call's or a message's SID: a list of one, or of none."""
    found = hotline.by_carrier_sid(session, scope, sid)
    return {"items": _contacts(session, scope, [found] if found is not None else []), "next": None}


def contact(session: Session, scope: Scope, ref: str) -> Json | None:
    """One contact by its reference."""
    known = parse_reference(ref)
    intakes = intake.intakes(scope).subquery("intakes")
    contact_id = session.execute(select(intakes.c.contact_id).where(intakes.c.ref == known)).scalar()
    found = hotline.contact(session, scope, contact_id) if contact_id is not None else None
    return _contacts(session, scope, [found])[0] if found is not None else None


def _contacts(session: Session, scope: Scope, rows: Iterable[Any]) -> list[Json]:
    rows = list(rows)
    if not rows:
        return []
    intakes = intake.intakes(scope).subquery("intakes")
    known = {
        row.contact_id: row
        for row in session.execute(select(intakes).where(intakes.c.contact_id.in_([row.id for row in rows])))
    }
    opened = cases.cases(scope).subquery("opened")
    case_ids = [row.case_id for row in known.values() if row.case_id is not None]
    refs = {
        row.id: row.ref for row in session.execute(select(opened.c.id, opened.c.ref).where(opened.c.id.in_(case_ids)))
    }
    slugs = _slugs(session, (row.centre_id for row in rows))
    return [_contact(row, known.get(row.id), refs, slugs) for row in rows]


def _contact(row: Any, known: Any, refs: Mapping[UUID, str], slugs: Mapping[UUID, str]) -> Json:
    ref = known.ref if known is not None else None
    return {
        "ref": ref,
        "channel": row.channel,
        "carrier_sid": row.carrier_sid or None,
        "centre": slugs.get(row.centre_id),
        "state": row.state,
        "level": known.level if known is not None else None,
        "received_at": moment(row.received_at),
        "answered_at": moment(row.answered_at),
        "ended_at": moment(row.ended_at),
        "ended_by": row.ended_by,
        "intake": ref,
        "case": refs.get(known.case_id) if known is not None else None,
    }


def pages(session: Session, scope: Scope, after: UUID | None, limit: int) -> Json:
    """Pages, the newest first."""
    query = paging.pages(scope)
    page_id = query.selected_columns["id"]
    if after is not None:
        query = query.where(page_id < after)
    rows = paging.rows(session, query.order_by(page_id.desc()).limit(limit + 1))
    return _listed(_pages(session, scope, rows[:limit]), [row.id for row in rows], limit)


def page(session: Session, scope: Scope, code: str) -> Json | None:
    """One page by its code: the open one, else the last that had it."""
    found = paging.page_by_code(session, scope, code)
    return _pages(session, scope, [found])[0] if found is not None else None


def _pages(session: Session, scope: Scope, rows: list[paging.PageRow]) -> list[Json]:
    refs = intake.levels(session, [row.contact_id for row in rows if row.contact_id is not None])
    return [
        {
            "code": row.code,
            "subject": refs[row.contact_id].ref if row.contact_id in refs else row.subject_kind,
            "state": row.state,
            "level": row.level,
            "step": shown_step(row.step),
            "due_at": moment(row.due_at),
            "accepted_at": moment(row.accepted_at),
            "attempts": [
                {
                    "medium": attempt.medium,
                    "state": attempt.state,
                    "carrier_sid": attempt.carrier_sid,
                    "at": moment(attempt.at),
                }
                for attempt in paging.attempts(session, scope, row.id)
            ],
        }
        for row in rows
    ]


def duty(session: Session, scope: Scope) -> list[Json]:
    """Who serves which line now: how many, never who."""
    return [
        {
            "centre": row.centre,
            "line": row.line,
            "role": row.role,
            "count": row.count,
            "from": moment(row.start),
            "until": moment(row.end),
        }
        for row in routing.duty(session, scope)
    ]


def _slugs(session: Session, centre_ids: Iterable[UUID]) -> dict[UUID, str]:
    return {row.id: row.slug for row in staff.centres(session, set(centre_ids))}


def _listed(items: list[Json], ids: list[UUID], limit: int) -> Json:
    return {"items": items, "next": write_cursor(ids[limit - 1]) if len(ids) > limit else None}
