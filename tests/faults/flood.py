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
#: Median seconds until staff were first told of a caller: her telephone offer, or a page; a caller of whom nobody was
#: told while she stayed counts with the time that she stayed.
_TOLD = """
    WITH told AS (
        SELECT c.danger, extract(epoch FROM least(
            (SELECT min(o.made_at) FROM routing_offers o WHERE o.contact_id = c.id),
            (SELECT min(p.opened_at) FROM paging_pages p WHERE p.contact_id = c.id),
            c.ended_at) - c.received_at) AS after
        FROM hotline_contacts c
        WHERE c.channel = 'voice' AND c.received_at > koza_now() - make_interval(secs => %(seconds)s)
    )
    SELECT danger, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY after) FROM told GROUP BY danger
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
    """Whether staff knew of those who pressed 5 sooner than of the others; also prints both medians."""
    told = {danger: float(after or 0) for danger, _, after in house.rows(_TOLD, seconds=_LOOK_BACK)}
    print(f"staff were told after (median): pressed 5 {told.get(True)} s, others {told.get(False)} s", flush=True)
    if True in told and told[True] < told.get(False, 0.0):
        return []
    return [f"those in danger were not first: {told}"]
