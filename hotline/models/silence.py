"""Lines that are too quiet to be well."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base


class SilentLine(Base):
    """A line that nobody reached for a multiple of its normal gap. Whoever reaches it next ends that."""

    __tablename__ = "hotline_silent_lines"

    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"), primary_key=True)
    #: The last call or text.
    since: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


__all__ = ["SilentLine"]
