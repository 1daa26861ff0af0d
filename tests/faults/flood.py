"""Very many people who call and text at once, and whether those in danger came first."""

from __future__ import annotations

import random
import threading
import time

from config.engines.processes import wait_until
from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.people import LINE
from tests.support import planted

_DANGER, _STAYS = 0.1, 40.0
_LOOK_BACK = 300.0
#: By whether she pressed 5: how many called, and of how many staff were told (an offer, or a page) while they stayed.
_TOLD = """
    SELECT c.danger, count(*), count(*) FILTER (
        WHERE EXISTS (SELECT 1 FROM routing_offers o WHERE o.contact_id = c.id)
           OR EXISTS (
               SELECT 1 FROM paging_pages p
               WHERE p.contact_id = c.id AND p.opened_at < coalesce(c.ended_at, koza_now()) - interval '1 second'))
    FROM hotline_contacts c
    WHERE c.channel = 'voice' AND c.received_at > koza_now() - make_interval(secs => %(seconds)s)
    GROUP BY c.danger
"""


class Flood(threading.Thread):
    """A part of many people who call and text at an even pace; every tenth caller presses 5."""

    def __init__(self, house: House, calls: int, texts: int, seconds: float, dice: random.Random) -> None:
        super().__init__(name="flood", daemon=True)
        self._exchange = Exchange(house.exchange_url)
        self._kinds = ["call"] * calls + ["text"] * texts
        self._seconds = seconds
        self._dice = dice
        self.callers: list[tuple[str, str]] = []

    def run(self) -> None:
        """Let them come."""
        self._dice.shuffle(self._kinds)
        begun = time.monotonic()
        for place, kind in enumerate(self._kinds):
            due = begun + place * self._seconds / len(self._kinds)
            wait_until(lambda: False, max(due - time.monotonic(), 0.0))
            number = planted.number()
            if kind == "text":
                self._exchange.text(number, LINE, f"{planted.SENTENCE} {place}")
                continue
            key = "5" if self._dice.random() < _DANGER else "1"
            behaviour = {"answering": "manual", "presses": [{"digits": key, "after": 2.0}], "hang_up_after": _STAYS}
            made = self._exchange.do("call", **{"from": number, "to": LINE, "behaviour": behaviour})
            self.callers.append((number, str(made["sid"])))
        self._exchange.close()


def danger_first(house: House, _exchange: Exchange) -> list[str]:
    """Whether staff were told of those who pressed 5 rather than of the others."""
    told = {danger: (known, came) for danger, came, known in house.rows(_TOLD, seconds=_LOOK_BACK)}
    shares = {danger: known / came for danger, (known, came) in told.items()}
    if shares.get(True, 0.0) > shares.get(False, 0.0):
        return []
    (danger, of_danger), (others, of_others) = told.get(True, (0, 0)), told.get(False, (0, 0))
    return [f"staff were told of {danger} of {of_danger} who pressed 5, of {others} of {of_others} others"]
