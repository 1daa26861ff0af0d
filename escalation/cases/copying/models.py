"""Tables of the copy sheets."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from core.ids import new_id

VERSION_STATES = ("proposed", "current", "past", "dropped")
_NO_CENTRE = text("COALESCE(centre_id, '00000000-0000-0000-0000-000000000000')")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class SheetVersion(Base):
    """One form of a copy sheet: the house's, or a centre's own, which stands above it. No version is ever changed."""

    __tablename__ = "cases_copy_sheets"
    __table_args__ = (
        CheckConstraint(_one_of("kind", ("intake", "case", "decision")), name="kind"),
        CheckConstraint(_one_of("state", VERSION_STATES), name="state"),
        CheckConstraint(_one_of("origin", ("shipped", "administrator")), name="origin"),
        CheckConstraint("(origin = 'shipped') <= (centre_id IS NULL)", name="shipped"),
        CheckConstraint("returns <= (centre_id IS NOT NULL)", name="returns"),
        Index("uq_cases_copy_sheets_number", "kind", _NO_CENTRE, "number", unique=True),
        Index(
            "uq_cases_copy_sheets_current", "kind", _NO_CENTRE, unique=True, postgresql_where=text("state = 'current'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    #: None: the house's.
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_centres.id"))
    number: Mapped[int]
    state: Mapped[str]
    origin: Mapped[str]
    #: The centre gives up its own sheet; ``body`` is the house's as it was shown, and holds for nobody.
    returns: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: The sheet as the catalogue's model writes it.
    body: Mapped[dict[str, Any]]
    #: The version that a proposal changes: if another has come since, the diff that was shown is not what would happen.
    based_on: Mapped[UUID | None] = mapped_column(ForeignKey("cases_copy_sheets.id"))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]


class CopyEntry(Sealed, Base):
    """That a record was entered into the other system: its number there, and what it said. The newest counts."""

    __tablename__ = "cases_copy_entries"
    __table_args__ = (
        CheckConstraint("num_nonnulls(intake_id, case_id, decision_id) = 1", name="subject"),
        Index("ix_cases_copy_entries_intake_id", "intake_id", "entered_at"),
        Index("ix_cases_copy_entries_case_id", "case_id", "entered_at"),
        Index("ix_cases_copy_entries_decision_id", "decision_id", "entered_at"),
    )

    intake_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_intakes.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_cases.id"))
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases_decisions.id"))
    #: The number that the other system gave it.
    number = secret()
    #: What the fields said then, as JSON: a later change of the record is told.
    values = secret()
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    entered_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
