"""What the register, the intake and cases report lets periods run and ends them; a release warns her in time."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from escalation.cases import service as cases
from escalation.cases.clock import service
from escalation.cases.clock.models import Deadline
from escalation.cases.clock.queries import DeadlineView
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.register import events as facts
from intake import service as intake_service
from staff.scope import Scope
from tests.edge.escalation.clock.conftest import Clockwork, local
from tests.edge.escalation.test_cases import intake_of


def ids(clockwork: Clockwork) -> tuple[UUID, UUID, UUID, None]:
    return clockwork.contact_id, clockwork.house.centre_id, clockwork.case_id, None


def running(clockwork: Clockwork, subject_id: UUID) -> dict[str, DeadlineView]:
    """The live periods about a subject by rule, and by rule and part."""
    query = select(Deadline.id).where(Deadline.subject_id == subject_id, Deadline.state.in_(("open", "unknown")))
    found = [clockwork.deadline(one) for one in clockwork.house.do(lambda session: session.scalars(query).all())]
    return {f"{one.rule}:{one.part}" if one.part else one.rule: one for one in found}


def agree(clockwork: Clockwork, **given: object) -> None:
    """She says how she may be reached."""
    intake_id, scope = intake_of(clockwork.house, clockwork.contact_id), Scope.system("tests")
    agreed = intake_service.Agreed(call="neutral", sms="never", **given)  # type: ignore[arg-type]
    actor = clockwork.house["worker"].actor
    clockwork.house.do(lambda session: intake_service.set_safe_contact(session, actor, scope, intake_id, agreed))


def test_a_police_decision_from_issue_to_a_lapse_that_a_person_confirms(clockwork: Clockwork) -> None:
    who, decision = ids(clockwork), uuid4()
    happens = clockwork.house.happens
    happens(facts.UrgentDecisionIssued(*who, decision, "judge", local(2026, 10, 7).isoformat(), "06"))
    assert set(running(clockwork, decision)) == {"urgent_submit", "service_pending"}
    happens(facts.UrgentDecisionSubmitted(*who, decision, "judge", local(2026, 10, 8, 9).isoformat()))
    assert set(running(clockwork, decision)) == {"urgent_lapse_judge", "service_pending"}
    clockwork.at(local(2026, 10, 12, 9))
    assert running(clockwork, decision)["urgent_lapse_judge"].state == "unknown"
    happens(facts.MeasureEnded(*who, decision, "lapsed", "2026-10-12"))
    happens(facts.MeasureLapsed(*who, decision, local(2026, 10, 12, 8).isoformat()))
    assert set(running(clockwork, decision)) == {"lapsed"}
    assert "protection_lost" in [reason for reason, _ in clockwork.pages()]
    happens(facts.MeasureDecided(*who, uuid4(), "judge", "2026-10-12", "2027-04-12", "2027-04-12", "06"))
    assert running(clockwork, decision) == {}


def test_an_approval_ends_the_question_and_its_reminders(clockwork: Clockwork) -> None:
    who, decision = ids(clockwork), uuid4()
    issued = local(2026, 10, 7).isoformat()
    clockwork.house.happens(facts.UrgentDecisionIssued(*who, decision, "civil_authority", issued, "06"))
    clockwork.house.happens(facts.UrgentDecisionSubmitted(*who, decision, "civil_authority", issued))
    clockwork.house.happens(facts.ApprovalRecorded(*who, decision, "approved", ""))
    assert set(running(clockwork, decision)) == {"service_pending"}


def test_items_that_end_on_one_day_have_one_clock(clockwork: Clockwork) -> None:
    who, decision = ids(clockwork), uuid4()
    first, second, third = uuid4(), uuid4(), uuid4()

    def period(item: UUID, ends: str, safe: str = "") -> None:
        clockwork.house.happens(
            facts.MeasurePeriodSet(*who, decision, item, "o5_a", "service", "2026-10-07", ends, safe or ends)
        )

    period(first, "2026-11-06")
    period(second, "2026-11-06")
    period(third, "2026-12-07", "2026-12-04")
    expiries = {key: one for key, one in running(clockwork, decision).items() if key.startswith("measure_expiry")}
    assert set(expiries) == {"measure_expiry:2026-11-06", "measure_expiry:2026-12-04"}
    shown = expiries["measure_expiry:2026-12-04"]
    assert [(one.basis, one.legal_day) for one in shown.readings] == [
        ("decision", date(2026, 12, 4)),
        ("service", date(2026, 12, 7)),
    ]
    clockwork.house.happens(facts.MeasureItemEnded(*who, decision, first, "lifted", "2026-10-20"))
    assert "measure_expiry:2026-11-06" in running(clockwork, decision)
    # The same period told again starts nothing anew.
    period(second, "2026-11-06")
    assert len(running(clockwork, decision)) == 4
    clockwork.house.happens(facts.ApplicationChanged(*who, uuid4(), "extension", "filed", "", decision))
    assert "renewal_window:2026-11-06" not in running(clockwork, decision)
    period(second, "2026-11-06")
    assert "renewal_window:2026-11-06" not in running(clockwork, decision)
    clockwork.house.happens(facts.MeasureExtended(*who, decision, "2026-11-02", "2027-05-06"))
    period(second, "2027-05-06")
    assert "measure_expiry:2026-11-06" not in running(clockwork, decision)
    assert "measure_expiry:2027-05-06" in running(clockwork, decision)
    clockwork.house.happens(facts.MeasureEnded(*who, decision, "lifted", "2026-11-03"))
    assert running(clockwork, decision) == {}


def test_service_and_objection_run_for_each_party(clockwork: Clockwork) -> None:
    who, decision, objection = ids(clockwork), uuid4(), uuid4()
    clockwork.house.happens(facts.MeasureDecided(*who, decision, "judge", "2026-10-07", "", "", "06"))
    clockwork.house.happens(facts.ServiceRecorded(*who, decision, "perpetrator", "served", "2026-10-09"))
    clockwork.house.happens(facts.ServiceRecorded(*who, decision, "protected", "pronounced", "2026-10-07"))
    assert set(running(clockwork, decision)) == {"objection_window:perpetrator", "own_objection:protected"}
    clockwork.house.happens(facts.ObjectionFiled(*who, decision, objection, "perpetrator", "2026-10-12"))
    live = running(clockwork, decision)
    court = live[f"objection_window:{objection}"]
    assert (court.legal_day, [one.basis for one in court.readings]) == (date(2026, 10, 19), ["objection"])
    assert "objection_window:perpetrator" not in live
    clockwork.house.happens(facts.ObjectionDecided(*who, decision, objection, "rejected", "2026-10-15"))
    assert set(running(clockwork, decision)) == {"own_objection:protected"}
    # Hers is told of while she can still object, and is over with its end.
    clockwork.at(local(2026, 10, 19, 9, 1))
    own = running(clockwork, decision)["own_objection:protected"].id
    assert [one.state for one in clockwork.reminders(own)] == ["told", "told"]
    clockwork.at(local(2026, 10, 23, 9))
    assert running(clockwork, decision) == {}


def test_that_nobody_objected_is_told_when_it_is_sure_and_noted_by_a_person(clockwork: Clockwork) -> None:
    who, decision = ids(clockwork), uuid4()
    clockwork.house.happens(facts.ServiceRecorded(*who, decision, "perpetrator", "served", "2026-10-06"))
    clockwork.house.happens(facts.ServiceRecorded(*who, decision, "perpetrator", "pronounced", "2026-10-01"))
    # Told to him twice: the later end is the one to rely on, whichever was entered first, and both are shown.
    window = running(clockwork, decision)["objection_window:perpetrator"]
    assert [(one.basis, one.legal_day) for one in window.readings] == [
        ("service", date(2026, 10, 20)),
        ("pronouncement", date(2026, 10, 15)),
    ]
    clockwork.at(local(2026, 10, 21, 8, 59))
    assert clockwork.mine("lawyer") == []
    clockwork.at(local(2026, 10, 21, 9, 1))
    assert [one.key for one in clockwork.mine("lawyer")] == ["at end"]
    clockwork.act("lawyer", service.close_by, window.id, "not_objected")
    assert (running(clockwork, decision), clockwork.mine("lawyer")) == ({}, [])


def test_an_end_that_lay_behind_when_its_service_was_entered_is_announced_to_nobody(clockwork: Clockwork) -> None:
    who, decision = ids(clockwork), uuid4()
    clockwork.house.happens(facts.ServiceRecorded(*who, decision, "perpetrator", "served", "2026-06-02"))
    clockwork.at(local(2026, 10, 8))
    assert (running(clockwork, decision), clockwork.mine("lawyer")) == ({}, [])


@pytest.mark.parametrize("end", ["granted", "partly_granted", "refused", "withdrawn"])
def test_an_application_without_a_result_is_told_after_a_day_and_after_three(clockwork: Clockwork, end: str) -> None:
    who, application = ids(clockwork), uuid4()
    filed_at = local(2026, 10, 7).isoformat()
    clockwork.house.happens(facts.ApplicationChanged(*who, application, "monitoring", "filed", filed_at, None))
    clockwork.at(local(2026, 10, 8, 11, 59))
    assert clockwork.mine("worker") == []
    clockwork.at(local(2026, 10, 10, 12, 1))
    waiting = {one.key for one in clockwork.mine("worker")} & {one.key for one in clockwork.mine("lawyer")}
    assert waiting == {"after 24 hours", "after 72 hours"}
    clockwork.house.happens(facts.ApplicationChanged(*who, application, "monitoring", end, filed_at, None))
    assert (running(clockwork, application), clockwork.mine("worker")) == ({}, [])


def test_an_objection_to_detention_is_followed_until_the_court_answers_it(clockwork: Clockwork) -> None:
    who, decision, breach = ids(clockwork), uuid4(), uuid4()
    clockwork.house.happens(facts.BreachRecorded(*who, breach, decision, local(2026, 10, 5).isoformat()))
    clockwork.house.happens(facts.DetentionOrdered(*who, breach, decision, 7, 7, "2026-10-06"))
    assert running(clockwork, breach) == {}
    clockwork.house.happens(facts.BreachDecided(*who, breach, decision, "objected", "2026-10-07"))
    (court,) = running(clockwork, breach).values()
    assert (court.rule, court.legal_day, court.readings[0].basis) == (
        "detention_objection",
        date(2026, 10, 14),
        "objection",
    )
    clockwork.at(local(2026, 10, 15, 8, 59))
    assert clockwork.mine("lawyer") == []
    clockwork.at(local(2026, 10, 15, 9, 1))
    assert [one.key for one in clockwork.mine("lawyer")] == ["at end"]
    assert clockwork.mine("director") == []
    # Nobody took it on: it climbs, and it is no knowledge of anybody that ends it but the court's answer.
    clockwork.at(local(2026, 10, 17, 9, 2))
    assert [one.key for one in clockwork.mine("director")] == ["at end"]
    clockwork.house.happens(facts.DetentionOrdered(*who, breach, decision, 7, 7, "2026-10-16"))
    assert (running(clockwork, breach), clockwork.mine("lawyer"), clockwork.mine("director")) == ({}, [], [])


def test_the_other_side_may_object_to_detention_after_her_objection_was_answered(clockwork: Clockwork) -> None:
    who, decision, breach = ids(clockwork), uuid4(), uuid4()
    clockwork.house.happens(facts.BreachDecided(*who, breach, decision, "refused", "2026-10-06"))
    for objected_on, answer, legal_day in (
        ("2026-10-06", facts.DetentionOrdered(*who, breach, decision, 7, 7, "2026-10-07"), date(2026, 10, 13)),
        ("2026-10-07", facts.BreachDecided(*who, breach, decision, "refused", "2026-10-07"), date(2026, 10, 14)),
    ):
        clockwork.house.happens(facts.BreachDecided(*who, breach, decision, "objected", objected_on))
        (court,) = running(clockwork, breach).values()
        assert (court.rule, court.legal_day) == ("detention_objection", legal_day)
        clockwork.house.happens(answer)
        assert running(clockwork, breach) == {}


def test_a_release_warns_the_owner_inside_her_window_and_pages_on_the_day(clockwork: Clockwork) -> None:
    who, decision, breach = ids(clockwork), uuid4(), uuid4()
    agree(clockwork, days=(1, 2, 3, 4, 5), from_minute=10 * 60, to_minute=15 * 60)
    clockwork.house.happens(facts.BreachRecorded(*who, breach, decision, local(2026, 10, 7).isoformat()))
    clockwork.house.happens(facts.DetentionOrdered(*who, breach, decision, 7, 7, "2026-10-08"))
    clockwork.house.happens(facts.DetentionExecuted(*who, breach, decision, "2026-10-08", "2026-10-18"))
    assert set(running(clockwork, breach)) == {"detention_end"}
    clockwork.at(local(2026, 10, 15, 9, 1))
    (first,) = clockwork.tasks()
    assert first.title.startswith("Zorlama hapsi bitiyor")
    assert first.assignee_id == clockwork.house["worker"].id
    assert first.due_at == local(2026, 10, 15, 15)
    assert "detention_release" not in [reason for reason, _ in clockwork.pages()]
    clockwork.at(local(2026, 10, 17, 9, 1))
    # Saturday: no safe window before he is released, so the task ends with the day of release.
    assert [task.due_at for task in clockwork.tasks()][1:] == [local(2026, 10, 19, 0)]
    clockwork.at(local(2026, 10, 18, 6, 1))
    assert any("ön değerlendirmeyi yenile" in task.title for task in clockwork.tasks())
    assert "detention_release" in [reason for reason, _ in clockwork.pages()]
    deadline_id = running(clockwork, breach)["detention_end"].id
    clockwork.act("worker", service.close_by, deadline_id, "warned_and_screened")
    assert running(clockwork, breach) == {}


def test_no_page_on_the_day_when_she_was_warned_and_screened_before(clockwork: Clockwork) -> None:
    start, end = date(2026, 10, 8), date(2026, 10, 18)
    deadline_id = clockwork.open("detention_end", Trigger("execution", start, end))
    clockwork.at(local(2026, 10, 15, 10))
    clockwork.act("worker", service.close_by, deadline_id, "warned_and_screened")
    clockwork.at(local(2026, 10, 19))
    assert clockwork.pages() == []


def test_the_cap_is_told_once_at_each_share(clockwork: Clockwork) -> None:
    who, decision = ids(clockwork), uuid4()

    def ordered(total: int) -> set[str]:
        clockwork.house.happens(facts.DetentionOrdered(*who, uuid4(), decision, 10, total, "2026-10-07"))
        return set(running(clockwork, decision))

    assert ordered(143) == set()
    assert ordered(145) == {"detention_cap:80"}
    assert ordered(150) == {"detention_cap:80"}
    (cap,) = running(clockwork, decision).values()
    clockwork.act("lawyer", service.close_by, cap.id, "noted")
    assert ordered(181) == {"detention_cap:100"}


def test_how_she_is_reached_is_asked_again_after_thirty_days_and_not_after_closing(clockwork: Clockwork) -> None:
    agree(clockwork)
    (stale,) = running(clockwork, clockwork.case_id).values()
    assert (stale.rule, stale.legal_day) == ("safe_contact_stale", date(2026, 11, 6))
    clockwork.at(local(2026, 10, 20))
    agree(clockwork)
    (again,) = running(clockwork, clockwork.case_id).values()
    assert again.legal_day == date(2026, 11, 19)
    assert clockwork.deadline(stale.id).state == "met"
    clockwork.at(local(2026, 11, 19, 9, 1))
    (task,) = clockwork.tasks()
    assert "yeniden sor" in task.title
    scope, actor = clockwork.house.scope("director"), clockwork.house["director"].actor
    words = {"reason": "moved", "words": "Başka ile taşındı"}
    clockwork.house.do(
        lambda session: cases.change_state(session, actor, scope, clockwork.case_id, "closed", **words),
    )
    assert running(clockwork, clockwork.case_id) == {}
