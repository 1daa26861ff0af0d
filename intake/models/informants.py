"""Who told of her, kept apart from her record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class Informant(Sealed, Base):
    """Who told of somebody else in one contact. Sealed with a key of its own: nobody who reads the intake reads it."""

    __tablename__ = "intake_informants"

    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"), unique=True)
    #: Code of the catalogue: what that person is to her.
    relation: Mapped[str | None]
    #: That person wishes to be named to nobody.
    anonymous: Mapped[bool] = mapped_column(server_default=text("false"))
    name = secret()
    number = secret()
    #: What protects that person, or how to reach her or him.
    words = secret()
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    written_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
