"""How the clock's services get hold of a period: the case first, then the period, so that two never wait in a ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import system
from core.outbox import publish
from escalation.cases import service as cases
from escalation.cases.clock import queries, rules
from escalation.cases.clock.models import Deadline
from escalation.cases.models import Case
from staff import queries as staff_queries
from staff.errors import MissingPermissionError
from staff.scope import Scope

CLOCK = system("clock")
PURPOSE = "cases.clock"
#: Due rows: of a reminder's id, of a deadline's id (its legal moment; a page that waits for the duty court).
REMINDER = "cases.reminder"
END = "cases.deadline_end"
PROTECTION = "cases.protection_page"
CLOSURE = "cases.closure_check"
CLOSURE_LATE = "cases.closure_late"
#: Among the facts of a period: the task that asks what nobody knew at its end.
ASKED = "asked"
RANK: dict[str, int] = {"urgent_submit": 1, "urgent_lapse_civil": 1, "urgent_lapse_judge": 1, "lapsed": 1}


@dataclass(frozen=True, slots=True)
class Held:
    """A period and its case, both locked."""

    deadline: Deadline
    case: Case


def asked_of(deadline: Deadline) -> dict[str, Any]:
    """The fact of a question that was asked, for whoever writes the others anew."""
    return {ASKED: deadline.facts[ASKED]} if ASKED in deadline.facts else {}


def held_case(session: Session, case_id: UUID) -> Case:
    """A case, locked; the caller has checked the reader."""
    return cases.held(session, Scope.system(PURPOSE), case_id)


def held(session: Session, deadline_id: UUID) -> Held | None:
    """A period with its case; ``None`` for one that does not exist. The caller has checked the reader."""
    case_id = session.execute(select(Deadline.case_id).where(Deadline.id == deadline_id)).scalar()
    if case_id is None:
        return None
    case = held_case(session, case_id)
    found = session.get_one(Deadline, deadline_id, with_for_update=True, populate_existing=True)
    return Held(found, case)


def held_by(session: Session, scope: Scope, deadline_id: UUID, *, write: bool = False) -> Held:
    """A period in the reader's scope. Raises OutOfScopeError, MissingPermissionError where she may not ``write``."""
    seen = queries.may(session, scope, deadline_id)
    if seen is None:
        raise scope.out_of_scope(queries.KIND, deadline_id)
    if write and not seen.writes:
        raise MissingPermissionError(scope.actor, "register.write", queries.KIND, deadline_id)
    found = held(session, deadline_id)
    assert found is not None  # noqa: S101 - nothing is ever deleted, and it was seen above
    return found


def fact_fields(one: Held) -> dict[str, Any]:
    """What every fact about a period says."""
    deadline = one.deadline
    return {
        "contact_id": one.case.contact_id,
        "centre_id": deadline.centre_id,
        "case_id": deadline.case_id,
        "deadline_id": deadline.id,
        "rule": deadline.rule,
        "subject_kind": deadline.subject_kind,
        "subject_id": deadline.subject_id,
    }


def court_hours(session: Session, case: Case) -> rules.CourtHours:
    """When the duty court of her province answers; of the centre's own where hers is not known."""
    own = [centre.province_code for centre in staff_queries.centres(session, [case.centre_id])]
    return queries.court_hours(session, case.province_code or next(iter(own), None))


def tell_screens(session: Session, one: Held) -> None:
    """The case's row changed for the screens of its centre."""
    session.flush()
    publish(session, one.case.centre_id, cases.TOPIC, one.case.id)
