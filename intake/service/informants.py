"""Who told of somebody else: written down apart from her record, and opened with a reason alone.

Whoever takes the call writes it and reads it no more, as the code word. A name that stands in the form when it becomes
known that somebody else calls goes there as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.crypto import new_data_key
from core.ids import new_id
from intake.access import KIND, locked
from intake.errors import InformantError
from intake.informants import LONGEST, informants
from intake.models import Informant, Intake
from staff.scope import MissingPermissionError, Scope


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What somebody said of herself or himself. An empty text leaves what stands."""

    relation: str = ""
    anonymous: bool = False
    name: str = ""
    number: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class InformantView:
    """Who told of her, opened."""

    relation: str
    anonymous: bool
    name: str
    number: str
    words: str


def write_informant(session: Session, actor: Actor, scope: Scope, intake_id: UUID, told: Told) -> None:
    """Write down who tells of her. Raises :class:`InformantError`, OutOfScopeError, MissingPermissionError."""
    found = locked(session, scope, intake_id)
    if found.caller_role not in informants().roles:
        raise InformantError("", "not_another")
    if told.relation and told.relation not in {one.code for one in informants().relations}:
        raise InformantError("relation", "unknown_code")
    for name, longest in LONGEST.items():
        if len(getattr(told, name)) > longest:
            raise InformantError(name, "too_long")
    kept = _kept(session, found)
    kept.relation, kept.anonymous = told.relation or kept.relation, told.anonymous
    for name in LONGEST:
        said = getattr(told, name).strip()
        if said:
            setattr(kept, name, said)
    _written(session, actor, found, kept)


def keep_name_apart(session: Session, actor: Actor, found: Intake) -> None:
    """The name in the form is that of who calls: where somebody else does, it is no part of her record."""
    if found.caller_role not in informants().roles or not found.display_name:
        return
    kept = _kept(session, found)
    kept.name, found.display_name = found.display_name, None
    _written(session, actor, found, kept)


def disclose_informant(session: Session, actor: Actor, scope: Scope, intake_id: UUID, reason: str) -> InformantView:
    """Open it, for a reason of the catalogue that stands in the audit. Needs ``informant.read`` with this contact.

    Raises :class:`InformantError`, OutOfScopeError, MissingPermissionError.
    """
    scope.require("informant.read", KIND, intake_id)
    found = locked(session, scope, intake_id, act="read")
    reached = scope.reaches(
        session,
        "informant",
        found.contact_id,
        found.centre_id,
        subject_kind="contact",
        restricted=found.confidential,
    )
    if not reached:
        raise MissingPermissionError(scope.actor, "informant.read", KIND, intake_id)
    if reason not in {one.code for one in informants().reasons}:
        raise InformantError("reason", "unknown_code")
    kept = session.scalars(select(Informant).where(Informant.intake_id == intake_id)).one_or_none()
    if kept is None:
        raise scope.out_of_scope("informant", intake_id)
    record(session, actor, "informant_disclosed", KIND, intake_id, found.centre_id, reason=reason)
    return InformantView(kept.relation or "", kept.anonymous, kept.name or "", kept.number or "", kept.words or "")


def _kept(session: Session, found: Intake) -> Informant:
    kept = session.scalars(select(Informant).where(Informant.intake_id == found.id)).one_or_none()
    if kept is None:
        kept = Informant(id=new_id(), data_key_id=new_data_key(session), intake_id=found.id)
        session.add(kept)
    return kept


def _written(session: Session, actor: Actor, found: Intake, kept: Informant) -> None:
    kept.written_by, kept.written_at = actor.id, now(session)
    session.flush()
    record(session, actor, "informant_written", KIND, found.id, found.centre_id, anonymous=kept.anonymous)


__all__ = ["InformantView", "Told", "disclose_informant", "keep_name_apart", "write_informant"]
