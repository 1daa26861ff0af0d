"""Weather: what the house stands in for a while as people call and text, and what each of them meets meanwhile."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.engines.processes import wait_until
from hotline.journal import has_pending
from hotline.phrases import phrase
from practice.script import APPLICATION_ERROR
from tests.faults import count, inspect_house, promises
from tests.faults.desk import Browser, Operator
from tests.faults.disks import take_away
from tests.faults.exchange import Exchange
from tests.faults.flood import Flood
from tests.faults.house import House
from tests.faults.night import BOARD_GOAL
from tests.faults.people import People, settle_in
from tests.faults.screen import Screen
from tests.faults.street import Street

_SOMEBODY_SECONDS = 30.0
_ANSWER_SECONDS = 3.0
_EMPTY_SECONDS = 240.0
_WHOLE_SECONDS = 180.0
_BOARD_SECONDS = 30.0
#: A screen may hear of a change so late: the relay gathers, and who missed something fetches after up to 1.5 s.
_ON_ITS_WAY_S = 2.0
_FLOODS = 4
_OPERATORS = 6
_SAMPLE = 100
#: Seconds after which somebody who hears nothing thinks that nobody is there.
_LONG = 2.0


def ordinarily(_house: House) -> None:
    """Nothing is done before the house starts."""


def everywhere() -> str:
    """Nothing is needed that is not on every machine."""
    return ""


def nothing_more(_house: House, _exchange: Exchange) -> list[str]:
    """What holds in every weather is enough."""
    return []


@dataclass(frozen=True)
class Weather:
    """What is in the way, for how long, and how many people come meanwhile."""

    name: str
    stands: Callable[[House, Exchange], Any]
    seconds: float = 30.0
    events: int = 20
    #: Calls and texts that nobody accompanies, beside the others.
    flood: tuple[int, int] = (0, 0)
    #: What is done with a house before it starts; weathers that follow each other and want the same share one.
    prepares: Callable[[House], None] = ordinarily
    #: Why it cannot be had on this machine; empty when it can.
    why_not: Callable[[], str] = everywhere
    #: What must hold afterwards beside the promises; returns what does not, in words.
    judges: Callable[[House, Exchange], list[str]] = nothing_more
    #: What callers hear when neither the house nor its journal can take them: the carrier's own error is then no fault.
    away: bool = False
    #: Whether anybody sits at a board; who was sent home stays away from the weathers that follow.
    attended: bool = True


@dataclass(frozen=True)
class Pace:
    """Seconds that an unanswered caller stays, that a conversation lasts, and over which those spread who come."""

    patience: tuple[float, float] = (40.0, 60.0)
    talk: tuple[float, float] = (5.0, 12.0)
    spread: float = 8.0
    #: Time that is let go by after each weather: what the reconciler would wait for.
    skips: timedelta = timedelta()


@dataclass
class Met:
    """What people met in one weather, and what was there when it was over."""

    weather: Weather
    answers: list[float] = field(default_factory=list)
    #: What callers heard first.
    heard: Counter[str] = field(default_factory=Counter)
    #: What ``/readyz`` said meanwhile.
    ready: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    doubled: int = 0
    late: int = 0
    broken: list[str] = field(default_factory=list)
    #: Seconds from its end until everybody stood in the database and the house said that it is ready.
    whole: float | None = None
    #: Seconds from then until the screen that stayed showed what stands in the database.
    board: float | None = None
    #: Why it was not to be had.
    left_out: str = ""

    @property
    def slow(self) -> int:
        """Answers for which a caller waited too long."""
        return sum(one > _LONG for one in self.answers)

    @property
    def failures(self) -> list[str]:
        """Every promise that did not hold, in words."""
        if self.left_out:
            return []
        name = self.weather.name
        sent_away = 0 if self.weather.away else self.heard["error"]
        found = [
            (f"{name}: {self.missing} missing", self.missing),
            (f"{name}: {self.doubled} doubled", self.doubled),
            (f"{name}: {sent_away} callers heard the carrier's error", sent_away),
            (f"{name}: was not whole again", self.whole is None),
            (f"{name}: the board stayed wrong", self.board is None),
        ]
        return [text for text, wrong in found if wrong] + [f"{name}: {one}" for one in self.broken]

    @property
    def delays(self) -> list[str]:
        """What took longer than it may; on a machine that is busy with other things that says little."""
        name = self.weather.name
        found = [
            (f"{name}: {self.slow} answers took more than 2 s", self.slow),
            (f"{name}: the board was wrong for {self.board} s", (self.board or 0.0) > BOARD_GOAL),
        ]
        return [text for text, wrong in found if wrong]


Say = Callable[[str], None]


def run(folder: Path, weathers: tuple[Weather, ...], say: Say, seed: int = 1, pace: Pace | None = None) -> list[Met]:
    """One weather after the other, in houses of their own in ``folder``, each of which is stopped in every case."""
    found = []
    for number, (_, group) in enumerate(itertools.groupby(weathers, key=lambda one: one.prepares)):
        possible = []
        for weather in group:
            if reason := weather.why_not():
                found.append(Met(weather, left_out=reason))
                say(row(found[-1]))
            else:
                possible.append(weather)
        if possible:
            home = folder / f"house-{number}"
            home.mkdir()
            home.chmod(0o711)
            found += _in_a_house(House(home, apart=True), possible, say, seed, pace or Pace())
    return found


def _in_a_house(house: House, weathers: list[Weather], say: Say, seed: int, pace: Pace) -> list[Met]:
    found: list[Met] = []
    exchange = Exchange(house.exchange_url)
    try:
        weathers[0].prepares(house)
        house.start()
        people = settle_in(house, exchange, _OPERATORS)
        operators = [Operator(house, person, people.password) for person in people.operators]
        for operator in operators:
            operator.sign_in()
        for operator in operators if weathers[0].attended else ():
            operator.start()
        try:
            for weather in weathers:
                if not weather.attended:
                    _send_home(operators)
                found.append(_Sky(house, exchange, people, weather, seed, pace).stand())
                say(row(found[-1]))
        finally:
            _send_home(operators)
        return found
    finally:
        exchange.close()
        house.stop()
        take_away(house)


def _send_home(operators: list[Operator]) -> None:
    """Let nobody sit at a board; who has gone stays away."""
    for operator in operators:
        if operator.is_alive():
            operator.stop()


class _Sky:
    """One weather over a house that runs."""

    def __init__(
        self, house: House, exchange: Exchange, people: People, weather: Weather, seed: int, pace: Pace
    ) -> None:
        self._house = house
        self._exchange = exchange
        self._people = people
        self._weather = weather
        self._dice = random.Random(seed)
        self._lead = Browser(house, people.lead, people.password)
        self._met = Met(weather)
        self._begun = time.monotonic()
        calls, texts = (number // _FLOODS for number in weather.flood)
        parts = range(_FLOODS if calls + texts else 0)
        self._floods = [Flood(house, calls, texts, weather.seconds, random.Random(seed + part)) for part in parts]
        self._street = Street(house, weather.events, self._progress, self._dice, pace.patience, pace.talk, pace.spread)
        self._skips = pace.skips

    def stand(self) -> Met:
        """Let it come and go, and look at what is left."""
        house, exchange, met = self._house, self._exchange, self._met
        (_, before), late = exchange.tally(), _late(house)
        with self._screen() as screen:
            ended = self._pass(len(before))
            if self._skips:
                house.skip(self._skips)
            whole = wait_until(lambda: _whole(house, exchange), _WHOLE_SECONDS, every=0.5)
            met.whole = time.monotonic() - ended if whole else None
            met.board = self._equal_after(screen)
        self._street.wait_empty(_EMPTY_SECONDS)
        for flood in self._floods:
            flood.join(_EMPTY_SECONDS)
        verdict = count.compare(count.read(house, exchange))
        met.missing, met.doubled = len(verdict.missing), len(verdict.doubled)
        met.late = _late(house) - late
        met.broken = promises.broken(house) + self._weather.judges(house, exchange)
        met.answers = exchange.tally()[1][len(before) :]
        self._listen()
        return met

    def _progress(self) -> float:
        return min((time.monotonic() - self._begun) / self._weather.seconds, 1.0)

    def _pass(self, answered: int) -> float:
        """The weather itself; returns the moment of its end. It never ends before somebody came into it.

        ``answered``: how many requests of the carrier had an answer before.
        """
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(over,), daemon=True)
        with self._weather.stands(self._house, self._exchange):
            self._begun = time.monotonic()
            self._street.start()
            watch.start()
            for flood in self._floods:
                flood.start()
            wait_until(lambda: False, self._weather.seconds, every=0.5)
            wait_until(lambda: bool(self._street.walks or self._street.texts), _SOMEBODY_SECONDS, every=0.2)
            wait_until(lambda: len(self._exchange.tally()[1]) > answered, _ANSWER_SECONDS, every=0.2)
            over.set()
        ended = time.monotonic()
        watch.join(10)
        return ended

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(1.0):
            said = self._house.answers(f"{self._house.url}/readyz", 3.0)
            self._met.ready["nothing" if said is None else str(said)] += 1

    @contextmanager
    def _screen(self) -> Iterator[Screen]:
        """The window of the lead, who stays through it all."""
        self._lead.sign_in()
        screen = Screen(self._house, self._lead, random.Random(1))
        screen.start()
        try:
            yield screen
        finally:
            screen.stop()
            self._lead.close()

    def _equal_after(self, screen: Screen) -> float | None:
        """Seconds until her board shows what stands in the database; who was signed out signs in again first."""
        if self._house.moved and self._lead.get("/board/snapshot") is None:
            self._lead.sign_in()
        begun, centre = time.monotonic(), self._people.centre_id

        def equal() -> bool:
            shown = screen.board()
            return not inspect_house.board_differences(self._house, shown, centre, on_its_way_s=_ON_ITS_WAY_S)

        return time.monotonic() - begun if wait_until(equal, _BOARD_SECONDS, every=0.2) else None

    def _listen(self) -> None:
        """What a sample of all callers heard first."""
        callers = [(walk.caller, walk.sid) for walk in self._street.walks]
        callers += [one for flood in self._floods for one in flood.callers]
        for caller, sid in callers[:: max(len(callers) // _SAMPLE, 1)]:
            self._met.heard[_first(self._exchange.heard(caller, sid))] += 1


def _whole(house: House, exchange: Exchange) -> bool:
    house.query("UPDATE core_due SET at = koza_now() WHERE kind = 'hotline.reconcile' RETURNING 1")
    if house.answers(f"{house.url}/readyz") != 200 or has_pending(house.data_dir / "journal"):
        return False
    return count.compare(count.read(house, exchange)).clean


def _late(house: House) -> int:
    return int(house.rows("SELECT count(*) FROM hotline_contacts WHERE late_seconds IS NOT NULL")[0][0])


_FIRST: Mapping[str, str] = {
    phrase("greeting", "tr").text: "greeting",
    phrase("greeting_neutral", "tr").text: "greeting",
    phrase("one_moment", "tr").text: "duty telephones",
    phrase("closing", "tr").text: "closing sentence",
    APPLICATION_ERROR: "error",
}


def _first(sentences: list[str]) -> str:
    """The first that is known of what a caller heard."""
    return next((_FIRST[one] for one in sentences if one in _FIRST), "nothing")


def row(met: Met) -> str:
    """One line of the table."""
    if met.left_out:
        return f"| {met.weather.name} | not run: {met.left_out}{' |' * 8}"
    heard = ", ".join(f"{name} {number}" for name, number in met.heard.most_common()) or "–"
    ready = ", ".join(f"{name} × {number}" for name, number in met.ready.most_common())
    longest = f"{met.slow} of {len(met.answers)}; {max(met.answers, default=0.0):.1f} s"
    whole = "was not" if met.whole is None else f"{met.whole:.0f} s"
    counts = (met.late, met.missing, met.doubled)
    board = "did not" if met.board is None else f"{met.board:.1f} s"
    cells = (met.weather.name, f"{met.weather.seconds:.0f} s", heard, ready, longest, *counts, whole, board)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


HEAD = (
    "| Weather | For | Callers heard first | /readyz said | Answers over 2 s; the longest | Late | Missing | Doubled "
    "| Whole again after | Board equal after |\n|---|---:|---|---|---|---:|---:|---:|---:|---:|"
)

__all__ = ["HEAD", "Met", "Pace", "Weather", "row", "run"]
