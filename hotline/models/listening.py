"""That she was told that a colleague may listen, and agreed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from hotline.models.contacts import one_of

#: Why it holds no longer: withdrawn (somebody took it back), danger (she pressed 5, or was heard to be silent),
#: marked (whoever calls is not to be listened to).
LISTENING_ENDS: Final = ("withdrawn", "danger", "marked")


class ListeningConsent(Sealed, Base):
    """Who told her that a colleague may listen, when, and in which words she agreed; one holds at a time."""

    __tablename__ = "hotline_listening_consents"
    __table_args__ = (
        CheckConstraint(one_of("ended_why", LISTENING_ENDS), name="ended_why"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
        Index("ix_hotline_listening_consents_contact_id", "contact_id", "created_at"),
        Index(
            "uq_hotline_listening_consents_open",
            "contact_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    #: Who told her.
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    words = secret()
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))


__all__ = ["LISTENING_ENDS", "ListeningConsent"]
