"""What the fields of a copy sheet say, neutral: each kind of record is read by its own room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.cases import queries as cases
from escalation.cases.copying.rules import Value
from escalation.cases.queries import CaseView
from escalation.cases.register import queries as register
from escalation.cases.register.queries import DecisionView
from intake import queries as intakes
from intake.codes import fields as coded_fields
from intake.queries import IntakeView
from staff import queries as staff
from staff.scope import Scope


def secrecy(session: Session, case: CaseView) -> bool:
    """Whether secrecy (8/6) is asked for or in force in a case: an order makes the case confidential."""
    asked = register.application_views(session, Scope.system("copy_sheet"), case.id)
    return case.confidential or any(one.asks_secrecy for one in asked)


def of_intake(session: Session, scope: Scope, view: IntakeView) -> dict[str, Value]:
    """The values of an intake that the reader has before her."""
    columns = intakes.intakes(scope).subquery("columns")
    received = session.execute(select(columns.c.created_at).where(columns.c.intake_id == view.id)).scalar_one()
    found = {name: _coded(name, view.fields.get(name)) for name in coded_fields()}
    return found | {
        "ref": _text(view.ref),
        "received_at": _moment(received),
        "level": Value("level", (str(view.level),)),
        "interpreter_needed": _yes_no(bool(view.fields.get("interpreter_needed"))),
        "name": _text(view.fields.get("display_name")),
        "province": _province(session, view.fields.get("province_code")),
        "district": _text(view.fields.get("district")),
        "summary": _text(view.fields.get("summary")),
        "closed_at": _moment(view.closed_at),
    }


def of_case(session: Session, scope: Scope, view: CaseView) -> dict[str, Value]:
    """The values of a case, with what its register and the intake that opened it say as far as she reads them."""
    owner = staff.account(session, view.owner_id) if view.owner_id is not None else None
    decisions = register.decision_views(session, scope, view.id)
    live = [item for one in decisions if one.in_force for item in one.live]
    asked = intakes.intake(session, scope, view.intake_id) if view.intake_id is not None else None
    heard = {} if asked is None else {name: _coded(name, asked.fields.get(name)) for name in coded_fields()}
    return heard | {
        "ref": _text(view.ref),
        "opened_at": _day(view.opened_at),
        "state": Value("case_state", (view.state,)),
        "level": Value("level", (str(view.level),)),
        "owner": _text(owner.display_name if owner is not None else None),
        "secrecy": _yes_no(view.confidential),
        "closed_at": _day(view.closed_at),
        "closed_why": Value("closed_why", _given(view.closure_reason)),
        "name": _text(view.title),
        "province": _province(session, view.province_code),
        "decisions": Value("decisions", tuple(_paper(one) for one in decisions)),
        "measures_in_force": _refs(item.measure.ref for item in live),
        "protected_until": _day(max((item.ends for item in live if item.ends is not None), default=None)),
    }


def of_decision(session: Session, view: DecisionView, case: CaseView | None, case_ref: str) -> dict[str, Value]:
    """The values of a decision; ``case`` where the reader reads it too."""
    served = {party: max((n.served_on for n in view.notices if n.party == party), default=None) for party in _PARTIES}
    until = max((one.until for one in view.changes if one.until is not None), default=None)
    return {
        "case_ref": _text(case_ref),
        "authority": _text(view.authority),
        "authority_kind": Value("authority", (view.authority_kind,)),
        "province": _province(session, view.province_code),
        "decided_on": _day(view.decided_on),
        "issued_at": _moment(view.issued_at),
        "docket": _text(view.docket),
        "number": _text(view.number),
        "protected": _text(view.protected),
        "against": _text(view.against),
        "measures": _refs(item.measure.ref for item in view.items),
        "details": Value("text", tuple(f"{i.measure.ref}: {i.detail}" for i in view.items if i.detail)),
        "first_end": _day(view.first_end),
        "last_end": _day(view.last_end),
        "state": Value("decision_state", (view.state,)),
        "approver": Value("authority", _given(view.approver)),
        "approval": Value("approval", _given(view.approval.state if view.approval is not None else None)),
        "served_on_him": _day(served["perpetrator"]),
        "served_on_her": _day(served["protected"]),
        "extended_until": _day(until),
        "objection": Value("objection", tuple(one.state for one in view.objections)),
        "ended_on": _day(view.ended_on),
        "end_reason": Value("end_reason", _given(view.end_reason)),
        "secrecy": Value() if case is None else _yes_no(case.confidential),
    }


def case_of(session: Session, case_id: UUID) -> CaseView:
    """A case whatever the reader: for what protects her, and for the neutral reference that stands on papers."""
    found = cases.case(session, Scope.system("copy_sheet"), case_id)
    if found is None:
        raise LookupError(case_id)
    return found


_PARTIES = ("perpetrator", "protected")


def _given(value: str | None) -> tuple[str, ...]:
    return () if not value else (value,)


def _text(value: str | None) -> Value:
    return Value("text", _given((value or "").strip()))


def _day(value: date | datetime | None) -> Value:
    return Value("day", _given(None if value is None else value.isoformat()))


def _moment(value: datetime | None) -> Value:
    return Value("moment", _given(None if value is None else value.isoformat()))


def _yes_no(value: bool) -> Value:  # noqa: FBT001 - the answer to a question
    return Value("yes_no", ("yes" if value else "no",))


def _coded(name: str, value: Any) -> Value:
    held = value if isinstance(value, list | tuple) else () if value is None else (value,)
    return Value(f"code:{name}", tuple(str(one) for one in held))


def _province(session: Session, code: str | None) -> Value:
    return _text(next((one.name for one in staff.provinces(session) if one.code == code), None))


def _refs(refs: Iterable[str]) -> Value:
    return Value("text", tuple(dict.fromkeys(ref for ref in refs if ref)))


def _paper(one: DecisionView) -> str:
    return "|".join((one.authority, one.decided_on.isoformat(), one.docket or "", one.number or ""))
