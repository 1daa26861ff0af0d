"""Pages of the past month: called by text and telephone, accepted with the PIN, kept, closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from config.demo_bulk import Bulk
from config.demo_contacts import Told
from config.demo_words import words
from core.ids import new_page_code
from escalation.paging import events
from escalation.paging import queries as paging
from hotline.queries import sender_number
from hotline.service.sending import address_index
from staff import queries as staff
from staff.queries import ContactPointRow
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class OnCall:
    """A centre's on-call member with her telephones, and the number that calls them."""

    account_id: UUID
    points: tuple[ContactPointRow, ...]
    from_number: str
    policies: Mapping[int, UUID]

    @classmethod
    def of(cls, session: Session, centre_id: UUID, account_id: UUID) -> OnCall:
        """Read what pages of this member hold."""
        points = staff.contact_points_of(session, Scope.system("demo"), [account_id], purpose="page")
        levels = (1, 2, 3, 4)
        policies = {level: paging.ladder_for(session, centre_id, "operator_request", level)[0] for level in levels}
        return cls(account_id, tuple(points), sender_number(session, centre_id), policies)


def page(bulk: Bulk, told: Told, member: OnCall) -> None:
    """Write the page of a contact: asked for by the one who spoke with her, or opened because nobody did."""
    asked_by = told.answered_by
    reason = "call_unanswered" if asked_by is None else "operator_request"
    opened = told.ended_at if asked_by is None else told.ended_at - timedelta(seconds=20)
    accepted = opened + timedelta(seconds=25 + bulk.dice.random() * 60)
    reached = accepted + timedelta(seconds=90 + bulk.dice.random() * 240)
    closed = reached + timedelta(minutes=12)
    page_id, key_id = bulk.id_at(opened), bulk.key()
    centre_id, contact_id, account_id = told.place.centre_id, told.contact_id, member.account_id
    why = words().page_reason if asked_by is not None else None
    bulk.add(
        "paging_pages",
        id=page_id,
        data_key_id=key_id,
        code=new_page_code(),
        centre_id=centre_id,
        line_id=told.place.line_id,
        subject_kind="contact",
        subject_id=contact_id,
        contact_id=contact_id,
        reason=reason,
        level=told.level,
        province_code=told.place.province,
        language=told.language,
        policy_version_id=member.policies[told.level],
        state="closed",
        step=0,
        accepted_by=account_id,
        accepted_at=accepted,
        contact_made_at=reached,
        dedupe_key=f"contact:{contact_id}",
        requested_by=asked_by,
        request_reason_sealed=bulk.sealed(key_id, "paging_pages", "request_reason", page_id, why),
        opened_at=opened,
        closed_at=closed,
        closed_by=account_id,
        closed_reason="done",
    )
    bulk.fact(opened, events.PageOpened(contact_id, centre_id, page_id, reason, told.level, asked_by, waits=False))
    _call_her(bulk, told, page_id, member, opened, accepted)
    bulk.fact(accepted, events.PageAccepted(contact_id, centre_id, page_id, account_id, channel="keypad"))
    bulk.fact(reached, events.PageContactMade(contact_id, centre_id, page_id, account_id))
    bulk.fact(closed, events.PageClosed(contact_id, centre_id, page_id, account_id, why="done"))


def _call_her(bulk: Bulk, told: Told, page_id: UUID, member: OnCall, opened: datetime, accepted: datetime) -> None:
    """She is notified on all her telephones at once, and accepts with her PIN."""
    common = {"page_id": page_id, "epoch": 1, "account_id": member.account_id}
    bulk.add("paging_targets", id=bulk.id_at(opened), step=0, loop=0, role="on_call", at=opened, **common)
    for point in member.points:
        send_id = _send(bulk, page_id, told.place.centre_id, point, member, opened, accepted)
        state = "delivered" if point.medium == "sms" else "reached"
        bulk.add(
            "paging_notifications",
            id=bulk.id_at(opened),
            step=0,
            loop=0,
            contact_point_id=point.id,
            rule_no=0,
            medium=point.medium,
            state=state,
            send_id=send_id,
            created_at=opened,
            changed_at=accepted,
            **common,
        )
        notified = events.PageNotified(
            told.contact_id, told.place.centre_id, page_id, member.account_id, point.medium, step=0, loop=0
        )
        bulk.fact(opened + timedelta(seconds=1), notified)
    for kind, at in (("pin_passed", accepted - timedelta(seconds=4)), ("accepted", accepted)):
        bulk.add("paging_proofs", id=bulk.id_at(at), kind=kind, channel="keypad", at=at, **common)


def _send(
    bulk: Bulk,
    page_id: UUID,
    centre_id: UUID,
    point: ContactPointRow,
    member: OnCall,
    at: datetime,
    until: datetime,
) -> UUID:
    """One text or call to her, with the carrier's answer. Returns the send's id."""
    text = point.medium == "sms"
    send_id, key_id = bulk.id_at(at), bulk.key()
    index = address_index(bulk.session, point.address)
    bulk.add(
        "hotline_sends",
        id=send_id,
        data_key_id=key_id,
        centre_id=centre_id,
        medium=point.medium,
        public=False,
        owner_kind="page",
        owner_ref=str(page_id),
        epoch=1,
        address_sealed=bulk.sealed(key_id, "hotline_sends", "address", send_id, point.address),
        address_index=index,
        from_number=member.from_number,
        not_before=at,
        not_after=at + timedelta(minutes=15),
        state="finished",
        tries=1,
        created_at=at,
    )
    bulk.add(
        "hotline_attempts",
        id=bulk.id_at(at),
        send_id=send_id,
        number=1,
        medium=point.medium,
        address_index=index,
        token=bulk.hex(32),
        state="finished",
        live=False,
        lease_until=at + timedelta(minutes=1),
        carrier_sid=("SM" if text else "CA") + bulk.hex(32),
        status="delivered" if text else "completed",
        started_at=at + timedelta(seconds=1),
        ended_at=until + timedelta(seconds=8),
    )
    return send_id
