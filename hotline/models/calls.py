"""Calls of the public and the legs of everybody on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base

#: The purpose of a trial call to a fallback telephone.
FALLBACK = "fallback"
#: The purpose of a telephone that was called in to a conversation, and the role in its script that is no company.
GUEST = "guest"
#: The purpose of a trial call to a telephone of staff.
TRIAL = "trial"
#: The purpose of a telephone that listens to a conversation; in its script whether it is heard by who has her.
LISTENER = "listener"
COACH = "coach"
#: The purpose of a telephone from which a member of staff calls us.
CALL_IN = "call_in"
INTERPRETER = "interpreter"
#: In a leg's script: that it rings in a browser.
BROWSER = "browser"


class Call(Base):
    """What only a call has; its id is its contact's."""

    __tablename__ = "hotline_calls"
    __table_args__ = (
        Index("ix_hotline_calls_alone", "alone_since", postgresql_where=text("alone_since IS NOT NULL")),
        Index("ix_hotline_calls_open", "last_seen_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"), primary_key=True)
    carrier_sid: Mapped[str] = mapped_column(unique=True)
    #: Opaque name of the talking room; never a number or a name.
    conference: Mapped[str] = mapped_column(unique=True)
    #: Past this moment every poll or tick plays the last rung and asks no upper room.
    deadline_at: Mapped[datetime]
    #: greeting, waiting, joining, entered (the talking room, where nobody is yet), talking, last_rung, over
    stage: Mapped[str]
    danger_at: Mapped[datetime | None]
    #: The carrier's last request about her: proof that she is still there.
    last_seen_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]
    #: Set while she is in the talking room and nobody else is.
    alone_since: Mapped[datetime | None]
    status: Mapped[str]
    polls: Mapped[int] = mapped_column(server_default="0")
    ended_at: Mapped[datetime | None]


class Heard(Base):
    """What was given to the carrier to be said to her at one poll of the waiting room; a silent one has no row."""

    __tablename__ = "hotline_heard"
    __table_args__ = (Index("ix_hotline_heard_contact_id", "contact_id", "at"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    #: Keys of the catalogue of phrases, in their order.
    prompts: Mapped[list[str]]
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Leg(Sealed, Base):
    """One telephone that we ring: an operator's, an on-call member's, hers where we call her back.

    Who calls a line has no leg but her call; hers that was called has both. Staff who call in have one.
    """

    __tablename__ = "hotline_legs"
    __table_args__ = (Index("ix_hotline_legs_contact_id", "contact_id"), Index("ix_hotline_legs_ref", "purpose", "ref"))

    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_contacts.id"))
    centre_id: Mapped[UUID]
    account_id: Mapped[UUID | None]
    #: offer (a waiting caller), desk (accepted on the board), page (a promise is asked), fallback (a trial call),
    #: guest (called in to a conversation), listener (hears one, and is not heard by her), call_back (calls her),
    #: hers (her own, that we called), trial (before a shift), call_in (rings us).
    purpose: Mapped[str]
    #: Opaque id of the upper room's own row.
    ref: Mapped[str]
    #: Prompt keys and neutral parameters of what this telephone hears: {"prompts": [...], "params": {...}}.
    script: Mapped[dict[str, Any]]
    #: What to do when it next asks: None (one moment), or {"do": "join" | "say" | "dismiss" | "pin", ...}.
    next: Mapped[dict[str, Any] | None]
    carrier_sid: Mapped[str | None] = mapped_column(unique=True)
    send_id: Mapped[UUID | None] = mapped_column(unique=True)
    status: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="tr")
    #: Digits that were entered at the step that waits for ``next``, sealed because a PIN is among them.
    digits = secret()
    #: From where somebody calls in; of a telephone that we ring its send knows.
    address = secret()
    polls: Mapped[int] = mapped_column(server_default="0")
    #: Whether she is not to hear this telephone, and what the carrier was last told of it and took.
    muted: Mapped[bool] = mapped_column(server_default=text("false"))
    muted_told: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    answered_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
