"""Everything that we ask the carrier to do: texts, calls, and changes to running calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class Permit(Base):
    """Leave to send to one address of a member of the public, given by the gate alone."""

    __tablename__ = "hotline_permits"
    __table_args__ = (Index("ix_hotline_permits_contact_id", "contact_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    channel: Mapped[str]
    reason: Mapped[str]
    valid_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Send(Sealed, Base):
    """One thing to be asked of the carrier, once, between ``not_before`` and ``not_after``."""

    __tablename__ = "hotline_sends"
    __table_args__ = (
        Index("ix_hotline_sends_waiting", "not_before", postgresql_where=text("state = 'waiting'")),
        Index("ix_hotline_sends_owner", "owner_kind", "owner_ref"),
        Index("ix_hotline_sends_reply", "address_index", "reply_code", postgresql_where=text("reply_code IS NOT NULL")),
        CheckConstraint("NOT public OR permit_id IS NOT NULL", name="public_needs_permit"),
    )

    centre_id: Mapped[UUID]
    #: sms, voice, or command (redirect or end a running call: may be repeated without harm).
    medium: Mapped[str]
    #: True when the other end is a member of the public.
    public: Mapped[bool]
    owner_kind: Mapped[str]
    owner_ref: Mapped[str]
    epoch: Mapped[int] = mapped_column(server_default="0")
    address = secret()
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    from_number: Mapped[str]
    body = secret()
    leg_id: Mapped[UUID | None]
    #: Of a command: {"call_sid": …, "do": "redirect" | "end", "path": …}.
    command: Mapped[dict[str, Any] | None]
    permit_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_permits.id"))
    #: The code by which the addressee may answer with a text of her own.
    reply_code: Mapped[str | None]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    #: waiting, claimed, accepted, finished, failed, unknown, cancelled, expired
    state: Mapped[str] = mapped_column(server_default="waiting")
    tries: Mapped[int] = mapped_column(server_default="0")
    #: Its owner changed her mind. One that is on its way to the carrier then is not asked for a second time.
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Attempt(Base):
    """One request to the carrier, written before it is made."""

    __tablename__ = "hotline_attempts"
    __table_args__ = (
        #: No two requests to one address and medium at once, so no two calls ring at once.
        Index("uq_hotline_attempts_live", "address_index", "medium", unique=True, postgresql_where=text("live")),
        Index("ix_hotline_attempts_lease", "lease_until", postgresql_where=text("state IN ('started', 'unknown')")),
        Index("ix_hotline_attempts_send_id", "send_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    send_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_sends.id"))
    number: Mapped[int]
    medium: Mapped[str]
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    #: Opaque word in the callback URL.
    token: Mapped[str] = mapped_column(unique=True)
    #: started, accepted, unknown, failed, finished
    state: Mapped[str]
    live: Mapped[bool]
    lease_until: Mapped[datetime]
    carrier_sid: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str | None]
    error_code: Mapped[int | None]
    started_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ended_at: Mapped[datetime | None]
