"""The people who call and text: each with her own plan, watched from the carrier's side for as long as she is there."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from config.engines.processes import wait_until
from practice.script import APPLICATION_ERROR
from tests.faults.exchange import OVER, Exchange, Record
from tests.faults.house import House
from tests.faults.people import LINE
from tests.support import planted

Kind = Literal["greeting", "danger", "waits", "talks", "text", "texts"]
#: What people do, in the proportion in which they do it.
KINDS: tuple[Kind, ...] = (
    *("talks",) * 7,
    *("waits",) * 3,
    *("danger",) * 3,
    *("greeting",) * 2,
    *("text",) * 3,
    *("texts",) * 2,
)
_LOOK_SECONDS = 0.5
_SPREAD_SECONDS = 8.0
#: A lost conversation is believed after so many words in a row that nobody heard.
_UNHEARD = 3


@dataclass
class Walk:
    """One call on its way."""

    kind: Kind
    sid: str
    caller: str
    begun: float
    leaves_at: float
    talk: float
    talking_since: float | None = None
    unheard: int = 0
    hung_up: bool = False
    #: Set when the call ended, or nobody heard her any more, without her hanging up.
    ended_by_others: float | None = None
    silenced: float | None = None

    @property
    def done(self) -> bool:
        """Nothing more is going to happen to it."""
        return self.hung_up or self.ended_by_others is not None


class Street(threading.Thread):
    """Starts ``events`` calls and texts and carries each plan out.

    ``progress`` tells from 0 to 1 how far the night is, so that people come for as long as processes are killed.
    ``patience`` and ``talk`` are the seconds that an unanswered caller stays and that a conversation lasts.
    """

    def __init__(
        self,
        house: House,
        events: int,
        progress: Callable[[], float],
        dice: random.Random,
        patience: tuple[float, float],
        talk: tuple[float, float],
        spread: float = _SPREAD_SECONDS,
    ) -> None:
        super().__init__(name="street", daemon=True)
        self._events = events
        self._progress = progress
        self._dice = dice
        self._patience = patience
        self._talk = talk
        self._spread = spread
        self._exchange = Exchange(house.exchange_url)
        self._done = threading.Event()
        self._coming: list[tuple[float, Kind]] = []
        self._came = 0
        self.walks: list[Walk] = []
        self.texts = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        """Let people come and go until all have gone."""
        try:
            while self._came < self._events or self._coming or not all(walk.done for walk in self.walks):
                self._turn()
                self._done.wait(_LOOK_SECONDS)
        except Exception as failure:  # noqa: BLE001 - told to whoever waits for the end
            self.failure = failure
        finally:
            self._done.set()
            self._exchange.close()

    def wait_empty(self, seconds: float) -> None:
        """Wait until everybody has gone. Raises what went wrong on the way."""
        wait_until(self._done.is_set, seconds, every=0.2)
        if self.failure is not None:
            raise self.failure
        if not self._done.is_set():
            raise TimeoutError("callers are still on the line")

    def _turn(self) -> None:
        now = time.monotonic()
        while self._came < min(self._events * self._progress(), self._events):
            kind = self._dice.choice(KINDS)
            self._came += 2 if kind == "texts" else 1
            # Not at once: else everybody would come just after a recovery, and nobody into an outage.
            self._coming.append((now + self._dice.uniform(0, self._spread), kind))
        due = [one for one in self._coming if one[0] <= now]
        self._coming = [one for one in self._coming if one[0] > now]
        for _, kind in due:
            self._begin(kind, now)
        there = [walk for walk in self.walks if not walk.done]
        calls = self._exchange.calls([walk.sid for walk in there])
        for walk in there:
            self._accompany(walk, calls[walk.sid], now)

    def _begin(self, kind: Kind, now: float) -> None:
        number = planted.number()
        if kind in {"text", "texts"}:
            for _ in range(1 if kind == "text" else 2):
                self._exchange.text(number, LINE, f"{planted.SENTENCE} {self.texts}")
                self.texts += 1
            return
        presses: list[Record] = []
        if kind != "greeting":
            presses = [{"digits": "5" if kind == "danger" else self._dice.choice("12"), "after": 2.0}]
        sid = self._exchange.call(number, LINE, presses)
        longest = self._patience[1]
        waits = min(12.0, longest), min(30.0, longest)
        stay = {"greeting": (2.0, 5.0), "waits": waits}.get(kind, self._patience)
        talk = self._dice.uniform(*self._talk)
        self.walks.append(Walk(kind, sid, number, now, now + self._dice.uniform(*stay), talk))

    def _accompany(self, walk: Walk, call: Record, now: float) -> None:
        if call["status"] in OVER:
            walk.ended_by_others = now
            return
        if call["status"] == "in-progress":
            self._listen(walk, now)
        leaves_at = walk.leaves_at if walk.talking_since is None else walk.talking_since + walk.talk
        if now >= leaves_at:
            self._exchange.hang_up(walk.sid)
            walk.hung_up = True

    def _listen(self, walk: Walk, now: float) -> None:
        if self._exchange.heard_by(walk.sid):
            walk.talking_since = walk.talking_since or now
            walk.unheard = 0
        elif walk.talking_since is not None:
            walk.unheard += 1
            if walk.unheard == _UNHEARD and walk.silenced is None:
                walk.silenced = now

    def talked(self) -> list[Walk]:
        """Calls that came to a conversation."""
        return [walk for walk in self.walks if walk.talking_since is not None]

    def cut(self) -> list[Walk]:
        """Conversations that ended, or fell silent, without the caller hanging up."""
        return [walk for walk in self.talked() if walk.ended_by_others is not None or walk.silenced is not None]

    def dropped(self, exchange: Exchange) -> list[Walk]:
        """Callers whom the carrier sent away with its own error before anybody answered."""
        unanswered = [walk for walk in self.walks if walk.talking_since is None and walk.ended_by_others is not None]
        return [walk for walk in unanswered if APPLICATION_ERROR in exchange.heard(walk.caller, walk.sid)]
