"""Provinces, centres, and the telephone lines the public reaches them by."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.database import Base
from core.ids import new_id

CentreKind = Literal["local", "national"]
CENTRE_KINDS: tuple[CentreKind, ...] = get_args(CentreKind)


class Province(Base):
    """One of the 81 provinces; the code is the two-digit plate code, as text (``06``)."""

    __tablename__ = "staff_provinces"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str]


class Centre(Base):
    """A ŞÖNİM, or the unit that owns national lines. Its id is the tenant of everything that belongs to it."""

    __tablename__ = "staff_centres"
    __table_args__ = (CheckConstraint("kind IN ('local', 'national')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="local")
    province_code: Mapped[str | None] = mapped_column(ForeignKey("staff_provinces.code"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


class Line(Base):
    """A number the public dials. It is published, hence kept in clear, and looked up at every first ring."""

    __tablename__ = "staff_lines"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"), index=True)
    name: Mapped[str]
    #: Where a call goes when nobody of the house answers before its deadline; E.164, published by another service.
    fallback_number: Mapped[str | None]
    #: When a person last answered there and pressed 1; None for a number that nobody has tried.
    fallback_proven_at: Mapped[datetime | None]
    #: Whether the greeting says who answers; off, because whoever stands beside her, or presses redial on her
    #: telephone, hears it too. She has dialled a number that was given to her as ours, and a person answers her.
    institution_name_spoken: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Whether colleagues may listen to its conversations with the caller's agreement; off until the director says so.
    listening_allowed: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    closed_at: Mapped[datetime | None]


class LineAnswerer(Base):
    """A centre that answers a national line beside the one that owns it."""

    __tablename__ = "staff_line_answerers"

    line_id: Mapped[UUID] = mapped_column(ForeignKey("staff_lines.id"), primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("staff_centres.id"), primary_key=True)
