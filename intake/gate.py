"""The gate: nothing goes out to a member of the public unless this module said so.

It alone asks the telephone edge for permits. The decision is :mod:`intake.gate_rules`; here what is known about the
address is read, the answer is put into one sentence, and leave once given is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import exists, literal, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.facts import report
from core.i18n import gettext as _
from hotline.queries.reach import Reach, contacts_of_address, reach
from hotline.service import called_lately, give_permit, revoke_permits
from intake.call_back_policy import call_back_policy, pause_after
from intake.callers import OTHER_PARTY, Kind, holds, standing
from intake.events import SafeContactChanged
from intake.gate_rules import PERMIT_S, Agreement, Allowance, Channel, Purpose, Standing, Window, refusals
from intake.models import Intake, OtherPartyMark, SafeContact, TextPolicy
from staff import queries as staff_queries
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """Whether she may be called or written to now, with the reasons against it, the gravest first."""

    allowed: bool
    reasons: tuple[str, ...] = ()
    #: neutral: nothing may be said that tells who we are; ok: she agreed to plain words; None: nothing was agreed.
    tone: Allowance | None = None
    channel: Channel = "sms"

    @property
    def sentence(self) -> str:
        """What the member of staff must know, in her language: every reason, since each must fall before it opens."""
        return _sentences(self.reasons) if self.reasons else sentence("", self.tone, self.channel)


@dataclass(frozen=True, slots=True)
class GateRefusal:
    """No permit: why not."""

    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Every reason as a sentence for the member of staff, in her language."""
        return _sentences(self.reasons)


def _sentences(reasons: tuple[str, ...]) -> str:
    return " ".join(sentence(reason) for reason in reasons)


def sentence(reason: str, tone: str | None = None, channel: Channel = "sms") -> str:
    """What a reason of the gate means, in the reader's language; without a reason, what is allowed."""
    if not reason and channel == "voice":
        return _("She agreed to be called.") if tone == "ok" else _("Say nothing that tells who we are.")
    if not reason:
        if tone == "ok":
            return _("She agreed to be written to.")
        return _("You may write. Say nothing that tells who we are.")
    return {
        "no_address": _("She showed no number that could be reached."),
        "compromised": _("Somebody else may have her telephone. Nothing may be sent."),
        "opted_out": _("She asked us to stop writing. Nothing may be sent."),
        "never": _("Her safe contact forbids this way of reaching her."),
        "never_first": _("Nobody is called or written to first because of this contact."),
        "not_alone": _("She is not alone. Wait until she is."),
        "late": _("This reached us late. Nothing is sent by the machine; a person may answer."),
        "doubted": _("Who writes did not give the agreed answer. Nothing is sent by the machine; a person may answer."),
        "automatic_off": _("Automatic texts are switched off."),
        "not_agreed": _("Nothing was agreed about reaching her. Wait until she contacts us."),
        "expired": _("What was agreed about reaching her has expired."),
        "outside_window": _("This is outside the hours at which she can be reached safely."),
        "named_line": _("This line says who we are to whoever rings it back, and she agreed to neutral words alone."),
        "called_lately": _(
            "We called her lately, or several times. Her telephone is not to ring for us again so soon."
        ),
        "stale": _("Her last text is too long ago. The telephone may lie anywhere now."),
    }.get(reason, reason)


def may_reply(
    session: Session,
    scope: Scope,
    contact_id: UUID,
    *,
    channel: Channel = "sms",
    purpose: Purpose = "reply",
    by_person: bool = True,
) -> GateAnswer:
    """Whether this contact's address may be written to (or called) now.

    Raises OutOfScopeError where the reader may not see the contact.
    """
    known = reach(session, contact_id)
    if known is None or not scope.reaches(session, "contact", contact_id, known.centre_id):
        raise scope.out_of_scope("contact", contact_id)
    return _decide(session, known, channel, purpose, by_person=by_person)


@dataclass(frozen=True, slots=True)
class CallPlan:
    """When she may be called back, by what is agreed now: from ``opens_at`` until ``closes_at`` (None: no end)."""

    known: Reach
    opens_at: datetime
    closes_at: datetime | None
    tone: Allowance


def plan_call(session: Session, contact_id: UUID) -> CallPlan | None:
    """The window in which the gate would let a person call this contact back; None where it would not at all.

    That she is not alone closes the gate for a while and takes no plan back.
    """
    known = reach(session, contact_id)
    agreed = agreement_of(session, known.address_index) if known and known.address_index else None
    if known is None or agreed is None:
        return None
    answer = _decide(session, known, "voice", "callback", by_person=True)
    if answer.tone is None or set(answer.reasons) - {"outside_window", "not_alone", "called_lately"}:
        return None
    window = _as_agreement(agreed, known, "voice").window
    opens, closes = window.next(known.now)
    pause_s = _pause_s(session, known)
    if pause_s:
        opens = max(opens, known.now + timedelta(seconds=pause_s))
        if closes is not None and opens >= closes:
            opens, closes = window.next(opens)
    if agreed.expires_at is not None:
        closes = agreed.expires_at if closes is None else min(closes, agreed.expires_at)
    return CallPlan(known, opens, closes, answer.tone)


def permit_reply(
    session: Session,
    actor: Actor,
    contact_id: UUID,
    channel: Channel = "sms",
    purpose: Purpose = "reply",
) -> UUID | GateRefusal:
    """Give a permit for one send to this contact's address, valid ten minutes, or say why not. Audited either way."""
    known = reach(session, contact_id)
    if known is None:
        return GateRefusal(("no_address",))
    answer = _decide(session, known, channel, purpose, by_person=actor.kind == "staff")
    if not answer.allowed:
        record(
            session,
            actor,
            "gate_refused",
            "contact",
            contact_id,
            known.centre_id,
            reason=answer.reasons[0],
            channel=channel,
            purpose=purpose,
        )
        return GateRefusal(answer.reasons)
    permit_id = give_permit(session, contact_id, channel, purpose, _until(session, known, channel))
    record(
        session,
        actor,
        "gate_permitted",
        "contact",
        contact_id,
        known.centre_id,
        permit=str(permit_id),
        channel=channel,
        purpose=purpose,
    )
    return permit_id


def _until(session: Session, known: Reach, channel: Channel) -> datetime:
    """Until when a permit given now holds. Her telephone may ring to the end of her hours and not a second longer."""
    until = known.now + timedelta(seconds=PERMIT_S)
    plan = plan_call(session, known.contact_id) if channel == "voice" else None
    return until if plan is None or plan.closes_at is None else min(until, plan.closes_at)


def revoke(
    session: Session,
    address_index: bytes,
    why: str,
    *,
    centre_id: UUID | None = None,
    intake_id: UUID | None = None,
) -> int:
    """Take back every permit of an address, because what was agreed changed; returns how many.

    ``why``: safe_contact, opt_out or compromised.
    """
    contacts = contacts_of_address(session, address_index)
    if not contacts:
        return 0
    revoked = revoke_permits(session, contacts[0])
    report(session, SafeContactChanged(contacts[0], centre_id, intake_id=intake_id, why=why))
    return revoked


def stop_automatic(session: Session, contact_id: UUID) -> None:
    """Nothing more goes by itself to this contact's address; what has not left does not leave."""
    revoke_permits(session, contact_id, reason="automatic")


def _decide(session: Session, known: Reach, channel: Channel, purpose: Purpose, *, by_person: bool) -> GateAnswer:
    agreed = agreement_of(session, known.address_index) if known.address_index is not None else None
    agreement = _as_agreement(agreed, known, channel) if agreed is not None and agreed.confirmed_at else None
    circumstances = _circumstances(session, known)
    if agreement is not None and agreed is not None and agreed.intake_id != circumstances.intake_id:
        agreement = agreement.of_another() if holds(circumstances.kinds, "own_word") else agreement
    doubted = agreed is not None and agreed.doubted_at is not None
    stops = [at for at in (known.opted_out_at, agreed.opted_out_at if agreed is not None else None) if at is not None]
    reasons = refusals(
        Standing(
            channel=channel,
            purpose=purpose,
            by_person=by_person,
            now=known.now,
            has_address=known.address_index is not None,
            opted_out=bool(stops),
            wrote_since_opt_out=known.last_text_at is not None and bool(stops) and known.last_text_at > max(stops),
            compromised=known.compromised_at is not None or (agreed is not None and agreed.compromised_at is not None),
            not_alone=circumstances.not_alone,
            never_first=holds(circumstances.kinds, "never_first"),
            late=known.late,
            doubted=doubted,
            automatic_on=circumstances.automatic,
            named_line=channel == "voice" and _names_us(session, known),
            called_lately=channel == "voice" and _pause_s(session, known) > 0,
            agreement=agreement,
            since_inbound_s=_since(known),
        ),
    )
    return GateAnswer(not reasons, reasons, _tone(agreement, doubted=doubted), channel)


def _tone(agreement: Agreement | None, *, doubted: bool) -> Allowance | None:
    """Which words she agreed to. Where it may not be she who reads them, plain ones are not agreed."""
    if agreement is None or agreement.allows == "unasked":
        return None
    return "neutral" if doubted and agreement.allows == "ok" else agreement.allows


def _pause_s(session: Session, known: Reach) -> float:
    """For how many seconds her telephone is not to ring for us, because we called it lately or too often."""
    policy = call_back_policy()
    if known.address_index is None:
        return 0.0
    return pause_after(called_lately(session, known.address_index, policy.within_hours), policy)


def _names_us(session: Session, known: Reach) -> bool:
    line = staff_queries.line_by_id(session, known.line_id)
    return line is not None and line.institution_name_spoken


def agreement_of(session: Session, address_index: bytes) -> SafeContact | None:
    """The safe-contact record that binds an address now."""
    return session.scalars(
        select(SafeContact).where(SafeContact.address_index == address_index, SafeContact.superseded_at.is_(None)),
    ).one_or_none()


def _as_agreement(agreed: SafeContact, known: Reach, channel: Channel) -> Agreement:
    return Agreement(
        allows=cast("Allowance", agreed.sms if channel == "sms" else agreed.call),
        window=Window(frozenset(agreed.days), agreed.from_minute, agreed.to_minute),
        expired=agreed.expires_at is not None and agreed.expires_at <= known.now,
    )


def _since(known: Reach) -> float | None:
    return (known.now - known.last_text_at).total_seconds() if known.last_text_at is not None else None


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """Of the contact: its intake, whether she is not alone, who calls; and whether automatic texts are on."""

    intake_id: UUID | None
    not_alone: bool
    kinds: tuple[Kind, ...]
    automatic: bool


def _circumstances(session: Session, known: Reach) -> _Circumstances:
    his = exists().where(OtherPartyMark.contact_id == known.contact_id, OtherPartyMark.ended_at.is_(None))
    policy = select(TextPolicy.automatic).where(TextPolicy.centre_id == known.centre_id).scalar_subquery()
    asked = select(literal(1).label("one"), policy.label("automatic"), his.label("his")).subquery("asked")
    row = session.execute(
        select(
            Intake.id, Intake.caller_not_alone, Intake.caller_role, Intake.contact_class, asked.c.automatic, asked.c.his
        )
        .select_from(asked)
        .outerjoin(Intake, Intake.contact_id == known.contact_id)
    ).one()
    found = standing(row.caller_role, row.contact_class, {OTHER_PARTY} if row.his else set())
    return _Circumstances(row.id, bool(row.caller_not_alone), found, bool(row.automatic))
