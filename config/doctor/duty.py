"""Whether a person answers: shifts now and through the next day, and telephones that reach who serves them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from config.doctor.finding import Finding, Subject
from core.clock import now
from core.i18n import format_date, ngettext
from core.i18n import gettext as _
from dashboard.rota import uncovered
from escalation.paging.service.ends import unexplained
from hotline.queries.days import last_counted, uncounted_for
from routing import queries as routing
from routing.ladder import ladder
from staff import queries as staff
from staff.queries import StaffRow
from staff.scope import Scope

_ISTANBUL = ZoneInfo("Europe/Istanbul")
_COVERED = timedelta(hours=24)
#: Whoever serves within these days is looked at: a new telephone takes a working day to prove.
_LOOKED_AT = timedelta(days=3)
#: A night, and some hours in which the carrier may not have answered.
_COUNTED_WITHIN = timedelta(hours=30)
_ON_CALL = "oncall"
_SCOPE = Scope.system("doctor")


def answering(subject: Subject) -> Finding:
    """Whether somebody is on duty for every line, now and through the next day."""
    what = _("on duty")
    gaps = subject.read(_unanswered)
    return _covered(what, gaps, _("in the dashboard: Shifts"))


def on_call(subject: Subject) -> Finding:
    """Whether somebody of every centre can be paged, now and through the next day."""
    what, gaps = _("on call"), subject.read(_nobody_to_page)
    if gaps:
        return subject.lacks(what, "; ".join(gaps), _("in the dashboard: Shifts"))
    return _covered(what, gaps, "")


def telephones(subject: Subject) -> Finding:
    """Whether everybody who serves in the next days has telephones that reach her."""
    what = _("telephones of who serves")
    found = subject.read(_unreachable)
    if found is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    count, faults = found
    if faults:
        remedy = _("in the dashboard: Staff, the account's page")
        return Finding(what, ok=False, detail="; ".join(faults), remedy=remedy)
    return Finding(what, ok=True, detail=_("%(n)d people in the next days", n=count))


def explained(subject: Subject) -> Finding:
    """Whether the nightly count is made, and whether the end of everybody who reached us is explained."""
    what = _("nightly count")
    since = subject.read(lambda session: (last_counted(session), uncounted_for(session), unexplained(session, None)))
    if since is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    counted, waits, rows = since
    if rows:
        detail = ngettext("%(n)s contact without an explanation", "%(n)s contacts without an explanation", len(rows))
        return Finding(what, ok=False, detail=detail, remedy=_("in the dashboard: Night acts"))
    if waits > _COUNTED_WITHIN:
        last = _("the last one was of %(day)s", day=format_date(counted.day)) if counted else _("never made")
        return subject.lacks(what, last, _("look at the worker and at the carrier"))
    if counted is None:
        return Finding(what, ok=True, detail=_("the first one is made tonight"))
    return Finding(what, ok=True, detail=_("%(day)s: 0 unexplained contacts", day=format_date(counted.day)))


def _covered(what: str, gaps: list[str] | None, remedy: str) -> Finding:
    if gaps is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    if gaps:
        return Finding(what, ok=False, detail="; ".join(gaps), remedy=remedy)
    return Finding(what, ok=True, detail=_("now and for the next 24 hours"))


def _unanswered(session: Session) -> list[str]:
    moment = now(session)
    rows = _shifts(session, moment, _COVERED)
    phone_roles = frozenset(ladder().phone_roles)
    return [
        said
        for line in staff.lines(session)
        if (
            said := _gap(
                line.number, (row for row in rows if row.line_id == line.id and row.role in phone_roles), moment
            )
        )
    ]


def _nobody_to_page(session: Session) -> list[str]:
    moment = now(session)
    rows = [row for row in _shifts(session, moment, _COVERED) if row.role == _ON_CALL]
    owning = {line.centre_id for line in staff.lines(session)}
    return [
        said
        for centre in staff.centres(session, owning)
        if (said := _gap(centre.slug, (row for row in rows if row.centre_id == centre.id), moment))
    ]


def _gap(name: str, rows: Iterable[routing.ShiftRow], moment: datetime) -> str:
    gaps = uncovered([(row.start, row.end) for row in rows], moment, moment + _COVERED)
    if not gaps:
        return ""
    start, end = gaps[0]
    if start == moment:
        return _("%(name)s: nobody now", name=name)
    return _("%(name)s: nobody from %(start)s to %(end)s", name=name, start=_time(start), end=_time(end))


def _time(moment: datetime) -> str:
    return moment.astimezone(_ISTANBUL).strftime("%d.%m. %H:%M")


def _shifts(session: Session, moment: datetime, length: timedelta) -> list[routing.ShiftRow]:
    return routing.shifts(session, _SCOPE, since=moment, until=moment + length)


def _unreachable(session: Session) -> tuple[int, list[str]]:
    rows = _shifts(session, now(session), _LOOKED_AT)
    roles: dict[UUID, set[str]] = {}
    for row in rows:
        roles.setdefault(row.account_id, set()).add(row.role)
    people = staff.staff_of(session, list(roles))
    points: dict[UUID, list[tuple[str, str]]] = {}
    for account_id, _id, medium, state in staff.contact_point_states(session, list(roles)):
        points.setdefault(account_id, []).append((medium, state))
    faults = [
        f"{person.name}: {fault}"
        for account_id, person in sorted(people.items(), key=lambda item: item[1].name)
        if (fault := fault_of(person, roles[account_id], points.get(account_id, [])))
    ]
    return len(people), faults


def fault_of(person: StaffRow, roles: Collection[str], points: Sequence[tuple[str, str]]) -> str:
    """Why a page or a call may not reach this person, from (medium, state) of her telephones; "" where it does.

    Who is on call needs two ways that reached her: a text beside a call, or a second number for calls where hers takes
    no texts.
    """
    usable = [(medium, state) for medium, state in points if state in {"verified", "suspect"}]
    calls = [state for medium, state in usable if medium == "voice"]
    if person.disabled_at is not None:
        return _("the account is disabled")
    if not usable:
        return _("no telephone that was proven")
    if not calls:
        return _("no telephone for calls")
    if all(state == "suspect" for _medium, state in usable):
        return _("no telephone reached her lately")
    if _ON_CALL in roles and sum(state == "verified" for _medium, state in usable) < 2:
        return _("on call, and one way alone reaches her")
    if _ON_CALL in roles and not person.has_pin:
        return _("on call without a PIN: no page can be accepted by telephone")
    return ""
