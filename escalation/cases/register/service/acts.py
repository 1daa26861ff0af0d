"""What every act of the register does: hold its record, move its state with an audit entry, tell the screens."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now as database_now
from core.crypto import keyring_of
from core.outbox import publish
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.models import Application, Breach, Decision
from escalation.cases.register.rules import decisions, papers
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.rules.machine import Machine
from staff.rules import ISTANBUL
from staff.scope import Scope

_OfCaseT = TypeVar("_OfCaseT", Application, Breach, Decision)


class Stateful(Protocol):
    """A record with a state."""

    id: UUID
    state: str


def held(
    session: Session, scope: Scope, kind: type[_OfCaseT], wanted: UUID, *, in_case: bool = False
) -> tuple[Case, _OfCaseT]:
    """A record and its case, both held for a change. Raises as :func:`escalation.cases.register.access.held`."""
    known = session.get(kind, wanted)
    if known is None:
        raise scope.out_of_scope(access.KIND, wanted)
    case = access.held(session, scope, known.case_id, in_case=in_case)
    return case, session.get_one(kind, wanted, with_for_update=True, populate_existing=True)


def move(
    session: Session, actor: Actor, case: Case, row: Stateful, machine: Machine, name: str, **detail: str | int | bool
) -> None:
    """Make one move of a machine, audited; the only way in which a state changes.

    Raises :class:`RegisterError` ``not_possible`` with the moves that are.
    """
    after = possible(row, machine, name)
    before, row.state = row.state, after
    session.flush()
    note(session, actor, case, f"{machine.name}_{name}", machine.name, row.id, before=before, after=after, **detail)


def possible(row: Stateful, machine: Machine, name: str) -> str:
    """The state that a move leads to. Raises as :func:`move`, before anything was written."""
    after = machine.after(row.state, name)
    if after is None:
        raise RegisterError("not_possible", machine.possible(row.state))
    return after


def note(
    session: Session,
    actor: Actor,
    case: Case,
    act: str,
    kind: str,
    subject_id: UUID,
    **detail: str | int | bool,
) -> None:
    """Write an act into the audit and tell the screens that the case changed."""
    session.flush()
    record(session, actor, act, kind, subject_id, case.centre_id, case=str(case.id), **detail)
    publish(session, case.centre_id, access.SUBJECT, case.id)


def today(session: Session) -> date:
    """The day in Turkey."""
    return database_now(session).astimezone(ISTANBUL).date()


def not_in_future(session: Session, *moments: date | datetime | None) -> None:
    """Refuse what has not happened yet: a day or moment typed wrong starts clocks. Raises :class:`RegisterError`."""
    now = database_now(session)
    for moment in moments:
        if isinstance(moment, datetime):
            if moment > now:
                raise RegisterError("in_future")
        elif moment is not None and moment > now.astimezone(ISTANBUL).date():
            raise RegisterError("in_future")


def one_of(value: str, known: Collection[str], reason: str) -> None:
    """Refuse a code that is none of the known ones."""
    if value not in known:
        raise RegisterError(reason)


def confirmed(told: Iterable[str], by: Collection[str], known_id: UUID | None = None) -> None:
    """Let hints pass that a person confirmed; with any other raise :class:`RegisterError` ``confirm_hints``."""
    left = decisions.unconfirmed(told, by)
    if left:
        raise RegisterError("confirm_hints", left, known_id)


def index(session: Session, kind: str, text: str | None) -> bytes | None:
    """The key by which a sealed number is found: ``docket`` or ``number``; ``None`` for an empty one."""
    folded = papers.file_number(text or "")
    return keyring_of(session).blind_index(f"register:{kind}", folded) if folded else None


def iso(moment: date | datetime | None) -> str:
    """A day or moment as facts hold it."""
    return "" if moment is None else moment.isoformat()
