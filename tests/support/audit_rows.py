"""An audit as it would stand after years, written fast, and what somebody with the owner's password may do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from core.audit import SYSTEM_CHAIN, Head, _chain_key, _code, mark_of
from core.crypto import Keyring

Connection = psycopg.Connection[tuple[object, ...]]
_ENTRY = (
    "id",
    "at",
    "centre_id",
    "actor_kind",
    "actor_id",
    "actor_name",
    "act",
    "subject_kind",
    "subject_id",
    "detail",
)
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_ACTS = ("contact_opened", "page_read", "audit_read", "number_unmasked", "denied_scope")


def _entry(chain: int, centre: UUID | None, number: int) -> SimpleNamespace:
    return SimpleNamespace(
        id=UUID(int=(chain << 64) + number),
        at=_BEGUN + timedelta(seconds=31 * number, microseconds=number % 997),
        centre_id=centre,
        actor_kind="staff",
        actor_id=UUID(int=number % 400 + 1),
        actor_name="",
        act=_ACTS[number % len(_ACTS)],
        subject_kind="contact",
        subject_id=str(UUID(int=number * 7)),
        detail={"reason": "agreed_call", "count": number % 30},
    )


def fill(connection: Connection, keyring: Keyring, sizes: Mapping[UUID | None, int]) -> dict[str, Head]:
    """Write chains of these sizes, one for each centre (``None``: the system's); returns their heads."""
    heads = {}
    for place, (centre, size) in enumerate(sizes.items(), 1):
        name = str(centre) if centre else SYSTEM_CHAIN
        heads[name] = _fill(connection, keyring, name, [_entry(place, centre, number + 1) for number in range(size)])
    connection.commit()
    connection.execute("ANALYZE core_audit, core_audit_chain")
    connection.commit()
    return heads


def _fill(connection: Connection, keyring: Keyring, chain: str, entries: list[SimpleNamespace]) -> Head:
    key, code = _chain_key(keyring, chain), b""
    with connection.cursor() as cursor, cursor.copy(f"COPY core_audit ({', '.join(_ENTRY)}) FROM STDIN") as copy:
        for entry in entries:
            copy.write_row([Jsonb(value) if name == "detail" else value for name, value in vars(entry).items()])
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY core_audit_chain (chain, number, entry_id, code) FROM STDIN") as copy,
    ):
        for number, entry in enumerate(entries, 1):
            code = _code(key, chain, number, code, entry)
            copy.write_row([chain, number, entry.id, code])
    return Head(len(entries), mark_of(code))


def as_log(heads: Mapping[str, Head]) -> str:
    """The heads as they stand in the relay's log."""
    return "".join(
        f'relay | {{"event":"audit_head","subject":"{chain}","number":{head.number},"code":"{head.mark}"}}\n'
        for chain, head in heads.items()
    )


@dataclass(frozen=True)
class Forgery:
    """One way to change the past; ``found`` is what the walk says of it, about the link in the middle or the end."""

    what: str
    do: Callable[[Connection, str, int], None]
    found: str
    at_end: bool = False


def _changed(connection: Connection, chain: str, number: int) -> None:
    connection.execute(
        "UPDATE core_audit SET actor_id = NULL WHERE id ="
        " (SELECT entry_id FROM core_audit_chain WHERE chain = %s AND number = %s)",
        [chain, number],
    )


def _removed(connection: Connection, chain: str, number: int) -> None:
    _cut(connection, chain, number, number)


def _cut(connection: Connection, chain: str, first: int, last: int) -> None:
    connection.execute(
        "WITH gone AS (DELETE FROM core_audit_chain WHERE chain = %s AND number BETWEEN %s AND %s RETURNING entry_id)"
        " DELETE FROM core_audit WHERE id IN (SELECT entry_id FROM gone)",
        [chain, first, last],
    )


def _inserted(connection: Connection, chain: str, number: int) -> None:
    columns = ", ".join(_ENTRY[1:])
    connection.execute(
        f"INSERT INTO core_audit (id, {columns}) SELECT gen_random_uuid(), {columns} FROM core_audit WHERE id ="  # noqa: S608
        " (SELECT entry_id FROM core_audit_chain WHERE chain = %s AND number = %s)",
        [chain, number],
    )


def _reordered(connection: Connection, chain: str, number: int) -> None:
    pair = connection.execute(
        "SELECT entry_id FROM core_audit_chain WHERE chain = %s AND number IN (%s, %s) ORDER BY number",
        [chain, number, number + 1],
    ).fetchall()
    # The column is unique, so one of them stands aside meanwhile.
    for place, entry in ((number, UUID(int=0)), (number + 1, pair[0][0]), (number, pair[1][0])):
        connection.execute(
            "UPDATE core_audit_chain SET entry_id = %s WHERE chain = %s AND number = %s", [entry, chain, place]
        )


def _truncated(connection: Connection, chain: str, number: int) -> None:
    _cut(connection, chain, number, 1 << 40)


def _rekeyed(connection: Connection, chain: str, number: int) -> None:
    """The end of the chain is written anew by somebody who has no key file, and hence another key."""
    key = _chain_key(Keyring.generate(), chain)
    rows = connection.execute(
        f"SELECT link.number, entry.{', entry.'.join(_ENTRY)} FROM core_audit_chain link"  # noqa: S608
        " JOIN core_audit entry ON entry.id = link.entry_id WHERE chain = %s AND number >= %s ORDER BY number",
        [chain, number],
    ).fetchall()
    code = b""
    for place, *entry in rows:
        code = _code(key, chain, int(str(place)), code, SimpleNamespace(**dict(zip(_ENTRY, entry, strict=True))))
        connection.execute(
            "UPDATE core_audit_chain SET code = %s WHERE chain = %s AND number = %s", [code, chain, place]
        )


#: The kinds of tampering that the house promises to find.
FORGERIES = (
    Forgery("an entry changed", _changed, "altered"),
    Forgery("an entry removed with its link", _removed, "missing"),
    Forgery("an entry inserted", _inserted, "in no chain"),
    Forgery("two entries in each other's place", _reordered, "altered"),
    Forgery("the newest entries cut off", _truncated, "cut off before this", at_end=True),
    Forgery("the newest links made with another key", _rekeyed, "altered", at_end=True),
)


def forge(connection: Connection, forgery: Forgery, chain: str, place: int) -> None:
    """Do it at this link, or from it on, as whoever has the owner's password and time: past the triggers."""
    connection.execute("SET session_replication_role = replica")
    forgery.do(connection, chain, place)
    connection.commit()
