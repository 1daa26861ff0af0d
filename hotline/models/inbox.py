"""What the carrier told us, each thing once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class InboxEntry(Sealed, Base):
    """A webhook that was taken, and the answer it got: a repeated delivery gets the same one."""

    __tablename__ = "hotline_inbox"
    __table_args__ = (UniqueConstraint("provider", "account_sid", "kind", "key"),)

    provider: Mapped[str]
    account_sid: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str]
    contact_id: Mapped[UUID | None] = mapped_column(index=True)
    payload = secret()
    #: Keyed hash of the form's fields that must not differ between two deliveries of one event.
    body_index: Mapped[bytes] = mapped_column(LargeBinary)
    answer = secret()
    received_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class StatusEvent(Base):
    """A status callback as it came; unapplied ones wait for the row they speak of."""

    __tablename__ = "hotline_status_events"
    __table_args__ = (
        UniqueConstraint("kind", "carrier_sid", "status", "sequence", "error_code", postgresql_nulls_not_distinct=True),
        Index("ix_hotline_status_events_parked", "carrier_sid", postgresql_where=text("NOT applied")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    carrier_sid: Mapped[str]
    status: Mapped[str]
    sequence: Mapped[int | None]
    error_code: Mapped[int | None]
    #: Our attempt's token from the callback URL: adopts the SID when the answer to our request was lost.
    token: Mapped[str | None]
    applied: Mapped[bool] = mapped_column(server_default=text("false"))
    received_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Quarantined(Sealed, Base):
    """A well-signed webhook for a number or a call that is not ours, or an event that no shape of ours fits.

    Sealed with a daily key, which is dropped after 30 days.
    """

    __tablename__ = "hotline_quarantine"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    kind: Mapped[str]
    key: Mapped[str]
    payload = secret()
    received_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Conflict(Sealed, Base):
    """Another body under a SID that is already known: kept for a person to look at, as long as the quarantine."""

    __tablename__ = "hotline_conflicts"
    __table_args__ = (UniqueConstraint("kind", "key", "body_index"),)

    kind: Mapped[str]
    key: Mapped[str]
    body_index: Mapped[bytes] = mapped_column(LargeBinary)
    payload = secret()
    received_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
