"""A run is played: the real door and database, the practice exchange as the carrier, everything at its drawn moment.

Runs follow each other in one world, whose time goes on: what one of them leaves is swept away before the next.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from sqlalchemy import select, text

from config.web import Replayer
from core.sweeping import sweep
from core.unit_of_work import unit_of_work
from hotline.journal import has_pending
from hotline.models import Call
from hotline.service.statuses import SILENT_CALL_S, TOGETHER_S
from hotline.silent_attempts import ASK_AGAIN_S
from practice.faults import Faults
from practice.phones import Behaviour
from practice.webhooks import WebhookRequest
from tests.support.house import forget
from tests.support.line import fresh_number, line_number
from tests.support.walks.draw import Caller, Member, Run
from tests.support.walks.played import Played
from tests.support.walks.screens import Screen, on_duty
from tests.support.walks.weather import weather
from tests.support.world import NEXT, Person, World

#: A screen tells so often that it lives.
BEAT_S = 25.0
#: How long after the last caller the last loss must have been made good.
QUIET_S = 330.0
#: And how long telephones of staff may still be in a call for somebody whose end is known.
QUITE_OVER_S = 6.0
#: What a worker would find to do now; a look at the house for nothing is one question then. Due rows, sends, fates of
#: what was asked of the carrier, and what never reached us.
_TO_DO = text(
    """
    SELECT EXISTS (SELECT FROM core_due WHERE at <= koza_now()
            AND kind NOT IN ('hotline.reconcile', 'hotline.text_fate')),
        EXISTS (SELECT FROM hotline_sends AS s WHERE state = 'waiting' AND (not_after <= koza_now() OR (
            not_before <= koza_now() AND NOT EXISTS (SELECT FROM hotline_attempts AS a
                WHERE a.live AND a.address_index = s.address_index AND a.medium = s.medium)))),
        EXISTS (SELECT FROM hotline_attempts WHERE live AND lease_until <= koza_now())
            OR EXISTS (SELECT FROM hotline_sends AS s JOIN hotline_attempts AS a
                ON a.live AND a.state = 'accepted' AND a.address_index = s.address_index AND a.medium = s.medium
                WHERE s.state = 'waiting' AND s.not_before <= koza_now() AND s.not_after > koza_now()
                    AND a.lease_until > koza_now() + make_interval(secs => :together)
                    AND a.lease_until <= koza_now() + make_interval(secs => :silent))
            OR EXISTS (SELECT FROM core_due WHERE at <= koza_now() AND kind = 'hotline.text_fate'),
        EXISTS (SELECT FROM core_due WHERE at <= koza_now() AND kind = 'hotline.reconcile')
            OR EXISTS (SELECT FROM hotline_calls WHERE ended_at IS NULL
                AND last_seen_at <
                    koza_now() - CASE stage WHEN 'talking' THEN interval '180 s' ELSE interval '45 s' END)
    """,
).bindparams(together=TOGETHER_S, silent=SILENT_CALL_S - ASK_AGAIN_S)
_SET_CLOCK = text("UPDATE core_clock SET frozen_at = to_timestamp(:now)")
_SWEPT = (
    "DELETE FROM routing_presences",
    "DELETE FROM routing_shifts",
    "UPDATE routing_queue SET state = 'left', taken_by = NULL WHERE state <> 'left'",
    "UPDATE routing_offers SET state = 'withdrawn' WHERE state = 'open'",
    "UPDATE staff_lines SET fallback_number = NULL WHERE id = :line",
)


class Stage:
    """A world in which one run after the other is played."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._people: dict[tuple[int, str], Person] = {}
        self._replayer = Replayer(world.ground, world.line.telephone)
        self._replayer._directory = world.line.journal_folder
        self._away = False
        world.settle = self._settle  # type: ignore[method-assign]
        world.tick = self._tick  # type: ignore[method-assign]
        world.line.telephone.clock = self  # type: ignore[assignment]
        # Looked through at every step: without a transaction of its own each time.
        self._connection = world.ground.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        forget(world.ground)
        world.reconciler.tick()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def seconds(self) -> float:
        """The time that the database would say, for what is journalled."""
        return self.world.carrier.now

    def _tick(self, now: float) -> float | None:
        world = self.world
        self._set_clock(now)
        if not self._away and has_pending(world.line.journal_folder):
            self._replayer.round()
        to_do = self._to_do()
        if any(to_do) and not self._away:
            self._work(to_do)
        wish: float | None = self._connection.execute(NEXT).scalar_one()
        return wish

    def _set_clock(self, now: float) -> None:
        self._connection.execute(_SET_CLOCK, {"now": now})

    def _settle(self) -> None:
        """As :meth:`World.settle`, by looking first whether there is anything to do."""
        if not self._away:
            self._work(self._to_do())

    def _to_do(self) -> tuple[bool, ...]:
        return tuple(self._connection.execute(_TO_DO).one())

    def _work(self, to_do: tuple[bool, ...]) -> None:
        world = self.world
        for _ in range(20):
            due, sends, fates, missed = to_do
            done = sweep(world.ground) if due else 0
            done += world.sender.round() if due or sends else 0
            if fates:
                world.sender.reconcile()
            if missed:
                world.reconciler.tick()
            to_do = self._to_do()
            if not done or not any(to_do):
                break

    # One run.

    def play(self, run: Run) -> Played:
        """Play it to its end, and until nothing is left to be found out."""
        self._clear()
        world = self.world
        world.exchange.ground.dice.seed(f"run {run.number}")
        played = Played(run, world.carrier.now, self._fallback(run))
        played.errors_before = len(world.exchange.errors)
        with ExitStack() as around:
            around.enter_context(self._documents(played))
            agenda = self._agenda(played, around)
            while agenda:
                at, _, act = heapq.heappop(agenda)
                if at > world.carrier.now:
                    world.carrier.run_until(at)
                act()
            world.exchange.faults = Faults()
            self._quieten(played)
        return played

    def _clear(self) -> None:
        for call in self.world.exchange.calls.values():
            call.hang_up()
        for person in self._people.values():
            self.world.exchange.set_behaviour(person.phone, Behaviour("no_answer"))
        self.world.carrier.run_for(1.0)
        with self.world.ground.engine.begin() as connection:
            for statement in _SWEPT:
                connection.execute(text(statement), {"line": self.world.line.line_id})
        forget(self.world.ground)
        self.world.reconciler.tick()

    def _fallback(self, run: Run) -> str | None:
        if run.fallback is None:
            return None
        number = line_number()
        self.world.exchange.set_behaviour(number, run.fallback)
        with self.world.ground.engine.begin() as connection:
            connection.execute(
                text("UPDATE staff_lines SET fallback_number = :number WHERE id = :line"),
                {"number": number, "line": self.world.line.line_id},
            )
        return number

    def _quieten(self, played: Played) -> None:
        """Until everybody's end is known here, and no telephone of staff is in a call for her any more."""
        sids = [call.sid for _, call in played.calls]
        open_calls = select(Call.id).where(Call.carrier_sid.in_(sids), Call.ended_at.is_(None)).limit(1)

        def unknown() -> bool:
            known = select(Call.id).where(Call.carrier_sid.in_(sids))
            with unit_of_work(self.world.ground) as session:
                return len(session.scalars(known).all()) < len(sids) or session.scalar(open_calls) is not None

        end = self.world.carrier.now + QUIET_S
        while self.world.carrier.now < end and unknown():
            self.world.carrier.run_for(15.0)
        self.world.carrier.run_for(QUITE_OVER_S if played.run.trouble.weather == "calm" else 2 * QUITE_OVER_S)

    @contextmanager
    def _documents(self, played: Played) -> Iterator[None]:
        """Keep every answer that the carrier would execute."""
        carrier, exchange = self.world.carrier, self.world.exchange
        perform, deliver = carrier.perform, exchange.deliver

        def performed(request: WebhookRequest) -> None:
            # The database is as late as the carrier: what is written now has the second of this request.
            self._set_clock(carrier.now)

            def delivered(request_id: int, status: int, kind: str, body: str, now: float) -> None:
                if status == 200 and "xml" in kind:
                    played.documents.append((request.kind, request.url, body))
                deliver(request_id, status, kind, body, now)

            exchange.deliver = delivered  # type: ignore[method-assign, assignment]
            try:
                perform(request)
            finally:
                exchange.deliver = deliver  # type: ignore[method-assign]

        carrier.perform = performed  # type: ignore[method-assign]
        try:
            yield
        finally:
            carrier.perform = perform  # type: ignore[method-assign]

    def _agenda(self, played: Played, around: ExitStack) -> list[tuple[float, int, Callable[[], None]]]:
        """Everything that happens, in its order."""
        agenda: list[tuple[float, int, Callable[[], None]]] = []
        order = itertools.count()
        began, run = played.began, played.run

        def at(seconds: float, act: Callable[[], None]) -> None:
            heapq.heappush(agenda, (began + seconds, next(order), act))

        last = max(caller.at + caller.stays for caller in run.callers)
        played.people = [(member, self._hire(member)) for member in run.members]
        self.world.do(lambda session: on_duty(session, self.world, played.people))
        for member, person in played.people:
            screen = Screen(self.world, lambda: self._away, played, member, person)
            for moment in range(0, int(last), int(BEAT_S)):
                at(moment, screen.beat)
            for act in member.acts:
                at(act.at, lambda screen=screen, act=act: screen.do(act.doing))  # type: ignore[misc]
        for caller in run.callers:
            at(caller.at + 0.5, lambda caller=caller: self._rings(played, caller))  # type: ignore[misc]
            at(caller.at + 0.5 + caller.stays, lambda caller=caller: self._leaves(played, caller))  # type: ignore[misc]
        trouble = run.trouble
        if trouble.weather in ("storm", "statuses lost"):
            at(0, lambda: setattr(self.world.exchange, "faults", trouble.faults))
        elif trouble.weather != "calm":
            stack = around.enter_context(ExitStack())
            at(trouble.at, lambda: stack.enter_context(weather(self.world, trouble, self._set_away)))
            at(trouble.at + trouble.lasts, stack.close)
        return agenda

    def _rings(self, played: Played, caller: Caller) -> None:
        number = fresh_number()
        if caller.shows == "withheld":
            number = "anonymous"
        elif caller.shows == "same" and played.calls and not played.calls[-1][1].from_.startswith("anon"):
            number = played.calls[-1][1].from_
        behaviour = caller.behaviour()
        played.calls.append((caller, self.world.exchange.call(number, self.world.line.number, behaviour)))

    def _leaves(self, played: Played, caller: Caller) -> None:
        call = next(call for known, call in played.calls if known is caller)
        if not call.over:
            played.hung_up[call.sid] = self.world.carrier.now
            call.hang_up()

    def _set_away(self, away: bool) -> None:
        self._away = away

    def _hire(self, member: Member) -> Person:
        role = member.duty or "operator"
        person = self._people.get((member.place, role))
        if person is None:
            languages = ("tr", "ku") if member.place % 2 else ("tr",)
            person = self._people[member.place, role] = self.world.person(role, languages=languages, on_duty=None)
        self.world.exchange.set_behaviour(person.phone, member.phone)
        return person


__all__ = ["Played", "Stage"]
