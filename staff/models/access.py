"""Sessions, sign-in attempts, API tokens, and who may or may not read one record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base
from core.ids import new_id


class SessionRow(Base):
    """A signed-in browser. Only the hash of its token is kept, so a stolen table opens nothing."""

    __tablename__ = "staff_sessions"
    __table_args__ = (Index("ix_staff_sessions_live", "account_id", postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    expires_at: Mapped[datetime]
    last_seen: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    locked: Mapped[bool] = mapped_column(server_default=text("false"))
    step_up_at: Mapped[datetime | None]
    #: A security key spoke for this browser: at the sign-in, before a dangerous act, or when it was added here.
    by_key: Mapped[bool] = mapped_column(server_default=text("false"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class SignInAttempt(Base):
    """A failed sign-in, for the delay. The typed name is hashed: people type their password there."""

    __tablename__ = "staff_sign_in_attempts"
    __table_args__ = (
        Index("ix_staff_sign_in_attempts_name_index_at", "name_index", "at"),
        Index("ix_staff_sign_in_attempts_client_index_at", "client_index", "at"),
        Index("ix_staff_sign_in_attempts_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name_index: Mapped[bytes] = mapped_column(LargeBinary)
    client_index: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Grant(Base):
    """Leave to read one record beyond what the centre and the role already read."""

    __tablename__ = "staff_grants"
    __table_args__ = (
        CheckConstraint("grantee_kind IN ('staff', 'unit', 'partner')", name="grantee_kind"),
        CheckConstraint(
            "reason IN ('assigned', 'owner', 'referral', 'break_glass', 'night_card', 'line')",
            name="reason",
        ),
        Index(
            "uq_staff_grants_live",
            "subject_id",
            "subject_kind",
            "grantee_id",
            "grantee_kind",
            "reason",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        #: Everything that is asked of a reader's grants, so that lists need not look at each.
        Index(
            "ix_staff_grants_grantee_id",
            "grantee_id",
            "subject_kind",
            "grantee_kind",
            "subject_id",
            "until",
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    grantee_kind: Mapped[str]
    #: An account, a centre, or a partner organisation, after ``grantee_kind``.
    grantee_id: Mapped[UUID]
    reason: Mapped[str]
    #: No end when empty.
    until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    created_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]


class Bar(Base):
    """A member of staff who must never read one record, whatever else speaks for it: kinship, conflict of interest."""

    __tablename__ = "staff_bars"
    __table_args__ = (Index("ix_staff_bars_account_id", "account_id"),)

    subject_kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), primary_key=True)
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    created_by: Mapped[UUID | None]


class Token(Base):
    """A bearer token of the read API, for one centre."""

    __tablename__ = "staff_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"), index=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    created_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
