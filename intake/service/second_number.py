"""Another number on which she wants to be called: a record of its own, to which nothing is called before it was agreed.

The number that she called from may be his to answer, so nothing that was agreed about it counts for the other, and who
is kept away from the one is kept away from both. That both are hers is proposed at once, and confirmed by a person.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.phones import is_never_dial, never_dial, parse_address
from hotline.queries import address_of
from hotline.service import open_for_number
from intake.access import KIND, locked
from intake.callers import holds
from intake.errors import MergeError
from intake.identity import kinds_in, unsure_on_known_number
from intake.models import Intake
from intake.service.levels import keep_secret
from intake.service.merging import propose_merge
from staff.scope import Scope
from staff.service import copy_bars


def second_number(
    session: Session, actor: Actor, scope: Scope, intake_id: UUID, number: str, account_id: UUID, why: str
) -> UUID:
    """Begin the record of another number of hers, which ``account_id`` has; ``why`` stands with the proposal.

    Returns its contact. Raises :class:`MergeError`, OutOfScopeError, MissingPermissionError.
    """
    scope.require("safe_contact.write", KIND, intake_id)
    found = locked(session, scope, intake_id)
    if holds(kinds_in(session, found.contact_id), "not_her"):
        raise MergeError("number", "not_her")
    if unsure_on_known_number(session, scope, found.contact_id, intake_id):
        raise MergeError("number", "check_first")
    if is_never_dial(number):
        raise MergeError("number", "never_dialled")
    address = parse_address(number)
    if address.kind != "number":
        raise MergeError("number", "no_number")
    if not address.value.startswith(f"+{never_dial().country_code}"):
        # Nobody's word makes us dial abroad: calls there are what a fraud is paid by.
        raise MergeError("number", "abroad")
    if address.value == address_of(session, Scope.system("intake.second_number"), found.contact_id):
        raise MergeError("number", "same_number")
    contact_id = open_for_number(session, found.contact_id, account_id, address.value)
    other = session.scalars(select(Intake).where(Intake.contact_id == contact_id)).one()
    if found.confidential:
        keep_secret(session, [contact_id])
    for source in (("contact", found.contact_id), (KIND, found.id)):
        copy_bars(session, actor, source, [("contact", contact_id), (KIND, other.id)])
    record(session, actor, "second_number_given", KIND, intake_id, found.centre_id, contact=str(contact_id))
    propose_merge(session, actor, scope, intake_id, other.ref, why)
    return contact_id


__all__ = ["second_number"]
