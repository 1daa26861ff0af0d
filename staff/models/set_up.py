"""The first day: one-time codes of set-up and the sessions they opened, and what somebody decided there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base
from core.ids import new_id


class SetUp(Base):
    """The one row of set-up. How far it is, is read from what was made; here stands only what cannot be read there."""

    __tablename__ = "staff_set_up"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    #: When somebody first came in with a code.
    begun_at: Mapped[datetime | None]
    #: She knows that hours of the first week have nobody.
    gaps_known_at: Mapped[datetime | None]
    #: She knows that the lines take no texts.
    no_texts_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SetUpCode(Base):
    """A code that was printed once, and the session of the browser that used it; both are kept as hashes."""

    __tablename__ = "staff_set_up_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    code_until: Mapped[datetime]
    used_at: Mapped[datetime | None]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    token_until: Mapped[datetime | None]
