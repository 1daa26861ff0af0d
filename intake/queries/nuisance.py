"""Whether a number disturbed before, as a hint for whoever answers."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import koza_now
from hotline.queries.reach import reach
from intake.models import NuisanceMark
from intake.nuisance import hints


def disturbed_before(session: Session, contact_id: UUID) -> bool:
    """Whether earlier contacts of this number weigh enough; of its first one, and of a hidden number, never.

    Unscoped: one bit about a number, for whoever works on the contact.
    """
    known = reach(session, contact_id)
    if known is None or known.address_index is None:
        return False
    ages = session.scalars(
        select(func.extract("epoch", koza_now() - NuisanceMark.marked_at)).where(
            NuisanceMark.address_index == known.address_index,
            NuisanceMark.contact_id != contact_id,
            NuisanceMark.cleared_at.is_(None),
        )
    )
    return hints(float(age) for age in ages)


__all__ = ["disturbed_before"]
