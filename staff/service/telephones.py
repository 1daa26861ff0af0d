"""Contact points: the telephones by which staff are paged. An unproven telephone is the commonest lost page."""

from __future__ import annotations

import hmac
import secrets
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.actor import Actor, system
from core.audit import record
from core.clock import after, now
from core.crypto import keyring_of
from core.facts import report
from core.phones import is_never_dial, parse_address
from core.text import digits_to_ascii
from staff.errors import NeverDialledError, NotFoundError
from staff.events import ContactPointSuspected
from staff.models import Account, ContactPoint
from staff.queries import ADDRESS_INDEX

Medium = Literal["voice", "sms"]
PROOF_MINUTES = 15
_PROOF_TRIES = 5
#: Why a telephone is taken out of use whose number Koza never calls.
NEVER_DIALLED = "never_dialled"
_SYSTEM = system("sender")


def add_contact_point(
    session: Session,
    actor: Actor,
    account_id: UUID,
    medium: Medium,
    raw_number: str,
    *,
    two_way: bool = True,
) -> UUID:
    """Add a telephone of a member of staff; it is not used before :func:`verify_contact_point`.

    Raises NeverDialledError for an emergency or short service number, and ``ValueError`` for what is not a telephone
    number and for the same number twice.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFoundError("account")
    address = parse_address(raw_number)
    if is_never_dial(raw_number) or is_never_dial(address):
        raise NeverDialledError
    if address.kind != "number":
        raise ValueError("not a number that staff can be reached at")
    index = keyring_of(session).blind_index(ADDRESS_INDEX, address.value)
    double = select(ContactPoint.id).where(
        ContactPoint.account_id == account_id,
        ContactPoint.medium == medium,
        ContactPoint.address_index == index,
        ContactPoint.state != "disabled",
    )
    if session.scalar(double) is not None:
        raise ValueError("this number is already there")
    point = ContactPoint(
        account_id=account_id,
        data_key_id=account.data_key_id,
        medium=medium,
        address=address.value,
        address_index=index,
        two_way=two_way,
    )
    session.add(point)
    session.flush()
    record(session, actor, "contact_point_added", "account", account_id, account.centre_id, medium=medium)
    return point.id


def _locked(session: Session, contact_point_id: UUID) -> ContactPoint:
    point = session.get(ContactPoint, contact_point_id, with_for_update=True)
    if point is None or point.state == "disabled":
        raise NotFoundError("contact point")
    return point


def new_proof(session: Session, actor: Actor, contact_point_id: UUID) -> str:
    """Six digits that the caller sends or speaks to the telephone; good for 15 minutes and five tries."""
    point = _locked(session, contact_point_id)
    code = f"{secrets.randbelow(1_000_000):06d}"
    point.proof_hash = _proof_hash(session, contact_point_id, code)
    point.proof_failures = 0
    session.flush()
    session.execute(
        update(ContactPoint).where(ContactPoint.id == contact_point_id).values(proof_until=after(PROOF_MINUTES * 60)),
    )
    session.expire(point, ["proof_until"])
    record(session, actor, "contact_point_proof", "contact_point", contact_point_id)
    return code


def verify_contact_point(session: Session, actor: Actor, contact_point_id: UUID, code: str) -> bool:
    """Whether the owner read the digits back; the telephone is verified then and used from now on."""
    point = _locked(session, contact_point_id)
    usable = (
        point.proof_hash is not None
        and point.proof_until is not None
        and point.proof_until > now(session)
        and point.proof_failures < _PROOF_TRIES
        and point.state_reason != NEVER_DIALLED
    )
    typed = _proof_hash(session, contact_point_id, digits_to_ascii(code).strip())
    if not usable or not hmac.compare_digest(typed, point.proof_hash or b""):
        point.proof_failures += 1
        session.flush()
        return False
    point.state, point.state_reason = "verified", None
    point.last_proof_at = now(session)
    point.proof_hash = None
    session.flush()
    record(session, actor, "contact_point_verified", "contact_point", contact_point_id)
    return True


def note_proof(session: Session, contact_point_id: UUID) -> None:
    """A person answered from this telephone just now; a suspect one is trusted again."""
    point = session.get(ContactPoint, contact_point_id, with_for_update=True)
    if point is None:
        return
    point.last_proof_at = now(session)
    if point.state == "suspect":
        point.state, point.state_reason = "verified", None
    session.flush()


def suspect_contact_point(session: Session, contact_point_id: UUID, reason: str) -> None:
    """The carrier could not reach it, or its owner opted out. ``reason``: ``bounced``, ``opt_out``, ``silent``.

    It is used last from now on and the rooms above are told, since a page may be on its way to nobody.
    """
    point = session.get(ContactPoint, contact_point_id, with_for_update=True)
    if point is None or point.state != "verified":
        return
    point.state, point.state_reason = "suspect", reason
    session.flush()
    centre_id = session.scalar(select(Account.centre_id).where(Account.id == point.account_id))
    report(session, ContactPointSuspected(None, centre_id, point.account_id, contact_point_id, reason))


def withdraw_never_dialled(session: Session, e164: str) -> list[UUID]:
    """Take every telephone with this number out of use: Koza never calls it. Returns the accounts they belong to.

    It goes back to "not proven", so that nothing is sent there again and its owner counts as not reachable there,
    and can never be proven; an administrator sees why, and removes it.
    """
    index = keyring_of(session).blind_index(ADDRESS_INDEX, e164)
    wanted = select(ContactPoint).where(ContactPoint.address_index == index, ContactPoint.state != "disabled")
    points = session.scalars(wanted.order_by(ContactPoint.id).with_for_update()).all()
    for point in points:
        if point.state_reason == NEVER_DIALLED:
            continue
        point.state, point.state_reason = "new", NEVER_DIALLED
        session.flush()
        centre_id = session.scalar(select(Account.centre_id).where(Account.id == point.account_id))
        record(session, _SYSTEM, "contact_point_withdrawn", "contact_point", point.id, centre_id, reason=NEVER_DIALLED)
        report(session, ContactPointSuspected(None, centre_id, point.account_id, point.id, NEVER_DIALLED))
    return list(dict.fromkeys(point.account_id for point in points))


def disable_contact_point(session: Session, actor: Actor, contact_point_id: UUID, *, reason: str) -> None:
    """Never use this telephone again; its number can no longer be found."""
    point = _locked(session, contact_point_id)
    point.state, point.state_reason = "disabled", reason
    point.address = None
    point.address_index = None
    session.flush()
    centre_id = session.scalar(select(Account.centre_id).where(Account.id == point.account_id))
    record(session, actor, "contact_point_disabled", "contact_point", contact_point_id, centre_id, reason=reason)


def _proof_hash(session: Session, contact_point_id: UUID, code: str) -> bytes:
    return keyring_of(session).blind_index("proof", f"{contact_point_id}:{code}")


__all__ = [
    "NEVER_DIALLED",
    "Medium",
    "add_contact_point",
    "disable_contact_point",
    "new_proof",
    "note_proof",
    "suspect_contact_point",
    "verify_contact_point",
    "withdraw_never_dialled",
]
