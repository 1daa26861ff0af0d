"""The records of one case, opened for their readers, in a fixed number of queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.text import fold_tr
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.models import (
    Application,
    ApplicationItem,
    Authority,
    Breach,
    Change,
    Decision,
    Document,
    Item,
    MeasureVersion,
    Notice,
    Objection,
    UrgentApproval,
)
from escalation.cases.register.queries.views import (
    ApplicationView,
    ApprovalView,
    AuthorityView,
    BreachView,
    ChangeView,
    DecisionView,
    DocumentView,
    ItemView,
    NoticeView,
    ObjectionView,
)
from escalation.cases.register.rules import applications, breaches, decisions
from staff.scope import Scope

#: As many authorities as a field offers while one types.
_OFFERED = 20


def decision_view(session: Session, scope: Scope, decision_id: UUID) -> DecisionView | None:
    """One decision; ``None`` where the reader may not know of it. The caller audits the reading."""
    found = session.scalars(
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.id == decision_id, access.readable(scope)),
    ).all()
    return next(iter(_decisions(session, found)), None)


def decision_views(session: Session, scope: Scope, case_id: UUID) -> list[DecisionView]:
    """The decisions of a case, newest first; empty where the reader may not know of it."""
    found = session.scalars(
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.case_id == case_id, access.readable(scope))
        .order_by(Decision.decided_on.desc(), Decision.id.desc()),
    ).all()
    return _decisions(session, found)


def application_views(session: Session, scope: Scope, case_id: UUID) -> list[ApplicationView]:
    """The applications of a case, newest first."""
    found = session.scalars(
        select(Application)
        .join(Case, Case.id == Application.case_id)
        .where(Application.case_id == case_id, access.readable(scope))
        .order_by(Application.made_at.desc(), Application.id.desc()),
    ).all()
    codes: dict[UUID, list[str]] = defaultdict(list)
    asked = select(ApplicationItem).where(ApplicationItem.application_id.in_([row.id for row in found]))
    for item in session.scalars(asked.order_by(ApplicationItem.code)) if found else ():
        codes[item.application_id].append(item.code)
    return [_application(row, codes[row.id]) for row in found]


def application_view(session: Session, scope: Scope, application_id: UUID) -> ApplicationView | None:
    """One application; ``None`` where the reader may not know of it. The caller audits the reading."""
    row = session.scalars(
        select(Application)
        .join(Case, Case.id == Application.case_id)
        .where(Application.id == application_id, access.readable(scope)),
    ).one_or_none()
    if row is None:
        return None
    asked = select(ApplicationItem.code).where(ApplicationItem.application_id == row.id)
    return _application(row, session.scalars(asked.order_by(ApplicationItem.code)).all())


def breach_views(session: Session, scope: Scope, case_id: UUID) -> list[BreachView]:
    """The breaches of a case with their detention, newest first; those that were called off are among them."""
    found = session.scalars(
        select(Breach)
        .join(Case, Case.id == Breach.case_id)
        .where(Breach.case_id == case_id, access.readable(scope))
        .order_by(Breach.occurred_at.desc(), Breach.id.desc()),
    )
    return [_breach(row) for row in found]


def document_views(session: Session, scope: Scope, case_id: UUID) -> list[DocumentView]:
    """The papers of a case without their contents, newest first."""
    found = session.scalars(
        select(Document)
        .join(Case, Case.id == Document.case_id)
        .where(Document.case_id == case_id, access.readable(scope))
        .order_by(Document.added_at.desc(), Document.id.desc()),
    )
    return [
        DocumentView(row.id, row.title, row.media_type, row.size, row.sha256, row.added_by, row.added_at)
        for row in found
    ]


def authority(session: Session, authority_id: UUID | None) -> AuthorityView | None:
    """A public body by its id; no scope asks."""
    query = select(Authority.id, Authority.kind, Authority.province_code, Authority.title)
    row = session.execute(query.where(Authority.id == authority_id)).one_or_none() if authority_id else None
    return None if row is None else AuthorityView(*row)


def authorities(session: Session, *, kind: str = "", province_code: str = "", typed: str = "") -> list[AuthorityView]:
    """Authorities whose name holds what was typed, by name; public bodies, so no scope asks."""
    query = select(Authority.id, Authority.kind, Authority.province_code, Authority.title)
    if kind:
        query = query.where(Authority.kind == kind)
    if province_code:
        query = query.where(Authority.province_code == province_code)
    if typed.strip():
        query = query.where(Authority.folded.contains(fold_tr(typed), autoescape=True))
    return [AuthorityView(*row) for row in session.execute(query.order_by(Authority.folded).limit(_OFFERED))]


def _decisions(session: Session, found: Sequence[Decision]) -> list[DecisionView]:
    if not found:
        return []
    parts = _Parts(session, [row.id for row in found])
    titles: dict[UUID, str] = {}
    named = select(Authority.id, Authority.title).where(Authority.id.in_({row.authority_id for row in found}))
    titles.update((row.id, row.title) for row in session.execute(named))
    return [_decision(row, titles[row.authority_id], parts) for row in found]


class _Parts:
    """What belongs to some decisions, each table asked once."""

    def __init__(self, session: Session, ids: Collection[UUID]) -> None:
        self._session, self._ids = session, ids
        self.items = self._of(Item, Item.code)
        self.approvals = self._of(UrgentApproval, UrgentApproval.id)
        self.notices = self._of(Notice, Notice.served_on)
        self.objections = self._of(Objection, Objection.filed_on)
        self.changes = self._of(Change, Change.decided_on)
        versions = {item.measure_id for rows in self.items.values() for item in rows}
        wordings = session.scalars(select(MeasureVersion).where(MeasureVersion.id.in_(versions)))
        self.wordings = {row.id: Measure.model_validate(row.body) for row in wordings}

    def _of(self, kind: Any, order: Any) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = defaultdict(list)
        query = select(kind).where(kind.decision_id.in_(self._ids)).order_by(order, kind.id)
        for row in self._session.scalars(query):
            found[row.decision_id].append(row)
        return found


def _decision(row: Decision, authority: str, parts: _Parts) -> DecisionView:
    return DecisionView(
        id=row.id,
        case_id=row.case_id,
        application_id=row.application_id,
        authority_id=row.authority_id,
        authority=authority,
        authority_kind=row.authority_kind,
        province_code=row.province_code,
        state=row.state,
        possible=decisions.MACHINE.possible(row.state),
        decided_on=row.decided_on,
        issued_at=row.issued_at,
        approver=row.approver,
        docket=row.docket,
        number=row.number,
        protected=row.protected,
        against=row.against,
        document_id=row.document_id,
        first_end=row.first_end,
        last_end=row.last_end,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
        approval=next((_approval(one) for one in parts.approvals[row.id]), None),
        items=tuple(_item(one, parts.wordings[one.measure_id]) for one in parts.items[row.id]),
        notices=tuple(NoticeView(one.party, one.manner, one.served_on) for one in parts.notices[row.id]),
        objections=tuple(_objection(one) for one in parts.objections[row.id]),
        changes=tuple(_change(one) for one in parts.changes[row.id]),
    )


def _item(row: Item, measure: Measure) -> ItemView:
    return ItemView(
        row.id,
        measure,
        row.detail,
        row.start_basis,
        row.begins,
        row.ends,
        row.safe_ends,
        row.ended_on,
        row.end_reason,
    )


def _approval(row: UrgentApproval) -> ApprovalView:
    return ApprovalView(row.state, row.submitted_at, row.answered_at, row.source, row.learned_at, row.told_by)


def _objection(row: Objection) -> ObjectionView:
    return ObjectionView(row.id, row.party, row.state, row.filed_on, row.decided_on, row.docket)


def _change(row: Change) -> ChangeView:
    return ChangeView(row.kind, row.decided_on, row.until, row.docket, row.number, row.document_id)


def _application(row: Application, codes: Sequence[str]) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        case_id=row.case_id,
        purpose=row.purpose,
        state=row.state,
        possible=applications.MACHINE.possible(row.state),
        codes=tuple(codes),
        authority_id=row.authority_id,
        about_id=row.about_id,
        secrecy_asked=row.secrecy_asked,
        statement=row.statement,
        docket=row.docket,
        made_by=row.made_by,
        made_at=row.made_at,
        approved_at=row.approved_at,
        approval_manner=row.approval_manner,
        filed_at=row.filed_at,
        answered_on=row.answered_on,
        withdrawn_at=row.withdrawn_at,
        withdrawal=row.withdrawal,
    )


def _breach(row: Breach) -> BreachView:
    return BreachView(
        id=row.id,
        decision_id=row.decision_id,
        codes=tuple(row.codes),
        state=row.state,
        possible=() if row.called_off_at is not None else breaches.MACHINE.possible(row.state),
        occurred_at=row.occurred_at,
        account=row.account,
        filed_with=row.filed_with,
        filed_on=row.filed_on,
        letter=row.letter,
        docket=row.docket,
        number=row.number,
        decided_on=row.decided_on,
        days=row.days,
        objected_on=row.objected_on,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        called_off_at=row.called_off_at,
        called_off_by=row.called_off_by,
        called_off_reason=row.called_off_reason,
    )
