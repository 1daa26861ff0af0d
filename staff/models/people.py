"""Accounts of staff, their roles, and where they can be reached."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from core.ids import new_id

ContactPointState = Literal["new", "verified", "suspect", "disabled"]
CONTACT_POINT_STATES: tuple[ContactPointState, ...] = get_args(ContactPointState)


class RoleVersion(Base):
    """What a role may do, from a date on. Old versions stay, so that the past can be explained."""

    __tablename__ = "staff_role_versions"
    __table_args__ = (
        UniqueConstraint("role", "version"),
        Index("uq_staff_role_versions_current", "role", unique=True, postgresql_where=text("current")),
        CheckConstraint("made_by IN ('catalogue', 'administrator')", name="made_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    role: Mapped[str]
    version: Mapped[int]
    #: ``hotline``, ``survivor``, ``perpetrator``, ``office`` or ``partner``.
    unit: Mapped[str]
    titles: Mapped[dict[str, Any]]
    #: Permission to its width: ``centre``, ``assigned``, ``referred`` or ``own``.
    permissions: Mapped[dict[str, Any]]
    source: Mapped[str]
    valid_from: Mapped[date]
    made_by: Mapped[str]
    current: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Account(Sealed, Base):
    """A person who signs in. ``name`` is what she types (``operator1@ankara``), never a person's name."""

    __tablename__ = "staff_accounts"

    name: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_centres.id"), index=True)
    #: The outside organisation a partner account belongs to; it reads only what was referred to that organisation.
    partner_id: Mapped[UUID | None]
    display_name = secret()
    totp_seed = secret()
    password_hash: Mapped[str]
    #: The last 30-second counter whose code was used: a code works once (ASVS 6.5.1).
    totp_last_counter: Mapped[int] = mapped_column(BigInteger, server_default="0")
    locale: Mapped[str] = mapped_column(server_default="tr")
    #: Languages she speaks with callers, ISO 639 codes.
    languages: Mapped[list[str]]
    #: ``female``, ``male`` or none said; a caller may wish to speak with a woman.
    gender: Mapped[str | None]
    #: What she enters before her PIN where she calls in; drawn by chance with her first PIN.
    staff_number: Mapped[int | None] = mapped_column(unique=True)
    #: Keyed hash of the keypad PIN by which a page is accepted on a telephone.
    pin_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    pin_failures: Mapped[int] = mapped_column(server_default="0")
    pin_failed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class AccountRole(Base):
    """A role that an account holds."""

    __tablename__ = "staff_account_roles"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class RecoveryCode(Base):
    """A one-time code for the day the second factor is lost; kept as a keyed hash."""

    __tablename__ = "staff_recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    used_at: Mapped[datetime | None]


class ContactPoint(Sealed, Base):
    """A telephone by which a member of staff is paged or rung. Its data key is its account's."""

    __tablename__ = "staff_contact_points"
    __table_args__ = (
        CheckConstraint("medium IN ('voice', 'sms')", name="medium"),
        CheckConstraint("state IN ('new', 'verified', 'suspect', 'disabled')", name="state"),
        Index(
            "uq_staff_contact_points_address",
            "account_id",
            "medium",
            "address_index",
            unique=True,
            postgresql_where=text("state <> 'disabled'"),
        ),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    medium: Mapped[str]
    address = secret()
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    state: Mapped[str] = mapped_column(server_default="new")
    #: Why it is suspect or disabled: a neutral code such as ``bounced``, ``opt_out``, ``administrator``.
    state_reason: Mapped[str | None]
    #: Whether an answer by text reaches us from it.
    two_way: Mapped[bool] = mapped_column(server_default=text("true"))
    #: When a person last answered from it; a silent contact point is the commonest way to lose a page.
    last_proof_at: Mapped[datetime | None]
    proof_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    proof_until: Mapped[datetime | None]
    proof_failures: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
