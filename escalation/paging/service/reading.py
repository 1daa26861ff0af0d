"""What who promised contact may read for it: the page, the contact and its intake, for as long as the promise holds."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.actor import Actor
from escalation.paging.models import Page
from escalation.paging.service.moves import TOPIC
from intake import queries as intake_queries
from staff import service as staff_service


def let_her_read(session: Session, actor: Actor, page: Page, account_id: UUID) -> None:
    """Who promised contact must be able to read whom to reach, and to end the page: they are assigned to her."""
    _let(session, actor, page, account_id, [(TOPIC, page.id), *_about(session, page)])


def let_her_read_about(session: Session, actor: Actor, page: Page, account_id: UUID) -> None:
    """The same for one of many who share a page: the contact and its intake."""
    _let(session, actor, page, account_id, _about(session, page))


def _let(session: Session, actor: Actor, page: Page, account_id: UUID, subjects: list[tuple[str, UUID]]) -> None:
    for kind, subject_id in subjects:
        staff_service.grant(
            session,
            actor,
            subject_kind=kind,
            subject_id=subject_id,
            grantee_kind="staff",
            grantee_id=account_id,
            reason="assigned",
            centre_id=page.centre_id,
        )


def end_her_reading(session: Session, actor: Actor, page: Page, account_id: UUID) -> None:
    """Her promise is over without having been kept: she reads no more for it than she read before.

    What another page about the same contact, which she still has, lets her read stays hers.
    """
    _stop(session, actor, page, account_id, [(TOPIC, page.id), *_only_here(session, page, account_id)])


def stop_her_reading_about(session: Session, actor: Actor, page: Page, account_id: UUID) -> None:
    """The same for one of many who share a page."""
    _stop(session, actor, page, account_id, _only_here(session, page, account_id))


def _only_here(session: Session, page: Page, account_id: UUID) -> list[tuple[str, UUID]]:
    others = select(Page.id).where(
        Page.contact_id == page.contact_id,
        Page.accepted_by == account_id,
        or_(Page.state.in_(("acked", "engaged")), and_(Page.state == "merged", Page.closed_at.is_(None))),
        Page.id != page.id,
    )
    return [] if session.execute(others.limit(1)).first() is not None else _about(session, page)


def _stop(session: Session, actor: Actor, page: Page, account_id: UUID, subjects: list[tuple[str, UUID]]) -> None:
    for kind, subject_id in subjects:
        staff_service.revoke_grant(
            session,
            actor,
            subject_kind=kind,
            subject_id=subject_id,
            grantee_id=account_id,
            reason="assigned",
            centre_id=page.centre_id,
        )


def _about(session: Session, page: Page) -> list[tuple[str, UUID]]:
    if page.contact_id is None:
        return []
    intake = intake_queries.levels(session, [page.contact_id]).get(page.contact_id)
    return [("contact", page.contact_id), *([("intake", intake.intake_id)] if intake is not None else [])]
