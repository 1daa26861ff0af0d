"""Calls that we place to her: who places one for whom, how far it came, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base
from hotline.models.contacts import one_of

#: The purposes of its two telephones: that of the member of staff who calls, and hers.
CALLER: Final = "call_back"
HERS: Final = "hers"
#: ringing (the telephone of who calls), calling (hers, since that one pressed 1), answered, over
CALL_BACK_STATES: Final = ("ringing", "calling", "answered", "over")
#: unreached (the telephone of who calls), withdrawn, forbidden (the gate, or nothing left in time), busy, no_answer,
#: failed, machine; of those that were answered: reached (somebody made sure that it is she), other (it is not), unsure.
CALL_BACK_OUTCOMES: Final = (
    "unreached",
    "withdrawn",
    "forbidden",
    "busy",
    "no_answer",
    "failed",
    "machine",
    "reached",
    "other",
    "unsure",
)


class CallBack(Base):
    """One call to her, begun by a person. It leaves once or never; another one is another act of a person."""

    __tablename__ = "hotline_call_backs"
    __table_args__ = (
        CheckConstraint(one_of("state", CALL_BACK_STATES), name="state"),
        CheckConstraint(one_of("outcome", CALL_BACK_OUTCOMES), name="outcome"),
        CheckConstraint("(state = 'over') = (outcome IS NOT NULL)", name="over"),
        Index(
            "uq_hotline_call_backs_open_number",
            "address_index",
            unique=True,
            postgresql_where=text("outcome IS NULL"),
        ),
        Index(
            "uq_hotline_call_backs_open_account",
            "account_id",
            unique=True,
            postgresql_where=text("outcome IS NULL AND contact_id IS NULL"),
        ),
        Index("ix_hotline_call_backs_address_index", "address_index", "called_at"),
        Index("ix_hotline_call_backs_of_contact_id", "of_contact_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The contact for whose sake she is called; its number is called.
    of_contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    #: The line whose number she sees.
    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"))
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    #: Opaque name of the talking room.
    conference: Mapped[str] = mapped_column(unique=True)
    caller_leg_id: Mapped[UUID | None]
    her_leg_id: Mapped[UUID | None]
    permit_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_permits.id"))
    #: The contact that began when somebody answered.
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_contacts.id"), unique=True)
    state: Mapped[str] = mapped_column(server_default="ringing")
    outcome: Mapped[str | None]
    #: Codes of the gate, the gravest first, where it did not let the call leave.
    reasons: Mapped[str | None]
    #: What the carrier took the one for who answered: human, machine_start, fax, unknown …
    answered_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    called_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    #: Somebody made sure that it is she, or that it is not.
    sure_at: Mapped[datetime | None]
    other_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


__all__ = ["CALLER", "CALL_BACK_OUTCOMES", "CALL_BACK_STATES", "HERS", "CallBack"]
