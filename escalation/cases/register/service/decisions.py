"""Entering a decision: one call with all its items, as a court form's boxes or from the police's form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.crypto import keyring_of
from core.facts import report
from core.ids import new_id
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.events import MeasureDecided, SecrecyOrdered, UrgentDecisionIssued
from escalation.cases.register.models import Application, Authority, Decision, Document, Item, UrgentApproval
from escalation.cases.register.models.decisions import ENTRIES
from escalation.cases.register.rules import decisions, papers, periods
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts
from escalation.cases.register.service.answers import answered_by
from escalation.cases.register.service.notices import NewNotice, check_notice, keep_notice
from escalation.cases.register.service.periods import live_items, reckon
from escalation.cases.secrecy import close_contacts
from staff import service as staff_service
from staff.rules import ISTANBUL
from staff.scope import Scope

Known = dict[str, tuple[UUID, Measure]]
#: The hint that the same paper stands in another case: one decision may protect two women.
IN_ANOTHER_CASE = "known_in_another_case"


@dataclass(frozen=True, slots=True)
class NewItem:
    """A measure as it is entered: its length, or its last day where the paper names one, or neither."""

    code: str
    length: periods.Length | None = None
    ends: date | None = None
    start_basis: str = "decision"
    detail: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision as it is entered. An urgent one of the police needs its moment, ``issued_at``."""

    authority_id: UUID
    decided_on: date
    items: tuple[NewItem, ...]
    issued_at: datetime | None = None
    docket: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    protected: str = field(default="", repr=False)
    against: str = field(default="", repr=False)
    application_id: UUID | None = None
    document_id: UUID | None = None
    notices: tuple[NewNotice, ...] = ()
    entry: str = "court"


def record_decision(
    session: Session,
    actor: Actor,
    scope: Scope,
    case_id: UUID,
    new: NewDecision,
    *,
    confirmed: Collection[str] = (),
) -> UUID:
    """Enter a decision with its items and what is known of its service; returns its id.

    A judge's or civil authority's decision protects at once (Law 6284, Art. 10/7: also unserved); an urgent one waits
    for its approval. What is unusual is a hint that passes when it is among ``confirmed``. Raises OutOfScopeError,
    MissingPermissionError, and :class:`RegisterError`: confirm_hints, duplicate (with the known decision's id),
    unknown_authority, unknown_measure, no_items, item_twice, other_needs_words, two_approvers, issued_at_needed,
    in_future, unknown_application, not_filed, unknown_document, unknown_entry, notice_before_decision.
    """
    case = access.held(session, scope, case_id)
    authority = session.get(Authority, new.authority_id)
    if authority is None:
        raise RegisterError("unknown_authority")
    known = measures(session)
    _check(session, case, authority, new, known)
    _let_pass(session, scope, case, authority, new, known, confirmed)
    decision = _keep(session, actor, case, authority, new, known)
    keep_items(session, case, decision, new.items, known)
    urgent = decision.approver is not None
    act = "decision_issued_urgent" if urgent else "decision_issued"
    acts.note(session, actor, case, act, "decision", decision.id, items=len(new.items), after=decision.state)
    if not urgent:
        acts.move(session, actor, case, decision, decisions.MACHINE, "take_effect")
    for notice in new.notices:
        keep_notice(session, actor, case, decision, notice)
    reckon(session, actor, case, decision, tell=not urgent)
    _tell(session, actor, case, decision)
    if new.application_id is not None:
        answered_by(session, actor, case, new.application_id, decision, {item.code for item in new.items})
    if not urgent:
        keep_secret(session, actor, case, decision)
    return decision.id


def _check(session: Session, case: Case, authority: Authority, new: NewDecision, known: Known) -> None:
    urgent = authority.kind == "police_chief"
    acts.one_of(new.entry, ENTRIES, "unknown_entry")
    if urgent and new.issued_at is None:
        raise RegisterError("issued_at_needed")
    acts.not_in_future(session, new.decided_on, new.issued_at)
    check_items(new.items, known)
    refusal = decisions.authority_refusal(authority.kind, [known[item.code][1] for item in new.items])
    if refusal is not None:
        raise RegisterError(refusal)
    for notice in new.notices:
        check_notice(session, notice, new.decided_on)
    if new.document_id is not None:
        document = session.get(Document, new.document_id)
        if document is None or document.case_id != case.id:
            raise RegisterError("unknown_document")
    if new.application_id is not None:
        application = session.get(Application, new.application_id)
        if application is None or application.case_id != case.id:
            raise RegisterError("unknown_application")


def check_items(items: Sequence[NewItem], known: Known, beside: Collection[str] = ()) -> None:
    """Refuse items that cannot stand: none, an unknown one, one twice, an "other" without words.

    ``beside`` are the codes of items that stand there already.
    """
    if not items:
        raise RegisterError("no_items")
    seen = set(beside)
    for item in items:
        if item.code not in known:
            raise RegisterError("unknown_measure", (item.code,))
        acts.one_of(item.start_basis, periods.START_BASES, "unknown_start_basis")
        other = item.code.endswith("_other")
        if other and not item.detail.strip():
            raise RegisterError("other_needs_words", (item.code,))
        if item.code in seen and not other:
            raise RegisterError("item_twice", (item.code,))
        seen.add(item.code)


def _let_pass(
    session: Session,
    scope: Scope,
    case: Case,
    authority: Authority,
    new: NewDecision,
    known: Known,
    confirmed: Collection[str],
) -> None:
    told = list(decisions.hints(authority.kind, [known[item.code][1] for item in new.items]))
    for item in new.items:
        hints = periods.length_hints(new.decided_on, item.length, item.ends)
        told += [f"{hint}:{item.code}" for hint in hints]
    twin = _same_paper(session, scope, case, authority, new)
    if twin is not None and twin.case_id == case.id:
        raise RegisterError("duplicate", known_id=twin.id)
    if twin is not None:
        told.append(IN_ANOTHER_CASE)
    acts.confirmed(told, confirmed, None if twin is None else twin.id)


def _paper_index(session: Session, authority: Authority, new: NewDecision) -> bytes | None:
    """Court, docket and decision number as one key; ``None`` where the paper bears no number at all.

    The police's form is entered once for each approving authority, so whom it waits for belongs to the key.
    """
    numbers = [papers.file_number(new.docket), papers.file_number(new.number)]
    if not any(numbers):
        return None
    codes = {item.code[0] for item in new.items if item.code[0] != "c"} if authority.kind == "police_chief" else set()
    key = "\x1f".join([str(authority.id), *numbers, *sorted(codes)])
    return keyring_of(session).blind_index("register:paper", key)


def _same_paper(session: Session, scope: Scope, case: Case, authority: Authority, new: NewDecision) -> Decision | None:
    """The decision that bears the same numbers: of this case first, else one that the actor may read."""
    key = _paper_index(session, authority, new)
    if key is None:
        return None
    twins = session.scalars(
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.paper_index == key, access.readable(scope))
        .order_by((Decision.case_id == case.id).desc(), Decision.entered_at)
        .limit(1),
    )
    return twins.one_or_none()


def _keep(session: Session, actor: Actor, case: Case, authority: Authority, new: NewDecision, known: Known) -> Decision:
    urgent = authority.kind == "police_chief"
    decision = Decision(
        id=new_id(),
        data_key_id=case.data_key_id,
        case_id=case.id,
        centre_id=case.centre_id,
        application_id=new.application_id,
        authority_id=authority.id,
        authority_kind=authority.kind,
        province_code=authority.province_code,
        state="issued_urgent" if urgent else "issued",
        entry=new.entry,
        decided_on=new.decided_on,
        issued_at=new.issued_at if urgent else None,
        approver=decisions.approver_of(known[item.code][1] for item in new.items) if urgent else None,
        docket_index=acts.index(session, "docket", new.docket),
        number_index=acts.index(session, "number", new.number),
        paper_index=_paper_index(session, authority, new),
        document_id=new.document_id,
        codes=[],
        entered_by=actor.id,
    )
    decision.docket = new.docket.strip() or None
    decision.number = new.number.strip() or None
    decision.protected = new.protected.strip() or None
    decision.against = new.against.strip() or None
    session.add(decision)
    session.flush()
    if urgent:
        session.add(UrgentApproval(data_key_id=case.data_key_id, decision_id=decision.id, state="pending"))
        session.flush()
    return decision


def keep_items(session: Session, case: Case, decision: Decision, items: Iterable[NewItem], known: Known) -> None:
    """Write items down with the version of their measure that holds today."""
    for new in items:
        item = Item(
            data_key_id=case.data_key_id,
            decision_id=decision.id,
            code=new.code,
            measure_id=known[new.code][0],
            start_basis=new.start_basis,
            length_count=None if new.length is None else new.length.count,
            length_unit=None if new.length is None else new.length.unit,
            stated_end=new.ends,
        )
        item.detail = new.detail.strip() or None
        session.add(item)
        decision.codes = sorted({*decision.codes, new.code})
    session.flush()


def _tell(session: Session, actor: Actor, case: Case, decision: Decision) -> None:
    if decision.approver is not None and decision.issued_at is not None:
        report(
            session,
            UrgentDecisionIssued(
                case.contact_id,
                case.centre_id,
                case.id,
                actor.id,
                decision.id,
                decision.approver,
                decision.issued_at.astimezone(ISTANBUL).isoformat(),
                decision.province_code,
            ),
        )
        return
    report(
        session,
        MeasureDecided(
            case.contact_id,
            case.centre_id,
            case.id,
            actor.id,
            decision.id,
            decision.authority_kind,
            decision.decided_on.isoformat(),
            acts.iso(decision.first_end),
            acts.iso(decision.last_end),
            decision.province_code,
        ),
    )


def keep_secret(session: Session, actor: Actor, case: Case, decision: Decision) -> None:
    """Where a decision in force orders secrecy (Law 6284, Art. 8/6), the case is its readers' alone from now on.

    Who enters it goes on reading by a grant of her own: what she knows already is not taken from her in the middle of
    her work, and the audit names her.
    """
    known = measures(session)
    ordered = any(known[item.code][1].secrecy for item in live_items(session, decision.id) if item.code in known)
    if not ordered:
        return
    if not case.confidential:
        case.confidential = True
        session.flush()
        close_contacts(session, case)
        acts.note(session, actor, case, "case_made_secret", access.SUBJECT, case.id, decision=str(decision.id))
        if actor.kind == "staff" and actor.id is not None:
            staff_service.grant(
                session,
                actor,
                subject_kind=access.SUBJECT,
                subject_id=case.id,
                grantee_kind="staff",
                grantee_id=actor.id,
                reason="assigned",
                centre_id=case.centre_id,
            )
    report(session, SecrecyOrdered(case.contact_id, case.centre_id, case.id, actor.id, decision.id))
