"""Before two or more closed days legal ticks off what ends in them; and what an edit of the calendar moves."""

from __future__ import annotations

from datetime import date, time

import pytest

from escalation.cases.clock import queries, service
from escalation.cases.clock.models import CalendarRow
from escalation.cases.clock.queries import TickView
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.clock.service.closure import start_checks
from staff.errors import MissingPermissionError
from tests.edge.escalation.clock.conftest import Clockwork, local
from tests.edge.escalation.conftest import Member, _employ

#: Friday before a plain weekend.
FRIDAY = date(2026, 10, 9)


def ticks(clockwork: Clockwork, day: date, name: str = "lawyer") -> list[TickView]:
    scope = clockwork.house.scope(name)
    return clockwork.house.do(lambda session: queries.closure_ticks(session, scope, day))


def administrator(clockwork: Clockwork) -> Member:
    people = clockwork.house.people
    if "admin" not in people:
        people["admin"] = clockwork.house.do(lambda session: _employ(session, None, "admin"))
    return people["admin"]


def test_what_is_unticked_at_fifteen_goes_to_the_director(clockwork: Clockwork) -> None:
    clockwork.house.do(start_checks)
    sunday, monday = clockwork.expiry(date(2026, 10, 11)), clockwork.expiry(date(2026, 10, 12))
    approval = clockwork.open("urgent_lapse_civil", Trigger("submission", local(2026, 10, 7, 12)))
    clockwork.house.do(start_checks)
    clockwork.at(local(2026, 10, 8, 10, 1))
    assert ticks(clockwork, date(2026, 10, 8)) == []
    clockwork.at(local(2026, 10, 9, 9, 59))
    assert ticks(clockwork, FRIDAY) == []
    clockwork.at(local(2026, 10, 9, 10, 1))
    listed = {one.deadline_id: one for one in ticks(clockwork, FRIDAY)}
    assert set(listed) == {sunday, approval}
    assert monday not in listed
    assert {one.next_working_day for one in listed.values()} == {date(2026, 10, 12)}
    with pytest.raises(MissingPermissionError):
        clockwork.act("lead", service.tick, listed[sunday].id, "asked")
    for done, words, reason in (("looked", "", "unknown_done"), ("other", "  ", "words_needed")):
        with pytest.raises(service.ClockError, match=reason):
            clockwork.act("lawyer", service.tick, listed[sunday].id, done, words)
    assert clockwork.audited(sunday).count("closure_ticked") == 0
    # What is not late yet is not the director's.
    with pytest.raises(MissingPermissionError):
        clockwork.act("director", service.tick, listed[sunday].id, "asked")
    for words in ("Nöbetçi hâkim arandı", "ikinci kez"):
        clockwork.act("lawyer", service.tick, listed[sunday].id, "other", words)
    assert clockwork.audited(sunday).count("closure_ticked") == 1
    ticked = next(one for one in ticks(clockwork, FRIDAY) if one.deadline_id == sunday)
    assert (ticked.done, ticked.words) == ("other", "Nöbetçi hâkim arandı")
    clockwork.at(local(2026, 10, 9, 15, 1))
    after = {one.deadline_id: one for one in ticks(clockwork, FRIDAY)}
    assert after[sunday].escalated_at is None
    assert after[approval].escalated_at is not None
    told = [task for task in clockwork.tasks() if task.assignee_id == clockwork.house["director"].id]
    assert [task.title.startswith("Tatilden önce") for task in told] == [True]
    # It is hers now, and with her tick her task is done; the question of the approval itself goes on.
    clockwork.act("director", service.tick, listed[approval].id, "asked")
    assert [task for task in clockwork.tasks() if task.assignee_id == clockwork.house["director"].id] == []
    assert clockwork.deadline(approval).state in {"open", "unknown"}


def test_what_is_entered_after_ten_stands_on_the_list_of_that_day(clockwork: Clockwork) -> None:
    clockwork.at(local(2026, 10, 9, 9))
    clockwork.house.do(start_checks)
    clockwork.at(local(2026, 10, 9, 11))
    approval = clockwork.open("urgent_lapse_judge", Trigger("submission", local(2026, 10, 9, 11)))
    clockwork.expiry(date(2026, 10, 12))
    assert [one.deadline_id for one in ticks(clockwork, FRIDAY)] == [approval]
    clockwork.at(local(2026, 10, 9, 15, 1))
    assert [one.escalated_at is not None for one in ticks(clockwork, FRIDAY)] == [True]
    # After three o'clock it is legal's for half an hour, then the director's.
    late = clockwork.open("urgent_lapse_civil", Trigger("submission", local(2026, 10, 9, 12)))
    clockwork.at(local(2026, 10, 9, 15, 20))
    assert {one.deadline_id: one.escalated_at for one in ticks(clockwork, FRIDAY)}[late] is None
    clockwork.at(local(2026, 10, 9, 15, 32))
    assert all(one.escalated_at for one in ticks(clockwork, FRIDAY))
    assert len([task for task in clockwork.tasks() if task.assignee_id == clockwork.house["director"].id]) == 2


def test_before_a_bayram_the_half_day_is_the_last_working_day_and_late_comes_earlier(clockwork: Clockwork) -> None:
    # Eid al-Fitr 2027 begins on Tuesday, 9 March; its eve is a half day.
    clockwork.at(local(2027, 3, 5, 8))
    clockwork.house.do(start_checks)
    expiring = clockwork.expiry(date(2027, 3, 10))
    clockwork.at(local(2027, 3, 5, 10, 1))
    assert ticks(clockwork, date(2027, 3, 5)) == []
    clockwork.at(local(2027, 3, 8, 10, 1))
    (listed,) = ticks(clockwork, date(2027, 3, 8))
    assert (listed.deadline_id, listed.next_working_day) == (expiring, date(2027, 3, 12))
    clockwork.at(local(2027, 3, 8, 11, 31))
    (listed,) = ticks(clockwork, date(2027, 3, 8))
    assert listed.escalated_at is not None


def test_what_ended_meanwhile_goes_to_nobody(clockwork: Clockwork) -> None:
    clockwork.house.do(start_checks)
    approval = clockwork.open("urgent_lapse_civil", Trigger("submission", local(2026, 10, 7, 12)))
    clockwork.at(local(2026, 10, 9, 10, 1))
    clockwork.act("lawyer", service.close_by, approval, "approved")
    clockwork.at(local(2026, 10, 9, 15, 1))
    assert [one.escalated_at for one in ticks(clockwork, FRIDAY)] == [None]


def test_an_edit_of_the_calendar_reckons_what_runs_and_lists_what_moved(clockwork: Clockwork) -> None:
    administrator(clockwork)
    urgent = clockwork.open("urgent_submit", Trigger("decision", local(2026, 10, 7)))
    far = clockwork.expiry(date(2026, 11, 15))
    titles = {"title_tr": "İdari izin", "title_en": "Administrative leave", "reason": "official gazette"}
    with pytest.raises(MissingPermissionError):
        clockwork.act("director", service.set_calendar_day, date(2026, 10, 8), closed_from=time(0), **titles)
    moved = clockwork.act("admin", service.set_calendar_day, date(2026, 10, 8), closed_from=time(0), **titles)
    (one,) = [row for row in moved if row.deadline_id in {urgent, far}]
    assert (one.deadline_id, one.legal_before, one.legal_after) == (
        urgent,
        local(2026, 10, 9, 0),
        local(2026, 10, 10, 0),
    )
    assert clockwork.deadline(urgent).legal_day == date(2026, 10, 9)
    assert "deadline_moved" in clockwork.audited(urgent)
    told = [row for row in clockwork.reminders(urgent, "waiting") if row.key == "before 1 hour"]
    assert [row.at for row in told] == [local(2026, 10, 9, 16)]
    clockwork.at(local(2026, 10, 9, 0, 1))
    assert clockwork.deadline(urgent).state == "open"
    back = clockwork.act("admin", service.set_calendar_day, date(2026, 10, 12), closed_from=time(0), **titles)
    assert urgent not in {row.deadline_id for row in back}


def test_an_edit_that_gives_time_takes_an_unknown_end_back(clockwork: Clockwork) -> None:
    administrator(clockwork)
    deadline_id = clockwork.open("urgent_lapse_judge", Trigger("submission", local(2026, 10, 7)))
    clockwork.at(local(2026, 10, 8, 13))
    assert clockwork.deadline(deadline_id).state == "unknown"
    titles = {"title_tr": "İdari izin", "title_en": "Administrative leave", "reason": "announced late"}
    clockwork.act("admin", service.set_calendar_day, date(2026, 10, 8), closed_from=time(0), **titles)
    assert clockwork.deadline(deadline_id).state == "open"
    clockwork.at(local(2026, 10, 9, 17, 1))
    assert clockwork.deadline(deadline_id).state == "unknown"


@pytest.mark.parametrize(
    ("day", "changes", "reason"),
    [
        (date(2026, 10, 10), {"closed_from": None}, "weekend"),
        (date(2026, 10, 6), {}, "past_day"),
        (date(2026, 10, 13), {"reason": " "}, "no_reason"),
        (date(2026, 10, 13), {"title_en": ""}, "no_title"),
    ],
)
def test_an_edit_that_says_nothing_is_refused(
    clockwork: Clockwork, day: date, changes: dict[str, object], reason: str
) -> None:
    administrator(clockwork)
    given = {"closed_from": time(0), "title_tr": "a", "title_en": "b", "reason": "c"} | changes
    with pytest.raises(service.ClockError, match=reason):
        clockwork.act("admin", service.set_calendar_day, day, **given)


def test_an_update_keeps_what_an_administrator_decided(clockwork: Clockwork) -> None:
    administrator(clockwork)
    given = {"title_tr": "Cumhuriyet", "title_en": "Republic", "reason": "test"}
    clockwork.act("admin", service.set_calendar_day, date(2026, 10, 29), closed_from=None, **given)
    from escalation.cases.clock.catalogue_rows import load_catalogues

    clockwork.house.do(load_catalogues)
    row = clockwork.house.do(lambda session: session.get_one(CalendarRow, date(2026, 10, 29)))
    assert (row.closed_from, row.origin) == (None, "administrator")
    calendar = clockwork.house.do(queries.calendar)
    assert not calendar.is_closed(date(2026, 10, 29))


def test_what_the_director_may_not_know_goes_to_who_is_on_call(clockwork: Clockwork) -> None:
    assert clockwork.house["director"]
    clockwork.house.do(start_checks)
    clockwork.under_secrecy("lawyer")
    clockwork.at(local(2026, 10, 9, 9, 30))
    clockwork.expiry(date(2026, 10, 10))
    clockwork.at(local(2026, 10, 9, 10, 1))
    for told in clockwork.mine("lawyer"):
        clockwork.act("lawyer", service.acknowledge, told.id)
    clockwork.at(local(2026, 10, 9, 14, 59))
    assert clockwork.pages() == []
    clockwork.at(local(2026, 10, 9, 15, 1))
    assert [reason for reason, _ in clockwork.pages()] == ["due"]
