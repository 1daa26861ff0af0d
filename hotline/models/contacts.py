"""Contacts, the permanent conversation of a line and an address, and the messages of a contact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from hotline.rules import DESK_CHANNELS

#: A call's contact walks down this list; the last four are its ends. A text's contact uses the second tuple.
CALL_STATES = (
    "ringing",
    "ivr",
    "queued",
    "connected",
    "wrap_up",
    "closed",
    "abandoned_in_ivr",
    "abandoned_in_queue",
    "failed",
)
TEXT_STATES = ("waiting_staff", "in_conversation", "waiting_person", "closed")
#: States in which nobody has to do anything for her any more.
ENDED_STATES = ("closed", "abandoned_in_ivr", "abandoned_in_queue", "failed")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """SQL of a check that a column holds one of the known words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class Conversation(Sealed, Base):
    """All that was ever said between one of our lines and one address; permanent."""

    __tablename__ = "hotline_conversations"
    __table_args__ = (UniqueConstraint("line_id", "address_index"),)

    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"))
    address = secret()
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    opted_out_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Contact(Sealed, Base):
    """One call, or one span of texts from the first after closing to the next closing."""

    __tablename__ = "hotline_contacts"
    __table_args__ = (
        CheckConstraint(one_of("state", tuple(dict.fromkeys(CALL_STATES + TEXT_STATES))), name="state"),
        CheckConstraint(one_of("channel", ("voice", "sms", *DESK_CHANNELS)), name="channel"),
        Index("ix_hotline_contacts_centre_id_received_at", "centre_id", "received_at"),
        Index("ix_hotline_contacts_carrier_sid", "carrier_sid"),
        Index("ix_hotline_contacts_address_index", "address_index", "received_at"),
        Index(
            "uq_hotline_contacts_open_conversation",
            "conversation_id",
            unique=True,
            postgresql_where=text("channel = 'sms' AND ended_at IS NULL"),
        ),
        Index("ix_hotline_contacts_open", "centre_id", postgresql_where=text("ended_at IS NULL")),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"))
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_conversations.id"))
    channel: Mapped[str]
    carrier_sid: Mapped[str]
    state: Mapped[str]
    language: Mapped[str | None]
    address = secret()
    #: number, withheld, short_code …: what kind of address she showed.
    address_kind: Mapped[str]
    #: None for withheld callers, who are never one person.
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    owner_id: Mapped[UUID | None]
    danger: Mapped[bool] = mapped_column(server_default=text("false"))
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    last_inbound_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    #: Seconds between the carrier's event and our row, where it came by replay or reconciler; else None.
    late_seconds: Mapped[int | None]
    #: Her case is under secrecy (Law 6284, Art. 8/6): words and number are for those alone to whom she was given.
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Contacts from the same address in the 24 hours before.
    repeat: Mapped[int] = mapped_column(server_default="0")
    #: We called her, for the sake of this earlier contact; None where she came to us.
    call_back_of: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_contacts.id"))


class Message(Sealed, Base):
    """One text, sealed with its contact's key."""

    __tablename__ = "hotline_messages"
    __table_args__ = (
        Index("ix_hotline_messages_contact_id", "contact_id", "number"),
        Index("ix_hotline_messages_conversation_id", "conversation_id", "at"),
    )

    #: The order in which messages came to be; times may be equal, or late.
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_conversations.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    direction: Mapped[str]
    carrier_sid: Mapped[str | None] = mapped_column(unique=True)
    body = secret()
    #: received; or queued, accepted, sent, delivered, undelivered, failed, expired, cancelled, unknown, unsure.
    state: Mapped[str]
    error_code: Mapped[int | None]
    media: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    author_id: Mapped[UUID | None]
    #: The phrase that the machine answered with; None for what a person wrote. It never counts as an answer.
    automatic: Mapped[str | None]
    send_id: Mapped[UUID | None] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Draft(Sealed, Base):
    """What somebody has written to her and not sent, one of each author; sealed with the contact's key."""

    __tablename__ = "hotline_drafts"
    __table_args__ = (UniqueConstraint("contact_id", "author_id"),)

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    body = secret()


__all__ = ["CALL_STATES", "ENDED_STATES", "TEXT_STATES", "Contact", "Conversation", "Draft", "Message", "one_of"]
