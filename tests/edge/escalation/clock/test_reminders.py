"""Reminders climb until somebody acknowledges them, are put off within limits, and end with the recorded act."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from core.i18n import ISTANBUL
from core.unit_of_work import unit_of_work
from escalation.cases.clock import service
from escalation.cases.clock.periods import deadlines_file, rule_of
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.models import Case
from staff.errors import MissingPermissionError, OutOfScopeError
from tests.edge.escalation.clock.conftest import Clockwork, local


def test_an_urgent_decision_is_told_at_once_and_climbs_to_a_page(clockwork: Clockwork) -> None:
    deadline_id = clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 7, 12, 1))
    (told,) = clockwork.mine("lawyer")
    assert (told.rule, told.step) == ("urgent_submit", 0)
    assert clockwork.mine("lead") == []
    clockwork.at(local(2026, 10, 7, 12, 35))
    assert [one.step for one in clockwork.mine("lead")] == [1]
    assert clockwork.mine("director") == []
    clockwork.at(local(2026, 10, 7, 13, 5))
    assert [one.step for one in clockwork.mine("director")] == [2]
    assert clockwork.pages() == []
    clockwork.at(local(2026, 10, 7, 13, 40))
    assert [reason for reason, _ in clockwork.pages()] == ["due"]
    assert clockwork.audited(deadline_id).count("reminder_told") == 3


def test_an_acknowledged_reminder_climbs_no_further_and_the_next_one_comes(clockwork: Clockwork) -> None:
    deadline_id = clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 7, 12, 1))
    (told,) = clockwork.mine("lawyer")
    for _ in range(2):
        clockwork.act("lawyer", service.acknowledge, told.id)
    assert clockwork.audited(deadline_id).count("reminder_acknowledged") == 1
    clockwork.at(local(2026, 10, 7, 20))
    assert clockwork.mine("director") == []
    clockwork.at(local(2026, 10, 8, 13, 5))
    (following,) = clockwork.mine("lawyer")
    assert following.key == "before 4 hours"


def test_the_recorded_act_ends_every_reminder(clockwork: Clockwork) -> None:
    deadline_id = clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 7, 12, 35))
    subject = clockwork.deadline(deadline_id).subject_id
    actor = clockwork.house["lawyer"].actor
    clockwork.house.do(lambda session: service.record_act(session, actor, "measure", subject, "submitted"))
    assert clockwork.deadline(deadline_id).state == "met"
    clockwork.at(local(2026, 10, 12))
    assert clockwork.mine("lawyer") == clockwork.mine("director") == []
    assert clockwork.pages() == []
    assert {one.state for one in clockwork.reminders(deadline_id)} == {"ended"}
    assert clockwork.audited(deadline_id)[-1] == "deadline_closed"


def test_a_reminder_is_put_off_within_limits_and_comes_back_to_its_step(clockwork: Clockwork) -> None:
    clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 7, 12, 35))
    (told,) = clockwork.mine("lead")
    with pytest.raises(service.ClockError, match="snooze_too_long"):
        clockwork.act("lead", service.snooze, told.id, timedelta(minutes=61))
    for _ in range(2):
        clockwork.act("lead", service.snooze, told.id, timedelta(minutes=60))
        with pytest.raises(service.ClockError, match="not_told"):
            clockwork.act("lead", service.snooze, told.id, timedelta(minutes=60))
        assert clockwork.mine("lead") == []
        clockwork.at(clockwork.house.moment() + timedelta(minutes=61))
        assert [one.step for one in clockwork.mine("lead")] == [1]
    with pytest.raises(service.ClockError, match="snoozed_too_often"):
        clockwork.act("lead", service.snooze, told.id, timedelta(minutes=5))


def test_nothing_is_put_off_past_the_last_safe_moment(clockwork: Clockwork) -> None:
    clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 8, 16, 5))
    told = next(one for one in clockwork.mine("lawyer") if one.key == "before 1 hour")
    with pytest.raises(service.ClockError, match="past_safe_moment"):
        clockwork.act("lawyer", service.snooze, told.id, timedelta(minutes=56))
    clockwork.act("lawyer", service.snooze, told.id, timedelta(minutes=30))


def test_whoever_is_not_addressed_may_not_acknowledge(clockwork: Clockwork) -> None:
    clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 7, 12, 1))
    (told,) = clockwork.mine("lawyer")
    with pytest.raises(MissingPermissionError):
        clockwork.act("lead", service.acknowledge, told.id)
    with pytest.raises(OutOfScopeError):
        clockwork.act("perp", service.acknowledge, told.id)


def test_a_measure_s_end_reminds_owner_and_legal_and_gives_the_owner_a_task(clockwork: Clockwork) -> None:
    deadline_id = clockwork.expiry(date(2026, 12, 6))
    planned = [one.at.astimezone(local(2026, 1, 1).tzinfo).date() for one in clockwork.reminders(deadline_id)]
    # Sunday; thirty days before is a Friday, 21 a Sunday that becomes the Friday before, and so on.
    assert [day.isoformat() for day in planned] == [
        "2026-11-06",
        "2026-11-13",
        "2026-11-20",
        "2026-11-27",
        "2026-12-03",
        "2026-12-04",
    ]
    clockwork.at(local(2026, 11, 6, 9, 1))
    assert [one.key for one in clockwork.mine("worker")] == ["before 30 days"]
    (task,) = clockwork.tasks()
    assert task.assignee_id == clockwork.house["worker"].id
    assert "güvenli" in task.title


def test_at_a_measure_s_end_it_is_unknown_and_somebody_asks(clockwork: Clockwork) -> None:
    deadline_id = clockwork.expiry(date(2026, 10, 18))
    clockwork.at(local(2026, 10, 18, 23))
    assert clockwork.deadline(deadline_id).state == "open"
    clockwork.at(local(2026, 10, 19, 0, 1))
    assert clockwork.deadline(deadline_id).state == "unknown"
    assert any("uzatıldı" in task.title for task in clockwork.tasks())
    assert "protection_lost" not in [reason for reason, _ in clockwork.pages()]


def test_opened_anew_with_an_earlier_beginning_the_safer_reading_drives(clockwork: Clockwork) -> None:
    subject = clockwork.deadline(
        clockwork.open("measure_expiry", Trigger("service", date(2026, 10, 5), date(2026, 11, 5)))
    )
    again = clockwork.open(
        "measure_expiry",
        Trigger("service", date(2026, 10, 5), date(2026, 11, 5)),
        Trigger("decision", date(2026, 10, 1), date(2026, 11, 1)),
        subject_id=subject.subject_id,
    )
    assert again == subject.id
    view = clockwork.deadline(again)
    assert view.legal_day == date(2026, 11, 1)
    assert [one.basis for one in view.readings] == ["decision", "service"]
    assert [one.legal_day for one in view.readings] == [date(2026, 11, 1), date(2026, 11, 5)]
    assert all(step.words() and step.source for one in view.readings for step in one.steps)


def test_what_is_said_without_delay_comes_again_every_week(clockwork: Clockwork) -> None:
    deadline_id = clockwork.open("breach_followup", Trigger("breach", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 29))
    keys = [one.key for one in clockwork.reminders(deadline_id) if one.told_at is not None]
    assert keys.count("every 7 days") == 3
    assert clockwork.deadline(deadline_id).legal_at is None


def test_a_breach_that_is_learned_late_comes_again_every_week_as_well(clockwork: Clockwork) -> None:
    deadline_id = clockwork.open("breach_followup", Trigger("breach", local(2026, 9, 26)))
    clockwork.at(local(2026, 10, 18))
    told = [one for one in clockwork.reminders(deadline_id) if one.told_at is not None]
    assert [one.key for one in told] == ["at opening", "every 7 days", "every 7 days"]
    assert told[1].told_at is not None
    # Its weeks are counted from the breach: the next after today is the first that comes.
    assert told[1].told_at.astimezone(ISTANBUL).date() == date(2026, 10, 10)


def test_a_measure_of_less_than_a_month_is_told_to_her_and_to_the_director_too(clockwork: Clockwork) -> None:
    end = date(2026, 10, 19)
    clockwork.expiry(end)
    clockwork.open("renewal_window", Trigger("decision", clockwork.today(), end))
    clockwork.at(local(2026, 10, 7, 12, 1))
    titles = [task.title for task in clockwork.tasks()]
    assert {task.assignee_id for task in clockwork.tasks()} == {clockwork.house["worker"].id}
    assert sorted(deadlines_file().tasks[key].tr for key in ("tell_her_end", "file_extension")) == sorted(titles)
    assert [one.key for one in clockwork.mine("director")] == ["before 14 days"]


def test_an_extension_that_is_not_filed_reaches_the_director_though_it_was_taken_on(clockwork: Clockwork) -> None:
    clockwork.open("renewal_window", Trigger("decision", clockwork.today(), date(2026, 11, 20)))
    clockwork.at(local(2026, 10, 21, 9, 1))
    (first,) = clockwork.mine("worker")
    clockwork.act("worker", service.acknowledge, first.id)
    clockwork.at(local(2026, 11, 6, 8, 59))
    assert clockwork.mine("director") == []
    clockwork.at(local(2026, 11, 6, 9, 1))
    assert [one.key for one in clockwork.mine("director")] == ["before 14 days"]
    assert len([task for task in clockwork.tasks() if "uzatılması" in task.title]) == 1


def test_reckoning_anew_loses_neither_what_was_put_off_nor_what_comes_again(clockwork: Clockwork) -> None:
    trigger = Trigger("breach", local(2026, 10, 7))
    deadline_id = clockwork.open("breach_followup", trigger)
    subject_id = clockwork.deadline(deadline_id).subject_id
    clockwork.at(local(2026, 10, 15))
    weekly = [one for one in clockwork.reminders(deadline_id, "waiting") if one.key == "every 7 days"]
    assert len(weekly) == 1
    first = next(one for one in clockwork.mine("lawyer") if one.key == "at opening")
    clockwork.act("lawyer", service.snooze, first.id, timedelta(hours=6))
    assert clockwork.open("breach_followup", trigger, subject_id=subject_id) == deadline_id
    waiting = {one.id for one in clockwork.reminders(deadline_id, "waiting")}
    assert waiting == {weekly[0].id, first.id}


def test_under_secrecy_no_step_waits_for_who_may_not_know(clockwork: Clockwork) -> None:
    assert clockwork.house["lead"].id != clockwork.house["director"].id
    clockwork.under_secrecy("lawyer")
    clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 7, 12, 1))
    assert [one.step for one in clockwork.mine("lawyer")] == [0]
    assert clockwork.pages() == []
    # The lead and the director may not know of it: whoever is on call is asked half an hour later.
    clockwork.at(local(2026, 10, 7, 12, 40))
    assert [reason for reason, _ in clockwork.pages()] == ["due"]
    assert clockwork.mine("lead") == clockwork.mine("director") == []


def test_a_case_whose_people_are_gone_reaches_who_is_on_call_whatever_the_rule_says(clockwork: Clockwork) -> None:
    clockwork.under_secrecy()
    with unit_of_work(clockwork.house.ground) as session:
        session.execute(update(Case).where(Case.id == clockwork.case_id).values(owner_id=None))
    assert not rule_of("service_pending").page
    clockwork.open("service_pending", Trigger("decision", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 20))
    assert "due" in [reason for reason, _ in clockwork.pages()]
