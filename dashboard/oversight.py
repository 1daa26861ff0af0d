"""Search, the audit log, and acts of the night."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.audit import AuditEntry, AuditLink, AuditPending, record
from core.clock import after
from core.i18n import gettext as _
from core.ids import PAGE_CODE_LENGTH, parse_reference
from core.phones import parse_address
from dashboard import labels
from dashboard.four_eyes import act_title
from dashboard.names import Names
from dashboard.person import behind_the_hint
from dashboard.presenters import (
    AuditPage,
    AuditRow,
    Field,
    FormError,
    NightActRow,
    NightActsPage,
    SearchHit,
    SearchPage,
)
from dashboard.unexplained import night_count
from escalation.cases import queries as cases
from escalation.paging import queries as paging
from hotline.queries.reach import contacts_of_address
from hotline.service.sending import address_index
from intake import queries as intake
from staff import queries as staff
from staff.queries import ActRow
from staff.scope import Scope

SEARCHED = "searched"
#: More searches than this by one person within a minute are made to wait.
SEARCH_LIMIT = 60
_MINUTE_S = 60
_ROWS = 100


def searched_lately(session: Session, account_id: UUID) -> int:
    """How often this account searched within the last minute."""
    found = (
        select(func.count())
        .select_from(AuditEntry)
        .where(
            AuditEntry.at > after(-_MINUTE_S),
            AuditEntry.actor_id == account_id,
            AuditEntry.act == SEARCHED,
        )
    )
    return session.execute(found).scalar_one()


def search(session: Session, scope: Scope, words: str) -> SearchPage:
    """What the reader may read of this reference, page code or number. That she searched is written down."""
    reference, number = parse_reference(words), parse_address(words)
    if reference is not None:
        kind, hits = "reference", _by_reference(session, scope, reference)
    elif len(words) == PAGE_CODE_LENGTH:
        kind, hits = "code", _by_code(session, scope, words)
    elif number.kind == "number":
        kind, hits = "number", _by_number(session, scope, number.value)
    else:
        error = FormError(text=_("Give a reference such as R-7K2M-9QXD, a page's code, or a whole number."), field="q")
        return SearchPage(errors=(error,))
    record(session, scope.actor, SEARCHED, "search", kind, count=len(hits))
    return SearchPage(asked=True, hits=tuple(hits))


def _by_reference(session: Session, scope: Scope, reference: str) -> list[SearchHit]:
    if reference.startswith("V") and scope.may("case.read"):
        found = cases.case(session, scope, reference)
        if found is not None:
            return [
                SearchHit(
                    ref=found.ref,
                    kind=_("Case"),
                    href=f"/cases/{found.ref}",
                    state=labels.case_state(found.state),
                    at=found.opened_at,
                ),
            ]
    return _intakes(session, scope, reference=reference) if reference.startswith("R") else []


def _by_code(session: Session, scope: Scope, code: str) -> list[SearchHit]:
    found = paging.page_by_code(session, scope, code) if scope.may("page.read") else None
    if found is None:
        return []
    return [
        SearchHit(
            ref=found.code,
            kind=_("Page"),
            href=f"/pages/{found.code}",
            state=labels.page_state(found.state),
            at=found.opened_at,
        ),
    ]


def _by_number(session: Session, scope: Scope, number: str) -> list[SearchHit]:
    """Only contacts whose intake the reader may read: that somebody called us is itself a secret."""
    contacts = contacts_of_address(session, address_index(session, number))
    return _intakes(session, scope, contact_ids=behind_the_hint(session, contacts))


def _intakes(
    session: Session,
    scope: Scope,
    *,
    reference: str = "",
    contact_ids: Sequence[UUID] = (),
) -> list[SearchHit]:
    if not scope.may("intake.read"):
        return []
    readable = intake.intakes(scope).subquery("readable")
    wanted = readable.c.ref == reference if reference else readable.c.contact_id.in_(contact_ids)
    rows = session.execute(select(readable).where(wanted).order_by(readable.c.created_at.desc()).limit(_ROWS))
    return [
        SearchHit(
            ref=row.ref,
            kind=_("Intake"),
            href=f"/contacts/{row.contact_id}",
            state=labels.intake_state(row.state),
            at=row.created_at,
        )
        for row in rows
    ]


def audit_page(session: Session, scope: Scope, act: str, before: UUID | None) -> AuditPage:
    """The audit of the reader's centre, the newest first; an auditor of no centre sees the system's own."""
    query = (
        select(AuditEntry, AuditLink.number)
        .outerjoin(AuditLink, AuditLink.entry_id == AuditEntry.id)
        .where(_of(scope))
        .order_by(AuditEntry.id.desc())
        .limit(_ROWS + 1)
    )
    if act:
        query = query.where(AuditEntry.act == act)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = session.execute(query).all()
    names = Names(session, [entry.actor_id for entry, _number in rows])
    more = f"/audit?act={act}&before={rows[_ROWS - 1][0].id}" if len(rows) > _ROWS else ""
    chain, whole = _chain(session, scope)
    field = Field(name="act", label=_("Act"), kind="text", values=(act,) if act else (), help=_("its whole code"))
    return AuditPage(
        rows=tuple(_audit_row(entry, number, names) for entry, number in rows[:_ROWS]),
        chain=chain,
        chain_ok=whole,
        filters=(field,),
        next_href=more,
    )


def _of(scope: Scope) -> ColumnElement[bool]:
    return AuditEntry.centre_id.in_(scope.centre_ids) if scope.centre_ids else AuditEntry.centre_id.is_(None)


def _audit_row(entry: AuditEntry, number: int | None, names: Names) -> AuditRow:
    detail = ", ".join(f"{name}: {value}" for name, value in entry.detail.items() if value not in (None, ""))
    subject = entry.subject_id if len(entry.subject_id) <= PAGE_CODE_LENGTH * 3 else entry.subject_id[-8:]
    return AuditRow(
        number=number,
        at=entry.at,
        actor=names.of(entry.actor_id) or entry.actor_name or entry.actor_kind,
        act=entry.act,
        subject=f"{entry.subject_kind} {subject}".strip(),
        detail=detail,
        refused=entry.act.startswith("denied"),
    )


def _chain(session: Session, scope: Scope) -> tuple[str, bool]:
    """How far the chain reaches. Every code of it is checked by ``koza audit verify``, not by opening a page."""
    waiting = session.execute(
        select(func.count())
        .select_from(AuditPending)
        .join(AuditEntry, AuditEntry.id == AuditPending.entry_id)
        .where(_of(scope), AuditEntry.at < after(-_MINUTE_S)),
    ).scalar_one()
    chains = [str(centre_id) for centre_id in scope.centre_ids] or ["system"]
    head = session.execute(select(func.max(AuditLink.number)).where(AuditLink.chain.in_(chains))).scalar()
    if waiting:
        return _("%(n)s entries wait to be chained for more than a minute: is the relay running?", n=waiting), False
    return _("Chained up to no. %(n)s. koza audit verify checks every link.", n=head or 0), True


def night_acts_page(session: Session, scope: Scope, errors: Sequence[FormError] = ()) -> NightActsPage:
    """What others ask this reader to approve, and what they did alone and she must look at."""
    asked, alone = staff.acts_to_approve(session, scope), staff.acts_to_review(session, scope)
    mine = staff.my_open_acts(session, scope)
    every = (*alone, *asked, *mine)
    names = Names(session, [row.requested_by for row in every])
    subjects = _subjects(session, scope, every)
    return NightActsPage(
        waiting=tuple(_act_row(row, names, subjects, may_review=row not in mine) for row in every),
        errors=tuple(errors),
        count=night_count(session, scope),
    )


def _subjects(session: Session, scope: Scope, acts: Sequence[ActRow]) -> dict[str, tuple[str, str]]:
    """What each act is about and where it stands, for who may read it: nobody agrees to what she cannot see."""
    found: dict[str, tuple[str, str]] = {}
    for row in acts:
        if row.subject_kind == "intake" and scope.may("intake.read"):
            view = intake.intake(session, scope, UUID(row.subject_id))
            if view is not None:
                found[row.subject_id] = (view.ref, f"/contacts/{view.contact_id}")
        elif row.subject_kind == "account":
            person = staff.account(session, UUID(row.subject_id))
            if person is not None:
                found[row.subject_id] = (person.name, f"/staff/{person.id}")
    return found


def _act_row(row: ActRow, names: Names, subjects: dict[str, tuple[str, str]], *, may_review: bool) -> NightActRow:
    subject, href = subjects.get(row.subject_id, ("", ""))
    return NightActRow(
        id=str(row.id),
        act=act_title(row.act),
        by=names.of(row.requested_by),
        at=row.requested_at,
        reason=row.reason,
        state="waiting" if row.night_form else "asked",
        subject=subject,
        subject_href=href,
        until=row.expires_at if row.state in ("requested", "approved") else None,
        may_review=may_review,
    )
