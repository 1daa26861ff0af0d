"""Tables of the routing: who is on duty, who is ready, who waits, and whom she was offered to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base

QUEUE_STATES = ("waiting", "offered", "taken", "left")
OFFER_STATES = ("open", "accepted", "declined", "expired", "taken", "withdrawn")
#: proven: a key was pressed; silent: none was; dropped: it was busy, or never rang.
TRIAL_STATES = ("ringing", "proven", "silent", "dropped")
MEDIA = ("board", "phone")
#: Why somebody no longer has the line by telephone.
DESK_LINE_ENDS = ("called_in", "shift_over", "signed_in", "unreachable", "account_gone")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """SQL of a check that a column holds one of the known words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class Presence(Base):
    """A member of staff at her screen. Without a heartbeat for the length of the lease she is not there."""

    __tablename__ = "routing_presences"
    __table_args__ = (Index("ix_routing_presences_centre_id", "centre_id"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    #: She said that she takes contacts; a heartbeat alone does not mean it.
    ready: Mapped[bool]
    ready_since: Mapped[datetime | None]
    last_heartbeat_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Softphone(Base):
    """She answers calls in a browser; there is one such tab for each account.

    Without a heartbeat of the tab, or while it is not registered with the carrier, nothing can ring there.
    """

    __tablename__ = "routing_softphones"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), primary_key=True)
    #: The session of the browser. Her other browsers may not act for its tab.
    session_id: Mapped[UUID]
    #: An opaque word, new for each tab, under which the carrier finds it; never a name.
    identity: Mapped[str] = mapped_column(unique=True)
    registered: Mapped[bool] = mapped_column(server_default=text("false"))
    last_heartbeat_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    chosen_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class DeskLine(Sealed, Base):
    """She has no screen and answers callers on the telephone from which she called in; one such line for each account.

    It has no heartbeat: it lasts until it is ended, and the number is forgotten then.
    """

    __tablename__ = "routing_desk_lines"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (why IS NULL)", name="ended"),
        CheckConstraint(one_of("why", DESK_LINE_ENDS), name="why"),
        Index("uq_routing_desk_lines_open", "account_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_routing_desk_lines_centre_id", "centre_id", "ended_at"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    address = secret()
    began_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    #: The end of her shift; it is looked at anew then.
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    why: Mapped[str | None]


class WrapUp(Base):
    """Time that somebody has for herself after a contact in danger; one at a time."""

    __tablename__ = "routing_wrap_ups"
    __table_args__ = (
        CheckConstraint("not_before <= until", name="order"),
        Index(
            "uq_routing_wrap_ups_open",
            "account_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_routing_wrap_ups_contact_id", "contact_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    began_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    #: How many contacts it follows: one that ends within the pause of another begins it anew.
    contacts: Mapped[int] = mapped_column(server_default="1")
    #: She cannot end it before; it ends by itself at ``until``.
    not_before: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ShiftSlot(Base):
    """A number for one account, line and role, by which the database keeps shifts from overlapping.

    GiST excludes on ranges of integers without any extension, and not on UUIDs.
    """

    __tablename__ = "routing_shift_slots"
    __table_args__ = (UniqueConstraint("account_id", "line_id", "role"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"))
    role: Mapped[str]


class Shift(Base):
    """Somebody's duty on a line in a role. Several people share a line, and one person may serve two."""

    __tablename__ = "routing_shifts"
    __table_args__ = (
        ExcludeConstraint(
            (func.int8range(text("slot"), text("slot"), text("'[]'")), "="),
            ("during", "&&"),
            name="ex_routing_shifts_slot_during",
            using="gist",
        ),
        CheckConstraint("NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)", name="bounded"),
        Index("ix_routing_shifts_line_id", "line_id"),
        Index("ix_routing_shifts_centre_id", "centre_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(BigInteger, ForeignKey("routing_shift_slots.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"))
    role: Mapped[str]
    during: Mapped[Range[Any]] = mapped_column(TSTZRANGE)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Trial(Base):
    """A telephone that was rung before a shift, to see whether a person answers there."""

    __tablename__ = "routing_trials"
    __table_args__ = (
        CheckConstraint(one_of("state", TRIAL_STATES), name="state"),
        Index("ix_routing_trials_shift_id", "shift_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The shift may have been taken off the rota since.
    shift_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    contact_point_id: Mapped[UUID] = mapped_column(ForeignKey("staff_contact_points.id"))
    leg_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(server_default="ringing")
    made_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Queued(Base):
    """A contact that waits for a person, and afterwards who took it. Its state decides every race."""

    __tablename__ = "routing_queue"
    __table_args__ = (
        CheckConstraint(one_of("state", QUEUE_STATES), name="state"),
        CheckConstraint("(state = 'taken') = (taken_by IS NOT NULL)", name="taken_by"),
        Index(
            "ix_routing_queue_waiting",
            "centre_id",
            "level",
            "since",
            postgresql_where=text("state IN ('waiting', 'offered')"),
        ),
        Index("ix_routing_queue_taken_by", "taken_by", postgresql_where=text("state = 'taken'")),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"), primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"))
    #: voice or sms, as the contact's channel.
    channel: Mapped[str]
    level: Mapped[int]
    language: Mapped[str | None]
    wants_woman: Mapped[bool] = mapped_column(server_default=text("false"))
    #: She said that it need not be a woman.
    anybody_may_answer: Mapped[bool] = mapped_column(server_default=text("false"))
    #: She had been answered and waits again: first of her level.
    returned: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Contacts from the same address in the day before.
    repeat: Mapped[int] = mapped_column(server_default="0")
    since: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="waiting")
    #: Waves of offers made since she began to wait.
    wave: Mapped[int] = mapped_column(server_default="0")
    #: The rooms above were told that nobody ready answered; they are told once per wait,
    #: and once more when she is in danger after all.
    exhausted: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Rises each time she comes back into the queue; offers of older rounds no longer count.
    round: Mapped[int] = mapped_column(server_default="1")
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    taken_at: Mapped[datetime | None]
    #: She and the one who took her are in the talking room.
    connected: Mapped[bool] = mapped_column(server_default=text("false"))


class Offer(Base):
    """She was offered to one person, on her screen or on a telephone."""

    __tablename__ = "routing_offers"
    __table_args__ = (
        CheckConstraint(one_of("state", OFFER_STATES), name="state"),
        CheckConstraint(one_of("medium", MEDIA), name="medium"),
        Index(
            "uq_routing_offers_open",
            "contact_id",
            "account_id",
            "medium",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        # Waves of several callers are made at the same time, and a person can answer one of them.
        Index(
            "uq_routing_offers_ringing",
            "account_id",
            unique=True,
            postgresql_where=text("state = 'open' AND medium = 'phone'"),
        ),
        Index("ix_routing_offers_contact_id", "contact_id"),
        Index("ix_routing_offers_account_id", "account_id", postgresql_where=text("state = 'open'")),
        Index(
            "ix_routing_offers_desk_line_id",
            "desk_line_id",
            "made_at",
            postgresql_where=text("desk_line_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    medium: Mapped[str]
    round: Mapped[int]
    wave: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="open")
    until: Mapped[datetime]
    leg_id: Mapped[UUID | None]
    #: It rang where she had the line by telephone: nobody who has a screen wrote anything down.
    desk_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("routing_desk_lines.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    answered_at: Mapped[datetime | None]


class Considered(Base):
    """Who was thought of for a caller at one moment, and why each was asked or was not; written when it changed.

    Whoever is not among them had neither a shift on the line then nor a screen that takes contacts.
    """

    __tablename__ = "routing_considered"
    __table_args__ = (Index("ix_routing_considered_contact_id", "contact_id", "number"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    round: Mapped[int]
    wave: Mapped[int]
    #: The accounts by the code of their reason (:mod:`routing.reasons`), both in order.
    people: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
