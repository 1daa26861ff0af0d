"""What the machine does with a text before a person reads it: it raises, it notes, and perhaps it answers neutrally."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core.actor import system
from core.clock import now
from core.statements import Read
from hotline import queries as hotline_queries
from hotline import service as hotline
from intake import gate
from intake.agreed_words import ANY_AGREED, holds_agreed_words
from intake.danger import danger_words
from intake.dialogue import FIRST_EVERY_S, follows
from intake.models import Intake, TextPolicy
from intake.rules import DANGER
from intake.service.drafts import raise_to

#: Rule of a level that the words agreed for an emergency raised.
AGREED_WORDS = "agreed_words"
_MACHINE = system("auto_reply")
_POLICY = Read(
    select(
        select(TextPolicy.automatic)
        .where(TextPolicy.centre_id == bindparam("of_centre"))
        .scalar_subquery()
        .label("automatic"),
        ANY_AGREED.label("agreed"),
    )
)


def hear(session: Session, contact_id: UUID, centre_id: UUID, line_id: UUID | None, text: str) -> bool:
    """Raise the level by words of danger and by the ordinary ones that the centre agreed on.

    Returns whether the machine may answer: her director wants it to, and nothing in this text is danger.
    """
    policy = _POLICY.all(session, {"of_centre": centre_id}, beside=True)[0]
    if policy.agreed and holds_agreed_words(session, centre_id, text):
        raise_to(session, contact_id, DANGER, AGREED_WORDS, line_id)
        return False
    found = danger_words(text)
    if found is not None:
        raise_to(session, contact_id, found.level, found.code, line_id)
    return bool(policy.automatic) and found is None


def answer(session: Session, contact_id: UUID, text: str) -> None:
    """Answer her text by the machine, if the dialogue has something to say and the gate lets it.

    Nothing goes to whoever is in danger, in this text or before: her telephone may be heard.
    """
    known = session.execute(select(Intake.level, Intake.language).where(Intake.contact_id == contact_id)).one_or_none()
    if known is None or known.level <= DANGER:
        return
    said = hotline_queries.by_machine(session, contact_id, within_s=FIRST_EVERY_S)
    key = follows(text, said, now(session))
    if key is None:
        return
    permit = gate.permit_reply(session, _MACHINE, contact_id, "sms", "automatic")
    if not isinstance(permit, gate.GateRefusal):
        hotline.answer_by_machine(session, contact_id, key, known.language or "tr", permit)
