"""A decision as its reader sees it: items, service, approval, what changed it, breaches, history."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import record
from core.clock import now as database_now
from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters import FormError
from dashboard.presenters.register import BreachBrief, DecisionPage
from dashboard.register import acts, adding, drafts, refusals, steps, words
from dashboard.register.history import history
from dashboard.register.panel import line, may_record
from escalation.cases import queries as cases
from escalation.cases.clock import queries as clock
from escalation.cases.register import queries as register
from escalation.cases.register.queries import BreachView, DecisionView
from escalation.cases.register.rules import breaches, decisions
from escalation.cases.register.rules.errors import RegisterError
from staff.scope import Scope


def decision_of(session: Session, scope: Scope, decision_id: UUID) -> DecisionView:
    """A decision that the reader may know of. Raises OutOfScopeError."""
    found = register.decision_view(session, scope, decision_id)
    if found is None:
        raise scope.out_of_scope("register", decision_id)
    return found


def case_of(session: Session, scope: Scope, case_id: UUID) -> register.WhoseRegister:
    """The case whose register the reader reads. Raises OutOfScopeError."""
    found = register.whose(session, scope, case_id)
    if found is None:
        raise scope.out_of_scope("case", case_id)
    return found


def case_href(session: Session, scope: Scope, case: register.WhoseRegister) -> str:
    """The page of the case; empty where the reader reads its register alone."""
    whole = cases.case(session, scope, case.id) if scope.may("case.read") else None
    return "" if whole is None else f"/cases/{case.ref}"


def decision_page(
    session: Session,
    scope: Scope,
    decision_id: UUID,
    errors: Sequence[FormError] = (),
    refused: acts.Refused | None = None,
) -> DecisionPage:
    """The whole decision. That it was read is written down."""
    view = decision_of(session, scope, decision_id)
    case = case_of(session, scope, view.case_id)
    record(session, scope.actor, "decision_read", "decision", view.id, case.centre_id, case=str(case.id))
    writes = may_record(session, scope, case.id, case.centre_id, restricted=case.confidential)
    in_case = writes or acts.may_report(session, scope, case)
    moment = database_now(session)
    found = [one for one in register.breach_views(session, scope, case.id) if one.decision_id == view.id]
    names = Names(session, [view.approval.told_by if view.approval else None, *(one.called_off_by for one in found)])
    about = {view.id, *(one.id for one in found)}
    periods = [one for one in clock.of_case(session, scope, case.id) if one.subject_id in about]
    sure = view.in_force
    return DecisionPage(
        id=str(view.id),
        case_id=str(case.id),
        case_ref=case.ref,
        case_href=case_href(session, scope, case),
        title=_("%(authority)s, %(day)s", authority=view.authority, day=format_date(view.decided_on)),
        state=words.decision_state(view.state),
        tone=words.decision_tone(view.state),
        note=_note(view),
        facts=_facts(view, case),
        measures=tuple(line(item, sure=sure) for item in view.items),
        acts=acts.forms(view, refused, writes=writes, in_case=in_case, boxes=adding.boxes_of(session, view)),
        notices=tuple(_notice(one) for one in view.notices),
        approval=_approval(view, names),
        changes=tuple(_change(one) for one in view.changes),
        objections=tuple(
            (_objection(one), acts.answer_objection(one, refused) if writes and one.state == "filed" else None)
            for one in view.objections
        ),
        breaches=tuple(_breach(one, view, names, refused, writes=writes, in_case=in_case) for one in found),
        paper_href=f"/papers/{view.document_id}" if view.document_id else "",
        application_href=f"/applications/{view.application_id}" if view.application_id else "",
        deadlines=tuple(steps.deadline(one, moment) for one in periods),
        history=history(session, scope, about | {one.id for one in view.objections}),
        drafts=drafts.of_decision(view) if in_case else (),
        errors=tuple(errors),
    )


def _note(view: DecisionView) -> str:
    if view.state == "approval_unknown":
        return _("The legal moment is over and nobody knows the answer. Unknown is not lapsed: ask the authority.")
    if view.state in decisions.WAITING:
        return _("Urgent decision: it protects her until its approval is answered.")
    if view.in_force and not view.served:
        return _("Service of notice on him is not recorded.")
    return ""


def _facts(view: DecisionView, case: register.WhoseRegister) -> tuple[tuple[str, str], ...]:
    moment = format_datetime(view.issued_at) if view.issued_at else format_date(view.decided_on)
    found = (
        (_("Case"), case.ref),
        (_("Authority"), f"{view.authority} · {words.authority(view.authority_kind)}"),
        (_("Decided"), moment),
        (_("Docket number"), view.docket or ""),
        (_("Decision number"), view.number or ""),
        (_("Protected person"), view.protected or ""),
        (_("Against"), view.against or ""),
        (_("Ended"), format_date(view.ended_on) if view.ended_on else ""),
        (_("Why it ended"), words.end_reason(view.end_reason or "")),
    )
    return tuple((name, value) for name, value in found if value)


def _notice(one: register.NoticeView) -> str:
    values = {"who": words.party(one.party), "how": words.manner(one.manner), "day": format_date(one.served_on)}
    return _("%(who)s: %(how)s on %(day)s", **values)


def _approval(view: DecisionView, names: Names) -> tuple[tuple[str, str], ...]:
    found = view.approval
    if found is None:
        return ()
    facts = (
        (_("Approving authority"), words.authority(view.approver or "")),
        (_("State"), words.approval(found.state)),
        (_("Submitted"), format_datetime(found.submitted_at) if found.submitted_at else _("not known")),
        (_("Answered"), format_datetime(found.answered_at) if found.answered_at else ""),
        (_("Who told us"), found.source or ""),
        (_("Learned"), format_datetime(found.learned_at) if found.learned_at else ""),
        (_("Recorded by"), names.of(found.told_by)),
    )
    return tuple((name, value) for name, value in facts if value)


def _change(one: register.ChangeView) -> str:
    numbers = " · ".join(number for number in (one.docket, one.number) if number)
    told = f"{words.change(one.kind)} · {format_date(one.decided_on)}"
    if one.until is not None:
        told = _("%(what)s: until %(day)s", what=told, day=format_date(one.until))
    return f"{told} · {numbers}" if numbers else told


def _objection(one: register.ObjectionView) -> str:
    told = f"{words.party(one.party)} · {format_date(one.filed_on)} · {words.objection(one.state)}"
    return f"{told} {format_date(one.decided_on)}" if one.decided_on else told


def _breach(
    one: BreachView, view: DecisionView, names: Names, refused: acts.Refused | None, *, writes: bool, in_case: bool
) -> BreachBrief:
    called_off = one.called_off_at is not None
    refs = {item.measure.code: item.measure.ref for item in view.items}
    facts = (
        (_("Reported"), format_date(one.filed_on) if one.filed_on else ""),
        (_("Letter number"), one.letter or ""),
        (_("Court's answer"), format_date(one.decided_on) if one.decided_on else ""),
        (_("Days of coercive detention"), str(one.days or "")),
        (_("Objected to"), format_date(one.objected_on) if one.objected_on else ""),
        (
            _("Carried out"),
            f"{format_date(one.starts_on)} – {format_date(one.ends_on)}" if one.starts_on and one.ends_on else "",
        ),
        (_("Called off at"), format_datetime(one.called_off_at) if one.called_off_at else ""),
        (_("Called off by"), names.of(one.called_off_by) if called_off else ""),
        (_("Why it is a mistake"), one.called_off_reason or ""),
    )
    why = breaches.call_off_refusal(one.state, called_off=called_off)
    return BreachBrief(
        id=str(one.id),
        occurred_at=one.occurred_at,
        measures=", ".join(refs.get(code, code) for code in one.codes),
        state=_("Called off: written down by mistake") if called_off else words.breach_state(one.state),
        tone="quiet" if called_off else words.breach_tone(one.state),
        account=one.account or "",
        facts=tuple((name, value) for name, value in facts if value),
        acts=acts.breach_forms(one, refused) if writes else (),
        note=refusals.said(RegisterError(why)) if writes and why == "court_decided" else "",
        draft=drafts.of_breach(one, view.case_id) if in_case else None,
    )
