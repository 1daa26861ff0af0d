"""One transaction per request or job, opened and committed here and nowhere else; rollback is the default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.database import Ground
from core.log import get_logger
from core.statements import ONE_BY_ONE, WritesFailedError

T = TypeVar("T")
#: Two transactions waited for each other, and the database ended this one: doing it again is the cure.
_DEADLOCK = "40P01"
_DEADLOCKS = 3
log = get_logger(__name__)


class ReactionFailedError(Exception):
    """A reaction to a fact raised; the unit of work is to be run again without it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@contextmanager
def unit_of_work(
    ground: Ground,
    *,
    skipped_reactions: frozenset[str] = frozenset(),
    one_by_one: bool = False,
) -> Iterator[Session]:
    """Yield a session whose transaction commits when the block ends well and is rolled back otherwise."""
    session = ground.sessions()
    session.info["skipped_reactions"] = skipped_reactions
    if one_by_one:
        session.info[ONE_BY_ONE] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def run(ground: Ground, work: Callable[[Session], T]) -> T:
    """Do ``work`` in one transaction; when a reaction to its facts raises, do it again without that reaction.

    The skipped reaction is written as due in the same transaction, so the fact commits anyway. ``work`` may run
    several times and must touch nothing but its session. A deadlock is tried again too, a few times. Writes that
    failed together are sent again one by one, so that the reaction whose write it was is the one that is skipped.
    """
    skipped: frozenset[str] = frozenset()
    deadlocks, one_by_one = 0, False
    while True:
        try:
            with unit_of_work(ground, skipped_reactions=skipped, one_by_one=one_by_one) as session:
                return work(session)
        except WritesFailedError:
            if one_by_one:
                raise
            one_by_one = True
        except ReactionFailedError as failure:
            if failure.name in skipped:
                raise
            log.warning("reaction_deferred", reaction=failure.name)
            skipped |= {failure.name}
        except DBAPIError as error:
            deadlocks += 1
            if getattr(error.orig, "sqlstate", None) != _DEADLOCK or deadlocks > _DEADLOCKS:
                raise
            log.warning("deadlock_retried", attempt=deadlocks)
