"""Measures as versions, the authorities that decide, and the papers themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from core.ids import new_id
from escalation.cases.register.models.checks import one_of
from escalation.cases.register.rules import decisions, papers

VERSION_STATES = ("proposed", "current", "past", "dropped")


class MeasureVersion(Base):
    """One wording of a measure. A decision keeps the version it was entered with.

    A shipped update never takes the place of what an administrator confirmed.
    """

    __tablename__ = "cases_measure_versions"
    __table_args__ = (
        UniqueConstraint("code", "number"),
        CheckConstraint(one_of("state", VERSION_STATES), name="state"),
        CheckConstraint(one_of("origin", ("shipped", "administrator")), name="origin"),
        Index("uq_cases_measure_versions_current", "code", unique=True, postgresql_where=text("state = 'current'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    number: Mapped[int]
    state: Mapped[str]
    origin: Mapped[str]
    #: The measure as the catalogue's model writes it.
    body: Mapped[dict[str, Any]]
    source: Mapped[str]
    valid_from: Mapped[date]
    #: The version that a proposal changes: if another has come since, the diff that was shown is not what would happen.
    based_on: Mapped[UUID | None] = mapped_column(ForeignKey("cases_measure_versions.id"))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]


class Authority(Base):
    """A court, a governor's office or a police unit: a public body, never a person."""

    __tablename__ = "cases_authorities"
    __table_args__ = (
        UniqueConstraint("kind", "province_code", "folded"),
        CheckConstraint(one_of("kind", decisions.AUTHORITIES), name="kind"),
        CheckConstraint("length(title) BETWEEN 2 AND 120", name="title"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    province_code: Mapped[str] = mapped_column(ForeignKey("staff_provinces.code"))
    title: Mapped[str]
    #: The title as a key: however it is typed, a court stands once.
    folded: Mapped[str]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Document(Sealed, Base):
    """A paper of a case, sealed with the case's key; read only when somebody opens it."""

    __tablename__ = "cases_documents"
    __table_args__ = (
        CheckConstraint(one_of("media_type", papers.MEDIA_TYPES), name="media_type"),
        CheckConstraint(f"size BETWEEN 1 AND {papers.LARGEST}", name="size"),
        UniqueConstraint("case_id", "sha256"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases_cases.id"))
    title = secret()
    media_type: Mapped[str]
    #: In bytes, before it was sealed; so is the hash, by which a paper is compared with the one in hand.
    size: Mapped[int]
    sha256: Mapped[str]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    added_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
