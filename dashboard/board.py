"""The board's rows, drawn from the rooms: the same functions for a reader's snapshot and for the feed.

A row carries neutral fields alone: no number, no caller's name, no text. A member of staff's display name is allowed.
Each list is drawn in a fixed number of queries, however long it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.i18n import gettext as _
from core.relay import head_of
from core.statements import among
from dashboard.due import acts_waiting, due_items, end_of_today
from dashboard.names import Names
from dashboard.presenters import BoardRow, Counts, DutyEntry, PageMark, PageRow, Snapshot
from dashboard.presenters.forms import Channel, Lane
from escalation.paging import queries as paging
from hotline import queries as hotline
from hotline.rules import DESK_CHANNELS
from intake import queries as intake
from intake.queries import LevelRow
from routing import queries as routing
from routing.queries import QueueRow
from staff import queries as staff
from staff.scope import Scope

#: A contact in one of these states has left the board; what it still asks for stands there as a page.
GONE = ("closed", "abandoned_in_ivr", "abandoned_in_queue", "failed")
LIVE_PAGES = ("open", "acked", "engaged", "snoozed")
#: Before triage every contact counts as urgent, also where its draft intake was put off.
_BEFORE_TRIAGE = 2


def channel_of(channel: str) -> Channel:
    """The screens' word for a channel."""
    return "voice" if channel == "voice" else "text"


def contact_rows(session: Session, scope: Scope, contact_ids: Collection[UUID] | None = None) -> list[BoardRow]:
    """The board rows of these contacts, or of every contact on the reader's board."""
    found = hotline.contacts(scope).subquery("found")
    query = select(found).where(found.c.state.not_in(GONE))
    if contact_ids is not None:
        query = query.where(among(found.c.id, contact_ids))
    contacts = session.execute(query.order_by(found.c.received_at)).all()
    ids = [row.id for row in contacts]
    if not ids:
        return []
    levels = intake.levels(session, ids)
    queue = routing.queue_rows(session, ids)
    marks = _page_marks(session, scope, ids)
    provinces = _provinces(session, levels)
    names = Names(session, [_owner(row, queue.get(row.id)) for row in contacts])
    return [_row(row, levels.get(row.id), queue.get(row.id), marks.get(row.id), provinces, names) for row in contacts]


def _provinces(session: Session, levels: Mapping[UUID, LevelRow]) -> dict[str, str]:
    if not any(level.province for level in levels.values()):
        return {}
    return {row.code: row.name for row in staff.provinces(session)}


def _owner(row: Any, queued: QueueRow | None) -> UUID | None:
    if queued is not None and queued.state == "taken":
        return queued.taken_by
    return row.owner_id if queued is None or queued.state == "left" else None


def _row(
    row: Any,
    level: LevelRow | None,
    queued: QueueRow | None,
    page: PageMark | None,
    provinces: Mapping[str, str],
    names: Names,
) -> BoardRow:
    owner = _owner(row, queued)
    lane: Lane = "active" if owner is not None or row.state in ("connected", "wrap_up") else "waiting"
    asked = queued.offered_to if queued is not None and lane == "waiting" else ()
    urgency = level.level if level is not None else 1 if row.danger else _BEFORE_TRIAGE
    return BoardRow(
        id=str(row.id),
        ref=level.ref if level is not None else "",
        channel=channel_of(row.channel),
        level=urgency,
        language=(level.language if level is not None else None) or row.language or "",
        province=provinces.get(level.province or "", "") if level is not None else "",
        state="offered" if asked else row.state,
        lane=lane,
        since=_since(row, queued, lane),
        heard_at=row.last_inbound_at or row.received_at,
        repeat=row.repeat + 1 if row.repeat else 0,
        returned=queued is not None and queued.returned,
        owner=names.of(owner),
        owner_id=str(owner) if owner is not None else "",
        offer="accepted" if owner is not None else "offered" if asked else "none",
        offered_to=tuple(sorted(str(account) for account in asked)),
        asks_all=queued is not None and lane == "waiting" and queued.asks_all,
        page=page,
        late=row.late_seconds or 0,
        marks=marks_of(row, level),
    )


def marks_of(contact: Any, level: LevelRow | None) -> tuple[str, ...]:
    """Small remarks that a colleague must see before she speaks; ``contact`` as hotline's queries have it."""
    marks = [contact.channel] if contact.channel in DESK_CHANNELS else []
    if contact.call_back_of is not None:
        marks.append("called_back")
    if contact.danger and contact.channel == "voice":
        marks.append("key5")
    if level is not None and level.not_alone:
        marks.append("not_alone")
    if level is not None and level.wants_woman:
        marks.append("wants_woman")
    if level is not None and level.called_112:
        marks.append("called_112")
    return tuple(marks)


def _since(row: Any, queued: QueueRow | None, lane: str) -> datetime:
    if lane == "active":
        moment = row.answered_at or (queued.since if queued is not None else None)
    else:
        moment = queued.since if queued is not None else row.waiting_since or row.last_inbound_at
    return moment or row.received_at


def _page_marks(session: Session, scope: Scope, contact_ids: Sequence[UUID]) -> dict[UUID, PageMark]:
    if not scope.may("page.read"):
        return {}
    live = paging.pages(scope).subquery("live")
    found = session.execute(
        select(live)
        .where(among(live.c.contact_id, contact_ids), live.c.state.in_(LIVE_PAGES))
        .order_by(live.c.opened_at.desc()),
    ).all()
    steps = Steps(session)
    return {
        page.contact_id: PageMark(
            code=page.code,
            state=page.state,
            step=shown_step(page.step),
            due_at=page.due_at,
            steps=steps.of(page.centre_id, page.reason, page.level),
        )
        for page in found
    }


def shown_step(step: int) -> int:
    """The rung as people count: the first is 1; before anybody was notified it is 0."""
    return step + 1


class Steps:
    """How many rungs the ladder of a page has, read once for each kind of page."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[UUID, str, int], int] = {}

    def of(self, centre_id: UUID, reason: str, level: int) -> int:
        """The number of rungs with the last resort; 0 where no ladder serves it any more."""
        key = (centre_id, reason, level)
        if key not in self._known:
            try:
                _, ladder = paging.ladder_for(self._session, centre_id, reason, level)
            except paging.NoLadderError:
                self._known[key] = 0
            else:
                self._known[key] = len(ladder.steps) + 1
        return self._known[key]


def page_rows(session: Session, scope: Scope, page_ids: Collection[UUID] | None = None) -> list[PageRow]:
    """The rows of these pages that still ask something of somebody, or of all on the reader's board."""
    if page_ids is None:
        found = [*paging.live_pages(session, scope), *paging.standing_lines(session, scope)]
    else:
        every = paging.pages(scope).subquery("every")
        query = select(every).where(among(every.c.id, page_ids), every.c.state.in_(LIVE_PAGES) | every.c.stands)
        found = paging.rows(session, query)
    if not found:
        return []
    woken: dict[UUID, set[UUID]] = {}
    for sent in paging.notifications(session, scope, [page.id for page in found]):
        if sent.state != "waiting":
            woken.setdefault(sent.page_id, set()).add(sent.account_id)
    refs = intake.levels(session, [page.contact_id for page in found if page.contact_id is not None])
    many = paging.waiting_in(session, found)
    names = Names(session, [page.accepted_by for page in found])
    steps = Steps(session)
    return [
        PageRow(
            id=str(page.id),
            code=page.code,
            state=page.state,
            level=page.level,
            step=shown_step(page.step),
            steps=steps.of(page.centre_id, page.reason, page.level),
            opened_at=page.opened_at,
            reason=page.reason,
            # Of many that share a page no single one is named, but that they are many is seen at a glance.
            subject_ref=refs[page.contact_id].ref
            if page.contact_id in refs
            else f"{page.code} ×{many[page.id]}"
            if page.id in many
            else "",
            due_at=page.due_at,
            accepted_by=names.of(page.accepted_by),
            woken=len(woken.get(page.id, ())),
            calls=page.calls,
            called_at=page.called_at,
        )
        for page in found
    ]


def duty_entries(session: Session, scope: Scope, moment: datetime) -> list[DutyEntry]:
    """Who serves which line now and next. A line of the reader's centre with nobody now is a gap."""
    if not scope.may("shift.read"):
        return []
    current = routing.duty(session, scope)
    upcoming = routing.duty(session, scope, at=min((row.end for row in current), default=moment)) if current else []
    names = Names(session, [account for row in (*current, *upcoming) for account in row.account_ids])
    entries = [_duty_entry(row, names, later=False) for row in current]
    entries += [_duty_entry(row, names, later=True) for row in upcoming if row.start > moment]
    entries += [
        DutyEntry(
            line=line.name,
            role="operator",
            people=(),
            count=0,
            ready=0,
            starts_at=moment,
            ends_at=end_of_today(moment),
            gap=True,
        )
        for line in unserved(session, scope, current)
    ]
    return entries


def unserved(session: Session, scope: Scope, current: Iterable[routing.DutyRow]) -> list[staff.LineRow]:
    """The lines of the reader's centre that nobody serves, of those who are on duty."""
    served = {row.line_id for row in current}
    lines = [line for centre_id in scope.centre_ids for line in staff.lines(session, centre_id=centre_id)]
    return [line for line in lines if line.id not in served]


def _on_duty(name: str, *, by_phone: bool) -> str:
    return _("%(name)s (by telephone)", name=name) if by_phone else name


def _duty_entry(row: routing.DutyRow, names: Names, *, later: bool) -> DutyEntry:
    by_phone = frozenset() if later else row.by_phone
    return DutyEntry(
        line=row.line,
        role=row.role,
        people=tuple(sorted(_on_duty(names.of(one), by_phone=one in by_phone) for one in row.account_ids)),
        count=row.count,
        ready=row.ready,
        starts_at=row.start,
        ends_at=row.end,
        next=later,
    )


def counts_of(rows: Iterable[BoardRow]) -> Counts:
    """How many wait, by level."""
    waiting = [row.level for row in rows if row.lane == "waiting"]
    return Counts(
        level1=waiting.count(1),
        level2=waiting.count(2),
        level3=waiting.count(3),
        level4=waiting.count(4),
    )


def waiting_counts(session: Session, scope: Scope) -> Counts:
    """How many wait in the router's queue, by level: the figures of the bar until the first snapshot."""
    if not scope.may("contact.read"):
        return Counts()
    queue = routing.queue(scope).subquery("queue")
    found = session.execute(
        select(queue.c.level, func.count().label("number"))
        .where(queue.c.state.in_(("waiting", "offered")))
        .group_by(queue.c.level),
    )
    by_level = {row.level: row.number for row in found}
    return Counts(**{f"level{level}": by_level.get(level, 0) for level in (1, 2, 3, 4)})


def snapshot(session: Session, scope: Scope) -> Snapshot:
    """The whole board of a reader. The head is read first: the rows hold at least what was numbered up to it."""
    heads = head_of(session, list(scope.centre_ids))
    moment = now(session)
    rows = contact_rows(session, scope)
    return Snapshot(
        head=sum(heads.values()),
        heads={str(centre_id): head for centre_id, head in heads.items()},
        now=moment,
        rows=tuple(rows),
        pages=tuple(page_rows(session, scope)) if scope.may("page.read") else (),
        due=tuple(due_items(session, scope, moment)),
        duty=tuple(duty_entries(session, scope, moment)),
        counts=counts_of(rows),
        acts=acts_waiting(session, scope),
    )
