"""The suite's schema: the real migrations, run once, copied for every worker."""

from __future__ import annotations

import tempfile
from pathlib import Path

from config.migrate import migrate
from core.settings import Settings
from tests.support.engines import suite_environment


def migrate_database(url: str) -> None:
    """Bring an empty database to the newest schema, with the catalogues loaded."""
    with tempfile.TemporaryDirectory(prefix="koza-key-") as folder:
        migrate(Settings.load(suite_environment(url, None, Path(folder))))
