"""He may be on her number: the same words whether she is known or not, nothing filed as hers, the owner alerted."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.models import Case, Task
from routing.service import add_shift
from staff.rules import next_review
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_identity import HINT, OTHER, SURE, Known, known_woman, tells
from tests.edge.dashboard.test_workspace import acts, taken_call
from tests.support.desk import TESTS
from tests.support.house import Clock

FIRST = "I do not tell anybody whether somebody has reached us."


@pytest.fixture
def known(house: House) -> Known:
    return known_woman(house)


def suspect(house: House, operator: Browser, contact: UUID) -> None:
    assert operator.post(f"/intakes/{house.desk.intake(contact).id}/other-party").status_code == 303


def tasks(known: Known) -> list[Task]:
    with unit_of_work(known.house.ground) as session:
        case_id = session.scalars(select(Case.id).where(Case.ref == known.ref)).one()
        found = list(session.scalars(select(Task).where(Task.case_id == case_id)))
        assert all(one.title for one in found)
        return found


def person_of(page: str) -> str:
    """The right of the page without what differs between any two contacts."""
    [aside] = re.findall(r"<aside.*?</aside>", page, re.DOTALL)
    return re.sub(r"/intakes/[0-9a-f-]{36}|value=\"[^\"]{20,}\"", "", aside)


def dialog_of(page: str) -> str:
    [dialog] = re.findall(r'<dialog id="script".*?</dialog>', page, re.DOTALL)
    return dialog


def test_h14_the_words_are_the_same_whether_she_is_known_or_not(known: Known) -> None:
    one, contact = known.again()
    other, unknown = taken_call(known.house)
    before = [person.get(f"/contacts/{call}").text for person, call in ((one, contact), (other, unknown))]
    # The words stand in the page before the key is pressed: nothing is looked up for them.
    assert FIRST in dialog_of(before[0])
    assert dialog_of(before[0]) == dialog_of(before[1])
    suspect(known.house, one, contact)
    suspect(known.house, other, unknown)
    after = [person.get(f"/contacts/{call}").text for person, call in ((one, contact), (other, unknown))]
    assert FIRST in person_of(after[0])
    assert person_of(after[0]) == person_of(after[1])
    assert HINT not in shown(one.get(f"/contacts/{contact}"))


def test_a_check_is_over_with_it_and_no_other_is_taken(known: Known) -> None:
    operator, contact = known.again()
    path = f"/intakes/{known.house.desk.intake(contact).id}"
    operator.post(path, SURE)
    assert tells(operator.get(f"/contacts/{contact}").text, known) == list(known.told)
    suspect(known.house, operator, contact)
    page = operator.get(f"/contacts/{contact}")
    assert tells(page.text, known) == []
    assert OTHER not in shown(page)
    assert operator.post(path, SURE).status_code == 422
    assert acts(known.house, "identity_withdrawn", contact)[0].detail == {"why": "other_party"}
    assert acts(known.house, "other_party_suspected", contact)[0].actor_id == operator.account_id


def test_nothing_leads_from_there_to_her_case_or_to_a_shelter(known: Known) -> None:
    operator, contact = known.again()
    path = f"/intakes/{known.house.desk.intake(contact).id}"
    assert 'value="shelter_tonight"' in operator.get(f"/contacts/{contact}").text
    suspect(known.house, operator, contact)
    page = operator.get(f"/contacts/{contact}").text
    ours = page.split("<main")[1]
    assert set(re.findall(r'href="(/cases[^"]*|/contacts/[^"]*|/intakes/[^"]*)"', ours)) == {f"/contacts/{contact}"}
    assert 'value="shelter_tonight"' not in page
    assert operator.post(f"/contacts/{contact}/escalate", {"reason": "shelter_tonight"}).status_code == 422
    assert f'action="{path}/open-case"' not in page
    refused = operator.post(f"{path}/open-case")
    assert refused.status_code == 422
    assert "it is not filed as hers" in shown(refused)


def test_it_is_no_part_of_her_story_and_of_what_is_told_of_her_number(known: Known) -> None:
    operator, contact = known.again("sms")
    suspect(known.house, operator, contact)
    assert operator.post(f"/contacts/{contact}/close").status_code == 303
    page = known.worker.get(f"/cases/{known.ref}").text
    assert "benim" not in page
    later, again = known.again()
    assert OTHER in shown(later.get(f"/contacts/{again}"))
    later.post(f"/intakes/{known.house.desk.intake(again).id}", SURE)
    told = later.get(f"/contacts/{again}").text
    assert known.intake_ref in told
    assert known.house.desk.intake(contact).ref not in told


def test_a_thread_of_hers_that_he_took_over_leaves_her_story(known: Known) -> None:
    operator, contact = taken_call(known.house)
    intake = known.house.desk.intake(contact).id
    ref = operator.post(f"/intakes/{intake}/open-case").headers["Location"].removeprefix("/cases/")
    assert "Her call rang" in shown(operator.get(f"/cases/{ref}"))
    suspect(known.house, operator, contact)
    page = shown(operator.get(f"/cases/{ref}"))
    assert "Her call rang" not in page
    assert "the other party was on the line" in page or "karşı taraf" in page
    assert f'href="/cases/{ref}"' not in operator.get(f"/contacts/{contact}").text.split("<main")[1]
    cleared = operator.post(f"/intakes/{intake}/other-party/clear", {"reason": " "})
    assert cleared.status_code == 422
    assert operator.post(f"/intakes/{intake}/other-party/clear", {"reason": "yanlış bastım"}).status_code == 303
    assert "Her call rang" in shown(operator.get(f"/cases/{ref}"))


def test_h14_the_owner_is_alerted_once_at_her_next_shift(known: Known) -> None:
    with unit_of_work(known.house.ground) as session:
        moment = now(session)
        start = moment + timedelta(hours=20)
        add_shift(
            session,
            TESTS,
            account_id=known.worker.account_id,
            centre_id=known.house.desk.centre_id,
            line_id=known.house.desk.line.line_id,
            role="oncall",
            start=start,
            end=start + timedelta(hours=8),
        )
    operator, contact = known.again()
    suspect(known.house, operator, contact)
    suspect(known.house, operator, contact)
    [task] = tasks(known)
    assert (task.assignee_id, task.due_at) == (known.worker.account_id, start)
    assert "May be" not in shown(operator.get("/"))


def test_without_a_rota_she_is_alerted_in_the_morning(known: Known, hand: Clock) -> None:
    operator, contact = known.again()
    suspect(known.house, operator, contact)
    [task] = tasks(known)
    with unit_of_work(known.house.ground) as session:
        assert task.due_at == next_review(now(session))
    hand.advance(24 * 3600)
    worker = known.house.browser(account_id=known.worker.account_id)
    assert known.ref in worker.get("/").text


def test_an_unknown_number_alerts_nobody_and_is_warned_of_later(house: House) -> None:
    operator, contact = taken_call(house)
    suspect(house, operator, contact)
    with unit_of_work(house.ground) as session:
        assert session.scalars(select(Task).join(Case).where(Case.centre_id == house.desk.centre_id)).all() == []


def test_only_who_works_on_it_may_mark_it(known: Known, elsewhere: House) -> None:
    _, contact = known.again()
    path = f"/intakes/{known.house.desk.intake(contact).id}/other-party"
    assert elsewhere.browser("shift_lead").post(path).status_code == 404
    assert known.house.browser("operator").post(path).status_code == 404
    assert known.house.browser("director").post(path).status_code == 403
    assert acts(known.house, "other_party_suspected", contact) == []
