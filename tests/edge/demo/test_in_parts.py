"""Long lists are looked for in parts; they show what one plain condition shows, whoever reads, however rights mix."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.actor import system
from core.clock import now
from core.database import Ground
from core.i18n import ISTANBUL
from core.ids import new_id
from core.unit_of_work import unit_of_work
from escalation.cases import queries as cases
from escalation.cases.clock import queries as clock
from escalation.cases.clock import rules
from escalation.cases.clock.models import ClosureTick, Deadline, Reminder
from escalation.cases.models import Case, Task
from escalation.cases.register import access
from escalation.cases.register import queries as register
from escalation.cases.register.models import Decision
from escalation.cases.register.rules.decisions import IN_FORCE
from staff import service as staff_service
from staff.models import Grant
from staff.scope import HeldRole, Scope
from tests.edge.demo.test_demo import scope_of
from tests.edge.demo.test_many import many

__all__ = ["many"]

ACTOR = system("tests")
READERS = ("legal@ankara", "director@ankara", "caseworker@ankara", "perp@ankara", "partner", "both", "system")
#: Reminders told and taken on, put off, ended; some periods have several, and some of those have more than one state.
MIXED = """
UPDATE cases_reminders r SET step = m.n % 4, told_at = CASE WHEN m.n % 5 < 4 THEN koza_now() END,
    state = CASE m.n % 5 WHEN 0 THEN 'acknowledged' WHEN 1 THEN 'waiting' WHEN 2 THEN 'ended' WHEN 3 THEN 'told'
        ELSE 'waiting' END,
    acknowledged_at = CASE WHEN m.n % 5 = 0 THEN koza_now() END
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM cases_reminders) m WHERE m.id = r.id
"""


@pytest.fixture(scope="module")
def mixed(many: Ground) -> Ground:
    """A thousand cases with grants of every sort, bars, secrecy, reminders in every state and tasks."""
    with unit_of_work(many) as session:
        lawyer, worker = scope_of(session, "legal@ankara"), scope_of(session, "caseworker@ankara")
        centre = next(iter(lawyer.centre_ids))
        found = session.execute(select(Case.id, Case.centre_id).order_by(Case.id)).all()
        for number, row in enumerate(found):
            _rights(session, number, row.id, lawyer, worker, centre)
            if number % 9 == 0:
                session.execute(text("UPDATE cases_cases SET confidential = true WHERE id = :id"), {"id": row.id})
            if number % 4 == 0:
                _tasks(session, number, row.id)
        session.execute(text(MIXED))
    return many


_PARTNER = new_id()


def _rights(session: Session, number: int, case_id: Any, lawyer: Scope, worker: Scope, centre: Any) -> None:
    moment = now(session)
    grantee = {
        0: ("unit", centre, {}),
        1: ("staff", lawyer.account_id, {}),
        2: ("partner", _PARTNER, {}),
        3: ("unit", centre, {"until": moment}),
        4: ("staff", worker.account_id, {"until": moment + timedelta(days=1)}),
        5: ("unit", centre, {"revoked_at": moment}),
        6: ("unit", new_id(), {}),
    }.get(number % 23)
    if grantee is not None:
        kind, grantee_id, more = grantee
        given = {"grantee_kind": kind, "grantee_id": grantee_id, "reason": "night_card", **more}
        session.add(Grant(subject_kind="case", subject_id=case_id, **given))
    if number % 11 == 0:
        for reader in (lawyer, worker):
            assert reader.account_id is not None
            staff_service.bar(session, ACTOR, subjects=[("case", case_id)], account_id=reader.account_id, reason="kin")


def _tasks(session: Session, number: int, case_id: Any) -> None:
    for turn in range(1 + number % 3):
        due_at = now(session) + timedelta(hours=number % 50 - 30 + turn)
        session.add(Task(id=new_id(), case_id=case_id, due_at=due_at, done_at=due_at if number % 5 == 0 else None))


def _scope(session: Session, name: str) -> Scope:
    if name == "system":
        return Scope.system("tests")
    lawyer = scope_of(session, "legal@ankara")
    assert lawyer.account_id is not None
    if name == "partner":
        roles = [HeldRole("p", "survivor", {"register.read": "referred", "case.read": "referred"})]
        return Scope.built(lawyer.account_id, None, roles, partner_id=_PARTNER)
    if name == "both":
        roles = [HeldRole("a", "survivor", {"register.read": "assigned", "case.read": "centre"})]
        return Scope.built(lawyer.account_id, next(iter(lawyer.centre_ids)), roles, partner_id=_PARTNER)
    return scope_of(session, name)


def _today(session: Session) -> date:
    return now(session).astimezone(ISTANBUL).date()


@pytest.mark.parametrize("name", READERS)
def test_the_register_is_found_as_by_one_condition(mixed: Ground, name: str) -> None:
    with unit_of_work(mixed) as session:
        scope, today = _scope(session, name), _today(session)
        plain = select(Decision.id).join(Case, Case.id == Decision.case_id).where(access.readable(scope))
        known = session.execute(select(Decision.docket_index, Decision.id, Case.ref).join(Case)).first()
        assert known is not None
        docket = session.get_one(Decision, known.id).docket or ""
        newest = (Decision.decided_on.desc(), Decision.id.desc())
        asked: list[tuple[register.Terms, list[Any]]] = [
            (register.Terms(), []),
            (register.Terms(states=("active",)), [Decision.state == "active"]),
            (register.Terms(code="o5_g"), [Decision.codes.contains(["o5_g"])]),
            (register.Terms(province_code="34"), [Decision.province_code == "34"]),
            (register.Terms(docket=docket), [Decision.docket_index == known.docket_index]),
            (register.Terms(case_ref=known.ref), [Case.ref == known.ref]),
            (register.Terms(docket="1901/1"), [Decision.decided_on < date(1902, 1, 1)]),
        ]
        for terms, conditions in asked:
            after, wanted = None, list(session.scalars(plain.where(*conditions).order_by(*newest)))
            while True:
                page = register.search(session, scope, terms, after=after)
                assert [row.id for row in page.rows] == wanted[:50], terms
                wanted, after = wanted[50:], page.after
                if after is None:
                    break
            assert wanted == []
        until = today + timedelta(days=30)
        ending = plain.where(Decision.state.in_(IN_FORCE), Decision.first_end <= until)
        soonest = session.scalars(ending.order_by(Decision.first_end, Decision.id).limit(50)).all()
        assert [row.id for row in register.ending(session, scope, until)] == soonest


@pytest.mark.parametrize("name", READERS)
def test_what_waits_and_what_is_due_are_those_of_one_condition(mixed: Ground, name: str) -> None:
    with unit_of_work(mixed) as session:
        scope = _scope(session, name)
        rows = session.execute(
            select(Deadline.id, Deadline.rule, Reminder.step, Reminder.state, Case.owner_id)
            .join(Deadline, Deadline.id == Reminder.deadline_id)
            .join(Case, Case.id == Deadline.case_id)
            .where(Reminder.told_at.is_not(None), clock.readable(scope), Deadline.state.in_(rules.LIVE))
            .order_by(Deadline.safe_at.nulls_last(), Deadline.opened_at, Deadline.id),
        )
        waits: dict[Any, bool] = {}
        for row in rows:
            hers = row.state == "told" and clock.addressed(scope, row.rule, row.step, row.owner_id)
            waits[row.id] = waits.get(row.id, False) or hers
        order = sorted(waits, key=lambda period: not waits[period])
        assert clock.waiting_for(session, scope, most=10_000).number == sum(waits.values())
        for most in (1, 7, 100):
            found, more = clock.due(session, scope, most=most, beyond=10_000)
            assert [one.deadline.id for one in found] == order[:most]
            assert [one.mine for one in found] == [waits[one] for one in order[:most]]
            assert more.number == len(order) - len(found)
            # Counted no further than is shown, and never as fewer.
            assert min(clock.waiting_for(session, scope, most=most).number, most) == min(sum(waits.values()), most)
            beyond = clock.due(session, scope, most=most, beyond=3)[1]
            assert min(beyond.number, 3) == min(len(order) - len(found), 3)
            assert str(beyond) == ("2+" if len(order) - len(found) >= 3 else str(len(order) - len(found)))


@pytest.mark.parametrize("name", READERS)
def test_cases_and_their_tasks_are_those_of_one_condition(mixed: Ground, name: str) -> None:
    with unit_of_work(mixed) as session:
        scope = _scope(session, name)
        ids = select(Case.id).where(cases.readable(scope)).order_by(Case.id.desc())
        for state, condition in (("", None), ("closed", Case.state == "closed"), (cases.NOT_CLOSED, None)):
            plain = ids if state != cases.NOT_CLOSED else ids.where(Case.state != "closed")
            plain = plain if condition is None else plain.where(condition)
            wanted, before = list(session.scalars(plain)), None
            while wanted:
                rows = session.execute(cases.newest(scope, 40, state=state, before=before)).all()
                assert [row.id for row in rows] == wanted[:40]
                wanted, before = wanted[40:], rows[-1].id
        until = now(session)
        listed = cases.cases(scope).subquery("listed")
        late = select(listed.c.id, listed.c.next_due_at).where(listed.c.next_due_at < until)
        expected = {(row.id, row.next_due_at) for row in session.execute(late)}
        found = session.execute(cases.next_tasks(scope, until, 10_000)).all()
        assert [row.due_at for row in found] == sorted(row.due_at for row in found)
        assert {(row.id, row.due_at) for row in found} == expected
        assert len(found) == len(expected)


@pytest.mark.parametrize("name", READERS)
def test_the_list_before_closed_days_is_that_of_one_condition(mixed: Ground, name: str) -> None:
    made = (
        "INSERT INTO cases_closure_ticks (id, centre_id, deadline_id, day, next_working_day)"
        " SELECT gen_random_uuid(), centre_id, id, :day, CAST(:day AS date) + 3 FROM cases_deadlines"
        # On such a day, after ten, some are on the list already.
        " ON CONFLICT DO NOTHING"
    )
    with unit_of_work(mixed) as session:
        scope, today = _scope(session, name), _today(session)
        session.execute(text(made), {"day": today})
        plain = (
            select(Deadline.id)
            .join(ClosureTick, ClosureTick.deadline_id == Deadline.id)
            .join(Case, Case.id == Deadline.case_id)
            .where(ClosureTick.day == today, clock.readable(scope))
        )
        wanted = session.scalars(plain).all()
        found = [one.deadline_id for one in clock.closure_ticks(session, scope, today)]
        assert sorted(found) == sorted(wanted)
        session.rollback()


def test_a_period_knows_of_its_reminders_whatever_becomes_of_them(mixed: Ground) -> None:
    told = func.coalesce(func.bool_or(Reminder.told_at.is_not(None)), False)
    step = func.max(Reminder.step).filter(Reminder.state == "told")
    plain = (
        select(Deadline.id, Deadline.told, Deadline.waits_step, told.label("ever"), step.label("highest"))
        .outerjoin(Reminder, Reminder.deadline_id == Deadline.id)
        .group_by(Deadline.id)
    )
    changes = (
        "SELECT 1",
        "DELETE FROM cases_reminders WHERE state = 'told' AND step = 3",
        "UPDATE cases_reminders SET state = 'ended' WHERE state = 'told' AND step = 2",
        "UPDATE cases_reminders SET told_at = NULL, state = 'waiting' WHERE state = 'ended'",
        "UPDATE cases_reminders SET step = 3 WHERE state = 'told'",
        (
            "INSERT INTO cases_reminders (id, deadline_id, key, state, at, step, told_at)"
            " SELECT gen_random_uuid(), id, 'k', 'told', koza_now(), 1, koza_now() FROM cases_deadlines WHERE NOT told"
        ),
    )
    with unit_of_work(mixed) as session:
        for change in changes:
            session.execute(text(change))
            rows = session.execute(plain).all()
            assert any(row.told for row in rows)
            assert [(row.told, row.waits_step) for row in rows] == [(row.ever, row.highest) for row in rows], change
        session.rollback()
