"""Whether an earlier start has brought this very database to this release: then nobody waits for that again.

``koza run`` may open the door at once where tables, rights, catalogues and demo were made by the same release before.
It makes them all the same, a moment later: each may be made any number of times.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from config.engines.postgres import libpq
from config.engines.processes import write_private
from config.revisions import newest_revision

_ASK_SECONDS = 2


class Prepared:
    """What was last made ready in a data folder whose database is its own."""

    def __init__(self, data_dir: Path, environment: str) -> None:
        self._note = data_dir / "prepared"
        self._said = f"{environment} {newest_revision()}\n"

    def holds(self, database_url: str) -> bool:
        """Whether all was made by this release, in this kind of environment, and the database has its revision."""
        try:
            if self._note.read_text(encoding="utf-8") != self._said:
                return False
            with psycopg.connect(libpq(database_url), connect_timeout=_ASK_SECONDS) as connection:
                found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except (OSError, psycopg.Error):
            return False
        return found == (newest_revision(),)

    def forget(self) -> None:
        """From here on it is being changed."""
        self._note.unlink(missing_ok=True)

    def note(self) -> None:
        """All was made."""
        write_private(self._note, self._said)


__all__ = ["Prepared", "newest_revision"]
