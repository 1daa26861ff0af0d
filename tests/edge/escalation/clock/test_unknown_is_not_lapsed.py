"""At the legal moment nobody says that a measure lapsed: somebody asks, and a person confirms, with source and time."""

from __future__ import annotations

from datetime import time
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from escalation.cases import queries as case_queries
from escalation.cases.clock import rules, service
from escalation.cases.clock.models import Deadline
from escalation.cases.clock.reckoning import Trigger
from escalation.paging import service as paging
from escalation.paging.models import Page
from staff import service as staff_service
from staff.errors import MissingPermissionError
from tests.edge.escalation.clock.conftest import Clockwork, local
from tests.edge.escalation.conftest import ACTOR, _employ


def submitted(clockwork: Clockwork) -> UUID:
    """A file that reached the judge on Wednesday at noon: the answer is due on Thursday at noon."""
    return clockwork.open("urgent_lapse_judge", Trigger("submission", local(2026, 10, 7)))


def confirm(clockwork: Clockwork, deadline_id: UUID) -> None:
    """The register holds a person's confirmation that the approval was not given."""
    subject, told = clockwork.deadline(deadline_id).subject_id, clockwork.house.moment()
    actor, case_id = clockwork.house["lawyer"].actor, clockwork.case_id
    clockwork.house.do(lambda session: service.lapse_told(session, actor, "measure", subject, case_id, told))


def test_at_the_moment_it_is_unknown_and_a_task_asks_the_authority(clockwork: Clockwork) -> None:
    deadline_id = submitted(clockwork)
    clockwork.at(local(2026, 10, 8, 11, 59))
    assert clockwork.deadline(deadline_id).state == "open"
    clockwork.at(local(2026, 10, 8, 12, 1))
    assert clockwork.deadline(deadline_id).state == "unknown"
    (task,) = clockwork.tasks()
    assert task.title.startswith("Makama sor")
    assert task.assignee_id == clockwork.house["lawyer"].id
    assert "protection_lost" not in [reason for reason, _ in clockwork.pages()]
    assert "deadline_unknown" in clockwork.audited(deadline_id)


def test_only_a_person_s_word_makes_it_lapsed_and_opens_the_page(clockwork: Clockwork) -> None:
    deadline_id = submitted(clockwork)
    clockwork.at(local(2026, 10, 8, 14))
    assert clockwork.deadline(deadline_id).state == "unknown"
    confirm(clockwork, deadline_id)
    assert clockwork.deadline(deadline_id).state == "lapsed_confirmed"
    assert "protection_lost" in [reason for reason, _ in clockwork.pages()]
    assert any(task.title.startswith("Tedbir yürürlükte değil") for task in clockwork.tasks())
    assert "deadline_closed" in clockwork.audited(deadline_id)


def test_one_whose_end_has_not_come_is_not_waited_for(clockwork: Clockwork) -> None:
    deadline_id = submitted(clockwork)
    clockwork.at(local(2026, 10, 8, 11))
    confirm(clockwork, deadline_id)
    assert clockwork.deadline(deadline_id).state == "cancelled"


def test_who_accepts_the_page_reads_the_case_for_a_day(clockwork: Clockwork) -> None:
    house, deadline_id = clockwork.house, submitted(clockwork)
    clockwork.at(local(2026, 10, 8, 14))
    confirm(clockwork, deadline_id)
    member = house["oncall1"]

    def reads() -> bool:
        scope = house.scope("oncall1")
        return house.do(lambda session: case_queries.case(session, scope, clockwork.case_id)) is not None

    assert not reads()
    page_id = house.do(lambda session: session.scalar(select(Page.id).where(Page.subject_id == clockwork.case_id)))
    assert page_id is not None
    house.do(lambda session: paging.accept(session, member.actor, page_id, member.id, "dashboard"))
    assert reads()
    clockwork.at(local(2026, 10, 9, 15))
    assert not reads()


def test_an_approval_learned_late_ends_the_question(clockwork: Clockwork) -> None:
    deadline_id = submitted(clockwork)
    clockwork.at(local(2026, 10, 9))
    assert clockwork.deadline(deadline_id).state == "unknown"
    assert [task.title.startswith("Makama sor") for task in clockwork.tasks()] == [True]
    subject = clockwork.deadline(deadline_id).subject_id
    clockwork.house.do(lambda session: service.record_act(session, ACTOR, "measure", subject, "approved"))
    assert clockwork.deadline(deadline_id).state == "met"
    assert clockwork.tasks() == []
    clockwork.at(local(2026, 10, 12))
    assert "protection_lost" not in [reason for reason, _ in clockwork.pages()]


def test_the_page_waits_for_the_duty_court_and_for_nothing_if_she_is_protected_again(clockwork: Clockwork) -> None:
    admin = clockwork.house.do(lambda session: _employ(session, clockwork.house.centre_id, "admin"))
    clockwork.house.people["admin"] = admin
    hours = {"open_from": time(9), "open_until": time(20), "words": "Nöbetçi kalem, zemin kat"}
    clockwork.act("admin", service.set_duty_court, "06", **hours)
    with pytest.raises(MissingPermissionError):
        clockwork.act("lawyer", service.set_duty_court, "06", **hours)
    try:
        first, second = submitted(clockwork), submitted(clockwork)
        clockwork.at(local(2026, 10, 8, 21))
        confirm(clockwork, first)
        confirm(clockwork, second)
        assert "protection_lost" not in [reason for reason, _ in clockwork.pages()]
        subject = clockwork.deadline(second).subject_id
        clockwork.house.do(lambda session: service.record_act(session, ACTOR, "measure", subject, "decided"))
        clockwork.at(local(2026, 10, 9, 8, 59))
        assert "protection_lost" not in [reason for reason, _ in clockwork.pages()]
        clockwork.at(local(2026, 10, 9, 9, 1))
        assert [reason for reason, _ in clockwork.pages()].count("protection_lost") == 1
    finally:
        clockwork.act("admin", service.set_duty_court, "06", open_from=time(0), open_until=time(0), words="")


def test_at_night_the_question_is_due_when_the_court_answers(clockwork: Clockwork) -> None:
    hours = rules.CourtHours(time(9), time(17))
    assert rules.court_answers_at(local(2026, 10, 8, 3), hours) == local(2026, 10, 8, 9)
    assert rules.court_answers_at(local(2026, 10, 8, 17), hours) == local(2026, 10, 9, 9)
    assert rules.court_answers_at(local(2026, 10, 8, 12), hours) == local(2026, 10, 8, 12)
    night = rules.CourtHours(time(18), time(8))
    assert rules.court_answers_at(local(2026, 10, 8, 3), night) == local(2026, 10, 8, 3)
    assert rules.court_answers_at(local(2026, 10, 8, 12), night) == local(2026, 10, 8, 18)


def test_a_reminder_s_page_and_those_who_are_barred(clockwork: Clockwork) -> None:
    """Whoever is barred from the case is not called about it, and gets no task."""
    house, lawyer = clockwork.house, clockwork.house["lawyer"]
    house.do(
        lambda session: staff_service.bar(
            session,
            ACTOR,
            subjects=[("case", clockwork.case_id)],
            account_id=lawyer.id,
            reason="conflict",
            centre_id=house.centre_id,
        ),
    )
    deadline_id = submitted(clockwork)
    clockwork.at(local(2026, 10, 8, 12, 1))
    assert clockwork.mine("lawyer") == []
    (task,) = clockwork.tasks()
    assert task.assignee_id != lawyer.id
    assert clockwork.deadline(deadline_id).state == "unknown"


def test_the_database_itself_refuses_a_lapse_that_nobody_confirmed(clockwork: Clockwork) -> None:
    deadline_id = submitted(clockwork)

    def lie(session: object) -> None:
        row = session.get_one(Deadline, deadline_id)  # type: ignore[attr-defined]
        row.state, row.closed_at = "lapsed_confirmed", row.opened_at
        session.flush()  # type: ignore[attr-defined]

    with pytest.raises(IntegrityError, match="lapse_confirmed"):
        clockwork.house.do(lie)


def test_a_period_that_cannot_be_reckoned_is_refused_in_words_of_one_code(clockwork: Clockwork) -> None:
    for rule, triggers, reason in (
        ("nothing", [Trigger("decision", local(2026, 10, 7))], "unknown_rule"),
        ("urgent_submit", [Trigger("service", local(2026, 10, 7))], "unknown_basis"),
        ("urgent_submit", [], "no_trigger"),
        ("measure_expiry", [Trigger("decision", local(2026, 10, 7))], "no_length"),
    ):
        with pytest.raises(service.ClockError, match=reason):
            clockwork.open(rule, *triggers, subject_id=uuid4())
