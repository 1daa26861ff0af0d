"""The table of petitions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class PetitionRow(Sealed, Base):
    """What an application's petition needs beside the register, and its text once a lawyer released it."""

    __tablename__ = "cases_petitions"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released_by"),
        CheckConstraint("(released_at IS NULL) = (paper_sealed IS NULL)", name="paper"),
        CheckConstraint("(released_at IS NULL) = (template_version IS NULL)", name="template_version"),
    )

    application_id: Mapped[UUID] = mapped_column(ForeignKey("cases_applications.id"), unique=True)
    #: Whom the paper names and where she lives, as JSON.
    particulars = secret()
    #: The lines as they were released, as JSON.
    paper = secret()
    template_version: Mapped[int | None]
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    written_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    released_at: Mapped[datetime | None]
