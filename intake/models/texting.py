"""What a centre decided about its texts: whether any go by themselves, and the words agreed for an emergency."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class TextPolicy(Base):
    """What the director of a centre set; without a row nothing goes by itself."""

    __tablename__ = "intake_text_policies"
    __table_args__ = (CheckConstraint("silent_hours BETWEEN 1 AND 720", name="silent_hours"),)

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"), primary_key=True)
    #: Whether an automatic answer may go.
    automatic: Mapped[bool]
    #: A text that comes longer than this after somebody made sure who writes may be somebody else's.
    silent_hours: Mapped[int] = mapped_column(server_default="12")
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class AgreedWord(Sealed, Base):
    """Ordinary words of a centre that mean danger: agreed with a woman beforehand, and found in no text of ours."""

    __tablename__ = "intake_agreed_words"
    __table_args__ = (
        Index(
            "uq_intake_agreed_words_current",
            "centre_id",
            "word_index",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    words = secret()
    #: Keyed hash of the folded words, by which a text is searched.
    word_index: Mapped[bytes] = mapped_column(LargeBinary)
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    added_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    removed_at: Mapped[datetime | None]
