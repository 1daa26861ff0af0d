"""A centre at work for the tests of this room."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from core.clock import now
from routing.service import add_shift
from tests.support.desk import TESTS, Desk, desk


def asked(desk: Desk, contact_id: UUID) -> set[tuple[UUID, str]]:
    """Who is being asked for her at this moment, and how."""
    return {(offer.account_id, offer.medium) for offer in desk.offers(contact_id)}


def on_duty(desk: Desk, *people: UUID, role: str = "operator") -> None:
    """These people are on duty on its line from an hour ago on."""
    with desk.work() as session:
        moment = now(session)
        for person in people:
            add_shift(
                session,
                TESTS,
                account_id=person,
                centre_id=desk.centre_id,
                line_id=desk.line.line_id,
                role=role,
                start=moment - timedelta(hours=1),
                end=moment + timedelta(hours=8),
            )


__all__ = ["asked", "desk", "on_duty"]
