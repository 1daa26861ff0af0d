"""The measures as versioned rows: shipped with ``koza migrate``, or an administrator's after a diff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.clock import now as database_now
from core.ids import new_id
from escalation.cases.register.catalogues import Measure, Measures, measures_catalogue
from escalation.cases.register.models import MeasureVersion
from escalation.cases.register.rules.errors import RegisterError
from staff.errors import MissingPermissionError
from staff.queries import speaks_for_the_house
from staff.scope import Scope

PERMISSION = "catalogue.write"
_SUBJECT = "measure"
_READ = "register.measures"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose value would change."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that is shown before it is confirmed."""

    id: UUID
    code: str
    differences: tuple[Difference, ...]


def load_catalogues(session: Session) -> None:
    """Bring the measures to what is shipped; may run any number of times.

    A measure whose shipped form changed gets a new version; one that an administrator changed keeps her version.
    """
    catalogue = measures_catalogue()
    standing = {row.code: row for row in session.scalars(_current())}
    for measure in catalogue.measures:
        known = standing.get(measure.code)
        if known is None or (known.origin == "shipped" and known.body != measure.model_dump(mode="json")):
            _take_place_of(session, known)
            session.add(_shipped(session, measure, catalogue))
    session.flush()


def measures(session: Session) -> dict[str, tuple[UUID, Measure]]:
    """The measures that hold now, by code in the catalogue's order, each with the id of its version.

    Read once in a unit of work: every decision of a list needs them.
    """
    if _READ not in session.info:
        session.info[_READ] = _measures(session)
    found: dict[str, tuple[UUID, Measure]] = session.info[_READ]
    return found


def codes_of_article(session: Session, article: str) -> list[str]:
    """The codes of the measures of an article that hold now."""
    of_it = MeasureVersion.body["article"].astext == article
    return list(session.scalars(_current().with_only_columns(MeasureVersion.code).where(of_it)))


def is_code(session: Session, code: str) -> bool:
    """Whether a measure bears this code now."""
    known = _current().with_only_columns(MeasureVersion.id).where(MeasureVersion.code == code)
    return session.execute(known).first() is not None


def _measures(session: Session) -> dict[str, tuple[UUID, Measure]]:
    columns = _current().with_only_columns(MeasureVersion.id, MeasureVersion.code, MeasureVersion.body)
    rows = {row.code: (row.id, Measure.model_validate(row.body)) for row in session.execute(columns)}
    order = {item.code: place for place, item in enumerate(measures_catalogue().measures)}
    return dict(sorted(rows.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0])))


def propose(session: Session, actor: Actor, scope: Scope, changed: Mapping[str, Any]) -> Proposal:
    """An administrator wants a measure to read otherwise, or a new one; nothing holds before :func:`confirm`.

    ``changed`` is a whole measure as the catalogue writes it. Raises MissingPermissionError, and
    :class:`RegisterError`: wrong_measure, nothing_changed.
    """
    scope.require(PERMISSION, _SUBJECT, str(changed.get("code", "")))
    try:
        measure = Measure.model_validate(dict(changed))
    except ValidationError as error:
        fields = sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]})
        raise RegisterError("wrong_measure", tuple(fields)) from None
    _require_house(session, scope, measure.code)
    known = session.scalars(_current().where(MeasureVersion.code == measure.code)).one_or_none()
    body = measure.model_dump(mode="json")
    differences = tuple(_differences({} if known is None else known.body, body))
    if not differences:
        raise RegisterError("nothing_changed")
    row = MeasureVersion(
        id=new_id(),
        code=measure.code,
        number=_next_number(session, measure.code),
        state="proposed",
        origin="administrator",
        body=body,
        source=measure.source,
        valid_from=measure.valid_from or database_now(session).date(),
        based_on=None if known is None else known.id,
        made_by=actor.id,
    )
    session.add(row)
    session.flush()
    record(session, actor, "measure_proposed", _SUBJECT, measure.code, version=row.number)
    return Proposal(row.id, measure.code, differences)


def confirm(session: Session, actor: Actor, scope: Scope, proposal_id: UUID) -> None:
    """What was shown as a diff holds from now on; decisions keep the version they were entered with.

    Raises MissingPermissionError, and :class:`RegisterError`: unknown_proposal, changed_meanwhile when another version
    has come since the diff was shown.
    """
    row = _proposed(session, scope, proposal_id)
    known = session.scalars(_current().where(MeasureVersion.code == row.code).with_for_update()).one_or_none()
    if (None if known is None else known.id) != row.based_on:
        raise RegisterError("changed_meanwhile")
    _take_place_of(session, known)
    row.state, row.decided_by, row.decided_at = "current", actor.id, database_now(session)
    session.flush()
    record(session, actor, "measure_changed", _SUBJECT, row.code, version=row.number)


def drop(session: Session, actor: Actor, scope: Scope, proposal_id: UUID) -> None:
    """A proposal is taken back. Raises as :func:`confirm`."""
    row = _proposed(session, scope, proposal_id)
    row.state, row.decided_by, row.decided_at = "dropped", actor.id, database_now(session)
    session.flush()
    record(session, actor, "measure_proposal_dropped", _SUBJECT, row.code, version=row.number)


def proposals(session: Session, scope: Scope) -> list[Proposal]:
    """The proposals that wait, oldest first, each with what it would change now."""
    scope.require(PERMISSION, _SUBJECT)
    bodies = {row.code: row.body for row in session.scalars(_current())}
    waiting = session.scalars(
        select(MeasureVersion).where(MeasureVersion.state == "proposed").order_by(MeasureVersion.made_at)
    )
    return [Proposal(row.id, row.code, tuple(_differences(bodies.get(row.code, {}), row.body))) for row in waiting]


def _current() -> Any:
    return select(MeasureVersion).where(MeasureVersion.state == "current")


def _proposed(session: Session, scope: Scope, proposal_id: UUID) -> MeasureVersion:
    scope.require(PERMISSION, _SUBJECT)
    row = session.get(MeasureVersion, proposal_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "proposed":
        raise RegisterError("unknown_proposal")
    _require_house(session, scope, row.code)
    return row


def _require_house(session: Session, scope: Scope, code: str) -> None:
    """The measures are every centre's: who administers one of several does not change them for the others."""
    if not speaks_for_the_house(session, scope):
        raise MissingPermissionError(scope.actor, PERMISSION, _SUBJECT, code)


def _take_place_of(session: Session, known: MeasureVersion | None) -> None:
    session.info.pop(_READ, None)
    if known is not None:
        past = update(MeasureVersion).where(MeasureVersion.id == known.id)
        session.execute(past.values(state="past", decided_at=koza_now()))


def _shipped(session: Session, measure: Measure, catalogue: Measures) -> MeasureVersion:
    return MeasureVersion(
        code=measure.code,
        number=_next_number(session, measure.code),
        state="current",
        origin="shipped",
        body=measure.model_dump(mode="json"),
        source=measure.source,
        valid_from=measure.valid_from or catalogue.valid_from,
    )


def _next_number(session: Session, code: str) -> int:
    last = select(func.coalesce(func.max(MeasureVersion.number), 0)).where(MeasureVersion.code == code)
    return int(session.execute(last).scalar_one()) + 1


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = dict(_flat(before)), dict(_flat(after))
    for field in dict.fromkeys((*old, *new)):
        if old.get(field, "") != new.get(field, ""):
            yield Difference(field, old.get(field, ""), new.get(field, ""))


def _flat(body: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        elif isinstance(value, list):
            yield f"{above}{name}", ", ".join(str(item) for item in value)
        elif value is not None:
            yield f"{above}{name}", str(value)
