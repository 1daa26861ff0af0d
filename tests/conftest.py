"""What every test stands on: real engines, no network, an environment that is complete and harmless."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from core.i18n import HOUSE_LOCALE, use_locale
from tests.support.engines import SuiteEngines, suite_environment
from tests.support.output import Listener
from tools import budget

pytest_plugins = ["tests.support.house", "tests.support.line", "tests.support.recordings", "tests.support.world"]

# What a property says of the code does not depend on how busy the machine is.
settings.register_profile("koza", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("koza")

_SUITE = pytest.StashKey[SuiteEngines]()
_LEAKS = pytest.StashKey[list[str]]()
_BEGUN = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the shared folder; workers of xdist are told where it is."""
    shared = getattr(config, "workerinput", {}).get("koza_suite")
    config.stash[_BEGUN] = time.monotonic()
    config.stash[_SUITE] = SuiteEngines(Path(shared)) if shared else SuiteEngines.begin()
    if not shared:
        config.pluginmanager.register(Listener(config.stash[_SUITE].folder))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where the suite's folder is."""
    node.workerinput["koza_suite"] = str(node.config.stash[_SUITE].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process stops the engines, when the last worker is done."""
    if not hasattr(config, "workerinput"):
        config.stash[_SUITE].end()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """When all is done, look for planted values in what was left behind; a find fails the run."""
    config = session.config
    engines = config.stash[_SUITE]
    if hasattr(config, "workerinput") or not engines.started():
        return
    from tests.support.scan import leaks

    folders = [engines.folder, config._tmp_path_factory.getbasetemp()]  # type: ignore[attr-defined]
    config.stash[_LEAKS] = leaks(engines, folders)
    if config.stash[_LEAKS]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how long each part took, and what the search for planted values found."""
    workers = config.getoption("numprocesses", None) or 1
    reports = [report for found in terminalreporter.stats.values() for report in found if hasattr(report, "duration")]
    durations = [(report.nodeid, report.duration) for report in reports]
    if durations:
        terminalreporter.section("time beside its budget, on two cores")
        whole = time.monotonic() - config.stash[_BEGUN]
        for line in budget.lines_of_tests(durations, workers=workers, whole=whole):
            terminalreporter.line(line)
    found = config.stash.get(_LEAKS, None)
    if found is not None:
        terminalreporter.section("search for planted numbers, names and texts")
        for line in found or ["none was found in databases, Redis, output, logs and temporary files"]:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest) -> SuiteEngines:
    """The suite's engines; nothing is started before a test asks for an address."""
    return request.config.stash[_SUITE]


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this worker of xdist: ``main``, or ``gw0`` and so on."""
    workerinput: dict[str, str] = getattr(request.config, "workerinput", {})
    return workerinput.get("workerid", "main")


@pytest.fixture(scope="session")
def database_url(suite: SuiteEngines, worker: str) -> str:
    """A migrated database of this worker's own; tests part by fresh centres and numbers, not by truncation."""
    # Imported only here: a test that needs no database shall not wait for the whole house.
    from tests.support.migrated import migrate_database

    return suite.new_database(f"koza_{worker}", template=suite.template(migrate_database))


@pytest.fixture
def empty_database_url(suite: SuiteEngines, worker: str) -> Iterator[str]:
    """A database with nothing in it, for tests of the migrations themselves."""
    yield suite.new_database(f"empty_{worker}")
    suite.drop_database(f"empty_{worker}")


@pytest.fixture(scope="session")
def redis_url(suite: SuiteEngines, worker: str) -> str:
    """A Redis database of this worker's own; tests that need it are skipped where no Redis can be had."""
    number = 0 if worker == "main" else 1 + int(worker.removeprefix("gw"))
    try:
        return suite.redis_url(number % 16)
    except LookupError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def environment(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A complete environment for ``Settings.load`` on this worker's engines."""
    return suite_environment(database_url, redis_url, tmp_path_factory.mktemp("koza"))


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """A test reaches this machine only; anything else is a mistake that would pass on a developer's desk."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_local(str(address[0])):
            raise PermissionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    for name in [key for key in os.environ if key.lower().endswith("_proxy")]:
        patch.delenv(name)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _house_s_language() -> Iterator[None]:
    """Every test begins with the house's own language, whatever the one before has set."""
    with use_locale(HOUSE_LOCALE):
        yield


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}
