"""The intake beside her thread or her call: its questions, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from dashboard import answers
from dashboard.four_eyes import lower_form
from dashboard.names import Names
from dashboard.person import may_with, shows_agreement
from dashboard.presenters import FiredRule, IntakeForm
from dashboard.wording import level_rule
from escalation.cases import queries as cases
from intake.identity import Identity
from intake.queries import IntakeView, SafeContactView
from staff import queries as staff
from staff.scope import Scope


def intake_form(
    session: Session,
    scope: Scope,
    view: IntakeView,
    safe: SafeContactView | None,
    who: Identity,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> IntakeForm:
    """The intake in the order of a conversation, with what may be done with it."""
    shown = safe if shows_agreement(view, safe, who) else None
    questions = answers.questions(view, shown, staff.provinces(session), errors)

    def may(record: str, act: str) -> bool:
        return may_with(session, scope, record, act, view.contact_id, view.centre_id, secret=view.confidential)

    writes, opens = may("intake", "write"), may("case", "open")
    open_ = view.state not in ("closed", "escalated")
    case = _case_of(session, scope, view, who)
    return IntakeForm(
        id=str(view.id),
        ref=view.ref,
        state=view.state,
        safe=questions.safe(),
        sections=tuple(answers.without_unread(section, view.unread) for section in questions.sections()),
        screening=answers.screening_section(view),
        outcome=answers.without_unread(questions.outcome(), view.unread),
        fired=_fired(session, view),
        saved_at=view.saved_at,
        version=view.version,
        editable=writes and view.state != "closed",
        locked=writes and open_ and answers.not_asked_yet(view),
        may_raise=writes and open_ and view.level > 1,
        lower=lower_form(session, scope, view, errors or {}, typed or {}),
        may_triage=writes and open_ and view.triaged_at is None,
        may_close=writes and open_,
        may_reopen=view.state == "closed" and may("intake", "reopen"),
        may_open_case=opens and open_ and not who.suspected,
        copy_href="" if who.suspected or not may("intake", "read") else f"/intakes/{view.id}/copy",
        case_ref=case.ref if case is not None else "",
        case_href=f"/cases/{case.ref}" if case is not None else "",
    )


def _case_of(session: Session, scope: Scope, view: IntakeView, who: Identity) -> cases.CaseView | None:
    """The case of an intake: one that was opened from it, and an older one only once it is sure who speaks."""
    if view.case_id is None or not scope.may("case.read"):
        return None
    found = cases.case(session, scope, view.case_id)
    hers = found is not None and not who.suspected and (who.checked or found.intake_id == view.id)
    return found if hers else None


def _fired(session: Session, view: IntakeView) -> FiredRule:
    """The level with the rule that set it."""
    return FiredRule(
        level=view.level,
        sentence=level_rule(view.level_rule),
        by=Names(session, [view.level_by]).of(view.level_by),
    )
