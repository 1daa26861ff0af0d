"""Which revision of the tables a database has, and which this release knows.

Read without Alembic: every process asks for it, and only who migrates has to hold that library.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

_VERSIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"


@cache
def known_revisions() -> frozenset[str]:
    """The revisions of this release: files of migrations begin with theirs, in one line."""
    return frozenset(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def newest_revision() -> str:
    """The revision that this release brings a database to."""
    return max(known_revisions())


def present_revision(session: Session) -> str | None:
    """The revision of the database; ``None`` where nothing was made yet."""
    if session.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return None
    return session.execute(text("SELECT version_num FROM alembic_version")).scalar()


__all__ = ["known_revisions", "newest_revision", "present_revision"]
