"""All rows of a database as text, for the search at the end; one that is taken down first leaves its dump behind."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from config.engines.binaries import find_postgres
from config.engines.postgres import libpq


def dump(url: str) -> bytes:
    """The rows of the database at this address; columns of bytes are hex."""
    program = str(find_postgres().folder / "pg_dump")
    return subprocess.run([program, "--data-only", "--no-owner", libpq(url)], capture_output=True, check=True).stdout


def keep_dump(url: str, folder: Path, name: str) -> None:
    """Leave the rows of a database that is about to go in a new file of ``folder``."""
    folder.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix=f"{name}-", suffix=".sql", dir=folder, delete=False) as file:
        file.write(dump(url))
