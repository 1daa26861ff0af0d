"""Use cases of the register: each in the caller's transaction, with an audit entry and a fact."""

from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service.applications import (
    answer_application,
    approve_application,
    draft_application,
    file_application,
    revise_application,
    withdraw_application,
)
from escalation.cases.register.service.approvals import (
    confirm_lapsed,
    learn_submission,
    mark_approval_unknown,
    record_approval,
    submit_urgent,
)
from escalation.cases.register.service.breaches import (
    call_off_breach,
    execute_detention,
    file_breach,
    object_to_detention,
    order_detention,
    refuse_detention,
    report_breach,
)
from escalation.cases.register.service.changes import Paper, extend, lift, modify
from escalation.cases.register.service.decisions import NewDecision, NewItem, record_decision
from escalation.cases.register.service.exports import export_register
from escalation.cases.register.service.notices import NewNotice, decide_objection, file_objection, record_notice
from escalation.cases.register.service.papers import add_authority, add_document, attach_document, open_document
from escalation.cases.register.service.periods import period_over

__all__ = [
    "NewDecision",
    "NewItem",
    "NewNotice",
    "Paper",
    "RegisterError",
    "add_authority",
    "add_document",
    "answer_application",
    "approve_application",
    "attach_document",
    "call_off_breach",
    "confirm_lapsed",
    "decide_objection",
    "draft_application",
    "execute_detention",
    "export_register",
    "extend",
    "file_application",
    "file_breach",
    "file_objection",
    "learn_submission",
    "lift",
    "mark_approval_unknown",
    "modify",
    "object_to_detention",
    "open_document",
    "order_detention",
    "period_over",
    "record_approval",
    "record_decision",
    "record_notice",
    "refuse_detention",
    "report_breach",
    "revise_application",
    "submit_urgent",
    "withdraw_application",
]
