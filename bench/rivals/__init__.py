"""The same webhooks by others: Express with node-postgres, FastAPI with asyncpg.

They run on the migrated database of the house that is measured, read what it reads and write the rows it writes, with
the seals and the signature check. Each is installed into a folder of its own, from its own lock; where that cannot be
(no node, no package index) the report says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

HERE = Path(__file__).resolve().parent
_INSTALL_S = 600


@dataclass(frozen=True)
class Rival:
    """One of them: how it is installed, and its command for a port."""

    name: str
    title: str
    folder: Path
    install: Callable[[Path], list[list[str]]]
    command: Callable[[Path, int], list[str]]

    def ready(self) -> str:
        """Install it where it is not; the reason why it cannot be measured, empty when it can."""
        stamp = self.folder / ".installed"
        locks = [self.folder / name for name in ("package-lock.json", "requirements.lock")]
        newest = max(lock.stat().st_mtime for lock in locks if lock.exists())
        if stamp.exists() and stamp.stat().st_mtime >= newest:
            return ""
        for command in self.install(self.folder):
            if shutil.which(command[0]) is None:
                return f"{command[0]} is not here"
            done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=_INSTALL_S, check=False)
            if done.returncode:
                return f"{Path(command[0]).name} could not install it"
        stamp.touch()
        return ""


def environment(database_url: str, public_url: str, account_sid: str, token: str, port: int) -> dict[str, str]:
    """What a rival is told; the database by libpq's own variables, which both drivers know."""
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    told = {
        "PGHOST": query.get("host") or parts.hostname or "127.0.0.1",
        "PGPORT": str(query.get("port") or parts.port or 5432),
        "PGUSER": query.get("user") or parts.username or "koza",
        "PGDATABASE": query.get("dbname") or parts.path.lstrip("/") or "koza",
        "PUBLIC_URL": public_url,
        "ACCOUNT_SID": account_sid,
        "AUTH_TOKEN": token,
        "PORT": str(port),
        "NODE_ENV": "production",
    }
    if parts.password:
        told["PGPASSWORD"] = parts.password
    return {**os.environ, **told}


def _uvicorn(folder: Path, port: int) -> list[str]:
    python = str(folder / ".venv" / "bin" / "python")
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--loop", "uvloop", "--http", "httptools"]
    return [python, "-m", "uvicorn", "server:app", "--no-access-log", "--log-level", "warning", *options]


EXPRESS = Rival(
    "express",
    "Express 5, node-postgres",
    HERE / "express",
    lambda _folder: [["npm", "ci", "--no-audit", "--no-fund"]],
    lambda _folder, _port: ["node", "server.js"],
)
FASTAPI = Rival(
    "fastapi",
    "FastAPI, asyncpg",
    HERE / "fastapi",
    lambda folder: [
        [sys.executable, "-m", "venv", str(folder / ".venv")],
        [str(folder / ".venv" / "bin" / "pip"), "install", "--quiet", "--require-hashes", "-r", "requirements.lock"],
    ],
    _uvicorn,
)
RIVALS = (EXPRESS, FASTAPI)

__all__ = ["EXPRESS", "FASTAPI", "RIVALS", "Rival", "environment"]
