"""The 112 card: what stands on it, for whom, and what is kept of the call that a person made."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from core.clock import now, shift
from core.sweeping import sweep
from core.unit_of_work import unit_of_work
from intake.models import EmergencyCall, Intake
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import acts, number_of, taken_call
from tests.support.planted import ADDRESS, NAME, SENTENCE

_REFERENCE = "2026-114-7781"


def card_of(page: str) -> str:
    """What is read out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(page.split("read-out", 1)[1].split("</dl>", 1)[0])))


def told(house: House, operator: Browser, **other: str) -> dict[str, str]:
    with unit_of_work(house.ground) as session:
        at = now(session).astimezone(ZoneInfo("Europe/Istanbul")).strftime("%Y-%m-%dT%H:%M")
    form = {"by": str(operator.account_id), "telephone": "desk", "which": "0312 000 00 77", "at": at}
    return {**form, "reference": _REFERENCE, "outcome": "on_the_way", "words": "kapı kilitli", **other}


def written(house: House, contact: UUID) -> list[EmergencyCall]:
    with unit_of_work(house.ground) as session:
        rows = session.query(EmergencyCall).filter(EmergencyCall.contact_id == contact).all()
        for row in rows:
            assert isinstance((row.reference, row.words, row.which), tuple)
        return rows


def test_the_card_says_the_place_first_and_neither_name_nor_number_nor_her_words(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    empty = card_of(operator.get(f"/contacts/{call}").text)
    assert empty.lstrip('"> ').startswith("Where she is Not known: ask her first.")
    said = {"location_now": ADDRESS, "province_code": "06", "display_name": NAME, "summary": SENTENCE}
    ticked = {"violence_types": ["", "physical"], "immediate_danger": "yes", "language": "ku", "relation": "ex_spouse"}
    assert operator.save(path, {**said, **ticked, "version": "0"}).get_json()["errors"] == []
    operator.save(f"{path}/screening", {"weapon": "yes", "child_in_danger": "yes", "version": "1"})
    card = card_of(operator.get(f"/contacts/{call}").text)
    for words in (
        ADDRESS,
        "Ankara",
        "Danger",
        "in danger now",
        "Physical",
        "Yes",
        "a child is in danger now",
        "Kurdish",
    ):
        assert words in card, words
    for words in (NAME, SENTENCE, number_of(house, call).lstrip("+")):
        assert words not in card
    colleague = house.browser("operator")
    assert ADDRESS not in colleague.get(f"/contacts/{call}").text
    assert "read-out" not in colleague.get(f"/contacts/{call}").text


def test_what_was_done_is_kept_sealed_and_stands_beside_her_contact(house: House) -> None:
    operator, call = taken_call(house)
    operator.save(f"/intakes/{house.desk.intake(call).id}", {"location_now": ADDRESS, "version": "0"})
    assert operator.post(f"/contacts/{call}/112", told(house, operator)).status_code == 303
    [row] = written(house, call)
    assert (row.telephone, row.outcome, row.caller_id) == ("desk", "on_the_way", operator.account_id)
    assert (row.reference, row.which) == (_REFERENCE, "0312 000 00 77")
    assert row.words is not None
    assert ADDRESS in row.words
    assert row.words.endswith("kapı kilitli")
    with unit_of_work(house.ground) as session:
        raw = session.execute(text("SELECT * FROM intake_emergency_calls WHERE id = :id"), {"id": row.id}).one()
        facts = (
            session.execute(text("SELECT payload FROM core_facts WHERE kind = 'EmergencyCallNoted'")).scalars().all()
        )
    assert not [value for value in raw if any(one in str(value) for one in (_REFERENCE, ADDRESS, "000 00 77"))]
    mine = [fact for fact in facts if fact["call_id"] == str(row.id)]
    assert [fact["outcome"] for fact in mine] == ["on_the_way"]
    [entry] = acts(house, "emergency_call_noted", house.desk.intake(call).id)
    assert entry.detail == {"telephone": "desk", "outcome": "on_the_way", "referenced": True}
    page = shown(operator.get(f"/contacts/{call}"))
    assert "A team was sent" in page
    assert _REFERENCE in page
    board = operator.json("/board/snapshot")
    assert [one["marks"] for one in _rows(board) if one["id"] == str(call)] == [["called_112"]]
    assert _REFERENCE not in str(board)


def _rows(board: Any) -> list[dict[str, Any]]:
    return [row for row in board["rows"] if isinstance(row, dict)]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"which": ""}, ""),
        ({"telephone": "koza"}, "Choose one of the list."),
        ({"outcome": ""}, "Choose one of the list."),
        ({"at": "2999-01-01T10:00"}, "This time has not come yet."),
        ({"at": "2020-01-01T10:00"}, "At this time she had not reached us."),
        ({"at": "elma"}, "Enter a date and a time."),
        ({"reference": "7" * 61}, "This is too long."),
        ({"by": "00000000-0000-4000-8000-000000000000"}, "Choose who called."),
        ({"by": "elma"}, "Choose who called."),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed(house: House, wrong: dict[str, str], sentence: str) -> None:
    operator, call = taken_call(house)
    answer = operator.post(f"/contacts/{call}/112", told(house, operator, **wrong))
    assert answer.status_code == (422 if sentence else 303)
    if sentence:
        assert sentence in shown(answer)
        assert "kapı kilitli" in answer.text
        assert re.search(r'<dialog id="c112" data-open', answer.text)
    assert len(written(house, call)) == (not sentence)


def test_a_line_of_ours_never_carried_it(house: House) -> None:
    operator, call = taken_call(house)
    answer = operator.post(f"/contacts/{call}/112", told(house, operator, which=house.desk.line.number))
    assert answer.status_code == 422
    assert "This is a line of Koza, and 112 is not reached from it." in shown(answer)
    assert written(house, call) == []
    with unit_of_work(house.ground) as session:
        sends = session.execute(text("SELECT count(*) FROM hotline_sends WHERE owner_kind LIKE '%112%'")).scalar_one()
    assert sends == 0


def test_somebody_of_another_centre_and_a_colleague_write_nothing(house: House, elsewhere: House) -> None:
    operator, call = taken_call(house)
    form = told(house, operator)
    assert house.browser("operator").post(f"/contacts/{call}/112", form).status_code in (403, 404)
    assert elsewhere.browser("operator").post(f"/contacts/{call}/112", form).status_code == 404
    assert written(house, call) == []
    other = told(house, operator, by=str(elsewhere.browser("operator").account_id))
    assert operator.post(f"/contacts/{call}/112", other).status_code == 422


def test_the_place_is_forgotten_after_a_day_unless_it_is_kept(house: House) -> None:
    operator, call = taken_call(house)
    other, kept = taken_call(house)
    for who, contact, flag in ((operator, call, ""), (other, kept, "1")):
        fields = {"location_now": ADDRESS, "location_kept": ["", flag] if flag else [""], "version": "0"}
        who.save(f"/intakes/{house.desk.intake(contact).id}", fields)
    with unit_of_work(house.ground) as session:
        shift(session, timedelta(hours=24, minutes=1))
    while sweep(house.ground):
        pass
    with unit_of_work(house.ground) as session:
        places = {
            contact: session.query(Intake).filter(Intake.contact_id == contact).one().location_now
            for contact in (call, kept)
        }
    assert places == {call: None, kept: ADDRESS}
    assert acts(house, "location_forgotten", house.desk.intake(call).id)
