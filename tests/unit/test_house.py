"""Rules of the house that an import linter cannot see, read from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from core.facts import Fact

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "staff", "hotline", "intake", "routing", "escalation", "dashboard", "config", "practice")
LONGEST_MODULE = 400
#: Who may say what. A name that only one place may call is a promise about all other places.
ONLY_THERE = {
    # A permit is the one thing that lets a call or text go out to a member of the public.
    "give_permit": {"intake/gate.py"},
    "Permit": {"hotline/service/permits.py"},
    # Transactions are opened and committed at the edge, by one function.
    "commit": {"core/unit_of_work.py"},
    # Keys are turned in core and config alone.
    "with_new_key": {"config/keyfile.py"},
    "unwrap": {"core/crypto.py", "config/keyfile.py"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            yield path.relative_to(PROJECT).as_posix(), path


@cache
def callers() -> dict[str, set[str]]:
    """For each name that is called anywhere, the modules that call it; the source is read once for all tests."""
    found: dict[str, set[str]] = {}
    for place, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                found.setdefault(name, set()).add(place)
    return found


@pytest.mark.parametrize("name", ONLY_THERE)
def test_it_is_called_only_there(name: str) -> None:
    assert callers()[name] == ONLY_THERE[name]


def test_no_module_is_too_long_to_read() -> None:
    lengths = {place: len(path.read_text(encoding="utf-8").splitlines()) for place, path in modules()}
    assert {place: length for place, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_our_own_packages_are_imported_at_the_top() -> None:
    found = [
        f"{place}:{node.lineno}"
        for place, path in modules()
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ROOMS
    ]
    assert found == []


def test_locks_name_no_index_and_no_machine() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        for line in (PROJECT / name).read_text(encoding="utf-8").splitlines():
            assert "://" not in line, line
            assert not line.startswith("--"), line
            if line and not line.startswith((" ", "#")):
                assert "==" in line, line


#: Where time is the database's: what decides, what does, what reads, what reacts, and what is done when due.
TIMELESS = ("rules", "service", "queries", "reactions", "jobs", "gate", "events", "models")
#: Python's clocks, and the database's own words for now, which tests cannot move.
OTHER_CLOCKS = re.compile(
    r"\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(|\btime\.(time|time_ns|monotonic|perf_counter|sleep)\("
    r"|\bfunc\.(now|current_timestamp|clock_timestamp|transaction_timestamp|statement_timestamp)\("
    r"|\b(?<!koza_)now\(\)'|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bclock_timestamp\(",
)


@pytest.mark.parametrize("room", ["staff", "hotline", "intake", "routing", "escalation"])
def test_decisions_services_and_reads_know_no_clock_but_the_databases(room: str) -> None:
    found = [
        f"{place}:{number}"
        for place, path in modules()
        if place.startswith(f"{room}/") and set(place.removesuffix(".py").split("/")) & set(TIMELESS)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OTHER_CLOCKS.search(line)
    ]
    assert found == []


def test_nothing_leaves_the_process_but_through_the_outbox() -> None:
    """Only the sockets' process emits, only the relay enqueues and publishes, only triggers notify."""
    may = {
        "emit": {"config/live.py", "core/log.py"},
        "enqueue": {"config/relay.py"},
        "enqueue_in": set[str](),
        "enqueue_at": set[str](),
    }
    sources = {
        place: path.read_text(encoding="utf-8") for place, path in modules() if not place.startswith("practice/")
    }
    for name, places in may.items():
        assert callers().get(name, set()) & set(sources) <= places, name
    assert [place for place, source in sources.items() if "pg_notify" in source] == []
    makers = {place for place, source in sources.items() if "insert(Outbox)" in source or "Outbox(" in source}
    assert makers == {"core/outbox.py"}


def test_facts_are_ids_and_neutral_codes() -> None:
    """Facts are kept in clear, so a field must not be able to hold a number, a name or a text by its kind."""
    for place in [place for place, _ in modules() if place.endswith("events.py")]:
        import_module(place.removesuffix(".py").replace("/", "."))
    allowed = {"UUID", "str", "int", "bool", "None"}
    forbidden = re.compile(r"(^|_)(phone|address|body|text|name|note|caller|sender|email)(_|$)")
    for kind in Fact.kinds.values():
        for item in fields(kind):
            assert set(re.findall(r"\w+", str(item.type))) <= allowed, (kind, item.name)
            assert forbidden.search(item.name) is None, (kind, item.name)
