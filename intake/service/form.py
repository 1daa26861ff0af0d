"""The form: saved by itself while she speaks, with nothing required, and closed when what belongs to it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now
from core.crypto import new_data_key
from core.due import cancel_due, set_due
from core.facts import report
from hotline.queries.reach import reach
from intake import gate
from intake.access import KIND, locked, tell_screens, unread_by
from intake.callers import holds
from intake.codes import is_referral, missing_at_close
from intake.errors import ClosedError, ReopenRefusedError
from intake.events import IntakeClosed, NoisesHeard, WishesChanged
from intake.fields import COLUMNS, Parsed, parse
from intake.identity import kinds_in
from intake.models import Intake, Screening
from intake.readers import READERS
from intake.referrals import may_be_told
from intake.rules import DANGER
from intake.service.callers import CALLBACK, caller_changed
from intake.service.emergency import watch_location
from intake.service.informants import keep_name_apart
from intake.service.levels import change_level
from staff import queries as staff_queries
from staff.scope import Scope

#: Rule of the level that an operator's "in danger now" sets.
DANGER_ANSWER = "immediate_danger"
#: Fields by which the router chooses who is asked.
_WISHES = ("language", "wants_woman", "anybody_may_answer")


@dataclass(frozen=True, slots=True)
class IntakeSaved:
    """What stands after a save. ``errors``: field to code of what was wrong; all other fields are saved.

    ``stale``: somebody else had saved since the screen last looked, so it fetches the rest anew.
    """

    saved_at: datetime
    level: int
    rule: str
    version: int
    stale: bool = False
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closing:
    """Whether it is closed now, and what is still asked for if not."""

    closed: bool
    missing: tuple[str, ...] = ()


def autosave(
    session: Session,
    actor: Actor,
    scope: Scope,
    intake_id: UUID,
    changes: Mapping[str, object],
    version: int,
) -> IntakeSaved:
    """Save the fields in ``changes``; nothing is required, and a wrong field never holds up the others.

    Of two people who change one field the later save stands; different fields never overwrite each other. "In danger
    now" raises the level. Raises OutOfScopeError, MissingPermissionError, :class:`ClosedError`.
    """
    found = _open(session, scope, intake_id)
    provinces = frozenset(row.code for row in staff_queries.provinces(session)) if "province_code" in changes else ()
    parsed = parse(changes, frozenset(provinces))
    _refuse_to_call(session, found, parsed)
    _refuse_unread(session, scope, found, parsed)
    stale = version != found.version
    before = _watched(found)
    for name, value in parsed.columns.items():
        setattr(found, name, value)
    if parsed.extra:
        found.extra = {**found.extra, **parsed.extra}
    keep_name_apart(session, actor, found)
    found.version += 1
    found.saved_at = now(session)
    if found.state == "triaged":
        found.state = "in_progress"
    session.flush()
    saved = sorted([*parsed.columns, *parsed.extra])
    record(session, actor, "intake_saved", KIND, intake_id, found.centre_id, count=len(saved), fields=",".join(saved))
    _follow(session, actor, found, before)
    _tell_noises(session, actor, found, before["heard"])
    return IntakeSaved(found.saved_at, found.level, found.level_rule, found.version, stale, parsed.errors)


def _refuse_to_call(session: Session, found: Intake, parsed: Parsed) -> None:
    """Where nothing may begin with us because of this contact, no moment is written down at which it would."""
    planned = {"next_contact": parsed.columns.get("next_contact"), "outcome": parsed.columns.get("outcome")}
    if planned["outcome"] != "callback_planned":
        planned["outcome"] = None
    if any(planned.values()) and holds(kinds_in(session, found.contact_id), "never_first"):
        for name in [name for name, value in planned.items() if value]:
            del parsed.columns[name]
            parsed.errors[name] = "never_first"


def _refuse_unread(session: Session, scope: Scope, found: Intake, parsed: Parsed) -> None:
    """Nobody writes over what she does not read."""
    sent = [name for name in READERS if name in parsed.columns or name in parsed.extra]
    hidden = unread_by(session, scope, found) if sent else frozenset()
    for name in [name for name in sent if name in hidden]:
        parsed.columns.pop(name, None)
        parsed.extra.pop(name, None)
        parsed.errors[name] = "not_read"


def _watched(found: Intake) -> dict[str, Any]:
    flags = ("caller_not_alone", "immediate_danger", "location_kept", "caller_role", "contact_class")
    names = (*_WISHES, *flags, "next_contact", "province_code", "location_now")
    return {name: getattr(found, name) for name in names} | {"heard": found.extra.get("heard") or []}


def _follow(session: Session, actor: Actor, found: Intake, before: dict[str, Any]) -> None:
    """What a change of some fields means outside the form."""
    changed = {name for name, value in before.items() if name != "heard" and getattr(found, name) != value}
    if changed & set(_WISHES):
        report(
            session,
            WishesChanged(
                found.contact_id,
                found.centre_id,
                intake_id=found.id,
                language=found.language,
                wants_woman=found.wants_woman,
                anybody_may_answer=found.anybody_may_answer,
            ),
        )
    if "caller_not_alone" in changed and found.caller_not_alone:
        _stop_writing(session, found)
    if "immediate_danger" in changed and found.immediate_danger == "yes" and found.level > DANGER:
        change_level(session, actor, found, DANGER, DANGER_ANSWER)
    if changed & {"caller_role", "contact_class"}:
        caller_changed(session, actor, found, found.caller_role or "")
    if changed & {"location_now", "location_kept"}:
        watch_location(session, found)
    if "next_contact" in changed:
        if found.next_contact is None:
            cancel_due(session, CALLBACK, str(found.id))
        else:
            set_due(session, CALLBACK, str(found.id), found.next_contact, centre_id=found.centre_id)
    if changed:
        tell_screens(session, found.contact_id)


def _tell_noises(session: Session, actor: Actor, found: Intake, before: list[str]) -> None:
    """What is newly heard is a line of the story with its time: it is what she cannot say. It changes no level."""
    heard = [code for code in found.extra.get("heard") or [] if code not in before]
    if heard:
        told = (found.id, ",".join(heard), actor.id)
        report(session, NoisesHeard(found.contact_id, found.centre_id, *told))


def _stop_writing(session: Session, found: Intake) -> None:
    known = reach(session, found.contact_id)
    if known is not None and known.address_index is not None:
        gate.revoke(session, known.address_index, "not_alone", centre_id=found.centre_id, intake_id=found.id)


def mark_not_alone(session: Session, actor: Actor, scope: Scope, intake_id: UUID, *, not_alone: bool = True) -> None:
    """She is not alone (or is again): screens strip their words, and nothing more is sent to her."""
    found = locked(session, scope, intake_id)
    if found.caller_not_alone == not_alone:
        return
    found.caller_not_alone = not_alone
    found.version += 1
    session.flush()
    record(session, actor, "not_alone_marked", KIND, intake_id, found.centre_id, not_alone=not_alone)
    if not_alone:
        _stop_writing(session, found)
    tell_screens(session, found.contact_id)


def missing_to_close(session: Session, found: Intake) -> tuple[str, ...]:
    """The fields that closing still asks for, in the order of the form."""
    screened = session.execute(select(Screening.id).where(Screening.intake_id == found.id).limit(1)).first()
    values = {name: getattr(found, name) for name in COLUMNS} | found.extra
    told = may_be_told(session, found) if is_referral(values) else ()
    return missing_at_close({**values, "screened": screened is not None, "may_be_told": told})


def close(session: Session, actor: Actor, scope: Scope, intake_id: UUID, outcome: str | None = None) -> Closing:
    """Close the record, or say what is missing.

    Raises OutOfScopeError, MissingPermissionError, :class:`ClosedError`.
    """
    found = _open(session, scope, intake_id)
    if outcome is not None:
        parsed = parse({"outcome": outcome}, frozenset())
        if parsed.errors:
            return Closing(closed=False, missing=("outcome",))
        found.outcome = parsed.columns["outcome"]
    missing = missing_to_close(session, found)
    if missing:
        session.flush()
        return Closing(closed=False, missing=missing)
    found.state = "closed"
    found.closed_at, found.closed_by = now(session), actor.id
    found.version += 1
    session.flush()
    record(session, actor, "intake_closed", KIND, intake_id, found.centre_id, outcome=found.outcome)
    report(
        session,
        IntakeClosed(
            found.contact_id,
            found.centre_id,
            intake_id=found.id,
            outcome=found.outcome or "",
            account_id=actor.id,
        ),
    )
    tell_screens(session, found.contact_id)
    return Closing(closed=True)


def reopen(session: Session, actor: Actor, scope: Scope, intake_id: UUID, reason: str) -> None:
    """Open a closed record again; the reason goes into the record's level note. Needs ``intake.reopen``.

    Raises :class:`ReopenRefusedError`, OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id, act="reopen")
    if found.state != "closed":
        raise ReopenRefusedError("not_closed")
    if not reason.strip():
        raise ReopenRefusedError("no_reason")
    found.state, found.closed_at, found.closed_by = "in_progress", None, None
    found.level_reason = reason
    found.version += 1
    session.flush()
    record(session, actor, "intake_reopened", KIND, intake_id, found.centre_id)
    tell_screens(session, found.contact_id)


def _open(session: Session, scope: Scope, intake_id: UUID) -> Intake:
    found = locked(session, scope, intake_id)
    if found.state == "closed":
        raise ClosedError
    return found


def key_of_intake(session: Session, scope: Scope, intake_id: UUID) -> UUID:
    """The key of an intake, held for a change: what a higher room seals about it goes when the intake goes.

    Raises OutOfScopeError, MissingPermissionError.
    """
    found = locked(session, scope, intake_id)
    if found.data_key_id is None:
        # A draft that says nothing has sealed nothing yet.
        found.data_key_id = new_data_key(session)
        session.flush()
    return found.data_key_id
