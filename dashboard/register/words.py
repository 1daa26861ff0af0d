"""Words for the register's codes, by the terms of Law 6284 and its regulation."""

from __future__ import annotations

from core.i18n import gettext as _
from dashboard.presenters import Tone


def decision_state(code: str) -> str:
    """Where a decision stands."""
    return {
        "issued": _("Issued"),
        "issued_urgent": _("Urgent, not yet submitted for approval"),
        "submitted": _("Waits for approval"),
        "approval_unknown": _("Approval unknown: ask the authority"),
        "active": _("In force"),
        "extended": _("In force, extended"),
        "modified": _("In force, modified"),
        "refused": _("Approval refused"),
        "lapsed": _("Lapsed: not approved in time"),
        "lifted": _("Lifted"),
        "expired": _("Period over"),
    }.get(code, code)


def decision_tone(code: str) -> Tone:
    """Amber while something is to be learned or done, red where nothing holds any more that was to protect her."""
    tones: dict[str, Tone] = {"issued_urgent": "soon", "submitted": "soon", "approval_unknown": "soon"}
    held: dict[str, Tone] = {"active": "held", "extended": "held", "modified": "held", "issued": "held"}
    return {**tones, **held}.get(code, "quiet")


def missing(code: str) -> str:
    """What her protection lacks."""
    return {
        "approval": _("approval"),
        "service": _("service of notice"),
        "end": _("last day"),
        "secrecy": _("secrecy (8/6) not asked for"),
    }.get(code, code)


def to_do(code: str) -> str:
    """What is to be done today."""
    return {
        "ask_authority": _("Ask the authority whether it approved"),
        "submit_urgent": _("See that the police decision is submitted for approval"),
        "apply_again": _("Apply again today: no protection is known"),
        "file_breach": _("Report the breach to the prosecutor or the court"),
        "file_application": _("File the application that she approved"),
        "file_extension": _("Apply for an extension"),
        "get_her_approval": _("Get her approval for the draft"),
        "ask_service": _("Ask whether notice was served on him"),
        "ask_result": _("Ask for the result of the application"),
        "ask_secrecy": _("Ask her about secrecy (8/6)"),
    }.get(code, code)


def authority(code: str) -> str:
    """Who decides."""
    return {
        "judge": _("Family court"),
        "civil_authority": _("Civil authority"),
        "police_chief": _("Law enforcement chief"),
    }.get(code, code)


def start_basis(code: str) -> str:
    """From when a period runs."""
    return {
        "decision": _("from the decision"),
        "service": _("from service of notice"),
        "pronouncement": _("from pronouncement"),
        "objection": _("from the objection"),
        "submission": _("from submission for approval"),
        "confirmation": _("from the confirmation"),
        "filing": _("from the filing"),
        "breach": _("from the breach"),
        "execution": _("from the execution of detention"),
        "detention": _("from the detention decision"),
        "sent": _("from the sending"),
        "learned": _("from when it became known"),
        "request": _("from the request"),
        "assessment": _("from the assessment"),
        "admission": _("from the admission"),
        "plan": _("from the plan"),
        "confirmed": _("from the confirmation"),
    }.get(code, code)


def end_reason(code: str) -> str:
    """Why a measure ended."""
    return {
        "refused": _("not approved"),
        "lapsed": _("lapsed"),
        "lifted": _("lifted"),
        "modified": _("ended by modification"),
        "expired": _("period over"),
        "objection": _("lifted on objection"),
    }.get(code, code)


def party(code: str) -> str:
    """Who is meant."""
    return {
        "protected": _("Protected person"),
        "perpetrator": _("Perpetrator"),
        "ministry": _("Ministry"),
        "prosecutor": _("Public prosecutor"),
    }.get(code, code)


def manner(code: str) -> str:
    """How a decision reached somebody."""
    return {"served": _("served"), "pronounced": _("pronounced in presence")}.get(code, code)


def approval(code: str) -> str:
    """What is known of an approval."""
    return {
        "pending": _("Waits for approval"),
        "approved": _("Approved"),
        "refused": _("Approval refused"),
        "unknown": _("Unknown"),
        "lapsed": _("Lapsed: not approved in time"),
    }.get(code, code)


def objection(code: str) -> str:
    """Where an objection stands."""
    return {"filed": _("filed"), "accepted": _("accepted"), "rejected": _("rejected")}.get(code, code)


def change(code: str) -> str:
    """What a later decision did."""
    return {"extension": _("Extension"), "modification": _("Modification"), "lifting": _("Lifting")}.get(code, code)


def breach_state(code: str) -> str:
    """Where a breach stands."""
    return {
        "reported": _("Noted, not yet reported to the court"),
        "filed": _("Reported, waits for the court"),
        "accepted": _("Coercive detention ordered"),
        "refused": _("Coercive detention refused"),
        "objected": _("Objected to, waits for the court"),
        "executed": _("Coercive detention carried out"),
    }.get(code, code)


def breach_tone(code: str) -> Tone:
    """Amber while a breach waits for us or the court."""
    return "soon" if code in {"reported", "filed", "objected"} else "held"


def application_state(code: str) -> str:
    """Where an application stands."""
    return {
        "draft": _("Draft"),
        "approved_by_her": _("Approved by her"),
        "filed": _("Filed"),
        "granted": _("Granted"),
        "partly_granted": _("Granted in part"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
    }.get(code, code)


def application_tone(code: str) -> Tone:
    """Amber while we have to do something about it."""
    tones: dict[str, Tone] = {"draft": "soon", "approved_by_her": "soon", "filed": "info", "granted": "held"}
    return tones.get(code, "held" if code == "partly_granted" else "quiet")


def approved_how(code: str) -> str:
    """How she approved what is filed for her."""
    return {"oral": _("She said so"), "written": _("She signed it")}.get(code, code)


def next_act(code: str) -> str:
    """What an application waits for; empty where it waits for nothing."""
    return {
        "draft": _("Record her approval"),
        "approved_by_her": _("Record the filing"),
        "filed": _("Record the result"),
    }.get(code, "")


def purpose(code: str) -> str:
    """What an application is for."""
    return {
        "measures": _("Measures"),
        "extension": _("Extension"),
        "secrecy": _("Secrecy (8/6)"),
        "monitoring": _("Electronic monitoring"),
        "breach": _("Breach notice with detention request"),
    }.get(code, code)


def deadline_state(code: str) -> str:
    """Where a period stands."""
    return {
        "open": _("running"),
        "met": _("done"),
        "unknown": _("unknown: somebody has to ask"),
        "lapsed_confirmed": _("lapse confirmed"),
        "cancelled": _("called off"),
    }.get(code, code)


def counted(code: str) -> str:
    """What the statistics count."""
    return {
        "applications": _("Applications filed"),
        "granted": _("Applications granted"),
        "refused": _("Applications refused"),
        "decisions": _("Decisions"),
        "urgent_decisions": _("Urgent decisions of the police"),
        "lapsed": _("Lapsed"),
        "not_approved": _("Not approved"),
        "expired": _("Period over"),
        "extensions": _("Extensions"),
        "lifted": _("Lifted"),
        "breaches": _("Breaches"),
        "detentions": _("Coercive detentions"),
        "detention_days": _("Days of coercive detention"),
        "detention_refused": _("Coercive detention refused"),
    }.get(code, code)
