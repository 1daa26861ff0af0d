"""Two records are one woman's because a person says so: proposed, confirmed with a reason, and taken back at will.

Never of the other party, nor of anybody who told of her; never over a bar. Nothing is moved by it: to take it back
leaves what was before. To take back asks for no more than to work on one of the two, since it tells less.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.facts import Fact, report
from core.ids import new_id, parse_reference
from intake.access import KIND, allowed, locked, tell_screens
from intake.errors import MergeError
from intake.events import PersonsMerged, PersonsParted
from intake.identity import identity_of, not_hers, unsure_on_known_number
from intake.models import IDENTITY_WAYS, Intake, Merge
from intake.one_person import same_bars
from intake.service.identity import check_identity, sealing_key
from staff.scope import MissingPermissionError, Scope

LONGEST_REASON = 500


def propose_merge(session: Session, actor: Actor, scope: Scope, intake_id: UUID, ref: str, why: str) -> UUID:
    """Somebody thinks that this record and the one with the reference ``ref`` are one woman's. Returns the merge's id.

    Raises :class:`MergeError`, OutOfScopeError, MissingPermissionError.
    """
    reason = _reason(why, "why")
    other_id = session.scalars(
        select(Intake.id).where(Intake.ref == parse_reference(ref), allowed(scope))
    ).one_or_none()
    if other_id is None:
        raise MergeError("ref", "unknown_ref")
    if other_id == intake_id:
        raise MergeError("ref", "same_record")
    found, other = _both(session, scope, intake_id, other_id, acts=("write", "read"))
    _check_hers(session, found, other)
    if unsure_on_known_number(session, scope, found.contact_id, found.id):
        raise MergeError("", "check_first")
    first, second = sorted((found.id, other.id))
    standing = select(Merge.id).where(Merge.first_id == first, Merge.second_id == second, Merge.ended_at.is_(None))
    if session.execute(standing).first() is not None:
        raise MergeError("ref", "stands_already")
    merge = Merge(
        id=new_id(),
        data_key_id=sealing_key(session, found),
        first_id=first,
        second_id=second,
        proposed_by=actor.id,
        proposed_at=now(session),
    )
    merge.proposal = reason
    session.add(merge)
    session.flush()
    _write_down(session, actor, merge, found, other, "merge_proposed")
    return merge.id


def confirm_merge(
    session: Session, actor: Actor, scope: Scope, intake_id: UUID, merge_id: UUID, why: str, how: str = ""
) -> None:
    """They are one woman's. Said twice it is said once. Needs ``person.merge`` with both.

    ``how`` is how it was made sure who speaks in this record, where nobody said so yet. Raises as
    :func:`propose_merge`.
    """
    reason = _reason(why, "reason")
    scope.require("person.merge", KIND, intake_id)
    merge = _standing(session, scope, intake_id, merge_id)
    other_id = merge.second_id if merge.first_id == intake_id else merge.first_id
    found, other = _both(session, scope, intake_id, other_id, acts=("write", "write"))
    for one in (found, other):
        _require_merging(session, scope, one)
    if merge.confirmed_at is not None or merge.ended_at is not None:
        return
    _check_hers(session, found, other)
    if not same_bars(session, found, other):
        raise MergeError("", "other_bars")
    if unsure_on_known_number(session, scope, other.contact_id, other.id):
        raise MergeError("", "check_there")
    if not identity_of(session, found.contact_id).checked:
        if how not in IDENTITY_WAYS:
            raise MergeError("how", "unknown_way")
        check_identity(session, actor, scope, intake_id, how)
    merge.confirmed_at, merge.confirmed_by = now(session), actor.id
    merge.reason = reason
    session.flush()
    _write_down(session, actor, merge, found, other, "merge_confirmed")
    _tell(session, PersonsMerged, merge, actor, found, other)


def end_merge(session: Session, actor: Actor, scope: Scope, intake_id: UUID, merge_id: UUID, why: str) -> None:
    """They are not, or it is not sure: whoever works on one of the two may say so, and each is read by itself again.

    Said twice it is said once. Raises as :func:`propose_merge`.
    """
    reason = _reason(why, "ended")
    merge = _standing(session, scope, intake_id, merge_id)
    found = locked(session, scope, intake_id)
    if merge.ended_at is not None:
        return
    other = session.get_one(Intake, merge.second_id if merge.first_id == intake_id else merge.first_id)
    merge.ended_at, merge.ended_by = now(session), actor.id
    merge.ended_why = reason
    session.flush()
    confirmed = merge.confirmed_at is not None
    _write_down(session, actor, merge, found, other, "merge_undone" if confirmed else "merge_dismissed")
    if confirmed:
        _tell(session, PersonsParted, merge, actor, found, other)


def _reason(words: str, field: str) -> str:
    if not words.strip():
        raise MergeError(field, "no_reason")
    if len(words) > LONGEST_REASON:
        raise MergeError(field, "too_long")
    return words.strip()


def _both(
    session: Session, scope: Scope, intake_id: UUID, other_id: UUID, *, acts: tuple[str, str]
) -> tuple[Intake, Intake]:
    """Both records, locked in one order whoever asks from which side."""
    act = dict(zip((intake_id, other_id), acts, strict=True))
    held = {one: locked(session, scope, one, act=act[one]) for one in sorted(act)}
    return held[intake_id], held[other_id]


def _require_merging(session: Session, scope: Scope, found: Intake) -> None:
    reached = scope.reaches(
        session,
        "person",
        found.contact_id,
        found.centre_id,
        subject_kind="contact",
        act="merge",
        restricted=found.confidential,
    )
    if not reached:
        raise MissingPermissionError(scope.actor, "person.merge", KIND, found.id)


def _check_hers(session: Session, *found: Intake) -> None:
    if not_hers(session, [one.contact_id for one in found]):
        raise MergeError("", "not_her")


def _standing(session: Session, scope: Scope, intake_id: UUID, merge_id: UUID) -> Merge:
    """The merge, locked before the two records are."""
    mine = or_(Merge.first_id == intake_id, Merge.second_id == intake_id)
    wanted = select(Merge).where(Merge.id == merge_id, mine).with_for_update()
    merge = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if merge is None:
        raise scope.out_of_scope("merge", merge_id)
    return merge


def _write_down(session: Session, actor: Actor, merge: Merge, found: Intake, other: Intake, act: str) -> None:
    for one in (found, other):
        record(session, actor, act, KIND, one.id, one.centre_id, merge=str(merge.id))
        tell_screens(session, one.contact_id)


def _tell(
    session: Session,
    fact: type[PersonsMerged | PersonsParted],
    merge: Merge,
    actor: Actor,
    found: Intake,
    other: Intake,
) -> None:
    for one in (found, other):
        told: Fact = fact(one.contact_id, one.centre_id, one.id, merge.id, actor.id)
        report(session, told)


__all__ = ["LONGEST_REASON", "confirm_merge", "end_merge", "propose_merge"]
