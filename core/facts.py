"""Facts go up: a lower room reports what happened, higher rooms react inside the same transaction.

A reaction that raises must not lose the fact it reacts to. The unit of work is then rolled back and run again
without that reaction, which is written down as due and done later, until it succeeds. Later reactions of the same
room to facts of the same contact wait behind it, so that a room learns a contact's story in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar, cast
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, bindparam, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from core.clock import NOW_DEFAULT
from core.database import Base, table_of
from core.due import Due, defer_reaction, is_held_up
from core.ids import new_id
from core.log import get_logger
from core.statements import Read, Write, WritesFailedError
from core.unit_of_work import ReactionFailedError

log = get_logger(__name__)


@dataclass(frozen=True)
class Fact:
    """Something that happened, in the past tense. Fields are ids and neutral codes alone: facts are kept in clear."""

    contact_id: UUID | None
    centre_id: UUID | None

    kinds: ClassVar[dict[str, type[Fact]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        Fact.kinds[cls.__name__] = cls

    def payload(self) -> dict[str, Any]:
        """The fields beside contact and centre, as JSON."""
        own = {item.name: getattr(self, item.name) for item in fields(self)}
        del own["contact_id"], own["centre_id"]
        return {name: str(value) if isinstance(value, UUID) else value for name, value in own.items()}

    @classmethod
    def from_payload(cls, contact_id: UUID | None, centre_id: UUID | None, payload: dict[str, Any]) -> Self:
        """Rebuild a stored fact; a field whose annotation names UUID is read as one."""
        values: dict[str, Any] = {"contact_id": contact_id, "centre_id": centre_id}
        for item in fields(cls):
            if item.name in payload:
                raw = payload[item.name]
                values[item.name] = UUID(raw) if raw is not None and "UUID" in str(item.type) else raw
        return cls(**values)


class StoredFact(Base):
    """A fact as it was reported; the story of a contact is its facts in order of ``number``."""

    __tablename__ = "core_facts"
    __table_args__ = (Index("ix_core_facts_contact_id_number", "contact_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    kind: Mapped[str]
    contact_id: Mapped[UUID | None]
    centre_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


_WRITE = Write(insert(table_of(StoredFact)))


def lanes_of(contact_id: ColumnElement[UUID]) -> Read:
    """Whether a reaction to a fact of a contact still waits, to be asked together with others (:func:`note_lanes`)."""
    return Read(select(select(Due.id).where(Due.lane_contact == contact_id).exists().label("any")))


_ANY_WAITS = lanes_of(bindparam("lane_of"))
_LANES = "lanes"

Reaction = Callable[[Session, Any], None]


F = TypeVar("F", bound=Fact)


class Reactions:
    """Who reacts to which fact, in the order of registration."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[tuple[str, Reaction]]] = {}
        self._by_name: dict[str, Reaction] = {}

    def on(self, kind: type[F], name: str, reaction: Callable[[Session, F], None]) -> None:
        """Register ``reaction`` under a stable ``name`` (``room.verb``), which stored due rows refer to."""
        self._by_kind.setdefault(kind.__name__, []).append((name, cast("Reaction", reaction)))
        self._by_name[f"{name}:{kind.__name__}"] = cast("Reaction", reaction)

    def to(self, fact: Fact) -> list[tuple[str, Reaction]]:
        """The reactions to a fact."""
        return self._by_kind.get(type(fact).__name__, [])

    def named(self, name: str, kind: str) -> Reaction:
        """One reaction by its name and the kind of fact. Raises ``KeyError`` when a release dropped it."""
        return self._by_name[f"{name}:{kind}"]


def report(session: Session, fact: Fact) -> UUID:
    """Write ``fact`` down and let the higher rooms react; returns the id of the stored fact.

    Raises :class:`ReactionFailedError` when a reaction raised, for :func:`core.unit_of_work.run` to handle.
    """
    fact_id = new_id()
    row = {
        "id": fact_id,
        "kind": type(fact).__name__,
        "contact_id": fact.contact_id,
        "centre_id": fact.centre_id,
        "payload": fact.payload(),
    }
    _WRITE(session, row)
    # Who waits for whom is asked only when something waits.
    some_wait = _some_wait(session, fact.contact_id)
    skipped: frozenset[str] = session.info.get("skipped_reactions", frozenset())
    reactions: Reactions = session.info["reactions"]
    for name, reaction in reactions.to(fact):
        if name in skipped or ((some_wait or skipped) and is_held_up(session, name, fact.contact_id)):
            defer_reaction(session, fact_id, name, fact.contact_id, fact.centre_id)
            continue
        try:
            reaction(session, fact)
        except (ReactionFailedError, WritesFailedError):
            raise
        except Exception as error:
            log.exception("reaction_failed", reaction=name, fact=fact_id)
            raise ReactionFailedError(name) from error
    return fact_id


def is_new(session: Session, contact_id: UUID) -> bool:
    """Whether this very transaction made the contact: nothing about it can stand anywhere yet."""
    return contact_id in session.info.get("new_contacts", ())


def note_new(session: Session, contact_id: UUID) -> None:
    """Say that the contact is made by this transaction."""
    session.info.setdefault("new_contacts", set()).add(contact_id)


def _some_wait(session: Session, contact_id: UUID | None) -> bool:
    """Whether a reaction to an earlier fact of the contact is still to be done."""
    if contact_id is None or is_new(session, contact_id):
        return False
    known: dict[UUID, bool] = session.info.setdefault(_LANES, {})
    if contact_id not in known:
        note_lanes(session, contact_id, _ANY_WAITS.all(session, beside=True, lane_of=contact_id))
    return known[contact_id]


def note_lanes(session: Session, contact_id: UUID, rows: Sequence[Any]) -> None:
    """What :func:`lanes_of` found for a contact that this transaction holds."""
    session.info.setdefault(_LANES, {})[contact_id] = bool(rows[0].any)


def run_deferred(session: Session, subject: str, _epoch: int) -> None:
    """Due handler: run one deferred reaction; the subject is ``<fact id>:<reaction name>``."""
    raw_id, _, name = subject.partition(":")
    stored = session.get(StoredFact, UUID(raw_id))
    if stored is None:
        return
    fact = Fact.kinds[stored.kind].from_payload(stored.contact_id, stored.centre_id, stored.payload)
    reactions: Reactions = session.info["reactions"]
    reactions.named(name, stored.kind)(session, fact)


__all__ = [
    "Fact",
    "ReactionFailedError",
    "Reactions",
    "StoredFact",
    "is_new",
    "lanes_of",
    "note_lanes",
    "note_new",
    "report",
    "run_deferred",
]
