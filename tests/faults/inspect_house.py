"""What is looked at when all is quiet: whether it is, the board against the tables, the audit, what stands in clear."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Protocol

from tests.faults.desk import Browser
from tests.faults.house import House
from tests.support import planted, scan
from tests.support.dumps import dump

_UNSETTLED = {
    "changes not published": "SELECT count(*) FROM core_outbox WHERE published_at IS NULL",
    "acts not chained": "SELECT count(*) FROM core_audit_pending",
    "due and not done": "SELECT count(*) FROM core_due WHERE at < koza_now() - interval '5 seconds'",
    "calls still open": "SELECT count(*) FROM hotline_calls WHERE ended_at IS NULL",
    # One that is on its way at this moment is none: pages go on climbing while we look.
    "requests to the carrier without an end": (
        "SELECT count(*) FROM hotline_attempts "
        "WHERE state = 'started' AND lease_until < koza_now() - interval '5 seconds'"
    ),
}
#: The board's own words, said once more from the tables; what it draws is compared with this.
_BOARD = """
    SELECT c.id::text, c.state, c.channel, coalesce(i.level, 2), coalesce(c.late_seconds, 0),
           coalesce(CASE WHEN q.state = 'taken' THEN q.taken_by
                         WHEN q.state IS NULL OR q.state = 'left' THEN c.owner_id END::text, '')
    FROM hotline_contacts c
    LEFT JOIN intake_intakes i ON i.contact_id = c.id
    LEFT JOIN routing_queue q ON q.contact_id = c.id
    WHERE c.centre_id = %(centre)s AND c.state NOT IN ('closed', 'abandoned_in_ivr', 'abandoned_in_queue', 'failed')
"""
#: The pages that stand on it; people count the rungs from 1.
_PAGES = """
    SELECT id::text, code, state, level, step + 1 FROM paging_pages
    WHERE centre_id = %(centre)s
      AND (state IN ('open', 'acked', 'engaged', 'snoozed') OR stands_until > koza_now())
"""
#: What changed so lately that a screen may be about to hear of it: every change is written here by its own transaction.
_ON_ITS_WAY = """
    SELECT DISTINCT subject FROM core_outbox
    WHERE centre_id = %(centre)s AND written_at > koza_now() - make_interval(secs => %(seconds)s)
"""
#: (rows, pages) as a screen shows them.
Shown = tuple[list[dict[str, Any]], list[dict[str, Any]]]


class Asked(Protocol):
    """Whatever answers statements from the house's database."""

    def query(self, statement: str, **values: Any) -> list[tuple[Any, ...]] | None:
        """Rows of a statement, None while the database does not answer."""


def unsettled(house: House) -> list[str]:
    """What is still on its way inside the house; empty when all is quiet."""
    left = []
    for name, statement in _UNSETTLED.items():
        rows = house.query(statement)
        if rows is None or rows[0][0]:
            left.append(f"{name}: {rows[0][0] if rows else 'unknown'}")
    waiting = list((house.data_dir / "journal").glob("*.journal"))
    return [*left, *(f"journal: {len(waiting)} files" for _ in waiting[:1])]


def snapshot(browser: Browser) -> Shown | None:
    """(rows, pages) of the board that somebody is given now, None when the house does not answer."""
    board = browser.get("/board/snapshot")
    return None if board is None else (board["rows"], board["pages"])


def board_differences(house: Asked, board: Shown | None, centre_id: object, *, on_its_way_s: float = 0.0) -> list[str]:
    """Where the board that a person sees and the database do not agree; empty when they do.

    Rows that changed within ``on_its_way_s`` are left out: where dozens change in every second there is no moment at
    which none is on its way. A row that a screen was not told of is found as soon as it has stood still for so long.
    """
    contacts, pages = (house.query(statement, centre=centre_id) for statement in (_BOARD, _PAGES))
    # Read last: what changed since the others were read is in it.
    moving = house.query(_ON_ITS_WAY, centre=centre_id, seconds=on_its_way_s) if on_its_way_s else []
    if contacts is None or pages is None or moving is None or board is None:
        return ["the board or the database does not answer"]
    left_out = {subject for (subject,) in moving}
    contacts, pages = ([row for row in rows if row[0] not in left_out] for rows in (contacts, pages))
    rows, marks = ([row for row in shown if row["id"] not in left_out] for shown in board)
    return [*row_differences(contacts, rows), *_page_differences(pages, marks)]


def row_differences(contacts: list[tuple[Any, ...]], rows: list[dict[str, Any]]) -> Iterator[str]:
    wanted = {row[0]: row[1:] for row in contacts}
    shown = {row["id"]: row for row in rows}
    yield from _one_sided(wanted.keys(), shown.keys())
    for one in wanted.keys() & shown.keys():
        state, channel, level, late, owner = wanted[one]
        row = shown[one]
        told = (row["level"], row["late"], row["owner_id"], row["channel"] == "voice")
        if told != (level, late, owner, channel == "voice") or row["state"] not in {state, "offered"}:
            yield f"{one}: told {row['state']} {told}, is {state} {(level, late, owner, channel)}"


def _page_differences(pages: list[tuple[Any, ...]], rows: list[dict[str, Any]]) -> Iterator[str]:
    wanted = {row[0]: row[1:] for row in pages}
    shown = {row["id"]: (row["code"], row["state"], row["level"], row["step"]) for row in rows}
    yield from _one_sided(wanted.keys(), shown.keys())
    for one in wanted.keys() & shown.keys():
        if wanted[one] != shown[one]:
            yield f"page {one}: told {shown[one]}, is {wanted[one]}"


def _one_sided(wanted: AbstractSet[str], shown: AbstractSet[str]) -> Iterator[str]:
    yield from (f"{one}: on the board alone" for one in shown - wanted)
    yield from (f"{one}: not on the board" for one in wanted - shown)


def audit_holds(house: House) -> str:
    """The last line of ``koza audit verify``; raises ``AssertionError`` when a chain does not hold."""
    answer = subprocess.run(
        [sys.executable, "-m", "config.cli", "audit", "verify"],
        env={**os.environ, "KOZA_DATA_DIR": str(house.data_dir), "KOZA_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    return answer.stdout.strip().splitlines()[-1]


def leaks(house: House) -> list[str]:
    """Where a planted number or sentence stands in clear: logs, journal, Redis' files, a dump of the database."""
    wanted = {"number": scan.numbers(planted.NUMBER_PREFIX), "sentence": scan.spellings(planted.SENTENCE)}
    _prove(wanted)
    return [
        f"{place}: {kind} {words}"
        for place, content in _everything(house)
        for kind, words in scan.found_in(content, wanted)
    ]


def _prove(wanted: dict[str, re.Pattern[bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "some.log").write_text(f"from {planted.number()}: {planted.SENTENCE}")
        seen = {kind for path in scan._files(Path(folder)) for kind, _ in scan.found_in(path.read_bytes(), wanted)}
    assert seen == set(wanted), "the scan is blind: it does not find its own values"


def _everything(house: House) -> Iterator[tuple[str, bytes]]:
    for path in scan._files(house.data_dir):
        yield str(path.relative_to(house.data_dir)), path.read_bytes()
    yield "database", dump(house.environment()["DATABASE_URL"])
