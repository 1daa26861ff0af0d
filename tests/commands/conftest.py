"""What tests of the command line stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backups import Machine, backed_up
from tests.support.engines import SuiteEngines, suite_environment
from tests.support.migrated import migrate_database


@pytest.fixture
def own_environment(
    environment: dict[str, str], suite: SuiteEngines, worker: str, database_url: str, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """A migrated database and a key file that no other test uses."""
    name = f"own_{worker}"
    url = suite.new_database(name, template=suite.template(migrate_database))
    yield suite_environment(url, environment["REDIS_URL"], tmp_path / "own")
    suite.drop_database(name)


@pytest.fixture(scope="package")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One machine with a demonstration for all tests of backups: they count what was added since they began."""
    with backed_up(tmp_path_factory) as machine:
        yield machine
