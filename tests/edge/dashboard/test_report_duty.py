"""The duty to report: begun by a child's call or by a person, climbing until somebody decides, kept in the case."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.due import Due
from core.unit_of_work import unit_of_work
from dashboard.emergency import ISTANBUL
from escalation.cases.clock.assessments import DUE, RULE
from escalation.cases.clock.models import Deadline
from escalation.paging.models import Page
from intake.models import ReportDuty
from intake.report_duty import report_duties
from staff import service as staff_service
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_callers import path_of, say
from tests.edge.dashboard.test_workspace import acts, taken_call
from tests.support.desk import TESTS
from tests.support.house import Clock

NO_DUTY = {"basis": "tck_279", "decision": "no_duty", "reason": "suç anlatılmadı"}


def duties(house: House, contact: UUID) -> list[ReportDuty]:
    with unit_of_work(house.ground) as session:
        wanted = select(ReportDuty).where(ReportDuty.contact_id == contact).order_by(ReportDuty.opened_at)
        found = list(session.scalars(wanted))
        assert all(one.reason is None or one.reason for one in found)
        return found


def due_at(session: Session, duty: UUID) -> datetime | None:
    return session.scalars(select(Due.at).where(Due.kind == DUE, Due.subject == str(duty))).one_or_none()


def assess(operator: Browser, contact: UUID, **fields: str) -> int:
    return operator.post(f"/contacts/{contact}/report-duty", fields).status_code


def pages(house: House, contact: UUID) -> list[Page]:
    with unit_of_work(house.ground) as session:
        return list(session.scalars(select(Page).where(Page.contact_id == contact, Page.reason == "due")))


def deadlines(house: House, duty: UUID) -> list[Deadline]:
    with unit_of_work(house.ground) as session:
        return list(session.scalars(select(Deadline).where(Deadline.subject_id == duty)))


def test_a_childs_call_begins_it_by_itself_and_once(house: House) -> None:
    operator, call = taken_call(house)
    assert "not assessed" in shown(operator.get(f"/contacts/{call}"))
    say(house, operator, call, "child")
    [duty] = duties(house, call)
    assert (duty.basis, duty.opened_by, duty.decision) == (report_duties().child, None, None)
    with unit_of_work(house.ground) as session:
        assert due_at(session, duty.id) == duty.opened_at + timedelta(minutes=15)
    assert "waits for a decision" in shown(operator.get(f"/contacts/{call}"))
    assert assess(operator, call, **NO_DUTY) == 303
    say(house, operator, call, "self")
    say(house, operator, call, "child")
    [decided] = duties(house, call)
    assert (decided.decision, decided.decided_by, decided.basis) == ("no_duty", operator.account_id, "tck_279")
    assert "no duty" in shown(operator.get(f"/contacts/{call}"))


def test_the_answer_in_the_form_begins_it_too(house: House) -> None:
    operator, call = taken_call(house)
    operator.save(path_of(house, call), {"caller_role": "child", "version": "0"})
    assert len(duties(house, call)) == 1


def test_to_decide_is_not_to_report(house: House) -> None:
    operator, call = taken_call(house)
    assert assess(operator, call, basis="tck_279", decision="report", reason="darp anlattı") == 303
    [duty] = duties(house, call)
    assert (duty.decision, duty.over_at) == ("report", None)
    assert "not yet sent" in shown(operator.get(f"/contacts/{call}"))
    with unit_of_work(house.ground) as session:
        assert due_at(session, duty.id) is not None
        at = now(session).strftime("%Y-%m-%dT%H:%M+00:00")
    sent = {"authority": "prosecutor", "at": at, "reference": "2026/77"}
    assert assess(operator, call, basis="tck_279", decision="report", reason="darp anlattı", **sent) == 303
    [over] = duties(house, call)
    assert over.over_at is not None
    assert (over.authority, over.sent_by) == ("prosecutor", operator.account_id)
    with unit_of_work(house.ground) as session:
        assert due_at(session, duty.id) is None
    page = shown(operator.get(f"/contacts/{call}"))
    assert "Public prosecutor" in page
    assert "2026/77" in page
    entry = acts(house, "report_duty_decided", house.desk.intake(call).id)[-1]
    assert entry.detail == {"decision": "report", "authority": "prosecutor", "over": True}


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(house: House) -> None:
    operator, call = taken_call(house)
    for wrong, words in (
        ({"basis": "none"}, "Choose one of the list."),
        ({"basis": "tck_279", "decision": "no_duty"}, "Say why there is no duty to report."),
        ({"basis": "tck_279", "decision": "report", "authority": "police"}, "Say to which authority and when"),
        ({**NO_DUTY, "authority": "police", "at": "2026-01-01T10:00"}, "Without a duty nothing is reported."),
        ({"basis": "tck_279", "decision": "report", "authority": "police", "at": "2099-01-01T10:00"}, "has not come"),
        (
            {"basis": "tck_279", "decision": "report", "authority": "police", "at": "1999-01-01T10:00"},
            "had not reached",
        ),
        ({"basis": "tck_279", "decision": "report", "at": "yarın"}, "Enter a date and a time."),
    ):
        answer = operator.post(f"/contacts/{call}/report-duty", wrong)
        assert answer.status_code == 422
        assert words in shown(answer)
    assert duties(house, call) == []


def test_it_climbs_until_somebody_decides(house: House, hand: Clock) -> None:
    operator, call = taken_call(house)
    assert assess(operator, call, basis="tck_279") == 303
    lead = house.browser("shift_lead")
    assert f"/contacts/{call}" in lead.get("/").text
    [duty] = duties(house, call)
    intake = house.desk.intake(call).id
    for minutes, told in ((14, 0), (2, 1), (15, 2)):
        hand.advance(minutes * 60)
        house.desk.tick()
        assert len(acts(house, "report_duty_reminded", intake)) == told
        assert pages(house, call) == []
    hand.advance(15 * 60)
    house.desk.tick()
    [page] = pages(house, call)
    # Whatever becomes of the page, the duty asks again.
    with unit_of_work(house.ground) as session:
        assert due_at(session, duty.id) is not None
    assert assess(house.browser("shift_lead"), call, **NO_DUTY) == 303
    with unit_of_work(house.ground) as session:
        assert due_at(session, duty.id) is None
        assert session.get_one(Page, page.id).state == "closed"
    hand.advance(3600)
    house.desk.tick()
    assert len(pages(house, call)) == 1


def test_at_night_it_wakes_nobody_stands_before_all_who_are_at_work_and_is_paged_at_seven(
    house: House, hand: Clock, elsewhere: House
) -> None:
    def until(hour: int) -> timedelta:
        with unit_of_work(house.ground) as session:
            local = now(session).astimezone(ISTANBUL)
        then = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        return (then - local) % timedelta(days=1)

    hand.advance(until(23).total_seconds(), sweeping=False)
    operator, call = taken_call(house)
    assert assess(operator, call, basis="tck_279") == 303
    colleague, barred = house.browser("operator"), house.browser("operator")
    with unit_of_work(house.ground) as session:
        staff_service.bar(session, TESTS, subjects=[("contact", call)], account_id=barred.account_id, reason="kin")
    ref = house.desk.intake(call).ref

    def shown_to(browser: Browser) -> list[str]:
        return [item["ref"] for item in browser.json("/board/snapshot")["due"] if item["kind"] == "report_duty"]

    assert shown_to(colleague) == [ref]
    assert [shown_to(one) for one in (barred, elsewhere.browser("operator"))] == [[], []]
    # That it waits is all she is told.
    assert "TCK 279" not in colleague.get(f"/contacts/{call}").text
    hand.advance(46 * 60)
    house.desk.tick()
    [page] = pages(house, call)
    assert page.due_at is not None
    local = page.due_at.astimezone(ISTANBUL)
    assert (local.hour, local.minute, page.step) == (7, 0, -1)


def test_with_a_case_its_time_goes_on_there(house: House) -> None:
    operator, call = taken_call(house)
    assert assess(operator, call, basis="tck_279") == 303
    [duty] = duties(house, call)
    ref = operator.post(f"{path_of(house, call)}/open-case").headers["Location"].removeprefix("/cases/")
    [deadline] = deadlines(house, duty.id)
    assert (deadline.rule, deadline.state, deadline.start_at) == (RULE, "open", duty.opened_at)
    with unit_of_work(house.ground) as session:
        assert due_at(session, duty.id) is None
    assert "It is to be decided whether this is reported" in shown(operator.get(f"/cases/{ref}"))
    assert assess(operator, call, **NO_DUTY) == 303
    [over] = deadlines(house, duty.id)
    assert (over.state, over.closed_act) == ("met", "not_reportable")
    page = shown(operator.get(f"/cases/{ref}"))
    assert "there is no duty to report" in page
    assert "suç anlatılmadı" in page


def test_after_the_case_was_opened_it_begins_there(house: House) -> None:
    operator, call = taken_call(house)
    operator.post(f"{path_of(house, call)}/open-case")
    assert assess(operator, call, basis="law_6284") == 303
    [duty] = duties(house, call)
    assert [one.state for one in deadlines(house, duty.id)] == ["open"]


def test_only_who_works_on_it_assesses(house: House, elsewhere: House) -> None:
    _, call = taken_call(house)
    assert assess(elsewhere.browser("shift_lead"), call, basis="tck_279") == 404
    assert assess(house.browser("operator"), call, basis="tck_279") in (403, 404)
    assert assess(house.browser("director"), call, basis="tck_279") == 403
    assert duties(house, call) == []
