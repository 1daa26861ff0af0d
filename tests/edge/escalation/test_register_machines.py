"""Walks through every state machine of the register: no move outside it, and none without its audit entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select

from core.audit import AuditEntry
from escalation.cases.register import service
from escalation.cases.register.models import Application, Breach, Decision, Objection
from escalation.cases.register.rules import applications, breaches, decisions, objections
from escalation.cases.register.rules.machine import Machine
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewItem, Paper, RegisterError
from tests.edge.escalation.conftest import ACTOR, House
from tests.edge.escalation.test_register import Register

_FEW = settings(
    max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


class Walk:
    """One record whose moves are tried in any order; the machine says which must succeed."""

    machine: Machine
    kind: Any
    #: Moves that are done by nobody's request: where they are not possible, nothing happens.
    silent: frozenset[str] = frozenset()
    #: The moves that are made with the record itself, from its first state to the one in which it begins.
    born: tuple[str, ...] = ()

    def __init__(self, register: Register) -> None:
        self.register = register
        self.extended = 0
        self.id: UUID = self.begin()
        state, expected = self.machine.first[0], []
        for move in self.born:
            before, state = state, self.machine.after(state, move) or ""
            expected.append((f"{self.machine.name}_{move}", before, state))
        assert self.trail() == expected

    def begin(self) -> UUID:
        """Make the record."""
        raise NotImplementedError

    def act(self, move: str) -> None:
        """Do what makes the move."""
        raise NotImplementedError

    def implied(self, state: str, move: str) -> tuple[str, ...]:
        """The moves that are made when ``move`` is wanted: itself, and what it says besides."""
        return (move,)

    def leads(self, state: str, move: str) -> str | None:
        """Where a move leads with all that it implies; ``None`` where it may not be made."""
        after: str | None = state
        for name in self.implied(state, move):
            after = self.machine.after(after or "", name)
        return after

    @property
    def state(self) -> str:
        """The state in the database."""
        return str(self.register.house.do(lambda session: session.get_one(self.kind, self.id).state))

    def trail(self) -> list[tuple[str, Any, Any]]:
        """The audited moves of the record."""
        query = select(AuditEntry).where(
            AuditEntry.subject_id == str(self.id), AuditEntry.subject_kind == self.machine.name
        )
        rows = self.register.house.do(lambda session: list(session.scalars(query.order_by(AuditEntry.id))))
        return [(row.act, row.detail["before"], row.detail["after"]) for row in rows if "before" in row.detail]

    def attempt(self, move: str) -> None:
        """Try one move, and compare what happened with what the machine says."""
        state, trail, expected = self.state, self.trail(), []
        after: str | None = state
        for name in self.implied(state, move):
            before, after = after, self.machine.after(after or "", name)
            expected.append((f"{self.machine.name}_{name}", before, after))
        if after is not None:
            self.act(move)
            assert self.state == after
            assert self.trail() == trail + expected
            return
        if move in self.silent:
            self.act(move)
        else:
            with pytest.raises(RegisterError) as caught:
                self.act(move)
            assert caught.value.reason == "not_possible"
        assert (self.state, self.trail()) == (state, trail)


class Decided(Walk):
    machine = decisions.MACHINE
    kind = Decision
    silent = frozenset({"lose_sight", "expire"})
    born = ("take_effect",)

    def begin(self) -> UUID:
        return self.register.decided(items=(NewItem("o5_a", Length(1, "days")),), ago=100)

    def implied(self, state: str, move: str) -> tuple[str, ...]:
        return ("submit", move) if state == "issued_urgent" and move in {"approve", "refuse"} else (move,)

    def act(self, move: str) -> None:
        does, house, today = self.register.does, self.register.house, self.register.today
        paper = Paper(today - timedelta(days=80))
        self.extended += 1
        until = today - timedelta(days=70 - self.extended)
        moment = house.moment()
        acts: dict[str, Callable[[], object]] = {
            "submit": lambda: does(service.submit_urgent, self.id, moment),
            "approve": lambda: does(service.record_approval, self.id, "approved"),
            "refuse": lambda: does(service.record_approval, self.id, "refused"),
            "lose_sight": lambda: house.do(
                lambda session: service.mark_approval_unknown(session, ACTOR, self.id, moment)
            ),
            "lapse": lambda: does(service.confirm_lapsed, self.id, source="kalem", learned_at=moment),
            "extend": lambda: does(service.extend, self.id, paper, until),
            "modify": lambda: does(
                service.modify, self.id, paper, added=[NewItem("o5_other", ends=until, detail="mesafe")]
            ),
            "lift": lambda: does(service.lift, self.id, paper),
            "expire": lambda: house.do(lambda session: service.period_over(session, ACTOR, self.id)),
        }
        acts[move]()


class Urgent(Decided):
    born = ()

    def begin(self) -> UUID:
        return self.register.urgent_long_ago()


class Asked(Walk):
    machine = applications.MACHINE
    kind = Application

    def begin(self) -> UUID:
        drafted: UUID = self.register.does(service.draft_application, self.register.case.id, codes=["o5_a"])
        return drafted

    def act(self, move: str) -> None:
        does, day = self.register.does, self.register.today
        moment = self.register.house.moment()
        answers = {"grant": "granted", "grant_partly": "partly_granted", "refuse": "refused"}
        if move in answers:
            does(service.answer_application, self.id, answers[move], day)
        elif move == "approve":
            does(service.approve_application, self.id, "written")
        elif move == "file":
            does(service.file_application, self.id, moment, authority_id=self.register.court)
        else:
            does(service.withdraw_application, self.id, "istemiyor")


class Objected(Walk):
    machine = objections.MACHINE
    kind = Objection

    def begin(self) -> UUID:
        decision_id = self.register.decided("o5_a")
        filed: UUID = self.register.does(service.file_objection, decision_id, "ministry", self.register.today)
        return filed

    def act(self, move: str) -> None:
        outcome = {"accept": "accepted", "reject": "rejected"}[move]
        self.register.does(service.decide_objection, self.id, outcome, self.register.today)


class Breached(Walk):
    machine = breaches.MACHINE
    kind = Breach

    def begin(self) -> UUID:
        decision_id, moment = self.register.decided("o5_a"), self.register.house.moment()
        reported: UUID = self.register.does(service.report_breach, decision_id, ["o5_a"], moment)
        return reported

    def act(self, move: str) -> None:
        does, day = self.register.does, self.register.today
        acts: dict[str, Callable[[], object]] = {
            "file": lambda: does(service.file_breach, self.id, "court", day),
            "accept": lambda: does(service.order_detention, self.id, 5, day),
            "refuse": lambda: does(service.refuse_detention, self.id, day),
            "object": lambda: does(service.object_to_detention, self.id, day),
            "execute": lambda: does(service.execute_detention, self.id, day, day + timedelta(days=5)),
        }
        acts[move]()


@pytest.mark.parametrize("walk", [Decided, Urgent, Asked, Objected, Breached], ids=lambda walk: walk.__name__)
def test_no_move_outside_the_machine_and_none_without_its_entry(house: House, walk: type[Walk]) -> None:
    register = Register(house)
    moves = sorted(set(walk.machine.moves) - {"take_effect"})

    class Walking(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.walk = walk(register)

        @rule(move=st.sampled_from(moves))
        def attempt(self, move: str) -> None:
            self.walk.attempt(move)

    run_state_machine_as_test(Walking, settings=_FEW)


@pytest.mark.parametrize("walk", [Decided, Urgent, Asked, Objected, Breached], ids=lambda walk: walk.__name__)
def test_each_move_is_tried_in_each_state(house: House, walk: type[Walk]) -> None:
    """At random few walks come far: here every state is come to, every move that it allows is made, and no other."""
    register, moves = Register(house), sorted(set(walk.machine.moves) - {"take_effect"})
    refused: set[str] = set()
    made: set[tuple[str, str]] = set()
    while True:
        one, fresh = walk(register), len(made)
        while True:
            state = one.state
            if state not in refused:
                refused.add(state)
                for move in (move for move in moves if one.leads(state, move) is None):
                    one.attempt(move)
            way = _way(one, state, moves, made)
            if not way:
                break
            for move in way:
                made.add((one.state, move))
                one.attempt(move)
        if len(made) == fresh:
            break
    assert refused == _from(one, one.state, moves)
    assert {move for _state, move in made} == {move for move in moves if any(one.leads(at, move) for at in refused)}


def _way(one: Walk, state: str, moves: list[str], made: set[tuple[str, str]]) -> tuple[str, ...]:
    """The shortest way from a state to a move that was not made yet, and that move; empty where none is left."""
    ways: list[tuple[str, tuple[str, ...]]] = [(state, ())]
    for at, way in ways:
        for move in moves:
            after = one.leads(at, move)
            if after is not None and (at, move) not in made:
                return (*way, move)
            if after is not None and after not in {known for known, _way in ways}:
                ways.append((after, (*way, move)))
    return ()


def _from(one: Walk, state: str, moves: list[str]) -> set[str]:
    """A state and all that may follow it."""
    found = [state]
    for at in found:
        found += {after for move in moves if (after := one.leads(at, move)) is not None} - set(found)
    return set(found)


@pytest.mark.parametrize("machine", [decisions.MACHINE, applications.MACHINE, objections.MACHINE, breaches.MACHINE])
def test_every_state_is_reached_and_nothing_leads_elsewhere(machine: Machine) -> None:
    reached = {move.after for move in machine.moves.values()} | set(machine.first)
    assert reached == set(machine.states)
    assert {state for move in machine.moves.values() for state in move.before} <= set(machine.states)
    assert machine.after("lost", next(iter(machine.moves))) is None
