"""A draft for every contact, and a level that only rises by itself.

Used by reactions in the transaction of the webhook, hence few statements; each may run twice without harm.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.database import table_of
from core.facts import report
from core.ids import new_id, new_reference
from intake.access import tell_screens
from intake.events import IntakeOpened, LevelRaised
from intake.models import Intake
from intake.rules import BEFORE_TRIAGE, DANGER

_OPEN = insert(table_of(Intake)).on_conflict_do_nothing(index_elements=["contact_id"]).returning(Intake.id)


def open_draft(session: Session, contact_id: UUID, centre_id: UUID, channel: str) -> UUID | None:
    """Make the draft of a contact: one statement and its fact. None when there is one already.

    Its data key is made with the first secret that is written into it.
    """
    row = {
        "id": new_id(),
        "ref": new_reference("R"),
        "centre_id": centre_id,
        "contact_id": contact_id,
        "level": BEFORE_TRIAGE,
        "extra": {"channel": channel},
    }
    made: UUID | None = session.execute(_OPEN, row).scalar()
    if made is not None:
        report(session, IntakeOpened(contact_id, centre_id, intake_id=made, level=BEFORE_TRIAGE))
    return made


def raise_to(session: Session, contact_id: UUID, level: int, rule: str, line_id: UUID | None = None) -> bool:
    """Make a contact's level as urgent as ``level`` unless it is so already; returns whether it rose.

    ``rule`` says why: danger_key, silent, or the group of the danger words.
    """
    row = session.execute(
        update(Intake)
        .where(Intake.contact_id == contact_id, Intake.level > level)
        .values(level=level, level_rule=rule, level_by=None)
        .returning(Intake.id, Intake.centre_id),
    ).one_or_none()
    if row is None:
        return False
    report(session, LevelRaised(contact_id, row.centre_id, intake_id=row.id, level=level, rule=rule))
    tell_screens(session, contact_id, line_id)
    return True


def raise_to_danger(session: Session, contact_id: UUID, rule: str) -> bool:
    """Level 1, whatever was known before."""
    return raise_to(session, contact_id, DANGER, rule)


def prefill(session: Session, contact_id: UUID, **values: object) -> None:
    """Fill fields that nobody has filled yet with what the line knows: her language, how the call ended."""
    for name, value in values.items():
        column = getattr(Intake, name)
        session.execute(
            update(Intake).where(Intake.contact_id == contact_id, column.is_(None)).values({name: value}),
        )
