"""Register and clock together: what is entered lets periods run, and what nobody knows is never called lapsed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from escalation.cases.clock import queries
from escalation.cases.clock.service import close_by
from escalation.cases.register import service
from escalation.cases.register.models import Decision
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem
from staff.scope import Scope
from tests.edge.escalation.clock.conftest import Clockwork, local


def _decided(clockwork: Clockwork, kind: str, days: int, basis: str = "decision") -> UUID:
    authority = clockwork.act("lawyer", service.add_authority, kind, "06", "Ankara")
    urgent = kind == "police_chief"
    new = NewDecision(
        authority,
        clockwork.today(),
        (NewItem("o5_a", Length(days, "days"), start_basis=basis),),
        issued_at=clockwork.house.moment() - timedelta(minutes=5) if urgent else None,
        entry="police_preventive" if urgent else "court",
    )
    made: UUID = clockwork.act("lawyer", service.record_decision, clockwork.case_id, new)
    return made


def _state(clockwork: Clockwork, decision_id: UUID) -> str:
    return clockwork.house.do(lambda session: session.get_one(Decision, decision_id).state)


def _periods(clockwork: Clockwork) -> dict[str, str]:
    scope = Scope.system("tests")
    found = clockwork.house.do(lambda session: queries.of_case(session, scope, clockwork.case_id))
    return {one.rule: one.state for one in found}


def test_an_approval_nobody_told_of_is_unknown_until_a_person_says_otherwise(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "police_chief", 30)
    assert (_state(clockwork, decision_id), _periods(clockwork)["urgent_submit"]) == ("issued_urgent", "open")
    # The first working day after it is Thursday; in the night to Friday nobody knows whether the file went out.
    clockwork.at(local(2026, 10, 9, 0, 1))
    assert (_state(clockwork, decision_id), _periods(clockwork)["urgent_submit"]) == ("approval_unknown", "unknown")
    assert "lapsed" not in _periods(clockwork)
    # Nobody acknowledged a reminder, so the ladder ended in a page; that nothing protects her is said by none.
    assert {reason for reason, _ in clockwork.pages()} <= {"due"}
    told = clockwork.house.moment() - timedelta(minutes=1)
    clockwork.act("lawyer", service.confirm_lapsed, decision_id, source="Kalem", learned_at=told)
    assert _state(clockwork, decision_id) == "lapsed"
    assert _periods(clockwork)["urgent_submit"] == "lapsed_confirmed"
    assert _periods(clockwork)["lapsed"] == "open"


def test_a_submission_that_is_learned_late_is_kept_and_the_answer_stays_unknown(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "police_chief", 30)
    clockwork.at(local(2026, 10, 9, 9, 0))
    assert _state(clockwork, decision_id) == "approval_unknown"
    # A paper of Thursday evening: the judge's 24 hours run until Friday evening, which is still to come.
    submitted = local(2026, 10, 8, 18, 0)
    clockwork.act("lawyer", service.learn_submission, decision_id, submitted)
    assert _state(clockwork, decision_id) == "approval_unknown"
    running = {rule for rule, state in _periods(clockwork).items() if state == "open"}
    assert running & {"urgent_lapse_civil", "urgent_lapse_judge"}
    with pytest.raises(RegisterError, match="not_possible"):
        clockwork.act("lawyer", service.learn_submission, decision_id, submitted)
    # Who was told on Friday noon that there was no answer was told of one that could still come.
    asked = clockwork.house.moment() - timedelta(minutes=1)
    clockwork.at(local(2026, 10, 13, 9, 0))
    assert _state(clockwork, decision_id) == "approval_unknown"
    with pytest.raises(RegisterError, match="before_the_end"):
        clockwork.act("lawyer", service.confirm_lapsed, decision_id, source="Kalem", learned_at=asked)
    answered = local(2026, 10, 9, 17, 0)
    clockwork.act("lawyer", service.record_approval, decision_id, "approved", answered_at=answered, source="UYAP")
    assert _state(clockwork, decision_id) == "active"
    after = _periods(clockwork)
    assert {after[rule] for rule in running & {"urgent_lapse_civil", "urgent_lapse_judge"}} == {"met"}


def test_an_approval_that_comes_late_ends_the_question(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "police_chief", 30)
    clockwork.at(local(2026, 10, 9, 9, 0))
    assert _state(clockwork, decision_id) == "approval_unknown"
    moment = clockwork.house.moment() - timedelta(hours=12)
    clockwork.act("lawyer", service.record_approval, decision_id, "approved", answered_at=moment, source="UYAP")
    assert _state(clockwork, decision_id) == "active"
    assert _periods(clockwork)["urgent_submit"] == "met"


def test_an_end_on_a_sunday_ends_on_that_day_and_asks_whether_it_was_extended(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "judge", 18)
    sunday = date(2026, 10, 25)
    expiry = next(
        one
        for one in clockwork.house.do(lambda s: queries.of_case(s, Scope.system("tests"), clockwork.case_id))
        if one.rule == "measure_expiry"
    )
    assert expiry.legal_at is not None
    assert (expiry.legal_at - timedelta(seconds=1)).date() == sunday or expiry.legal_at.date() == sunday
    clockwork.at(local(2026, 10, 27, 9, 0))
    assert _state(clockwork, decision_id) == "expired"
    assert _periods(clockwork)["measure_expiry"] == "unknown"


def test_what_was_never_approved_has_no_end_to_be_reminded_of(clockwork: Clockwork) -> None:
    decision_id = _decided(clockwork, "police_chief", 30)
    clockwork.act("lawyer", service.submit_urgent, decision_id, clockwork.house.moment())
    assert _periods(clockwork)["measure_expiry"] == "open"
    clockwork.act("lawyer", service.record_approval, decision_id, "refused", source="UYAP")
    live = {rule for rule, state in _periods(clockwork).items() if state in {"open", "unknown"}}
    assert live <= {"lapsed"}


def test_a_measure_that_begins_with_its_service_is_reminded_of_before_it_was_served(clockwork: Clockwork) -> None:
    _decided(clockwork, "judge", 30, basis="service")
    assert _periods(clockwork)["measure_expiry"] == "open"
    assert _periods(clockwork)["service_pending"] == "open"


def test_each_reading_says_from_what_day_and_what_length_it_was_reckoned(clockwork: Clockwork) -> None:
    court = clockwork.act("lawyer", service.add_authority, "judge", "06", "Ankara")
    items = (NewItem("o5_a", Length(6, "months"), start_basis="service"), NewItem("o5_f", ends=date(2026, 12, 1)))
    notices = (service.NewNotice("perpetrator", date(2026, 10, 5)),)
    new = NewDecision(court, date(2026, 9, 30), items, notices=notices)
    clockwork.act("lawyer", service.record_decision, clockwork.case_id, new)
    scope = Scope.system("tests")
    found = clockwork.house.do(lambda session: queries.of_case(session, scope, clockwork.case_id))
    told = {
        (one.legal_day, reading.basis): [(step.code, dict(step.values)) for step in reading.steps]
        for one in found
        if one.rule == "measure_expiry"
        for reading in one.readings
    }
    assert set(told) == {
        (date(2027, 3, 30), "decision"),
        (date(2027, 3, 30), "service"),
        (date(2026, 12, 1), "decision"),
    }
    by_decision, by_service = told[date(2027, 3, 30), "decision"], told[date(2027, 3, 30), "service"]
    assert by_decision[0] == ("trigger", {"basis": "decision", "at": date(2026, 9, 30)})
    assert ("months", {"n": 6, "day": date(2027, 3, 30)}) in by_decision
    assert by_service[0] == ("trigger", {"basis": "service", "at": date(2026, 10, 5)})
    assert ("months", {"n": 6, "day": date(2027, 4, 5)}) in by_service
    # Only where the paper names the last day it is said to stand there.
    assert ("decided_day", {"day": date(2026, 12, 1)}) in told[date(2026, 12, 1), "decision"]


def test_a_measure_that_ended_is_asked_about_until_a_person_answers(clockwork: Clockwork) -> None:
    _decided(clockwork, "judge", 18)
    clockwork.at(local(2026, 10, 27, 9))
    found = clockwork.house.do(lambda s: queries.of_case(s, Scope.system("tests"), clockwork.case_id, live_only=True))
    (expiry,) = [one for one in found if one.rule == "measure_expiry"]
    assert (expiry.state, "uzatıldı mı" in " ".join(task.title for task in clockwork.tasks())) == ("unknown", True)
    clockwork.act("lawyer", close_by, expiry.id, "not_extended")
    assert _periods(clockwork)["measure_expiry"] == "met"
    assert "uzatıldı mı" not in " ".join(task.title for task in clockwork.tasks())
