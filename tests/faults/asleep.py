"""Everything stopped for three hours while people call and text, and what must hold when it is started again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from config.engines.processes import wait_until
from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.people import LINE, on_call
from tests.support import planted

ASLEEP: Final = timedelta(hours=3)
_PAGED_SECONDS = 120.0
#: Sends whose time must be over when the house starts again: else that none of them leaves proves nothing.
_WAITING = "SELECT id::text FROM hotline_sends WHERE state = 'waiting' AND not_after < koza_now() + %(by)s"
#: A text or call of ours that was asked for when its time was over.
_TOO_LATE = """
    SELECT s.id::text FROM hotline_sends s JOIN hotline_attempts a ON a.send_id = s.id
    WHERE a.started_at > s.not_after
"""
#: Late contacts for which nobody was called: the clock of a late text has run out long ago.
_UNPAGED = """
    SELECT c.carrier_sid FROM hotline_contacts c
    WHERE c.late_seconds IS NOT NULL AND c.answered_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM paging_pages p WHERE p.contact_id = c.id)
"""
_LATE = """
    SELECT carrier_sid, extract(epoch FROM received_at), late_seconds FROM hotline_contacts
    WHERE carrier_sid = ANY(%(sids)s)
"""


@contextmanager
def asleep(house: House, exchange: Exchange) -> Iterator[None]:
    """All of it ends with texts on their way that no carrier took; three hours later it starts."""
    exchange.do("faults", faults={"rest_500": 1.0})
    caller = exchange.call(planted.number(), LINE, [])
    wait_until(lambda: bool(house.query(_WAITING, by=ASLEEP)), 5.0)
    exchange.hang_up(caller)
    waiting = wait_until(lambda: bool(house.query(_WAITING, by=ASLEEP)), 30.0)
    if not waiting:
        raise RuntimeError("nothing of ours was on its way: the weather proves nothing")
    house.halt()
    exchange.do("faults", faults={})
    try:
        yield
    finally:
        house.sleep(ASLEEP)
        house.start()


def not_kept(house: House, exchange: Exchange) -> list[str]:
    """What does not hold after it, in words."""
    unpaged: list[list[str]] = []

    def paged() -> bool:
        unpaged.append([row[0] for row in house.rows(_UNPAGED)])
        return not unpaged[-1]

    wait_until(paged, _PAGED_SECONDS, every=1.0)
    gone = house.rows(_TOO_LATE)
    found = [
        (f"nobody was paged for {', '.join(unpaged[-1])}", unpaged[-1]),
        (f"left after their time: {', '.join(row[0] for row in gone)}", gone),
        ("nobody on call was called", not _rung(exchange)),
    ]
    return [text for text, wrong in found if wrong] + _to_callers(exchange) + _dated(house, exchange)


def _rung(exchange: Exchange) -> bool:
    calls, messages = exchange.truth()
    ours = [one for one in (*calls.values(), *messages.values()) if one["direction"].startswith("outbound")]
    return any(on_call(one["to"]) for one in ours)


def _to_callers(exchange: Exchange) -> list[str]:
    """Calls and texts of ours to somebody who had called or texted."""
    calls, messages = exchange.truth()
    both = [*calls.values(), *messages.values()]
    public = {one["from"] for one in both if one["direction"] == "inbound"}
    ours = [one["sid"] for one in both if one["direction"] == "outbound-api" and one["to"] in public]
    return [f"called or texted by the machine: {', '.join(ours)}"] if ours else []


def _dated(house: House, exchange: Exchange) -> list[str]:
    """Contacts that came in its sleep whose true time or lateness is not that of the carrier's list."""
    calls, messages = exchange.truth()
    known = {
        sid: float(one["created_at"])
        for sid, one in {**calls, **messages}.items()
        if one["direction"] == "inbound" and one["created_at"] >= house.ended_at
    }
    # What the journal took as the house went to sleep is dated by its clock, and time may have been skipped before.
    slack = 2 + (house.moved - ASLEEP).total_seconds()
    wrong = []
    for sid, at, late in house.rows(_LATE, sids=list(known)):
        if late is not None and (abs(float(at) - known[sid]) > slack or late < ASLEEP.total_seconds()):
            wrong.append(f"{sid}: {float(at) - known[sid]:.0f} s off, late by {late}")
    return [f"dated wrongly: {', '.join(wrong)}"] if wrong else []


__all__ = ["ASLEEP", "asleep", "not_kept"]
