"""How she may be reached: written down as she says it, checked by her code word, and taken back at once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.crypto import keyring_of
from core.ids import new_id
from core.text import fold_tr
from hotline.queries import address_of
from hotline.queries.reach import reach
from hotline.service import flags
from intake import gate
from intake.access import KIND, locked, tell_screens
from intake.callers import holds
from intake.errors import SafeContactError
from intake.identity import identity_of, kinds_in
from intake.models import ON_DROP, SAFE_CHANNEL, Intake, Person, SafeContact
from intake.narrowing import Agreed, narrowed
from intake.service.drafts import raise_to_danger
from staff.scope import Scope

_DAY = 24 * 60
#: Rule of a level that a wrong answer raised.
WRONG_ANSWER = "wrong_answer"


@dataclass(frozen=True, slots=True)
class AgreementSet:
    """The agreement that binds now. ``held_back`` names what was not taken, because it is not sure who speaks."""

    id: UUID
    held_back: tuple[str, ...] = ()


def set_safe_contact(session: Session, actor: Actor, scope: Scope, intake_id: UUID, agreed: Agreed) -> AgreementSet:
    """Write down what was agreed for the address of this contact; it replaces what was agreed before.

    An opt-out of hers and a doubt about her telephone are carried over: an agreement does not undo them. So is the
    code word, which nobody can read, unless a new one is given. Every permit for the address is taken back. On a number
    with an agreement of another conversation only what forbids more is taken until it is sure who speaks; such a change
    neither renews the agreement nor makes it this conversation's. From whoever is not her nothing is taken. Raises
    :class:`SafeContactError`, OutOfScopeError, MissingPermissionError.
    """
    _check(agreed)
    found = _mine(session, scope, intake_id)
    kinds = kinds_in(session, found.contact_id)
    if holds(kinds, "not_her"):
        raise SafeContactError("not_her")
    index = _address_index(session, found)
    before = gate.agreement_of(session, index)
    bound = _bound(session, found, before)
    own = holds(kinds, "own_word")
    if bound is not None and own:
        # A child says who may answer as well; what the telephone's owner forbade still binds.
        bound = replace(
            bound,
            who_may_answer=agreed.who_may_answer,
            code_word_hint=agreed.code_word_hint,
            cover_story=agreed.cover_story,
        )
    agreed, held = narrowed(bound, agreed) if bound is not None else (agreed, ())
    if before is not None:
        before.superseded_at = now(session)
        session.flush()
    fresh = _written(session, actor, found, index, agreed)
    if before is not None:
        fresh.compromised_at, fresh.opted_out_at = before.compromised_at, before.opted_out_at
        fresh.doubted_at = before.doubted_at
        fresh.code_word_hash = fresh.code_word_hash or before.code_word_hash
        if bound is not None and not own:
            fresh.intake_id, fresh.confirmed_at = before.intake_id, before.confirmed_at
    session.add(fresh)
    session.flush()
    if found.data_key_id is None:
        found.data_key_id = fresh.data_key_id
    told = {"call": agreed.call, "sms": agreed.sms, "held_back": ",".join(held)}
    record(session, actor, "safe_contact_set", KIND, intake_id, found.centre_id, **told)
    gate.revoke(session, index, "safe_contact", centre_id=found.centre_id, intake_id=intake_id)
    tell_screens(session, found.contact_id)
    return AgreementSet(fresh.id, held)


def _bound(session: Session, found: Intake, before: SafeContact | None) -> Agreed | None:
    """What an agreement written now may not go beyond; None where whoever speaks decides freely."""
    standing = before if before is not None and before.confirmed_at is not None else None
    if standing is None or standing.intake_id == found.id or identity_of(session, found.contact_id).checked:
        return None
    return Agreed(
        call=standing.call,
        sms=standing.sms,
        days=standing.days,
        from_minute=standing.from_minute,
        to_minute=standing.to_minute,
        who_may_answer=standing.who_may_answer or "",
        code_word_hint=standing.code_word_hint or "",
        cover_story=standing.cover_story,
        expires_at=standing.expires_at,
    )


def _written(session: Session, actor: Actor, found: Intake, index: bytes, agreed: Agreed) -> SafeContact:
    fresh = SafeContact(
        id=new_id(),
        data_key_id=found.data_key_id,
        centre_id=found.centre_id,
        intake_id=found.id,
        address_index=index,
        call=agreed.call,
        sms=agreed.sms,
        days=sorted(set(agreed.days)),
        from_minute=agreed.from_minute,
        to_minute=agreed.to_minute,
        cover_story=agreed.cover_story,
        on_drop=agreed.on_drop,
        confirmed_at=now(session),
        expires_at=agreed.expires_at,
        verified_by=actor.id,
    )
    fresh.number = address_of(session, Scope.system("intake.safe_contact"), found.contact_id)
    fresh.who_may_answer = agreed.who_may_answer or None
    fresh.code_word_hint = agreed.code_word_hint or None
    if agreed.code_word.strip():
        fresh.code_word_hash = _word_hash(session, index, agreed.code_word)
    return fresh


def check_code_word(session: Session, actor: Actor, scope: Scope, intake_id: UUID, word: str) -> bool:
    """Whether ``word`` is what was agreed. A wrong one in a call stops everything that goes to this address at once.

    In a thread it stops what the machine writes and puts the thread before a person as danger: whoever holds her
    telephone may have written, or she in haste, and she may be answered. The right one ends that doubt. Without an
    agreed word the answer is no, and nothing is stopped. Raises :class:`SafeContactError` where nothing was
    typed: a press on the button says nothing about who holds her telephone.
    """
    if not fold_tr(word):
        raise SafeContactError("no_word")
    found = _mine(session, scope, intake_id, act="read")
    known = _reach(session, found)
    agreement = gate.agreement_of(session, known.address_index)
    if agreement is None or agreement.code_word_hash is None:
        return False
    right = hmac.compare_digest(agreement.code_word_hash, _word_hash(session, agreement.address_index, word))
    record(session, actor, "code_word_checked", KIND, intake_id, found.centre_id, right=right)
    if right:
        agreement.doubted_at = None
        session.flush()
    elif known.channel == "sms":
        _doubt(session, agreement, found)
    else:
        _compromise(session, actor, found)
    return right


def mark_compromised(session: Session, actor: Actor, scope: Scope, intake_id: UUID) -> None:
    """Somebody else may have her telephone: nothing more goes to this address until a person clears it."""
    _compromise(session, actor, _mine(session, scope, intake_id))


def clear_compromised(session: Session, actor: Actor, scope: Scope, intake_id: UUID, reason: str) -> None:
    """A person made sure that she has her telephone again. What was agreed before holds again.

    Whoever works on the contact may: at night nobody else is there, and until then she gets no answer. ``reason`` is
    a code and stands in the audit.
    """
    found = _mine(session, scope, intake_id)
    agreement = gate.agreement_of(session, _address_index(session, found))
    if agreement is not None:
        agreement.compromised_at = agreement.doubted_at = None
        session.flush()
    flags.clear_compromised(session, found.contact_id)
    record(session, actor, "compromise_cleared", KIND, intake_id, found.centre_id, reason=reason)
    tell_screens(session, found.contact_id)


def record_opt_out(session: Session, actor: Actor, scope: Scope, intake_id: UUID) -> None:
    """She said that she wants no texts."""
    found = _mine(session, scope, intake_id)
    agreement = _agreement_or_blank(session, found)
    agreement.opted_out_at = now(session)
    session.flush()
    flags.mark_opted_out(session, found.contact_id)
    record(session, actor, "opt_out_recorded", KIND, intake_id, found.centre_id)
    gate.revoke(
        session,
        agreement.address_index,
        "opt_out",
        centre_id=found.centre_id,
        intake_id=intake_id,
    )
    tell_screens(session, found.contact_id)


def add_person(
    session: Session,
    actor: Actor,
    scope: Scope,
    intake_id: UUID,
    role: str,
    *,
    name: str = "",
    note: str = "",
) -> UUID:
    """Note somebody who is part of it; the key is the intake's, so that erasing one erases both."""
    scope.require("person.write", KIND, intake_id)
    found = locked(session, scope, intake_id)
    person = Person(id=new_id(), data_key_id=found.data_key_id, intake_id=intake_id, role=role)
    person.name, person.note = name or None, note or None
    session.add(person)
    session.flush()
    if found.data_key_id is None:
        found.data_key_id = person.data_key_id
        session.flush()
    record(session, actor, "person_added", KIND, intake_id, found.centre_id, role=role)
    return person.id


def _check(agreed: Agreed) -> None:
    if agreed.call not in SAFE_CHANNEL or agreed.sms not in SAFE_CHANNEL:
        raise SafeContactError("bad_channel")
    if agreed.on_drop not in ON_DROP:
        raise SafeContactError("bad_drop")
    minutes = [minute for minute in (agreed.from_minute, agreed.to_minute) if minute is not None]
    if len(minutes) == 1 or any(not 0 <= minute <= _DAY for minute in minutes) or len(set(minutes)) == 1:
        raise SafeContactError("bad_window")
    if any(day not in range(1, 8) for day in agreed.days):
        raise SafeContactError("bad_window")


def _mine(session: Session, scope: Scope, intake_id: UUID, *, act: str = "write") -> Intake:
    scope.require(f"safe_contact.{act}", KIND, intake_id)
    return locked(session, scope, intake_id)


@dataclass(frozen=True, slots=True)
class _Reached:
    channel: str
    address_index: bytes


def _reach(session: Session, found: Intake) -> _Reached:
    known = reach(session, found.contact_id)
    if known is None or known.address_index is None:
        raise SafeContactError("no_address")
    return _Reached(known.channel, known.address_index)


def _address_index(session: Session, found: Intake) -> bytes:
    return _reach(session, found).address_index


def _agreement_or_blank(session: Session, found: Intake) -> SafeContact:
    """The agreement of the address, or an unconfirmed row that only carries what she forbade."""
    index = _address_index(session, found)
    agreement = session.scalars(
        select(SafeContact)
        .where(SafeContact.address_index == index, SafeContact.superseded_at.is_(None))
        .with_for_update(),
    ).one_or_none()
    if agreement is None:
        agreement = SafeContact(id=new_id(), centre_id=found.centre_id, intake_id=found.id, address_index=index)
        session.add(agreement)
        session.flush()
    return agreement


def _compromise(session: Session, actor: Actor, found: Intake) -> None:
    agreement = _agreement_or_blank(session, found)
    agreement.compromised_at = now(session)
    session.flush()
    flags.mark_compromised(session, found.contact_id)
    record(session, actor, "compromised_marked", KIND, found.id, found.centre_id)
    gate.revoke(
        session,
        agreement.address_index,
        "compromised",
        centre_id=found.centre_id,
        intake_id=found.id,
    )
    tell_screens(session, found.contact_id)


def _doubt(session: Session, agreement: SafeContact, found: Intake) -> None:
    agreement.doubted_at = now(session)
    session.flush()
    gate.stop_automatic(session, found.contact_id)
    if not raise_to_danger(session, found.contact_id, WRONG_ANSWER):
        tell_screens(session, found.contact_id)
    # The raise is one statement beside the mapper: what it holds of the intake is read anew.
    session.refresh(found)


def _word_hash(session: Session, index: bytes, word: str) -> bytes:
    return keyring_of(session).blind_index("code_word", f"{index.hex()}:{fold_tr(word)}")
