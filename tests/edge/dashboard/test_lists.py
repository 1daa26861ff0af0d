"""Lists through the edge: looked at, made, taken back as one act, forgotten."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from core.audit import AuditEntry
from core.clock import now
from core.crypto import DataKey
from core.unit_of_work import unit_of_work
from escalation.cases import service as case_service
from escalation.cases.clock import service as clock
from escalation.cases.clock.models import Deadline, Reminder
from escalation.cases.lists.models import BroughtList
from escalation.cases.models import Case, Task
from escalation.cases.register.models import Decision
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.support.house import Clock
from tests.support.lists import MADE, WHOLE, of_a_decision, two_hundred_rows, workbook
from tests.support.planted import NAME


@pytest.fixture
def lawyer(house: House) -> Browser:
    return house.browser("legal")


def _today(house: House) -> date:
    with unit_of_work(house.ground) as session:
        return now(session).astimezone(ISTANBUL).date()


def _sent(browser: Browser, content: bytes) -> TestResponse:
    return browser.post("/lists", {"list": (io.BytesIO(content), f"{NAME}.xlsx")})


def _brought(browser: Browser, *rows: dict[str, Any]) -> str:
    answer = _sent(browser, workbook(list(rows)))
    assert answer.status_code == 303, shown(answer)
    return answer.headers["Location"]


def _count(house: House, kind: Any, *where: Any) -> int:
    with unit_of_work(house.ground) as session:
        query = select(func.count()).select_from(kind).where(kind.centre_id == house.desk.centre_id, *where)
        return session.execute(query).scalar_one()


def test_two_hundred_rows_with_seven_errors_are_made_and_taken_back(house: House, lawyer: Browser) -> None:
    day = _today(house)
    rows, made = two_hundred_rows(day), MADE
    path = _brought(lawyer, *rows)
    page = lawyer.get(path)
    words = shown(page)
    assert f"200 rows: 193 cases and {made} decisions will be made, 7 rows are left out." in words
    errors = re.findall(r"Row (\d+), column “([^”]+)”: ([^<]+)\.</li>", page.text)
    assert {(int(row), column) for row, column, _why in errors} == {
        (17, "Protected person"),
        (40, "Measures"),
        (63, "Decided on"),
        (88, "Province"),
        (120, "Length (days)"),
        (151, "Kind of authority"),
        (201, "Decision number"),
    }
    assert "tells the same paper as row 2" in words
    # Nothing was made so far.
    assert _count(house, Decision) == _count(house, Case) == 0
    assert lawyer.post(f"{path}/confirm").status_code == 303
    assert (_count(house, Case), _count(house, Decision)) == (193, made)
    assert _count(house, Deadline, Deadline.state == "open") >= made
    with unit_of_work(house.ground) as session:
        row = session.get_one(BroughtList, UUID(path.rsplit("/", 1)[1]))
        assert (row.state, row.content_sealed, row.data_key_id) == ("confirmed", None, None)
    # The same list again holds nothing new.
    again = _brought(lawyer, *[row for number, row in enumerate(rows, start=2) if number in WHOLE])
    assert shown(lawyer.get(again)).count("is known already, in V-") == made
    assert lawyer.post(f"{again}/confirm").status_code == 422
    assert lawyer.post(f"{path}/confirm").status_code == 422
    assert lawyer.post(f"{path}/undo").status_code == 303
    assert _count(house, Decision) == 0
    assert _count(house, Case, Case.state != "closed") == 0
    assert _count(house, Deadline, Deadline.state.in_(("open", "unknown"))) == 0
    with unit_of_work(house.ground) as session:
        assert set(session.scalars(select(Case.title_sealed).where(Case.centre_id == house.desk.centre_id))) == {None}
    assert lawyer.post(f"{path}/undo").status_code == 422


def test_what_somebody_worked_on_is_not_taken_back(house: House, lawyer: Browser) -> None:
    path = _brought(lawyer, of_a_decision(_today(house), 2), of_a_decision(_today(house), 3))
    assert lawyer.post(f"{path}/confirm").status_code == 303
    director, worker = house.browser("director"), house.browser("social_worker")
    with unit_of_work(house.ground) as session:
        case_id = session.scalars(select(Case.id).where(Case.centre_id == house.desk.centre_id)).first()
        assert case_id is not None
        scope = Scope.of(session, director.account_id)
        case_service.assign_owner(session, scope.actor, scope, case_id, worker.account_id)
    refused = lawyer.post(f"{path}/undo")
    assert refused.status_code == 422
    assert "Somebody has worked on what the list made" in shown(refused)
    assert _count(house, Decision) == 2
    # The case without an intake has its page, for whoever got it.
    assert worker.get(f"/cases/{case_id}").status_code == 200


def test_one_file_number_is_one_case_and_a_known_case_gets_its_measures(house: House, lawyer: Browser) -> None:
    day = _today(house)
    first = _brought(
        lawyer, {"own_number": "D-1", "protected": NAME}, of_a_decision(day, 2, own_number="D-1", protected=NAME)
    )
    assert "2 rows: 1 case and 1 decision will be made, 0 rows are left out." in shown(lawyer.get(first))
    assert lawyer.post(f"{first}/confirm").status_code == 303
    with unit_of_work(house.ground) as session:
        [ref] = session.scalars(select(Case.ref).where(Case.centre_id == house.desk.centre_id))
    assert ref in lawyer.get(first).text
    second = _brought(lawyer, of_a_decision(day, 3, case_ref=ref), of_a_decision(day, 4, case_ref="V-0000-0000"))
    words = shown(lawyer.get(second))
    assert "Row 3, column “Koza case”: names no open case that you may read." in words
    assert lawyer.post(f"{second}/confirm").status_code == 303
    assert (_count(house, Case), _count(house, Decision)) == (1, 2)
    assert lawyer.post(f"{second}/undo").status_code == 303
    assert (_count(house, Case, Case.state == "open"), _count(house, Decision)) == (1, 1)


def test_what_is_taken_back_leaves_no_task_in_a_case_that_was_there(house: House, lawyer: Browser) -> None:
    day = _today(house)
    first = _brought(lawyer, {"own_number": "D-2", "protected": NAME})
    assert lawyer.post(f"{first}/confirm").status_code == 303
    with unit_of_work(house.ground) as session:
        [case] = session.scalars(select(Case).where(Case.centre_id == house.desk.centre_id))
        ref, case_id = case.ref, case.id
    row = {"case_ref": ref, "days": "10", "decided_on": day.strftime("%d.%m.%Y")}
    second = _brought(lawyer, of_a_decision(day, 5, **row))
    assert lawyer.post(f"{second}/confirm").status_code == 303, shown(lawyer.get(second))
    open_tasks = select(func.count()).select_from(Task).where(Task.case_id == case_id, Task.done_at.is_(None))
    with unit_of_work(house.ground) as session:
        due = select(Reminder.id).join(Deadline).where(Deadline.case_id == case_id, Reminder.at <= now(session))
        for reminder_id in session.scalars(due).all():
            clock.remind(session, reminder_id)
        assert session.execute(open_tasks).scalar_one() > 0
    assert lawyer.post(f"{second}/undo").status_code == 303
    with unit_of_work(house.ground) as session:
        assert session.execute(open_tasks).scalar_one() == 0
        live = select(Deadline.id).where(Deadline.case_id == case_id, Deadline.state.in_(("open", "unknown")))
        assert session.scalars(live).all() == []


def test_a_list_that_nobody_confirms_is_forgotten_after_a_day(house: House, lawyer: Browser, hand: Clock) -> None:
    path = _brought(lawyer, of_a_decision(_today(house), 2))
    list_id = UUID(path.rsplit("/", 1)[1])
    with unit_of_work(house.ground) as session:
        key_id = session.get_one(BroughtList, list_id).data_key_id
        assert session.get(DataKey, key_id) is not None
    hand.advance(24 * 3600 + 60)
    with unit_of_work(house.ground) as session:
        row = session.get_one(BroughtList, list_id)
        assert (row.state, row.content_sealed) == ("dropped", None)
        assert session.get(DataKey, key_id) is None
    lawyer = house.browser("legal")
    assert lawyer.post(f"{path}/confirm").status_code == 422
    dropped = _brought(lawyer, of_a_decision(_today(house), 2))
    assert lawyer.post(f"{dropped}/drop").status_code == 303
    assert _count(house, Case) == 0


def test_wrong_files_are_refused_in_words_and_nothing_is_kept(house: House, lawyer: Browser, elsewhere: House) -> None:
    for content, words in (
        (b"", "Choose a file first."),
        (b"nothing", "This is no list in the form .xlsx."),
        (workbook([of_a_decision(_today(house), number) for number in range(251)]), "The list has more than 250 rows."),
    ):
        refused = _sent(lawyer, content)
        assert refused.status_code == 422
        assert words in shown(refused)
    assert _count(house, BroughtList) == 0
    example = lawyer.get("/lists/example")
    assert example.headers["Content-Disposition"] == 'attachment; filename="koza-liste.xlsx"'
    assert example.headers["Cache-Control"] == "no-store"
    assert _sent(lawyer, example.data).status_code == 303
    path = _brought(lawyer, of_a_decision(_today(house), 2))
    assert elsewhere.browser("legal").get(path).status_code == 404
    assert house.browser("police_liaison").get("/lists").status_code == 403
    assert house.browser("director").get(path).status_code == 403
    with unit_of_work(house.ground) as session:
        acts = select(AuditEntry.act).where(AuditEntry.subject_id == path.rsplit("/", 1)[1])
        assert set(session.scalars(acts)) == {"list_uploaded", "denied_scope"}
