"""Who told of somebody else is kept apart from her record, and opened with a reason that stands in the audit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core.unit_of_work import unit_of_work
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_callers import path_of, say
from tests.edge.dashboard.test_workspace import acts, taken_call
from tests.support.planted import ADDRESS, NAME, number

_NUMBER = number()
_HERS = {"relation": "neighbour", "anonymous": "1", "number": _NUMBER, "words": ADDRESS}
_SECRETS = (NAME, _NUMBER, ADDRESS)


def disclose(browser: Browser, house: House, contact: UUID, reason: str = "safety") -> Any:
    return browser.post(f"{path_of(house, contact)}/informant/show", {"reason": reason})


def stored(house: House, contact: UUID) -> list[Any]:
    with unit_of_work(house.ground) as session:
        wanted = text(
            "SELECT one.*, mine.data_key_id AS of_intake FROM intake_informants one"
            " JOIN intake_intakes mine ON mine.id = one.intake_id WHERE mine.contact_id = :contact"
        )
        return list(session.execute(wanted, {"contact": contact}))


@pytest.mark.parametrize("role", ["third_party", "professional"])
def test_h15_who_told_is_kept_apart_from_her_record_and_opened_with_a_reason_alone(
    house: House, elsewhere: House, role: str
) -> None:
    operator, call = taken_call(house)
    path = path_of(house, call)
    assert operator.save(path, {"display_name": NAME, "district": "Çankaya", "version": "0"}).get_json()["errors"] == []
    say(house, operator, call, role)
    assert operator.post(f"{path}/informant", _HERS).status_code == 303
    page = operator.get(f"/contacts/{call}")
    assert "Neighbour · Wishes to be named to nobody. · Kept apart: name, number, words" in shown(page)
    [row] = stored(house, call)
    assert row.data_key_id != row.of_intake
    # Whoever wrote it reads it no more, nor does a lead.
    lead = house.browser("shift_lead")
    assert [disclose(one, house, call).status_code for one in (operator, lead)] == [403, 403]
    worker = house.browser("social_worker")
    assert disclose(worker, house, call).status_code in (403, 404)
    assert disclose(elsewhere.browser("social_worker"), house, call).status_code == 404
    ref = operator.post(f"{path}/open-case").headers["Location"].removeprefix("/cases/")
    house.grant(worker, call, ref)
    refused = disclose(worker, house, call, "curious")
    assert refused.status_code == 422
    assert "Choose one of the list." in shown(refused)
    opened = disclose(worker, house, call)
    assert [word for word in _SECRETS if word not in opened.text] == []
    [entry] = acts(house, "informant_disclosed", house.desk.intake(call).id)
    assert (entry.actor_id, entry.detail) == (worker.account_id, {"reason": "safety"})
    # No other page has it, for anybody: neither the contact, nor her case, nor what is copied from them.
    with unit_of_work(house.ground) as session:
        case = session.execute(text("SELECT id FROM cases_cases WHERE ref = :ref"), {"ref": ref}).scalar_one()
    for browser in (operator, lead, worker):
        for place in (f"/contacts/{call}", f"{path}/copy", f"/cases/{ref}", f"/cases/{case}/copy"):
            assert [word for word in _SECRETS if word in browser.get(place).text] == [], place


def test_a_name_typed_while_somebody_else_calls_does_not_stay_in_the_form_and_an_empty_one_leaves_what_stands(
    house: House,
) -> None:
    operator, call = taken_call(house)
    path = path_of(house, call)
    refused = operator.post(f"{path}/informant", _HERS)
    assert refused.status_code == 422
    assert "She herself calls here" in shown(refused)
    assert stored(house, call) == []
    both = {"caller_role": "third_party", "display_name": NAME, "version": "0"}
    assert operator.save(path, both).get_json()["errors"] == []
    assert NAME not in operator.get(f"/contacts/{call}").text
    [before] = stored(house, call)
    assert operator.post(f"{path}/informant", {"relation": "friend", "name": ""}).status_code == 303
    [after] = stored(house, call)
    assert (after.name_sealed, after.relation, after.anonymous) == (before.name_sealed, "friend", False)
    for wrong in ({"relation": "him"}, {"name": "x" * 201}):
        assert operator.post(f"{path}/informant", wrong).status_code == 422
