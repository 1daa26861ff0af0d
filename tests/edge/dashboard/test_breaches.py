"""A breach that was written down by mistake: called off with a reason, kept in the history, counted by nobody."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from escalation.cases.clock.models import ClockTask, Deadline, Reminder
from escalation.cases.models import Task
from escalation.cases.register import queries as register
from escalation.cases.register.models import Breach
from escalation.cases.register.rules import breaches
from staff.scope import Scope
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_decisions import Desk, desk_of
from tests.edge.dashboard.test_law import ended, tell
from tests.support.planted import SENTENCE

__all__ = ["desk_of"]

_CALLED_OFF = "Called off: written down by mistake"
_FORM = "Call the breach off"
_PERIOD = "Breach to be reported and followed"


def in_force(desk: Desk) -> str:
    """A decision of yesterday, so that a breach of a minute ago is after it at midnight too."""
    return desk.record(decided_on=(desk.today - timedelta(days=1)).isoformat())


def noted(desk: Desk, where: str, **ago: float) -> str:
    """The case worker writes a breach down; its id."""
    known = set(_ids(desk))
    form = {"do": "breach", "codes": ["o5_c"], "occurred_at": desk.moment(**ago or {"minutes": 1}), "account": "Geldi."}
    assert desk.worker.post(where, form).status_code == 303
    [new] = set(_ids(desk)) - known
    return str(new)


def _ids(desk: Desk) -> list[UUID]:
    with unit_of_work(desk.house.ground) as session:
        return list(session.scalars(select(Breach.id).where(Breach.case_id == UUID(desk.case))))


def _counted(desk: Desk) -> dict[str, int]:
    with unit_of_work(desk.house.ground) as session:
        scope = Scope.of(session, desk.lawyer.account_id)
        found = register.statistics(session, scope, desk.today - timedelta(days=1), desk.today)
    return {one.kind: one.count for one in found}


def _follow(desk: Desk, where: str, breach: str, *acts: str) -> None:
    today, until = desk.today.isoformat(), (desk.today + timedelta(days=5)).isoformat()
    forms = {
        "file": {"filed_with": "court", "filed_on": today},
        "accept": {"days": "5", "decided_on": today},
        "refuse": {"decided_on": today},
        "object": {"objected_on": today},
        "execute": {"starts_on": today, "ends_on": until},
    }
    for act in acts:
        answer = desk.lawyer.post(where, {"do": f"breach-{act}", "about": breach, **forms[act]})
        assert answer.status_code == 303, shown(answer)


@pytest.mark.parametrize("before", [(), ("file",)], ids=["noted", "reported"])
def test_a_breach_is_called_off_with_a_reason_and_nothing_follows_it(desk_of: Desk, before: tuple[str, ...]) -> None:
    where = in_force(desk_of)
    breach = noted(desk_of, where)
    tell(desk_of)
    _follow(desk_of, where, breach, *before)
    todo = "Report the breach to the prosecutor or the court"
    assert (todo in shown(desk_of.worker.get(f"/cases/{desk_of.ref}"))) == (not before)
    assert _PERIOD in shown(desk_of.lawyer.get("/due"))
    assert _counted(desk_of)["breaches"] == 1
    form = {"do": "breach-call-off", "about": breach}
    assert _FORM in desk_of.lawyer.get(where).text
    empty = desk_of.lawyer.post(where, {**form, "reason": "  "})
    assert (empty.status_code, "Say why." in shown(empty)) == (422, True)
    assert f'href="#breach-call-off-{breach}-reason"' in empty.text

    assert desk_of.lawyer.post(where, {**form, "reason": SENTENCE}).status_code == 303
    page = desk_of.lawyer.get(where)
    words = shown(page)
    assert _CALLED_OFF in words
    assert SENTENCE in page.text
    assert "Breach called off" in words[words.index("History") :]
    assert "Breach noted" in words[words.index("History") :]
    assert f'value="{breach}"' not in page.text
    case = shown(desk_of.worker.get(f"/cases/{desk_of.ref}"))
    assert todo not in case
    assert "A breach was called off: it had been written down by mistake" in case
    assert "breaches" not in _counted(desk_of)
    assert _PERIOD not in shown(desk_of.lawyer.get("/due"))
    _nothing_waits(desk_of, breach)


def _nothing_waits(desk: Desk, breach: str) -> None:
    with unit_of_work(desk.house.ground) as session:
        [period] = session.scalars(select(Deadline).where(Deadline.subject_id == UUID(breach))).all()
        assert (period.rule, period.state, period.closed_act) == ("breach_followup", "cancelled", "taken_back")
        left = select(Reminder.state).where(Reminder.deadline_id == period.id)
        assert set(session.scalars(left)) <= {"ended", "acknowledged"}
        given = select(Task).join(ClockTask, ClockTask.task_id == Task.id).where(ClockTask.deadline_id == period.id)
        [task] = session.scalars(given).all()
        assert task.done_at is not None
        row = session.get_one(Breach, UUID(breach))
        assert row.called_off_by == desk.lawyer.account_id
        assert row.called_off_reason == SENTENCE
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == breach, AuditEntry.act == "breach_call_off")
        ).one()
        assert entry.actor_id == desk.lawyer.account_id
        assert SENTENCE not in str(entry.detail)


def test_what_was_called_off_has_no_future_and_is_not_called_off_again(desk_of: Desk) -> None:
    today = desk_of.today.isoformat()
    where = in_force(desk_of)
    breach = noted(desk_of, where)
    form = {"do": "breach-call-off", "about": breach, "reason": "yanlış vaka"}
    assert desk_of.lawyer.post(where, form).status_code == 303
    filed = {"do": "breach-file", "about": breach, "filed_with": "court", "filed_on": today}
    for late in (form, filed):
        answer = desk_of.lawyer.post(where, late)
        assert (answer.status_code, "This breach was called off." in shown(answer)) == (422, True)


@pytest.mark.parametrize(
    "decided",
    [("accept",), ("refuse",), ("accept", "object"), ("accept", "execute")],
    ids=lambda acts: acts[-1],
)
def test_a_breach_on_which_a_court_decided_stays_and_the_page_says_why(desk_of: Desk, decided: tuple[str, ...]) -> None:
    where = in_force(desk_of)
    breach = noted(desk_of, where)
    _follow(desk_of, where, breach, "file", *decided)
    why = "The court has decided on this breach: it cannot be called off any more."
    page = desk_of.lawyer.get(where)
    assert why in shown(page)
    assert _FORM not in page.text
    answer = desk_of.lawyer.post(where, {"do": "breach-call-off", "about": breach, "reason": "yanlış"})
    assert (answer.status_code, why in shown(answer)) == (422, True)
    with unit_of_work(desk_of.house.ground) as session:
        assert session.get_one(Breach, UUID(breach)).called_off_at is None


@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_an_objection_to_detention_is_followed_on_the_page_until_its_answer(desk_of: Desk, answer: str) -> None:
    where, followed = in_force(desk_of), "Answer to an objection to coercive detention"
    breach = noted(desk_of, where)
    _follow(desk_of, where, breach, "file", "accept")
    assert followed not in shown(desk_of.lawyer.get(where))
    _follow(desk_of, where, breach, "object")
    page = shown(desk_of.lawyer.get(where))
    running = page[page.index(followed) :]
    assert running.startswith(f"{followed} running")
    assert "taken to hold for decisions under Art. 13" in running
    assert "to be confirmed by a lawyer" in running
    # Nobody's word ends it on the page of deadlines, also when the court's week is over.
    path = ended(desk_of, "detention_objection", "open")
    due = desk_of.lawyer.get("/due")
    assert followed in shown(due)
    assert path not in due.text
    _follow(desk_of, where, breach, answer)
    assert followed not in shown(desk_of.lawyer.get("/due"))
    page = shown(desk_of.lawyer.get(where))
    assert page[page.index(followed) :].startswith(f"{followed} done")


def test_the_next_detention_is_the_first_where_the_breach_before_it_was_a_mistake(desk_of: Desk) -> None:
    where = in_force(desk_of)
    mistake, real = noted(desk_of, where, minutes=9), noted(desk_of, where, minutes=3)
    for breach in (mistake, real):
        _follow(desk_of, where, breach, "file")
    called_off = {"do": "breach-call-off", "about": mistake, "reason": "aynı olay iki kez yazıldı"}
    assert desk_of.lawyer.post(where, called_off).status_code == 303
    long = {"do": "breach-accept", "about": real, "days": "20", "decided_on": desk_of.today.isoformat()}
    assert "The first coercive detention is usually 3 to 10 days" in shown(desk_of.lawyer.post(where, long))
    assert desk_of.lawyer.post(where, {**long, "days": "5"}).status_code == 303
    assert _counted(desk_of)["breaches"] == 1


def test_a_petition_names_no_breach_that_was_called_off(desk_of: Desk) -> None:
    where = in_force(desk_of)
    breach = noted(desk_of, where)
    draft = "Draft the breach notice with detention request"
    assert draft in shown(desk_of.lawyer.get(where))
    desk_of.lawyer.post(where, {"do": "breach-call-off", "about": breach, "reason": "yanlış"})
    assert draft not in shown(desk_of.lawyer.get(where))


def test_only_who_writes_the_register_of_her_centre_calls_a_breach_off(desk_of: Desk, elsewhere: House) -> None:
    where = in_force(desk_of)
    breach = noted(desk_of, where)
    form = {"do": "breach-call-off", "about": breach, "reason": "yanlış"}
    assert _FORM not in desk_of.worker.get(where).text
    assert desk_of.worker.post(where, form).status_code == 403
    assert elsewhere.browser("legal").post(where, form).status_code == 404
    with unit_of_work(desk_of.house.ground) as session:
        assert session.get_one(Breach, UUID(breach)).called_off_at is None


def test_no_state_of_the_ledger_but_the_two_before_the_court_s_word_is_called_off() -> None:
    open_ones = {state for state in breaches.STATES if breaches.call_off_refusal(state, called_off=False) is None}
    assert open_ones == {"reported", "filed"}
    assert {breaches.call_off_refusal(state, called_off=True) for state in breaches.STATES} == {"called_off"}
