"""What a page says of a contact: where it belongs, how urgent it is, who is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.statements import Read, Row, read_together
from escalation.paging.service.moves import PagingError
from hotline.queries.reach import asked_reach, told_reach
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
    reached, levels = read_together(session, *asked_about(contact_id))
    return told_about(reached, levels)


def asked_about(contact_id: UUID) -> tuple[tuple[Read, Row], tuple[Read, Row]]:
    """:func:`about_contact` as reads that are asked together with others; :func:`told_about` takes their rows."""
    return asked_reach(contact_id), intake_queries.asked_level_row(contact_id)


def told_about(reached: Sequence[Any], levels: Sequence[Any]) -> About:
    """What :func:`asked_about` found. Raises :class:`PagingError` for an unknown contact."""
    known = told_reach(reached)
    if known is None:
        raise PagingError("unknown_contact")
    intake = intake_queries.told_level_row(levels)
    return About(
        centre_id=known.centre_id,
        line_id=known.line_id,
        level=intake.level if intake else 2,
        province_code=intake.province if intake else None,
        language=intake.language if intake else None,
    )
