"""What of the system itself asks for a person, in words and only for those who can act on it.

Every alarm is read from rows, so it stands on every screen alike and after every restart. Each ends with its cause, or
a day after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.clock import after, now
from core.i18n import format_datetime, format_time, ngettext
from core.i18n import gettext as _
from dashboard.board import unserved
from dashboard.names import Names
from dashboard.presenters import Alarm
from dashboard.queries import MANY_UNMASKED
from dashboard.unexplained import how_many
from escalation.cases.clock import queries as clock
from escalation.paging import queries as paging
from hotline import queries as hotline
from hotline.queries.silence import silent_lines
from intake import queries as intake
from routing import queries as routing
from staff import queries as staff
from staff.rules import ISTANBUL
from staff.scope import Scope

_DAY_S = 24 * 3600
#: Whose shift begins within this time can still be given another telephone, or another person the shift.
_SOON = timedelta(hours=24)
#: Who lost the line so long ago has no shift any more.
_SHIFT_S = 12 * 3600
_USABLE = ("verified", "suspect")


def alarms_of(session: Session, scope: Scope, *, wall: bool = False) -> tuple[Alarm, ...]:
    """The alarms of this reader, the most urgent first. On the ``wall`` nobody is named."""
    found = [*_pages(session, scope), *_coverage(session, scope), *_webhooks(session, scope)]
    found += [*_unexplained(session, scope), *_silent(session, scope)]
    if not wall:
        found += [*_without_telephone(session, scope), *_unmasked(session, scope), *_closed_days(session, scope)]
        found += [*_pause(session, scope), *_talks(session, scope), *_out_of_reach(session, scope)]
    return tuple(sorted(found, key=lambda alarm: alarm.tone != "now"))


def _pages(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Pages that went up their whole ladder; the last resort repeats until somebody accepts."""
    if not (scope.may("page.read") and scope.may("page.accept")):
        return
    for page in paging.live_pages(session, scope):
        if page.state == "open" and page.last_resort:
            text = _("%(code)s: nobody accepts", code=page.code)
            yield Alarm(text=text, tone="now", href=f"/pages/{page.code}")


def _pause(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Her own time after a contact in danger, and a question that nobody must answer. Nobody else sees either."""
    mine = routing.wrap_up_of(session, scope.account_id) if scope.account_id is not None else None
    if mine is not None:
        text = _("Time for yourself until %(t)s. How are you?", t=format_time(mine.until))
        yield Alarm(text=text, href=f"/contacts/{mine.contact_id}#i-operator_state")


def _talks(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Who would like to talk after a contact; told to those who lead the shift, until the answer is changed."""
    if not (scope.may("night_act.review") and scope.may("intake.read")):
        return
    asked = session.execute(intake.wishes_to_talk(scope, _DAY_S)).all()
    who = routing.paused_after(session, [row.contact_id for row in asked]) if asked else {}
    names = Names(session, who.values())
    for row in asked:
        name = names.of(who.get(row.contact_id)) or row.ref
        yield Alarm(text=_("%(name)s would like to talk", name=name), href=f"/contacts/{row.contact_id}")


def _coverage(session: Session, scope: Scope) -> Iterator[Alarm]:
    if not scope.may("shift.write"):
        return
    for line in unserved(session, scope, routing.duty(session, scope)):
        yield Alarm(text=_("Nobody is on duty: %(line)s", line=line.name), tone="now", href="/shifts")


def _unexplained(session: Session, scope: Scope) -> Iterator[Alarm]:
    """What the nightly count could not explain: somebody who reached us may have been lost."""
    count = how_many(session, scope)
    if count:
        text = ngettext("%(n)s contact without an explanation", "%(n)s contacts without an explanation", count)
        yield Alarm(text=text, tone="now", href="/night-acts")


def _silent(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Lines that nobody reached for a multiple of their normal gap: something between her and us may be broken."""
    if not (scope.may("shift.write") or scope.may("line.manage")):
        return
    silent = {row.line_id: row.since for row in silent_lines(session)}
    if not silent:
        return
    for line in staff.lines(session):
        if line.id in silent and (not scope.centre_ids or line.centre_id in scope.centre_ids):
            text = _(
                "%(line)s is unusually quiet since %(t)s: try it", line=line.name, t=format_datetime(silent[line.id])
            )
            yield Alarm(text=text, tone="now")


def _closed_days(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Before closed days: what legal has not ticked off yet, and what of it has gone to the director."""
    late = "director" in scope.roles
    if not late and not scope.may("register.write"):
        return
    count = clock.unticked(session, scope, now(session).astimezone(ISTANBUL).date(), late=late)
    if count.number:
        text = ngettext(
            "%(n)s to tick off before closed days",
            "%(n)s to tick off before closed days",
            count.number,
            n=count,
        )
        yield Alarm(text=text, tone="now" if late else "soon", href="/closed-days")


def _without_telephone(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Who is on call now and has no telephone that could ring."""
    if not scope.may("shift.write"):
        return
    on_call = {
        shift.account_id
        for centre_id in scope.centre_ids
        for shift in routing.on_duty(session, centre_id, role="oncall")
    }
    reached = {account for account, _id, _medium, state in _points(session, on_call) if state in _USABLE}
    names = Names(session, on_call - reached)
    for account_id in sorted(on_call - reached):
        text = _("%(name)s: on call without a telephone", name=names.of(account_id))
        yield Alarm(text=text, tone="now", href="/shifts")


def _out_of_reach(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Whose telephones did not answer, before the shift or in it: told to their owner, and to who leads it."""
    mine = scope.account_id
    if mine is not None and staff.out_of_reach(session, [mine]):
        yield Alarm(text=_("Your telephone did not answer the trial call: tell your lead"), tone="now")
    if not scope.may("shift.write"):
        return
    moment = now(session)
    serving = {row.account_id for row in routing.shifts(session, scope, since=moment, until=moment + _SOON)} - {mine}
    silent = staff.out_of_reach(session, serving)
    lost = routing.lines_lost(session, scope.centre_ids, _SHIFT_S)
    names = Names(session, [*silent, *(account_id for account_id, _at in lost)])
    for account_id in sorted(silent):
        text = _("%(name)s: the telephone did not answer the trial call", name=names.of(account_id))
        yield Alarm(text=text, tone="now", href="/shifts")
    for account_id, at in lost:
        text = _(
            "%(name)s had the line by telephone and did not answer: no longer since %(t)s",
            name=names.of(account_id),
            t=format_time(at),
        )
        yield Alarm(text=text, tone="now", href="/shifts")


def _points(session: Session, accounts: set[UUID]) -> list[tuple[UUID, UUID, str, str]]:
    return staff.contact_point_states(session, list(accounts))


def _webhooks(session: Session, scope: Scope) -> Iterator[Alarm]:
    """What was kept aside at the door: only who sets up the lines can find out why."""
    if not scope.may("line.manage"):
        return
    kept = hotline.kept_aside(session, _DAY_S)
    if kept.conflicts:
        yield Alarm(
            text=ngettext(
                "%(n)s message came again, changed",
                "%(n)s messages came again, changed",
                kept.conflicts,
            ),
        )
    if kept.quarantined:
        yield Alarm(
            text=ngettext(
                "%(n)s contact for a number not ours",
                "%(n)s contacts for numbers not ours",
                kept.quarantined,
            ),
        )


def _unmasked(session: Session, scope: Scope) -> Iterator[Alarm]:
    """Who was shown more whole numbers within an hour than anybody needs."""
    if not (scope.may("night_act.review") or scope.may("audit.read")):
        return
    count = func.max(AuditEntry.detail["count"].astext.cast(Integer)).label("count")
    rows = session.execute(
        select(AuditEntry.actor_id, count)
        .where(
            AuditEntry.at > after(-_DAY_S),
            AuditEntry.act == MANY_UNMASKED,
            AuditEntry.centre_id.in_(scope.centre_ids),
        )
        .group_by(AuditEntry.actor_id),
    ).all()
    names = Names(session, [row.actor_id for row in rows])
    for row in rows:
        text = _("%(name)s saw %(n)s numbers in an hour", name=names.of(row.actor_id), n=row.count)
        yield Alarm(text=text, href="/audit" if scope.may("audit.read") else "")
