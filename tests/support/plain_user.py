"""A PostgreSQL started by a user without rights.

Started as ``python -m tests.support.plain_user FOLDER PROGRAMS MAJOR [UID GID]``. As root it becomes that user first,
when all is imported: Python itself may lie in a folder that only root may enter. Prints who runs the server, where its
data are, and an answer of it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from unittest import mock

import psycopg

from config.engines import postgres
from config.engines.binaries import PostgresBinaries
from config.engines.postgres import libpq
from config.engines.processes import Mark


def main(folder: Path, programs: PostgresBinaries, ids: list[int]) -> None:
    """Start it, ask it, stop it."""
    # Whatever Python loads only when it needs it, it loads now.
    Mark.of(os.getpid())
    if ids:
        user, group = ids
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    with mock.patch.object(postgres, "find_postgres", return_value=programs):
        engine = postgres.PostgresEngine(folder, durable=False)
        engine.start()
        try:
            with psycopg.connect(libpq(engine.url())) as connection:
                told = connection.execute("SELECT current_setting('data_directory'), 6 * 7").fetchone()
            owner = Path(f"/proc/{engine.pid}").stat().st_uid
        finally:
            engine.stop()
    print(json.dumps([owner, *(told or ())]))


if __name__ == "__main__":
    major = int(sys.argv[3])
    main(Path(sys.argv[1]), PostgresBinaries(Path(sys.argv[2]), major), [int(text) for text in sys.argv[4:]])
