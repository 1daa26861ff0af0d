"""How much a contact weighs in the database, table by table, and what a year of them makes.

Weighed is the thirty days of history that a demonstration makes: contacts from the first ring to the closed case, with
texts, intakes, pages, facts, audit. What the carrier's requests leave beside that (the inbox, the outbox, statuses) is
weighed after some hundred of them. Small tables (centres, accounts, catalogues) do not grow with contacts.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import psycopg

from bench.child import Child
from bench.house import House
from config import demo
from config.wiring import build_ground
from core.settings import Settings

#: Below this many rows a table's pages say nothing about a row.
_LEAST = 100
#: Tables that history has no part in: their rows come with the carrier's requests.
_OF_REQUESTS = ("hotline_inbox", "hotline_status_events", "core_outbox")
_REQUESTS = 400
_WEIGHED = """
SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname
"""


@dataclass(frozen=True)
class Weight:
    """One table: rows for each contact, and bytes for each contact with their indexes."""

    table: str
    rows: float
    data: float
    indexes: float

    @property
    def whole(self) -> float:
        """Bytes of one contact in this table."""
        return self.data + self.indexes


def weigh(url: str, contacts: int | None = None) -> tuple[int, list[Weight]]:
    """The number of contacts, and the tables that grow with them; ``contacts``: those that made the rows."""
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("VACUUM FULL")
        many = _count(connection, "hotline_contacts") if contacts is None else contacts
        found = []
        for table, data, indexes in connection.execute(_WEIGHED).fetchall():
            rows = _count(connection, str(table))
            if rows >= _LEAST and rows >= many / 20:
                found.append(Weight(str(table), rows / many, data / many, indexes / many))
    return many, found


def _arrive(house: House) -> int:
    """Let calls ring and end and texts come; returns how many contacts that made."""
    web = house.web()
    web.wait_for(house.port)
    rang: list[str] = []
    for seed, kind in enumerate(("voice", "status", "sms"), start=1):
        told = {
            "kind": kind, "port": house.port, "connections": 8, "seconds": 600.0, "seed": seed, "sids": rang,
            "count": _REQUESTS * (2 if kind == "status" else 1), "account": house.account.as_json(),
        }  # fmt: skip
        with Child("bench.load", told) as load:
            sids = load.go()["sids"]
        rang = sids if kind == "voice" else rang
    house.stop(web)
    return 2 * _REQUESTS


def _count(connection: psycopg.Connection[tuple[object, ...]], table: str) -> int:
    query = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
    row = connection.execute(query).fetchone()
    return int(str(row[0])) if row else 0


def table(contacts_a_year: float) -> str:
    """Weigh a demonstration and show the year, as Markdown."""
    with House() as house:
        settings = Settings.load(house.environment())
        demo.seed(settings, password=secrets.token_urlsafe(24), totp_secret="A" * 32)
        build_ground(settings).engine.dispose()
        contacts, weights = weigh(house.postgres.url())
        weights = [weight for weight in weights if weight.table not in _OF_REQUESTS]
        arrived = _arrive(house)
        weights += [one for one in weigh(house.postgres.url(), arrived)[1] if one.table in _OF_REQUESTS]
        weights.sort(key=lambda weight: -weight.whole)
    lines = [
        f"{contacts:,} contacts of the history weighed, and the requests of {arrived:,} more.",
        "",
        f"| table | rows a contact | bytes a contact | of them indexes | a year of {contacts_a_year / 1e6:g} million |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(_row(weight.table, weight.rows, weight.whole, weight.indexes, contacts_a_year) for weight in weights),
        _row(
            "together",
            sum(weight.rows for weight in weights),
            sum(weight.whole for weight in weights),
            sum(weight.indexes for weight in weights),
            contacts_a_year,
        ),
    ]
    return "\n".join(lines)


def _row(name: str, rows: float, whole: float, indexes: float, contacts: float) -> str:
    cells = (name, f"{rows:.2f}", f"{whole:,.0f}", f"{indexes:,.0f}", f"{whole * contacts / 1e9:,.0f} GB")
    return f"| {' | '.join(cells)} |"
