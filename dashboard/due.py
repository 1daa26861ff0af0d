"""What falls due today, for whoever may do something about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import format_end
from core.i18n import gettext as _
from dashboard.four_eyes import act_title
from dashboard.names import Names
from dashboard.presenters import DueItem
from escalation.cases import queries as cases
from escalation.cases.clock import queries as clock
from hotline import queries as hotline
from intake import queries as intake
from intake.gate import sentence
from routing import queries as routing_queries
from routing import service as routing
from staff import queries as staff
from staff.rules import next_review
from staff.scope import Scope

_ISTANBUL = ZoneInfo("Europe/Istanbul")
_LISTED = 50


def end_of_today(moment: datetime) -> datetime:
    """Midnight in Istanbul after ``moment``."""
    return (moment.astimezone(_ISTANBUL) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def due_items(session: Session, scope: Scope, moment: datetime) -> list[DueItem]:
    """What falls due today or is late: tasks of the reader's cases, contacts that were promised, acts to look at.

    A case without a case worker is due from the moment at which it came to be so, for those who may give it to one.
    """
    until = end_of_today(moment)
    items = _act_items(session, scope, until) + _unassigned(session, scope)
    if scope.may("case.read"):
        rows = session.execute(cases.next_tasks(scope, until, _LISTED)).all()
        names = Names(session, [row.owner_id for row in rows])
        items += [
            DueItem(
                id=str(row.id),
                ref=row.ref,
                kind="task",
                due_at=row.due_at,
                href=f"/cases/{row.ref}",
                owner=names.of(row.owner_id),
            )
            for row in rows
        ]
    if scope.may("contact.read"):
        items += _call_backs(session, scope) + _to_read(session, scope)
    if scope.may("intake.read"):
        promised = intake.open_callbacks(scope).subquery("promised")
        rows = session.execute(
            select(promised).where(promised.c.next_contact < until).order_by(promised.c.next_contact).limit(_LISTED),
        ).all()
        items += [
            DueItem(
                id=str(row.intake_id),
                ref=row.ref,
                kind="callback",
                due_at=row.next_contact,
                href=f"/contacts/{row.contact_id}",
            )
            for row in rows
        ]
        items += _report_duties(session, scope) + _records(session, scope)
    return items


def _records(session: Session, scope: Scope) -> list[DueItem]:
    """Callers who were answered without a board: whoever had them, or the lead, has their record to write and close."""
    found, taken = hotline.contacts(scope).subquery("found"), routing_queries.answered_by_line().subquery("taken")
    records = intake.unfinished(scope).subquery("records")
    wanted = (
        select(records.c.id, records.c.ref, records.c.contact_id, found.c.owner_id, found.c.call_ended_at)
        .join(found, found.c.id == records.c.contact_id)
        .where(found.c.call_ended_at.is_not(None), found.c.id.in_(select(taken.c.contact_id)))
    )
    if not scope.may("night_act.review"):
        wanted = wanted.where(found.c.owner_id == scope.account_id)
    rows = session.execute(wanted.order_by(found.c.call_ended_at).limit(_LISTED)).all()
    names = Names(session, [row.owner_id for row in rows])
    return [
        DueItem(
            id=f"record-{row.id}",
            ref=row.ref,
            kind="record",
            due_at=row.call_ended_at,
            href=f"/contacts/{row.contact_id}",
            owner=names.of(row.owner_id),
            line=_("Answered by telephone, without a board: the record is to be written."),
        )
        for row in rows
    ]


def _report_duties(session: Session, scope: Scope) -> list[DueItem]:
    """What somebody has to decide without delay, from the moment at which that began."""
    waiting = intake.waiting_report_duties(scope).subquery("waiting")
    rows = session.execute(select(waiting).order_by(waiting.c.opened_at).limit(_LISTED)).all()
    return [
        DueItem(
            id=str(row.id), ref=row.ref, kind="report_duty", due_at=row.opened_at, href=f"/contacts/{row.contact_id}"
        )
        for row in rows
    ]


def _to_read(session: Session, scope: Scope) -> list[DueItem]:
    """Conversations in which a colleague asks this reader to read along."""
    if scope.account_id is None:
        return []
    found = hotline.contacts(scope).subquery("found")
    asked = select(found.c.id, found.c.received_at).where(
        found.c.ended_at.is_(None), scope.by_name(routing.READING, found.c.id)
    )
    rows = [row for row in session.execute(asked) if routing.stays(session, row.id)]
    levels = intake.levels(session, [row.id for row in rows]) if rows else {}
    return [
        DueItem(
            id=f"read-{row.id}",
            ref=levels[row.id].ref if row.id in levels else "",
            kind="read_along",
            due_at=row.received_at,
            href=f"/contacts/{row.id}",
        )
        for row in rows
    ]


def _call_backs(session: Session, scope: Scope) -> list[DueItem]:
    """Who may be called back now: she agreed to it, and it is her safe hour. The first line is what the gate says."""
    rows = session.execute(intake.callbacks_now(scope).limit(_LISTED)).all()
    numbers = {line.id: line.number for line in staff.lines(session)} if rows else {}
    return [
        DueItem(
            id=str(row.id),
            ref=row.ref,
            kind="call_back",
            due_at=row.opens_at,
            href=f"/contacts/{row.contact_id}",
            line=call_back_line(row.closes_at, numbers.get(row.line_id, ""), row.tone),
        )
        for row in rows
    ]


def call_back_line(closes_at: datetime | None, number: str, tone: str) -> str:
    """Until when, by what, which number she will see, and what may be said."""
    until = _("By telephone, at any time.")
    if closes_at is not None:
        until = _("By telephone, until %(time)s.", time=format_end(closes_at))
    return " ".join([until, _("She will see %(sender)s.", sender=number), sentence("", tone, "voice")])


def acts_waiting(session: Session, scope: Scope) -> int:
    """How many acts of others wait for this reader: the figure beside their place in the rail."""
    return staff.acts_waiting(session, scope) if scope.may("night_act.review") else 0


def deadlines_waiting(session: Session, scope: Scope) -> str:
    """How many periods of the law wait for this reader: the figure beside their place in the rail, empty for none."""
    waiting = clock.waiting_for(session, scope)
    return str(waiting) if waiting.number else ""


def _act_items(session: Session, scope: Scope, until: datetime) -> list[DueItem]:
    """Acts that wait for this reader: to be agreed to while there is time, or to be looked at on their morning."""
    if not scope.may("night_act.review"):
        return []
    asked, alone = staff.acts_to_approve(session, scope), staff.acts_to_review(session, scope)
    due = [(row, "approve", row.expires_at) for row in asked]
    due += [(row, "night_review", next_review(row.requested_at)) for row in alone]
    names = Names(session, [row.requested_by for row, _kind, _at in due])
    return [
        DueItem(
            id=str(row.id),
            ref=act_title(row.act),
            kind=kind,
            due_at=at,
            href="/night-acts",
            owner=names.of(row.requested_by),
        )
        for row, kind, at in due
        if at < until
    ]


def _unassigned(session: Session, scope: Scope) -> list[DueItem]:
    if not scope.may("case.assign"):
        return []
    found = cases.without_case_worker(scope).subquery("found")
    rows = session.execute(select(found).order_by(found.c.since).limit(_LISTED)).all()
    names = Names(session, [row.owner_id for row in rows])
    return [
        DueItem(
            id=f"assign-{row.id}",
            ref=row.ref,
            kind="assign",
            due_at=row.since,
            href=f"/cases/{row.ref}",
            owner=names.of(row.owner_id),
        )
        for row in rows
    ]
