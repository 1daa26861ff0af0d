"""Tasks that the clock gives are done when the act is recorded, and only then."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from escalation.cases import service as case_service
from escalation.cases.clock.periods import deadlines_file
from escalation.cases.register import service
from escalation.cases.register.service import Paper
from tests.edge.escalation.clock.conftest import Clockwork, local
from tests.edge.escalation.clock.test_with_the_register import _decided


def title(task: str) -> str:
    return deadlines_file().tasks[task].tr


def open_tasks(clockwork: Clockwork) -> set[str]:
    """The clock's tasks that are still to be done, by their keys."""
    titles = {task.title for task in clockwork.tasks()}
    return {key for key in deadlines_file().tasks if title(key) in titles}


def filed(clockwork: Clockwork, purpose: str, about: UUID | None = None) -> None:
    """An application of the case that she approved and that was filed just now."""
    court = clockwork.act("lawyer", service.add_authority, "judge", "06", "Ankara")
    more = {"purpose": purpose, "about_id": about, "authority_id": court}
    application = clockwork.act("lawyer", service.draft_application, clockwork.case_id, **more)
    clockwork.act("lawyer", service.approve_application, application, "oral")
    clockwork.act("lawyer", service.file_application, application, clockwork.house.moment())


@pytest.mark.parametrize("outcome", ["approved", "refused"])
def test_the_answer_to_an_approval_ends_the_question(clockwork: Clockwork, outcome: str) -> None:
    decision_id = _decided(clockwork, "police_chief", 60)
    clockwork.act("lawyer", service.submit_urgent, decision_id, clockwork.house.moment())
    clockwork.at(local(2026, 10, 12, 9))
    assert open_tasks(clockwork) == {"ask_approval"}
    clockwork.act("lawyer", service.record_approval, decision_id, outcome, source="UYAP")
    assert open_tasks(clockwork) == set()


def test_a_submission_learned_late_ends_the_question_of_the_police(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "police_chief", 60)
    clockwork.at(local(2026, 10, 9, 9))
    assert open_tasks(clockwork) == {"ask_submitted"}
    moment = clockwork.house.moment() - timedelta(hours=12)
    clockwork.act("lawyer", service.record_approval, decision_id, "approved", answered_at=moment, source="UYAP")
    assert open_tasks(clockwork) == set()


def test_a_lapse_ends_the_question_and_applying_anew_ends_what_follows_it(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "police_chief", 60)
    clockwork.at(local(2026, 10, 9, 9))
    told = clockwork.house.moment() - timedelta(minutes=1)
    clockwork.act("lawyer", service.confirm_lapsed, decision_id, source="Kalem", learned_at=told)
    assert open_tasks(clockwork) == {"reapply"}
    filed(clockwork, "measures")
    assert open_tasks(clockwork) == set()


def test_an_extension_ends_what_was_to_be_said_filed_and_asked(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "judge", 40)
    clockwork.at(local(2026, 10, 19, 9, 1))
    assert open_tasks(clockwork) == {"tell_her_end", "file_extension"}
    filed(clockwork, "extension", decision_id)
    # She approved what was filed, so she was told.
    assert open_tasks(clockwork) == set()
    clockwork.at(local(2026, 11, 13, 17))
    clockwork.act(
        "lawyer", service.extend, decision_id, Paper(clockwork.today()), clockwork.today() + timedelta(days=90)
    )
    clockwork.at(local(2026, 11, 20, 9))
    assert open_tasks(clockwork) == set()


def test_an_extension_that_nobody_filed_ends_the_tasks_too(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "judge", 40)
    clockwork.at(local(2026, 10, 19, 9, 1))
    paper, until = Paper(clockwork.today()), clockwork.today() + timedelta(days=120)
    clockwork.act("lawyer", service.extend, decision_id, paper, until)
    assert open_tasks(clockwork) == set()


def test_that_a_measure_was_lifted_says_not_that_she_was_told(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "judge", 40)
    clockwork.at(local(2026, 10, 19, 9, 1))
    clockwork.act("lawyer", service.lift, decision_id, Paper(clockwork.today()))
    assert open_tasks(clockwork) == {"tell_her_end"}


def test_a_measure_that_is_over_keeps_the_question_whether_it_was_extended(clockwork: Clockwork) -> None:
    _decided(clockwork, "judge", 18)
    clockwork.at(local(2026, 10, 27, 9))
    assert "ask_extended" in open_tasks(clockwork)


def test_a_breach_is_reported_once_and_its_period_runs_on(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "judge", 90)
    moment = clockwork.house.moment() - timedelta(minutes=10)
    breach_id = clockwork.act("lawyer", service.report_breach, decision_id, ["o5_a"], moment)
    clockwork.at(clockwork.house.moment() + timedelta(minutes=1))
    assert open_tasks(clockwork) == {"report_breach"}
    clockwork.act("lawyer", service.file_breach, breach_id, "prosecutor", clockwork.today())
    assert open_tasks(clockwork) == set()


def test_what_is_not_of_the_clock_is_left_alone(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "police_chief", 60)
    own = title("ask_submitted")
    clockwork.act("worker", case_service.add_task, clockwork.case_id, own)
    clockwork.at(local(2026, 10, 9, 9))
    moment = clockwork.house.moment() - timedelta(hours=12)
    clockwork.act("lawyer", service.record_approval, decision_id, "approved", answered_at=moment, source="UYAP")
    assert [task.title for task in clockwork.tasks()] == [own]


def test_each_task_names_acts_that_somebody_can_record() -> None:
    """An act that no rule knows and no reaction reports would let a task hang for ever."""
    rules = deadlines_file().rules
    known = {act for rule in rules for act in (*rule.closes, *rule.cancels)}
    known |= {"ticked", "breach_filed", "lapse_confirmed"}
    for key, words in deadlines_file().tasks.items():
        assert set(words.done_by) <= known, key
