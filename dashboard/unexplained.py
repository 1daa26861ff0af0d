"""Calls, texts and contacts that the nightly count could not explain, by reference alone."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import format_date
from core.i18n import gettext as _
from dashboard import labels
from dashboard.presenters import NightCountView, UnexplainedRow
from escalation.paging.service.ends import unexplained
from hotline.queries.days import last_counted
from intake import queries as intake
from staff.scope import Scope

#: Who looks after them in the morning.
PERMISSION = "night_act.review"


def how_many(session: Session, scope: Scope) -> int:
    """How many of the reader's centres have no explanation by now; nought for whoever does not look after them."""
    return len(unexplained(session, scope.centre_ids)) if scope.may(PERMISSION) else 0


def night_count(session: Session, scope: Scope) -> NightCountView:
    """What the last count said, and what is still without an explanation."""
    counted, rows = last_counted(session), unexplained(session, scope.centre_ids)
    refs = _references(session, scope, [row.contact_id for row in rows if row.contact_id is not None])
    return NightCountView(
        day=format_date(counted.day) if counted else "",
        at=counted.counted_at if counted else None,
        rows=tuple(
            UnexplainedRow(
                ref=refs.get(row.contact_id) or row.carrier_sid,
                href=f"/contacts/{row.contact_id}" if row.contact_id in refs else "",
                channel=_channel(row.channel),
                at=row.at,
                why=_why(row.why),
            )
            for row in rows
        ),
    )


def _references(session: Session, scope: Scope, contact_ids: list[UUID]) -> dict[UUID | None, str]:
    """The references of the intakes that the reader may read, by contact."""
    if not contact_ids:
        return {}
    readable = intake.intakes(scope).subquery("readable")
    found = session.execute(
        select(readable.c.contact_id, readable.c.ref).where(readable.c.contact_id.in_(contact_ids)),
    )
    return {row.contact_id: row.ref for row in found}


def _channel(code: str) -> str:
    return labels.channel({"sms": "text"}.get(code, code)) if code in {"voice", "sms"} else labels.desk_channel(code)


def _why(code: str) -> str:
    return {
        "missing": _("the carrier lists it, and it never reached us"),
        "aside": _("was set aside at the door: it fits no known form"),
        "not_over": _("its end was never told"),
        "by_nobody": _("answered, and nobody knows by whom"),
        "nobody_asked": _("not answered, and nobody is asked to do so"),
    }.get(code, code)


__all__ = ["PERMISSION", "how_many", "night_count"]
