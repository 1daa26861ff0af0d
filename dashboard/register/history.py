"""What was done with a decision, out of the audit: who and when, never what was typed."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters.register import HistoryLine
from staff.scope import Scope

_MOST = 200
#: Reading is in the audit too, and would drown what was done.
_READ = ("decision_read", "document_opened", "application_read")


def history(session: Session, scope: Scope, about: Collection[UUID]) -> tuple[HistoryLine, ...]:
    """The acts about some records, newest first; the caller has checked the reader."""
    query = (
        select(AuditEntry.at, AuditEntry.act, AuditEntry.actor_id)
        .where(
            AuditEntry.subject_id.in_([str(one) for one in about]),
            AuditEntry.act.not_in(_READ),
            AuditEntry.centre_id.in_(scope.centre_ids),
        )
        .order_by(AuditEntry.id.desc())
        .limit(_MOST)
    )
    rows = session.execute(query).all()
    names = Names(session, [row.actor_id for row in rows])
    return tuple(HistoryLine(at=row.at, what=act(row.act), by=names.of(row.actor_id)) for row in rows)


def act(code: str) -> str:
    """An act in words."""
    return {
        "decision_issued": _("Decision entered"),
        "decision_issued_urgent": _("Urgent decision of the police entered"),
        "decision_take_effect": _("In force"),
        "decision_submit": _("Submitted for approval"),
        "decision_submission_learned": _("Learned that it had been submitted for approval"),
        "decision_approve": _("Approved"),
        "decision_refuse": _("Approval refused"),
        "decision_lose_sight": _("Approval unknown: the legal moment is over"),
        "decision_lapse": _("Lapse confirmed"),
        "decision_extend": _("Extended"),
        "decision_modify": _("Modified"),
        "decision_lift": _("Lifted"),
        "decision_expire": _("Period over"),
        "decision_item_ended": _("A measure ended"),
        "notice_recorded": _("Service of notice recorded"),
        "objection_file": _("Objection recorded"),
        "objection_accept": _("Objection accepted"),
        "objection_reject": _("Objection rejected"),
        "breach_report": _("Breach noted"),
        "breach_call_off": _("Breach called off"),
        "breach_file": _("Breach reported to the court"),
        "breach_accept": _("Coercive detention ordered"),
        "breach_refuse": _("Coercive detention refused"),
        "breach_object": _("Objection to coercive detention recorded"),
        "breach_execute": _("Coercive detention carried out"),
        "document_attached": _("Paper attached"),
        "application_draft": _("Draft begun"),
        "application_revised": _("Draft changed"),
        "application_approve": _("Approved by her"),
        "application_file": _("Filed"),
        "application_grant": _("Granted"),
        "application_grant_partly": _("Granted in part"),
        "application_refuse": _("Refused"),
        "application_withdraw": _("Withdrawn"),
    }.get(code, code)
