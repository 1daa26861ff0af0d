"""The intake record is whole: every field is saved by its own, shown again, sealed where it says what she said."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

from sqlalchemy import text

from core.clock import now
from core.unit_of_work import unit_of_work
from intake.codes import fields as coded_fields
from intake.fields import TEXTS
from intake.models import SafeContact
from staff import service as staff_service
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import taken_call
from tests.support.desk import TESTS
from tests.support.planted import NAME, SENTENCE

#: What the form asks of a record, each with an answer; what the house itself knows is not asked.
ANSWERS: dict[str, list[str]] = {
    **{name: [SENTENCE[:60]] for name in TEXTS},
    **{name: [known.codes[0].code] for name, known in coded_fields().items() if name != "channel"},
    **{name: ["1"] for name in ("caller_not_alone", "wants_woman", "interpreter_needed", "location_kept")},
    "display_name": [NAME],
    "province_code": ["06"],
    "measure_until": ["2027-02-28"],
    "police_called_at": ["2026-11-23T21:40"],
    "next_contact": ["2026-11-30T10:00"],
}


def standing(page: str, name: str) -> list[str]:
    """What stands in a field of a page."""
    one = r"<(?:input|select|textarea)"
    controls = re.findall(rf'{one}[^>]* name="{name}".*?(?={one}|$)', page, re.DOTALL)
    found = []
    for control in controls:
        if control.startswith("<textarea"):
            found.append(unescape(control.split(">", 1)[1].split("</textarea>", 1)[0]))
        elif control.startswith("<select"):
            found += re.findall(r'value="([^"]*)" selected', control)
        elif 'type="radio"' in control or 'type="checkbox"' in control:
            found += re.findall(r'value="([^"]*)" checked', control.split(">", 1)[0])
        elif 'type="hidden"' not in control:
            found += [unescape(one) for one in re.findall(r' value="([^"]*)"', control.split(">", 1)[0])]
    return found


def test_every_field_is_asked_saved_by_itself_and_shown_again(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    page = operator.get(f"/contacts/{call}").text
    assert [name for name in ANSWERS if f' name="{name}"' not in page] == []
    for name, answer in ANSWERS.items():
        assert operator.save(path, {name: answer, "version": "0"}).get_json()["errors"] == [], name
    page = operator.get(f"/contacts/{call}").text
    assert {name: standing(page, name) for name in ANSWERS} == ANSWERS
    for name in ANSWERS:
        assert operator.save(path, {name: [""], "version": "1"}).get_json()["errors"] == [], name
    page = operator.get(f"/contacts/{call}").text
    assert {name for name in ANSWERS if standing(page, name) not in ([], [""])} == {"safe_to_talk"}


def test_what_cannot_be_read_is_named_and_costs_no_other_answer(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    wrong = {"measure_until": "yarın", "police_called_at": "dün", "children": "yedi"}
    saved = operator.save(path, {**wrong, "pregnancy": "yes", "version": "0"}).get_json()
    assert {one["field"] for one in saved["errors"]} == set(wrong)
    assert house.desk.intake(call).extra["pregnancy"] == "yes"


def test_her_words_are_sealed_and_nothing_of_it_is_needed_to_save(house: House) -> None:
    operator, call = taken_call(house)
    intake = house.desk.intake(call).id
    words = dict.fromkeys(TEXTS, SENTENCE[:60])
    assert operator.save(f"/intakes/{intake}", {**words, "version": "0"}).get_json()["errors"] == []
    sealed = ", ".join(f"{name}_sealed" for name in TEXTS)
    with unit_of_work(house.ground) as session:
        row = session.execute(text(f"SELECT {sealed} FROM intake_intakes WHERE id = :id"), {"id": intake}).one()  # noqa: S608 - names of ours
    assert all(value and SENTENCE[:20].encode() not in bytes(value) for value in row)


def agreement(house: House, call: UUID) -> SafeContact:
    intake = house.desk.intake(call).id
    with unit_of_work(house.ground) as session:
        found = session.query(SafeContact).where(SafeContact.intake_id == intake, SafeContact.superseded_at.is_(None))
        return found.one()


def agreed(house: House, **fields: str) -> tuple[Browser, UUID]:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    assert operator.save(path, {**fields, "version": "0"}).get_json()["errors"] == []
    return operator, call


def test_what_was_agreed_has_a_story_for_others_and_an_end(house: House) -> None:
    with unit_of_work(house.ground) as session:
        today = now(session).date()
    until = today + timedelta(days=30)
    operator, call = agreed(house, safe_call="neutral", safe_cover="delivery", safe_until=until.isoformat())
    kept = agreement(house, call)
    assert (kept.call, kept.cover_story) == ("neutral", "delivery")
    assert kept.expires_at is not None
    assert kept.expires_at.date() in (until, until + timedelta(days=1))
    page = operator.get(f"/contacts/{call}").text
    assert (standing(page, "safe_cover"), standing(page, "safe_until")) == (["delivery"], [until.isoformat()])
    path = f"/intakes/{house.desk.intake(call).id}"
    for name, value in (("safe_cover", "doktor"), ("safe_until", "bahar")):
        wrong = operator.save(path, {name: value, "version": "1"}).get_json()["errors"]
        assert [one["field"] for one in wrong] == [name]
    assert operator.save(path, {"safe_until": "", "version": "1"}).get_json()["errors"] == []
    assert (agreement(house, call).expires_at, agreement(house, call).cover_story) == (None, "delivery")
    assert operator.post(path, {"check_identity": "1", "how": "facts"}).status_code == 303
    assert "To somebody else A parcel" in shown(operator.get(f"/contacts/{call}"))


def test_what_is_folded_is_open_where_something_stands_in_it(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"

    def folds() -> list[bool]:
        section = operator.get(f"/contacts/{call}").text.split('id="s-caller"', 1)[1].split('id="s-violence"', 1)[0]
        return [" open" in one for one in re.findall(r"<details([^>]*)>", section)]

    assert folds() == [False]
    assert operator.save(path, {"children": "2", "version": "0"}).get_json()["errors"] == []
    assert folds() == [True]


def test_what_is_told_of_her_health_is_read_by_those_who_work_with_her_and_written_over_by_nobody_else(
    house: House,
) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    told = {"children": "2", "disability": ["", "sight"], "nationality_status": "undocumented"}
    hers = {**told, "display_name": NAME, "summary": SENTENCE}
    assert operator.save(path, {**hers, "version": "0"}).get_json()["errors"] == []

    def asked(browser: Browser) -> set[str]:
        page = browser.get(f"/contacts/{call}").text
        assert (NAME in page) == ('name="display_name"' in page)
        assert (SENTENCE in page) == ('name="summary"' in page)
        return {name for name in hers if f'name="{name}"' in page}

    lead = house.browser("shift_lead")
    assert asked(operator) == set(hers)
    assert asked(lead) == {"display_name", "summary"}
    assert asked(house.browser("director")) == set()
    saved = lead.save(path, {"children": "0", "district": "Mamak", "version": "1"}).get_json()
    assert [error["field"] for error in saved["errors"]] == ["children"]
    kept = house.desk.intake(call)
    assert (kept.extra["children"], kept.extra["nationality_status"]) == ("2", "undocumented")
    # Who takes her reads what was told, and goes on with it.
    taker = house.browser("shift_lead", ready=True)
    with unit_of_work(house.ground) as session:
        staff_service.grant(
            session, TESTS, subject_kind="contact", subject_id=call, grantee_kind="staff",
            grantee_id=taker.account_id, reason="assigned",
        )  # fmt: skip
    assert asked(taker) == set(hers)


def test_the_screening_asks_nothing_under_the_name_of_a_field(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    assert operator.save(path, {"pregnancy": "no", "version": "0"}).get_json()["errors"] == []
    page = operator.get(f"/contacts/{call}").text
    asked = page.split('id="s-screening"', 1)[1].split('id="s-outcome"', 1)[0]
    names = set(re.findall(r' name="([^"]+)"', asked))
    assert "screening_pregnancy" in names
    assert not names & set(coded_fields())
    assert operator.save(f"{path}/screening", {"screening_pregnancy": "yes"}).status_code == 200
    page = operator.get(f"/contacts/{call}").text
    assert [standing(page, name) for name in ("pregnancy", "screening_pregnancy")] == [["no"], ["yes"]]
