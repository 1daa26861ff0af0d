"""A walk through the states of a case: no move outside them, none without its entry, no closing over a duty."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select, text

from core.audit import AuditEntry
from escalation.cases import rules, service
from escalation.cases.models import Case
from hotline.events import CallEnded
from tests.edge.escalation.conftest import House
from tests.edge.escalation.test_register import Register

_FEW = settings(
    max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


class Walk:
    """A case without an open task or a contact that waits; with a measure in force, or without."""

    def __init__(self, house: House, *, protected: bool) -> None:
        self.house, self.protected = house, protected
        register = Register(house)
        self.case = register.case
        house.happens(CallEnded(self.case.contact_id, house.centre_id, answered=True, how="wrap_up"))
        close = text("UPDATE hotline_contacts SET state = 'closed' WHERE id = :id")
        house.do(lambda session: session.execute(close, {"id": self.case.contact_id}))
        if protected:
            register.decided("o5_a")
        house.do(lambda session: session.execute(text("UPDATE cases_tasks SET done_at = koza_now()")))
        #: Every change that was seen.
        self.made: set[tuple[str, str]] = set()

    @property
    def state(self) -> str:
        """The state in the database."""
        return str(self.house.do(lambda session: session.get_one(Case, self.case.id).state))

    def trail(self) -> list[tuple[Any, Any, Any]]:
        """The audited changes: from where, to where, and whether over a duty."""
        query = select(AuditEntry).where(
            AuditEntry.subject_id == str(self.case.id), AuditEntry.act == "case_state_changed"
        )
        rows = self.house.do(lambda session: list(session.scalars(query.order_by(AuditEntry.id))))
        return [(row.detail["before"], row.detail["after"], row.detail["over_duty"]) for row in rows]

    def attempt(self, after: str, by: str, reason: str | None, words: str) -> None:
        """Somebody wants the case in another state; the rules of this test, not the house's, say what must happen."""
        before, trail, over = self.state, self.trail(), after == "closed" and self.protected
        allowed = after in rules.possible(before)
        if after == "closed":
            allowed = allowed and reason is not None and (not over or (by == "director" and bool(words)))
        actor, scope = self.house[by].actor, self.house.scope(by)

        def change() -> None:
            self.house.do(
                lambda session: service.change_state(
                    session, actor, scope, self.case.id, after, reason=reason, words=words
                )
            )

        if not allowed:
            with pytest.raises(service.CaseError):
                change()
            assert (self.state, self.trail()) == (before, trail)
            return
        change()
        assert self.state == after
        assert self.trail() == [*trail, (before, after, over)]
        self.made.add((before, after))


@pytest.mark.parametrize("protected", [False, True], ids=["nothing protects her", "a measure is in force"])
def test_no_move_outside_the_states_none_without_its_entry_and_no_closing_over_a_measure(
    house: House, *, protected: bool
) -> None:
    made: set[tuple[str, str]] = set()

    class Walking(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.walk = Walk(house, protected=protected)

        @rule(after=st.sampled_from(rules.STATES))
        def move(self, after: str) -> None:
            self.walk.attempt(after, "worker", None, "")

        @rule(
            by=st.sampled_from(["worker", "director"]),
            reason=st.none() | st.sampled_from(rules.CLOSURE_REASONS),
            words=st.sampled_from(["", "güvende, taşındı"]),
        )
        def close(self, by: str, reason: str | None, words: str) -> None:
            self.walk.attempt("closed", by, reason, words)

        def teardown(self) -> None:
            made.update(self.walk.made)

    run_state_machine_as_test(Walking, settings=_FEW)
    # At random one may never come to some of them.
    tour = Walk(house, protected=protected)
    for after in ("assessment", "planned", "active", "monitoring", "closed", "reopened"):
        tour.attempt(after, "director" if after == "closed" else "worker", "moved", "güvende, taşındı")
    made |= tour.made
    assert {after for _before, after in made} == set(rules.STATES) - {"open"}
