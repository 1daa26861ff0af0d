"""Tables' common base, the engine, and the things every unit of work needs at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import Engine, MetaData, Table, Uuid, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from core.bounded import bound
from core.clock import TSTZ
from core.driver import adopt
from core.ids import new_id
from core.statements import watch

if TYPE_CHECKING:
    from core.crypto import Keyring
    from core.due import DueHandlers
    from core.facts import Reactions
    from core.settings import Settings

#: The role every connection takes after ``koza migrate`` made it: it may not touch the audit's past.
APP_ROLE = "koza_app"

#: How long a connection of the pool is waited for, in seconds; an edge that must answer goes its other way sooner.
_PATIENCE_S, _PATIENCE_BOUNDED_S = 5, 1

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

JsonValue = None | bool | int | float | str | list[Any] | dict[str, Any]


class Base(DeclarativeBase):
    """Base of every table; moments carry their zone, dictionaries are jsonb."""

    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(),
        datetime: TSTZ,
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
    }


class ClockShift(Base):
    """By how much tests and demonstrations have moved the clock; one row, read by ``koza_now()`` outside production."""

    __tablename__ = "core_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shift: Mapped[timedelta]
    #: Where the clock stands still, for worlds in virtual time; ``None`` lets it run.
    frozen_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Ground:
    """What a process stands on. Made once at start and handed down; nothing here is global."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    keyring: Keyring
    reactions: Reactions
    due_handlers: DueHandlers


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements of the webhooks' path that are built once and only given values.

    To build a statement anew and find its compiled form costs several times what it costs to send it; a statement
    on the table instead of the model also leaves out the mapper, which has nothing to do there.
    """
    return cast("Table", model.__table__)


def new_engine(
    url: str,
    *,
    role: str | None = APP_ROLE,
    pool_size: int = 5,
    statement_timeout_ms: int = 30_000,
    lock_timeout_ms: int = 5_000,
    application: str = "koza",
    bounded: bool = False,
) -> Engine:
    """Connect lazily to PostgreSQL.

    ``role`` is taken by every connection (``None`` only for migrations). The timeouts bound what the server does;
    a server that is stopped ignores them: ``bounded`` lets an edge say until when it waits (:mod:`core.bounded`).
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=_PATIENCE_BOUNDED_S if bounded else _PATIENCE_S,
        # The connection that came back last is given next: the server has its plans and catalogues at hand.
        pool_use_lifo=True,
        pool_pre_ping=False,
        # An error of the database quotes the statement's values; nobody shall read them in a log.
        hide_parameters=True,
        connect_args={
            "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms}"
            " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC",
            "connect_timeout": 3,
            # A server whose machine is gone says nothing: it is noticed within a quarter of a minute.
            "keepalives_idle": 5,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "application_name": application,
        },
    )
    if bounded:
        bound(engine, pool_size * 2)
    event.listen(engine, "connect", lambda connection, _record: adopt(connection))
    if role is not None:

        @event.listens_for(engine, "connect")
        def take_role(connection: Any, _record: object) -> None:
            connection.autocommit = True
            connection.execute(f"SET ROLE {role}")
            connection.autocommit = False

    return engine


def new_sessions(
    engine: Engine,
    *,
    settings: Settings,
    keyring: Keyring,
    reactions: Reactions,
) -> sessionmaker[Session]:
    """Make the factory of units of work; settings, keyring and reactions travel in ``session.info``."""
    made = sessionmaker(
        engine,
        expire_on_commit=False,
        info={"settings": settings, "keyring": keyring, "reactions": reactions},
    )
    watch(made)
    return made


def settings_of(session: Session) -> Settings:
    """The settings of this unit of work."""
    return cast("Settings", session.info["settings"])


__all__ = [
    "APP_ROLE",
    "Base",
    "ClockShift",
    "Ground",
    "JsonValue",
    "metadata",
    "new_engine",
    "new_id",
    "new_sessions",
    "settings_of",
    "table_of",
]
