"""A known number is a hint: before somebody made sure who speaks, nothing tells who she might be, on any way in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from escalation.cases import service as cases
from escalation.cases.models import Case
from intake.models import IdentityCheck, SafeContact
from staff import service as staff_service
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import acts
from tests.support.desk import TESTS
from tests.support.house import Clock
from tests.support.line import fresh_number

HINT = "Known number: use no name"
OTHER = "This number is recorded for the other party too"
SURE = {"check_identity": "1", "how": "question"}


@dataclass(frozen=True)
class Known:
    """A woman who wrote before, agreed how she may be reached, and became a case; and her number."""

    house: House
    worker: Browser
    number: str
    before: UUID
    ref: str

    @property
    def intake_ref(self) -> str:
        return self.house.desk.intake(self.before).ref

    @property
    def told(self) -> tuple[str, ...]:
        """What would tell who she might be."""
        return self.ref, self.intake_ref, "ablası Nurten", "weekdays 10:00-15:00"

    def safe(self) -> dict[str, object]:
        """What binds her number now, as it is stored."""
        names = ("call", "sms", "days", "from_minute", "to_minute", "who_may_answer", "code_word_hash", "confirmed_at")
        with unit_of_work(self.house.ground) as session:
            [row] = session.scalars(
                select(SafeContact).where(
                    SafeContact.intake_id.is_not(None),
                    SafeContact.superseded_at.is_(None),
                    SafeContact.address_index.in_(
                        select(SafeContact.address_index).where(
                            SafeContact.intake_id == self.house.desk.intake(self.before).id
                        )
                    ),
                )
            )
            return {name: getattr(row, name) for name in names}

    def again(self, channel: str = "voice") -> tuple[Browser, UUID]:
        """Somebody calls or writes from her number, and an operator who may read her case takes it."""
        operator = self.house.browser("operator", ready=True)
        desk = self.house.desk
        contact = desk.call(self.number) if channel == "voice" else desk.text("benim", self.number)
        assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
        with unit_of_work(self.house.ground) as session:
            case_id = session.scalars(select(Case.id).where(Case.ref == self.ref)).one()
            for kind, subject in (("case", case_id), ("contact", self.before)):
                staff_service.grant(
                    session,
                    TESTS,
                    subject_kind=kind,
                    subject_id=subject,
                    grantee_kind="staff",
                    grantee_id=operator.account_id,
                    reason="assigned",
                )
        return operator, contact


@pytest.fixture
def known(house: House) -> Known:
    return known_woman(house)


def known_woman(house: House) -> Known:
    """As :class:`Known`."""
    worker, number = house.browser("social_worker", ready=True), fresh_number()
    before = house.desk.text("merhaba", number)
    assert worker.post(f"/offers/{before}/accept", json=True).get_json() == {"won": True}
    path = f"/intakes/{house.desk.intake(before).id}"
    for field, answer in (("safe_who", "ablası Nurten"), ("safe_when", "weekdays 10:00 to 15:00"), ("safe_sms", "ok")):
        assert worker.save(path, {field: answer}).get_json()["errors"] == []
    ref = worker.post(f"{path}/open-case").headers["Location"].removeprefix("/cases/")
    assert worker.post(f"/contacts/{before}/close").status_code == 303
    return Known(house, worker, number, before, ref)


def tells(page: str, known: Known) -> list[str]:
    return [told for told in known.told if told in unescape(page)]


@pytest.mark.parametrize("channel", ["voice", "sms"])
def test_h16_a_known_number_is_a_hint_until_somebody_made_sure(known: Known, channel: str) -> None:
    operator, contact = known.again(channel)
    path = f"/intakes/{known.house.desk.intake(contact).id}"
    page = operator.get(f"/contacts/{contact}")
    assert HINT in shown(page)
    assert OTHER not in shown(page)
    assert tells(page.text, known) == []
    assert tells(operator.get(f"{path}/copy").text, known) == []
    assert tells(operator.post("/search", {"q": known.number}).text, known) == []
    snapshot = operator.get("/board/snapshot").text
    assert str(contact) in snapshot
    assert tells(snapshot, known) == []
    assert operator.post(path, {"check_identity": "1"}).status_code == 422
    assert operator.post(path, {"check_identity": "1", "how": "code_word"}).status_code == 422
    assert tells(operator.get(f"/contacts/{contact}").text, known) == []
    assert operator.post(path, SURE).status_code == 303
    page = operator.get(f"/contacts/{contact}")
    assert tells(page.text, known) == list(known.told)
    assert "She answered the ordinary question that was agreed · Elif Deneme" in shown(page)
    assert known.intake_ref in operator.post("/search", {"q": known.number}).text
    [entry] = acts(known.house, "identity_checked", contact)
    assert (entry.actor_id, entry.detail) == (operator.account_id, {"how": "question"})


def test_a_check_is_taken_back_with_a_reason_and_closes_what_it_opened(known: Known) -> None:
    operator, contact = known.again()
    path = f"/intakes/{known.house.desk.intake(contact).id}"
    operator.post(path, SURE)
    refused = operator.post(f"{path}/identity", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why it is no longer sure who speaks." in shown(refused)
    assert operator.post(f"{path}/identity", {"reason": "ses başka"}).status_code == 303
    page = operator.get(f"/contacts/{contact}")
    assert HINT in shown(page)
    assert tells(page.text, known) == []
    assert acts(known.house, "identity_withdrawn", contact)[0].actor_id == operator.account_id
    with unit_of_work(known.house.ground) as session:
        [check] = session.scalars(select(IdentityCheck).where(IdentityCheck.contact_id == contact))
        assert (check.reason, check.ended_by, check.ended_how) == ("ses başka", operator.account_id, "withdrawn")
    assert operator.post(path, {**SURE, "how": "voice"}).status_code == 303
    assert tells(operator.get(f"/contacts/{contact}").text, known) == list(known.told)


def test_before_it_is_sure_who_speaks_her_agreement_can_only_forbid_more(known: Known, hand: Clock) -> None:
    operator, contact = known.again()
    path = f"/intakes/{known.house.desk.intake(contact).id}"
    hand.advance(40 * 86400, sweeping=False)
    operator = known.house.browser(account_id=operator.account_id)
    first = known.safe()
    for field, answer in (
        ("safe_when", "every day"),
        ("safe_call", "ok"),
        ("safe_who", "eşi"),
        ("safe_code_word", "yeni sözcük"),
    ):
        [error] = operator.save(path, {field: answer}).get_json()["errors"]
        assert error["field"] == field
        assert error["text"].startswith("Say first how you made sure who speaks.")
    assert known.safe() == first
    assert operator.save(path, {"safe_when": "monday 11:00 to 12:00", "safe_sms": "never"}).get_json()["errors"] == []
    assert known.safe() == {**first, "sms": "never", "days": [1], "from_minute": 660, "to_minute": 720}
    assert tells(operator.get(f"/contacts/{contact}").text, known) == []
    assert operator.post(path, SURE).status_code == 303
    wider = {"safe_sms": "ok", "safe_call": "neutral", "safe_code_word": "mavi"}
    assert operator.save(path, wider).get_json()["errors"] == []
    now = known.safe()
    assert (now["sms"], now["call"], now["code_word_hash"] is None) == ("ok", "neutral", False)
    assert now["confirmed_at"] > first["confirmed_at"]
    first_said = acts(known.house, "safe_contact_set", known.house.desk.intake(contact).id)[0]
    assert first_said.detail["held_back"] == "when"


def test_only_who_works_on_it_says_who_speaks(known: Known, elsewhere: House) -> None:
    _, contact = known.again()
    path = f"/intakes/{known.house.desk.intake(contact).id}"
    assert elsewhere.browser("shift_lead").post(path, SURE).status_code == 404
    assert known.house.browser("operator").post(path, SURE).status_code == 404
    assert known.house.browser("director").post(path, SURE).status_code == 403
    assert acts(known.house, "identity_checked", contact) == []
    assert known.house.browser("shift_lead").post(path, SURE).status_code == 303


def test_a_check_of_a_text_does_not_outlast_a_long_silence(known: Known, hand: Clock) -> None:
    operator, contact = known.again("sms")
    path = f"/intakes/{known.house.desk.intake(contact).id}"
    operator.post(path, SURE)
    hand.advance(13 * 3600, sweeping=False)
    operator = known.house.browser(account_id=operator.account_id)
    # Nobody wrote meanwhile: what she said is still hers.
    assert tells(operator.get(f"/contacts/{contact}").text, known) == list(known.told)
    known.house.desk.text("yine ben", known.number)
    page = operator.get(f"/contacts/{contact}")
    assert HINT in shown(page)
    assert tells(page.text, known) == []
    assert operator.post(path, SURE).status_code == 303
    assert tells(operator.get(f"/contacts/{contact}").text, known) == list(known.told)


def test_that_the_number_is_recorded_for_the_other_party_is_a_warning_and_no_more(known: Known) -> None:
    lead, desk = known.house.browser("shift_lead"), known.house.desk
    his = desk.call(known.number)
    lead.save(f"/intakes/{desk.intake(his).id}", {"caller_role": "perpetrator", "summary": "karımı arıyorum"})
    operator, contact = known.again()
    page = operator.get(f"/contacts/{contact}")
    assert OTHER in shown(page)
    assert tells(page.text, known) == []
    operator.post(f"/intakes/{desk.intake(contact).id}", SURE)
    page = operator.get(f"/contacts/{contact}")
    assert OTHER in shown(page)
    # What he said is not told as hers.
    assert desk.intake(his).ref not in page.text
    assert known.intake_ref in page.text


def test_a_later_contact_of_the_number_is_not_told_from_one_that_was_checked(known: Known) -> None:
    operator, first = known.again()
    operator.post(f"/intakes/{known.house.desk.intake(first).id}", SURE)
    later = known.house.desk.text("kim bu", known.number)
    assert known.house.desk.intake(later).ref not in operator.get(f"/contacts/{first}").text


def test_a_case_to_which_the_contact_was_linked_is_told_after_the_check(known: Known) -> None:
    operator, contact = known.again()
    intake = known.house.desk.intake(contact).id
    with unit_of_work(known.house.ground) as session:
        case_id = session.scalars(select(Case.id).where(Case.ref == known.ref)).one()
        cases.link_intake(session, TESTS, Scope.system("tests"), case_id, intake)
    assert known.ref not in operator.get(f"/contacts/{contact}").text
    operator.post(f"/intakes/{intake}", SURE)
    assert f'href="/cases/{known.ref}"' in operator.get(f"/contacts/{contact}").text


def test_saving_the_whole_form_before_the_check_keeps_what_was_agreed(known: Known) -> None:
    operator, contact = known.again()
    page = operator.get(f"/contacts/{contact}").text
    fields = dict.fromkeys(re.findall(r'name="(safe_\w+)"', page), "")
    assert "safe_when" in fields
    intake = known.house.desk.intake(contact).id
    operator.save(f"/intakes/{intake}", {**fields, "safe_call": "never"})
    agreed = known.safe()
    assert (agreed["call"], agreed["who_may_answer"], agreed["from_minute"]) == ("never", "ablası Nurten", 600)
