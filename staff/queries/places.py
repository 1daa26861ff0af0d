"""Provinces, centres and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, BindParameter, Select, bindparam, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from core.statements import Read, Row
from staff.models import Centre, Line, LineAnswerer, Province
from staff.scope import Scope


@dataclass(frozen=True, slots=True)
class ProvinceRow:
    """A province: two-digit code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CentreRow:
    """A centre as others see it."""

    id: UUID
    slug: str
    name: str
    kind: str
    province_code: str | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """What the first ring needs to know about the number that was dialled."""

    id: UUID
    number: str
    centre_id: UUID
    name: str
    national: bool
    fallback_number: str | None
    institution_name_spoken: bool
    listening_allowed: bool


def provinces(session: Session) -> list[ProvinceRow]:
    """The 81 provinces by code."""
    rows = session.execute(select(Province.code, Province.name).order_by(Province.code))
    return [ProvinceRow(row.code, row.name) for row in rows]


def province_name(session: Session, code: str) -> str | None:
    """The name of the province with this code."""
    return session.scalar(select(Province.name).where(Province.code == code))


def centres(session: Session, ids: Iterable[UUID] | None = None) -> list[CentreRow]:
    """Centres by slug; all of them when ``ids`` is not given. Their names are public."""
    wanted = select(Centre.id, Centre.slug, Centre.name, Centre.kind, Centre.province_code).order_by(Centre.slug)
    if ids is not None:
        wanted = wanted.where(Centre.id.in_(list(ids)))
    return [CentreRow(*row) for row in session.execute(wanted)]


def asked_province(centre_id: UUID) -> tuple[Read, Row]:
    """The province of a centre, as a read that is asked together with others; :func:`told_province` takes its rows."""
    return _PROVINCE, {"of_centre": centre_id}


def told_province(rows: Sequence[Any]) -> str | None:
    """The code of the province in which the centre is; None for a national one."""
    return next((row.province_code for row in rows), None)


def speaks_for_the_house(session: Session, scope: Scope) -> bool:
    """Whether what this reader decides may hold for every centre: she belongs to none of them, or to the only one."""
    if scope.is_system or not scope.centre_ids:
        return True
    others = select(Centre.id).where(Centre.id.not_in(scope.centre_ids)).limit(1)
    return session.execute(others).first() is None


def centre_by_slug(session: Session, slug: str) -> CentreRow | None:
    """A centre by its slug (``ankara``)."""
    row = session.execute(
        select(Centre.id, Centre.slug, Centre.name, Centre.kind, Centre.province_code).where(Centre.slug == slug),
    ).one_or_none()
    return CentreRow(*row) if row else None


def _lines() -> Select[UUID, str, UUID, str, bool, str | None, bool, bool]:
    return select(
        Line.id,
        Line.number,
        Line.centre_id,
        Line.name,
        (Centre.kind == "national").label("national"),
        Line.fallback_number,
        Line.institution_name_spoken,
        Line.listening_allowed,
    ).join(Centre, Centre.id == Line.centre_id)


def _answering() -> Select[UUID]:
    line_id: BindParameter[UUID] = bindparam("line_id")
    own = select(Line.centre_id, literal(0).label("place")).where(Line.id == line_id)
    listed = select(LineAnswerer.centre_id, literal(1)).where(LineAnswerer.line_id == line_id)
    both = own.union_all(listed).subquery()
    return select(both.c.centre_id).order_by(both.c.place, both.c.centre_id)


# Built once: every webhook asks these.
_LISTED = select(LineAnswerer.centre_id).where(LineAnswerer.line_id == Line.id).order_by(LineAnswerer.centre_id)
_BY_NUMBER = Read(
    _lines()
    .add_columns(
        func.array(_LISTED.scalar_subquery()).label("listed"),
        func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger())).label("turn"),
    )
    .where(Line.number == bindparam("e164")),
)
#: The id of the line with the number ``e164``, for statements of higher rooms.
LINE_OF_NUMBER = select(Line.id).where(Line.number == bindparam("e164")).scalar_subquery()
_BY_ID = _lines().where(Line.id == bindparam("line_id"))
_ANSWERING = Read(_answering())
_PROVINCE = Read(select(Centre.province_code).where(Centre.id == bindparam("of_centre")))
_KNOWN = "answering_centres"


def lines(session: Session, *, centre_id: UUID | None = None) -> list[LineRow]:
    """Open lines by number; with ``centre_id`` those the centre owns or answers."""
    wanted = _lines().where(Line.closed_at.is_(None)).order_by(Line.number)
    if centre_id is not None:
        answered = exists().where(LineAnswerer.line_id == Line.id, LineAnswerer.centre_id == centre_id)
        wanted = wanted.where(or_(Line.centre_id == centre_id, answered))
    return [LineRow(*row) for row in session.execute(wanted)]


def line_by_number(session: Session, e164: str, *, turn: int | None = None) -> LineRow | None:
    """The line with this number, at the first ring; a closed line still answers until the carrier lets it go.

    ``turn``: the number of an advisory lock that is waited for in the same round trip, and held to the commit.
    """
    asked, values = asked_line(e164, turn=turn)
    return told_line(session, asked.all(session, values, beside=True))


def asked_line(e164: str, *, turn: int | None = None) -> tuple[Read, Row]:
    """:func:`line_by_number` as a read that is asked together with others; :func:`told_line` takes its rows."""
    return _BY_NUMBER, {"e164": e164, "turn": turn}


def told_line(session: Session, rows: Sequence[Any]) -> LineRow | None:
    """What :func:`asked_line` found."""
    if not rows:
        return None
    *line, listed, _turn = rows[0]
    found = LineRow(*line)
    session.info.setdefault(_KNOWN, {})[found.id] = list(dict.fromkeys([found.centre_id, *listed]))
    return found


def line_by_id(session: Session, line_id: UUID) -> LineRow | None:
    """One line."""
    row = session.execute(_BY_ID, {"line_id": line_id}).one_or_none()
    return LineRow(*row) if row else None


def answering_centres(session: Session, line_id: UUID) -> list[UUID]:
    """The centres whose people answer a line: its own first, then those listed for it."""
    known: dict[UUID, list[UUID]] = session.info.setdefault(_KNOWN, {})
    if line_id not in known:
        note_answering(session, line_id, _ANSWERING.all(session, line_id=line_id))
    return known[line_id]


def asked_answering(line_id: UUID) -> tuple[Read, Row]:
    """:func:`answering_centres` as a read that is asked together with others (:func:`note_answering`)."""
    return _ANSWERING, {"line_id": line_id}


def note_answering(session: Session, line_id: UUID, rows: Sequence[Any]) -> None:
    """What :func:`asked_answering` found, for :func:`answering_centres` in this transaction."""
    session.info.setdefault(_KNOWN, {})[line_id] = list(dict.fromkeys(row.centre_id for row in rows))
