"""Tables of the pager; imported by this room alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base
from core.ids import new_id

PAGE_STATES = ("open", "acked", "engaged", "snoozed", "closed", "merged")
#: States in which a page still asks something of somebody.
LIVE_STATES = ("open", "acked", "engaged", "snoozed")
#: States in which a second request for the same subject joins the page instead of opening another. Once contact was
#: made the promise is kept, and whatever comes next needs a page of its own.
DEDUPED_STATES = ("open", "acked", "snoozed")
NOTIFICATION_STATES = (
    "waiting",
    "sending",
    "accepted",
    "delivered",
    "reached",
    "failed",
    "unknown",
    "cancelled",
)
SUBJECT_KINDS = ("contact", "case", "account", "due", "pager")
PROOF_KINDS = ("pin_passed", "pin_refused", "accepted", "too_late", "declined", "duress")
_LIVE = text("state NOT IN ('closed', 'merged')")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


#: The states in which a request joins a page, as a condition: in the words of the index.
DEDUPED = _one_of("state", DEDUPED_STATES)


class Policy(Base):
    """A ladder by its name; ``centre_id`` is empty for the shipped one that every centre uses."""

    __tablename__ = "paging_policies"
    __table_args__ = (UniqueConstraint("slug", "centre_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str]
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_centres.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class PolicyVersion(Base):
    """One wording of a ladder, never altered: a page keeps the version it was opened with."""

    __tablename__ = "paging_policy_versions"
    __table_args__ = (
        UniqueConstraint("policy_id", "number"),
        CheckConstraint(_one_of("origin", ("shipped", "administrator")), name="origin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("paging_policies.id"))
    number: Mapped[int]
    #: A shipped update never takes the place of what an administrator decided.
    origin: Mapped[str]
    #: The ladder as the catalogue's model writes it.
    body: Mapped[dict[str, Any]]
    #: SHA-256 of the body, by which an update sees whether anything changed.
    digest: Mapped[str]
    source: Mapped[str]
    valid_from: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Page(Sealed, Base):
    """One thing that somebody on call must take. ``epoch`` grows whenever what was asked before no longer holds."""

    __tablename__ = "paging_pages"
    __table_args__ = (
        CheckConstraint(_one_of("state", PAGE_STATES), name="state"),
        CheckConstraint(_one_of("subject_kind", SUBJECT_KINDS), name="subject_kind"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
        #: No open page is ever without a moment at which somebody looks again.
        CheckConstraint("state NOT IN ('open', 'snoozed') OR due_at IS NOT NULL", name="open_is_due"),
        CheckConstraint("state <> 'acked' OR (accepted_by IS NOT NULL AND contact_due_at IS NOT NULL)", name="promise"),
        Index("uq_paging_pages_live_code", "code", unique=True, postgresql_where=_LIVE),
        Index(
            "uq_paging_pages_live_dedupe",
            "dedupe_key",
            unique=True,
            postgresql_where=text(DEDUPED),
        ),
        Index("ix_paging_pages_centre_live", "centre_id", postgresql_where=_LIVE),
        Index("ix_paging_pages_code_closed_at", "code", "closed_at"),
        Index("ix_paging_pages_standing", "centre_id", postgresql_where=text("stands_until IS NOT NULL")),
        Index("ix_paging_pages_contact_id", "contact_id"),
        Index("ix_paging_pages_subject_id", "subject_id"),
    )

    code: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_lines.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("hotline_contacts.id"))
    reason: Mapped[str]
    level: Mapped[int]
    province_code: Mapped[str | None]
    language: Mapped[str | None]
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("paging_policy_versions.id"))
    state: Mapped[str] = mapped_column(server_default="open")
    epoch: Mapped[int] = mapped_column(server_default="1")
    #: The rung that was reached last; -1 while nobody has been notified in this epoch.
    step: Mapped[int] = mapped_column(server_default="-1")
    loop: Mapped[int] = mapped_column(server_default="0")
    last_resort: Mapped[bool] = mapped_column(server_default=text("false"))
    due_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    accepted_at: Mapped[datetime | None]
    contact_due_at: Mapped[datetime | None]
    contact_made_at: Mapped[datetime | None]
    #: Its subject, which has one page at a time that still waits for somebody.
    dedupe_key: Mapped[str]
    #: How many calls that ended unanswered of one number it stands for, and when she called last; 0 where it is about
    #: something else, or where she showed no number: then nobody knows whether it is she who calls again.
    calls: Mapped[int] = mapped_column(server_default="0")
    called_at: Mapped[datetime | None]
    #: Closed, because there is no safe way to reach her, and yet a line of the board until then: she may call again.
    stands_until: Mapped[datetime | None]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("paging_pages.id"))
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    request_reason = secret()
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    closed_reason: Mapped[str | None]

    @property
    def of_many(self) -> bool:
        """Whether it is about many texts that wait, each of which has a row of its own that is merged into this."""
        return self.subject_kind == "contact" and self.contact_id is None

    @property
    def shared(self) -> bool:
        """Whether others may wait in it: many texts, or further calls of one number."""
        return self.of_many or self.calls > 1


class Target(Base):
    """Who was to be notified on a rung, and why; a skipped one stays written down without the cause."""

    __tablename__ = "paging_targets"
    __table_args__ = (UniqueConstraint("page_id", "epoch", "loop", "step", "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("paging_pages.id"))
    epoch: Mapped[int]
    step: Mapped[int]
    loop: Mapped[int]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    #: on_call, lead or director: why this person stands on this rung.
    role: Mapped[str]
    skipped: Mapped[bool] = mapped_column(server_default=text("false"))
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Notification(Base):
    """One message or call to one contact point. The unique key makes a restart unable to add another."""

    __tablename__ = "paging_notifications"
    __table_args__ = (
        UniqueConstraint(
            "page_id",
            "epoch",
            "step",
            "loop",
            "account_id",
            "contact_point_id",
            "rule_no",
            "occurrence",
            name="uq_paging_notifications_key",
        ),
        CheckConstraint(_one_of("state", NOTIFICATION_STATES), name="state"),
        CheckConstraint("state = 'waiting' OR state = 'cancelled' OR send_id IS NOT NULL", name="sent_by_a_send"),
        Index("ix_paging_notifications_send_id", "send_id", unique=True, postgresql_where=text("send_id IS NOT NULL")),
        Index("ix_paging_notifications_leg_id", "leg_id", postgresql_where=text("leg_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("paging_pages.id"))
    epoch: Mapped[int]
    step: Mapped[int]
    loop: Mapped[int]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    contact_point_id: Mapped[UUID] = mapped_column(ForeignKey("staff_contact_points.id"))
    #: 0 goes out at once; higher ones wait until every earlier one of the same person has failed.
    rule_no: Mapped[int]
    occurrence: Mapped[int] = mapped_column(server_default="1")
    medium: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    send_id: Mapped[UUID | None]
    leg_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Proof(Base):
    """What a person did with a page, by which way: the only thing that counts as reached."""

    __tablename__ = "paging_proofs"
    __table_args__ = (
        CheckConstraint(_one_of("kind", PROOF_KINDS), name="kind"),
        CheckConstraint(_one_of("channel", ("keypad", "text", "dashboard")), name="channel"),
        Index("ix_paging_proofs_page_id", "page_id"),
        Index("ix_paging_proofs_leg_id", "leg_id", postgresql_where=text("leg_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("paging_pages.id"))
    epoch: Mapped[int]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    leg_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


__all__ = [
    "DEDUPED",
    "DEDUPED_STATES",
    "LIVE_STATES",
    "NOTIFICATION_STATES",
    "PAGE_STATES",
    "PROOF_KINDS",
    "SUBJECT_KINDS",
    "Notification",
    "Page",
    "Policy",
    "PolicyVersion",
    "Proof",
    "Target",
]
