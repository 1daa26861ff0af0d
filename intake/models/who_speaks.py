"""Who speaks in a contact, as somebody made sure of it or marked it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from intake.models.words import one_of

#: How somebody made sure who speaks, and what ended such a check: taken back with a reason, made anew, or the other
#: party may be speaking.
IDENTITY_WAYS = ("code_word", "question", "facts", "voice", "colleague")
IDENTITY_ENDS = ("withdrawn", "renewed", "other_party")
#: Kinds of caller that are marked by themselves: they may hold beside any role.
CALLER_MARKS = ("suicidal",)


class IdentityCheck(Sealed, Base):
    """Somebody made sure who speaks, in one contact. At most one stands; what ended another is kept with it."""

    __tablename__ = "intake_identity_checks"
    __table_args__ = (
        CheckConstraint(one_of("how", IDENTITY_WAYS), name="how"),
        CheckConstraint(one_of("ended_how", IDENTITY_ENDS), name="ended_how"),
        CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended"),
        Index(
            "uq_intake_identity_checks_standing",
            "contact_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_intake_identity_checks_intake_id", "intake_id"),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    how: Mapped[str]
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    checked_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    ended_how: Mapped[str | None]
    #: Why it was taken back, in the words of who did it.
    reason = secret()


class CallerMark(Sealed, Base):
    """What somebody marked of who calls that no field of the form holds: that she is suicidal."""

    __tablename__ = "intake_caller_marks"
    __table_args__ = (
        CheckConstraint(one_of("kind", CALLER_MARKS), name="kind"),
        Index(
            "uq_intake_caller_marks_standing",
            "contact_id",
            "kind",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_intake_caller_marks_intake_id", "intake_id"),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    kind: Mapped[str]
    marked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    marked_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    #: Why it was taken back, in the words of who did it.
    reason = secret()


class NuisanceMark(Base):
    """Somebody marked one contact of a number as abusive or a prank; what all of them weigh goes by itself."""

    __tablename__ = "intake_nuisance_marks"
    __table_args__ = (Index("ix_intake_nuisance_marks_address_index", "address_index"),)

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"), primary_key=True)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    marked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    marked_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))


class OtherPartyMark(Sealed, Base):
    """Whoever speaks in one contact may be the other party: it is never told as hers."""

    __tablename__ = "intake_other_party_marks"
    __table_args__ = (
        Index(
            "uq_intake_other_party_marks_standing",
            "contact_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_intake_other_party_marks_intake_id", "intake_id"),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("hotline_contacts.id"))
    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake_intakes.id"))
    marked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    marked_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    #: Why it was taken back, in the words of who did it.
    reason = secret()
