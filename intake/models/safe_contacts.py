"""How she may be reached safely, and the call that is owed to her."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from intake.models.words import one_of

#: What a channel of a safe contact allows: no call or text at all, one that says nothing, or an open one; unasked where
#: nothing was agreed about it.
SAFE_CHANNEL = ("unasked", "never", "neutral", "ok")
ON_DROP = ("wait", "call_back", "send_police")


class SafeContact(Sealed, Base):
    """When and how one address may be reached without endangering her. The newest of an address binds."""

    __tablename__ = "intake_safe_contacts"
    __table_args__ = (
        CheckConstraint(one_of("call", SAFE_CHANNEL), name="call"),
        CheckConstraint(one_of("sms", SAFE_CHANNEL), name="sms"),
        CheckConstraint(one_of("on_drop", ON_DROP), name="on_drop"),
        Index(
            "uq_intake_safe_contacts_current",
            "address_index",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_intake_safe_contacts_intake_id", "intake_id"),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    intake_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_intakes.id"))
    number = secret()
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    call: Mapped[str] = mapped_column(server_default="unasked")
    sms: Mapped[str] = mapped_column(server_default="unasked")
    #: ISO weekdays 1–7 on which she may be reached; empty: every day.
    days: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'"))
    #: Minutes after midnight in Istanbul; both None: the whole day. A window may pass midnight.
    from_minute: Mapped[int | None]
    to_minute: Mapped[int | None]
    who_may_answer = secret()
    #: Keyed hash of the folded word; the word itself is never stored.
    code_word_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_word_hint = secret()
    cover_story: Mapped[str | None]
    on_drop: Mapped[str] = mapped_column(server_default="wait")
    confirmed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    verified_by: Mapped[UUID | None]
    compromised_at: Mapped[datetime | None]
    #: In a thread somebody did not give the agreed answer: nothing is written by itself until a person is sure again.
    doubted_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Callback(Base):
    """She is to be called back, because her call ended unanswered and she agreed to be called: one for each address.

    It stands in the list from ``opens_at`` until ``closes_at`` (None: nothing ends it), which is her next safe window;
    when that is over it is planned anew. What the gate says at the moment of calling counts all the same.
    """

    __tablename__ = "intake_callbacks"
    __table_args__ = (
        CheckConstraint(one_of("tone", ("neutral", "ok")), name="tone"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
        Index(
            "uq_intake_callbacks_open",
            "address_index",
            "centre_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_intake_callbacks_centre_open", "centre_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_intake_callbacks_contact_id", "contact_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"))
    #: Of her last call.
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    #: What she agreed to: neutral says nothing that tells who we are.
    tone: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ended_at: Mapped[datetime | None]
    #: answered, or refused: the gate would not allow it any more.
    ended_why: Mapped[str | None]
