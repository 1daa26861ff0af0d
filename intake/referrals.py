"""Who may be told of her in a referral: whom a consent of hers covers, and to whom the law wanted it reported."""

from __future__ import annotations

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from core.clock import koza_now
from intake.identity import not_hers
from intake.models import Consent, Intake, ReportDuty


def may_be_told(session: Session, found: Intake) -> frozenset[str]:
    """The codes of those who may; a consent does not count where somebody else than she speaks."""
    reported = select(ReportDuty.authority).where(
        ReportDuty.intake_id == found.id, ReportDuty.decision == "report", ReportDuty.authority.is_not(None)
    )
    if not_hers(session, [found.contact_id]):
        return frozenset(session.scalars(reported))
    agreed = select(Consent.recipient).where(
        Consent.intake_id == found.id,
        Consent.withdrawn_at.is_(None),
        or_(Consent.until.is_(None), Consent.until > koza_now()),
    )
    return frozenset(session.scalars(union(agreed, reported)))


__all__ = ["may_be_told"]
