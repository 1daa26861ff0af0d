"""What stands on a contact's page about calling her: whether, how and until when; how far it came; what to say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.i18n import format_end
from core.i18n import gettext as _
from dashboard.person import safe_contact
from dashboard.presenters import CallBackCard, Gate
from hotline import queries as hotline
from hotline.queries import CallBackView, ContactView
from intake.gate import may_reply, plan_call, sentence
from staff import queries as staff
from staff.scope import Scope

#: What the carrier says where it did not find out who answered.
_UNKNOWN = "unknown"


def call_back_card(session: Session, scope: Scope, contact: ContactView, *, may_call: bool) -> CallBackCard | None:
    """The card of a contact that can be called, or that came of a call of ours; ``None`` for every other one."""
    if contact.address_kind != "number" or scope.account_id is None:
        return None
    rows = hotline.call_backs_of(session, contact.id)
    newest = rows[0] if rows else None
    if newest is not None and newest.contact_id == contact.id:
        return _talk(session, scope, contact, newest) if contact.ended is None else None
    if contact.channel == "voice" and contact.ended is None:
        return None
    if newest is not None and newest.state != "over":
        return _running(session, scope, contact, newest)
    return _before(session, scope, contact, newest, may_call=may_call)


def call_gate(session: Session, scope: Scope, contact: ContactView) -> Gate | None:
    """What the gate says about calling her back, while she is on the line; ``None`` where she is not."""
    if contact.channel != "voice":
        return None
    gate = may_reply(session, scope, contact.id, channel="voice", purpose="callback")
    return Gate(allowed=gate.allowed, sentence=gate.sentence, sender=_number(session, contact))


def _before(
    session: Session, scope: Scope, contact: ContactView, last: CallBackView | None, *, may_call: bool
) -> CallBackCard | None:
    gate = may_reply(session, scope, contact.id, channel="voice", purpose="callback")
    if contact.channel != "voice" and last is None and not gate.allowed:
        return None  # whoever writes is not asked about calls
    plan = plan_call(session, contact.id)
    return CallBackCard(
        may_call=may_call and gate.allowed,
        forbidden="" if gate.allowed else gate.sentence,
        number=_number(session, contact),
        until=_until(plan.closes_at if plan is not None else None),
        how=sentence("", gate.tone, "voice") if gate.allowed else "",
        next_at=plan.opens_at if plan is not None and not gate.allowed and plan.opens_at > plan.known.now else None,
        outcome=outcome_words(last) if last is not None else "",
    )


def _running(session: Session, scope: Scope, contact: ContactView, row: CallBackView) -> CallBackCard:
    mine = row.account_id == scope.account_id
    if not mine:
        return CallBackCard(state=_("A colleague is calling her."))
    states = {
        "ringing": _("Your telephone rings: answer it and press 1."),
        "calling": _("Her telephone is called. Say nothing until you hear a voice."),
        "answered": _("Somebody has answered."),
    }
    return CallBackCard(
        state=states[row.state],
        may_withdraw=row.state in ("ringing", "calling"),
        goes=f"/contacts/{row.contact_id}" if row.contact_id is not None else "",
        number=_number(session, contact),
        script=opening_words(),
        question=_question(session, scope, contact),
    )


def _talk(session: Session, scope: Scope, contact: ContactView, row: CallBackView) -> CallBackCard:
    if row.sure:
        return CallBackCard(state=_("We called her, and it is she who answered."))
    unknown = row.answered_by == _UNKNOWN
    return CallBackCard(
        state=_("We called. Nobody knows yet who has answered."),
        warning=_("The carrier could not tell whether it is a machine: listen first.") if unknown else "",
        unsure=True,
        other=row.other,
        script=opening_words(),
        question=_question(session, scope, contact),
        cover=cover_words(),
    )


def _number(session: Session, contact: ContactView) -> str:
    line = staff.line_by_id(session, contact.line_id)
    return line.number if line is not None else ""


def _until(closes_at: datetime | None) -> str:
    if closes_at is None:
        return _("at any time")
    return _("until %(time)s", time=format_end(closes_at))


def _question(session: Session, scope: Scope, contact: ContactView) -> str:
    """The ordinary question that was agreed, for whoever may read how she is reached."""
    safe = safe_contact(session, scope, contact.id)
    return safe.code_word_hint if safe is not None else ""


def opening_words() -> tuple[str, ...]:
    """What is said and done first, the same in every such call: nothing in it tells who we are."""
    return (
        _("Say nothing until you hear a voice. A recorded voice: hang up without a word."),
        _("“Good day. Is this a good moment?” No name, no institution."),
        _("Then the ordinary question that was agreed. Until the answer is right, nothing else is said."),
    )


def cover_words() -> tuple[str, ...]:
    """What is said to somebody else, before the call is ended."""
    return (
        _("“I am sorry, I have dialled the wrong number. Good day.”"),
        _("Asked who calls, say it once more. Ask for nobody, and leave no message."),
    )


def outcome_words(row: CallBackView) -> str:
    """What came of the last call."""
    return {
        "unreached": _("Your own telephone was not answered with 1. She was not called."),
        "withdrawn": _("The call was given up."),
        "forbidden": _forbidden(row),
        "busy": _("Her line was busy. Nothing was said."),
        "no_answer": _("Nobody answered. Nothing was said."),
        "failed": _("The call did not get through."),
        "machine": _("A machine answered. We hung up without a word."),
        "reached": _("She was reached."),
        "other": _("Somebody else answered. Nothing is sent to this number any more until a person has made sure."),
        "unsure": _("Somebody answered, and nobody made sure that it was she."),
    }.get(row.outcome or "", "")


def _forbidden(row: CallBackView) -> str:
    if row.reasons:
        return _("The call did not leave. %(why)s", why=" ".join(sentence(reason) for reason in row.reasons))
    return _("The call did not leave, or was stopped: her hours were over, or what was agreed changed.")


__all__ = ["call_back_card", "call_gate", "cover_words", "opening_words", "outcome_words"]
