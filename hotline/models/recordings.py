"""Recordings of prompts: what callers hear instead of the carrier's voice."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base

#: ``waiting``: uploaded, and heard by nobody but its uploader; ``current``: callers hear it; ``past``: they did;
#: ``dropped``: they never will.
RECORDING_STATES: Final = ("waiting", "current", "past", "dropped")


class Recording(Base):
    """One upload for one prompt in one language. Its row stays; its sound goes some time after nobody plays it."""

    __tablename__ = "hotline_recordings"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'current', 'past', 'dropped')", name="state"),
        CheckConstraint("language IN ('tr', 'en', 'ar', 'ku')", name="language"),
        CheckConstraint("media_type IN ('audio/wav', 'audio/mpeg')", name="media_type"),
        CheckConstraint("(state IN ('waiting', 'current')) <= (content IS NOT NULL)", name="content"),
        UniqueConstraint("prompt", "language", "number"),
        Index(
            "uq_hotline_recordings_current",
            "prompt",
            "language",
            unique=True,
            postgresql_where=text("state = 'current'"),
        ),
        Index(
            "uq_hotline_recordings_waiting",
            "prompt",
            "language",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    #: Wholly random, unlike other ids: it stands in the address from which the carrier fetches the sound.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    prompt: Mapped[str]
    language: Mapped[str]
    number: Mapped[int]
    state: Mapped[str]
    media_type: Mapped[str]
    #: A thousandth of a second.
    milliseconds: Mapped[int]
    size: Mapped[int]
    #: It names nobody and is no secret: whoever dials the line hears it.
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    uploaded_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ended_at: Mapped[datetime | None]
