"""The working calendar through the edge: looked at, confirmed with the code again, what moved; the duty courts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from core.audit import AuditEntry
from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.clock.catalogue_rows import load_catalogues
from escalation.cases.clock.models import CalendarRow, Deadline, DutyCourt
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.clock.service import Opening, open_deadline
from escalation.cases.models import Case
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_cases import opened_case

PATH = "/catalogues/calendar"


@pytest.fixture(autouse=True)
def _shipped(house: House) -> Iterator[None]:
    """The shipped calendar, before and after: other tests count on it."""

    def restore() -> None:
        with unit_of_work(house.ground) as session:
            session.execute(delete(CalendarRow))
            session.execute(delete(DutyCourt))
            load_catalogues(session)

    restore()
    yield
    restore()


def running(house: House) -> tuple[UUID, date]:
    """A period of hers that runs for three days; its legal day."""
    _, _contact, ref = opened_case(house)
    with unit_of_work(house.ground) as session:
        scope = Scope.system("tests")
        case = session.scalars(select(Case).where(Case.ref == ref)).one()
        start = now(session)
        opened = open_deadline(
            session,
            scope.actor,
            Opening("urgent_lapse_judge", "decision", case.id, case.id, (Trigger("submission", start),)),
        )
        legal = session.get_one(Deadline, opened).legal_day
        assert legal is not None
        return opened, legal


def form_of(day: date, **more: str) -> dict[str, str]:
    return {
        "day": day.isoformat(),
        "how": "whole",
        "title_tr": "İdari izin",
        "title_en": "Administrative leave",
        "reason": "Genelge 2026/21",
        **more,
    }


def foreseen(page: str) -> str:
    found = re.search(r'name="foreseen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def legal_day(house: House, deadline: UUID) -> date | None:
    with unit_of_work(house.ground) as session:
        return session.get_one(Deadline, deadline).legal_day


def row_of(house: House, day: date) -> CalendarRow | None:
    with unit_of_work(house.ground) as session:
        found = session.get(CalendarRow, day)
        if found is not None:
            session.expunge(found)
        return found


def administrator(house: House, *, stepped_up: bool = True) -> Browser:
    return house.of_all.browser("admin", stepped_up=stepped_up)


def test_an_administrator_of_one_centre_changes_no_calendar_and_no_court_of_others(
    house: House, elsewhere: House
) -> None:
    assert elsewhere.desk.centre_id != house.desk.centre_id
    bound = house.browser("admin", stepped_up=True)
    page = bound.get("/catalogues/calendar")
    assert page.status_code == 200
    assert "who administers the whole house changes it" in shown(page)
    _, day = running(house)
    for path in ("/catalogues/calendar", "/catalogues/calendar/confirm"):
        assert bound.post(path, form_of(day)).status_code == 403
    assert row_of(house, day) is None
    court = {"open_from": "09:00", "open_until": "18:00", "words": "Nöbetçi kalem"}
    assert bound.post("/catalogues/duty-courts", {"province": "34", **court}).status_code == 403
    assert bound.post("/catalogues/duty-courts", {"province": "06", **court}).status_code == 303


def test_a_day_is_closed_after_a_look_at_what_moves_and_with_the_code_again(house: House) -> None:
    deadline, before = running(house)
    admin = administrator(house, stepped_up=False)
    assert f'href="{PATH}"' in admin.get("/catalogues").text
    preview = admin.post(PATH, form_of(before))
    assert preview.status_code == 200, shown(preview)
    assert "would move" in shown(preview)
    # Nothing was written by looking.
    assert legal_day(house, deadline) == before
    assert row_of(house, before) is None
    form = form_of(before, foreseen=foreseen(preview.text))
    asked = admin.post(f"{PATH}/confirm", form)
    assert asked.status_code == 403
    assert 'action="/step-up"' in asked.text
    assert row_of(house, before) is None
    admin = house.browser(account_id=admin.account_id, stepped_up=True)
    done = admin.post(f"{PATH}/confirm", form)
    assert done.status_code == 200, shown(done)
    assert "The day is changed" in shown(done)
    after = legal_day(house, deadline)
    assert after is not None
    assert after > before
    # What is told after it happened is what was shown before.
    table = re.compile(r"<tbody>.*?</tbody>", re.DOTALL)
    assert table.search(done.text.split('id="moved"')[1])[0] == table.search(preview.text.split('id="moved"')[1])[0]  # type: ignore[index]
    row = row_of(house, before)
    assert row is not None
    assert (row.origin, row.changed_by, row.title_tr) == ("administrator", admin.account_id, "İdari izin")
    with unit_of_work(house.ground) as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.act == "calendar_changed", AuditEntry.actor_id == admin.account_id)
        ).one()
        assert entry.detail["reason"] == "Genelge 2026/21"
    assert "İdari izin" in admin.get(PATH).text or "Administrative leave" in admin.get(PATH).text
    # Opened again, the period ends where it did.
    back = form_of(before, how="open")
    preview = admin.post(PATH, back)
    assert admin.post(f"{PATH}/confirm", {**back, "foreseen": foreseen(preview.text)}).status_code == 200
    assert legal_day(house, deadline) == before


def test_what_would_move_otherwise_than_was_shown_is_not_confirmed(house: House) -> None:
    deadline, before = running(house)
    admin = administrator(house)
    seen = foreseen(admin.post(PATH, form_of(before)).text)
    running(house)
    for given in (seen, ""):
        refused = admin.post(f"{PATH}/confirm", form_of(before, foreseen=given))
        assert refused.status_code == 422
        assert "Other periods would move than was shown" in shown(refused)
        assert row_of(house, before) is None
        assert legal_day(house, deadline) == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"day": "2026-02-30"}, "Choose a day."),
        ({"day": "2020-01-02"}, "The day is over."),
        ({"how": ""}, "Choose whether the day is closed or open."),
        ({"how": "half", "from": "öğlen"}, "Enter an hour such as 13:00."),
        ({"how": "half", "from": "00:00"}, "Enter an hour such as 13:00."),
        ({"reason": " "}, "Name the announcement it follows."),
        ({"title_en": ""}, "Give the name of the day in both languages."),
    ],
)
def test_a_day_that_cannot_be_is_refused_beside_its_field(house: House, change: dict[str, str], told: str) -> None:
    with unit_of_work(house.ground) as session:
        day = now(session).astimezone(ISTANBUL).date() + timedelta(days=10)
    admin = administrator(house)
    form = form_of(day) | change
    for answer in (admin.post(PATH, form), admin.post(f"{PATH}/confirm", {**form, "foreseen": "0" * 64})):
        assert answer.status_code == 422
        assert told in shown(answer)
        assert 'value="İdari izin"' in answer.text
    assert row_of(house, day) is None


def test_a_weekend_is_not_opened(house: House) -> None:
    with unit_of_work(house.ground) as session:
        today = now(session).astimezone(ISTANBUL).date()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    refused = administrator(house).post(PATH, form_of(saturday, how="open"))
    assert refused.status_code == 422
    assert "A Saturday or Sunday cannot be opened." in shown(refused)


def test_a_half_day_closes_from_its_hour_on(house: House) -> None:
    with unit_of_work(house.ground) as session:
        day = now(session).astimezone(ISTANBUL).date() + timedelta(days=14)
    admin = administrator(house)
    form = form_of(day, how="half", **{"from": "13:30"})
    preview = admin.post(PATH, form)
    assert admin.post(f"{PATH}/confirm", {**form, "foreseen": foreseen(preview.text)}).status_code == 200
    row = row_of(house, day)
    assert row is not None
    assert row.closed_from is not None
    assert f"{row.closed_from:%H:%M}" == "13:30"
    assert "closed from 13:30" in shown(admin.get(PATH))


def test_the_hours_of_a_duty_court_are_kept_and_wrong_ones_refused(house: House) -> None:
    form = {"province": "06", "open_from": "17:00", "open_until": "08:00", "words": "Adliye santrali"}
    assert administrator(house, stepped_up=False).post("/catalogues/duty-courts", form).status_code == 403
    admin = administrator(house)
    assert admin.post("/catalogues/duty-courts", form).status_code == 303
    assert "Ankara 17:00-08:00 Adliye santrali" in shown(admin.get(PATH))
    for change, told in (({"open_from": "25:00"}, "Enter an hour"), ({"province": "99"}, "Choose a province.")):
        refused = admin.post("/catalogues/duty-courts", form | change)
        assert refused.status_code == 422
        assert told in shown(refused)


def test_nobody_but_an_administrator_opens_the_calendar(house: House) -> None:
    day = date(2030, 5, 6)
    for role in ("director", "legal", "shift_lead", "social_worker"):
        reader = house.browser(role)
        answers = (
            reader.get(PATH),
            reader.post(PATH, form_of(day)),
            reader.post(f"{PATH}/confirm", form_of(day)),
            reader.post("/catalogues/duty-courts", {"province": "06"}),
        )
        assert {answer.status_code for answer in answers} == {403}
    assert row_of(house, day) is None
