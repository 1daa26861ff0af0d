"""Who stands on a rung of the ladder, who must be left out, and by which telephones they are reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now as database_now
from core.ids import new_id
from escalation.paging import queries, rules
from escalation.paging.models import Page, Proof
from escalation.paging.service.about import About
from escalation.paging.service.moves import TOPIC
from routing import queries as routing_queries
from staff import queries as staff_queries
from staff.queries import ContactPointRow
from staff.scope import Scope

PAGER = "pager"
#: Shifts carry the codes of roles.
_ON_CALL = "oncall"
#: States of a telephone by which a page is sent.
_USABLE = ("verified", "suspect")
_STAFF_ROLES = {"lead": "shift_lead", "director": "director"}


@dataclass(frozen=True, slots=True)
class Called:
    """How many more people a page calls ``after_s`` seconds from now."""

    after_s: int
    people: int


def people_on(session: Session, page: Page, roles: Iterable[str]) -> dict[UUID, str]:
    """Who stands on a rung, each once, with the role that put her there."""
    found: dict[UUID, str] = {}
    for role in roles:
        for account_id in _holders(session, page, role):
            found.setdefault(account_id, role)
    return found


def _holders(session: Session, page: Page, role: str) -> list[UUID]:
    """The members who hold a role for this page now; for a national line, of the centres that answer it."""
    if role == "on_call":
        return _on_call(session, page)
    own = staff_queries.accounts_with_role(session, [page.centre_id], _STAFF_ROLES[role])
    if own or page.line_id is None:
        return own
    answering = staff_queries.answering_centres(session, page.line_id)
    return staff_queries.accounts_with_role(session, answering, _STAFF_ROLES[role])


def _on_call(session: Session, page: Page) -> list[UUID]:
    """Who is on call for the line now; where nobody is, who is on call for any line of the centre."""
    shifts = []
    if page.line_id is not None:
        shifts = routing_queries.on_duty(session, line_id=page.line_id, role=_ON_CALL)
    if not shifts:
        shifts = routing_queries.on_duty(session, page.centre_id, role=_ON_CALL)
    return list(dict.fromkeys(shift.account_id for shift in shifts))


def left_out(session: Session, page: Page, *, last_resort: bool) -> set[UUID]:
    """Who must not be called: barred from the matter, under duress, the subject herself, who asked, who declined.

    In the last resort a decline no longer counts; the others always do.
    """
    out: set[UUID] = set()
    for kind, subject_id in (("contact", page.contact_id), (page.subject_kind, page.subject_id), (TOPIC, page.id)):
        if subject_id is not None:
            out |= staff_queries.barred_accounts(session, kind, [subject_id]).get(subject_id, frozenset())
    if page.subject_kind == "account" and page.subject_id is not None:
        out.add(page.subject_id)
    if page.requested_by is not None:
        out.add(page.requested_by)
    proofs = session.execute(
        select(Proof.account_id, Proof.kind, Proof.epoch).where(
            Proof.page_id == page.id,
            Proof.kind.in_(("duress", "declined")),
        ),
    )
    for account_id, kind, epoch in proofs:
        if kind == "duress" or (epoch == page.epoch and not last_resort):
            out.add(account_id)
    return out


def telephones(session: Session, account_ids: list[UUID]) -> dict[UUID, list[ContactPointRow]]:
    """The usable telephones of these members, opened for a page."""
    found: dict[UUID, list[ContactPointRow]] = {}
    for point in staff_queries.contact_points_of(session, Scope.system(PAGER), account_ids, purpose="page"):
        found.setdefault(point.account_id, []).append(point)
    return found


def _reachable(session: Session, account_ids: set[UUID]) -> set[UUID]:
    """Who of them has a telephone that a page would ring; no number is opened for it."""
    people = staff_queries.staff_of(session, list(account_ids))
    active = [account_id for account_id, row in people.items() if row.disabled_at is None]
    points = staff_queries.contact_point_states(session, active)
    return {account_id for account_id, _, _, state in points if state in _USABLE}


def forecast(session: Session, asker: UUID | None, about: About, contact_id: UUID, reason: str) -> list[Called]:
    """Who would be called and when, if a page were asked for now: said before the button is pressed.

    Each rung until the last resort, with the people it adds; a rung of whom nobody has a telephone is left out, as it
    is passed.
    """
    page = Page(
        centre_id=about.centre_id,
        line_id=about.line_id,
        contact_id=contact_id,
        subject_kind="contact",
        subject_id=contact_id,
        requested_by=asker,
        id=new_id(),
        epoch=0,
    )
    _, ladder = queries.ladder_for(session, about.centre_id, reason, about.level)
    now = database_now(session)
    seconds = int((rules.notify_at(reason, about.level, now) - now).total_seconds())
    out, known = left_out(session, page, last_resort=False), set[UUID]()
    called: list[Called] = []
    for rung in rules.first_rungs(ladder, ladder.loops * len(ladder.steps) + 1):
        step = rules.step_at(ladder, rung)
        people = _reachable(session, set(people_on(session, page, step.roles)) - out)
        if people - known:
            called.append(Called(seconds, len(people - known)))
        known |= people
        seconds += step.delay_s if people else 0
    return called
