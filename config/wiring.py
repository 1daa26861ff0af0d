"""The one place that knows every room: builds the ground, registers who reacts to what."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy.orm import Session

from config import models
from core.crypto import Keyring
from core.database import Ground, new_engine, new_sessions
from core.due import REACTION, DueHandlers
from core.facts import Reactions, run_deferred
from core.settings import Settings

#: Rooms that react to facts, in the order in which they react.
_REACTING = (
    "intake.reactions",
    "routing.reactions",
    "escalation.paging.reactions",
    "escalation.cases.reactions",
    "escalation.cases.clock.reactions",
)
_DUE = (
    "staff.jobs",
    "hotline.jobs",
    "intake.jobs",
    "routing.jobs",
    "escalation.paging.jobs",
    "escalation.cases.jobs",
    "escalation.cases.register.jobs",
    "escalation.cases.clock.jobs",
    "escalation.cases.lists.jobs",
    "config.roster.jobs",
)
#: Rooms whose due rows set themselves due again; the first of them is set when the database is brought up.
_RECURRING = ("hotline.jobs", "routing.jobs", "config.roster.jobs", "escalation.cases.clock.jobs")
_CATALOGUES = (
    "staff.catalogue_rows",
    "escalation.paging.catalogue_rows",
    "escalation.cases.register.catalogue_rows",
    "escalation.cases.clock.catalogue_rows",
    "escalation.cases.copying.catalogue_rows",
)


def build_ground(
    settings: Settings,
    *,
    pool_size: int = 5,
    statement_timeout_ms: int = 30_000,
    lock_timeout_ms: int = 5_000,
    application: str = "koza",
    rooms: bool = True,
    bounded: bool = False,
) -> Ground:
    """Open what a process stands on. Connects lazily; raises when the key file cannot be read.

    ``bounded``: whoever uses it may say until when he waits (:mod:`core.bounded`).
    Without ``rooms`` nobody reacts: for a process that reports no fact, and need not hold the house in memory.
    """
    models.load(models.MODEL_MODULES if rooms else models.GROUND_FLOOR)
    keyring = Keyring.load(settings.data_key_file)
    reactions, due = Reactions(), DueHandlers()
    if rooms:
        _register(reactions, due)
    engine = new_engine(
        settings.database_url,
        pool_size=pool_size,
        statement_timeout_ms=statement_timeout_ms,
        lock_timeout_ms=lock_timeout_ms,
        application=application,
        bounded=bounded,
    )
    sessions = new_sessions(engine, settings=settings, keyring=keyring, reactions=reactions)
    return Ground(settings, engine, sessions, keyring, reactions, due)


def _register(reactions: Reactions, due: DueHandlers) -> None:
    for name in _REACTING:
        import_module(name).register(reactions)
    due.on(REACTION, run_deferred)
    for name in _DUE:
        import_module(name).register(due)


def load_catalogues(session: Session) -> None:
    """Load the shipped catalogues into versioned rows; a version that is already there is left alone."""
    for name in _CATALOGUES:
        import_module(name).load_catalogues(session)


def start_recurring(session: Session) -> None:
    """Set due what comes back for ever, where it is not due already."""
    for name in _RECURRING:
        import_module(name).start(session)
