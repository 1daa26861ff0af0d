"""The moments in which she is led out of the talking room, each with what came of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class StepOut(Sealed, Base):
    """She is led out of the talking room and comes back by herself: in the room the carrier tells us of no key."""

    __tablename__ = "hotline_steps_out"
    __table_args__ = (
        Index("ix_hotline_steps_out_contact_id", "contact_id", "created_at"),
        Index(
            "uq_hotline_steps_out_open",
            "contact_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    #: What for: question (she answers by a key), hold (she waits there until she is fetched).
    kind: Mapped[str]
    #: Who led her out.
    account_id: Mapped[UUID | None]
    #: What she was asked, by the code of a ready question or empty for one that was spoken.
    question = secret()
    #: yes, no, danger, other; none where she pressed nothing, which is never a no.
    answer = secret()
    #: asked (the carrier is to lead her out), out, back
    state: Mapped[str]
    #: How it ended: key (she pressed one), none, lost (the carrier never led her out), over (so is her call).
    outcome: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    out_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
