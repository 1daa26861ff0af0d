"""The audit: every way to change the past shows, and the application has no right to try."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config.migrate import APPEND_ONLY
from core.actor import PUBLIC, staff_actor, system
from core.audit import SYSTEM_CHAIN, AuditEntry, AuditPending, chain_pending, heads, record, verify
from core.crypto import Keyring
from core.ids import new_id

Entries = list[UUID]


@pytest.fixture
def chained(session: Session) -> tuple[str, Entries]:
    """A centre's chain of five entries."""
    centre, account = new_id(), new_id()
    entries = [
        record(session, staff_actor(account, centre), "contact.read", "contact", new_id(), count=number, why=None)
        for number in range(5)
    ]
    settle(session)
    return str(centre), entries


def settle(session: Session) -> None:
    while chain_pending(session):
        pass


def as_owner(session: Session) -> None:
    """What somebody with the owner's password and time would do first."""
    session.execute(text("RESET ROLE"))
    for table in ("core_audit", "core_audit_chain"):
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def faults(session: Session, chain: str) -> list[tuple[int, str]]:
    session.expire_all()
    return [(fault.number, fault.reason) for fault in verify(session, chain=chain)]


def do(session: Session, statement: str, **values: object) -> None:
    session.execute(text(statement), values)


def alter(column: str, value: str) -> Callable[[Session, str, Entries], None]:
    statement = f"UPDATE core_audit SET {column} = {value} WHERE id = :id"  # noqa: S608 - a forger's own words
    return lambda session, _chain, entries: do(session, statement, id=entries[2])


def delete_entry(session: Session, _chain: str, entries: Entries) -> None:
    do(session, "DELETE FROM core_audit WHERE id = :id", id=entries[2])


def delete_with_link(session: Session, _chain: str, entries: Entries) -> None:
    delete_entry(session, "", entries)
    do(session, "DELETE FROM core_audit_chain WHERE entry_id = :id", id=entries[2])


def close_the_gap(session: Session, chain: str, entries: Entries) -> None:
    delete_with_link(session, chain, entries)
    for number in (4, 5):
        do(
            session,
            "UPDATE core_audit_chain SET number = number - 1 WHERE chain = :c AND number = :n",
            c=chain,
            n=number,
        )


def swap(session: Session, _chain: str, entries: Entries) -> None:
    do(session, "UPDATE core_audit_chain SET entry_id = :none WHERE entry_id = :id", none=new_id(), id=entries[1])
    do(session, "UPDATE core_audit_chain SET entry_id = :a WHERE entry_id = :b", a=entries[1], b=entries[2])
    do(
        session,
        "UPDATE core_audit_chain SET entry_id = :b WHERE chain = :c AND number = 2",
        b=entries[2],
        c=_chain,
    )


def insert_unlinked(session: Session, _chain: str, entries: Entries) -> None:
    copied = "centre_id, actor_kind, actor_id, actor_name, act, subject_kind, subject_id, detail"
    do(
        session,
        f"INSERT INTO core_audit (id, at, {copied}) SELECT :new, at, {copied} FROM core_audit WHERE id = :id",  # noqa: S608
        new=UUID(int=1),
        id=entries[2],
    )


def insert_linked(session: Session, chain: str, entries: Entries) -> None:
    insert_unlinked(session, chain, entries)
    do(
        session,
        "INSERT INTO core_audit_chain (chain, number, entry_id, code) VALUES (:c, 6, :id, '\\x00')",
        c=chain,
        id=UUID(int=1),
    )


@pytest.mark.parametrize(
    ("forge", "found"),
    [
        (alter("act", "'contact.list'"), [(3, "altered")]),
        (alter("at", "at + interval '1 second'"), [(3, "altered")]),
        (alter("actor_id", "NULL"), [(3, "altered")]),
        (alter("subject_id", "''"), [(3, "altered")]),
        (alter("detail", """'{"count": 7}'"""), [(3, "altered")]),
        # Fields are length-prefixed: a text that moves from one to the next shows.
        (alter("act", "'contact.readc', subject_kind = 'ontact'"), [(3, "altered")]),
        (delete_entry, [(3, "entry missing")]),
        (delete_with_link, [(3, "missing"), (4, "altered")]),
        (close_the_gap, [(3, "altered"), (4, "altered")]),
        (swap, [(2, "altered"), (3, "altered")]),
        (insert_unlinked, [(0, "in no chain")]),
        (insert_linked, [(6, "altered")]),
    ],
)
def test_every_change_of_the_past_shows(
    session: Session,
    chained: tuple[str, Entries],
    forge: Callable[[Session, str, Entries], None],
    found: list[tuple[int, str]],
) -> None:
    chain, entries = chained
    assert faults(session, chain) == []
    as_owner(session)
    forge(session, chain, entries)
    assert faults(session, chain) == found


_EPOCH, _CENTURIES = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=80_000)


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


_TEXT = strategies.text(strategies.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    act=_TEXT,
    name=_TEXT,
    known=strategies.booleans(),
    since=strategies.timedeltas(timedelta(0), _CENTURIES) | strategies.integers(0, 1 << 32).map(_seconds),
    detail=strategies.dictionaries(_TEXT, strategies.none() | strategies.booleans() | strategies.integers() | _TEXT),
)
def test_the_walk_reads_every_entry_as_the_relay_wrote_it(
    session: Session, act: str, name: str, known: bool, since: timedelta, detail: dict[str, Any]
) -> None:
    centre = new_id()
    entry = AuditEntry(
        id=new_id(),
        at=_EPOCH + since,
        centre_id=centre,
        actor_kind="staff",
        actor_id=new_id() if known else None,
        actor_name=name,
        act=act,
        subject_kind="contact",
        subject_id=act,
        detail=detail,
    )
    session.add(entry)
    session.flush()
    session.add(AuditPending(entry_id=entry.id))
    session.flush()
    settle(session)
    assert faults(session, str(centre)) == []


def test_a_chain_made_without_the_key_file_shows(session: Session, chained: tuple[str, Entries]) -> None:
    session.info["keyring"] = Keyring.generate()
    assert faults(session, chained[0])[:2] == [(1, "altered"), (2, "altered")]


def test_acts_of_no_centre_have_a_chain_of_their_own_and_heads_tell_how_far_each_came(
    session: Session,
    chained: tuple[str, Entries],
) -> None:
    settle(session)
    known = heads(session).get(SYSTEM_CHAIN)
    before = known.number if known else 0
    record(session, PUBLIC, "sign_in.refused", "account", "unknown")
    record(session, system("tests"), "key.added", "key", "2")
    assert chain_pending(session) == 2
    assert heads(session)[SYSTEM_CHAIN].number == before + 2
    assert heads(session)[chained[0]].number == 5
    assert faults(session, SYSTEM_CHAIN) == []


@pytest.mark.parametrize("role", ["koza_app", "owner"])
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_neither_the_application_nor_the_owner_may_change_what_is_append_only(
    session: Session,
    table: str,
    role: str,
) -> None:
    column = session.execute(
        text("SELECT column_name FROM information_schema.columns WHERE table_name = :t ORDER BY ordinal_position"),
        {"t": table},
    ).scalar()
    if role == "owner":
        session.execute(text("RESET ROLE"))
    triggers = session.execute(
        text("SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(:t) AND NOT tgisinternal ORDER BY tgname"),
        {"t": table},
    ).scalars()
    assert list(triggers) == [f"{table}_append_only", f"{table}_no_truncate"]
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608
        refused = "permission denied" if role == "koza_app" else "append-only"
        if role == "owner" and not statement.startswith("TRUNCATE") and not _has_rows(session, table):
            continue
        with pytest.raises(DBAPIError, match=refused), session.begin_nested():
            session.execute(text(statement))


def _has_rows(session: Session, table: str) -> bool:
    return bool(session.execute(text(f"SELECT EXISTS (SELECT 1 FROM {table})")).scalar())  # noqa: S608
