"""How urgent it is: by the rules of the screening, by a person, and who may say that it is less."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.facts import report
from core.ids import new_id
from intake.access import KIND, allowed, locked, tell_screens
from intake.errors import LoweringRefusedError, ScreeningError
from intake.events import IntakeLinked, IntakeTriaged, LevelLowered, LevelRaised
from intake.models import Intake, Screening
from intake.rules import DANGER, Level, assess, level_after, lowering_refusal
from intake.screening import screening
from staff.errors import FourEyesError
from staff.night_acts import use_act
from staff.scope import Scope

#: Rule of a level that a person set.
PERSON = "person"
LOWER_DANGER = "lower_danger"


@dataclass(frozen=True, slots=True)
class Screened:
    """What a set of answers says, and the level that stands after it: they differ where it may not lower."""

    screening_id: UUID
    assessed: Level
    level: int
    rule: str


def screen(session: Session, actor: Actor, scope: Scope, intake_id: UUID, answers: Mapping[str, str]) -> Screened:
    """Keep a set of answers, never to be changed, and let the rules raise the level.

    Raises :class:`ScreeningError` for an unknown answer, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    try:
        assessed = assess(answers)
    except ValueError:
        raise ScreeningError("unknown_answer") from None
    before = session.scalars(
        select(Screening.id)
        .where(Screening.intake_id == intake_id)
        .order_by(Screening.at.desc(), Screening.id.desc())
        .limit(1),
    ).one_or_none()
    screening_id = new_id()
    session.execute(
        insert(Screening).values(
            id=screening_id,
            intake_id=intake_id,
            catalogue_version=screening().version,
            answers=dict(answers),
            level=assessed.level,
            rule=assessed.rule,
            supersedes_id=before,
            asked_by=actor.id,
        ),
    )
    record(
        session,
        actor,
        "screened",
        KIND,
        intake_id,
        found.centre_id,
        level=assessed.level,
        rule=assessed.rule,
        finished=assessed.finished,
    )
    after = level_after(found.level, assessed, triaged=found.triaged_at is not None)
    if after == assessed.level and (after != found.level or found.level_rule != assessed.rule):
        change_level(session, actor, found, after, assessed.rule)
    return Screened(screening_id, assessed, found.level, found.level_rule)


def raise_level(session: Session, actor: Actor, scope: Scope, intake_id: UUID, level: int, reason: str = "") -> bool:
    """Make it more urgent; anybody who works on it may, with one key and without a reason. False: it is so already."""
    found = locked(session, scope, intake_id)
    if level >= found.level or level < DANGER:
        return False
    change_level(session, actor, found, level, PERSON, reason)
    return True


def lower_level(session: Session, actor: Actor, scope: Scope, intake_id: UUID, level: int, reason: str) -> bool:
    """Make it less urgent, with a written reason; from level 1 a shift lead must agree.

    She agrees by doing it herself, by approving the act ``lower_danger``, or at night by its one-person form, which is
    reviewed the next morning. Raises :class:`LoweringRefusedError`, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id, act="lower")
    if level <= found.level or level > 4:
        return False
    agrees = found.level > DANGER or not reason.strip() or _lead_agrees(session, actor, scope, found)
    refusal = lowering_refusal(found.level, level, reason=reason, lead_agrees=agrees)
    if refusal is not None:
        raise LoweringRefusedError(refusal)
    change_level(session, actor, found, level, PERSON, reason)
    return True


def _lead_agrees(session: Session, actor: Actor, scope: Scope, found: Intake) -> bool:
    herself = session.execute(
        select(allowed(scope, LOWER_DANGER)).select_from(Intake).where(Intake.id == found.id),
    ).scalar()
    if herself:
        return True
    try:
        use_act(session, actor, LOWER_DANGER, KIND, found.id)
    except FourEyesError:
        return False
    return True


def triage(session: Session, actor: Actor, scope: Scope, intake_id: UUID) -> None:
    """A person has looked and the level stands as it is. Doing it twice changes nothing."""
    found = locked(session, scope, intake_id)
    if found.triaged_at is not None:
        return
    found.triaged_at, found.triaged_by = now(session), actor.id
    if found.state == "open":
        found.state = "triaged"
    found.version += 1
    session.flush()
    record(session, actor, "intake_triaged", KIND, intake_id, found.centre_id, level=found.level, rule=found.level_rule)
    report(
        session,
        IntakeTriaged(
            found.contact_id,
            found.centre_id,
            intake_id=found.id,
            level=found.level,
            rule=found.level_rule,
            account_id=actor.id,
        ),
    )
    tell_screens(session, found.contact_id)


def change_level(
    session: Session,
    actor: Actor,
    found: Intake,
    level: int,
    rule: str,
    reason: str | None = None,
) -> None:
    """Write a level down that was already decided, and tell everybody. The intake is locked by the caller."""
    before, found.level, found.level_rule, found.level_by = found.level, level, rule, actor.id
    if reason:
        found.level_reason = reason
    found.version += 1
    session.flush()
    record(
        session,
        actor,
        "level_changed",
        KIND,
        found.id,
        found.centre_id,
        from_level=before,
        level=level,
        rule=rule,
        with_reason=bool(reason),
    )
    if level < before:
        report(session, LevelRaised(found.contact_id, found.centre_id, intake_id=found.id, level=level, rule=rule))
    elif level > before:
        report(session, LevelLowered(found.contact_id, found.centre_id, intake_id=found.id, level=level, rule=rule))
    tell_screens(session, found.contact_id)


def keep_secret(session: Session, contact_ids: Collection[UUID]) -> None:
    """The case of these contacts is under secrecy: their intakes are read by those alone to whom they were given.

    Called by the room of the cases.
    """
    session.execute(update(Intake).where(Intake.contact_id.in_(contact_ids)).values(confidential=True))


def link_case(session: Session, actor: Actor, intake_id: UUID, case_id: UUID, *, opened: bool = True) -> None:
    """A case was opened from this intake (or it belongs to one that exists). Called by the room of the cases."""
    found = session.get_one(Intake, intake_id, with_for_update=True)
    found.case_id, found.state = case_id, "escalated"
    found.outcome = found.outcome or ("case_opened" if opened else "linked_to_case")
    found.version += 1
    session.flush()
    record(session, actor, "intake_linked", KIND, intake_id, found.centre_id, case=str(case_id))
    report(session, IntakeLinked(found.contact_id, found.centre_id, intake_id=intake_id, case_id=case_id))
    tell_screens(session, found.contact_id)
