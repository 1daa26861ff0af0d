"""What a page says of a contact: where it belongs, how urgent it is, who is needed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from escalation.paging.service.moves import PagingError
from hotline.queries.reach import reach
from intake import queries as intake_queries


@dataclass(frozen=True, slots=True)
class About:
    """What a page says of its subject: where it belongs, how urgent it is, who is needed."""

    centre_id: UUID
    line_id: UUID | None
    level: int
    province_code: str | None
    language: str | None


def about_contact(session: Session, contact_id: UUID) -> About:
    """What a page about this contact says. Raises :class:`PagingError` for an unknown contact.

    Without an intake (its reaction may have been put off) a contact counts as level 2, as before any triage.
    """
    known = reach(session, contact_id)
    if known is None:
        raise PagingError("unknown_contact")
    intake = intake_queries.levels(session, [contact_id]).get(contact_id)
    return About(
        centre_id=known.centre_id,
        line_id=known.line_id,
        level=intake.level if intake else 2,
        province_code=intake.province if intake else None,
        language=intake.language if intake else None,
    )
