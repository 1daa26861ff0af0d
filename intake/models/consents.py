"""What others may be told of her, as she agreed to it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from intake.consents import WAYS
from intake.models.words import one_of


class Consent(Sealed, Base):
    """One consent to share: to whom, what, until when, how and when she gave it, and that it was withdrawn.

    Never changed but by its withdrawal: whoever agrees to more or to less gives another one.
    """

    __tablename__ = "intake_consents"
    __table_args__ = (
        CheckConstraint(one_of("how", WAYS), name="how"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_why IS NULL)", name="withdrawn"),
        CheckConstraint("until > given_at", name="until"),
        Index("ix_intake_consents_intake_id", "intake_id", "given_at"),
    )

    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    #: Code of the catalogue: the kind of institution.
    recipient: Mapped[str]
    #: Codes of the catalogue: what may be told.
    told: Mapped[list[str]]
    how: Mapped[str]
    given_at: Mapped[datetime]
    #: None: until she withdraws it.
    until: Mapped[datetime | None]
    #: Which institution, or what she wants left out.
    words = secret()
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    #: Code of the catalogue.
    withdrawn_why: Mapped[str | None]
    withdrawn_words = secret()
