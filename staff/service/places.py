"""Centres and lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.facts import report
from core.i18n import gettext as _
from core.phones import is_never_dial
from core.settings import LineNumber
from staff.errors import NotFoundError, OutOfScopeError
from staff.events import ListeningForbidden
from staff.models import Centre, CentreKind, Line, LineAnswerer
from staff.queries import LineRow, lines
from staff.scope import Scope

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def create_centre(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    name: str,
    kind: CentreKind = "local",
    province_code: str | None = None,
) -> UUID:
    """Make a centre; ``slug`` is a word of small ASCII letters, part of its people's sign-in names."""
    if _SLUG.fullmatch(slug) is None:
        raise ValueError(_("A centre's short name has small ASCII letters, digits and dashes."))
    centre = Centre(slug=slug, name=name, kind=kind, province_code=province_code)
    session.add(centre)
    session.flush()
    record(session, actor, "centre_created", "centre", centre.id, centre.id, kind=kind)
    return centre.id


def add_line(
    session: Session,
    actor: Actor,
    *,
    centre_id: UUID,
    number: str,
    name: str,
    fallback_number: str | None = None,
    institution_name_spoken: bool = False,
) -> UUID:
    """Open a line of a centre; ``number`` and ``fallback_number`` in E.164. Raises ``ValueError`` for others."""
    _refuse_never_dialled(fallback_number)
    if any(_E164.fullmatch(item) is None for item in (number, fallback_number) if item is not None):
        raise ValueError(_("A line's numbers are written +90…"))
    line = Line(
        centre_id=centre_id,
        number=number,
        name=name,
        fallback_number=fallback_number,
        institution_name_spoken=institution_name_spoken,
    )
    session.add(line)
    session.flush()
    record(session, actor, "line_added", "line", line.id, centre_id, named=institution_name_spoken)
    return line.id


def _refuse_never_dialled(number: str | None) -> None:
    """A caller whom nobody answered is sent there by the carrier, which reaches no such number: she would be lost."""
    if number is not None and is_never_dial(number):
        raise ValueError(_("Koza never calls an emergency or short service number. Give another one."))


def close_line(session: Session, actor: Actor, line_id: UUID) -> None:
    """Take a line off the lists. It still answers while the carrier sends calls to it."""
    centre_id = session.scalar(
        update(Line).where(Line.id == line_id).values(closed_at=koza_now()).returning(Line.centre_id),
    )
    if centre_id is None:
        raise NotFoundError("line")
    record(session, actor, "line_closed", "line", line_id, centre_id)


def ensure_lines(
    session: Session,
    actor: Actor,
    numbers: Iterable[LineNumber],
    *,
    fallback_number: str | None = None,
) -> list[LineRow]:
    """Make the lines that the settings name and that are not there yet; returns the new ones.

    A number without a centre goes to the first centre that was made; one whose centre is not there is left for when it
    is. A standing line is left as it is: since the settings were written somebody may have moved it. Without a
    ``fallback_number`` a new line takes the one of its centre's other lines.
    """
    made = []
    for item in numbers:
        if session.scalar(select(Line.id).where(Line.number == item.number)) is not None:
            continue
        wanted = select(Centre.id).order_by(Centre.created_at, Centre.id).limit(1)
        if item.centre is not None:
            wanted = select(Centre.id).where(Centre.slug == item.centre)
        centre_id = session.scalar(wanted)
        if centre_id is not None:
            fallback = fallback_number or _fallback_of(session, centre_id)
            add_line(
                session, actor, centre_id=centre_id, number=item.number, name=item.number, fallback_number=fallback
            )
            made.append(item.number)
    return [row for row in lines(session) if row.number in made]


def _fallback_of(session: Session, centre_id: UUID) -> str | None:
    given = select(Line.fallback_number).where(Line.centre_id == centre_id, Line.fallback_number.is_not(None))
    return session.scalar(given.order_by(Line.created_at, Line.id).limit(1))


def set_fallback(session: Session, actor: Actor, centre_id: UUID, number: str) -> int:
    """Where callers of a centre's lines go whom nobody answers before their deadline; returns how many lines it has."""
    _refuse_never_dialled(number)
    if _E164.fullmatch(number) is None:
        raise ValueError(_("A line's numbers are written +90…"))
    changed = session.scalars(
        update(Line)
        .where(Line.centre_id == centre_id)
        .values(
            fallback_number=number,
            # What another number has shown says nothing about this one.
            fallback_proven_at=case((Line.fallback_number == number, Line.fallback_proven_at)),
        )
        .returning(Line.id),
    ).all()
    for line_id in changed:
        record(session, actor, "fallback_set", "line", line_id, centre_id)
    return len(changed)


def set_greeting(session: Session, actor: Actor, number: str, *, named: bool) -> None:
    """Whether the greeting of the line with this number says which institution answers; the next call hears it.

    A closed line can be set too: it answers as long as the carrier sends calls to it.
    """
    row = session.execute(
        update(Line)
        .where(Line.number == number)
        .values(institution_name_spoken=named)
        .returning(Line.id, Line.centre_id),
    ).one_or_none()
    if row is None:
        raise NotFoundError("line")
    record(session, actor, "greeting_set", "line", row.id, row.centre_id, named=named)


def choose_greeting(session: Session, scope: Scope, line_id: UUID, *, named: bool) -> None:
    """:func:`set_greeting` by a person: for a line of her own centre, or for any where she belongs to none.

    Raises MissingPermissionError, and OutOfScopeError for a line that is not hers to set.
    """
    scope.require("line.manage", "line", line_id)
    row = session.execute(select(Line.number, Line.centre_id).where(Line.id == line_id)).one_or_none()
    if row is None or (scope.centre_ids and row.centre_id not in scope.centre_ids):
        raise OutOfScopeError(scope.actor, "line.manage", "line", line_id)
    set_greeting(session, scope.actor, row.number, named=named)


def allow_listening(session: Session, scope: Scope, line_id: UUID, *, allowed: bool) -> None:
    """Whether colleagues may listen to the conversations of a line with the caller's agreement; from now on.

    Needs ``line.listen`` in the line's own centre: who answers a line beside it does not decide this for it.
    Raises MissingPermissionError and OutOfScopeError.
    """
    scope.require("line.listen", "line", line_id)
    centre_id = session.scalar(select(Line.centre_id).where(Line.id == line_id))
    if centre_id is None or centre_id not in scope.centre_ids:
        raise OutOfScopeError(scope.actor, "line.listen", "line", line_id)
    before = session.execute(
        update(Line)
        .where(Line.id == line_id, Line.listening_allowed != allowed)
        .values(listening_allowed=allowed)
        .returning(Line.id)
    ).one_or_none()
    if before is None:
        return
    record(session, scope.actor, "listening_allowed", "line", line_id, centre_id, allowed=allowed)
    if not allowed:
        report(session, ListeningForbidden(None, centre_id, line_id))


def prove_fallback(session: Session, actor: Actor, centre_id: UUID, number: str) -> None:
    """A person answered at this number and pressed 1: that proves it for every line of the centre with it."""
    proven = session.scalars(
        update(Line)
        .where(Line.centre_id == centre_id, Line.fallback_number == number)
        .values(fallback_proven_at=koza_now())
        .returning(Line.id),
    ).all()
    for line_id in proven:
        record(session, actor, "fallback_proven", "line", line_id, centre_id)


def set_answerers(session: Session, actor: Actor, line_id: UUID, centre_ids: Sequence[UUID]) -> None:
    """List the centres that answer a line beside its own.

    Raises ``ValueError`` for the line of a local centre: what a woman tells her centre is not heard in another.
    """
    row = session.execute(
        select(Line.centre_id, Centre.kind).join(Centre, Centre.id == Line.centre_id).where(Line.id == line_id),
    ).one_or_none()
    if row is None:
        raise NotFoundError("line")
    if row.kind != "national" and centre_ids:
        raise ValueError("only a national line is answered by other centres")
    session.execute(delete(LineAnswerer).where(LineAnswerer.line_id == line_id))
    session.add_all(LineAnswerer(line_id=line_id, centre_id=centre_id) for centre_id in dict.fromkeys(centre_ids))
    session.flush()
    record(session, actor, "answerers_set", "line", line_id, row.centre_id, count=len(set(centre_ids)))
