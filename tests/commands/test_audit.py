"""``koza audit verify`` finds what was done to the record. With a million rows: python -m tests.faults.audit."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner, Result

from config.cli import main
from config.engines.postgres import libpq
from config.relay import _log_heads
from config.wiring import build_ground
from core.crypto import Keyring
from core.settings import Settings
from tests.support.audit_rows import FORGERIES, Forgery, as_log, fill, forge
from tests.support.engines import SuiteEngines, suite_environment
from tests.support.migrated import migrate_database

_SIZES = {UUID(int=1): 1200, UUID(int=2): 300, None: 100}
_CHAIN = str(UUID(int=1))


@pytest.fixture
def environment(suite: SuiteEngines, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A database with three chains, and the log of their heads beside it."""
    name = f"audit_{secrets.token_hex(4)}"
    url = suite.new_database(name, template=suite.template(migrate_database))
    found = suite_environment(url, None, tmp_path / "house")
    with psycopg.connect(libpq(url)) as connection:
        heads = fill(connection, Keyring.load(tmp_path / "house" / "data.key"), _SIZES)
    (tmp_path / "relay.log").write_text(as_log(heads), encoding="utf-8")
    yield {**found, "LOG": str(tmp_path / "relay.log")}
    suite.drop_database(name)


def verify(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", "verify", *arguments], env={"KOZA_LANG": "en", **environment})


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.what)
def test_every_kind_of_tampering_is_found(environment: dict[str, str], forgery: Forgery) -> None:
    heads = ("--heads", environment["LOG"])
    sound = verify(environment, *heads)
    assert (sound.exit_code, sound.stdout) == (0, "Every chain of the audit holds.\n")
    place = _SIZES[UUID(int=1)] - 20 if forgery.at_end else 600
    with psycopg.connect(libpq(environment["DATABASE_URL"])) as connection:
        forge(connection, forgery, _CHAIN, place)
    found = verify(environment, *heads)
    assert found.exit_code == 1
    where = {"in no chain": "- ", "cut off before this": f"{_CHAIN} 1200: "}.get(forgery.found, f"{_CHAIN} {place}: ")
    assert found.stdout.startswith(where)
    assert forgery.found in found.stdout.splitlines()[0]


def test_what_was_cut_off_and_written_anew_with_the_key_is_told_by_the_log_alone(environment: dict[str, str]) -> None:
    """The relay goes on where the chain ends, with the right key: the chain holds, and is another one."""
    keyring = Keyring.load(Path(environment["DATA_KEY_FILE"]))
    with psycopg.connect(libpq(environment["DATABASE_URL"])) as connection:
        forge(connection, FORGERIES[4], _CHAIN, 1)
        fill(connection, keyring, {UUID(int=9): 1})
        connection.execute("SET session_replication_role = replica")
        connection.execute("TRUNCATE core_audit, core_audit_chain")
        fill(connection, keyring, {None: 100, UUID(int=2): 300, UUID(int=1): 1300})
    assert verify(environment).exit_code == 0
    told = verify(environment, "--heads", environment["LOG"])
    assert told.exit_code == 1
    assert f"{_CHAIN} 1200: replaced" in told.stdout


def test_the_relay_logs_what_the_walk_reads(environment: dict[str, str], tmp_path: Path) -> None:
    ground = build_ground(Settings.load(environment), pool_size=1)
    with redirect_stderr(io.StringIO()) as log:
        _log_heads(ground)
    ground.engine.dispose()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {line["subject"]: line["number"] for line in lines} == {_CHAIN: 1200, str(UUID(int=2)): 300, "system": 100}
    (tmp_path / "own.log").write_text(f"{log.getvalue()}something else\n", encoding="utf-8")
    assert verify(environment, "--heads", str(tmp_path / "own.log")).exit_code == 0
    (tmp_path / "torn.log").write_text(log.getvalue()[:-20], encoding="utf-8")
    torn = verify(environment, "--heads", str(tmp_path / "torn.log"))
    assert torn.exit_code == 1
    assert "cannot be read" in torn.output
