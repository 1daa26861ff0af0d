"""python -m tests.faults.audit [--rows N]: an audit of a million entries, tampered with in six ways, and how fast each is found.

Prints the table of docs/security.md. The suite does the same with a few thousand entries.
"""  # noqa: E501

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import psycopg

from config.engines.postgres import libpq
from core.crypto import Keyring
from tests.support.audit_rows import FORGERIES, as_log, fill, forge
from tests.support.engines import SuiteEngines, suite_environment
from tests.support.migrated import migrate_database

ROWS = 1_000_000


class Audit:
    """A database with an audit of this many entries in chains of two centres and the system."""

    def __init__(self, engines: SuiteEngines, folder: Path, rows: int) -> None:
        url = engines.new_database("audit", template=engines.template(migrate_database))
        self.url = libpq(url)
        self._environment = {**os.environ, **suite_environment(url, None, folder / "house"), "KOZA_LANG": "en"}
        keyring = Keyring.load(folder / "house" / "data.key")
        self._log = folder / "relay.log"
        self.sizes = {UUID(int=1): rows * 6 // 10, UUID(int=2): rows * 3 // 10, None: rows // 10}
        with psycopg.connect(self.url) as connection:
            heads = fill(connection, keyring, self.sizes)
        self._log.write_text(as_log(heads), encoding="utf-8")

    def verified(self) -> tuple[int, list[str], float]:
        """Status and faults of ``koza audit verify``, and the seconds it took from its start to its end."""
        command = [sys.executable, "-m", "config.cli", "audit", "verify", "--heads", str(self._log)]
        begun = time.perf_counter()
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines(), time.perf_counter() - begun


def main(arguments: list[str]) -> int:
    """Make it, walk it whole, tamper, walk again; 1 where anything was not found."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.audit")
    parser.add_argument("--rows", type=int, default=ROWS)
    rows: int = parser.parse_args(arguments).rows
    engines = SuiteEngines.begin()
    try:
        with tempfile.TemporaryDirectory(prefix="koza-audit-") as folder:
            return _walked(Audit(engines, Path(folder), rows), rows)
    finally:
        engines.end()


def _walked(audit: Audit, rows: int) -> int:
    """One kind after the other on the same rows, each in a chain or at an end of its own."""
    print(f"| what was done to {rows:,} entries | what `koza audit verify` says | seconds |\n|---|---|---:|")
    status, told, seconds = audit.verified()
    print(f"| nothing | {told[-1]} | {seconds:.0f} |", flush=True)
    missed = status
    for place, forgery in enumerate(FORGERIES):
        centre = list(audit.sizes)[place % 2 if forgery.at_end else place % 3]
        chain, length = str(centre or "system"), audit.sizes[centre]
        at = length - 20 if forgery.at_end else length // 2 + place
        with psycopg.connect(audit.url) as connection:
            forge(connection, forgery, chain, at)
        before = set(told)
        status, told, seconds = audit.verified()
        where = {"in no chain": "- ", "cut off before this": f"{chain} {length}: "}.get(
            forgery.found, f"{chain} {at}: "
        )
        found = any(line.startswith(where) and forgery.found in line for line in told if line not in before)
        print(f"| {forgery.what} | {forgery.found if found else 'NOTHING'} | {seconds:.0f} |", flush=True)
        missed += not found or status != 1
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
