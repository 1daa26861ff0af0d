"""Reads of the pager: pages for boards and the API, one page with its story, ladders in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.statements import Read, Row, among
from escalation.paging import rules
from escalation.paging.models import LIVE_STATES, Notification, Page, Policy, PolicyVersion, Proof, Target
from hotline import queries as hotline_queries
from staff.scope import Scope

KIND = "page"


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as boards and the API show it: neutral codes alone."""

    id: UUID
    code: str
    centre_id: UUID
    subject_kind: str
    subject_id: UUID | None
    contact_id: UUID | None
    reason: str
    level: int
    province_code: str | None
    language: str | None
    state: str
    epoch: int
    step: int
    loop: int
    last_resort: bool
    due_at: datetime | None
    opened_at: datetime
    requested_by: UUID | None
    accepted_by: UUID | None
    accepted_at: datetime | None
    contact_due_at: datetime | None
    contact_made_at: datetime | None
    closed_at: datetime | None
    closed_reason: str | None
    #: For how many unanswered calls of one number it stands, and when she called last; 0 where that is not known.
    calls: int
    called_at: datetime | None
    #: Closed, and a line of the board all the same: she may call again.
    stands: bool
    #: Open, but nobody is rung before the morning.
    waits: bool

    @property
    def of_many(self) -> bool:
        """Whether it stands for many texts that wait."""
        return self.subject_kind == "contact" and self.contact_id is None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """Somebody who stood on a rung."""

    account_id: UUID
    role: str
    step: int
    loop: int
    skipped: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ProofRow:
    """What somebody did with the page, and in which of its epochs."""

    account_id: UUID
    epoch: int
    kind: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class PageView:
    """One opened page: its row, why it was asked for in words, who was called, and what they did."""

    row: PageRow
    request_reason: str | None
    targets: tuple[TargetRow, ...]
    proofs: tuple[ProofRow, ...]


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """One message or call of a page and where it stands."""

    page_id: UUID
    account_id: UUID
    medium: str
    state: str
    step: int
    loop: int
    at: datetime


def readable(scope: Scope) -> ColumnElement[bool]:
    """The condition under which this reader sees a page. A bar from the contact also hides pages opened before it."""
    return and_(
        scope.where(KIND, centre=Page.centre_id.expression, subject_id=Page.id.expression),
        scope.not_barred("contact", Page.contact_id.expression),
    )


def pages(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The pages this reader sees, as columns named like :class:`PageRow`; higher rooms may filter and join."""
    waits = case((Page.state == "open", (Page.step < 0) & (Page.due_at > koza_now())), else_=False)
    return select(
        Page.id,
        Page.code,
        Page.centre_id,
        Page.subject_kind,
        Page.subject_id,
        Page.contact_id,
        Page.reason,
        Page.level,
        Page.province_code,
        Page.language,
        Page.state,
        Page.epoch,
        Page.step,
        Page.loop,
        Page.last_resort,
        Page.due_at,
        Page.opened_at,
        Page.requested_by,
        Page.accepted_by,
        Page.accepted_at,
        Page.contact_due_at,
        Page.contact_made_at,
        Page.closed_at,
        Page.closed_reason,
        Page.calls,
        Page.called_at,
        stands().label("stands"),
        waits.label("waits"),
    ).where(readable(scope))


def rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[PageRow]:
    """Run a select made from :func:`pages`."""
    return [PageRow(*row) for row in session.execute(query)]


def live_pages(session: Session, scope: Scope) -> list[PageRow]:
    """The pages that still ask something of somebody, most urgent and oldest first: a lane of the board."""
    query = pages(scope).where(Page.state.in_(LIVE_STATES)).order_by(Page.level, Page.opened_at, Page.id)
    return rows(session, query)


def standing_lines(session: Session, scope: Scope) -> list[PageRow]:
    """Whom there is no safe way to reach and who may call again: closed pages that are lines of the board for a day."""
    return rows(session, pages(scope).where(stands()).order_by(Page.called_at, Page.id))


def stands() -> ColumnElement[bool]:
    """Whether a closed page is a line of the board yet."""
    return and_(Page.stands_until.is_not(None), Page.stands_until > koza_now())


def unaccepted(session: Session, scope: Scope) -> int:
    """How many pages nobody has accepted yet, put off or not."""
    waiting = Page.state.in_(("open", "snoozed"))
    return session.scalar(select(func.count()).select_from(Page).where(waiting, readable(scope))) or 0


def pages_of_contact(session: Session, scope: Scope, contact_id: UUID) -> list[PageRow]:
    """All pages about one contact, oldest first."""
    return rows(session, pages(scope).where(Page.contact_id == contact_id).order_by(Page.opened_at, Page.id))


def page(session: Session, scope: Scope, page_id: UUID) -> PageView | None:
    """One page with what it was asked for; ``None`` when it is not this reader's. The caller audits the reading."""
    found = rows(session, pages(scope).where(Page.id == page_id))
    if not found:
        return None
    targets = session.execute(
        select(Target.account_id, Target.role, Target.step, Target.loop, Target.skipped, Target.at)
        .where(Target.page_id == page_id)
        .order_by(Target.at, Target.id),
    )
    proofs = session.execute(
        select(Proof.account_id, Proof.epoch, Proof.kind, Proof.channel, Proof.at)
        .where(Proof.page_id == page_id, Proof.kind.in_(("accepted", "declined", "too_late")))
        .order_by(Proof.at, Proof.id),
    )
    return PageView(
        row=found[0],
        request_reason=session.get_one(Page, page_id).request_reason,
        targets=tuple(TargetRow(*row) for row in targets),
        proofs=tuple(ProofRow(*row) for row in proofs),
    )


def waiting_in(session: Session, pages_of_many: Iterable[PageRow]) -> dict[UUID, int]:
    """How many texts wait in each of these pages; only those that many share are asked about."""
    shared = {page.id: page.code for page in pages_of_many if page.of_many}
    if not shared:
        return {}
    rows = (
        select(Page.merged_into, func.count())
        # By the code, which they have in common and the table has an index for.
        .where(Page.code.in_(shared.values()), among(Page.merged_into, shared))
        .where(Page.state == "merged", Page.closed_at.is_(None))
        .group_by(Page.merged_into)
    )
    return {page_id: number for page_id, number in session.execute(rows) if page_id is not None}


def waiting_with(session: Session, scope: Scope, page: PageRow, limit: int) -> list[UUID]:
    """The contacts that wait in a page which others share, the reader's own first, then the longest wait."""
    mine = Page.accepted_by.is_not_distinct_from(scope.account_id)
    rows = (
        select(Page.contact_id)
        .where(Page.code == page.code, Page.merged_into == page.id, Page.state == "merged", Page.closed_at.is_(None))
        .where(readable(scope))
        .order_by(mine.desc(), Page.level, Page.opened_at, Page.id)
        .limit(limit)
    )
    return [contact_id for contact_id in session.scalars(rows) if contact_id is not None]


def page_by_code(session: Session, scope: Scope, code: str) -> PageRow | None:
    """The page with this code: the live one, else the last that had it."""
    query = (
        pages(scope)
        .where(Page.code == code.strip().upper())
        .order_by(Page.state.in_(LIVE_STATES).desc(), Page.merged_into.is_not(None), Page.opened_at.desc())
        .limit(1)
    )
    found = rows(session, query)
    return found[0] if found else None


def attempts(session: Session, scope: Scope, page_id: UUID) -> list[hotline_queries.AttemptView]:
    """(medium, state, carrier_sid, at) of what the carrier was asked for this page; empty when it is not hers."""
    if not rows(session, pages(scope).where(Page.id == page_id)):
        return []
    return hotline_queries.attempts_of(session, KIND, [str(page_id)])


def notifications(session: Session, scope: Scope, page_ids: Iterable[UUID]) -> list[NotificationRow]:
    """What was sent for these pages and where it stands, in order."""
    readable = pages(scope).where(among(Page.id, page_ids)).subquery()
    found = session.execute(
        select(
            Notification.page_id,
            Notification.account_id,
            Notification.medium,
            Notification.state,
            Notification.step,
            Notification.loop,
            Notification.changed_at,
        )
        .join(readable, readable.c.id == Notification.page_id)
        .order_by(Notification.created_at, Notification.id),
    )
    return [NotificationRow(*row) for row in found]


def _ladder(body: Mapping[str, Any]) -> rules.Ladder:
    def step(entry: Mapping[str, Any]) -> rules.Step:
        return rules.Step(tuple(entry["roles"]), entry["delay_s"], entry["parallel"])

    return rules.Ladder(
        slug=body["slug"],
        steps=tuple(step(entry) for entry in body["steps"]),
        last_resort=step(body["last_resort"]),
        loops=body["loops"],
        contact_within_s=body["contact_within_s"],
        snooze_max_s=body["snooze_max_s"],
    )


def versions_of(centre_id: ColumnElement[UUID]) -> Read:
    """The versions of all policies of a centre, those that count more first, for what takes ``versions``."""
    return Read(
        select(PolicyVersion.id, Policy.id.label("policy_id"))
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where((Policy.centre_id == centre_id) | Policy.centre_id.is_(None))
        .order_by(
            Policy.centre_id.is_(None),
            Policy.slug,
            PolicyVersion.origin == "shipped",
            PolicyVersion.number.desc(),
        )
    )


# Built once: every text and every unanswered call asks it.
_VERSIONS = versions_of(bindparam("of_centre"))
_BODY = Read(select(PolicyVersion.body).where(PolicyVersion.id == bindparam("version_id")))
#: A version is never changed, so that what a process has read of it once stays true.
_BODIES: dict[UUID, dict[str, Any]] = {}


def asked_versions(centre_id: UUID) -> tuple[Read, Row]:
    """What is in force for a centre as a read that is asked together with others."""
    return _VERSIONS, {"of_centre": centre_id}


def _newest(session: Session, versions: Iterable[Any]) -> list[tuple[UUID, dict[str, Any]]]:
    """The version in force of every policy: a centre's own first, and an administrator's before a shipped one."""
    newest: dict[UUID, UUID] = {}
    for row in versions:
        newest.setdefault(row.policy_id, row.id)
    return [(version_id, _body(session, version_id)) for version_id in newest.values()]


def _body(session: Session, version_id: UUID) -> dict[str, Any]:
    known = _BODIES.get(version_id)
    if known is None:
        known = _BODIES[version_id] = _BODY.all(session, beside=True, version_id=version_id)[0].body
    return known


class NoLadderError(Exception):
    """No ladder serves this reason and level: the catalogues were not loaded."""


def ladder_for(session: Session, centre_id: UUID, reason: str, level: int) -> tuple[UUID, rules.Ladder]:
    """The ladder in force for a reason and level, and the version a page keeps. Raises :class:`NoLadderError`."""
    asked, values = asked_versions(centre_id)
    return ladder_told(session, asked.all(session, values, beside=True), reason, level)


def ladder_told(session: Session, versions: Iterable[Any], reason: str, level: int) -> tuple[UUID, rules.Ladder]:
    """As :func:`ladder_for`, from what was asked before."""
    for version_id, body in _newest(session, versions):
        serves = body.get("serves", ())
        if any(reason in item["reasons"] and level in item["levels"] for item in serves):
            return version_id, _ladder(body)
    raise NoLadderError


def ladder_of(session: Session, version_id: UUID) -> rules.Ladder:
    """The ladder of a version."""
    return _ladder(_body(session, version_id))


def opens_after_s(session: Session, centre_id: UUID, level: int, *, taken: bool) -> int:
    """Seconds a text may stand unanswered before its page opens. Raises :class:`NoLadderError`."""
    asked, values = asked_versions(centre_id)
    return opens_after_told(session, asked.all(session, values, beside=True), level, taken=taken)


def opens_after_told(session: Session, versions: Iterable[Any], level: int, *, taken: bool) -> int:
    """As :func:`opens_after_s`, from what was asked before."""
    for _, body in _newest(session, versions):
        if "opens_after_s" in body:
            return int(body["opens_after_s"]["taken" if taken and level > 1 else str(level)])
    raise NoLadderError
