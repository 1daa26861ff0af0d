"""What others may be told of her: written down as she agrees to it, and withdrawn at once.

Nobody agrees in her place, and whoever holds her telephone does not either: on a known number nothing is written down
before somebody made sure who speaks. To withdraw asks for nothing of the kind, since it forbids more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.facts import report
from core.ids import new_id
from intake.access import KIND, locked, tell_screens
from intake.callers import holds
from intake.consents import LONGEST_WORDS, WAYS, consents
from intake.errors import ConsentError
from intake.events import ConsentRecorded, ConsentWithdrawn
from intake.identity import kinds_in, unsure_on_known_number
from intake.models import Consent, Intake
from intake.service.identity import sealing_key
from staff.scope import Scope

#: A clock on the wall may be so much ahead of ours.
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, repr=False)
class Consented:
    """What she agreed to. ``given_at`` None: now; ``until`` None: until she withdraws it."""

    recipient: str
    told: Sequence[str]
    how: str
    given_at: datetime | None = None
    until: datetime | None = None
    words: str = ""


def record_consent(session: Session, actor: Actor, scope: Scope, intake_id: UUID, said: Consented) -> UUID:
    """Write down to whom she agrees that what is told of her. Returns the consent's id.

    Raises :class:`ConsentError`, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    if holds(kinds_in(session, found.contact_id), "not_her"):
        raise ConsentError("", "not_her")
    if unsure_on_known_number(session, scope, found.contact_id, intake_id):
        raise ConsentError("", "check_first")
    moment = now(session)
    _check(found, said, moment)
    told = [one.code for one in consents().told if one.code in said.told]
    consent = Consent(
        id=new_id(),
        data_key_id=sealing_key(session, found),
        intake_id=intake_id,
        recipient=said.recipient,
        told=told,
        how=said.how,
        given_at=said.given_at or moment,
        until=said.until,
        recorded_by=actor.id,
        recorded_at=moment,
    )
    consent.words = said.words.strip() or None
    session.add(consent)
    session.flush()
    detail = {"recipient": said.recipient, "told": ",".join(told), "how": said.how}
    record(session, actor, "consent_recorded", KIND, intake_id, found.centre_id, **detail)
    told_to = (intake_id, consent.id, said.recipient, actor.id)
    report(session, ConsentRecorded(found.contact_id, found.centre_id, *told_to))
    tell_screens(session, found.contact_id)
    return consent.id


def withdraw_consent(
    session: Session, actor: Actor, scope: Scope, intake_id: UUID, consent_id: UUID, why: str, words: str = ""
) -> None:
    """Nobody is told any more. Said twice it is said once. ``why`` is a code.

    Raises :class:`ConsentError`, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    consent = session.scalars(
        select(Consent).where(Consent.id == consent_id, Consent.intake_id == intake_id).with_for_update()
    ).one_or_none()
    if consent is None:
        raise scope.out_of_scope("consent", consent_id)
    if why not in {one.code for one in consents().withdrawals}:
        raise ConsentError("why", "unknown_code")
    if len(words) > LONGEST_WORDS:
        raise ConsentError("words", "too_long")
    if consent.withdrawn_at is not None:
        return
    consent.withdrawn_at, consent.withdrawn_by, consent.withdrawn_why = now(session), actor.id, why
    consent.withdrawn_words = words.strip() or None
    session.flush()
    detail = {"recipient": consent.recipient, "why": why}
    record(session, actor, "consent_withdrawn", KIND, intake_id, found.centre_id, **detail)
    told_to = (intake_id, consent_id, consent.recipient, why, actor.id)
    report(session, ConsentWithdrawn(found.contact_id, found.centre_id, *told_to))
    tell_screens(session, found.contact_id)


def _check(found: Intake, said: Consented, moment: datetime) -> None:
    known = consents()
    if said.recipient not in {one.code for one in known.recipients}:
        raise ConsentError("recipient", "unknown_code")
    if not said.told:
        raise ConsentError("told", "nothing_told")
    if not {*said.told} <= {one.code for one in known.told}:
        raise ConsentError("told", "unknown_code")
    if said.how not in WAYS:
        raise ConsentError("how", "unknown_way")
    given = said.given_at or moment
    if given > moment + _AHEAD:
        raise ConsentError("given", "future")
    # A paper may be older than her call; her word is not.
    if said.how == "spoken" and given < found.created_at - _AHEAD:
        raise ConsentError("given", "before_her")
    if said.until is not None and said.until <= max(given, moment):
        raise ConsentError("until", "over_already")
    if said.recipient in known.named and not said.words.strip():
        raise ConsentError("words", "not_named")
    if len(said.words) > LONGEST_WORDS:
        raise ConsentError("words", "too_long")


__all__ = ["Consented", "record_consent", "withdraw_consent"]
