"""An administrator changes working days, duty courts and measures: she sees first what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from escalation.cases.clock.models import CalendarRow, Deadline, DutyCourt
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.models import MeasureVersion
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_decisions import Desk, desk_of

__all__ = ["desk_of"]


@pytest.fixture
def admin(house: House) -> Iterator[Browser]:
    """An administrator who entered her code again; the shipped data stand again when she is gone."""
    yield house.browser("admin", stepped_up=True)
    with unit_of_work(house.ground) as session:
        session.execute(delete(CalendarRow).where(CalendarRow.origin == "administrator"))
        session.execute(delete(DutyCourt))
        session.execute(delete(MeasureVersion).where(MeasureVersion.origin == "administrator"))
        session.execute(update(MeasureVersion).values(state="current"))


def monday_after(day: date) -> date:
    """The next Monday but one: an ordinary day that lies ahead."""
    return day + timedelta(days=14 - day.weekday())


def closed(on: date, **more: str) -> dict[str, str]:
    names = {"title_tr": "İdari izin", "title_en": "Administrative leave", "reason": "Genelge 2026/9"}
    return {"day": on.isoformat(), "closed": "whole", "hour": "", **names, **more}


def ends(desk: Desk) -> dict[str, object]:
    with unit_of_work(desk.house.ground) as session:
        rows = session.execute(select(Deadline.rule, Deadline.safe_at).where(Deadline.case_id == desk.case))
        return {row.rule: row.safe_at for row in rows}


def test_a_day_is_closed_after_she_saw_what_it_moves(desk_of: Desk, admin: Browser) -> None:
    day = monday_after(desk_of.today)
    # What ends on the Tuesday is safely acted on until Monday evening.
    desk_of.record(length="", ends=(day + timedelta(days=1)).isoformat())
    before = ends(desk_of)
    looked = admin.post("/working-days", closed(day))
    assert looked.status_code == 200
    assert "What this would move" in shown(looked)
    assert "End of the measure" in shown(looked)
    assert desk_of.ref not in looked.text
    assert ends(desk_of) == before
    assert admin.post("/working-days/save", closed(day)).status_code == 303
    assert ends(desk_of)["measure_expiry"] < before["measure_expiry"]  # type: ignore[operator]
    page = shown(admin.get("/working-days"))
    assert re.search(rf"{day:%d.%m.%Y}.*closed.*Administrative leave.*changed here", page, re.DOTALL)
    with unit_of_work(desk_of.house.ground) as session:
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == day.isoformat())).all()
    assert acts == ["calendar_changed"]


def test_what_moves_nothing_is_said_and_half_a_day_is_written_as_such(desk_of: Desk, admin: Browser) -> None:
    day = monday_after(desk_of.today) + timedelta(days=364)
    half = closed(day, closed="hour", hour="13:00")
    assert "No period that runs would move." in shown(admin.post("/working-days", half))
    assert admin.post("/working-days/save", half).status_code == 303
    assert "closed from 13:00" in shown(admin.get("/working-days"))


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"day": "soon"}, "day", "Choose a day."),
        ({"day": "2020-01-06"}, "day", "This day is over"),
        ({"closed": ""}, "closed", "Say whether offices are closed."),
        ({"closed": "hour", "hour": "late"}, "hour", "Write a time"),
        ({"title_en": ""}, "title_tr", "in both languages"),
        ({"reason": ""}, "reason", "which announcement"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    desk_of: Desk, admin: Browser, more: dict[str, str], field: str, words: str
) -> None:
    for path in ("/working-days", "/working-days/save"):
        answer = admin.post(path, closed(monday_after(desk_of.today), **more))
        assert answer.status_code == 422
        assert f'href="#f-{field}"' in answer.text
        assert words in shown(answer)
        assert 'value="İdari izin"' in answer.text


def test_a_duty_court_has_its_hours(admin: Browser) -> None:
    hours = {"province": "06", "open_from": "09:00", "open_until": "22:30", "words": "nöbetçi kalemi"}
    assert admin.post("/working-days/court", hours).status_code == 303
    assert "09:00–22:30 · nöbetçi kalemi" in shown(admin.get("/working-days"))
    for more, words in (({"open_from": "dawn"}, "Write a time"), ({"province": "99"}, "Choose a province.")):
        wrong = admin.post("/working-days/court", {**hours, **more})
        assert (wrong.status_code, words in shown(wrong)) == (422, True)


def measure_form(**more: object) -> dict[str, object]:
    return {
        "ref": "5/1-a", "title_tr": "Tehdit etmeme", "title_en": "No threats", "issued_by": ["judge"],
        "approver": "judge", "hours": "24", "mark": "BELIEVED", "source": "Law 6284, Art. 5/1-a", **more,
    }  # fmt: skip


def test_a_measure_is_changed_after_its_difference_and_decisions_keep_theirs(desk_of: Desk, admin: Browser) -> None:
    where = desk_of.record(codes=["o5_a"])
    old = shown(desk_of.lawyer.get(where))
    assert "Tehdit etmeme" not in old
    assert 'value="5/1-a"' in admin.get("/measures/o5_a").text
    assert admin.post("/measures/o5_a", measure_form()).status_code == 303
    page = admin.get("/measures")
    assert "Tehdit etmeme" in page.text
    assert re.search(r"How sure.*VERIFIED.*BELIEVED", shown(page), re.DOTALL)
    form = desk_of.lawyer.get(f"/cases/{desk_of.case}/decisions/new")
    assert "No threats" not in form.text
    proposal = re.search(r'action="(/measures/proposals/[0-9a-f-]+)"', page.text)
    assert proposal is not None
    assert admin.post(proposal[1], {"do": "confirm"}).status_code == 303
    assert "No threats" in desk_of.lawyer.get(f"/cases/{desk_of.case}/decisions/new").text
    assert "No threats" not in desk_of.lawyer.get(where).text
    assert admin.post(proposal[1], {"do": "confirm"}).status_code == 404


def test_a_change_is_taken_back_and_one_that_was_overtaken_is_not_confirmed(admin: Browser, house: House) -> None:
    for title in ("Bir", "İki"):
        assert admin.post("/measures/o5_b", measure_form(ref="5/1-b", title_tr=title)).status_code == 303
    waiting = re.findall(r'action="(/measures/proposals/[0-9a-f-]+)"', admin.get("/measures").text)
    assert len(waiting) == 2
    assert admin.post(waiting[0], {"do": "confirm"}).status_code == 303
    late = admin.post(waiting[1], {"do": "confirm"})
    assert (late.status_code, "Another version came meanwhile" in shown(late)) == (422, True)
    assert admin.post(waiting[1], {"do": "drop"}).status_code == 303
    assert "/measures/proposals/" not in admin.get("/measures").text
    with unit_of_work(house.ground) as session:
        assert measures(session)["o5_b"][1].title.tr == "Bir"


def test_another_measure_and_what_cannot_stand(admin: Browser, house: House) -> None:
    new = measure_form(code="p3_new", side="protective", article="3", letter="e", ref="3/1-e", approver="", hours="")
    for more, field in (({"code": "Ç 1"}, "code"), ({"issued_by": []}, "issued_by"), ({"title_en": ""}, "title_tr"),
                        ({"approver": "judge", "hours": "soon"}, "hours"), ({"mark": "SURE"}, "mark")):  # fmt: skip
        wrong = admin.post("/measures/new", {**new, **more})
        assert (wrong.status_code, f'href="#f-{field}"' in wrong.text) == (422, True), field
        assert 'value="3/1-e"' in wrong.text
    assert admin.post("/measures/new", new).status_code == 303
    proposal = re.search(r'action="(/measures/proposals/[0-9a-f-]+)"', admin.get("/measures").text)
    assert proposal is not None
    assert admin.post(proposal[1], {"do": "confirm"}).status_code == 303
    with unit_of_work(house.ground) as session:
        assert measures(session)["p3_new"][1].ref == "3/1-e"
    unchanged = admin.post("/measures/p3_new", {**new, "code": "other"})
    assert (unchanged.status_code, "Nothing would change." in shown(unchanged)) == (422, True)
    assert admin.get("/measures/nothing").status_code == 404


def test_only_an_administrator_and_only_after_her_code(house: House) -> None:
    for role in ("legal", "director", "shift_lead"):
        assert {house.browser(role).get(path).status_code for path in ("/working-days", "/measures")} == {403}
    without = house.browser("admin")
    answer = without.post("/working-days/save", closed(date(2030, 1, 7)))
    assert "/step-up" in answer.text
    with unit_of_work(house.ground) as session:
        assert session.get(CalendarRow, date(2030, 1, 7)) is None
