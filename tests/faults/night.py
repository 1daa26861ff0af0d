"""One run: the house starts, people come, processes die, all is counted."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from config.engines.processes import wait_until
from tests.faults import count, inspect_house, promises
from tests.faults.desk import Browser, Operator
from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.killer import Blow, Killer, Watcher
from tests.faults.people import People, settle_in
from tests.faults.screen import Screen
from tests.faults.street import Street

#: The reconciler looks once a minute at what is older than twenty seconds; twice that, and a slow machine.
_SETTLE_SECONDS = 150.0
_STREET_SECONDS = 200.0
#: Two heads, and the jitter of what they have fetched.
_SCREEN_SECONDS = 15.0
#: After a recovery a screen that stays must be right so soon.
BOARD_GOAL = 5.0


#: A carrier on a bad day.
CARRIER = {
    "duplicate": 0.1,
    "reorder": 0.1,
    "lost_callback": 0.05,
    "delay": 0.1,
    "callback_first": 0.1,
    "response_lost": 0.03,
    "rest_500": 0.03,
    "rest_503": 0.02,
    "rest_429": 0.02,
    "rest_delay": 0.05,
}


@dataclass(frozen=True)
class Plan:
    """How much happens in a run."""

    events: int = 500
    operators: int = 12
    kills: int = 10
    #: Seconds for which the database is stopped and not killed.
    stops: tuple[float, ...] = (3.0, 10.0, 3.0, 10.0)
    #: How often each other process is stopped: Redis for a while, the others until somebody notices.
    holds: int = 4
    #: Chances of what goes wrong at the carrier: fields of ``practice.faults.Faults``.
    carrier: Mapping[str, float] = field(default_factory=lambda: dict(CARRIER))
    #: Seconds between the recovery from one blow and the next one.
    pause: float = 1.0
    seed: int = 1
    #: Seconds that an unanswered caller stays, and that a conversation lasts.
    patience: tuple[float, float] = (100.0, 140.0)
    talk: tuple[float, float] = (10.0, 25.0)
    #: The reconciler is asked to look now instead of within a minute.
    hasten: bool = False


@dataclass
class Outcome:
    """What a run showed."""

    plan: Plan
    lists: count.Lists
    verdict: count.Verdict
    blows: list[Blow]
    calls: int
    texts: int
    talked: int
    cut: int
    dropped: list[str]
    accepted: int
    late: int
    board: list[str]
    #: The same of the screen that stayed, and what it lived through.
    screen: list[str]
    sockets: int
    changes: int
    fetched: int
    broken: list[str]
    unsettled: list[str]
    audit: str
    leaks: list[str]
    sent_twice: int
    requests: Counter[str] = field(default_factory=Counter)
    #: Seconds until each answered request of the carrier had its answer.
    answers: list[float] = field(default_factory=list)
    settled_in: float = 0.0
    seconds: float = 0.0

    def failures(self) -> list[str]:
        """Every promise that did not hold, in words; empty when all did."""
        verdict = self.verdict
        found = [
            (f"missing: {', '.join(verdict.missing)}", bool(verdict.missing)),
            (f"doubled: {', '.join(verdict.doubled)}", bool(verdict.doubled)),
            (f"unknown at the carrier: {', '.join(verdict.unknown)}", bool(verdict.unknown)),
            (f"carried out and not known: {', '.join(verdict.strays)}", bool(verdict.strays)),
            (f"{self.sent_twice} texts or calls of ours went out twice", bool(self.sent_twice)),
            (f"{self.cut} conversations were cut", bool(self.cut)),
            ("nobody talked: the run proves nothing about conversations", not self.talked),
            ("the counting is blind", not count.sees_a_loss(self.lists)),
            *((text, True) for text in self.broken),
            (f"the board differs: {self.board[:5]}", bool(self.board)),
            (f"the board of the screen that stayed differs: {self.screen[:5]}", bool(self.screen)),
            ("the screen heard no change: the run proves nothing about sockets", not self.changes),
            ("the screen never lost its socket: the run proves nothing about reconnecting", self.sockets < 2),
            (f"not settled: {self.unsettled}", bool(self.unsettled)),
            (f"in clear: {self.leaks[:5]}", bool(self.leaks)),
        ]
        lost = [blow for blow in self.blows if blow.recovery is None]
        return [text for text, wrong in found if wrong] + [f"{blow.target} did not come back" for blow in lost]

    def board_after(self) -> float | None:
        """Longest time from a recovery until the screen that stayed was right; None when it once was not in time."""
        times = [blow.board for blow in self.blows]
        return None if None in times else max((time for time in times if time is not None), default=0.0)

    def delays(self) -> list[str]:
        """What took longer than it may; on a machine that is busy with other things that says little."""
        longest, slow = self.board_after(), sum(one > 2.0 for one in self.answers)
        found = [
            (f"the board was wrong for {longest} s", longest is None or longest > BOARD_GOAL),
            (f"{slow} answers took more than 2 s", bool(slow)),
        ]
        return [text for text, wrong in found if wrong]


def silently(_line: str) -> None:
    """Nobody reads along."""


def run(house: House, plan: Plan, say: Callable[[str], None] = silently) -> Outcome:
    """Do it all on a house that is not started yet; it is stopped in every case. ``say`` gets a line for each blow."""
    begun = time.monotonic()
    exchange = Exchange(house.exchange_url)
    try:
        house.start()
        people = settle_in(house, exchange, plan.operators)
        outcome = _night(house, exchange, people, plan, say)
        outcome.seconds = time.monotonic() - begun
        return outcome
    finally:
        exchange.close()
        house.stop()


def _night(house: House, exchange: Exchange, people: People, plan: Plan, say: Callable[[str], None]) -> Outcome:
    dice = random.Random(plan.seed)
    operators = [Operator(house, person, people.password) for person in people.operators]
    lead = Browser(house, people.lead, people.password)
    lead.sign_in()
    for operator in operators:
        operator.sign_in()
    watcher = Watcher(house)
    screen = Screen(house, lead, random.Random(plan.seed))

    def board_is_right() -> bool:
        return not inspect_house.board_differences(house, screen.board(), people.centre_id)

    killer = Killer(house, dice, watcher, say, board_is_right)
    blows = killer.plan(plan.kills, plan.stops, plan.holds)
    exchange.do("faults", faults=dict(plan.carrier))

    def progress() -> float:
        return (len(killer.blows) + 1) / len(blows)

    street = Street(house, plan.events, progress, random.Random(plan.seed), plan.patience, plan.talk)
    for thread in (watcher, screen, *operators, street):
        thread.start()
    try:
        for order in blows:
            wait_until(lambda: False, plan.pause + dice.random(), every=0.25)
            killer.strike(order)
        street.wait_empty(_STREET_SECONDS)
    finally:
        for operator in operators:
            operator.stop()
        watcher.stop()
    exchange.do("faults", faults={})
    try:
        settled_in = _settle(house, exchange, plan)
        seen = _Seen(people, lead, screen, street, killer, sum(one.accepted for one in operators), settled_in)
        return _outcome(house, exchange, seen, plan)
    finally:
        screen.stop()
        lead.close()


def _settle(house: House, exchange: Exchange, plan: Plan) -> float:
    """Wait until nothing is on its way and nothing is missing, or the time is over; returns the seconds it took."""
    begun = time.monotonic()

    def quiet() -> bool:
        if plan.hasten:
            house.query("UPDATE core_due SET at = koza_now() WHERE kind = 'hotline.reconcile' RETURNING 1")
        return not inspect_house.unsettled(house) and count.compare(count.read(house, exchange)).clean

    wait_until(quiet, _SETTLE_SECONDS, every=1.0)
    return time.monotonic() - begun


@dataclass(frozen=True)
class _Seen:
    """Who was there through the night."""

    people: People
    lead: Browser
    screen: Screen
    street: Street
    killer: Killer
    accepted: int
    settled_in: float


def _outcome(house: House, exchange: Exchange, seen: _Seen, plan: Plan) -> Outcome:
    lists, (outcomes, answers) = count.read(house, exchange), exchange.tally()
    street, screen, centre = seen.street, seen.screen, seen.people.centre_id
    # Nothing is fetched for the screen that stayed: it has what it was told, and a head every five seconds.
    kept = _differences(house, screen.board, centre, _SCREEN_SECONDS)
    screen.stop()
    board = _differences(house, lambda: inspect_house.snapshot(seen.lead), centre, 5.0)
    twice = house.rows(
        "SELECT send_id FROM hotline_attempts WHERE carrier_sid IS NOT NULL AND medium IN ('sms', 'voice') "
        "GROUP BY send_id HAVING count(*) > 1"
    )
    return Outcome(
        plan=plan,
        lists=lists,
        verdict=count.compare(lists),
        blows=seen.killer.blows,
        calls=len(street.walks),
        texts=street.texts,
        talked=len(street.talked()),
        cut=len(street.cut()),
        dropped=[f"{walk.sid} ({walk.kind})" for walk in street.dropped(exchange)],
        accepted=seen.accepted,
        late=len(house.rows("SELECT 1 FROM hotline_contacts WHERE late_seconds IS NOT NULL")),
        board=board,
        screen=kept,
        sockets=screen.opened,
        changes=screen.changes,
        fetched=screen.fetched,
        broken=promises.broken(house),
        unsettled=inspect_house.unsettled(house),
        audit=inspect_house.audit_holds(house),
        leaks=inspect_house.leaks(house),
        sent_twice=len(twice),
        requests=sum((Counter({_outcome_of(name): number}) for name, number in outcomes.items()), Counter()),
        answers=answers,
        settled_in=seen.settled_in,
    )


def _differences(
    house: House, shown: Callable[[], inspect_house.Shown | None], centre_id: object, seconds: float
) -> list[str]:
    """Where a board and the database do not agree, when they had some seconds to."""
    found: list[list[str]] = []

    def equal() -> bool:
        found.append(inspect_house.board_differences(house, shown(), centre_id))
        return not found[-1]

    wait_until(equal, seconds, every=0.5)
    return found[-1]


def _outcome_of(outcome: str) -> str:
    return {"200": "answered", "connect": "refused", "timeout": "no answer in time"}.get(outcome, outcome)
