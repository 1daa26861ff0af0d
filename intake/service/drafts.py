"""A draft for every contact, and a level that only rises by itself.

Used by reactions in the transaction of the webhook, hence few statements; each may run twice without harm.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.database import table_of
from core.facts import is_new, report
from core.ids import new_id, new_reference
from core.statements import Read, Write
from intake.access import tell_screens
from intake.events import IntakeOpened, LevelRaised, WishesChanged
from intake.models import Intake
from intake.queries import LEVELS_IN_HAND
from intake.rules import BEFORE_TRIAGE, DANGER

_INTAKES = table_of(Intake)
_DRAFT = insert(_INTAKES)
_OPEN = Write(_DRAFT)
_OPEN_ONCE = Read(_DRAFT.on_conflict_do_nothing(index_elements=["contact_id"]).returning(Intake.id))

_RAISE = Read(
    update(_INTAKES)
    .where(_INTAKES.c.contact_id == bindparam("of_contact"), _INTAKES.c.level > bindparam("to_level"))
    .values(level=bindparam("to_level"), level_rule=bindparam("by_rule"), level_by=None)
    .returning(_INTAKES.c.id, _INTAKES.c.centre_id)
)
_GUESSED = Read(
    update(_INTAKES)
    .where(_INTAKES.c.contact_id == bindparam("of_contact"), _INTAKES.c.language.is_(None))
    .values(language=bindparam("guessed"))
    .returning(_INTAKES.c.id, _INTAKES.c.centre_id, _INTAKES.c.wants_woman, _INTAKES.c.anybody_may_answer)
)
#: What the line knows of her before anybody asked.
_PREFILL = {
    name: Write(
        update(_INTAKES)
        .where(_INTAKES.c.contact_id == bindparam("of_contact"), _INTAKES.c[name].is_(None))
        .values({name: bindparam("given")})
    )
    for name in ("language", "outcome", "contact_class")
}


def open_draft(
    session: Session, contact_id: UUID, centre_id: UUID, channel: str, language: str | None = None
) -> UUID | None:
    """Make the draft of a contact: one statement and its fact. None when there is one already.

    Its data key is made with the first secret that is written into it. ``language`` is what her text is guessed to be
    written in.
    """
    intake_id = new_id()
    row = {
        "id": intake_id,
        "ref": new_reference("R"),
        "centre_id": centre_id,
        "contact_id": contact_id,
        "level": BEFORE_TRIAGE,
        "language": language,
        "extra": {"channel": channel},
    }
    if is_new(session, contact_id):
        _OPEN(session, row)
        _note_level(session, contact_id, BEFORE_TRIAGE)
    elif _OPEN_ONCE.first(session, row) is None:
        return None
    report(session, IntakeOpened(contact_id, centre_id, intake_id=intake_id, level=BEFORE_TRIAGE))
    return intake_id


def _note_level(session: Session, contact_id: UUID, level: int) -> None:
    session.info.setdefault(LEVELS_IN_HAND, {})[contact_id] = level


def note_language(session: Session, contact_id: UUID, language: str) -> bool:
    """A further text says in which language she writes, where nothing said it before; returns whether it is new."""
    row = _GUESSED.first(session, {"of_contact": contact_id, "guessed": language})
    if row is None:
        return False
    report(
        session,
        WishesChanged(
            contact_id,
            row.centre_id,
            intake_id=row.id,
            language=language,
            wants_woman=row.wants_woman,
            anybody_may_answer=row.anybody_may_answer,
        ),
    )
    return True


def raise_to(session: Session, contact_id: UUID, level: int, rule: str, line_id: UUID | None = None) -> bool:
    """Make a contact's level as urgent as ``level`` unless it is so already; returns whether it rose.

    ``rule`` says why: danger_key, silent, or the group of the danger words.
    """
    row = _RAISE.first(session, {"of_contact": contact_id, "to_level": level, "by_rule": rule})
    if row is None:
        return False
    _note_level(session, contact_id, level)
    report(session, LevelRaised(contact_id, row.centre_id, intake_id=row.id, level=level, rule=rule))
    tell_screens(session, contact_id, line_id)
    return True


def raise_to_danger(session: Session, contact_id: UUID, rule: str) -> bool:
    """Level 1, whatever was known before."""
    return raise_to(session, contact_id, DANGER, rule)


def prefill(session: Session, contact_id: UUID, **values: str) -> None:
    """Fill fields that nobody has filled yet with what the line knows: her language, how the call ended."""
    for name, value in values.items():
        _PREFILL[name](session, {"of_contact": contact_id, "given": value})
