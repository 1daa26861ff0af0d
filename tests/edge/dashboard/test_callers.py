"""Who calls: one control for every kind, its words on the page beforehand, and what the server refuses meanwhile."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from core.unit_of_work import unit_of_work
from hotline.models import Call
from intake import queries
from intake.callers import callers, kinds
from intake.codes import fields
from intake.gate import may_reply
from intake.gate_rules import Channel, Purpose
from staff import service as staff
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_identity import SURE, Known, known_woman, tells
from tests.edge.dashboard.test_workspace import acts, taken_call, taken_text
from tests.support.desk import TESTS
from tests.support.house import Clock
from tests.support.line import fresh_number


@pytest.fixture
def known(house: House) -> Known:
    return known_woman(house)


def path_of(house: House, contact: UUID) -> str:
    return f"/intakes/{house.desk.intake(contact).id}"


def say(house: House, operator: Browser, contact: UUID, kind: str) -> None:
    assert operator.post(f"{path_of(house, contact)}/caller", {"kind": kind}).status_code == 303


def safe_call(house: House, contact: UUID) -> str | None:
    """What stands agreed about calling this contact's number."""
    with unit_of_work(house.ground) as session:
        found = queries.safe_contact_of_contact(session, Scope.system("tests"), contact)
        return found.call if found is not None else None


def test_every_role_and_class_of_the_record_that_needs_words_has_them() -> None:
    said = {kind.code for kind in callers().kinds}
    assert fields()["caller_role"].known - {"unknown"} <= said
    assert {"prank", "abusive"} <= said & fields()["contact_class"].known


def test_the_words_for_everybody_stand_on_the_page_before_and_are_the_same(known: Known) -> None:
    one, contact = known.again()
    other, unknown = taken_call(known.house)
    pages = [person.get(f"/contacts/{call}").text for person, call in ((one, contact), (other, unknown))]
    dialogs = [re.findall(r'<dialog id="script.*?</dialog>', page, re.DOTALL) for page in pages]
    assert len(dialogs[0]) == len(callers().kinds)
    assert dialogs[0] == dialogs[1]
    for kind in callers().kinds:
        assert any(kind.asked[0].en in shown_text for shown_text in map(_plain, dialogs[0]))


def _plain(html: str) -> str:
    return html.replace("&#39;", "'")


@pytest.mark.parametrize("kind", [kind.code for kind in callers().kinds if kind.recorded in fields()])
def test_the_kind_is_recorded_where_the_form_has_it_and_its_words_stay(house: House, kind: str) -> None:
    operator, call = taken_call(house)
    say(house, operator, call, kind)
    record = house.desk.intake(call)
    assert getattr(record, kinds()[kind].recorded) == kind
    page = shown(operator.get(f"/contacts/{call}"))
    assert f"Caller {kinds()[kind].label.en}" in re.sub(r"\s+", " ", page)
    assert acts(house, "caller_marked", record.id)[0].detail == {"kind": kind}
    say(house, operator, call, kind)
    assert len(acts(house, "caller_marked", record.id)) == 1


def test_an_unknown_kind_is_refused(house: House) -> None:
    operator, call = taken_call(house)
    assert operator.post(f"{path_of(house, call)}/caller", {"kind": "friend"}).status_code == 422
    assert house.desk.intake(call).caller_role is None


@pytest.mark.parametrize("kind", ["third_party", "professional", "perpetrator"])
def test_who_is_not_she_opens_nothing_of_hers(known: Known, kind: str) -> None:
    operator, contact = known.again()
    path = path_of(known.house, contact)
    operator.post(path, SURE)
    assert tells(operator.get(f"/contacts/{contact}").text, known) == list(known.told)
    say(known.house, operator, contact, kind)
    page = operator.get(f"/contacts/{contact}")
    assert tells(page.text, known) == []
    assert "Known number" not in shown(page)
    assert operator.post(path, SURE).status_code == 422
    assert len(acts(known.house, "identity_checked", contact)) == 1


@pytest.mark.parametrize("kind", ["third_party", "professional", "perpetrator"])
def test_nothing_is_agreed_about_her_with_somebody_else(house: House, kind: str) -> None:
    operator, call = taken_call(house)
    path = path_of(house, call)
    say(house, operator, call, kind)
    answer = operator.save(path, {"safe_call": "ok", "province_code": "06", "version": "1"}).get_json()
    assert [error["field"] for error in answer["errors"]] == ["safe_call"]
    assert safe_call(house, call) is None
    assert house.desk.intake(call).province_code == "06"


@pytest.mark.parametrize("kind", ["third_party", "professional", "perpetrator", "prank", "abusive"])
def test_h15_nobody_is_called_or_written_to_first_because_of_it(house: House, kind: str) -> None:
    operator, contact = taken_text(house)
    path = path_of(house, contact)
    operator.save(path, {"safe_call": "ok", "next_contact": "2031-01-05T10:00", "version": "0"})
    assert house.desk.intake(contact).next_contact is not None
    assert gate(house, contact, "voice", "callback") == ()
    say(house, operator, contact, kind)
    assert house.desk.intake(contact).next_contact is None
    assert "never_first" in gate(house, contact, "voice", "callback")
    assert "never_first" in gate(house, contact, "sms", "automatic")
    # What was just asked may be answered.
    assert gate(house, contact, "sms", "reply") == ()
    refused = operator.save(path, {"next_contact": "2031-01-05T10:00", "outcome": "callback_planned", "version": "9"})
    assert {error["field"] for error in refused.get_json()["errors"]} == {"next_contact", "outcome"}
    assert house.desk.intake(contact).next_contact is None


def gate(house: House, contact: UUID, channel: Channel, purpose: Purpose) -> tuple[str, ...]:
    """The reasons of the gate against it."""
    with unit_of_work(house.ground) as session:
        return may_reply(session, Scope.system("tests"), contact, channel=channel, purpose=purpose).reasons


def test_h11_of_a_telephone_that_a_child_uses_only_the_childs_own_word_counts(house: House) -> None:
    number = fresh_number()
    mother = house.browser("operator", ready=True)
    hers = house.desk.text("merhaba", number)
    mother.post(f"/offers/{hers}/accept", json=True)
    mother.save(path_of(house, hers), {"safe_call": "ok", "version": "0"})
    operator = house.browser("operator", ready=True)
    call = house.desk.call(number)
    operator.post(f"/offers/{call}/accept", json=True)
    assert gate(house, call, "voice", "callback") == ()
    say(house, operator, call, "child")
    assert gate(house, call, "voice", "callback") == ("not_agreed",)
    operator.save(path_of(house, call), {"safe_call": "ok", "safe_who": "kendisi", "version": "9"})
    assert gate(house, call, "voice", "callback") == ()


def test_a_child_does_not_undo_what_the_telephones_owner_forbade(house: House) -> None:
    number = fresh_number()
    mother, operator = house.browser("operator", ready=True), house.browser("operator", ready=True)
    hers = house.desk.text("merhaba", number)
    mother.post(f"/offers/{hers}/accept", json=True)
    mother.save(path_of(house, hers), {"safe_call": "never", "version": "0"})
    call = house.desk.call(number)
    operator.post(f"/offers/{call}/accept", json=True)
    say(house, operator, call, "child")
    errors = operator.save(path_of(house, call), {"safe_call": "ok", "safe_who": "kendisi", "version": "9"})
    assert [error["field"] for error in errors.get_json()["errors"]] == ["safe_call"]
    assert gate(house, call, "voice", "callback") == ("never",)


def test_the_answer_in_the_form_does_what_the_key_does(known: Known) -> None:
    operator, contact = known.again()
    path = path_of(known.house, contact)
    operator.post(path, SURE)
    operator.save(path, {"caller_role": "perpetrator", "version": "9"})
    page = operator.get(f"/contacts/{contact}")
    assert tells(page.text, known) == []
    assert "confirm nothing, deny nothing" in shown(page)
    assert kinds()["perpetrator"].asked[3].en in shown(page)
    assert operator.post(f"{path}/open-case").status_code == 422
    assert acts(known.house, "other_party_suspected", contact)


def test_that_he_is_the_perpetrator_is_taken_back_with_the_mark(house: House) -> None:
    operator, call = taken_call(house)
    say(house, operator, call, "perpetrator")
    path = path_of(house, call)
    assert operator.post(f"{path}/other-party/clear", {"reason": "yanlış bastım"}).status_code == 303
    assert house.desk.intake(call).caller_role is None
    assert "confirm nothing" not in shown(operator.get(f"/contacts/{call}"))


def test_h12_suicidal_is_danger_at_once_and_is_taken_back_with_a_reason(house: House) -> None:
    operator, call = taken_call(house)
    say(house, operator, call, "child")
    say(house, operator, call, "suicidal")
    record = house.desk.intake(call)
    assert (record.level, record.level_rule, record.caller_role) == (1, "suicidal", "child")
    page = shown(operator.get(f"/contacts/{call}"))
    assert "She may take her own life." in page
    assert kinds()["suicidal"].asked[0].en in page
    path = path_of(house, call)
    assert operator.post(f"{path}/caller/clear", {"kind": "suicidal", "reason": " "}).status_code == 422
    assert operator.post(f"{path}/caller/clear", {"kind": "suicidal", "reason": "yanlış anladım"}).status_code == 303
    after = house.desk.intake(call)
    # A person lowers the level, with a reason of its own.
    assert after.level == 1
    assert acts(house, "caller_unmarked", record.id)[0].detail == {"kind": "suicidal"}


def test_only_who_works_on_it_says_who_calls(house: House, elsewhere: House) -> None:
    _, call = taken_call(house)
    path = f"{path_of(house, call)}/caller"
    for act, sent in ((path, {"kind": "child"}), (f"{path}/clear", {"kind": "suicidal", "reason": "x"})):
        assert elsewhere.browser("shift_lead").post(act, sent).status_code == 404
        assert house.browser("operator").post(act, sent).status_code == 404
        assert house.browser("director").post(act, sent).status_code == 403
    assert house.desk.intake(call).caller_role is None


def suicidal_call(house: House) -> tuple[Browser, UUID]:
    operator, call = taken_call(house)
    with unit_of_work(house.ground) as session:
        session.get_one(Call, call).stage = "talking"
    say(house, operator, call, "suicidal")
    return operator, call


def test_a_suicidal_caller_is_not_handed_over_and_not_put_on_hold(house: House) -> None:
    operator, call = suicidal_call(house)
    for path, sent, reason in (
        ("hold", {"hold": "1"}, "she is not handed over and not put on hold"),
        ("hand-over", {"do": "hand_over", "leg": str(uuid4())}, "she is not handed over and not put on hold"),
        ("call-in", {"account": str(uuid4())}, "tell her first who joins"),
    ):
        answer = operator.post(f"/contacts/{call}/{path}", sent)
        assert (path, answer.status_code, reason in shown(answer)) == (path, 422, True)
    operator.post(f"{path_of(house, call)}/caller/clear", {"kind": "suicidal", "reason": "yanlış anladım"})
    assert operator.post(f"/contacts/{call}/hold", {"hold": "1"}).status_code == 303


def test_a_colleague_reads_along_and_both_see_it(house: House) -> None:
    operator, call = suicidal_call(house)
    second = house.browser("operator", ready=True)
    asked = {"account": str(second.account_id)}
    assert 'name="safe_to_talk"' not in second.get(f"/contacts/{call}").text
    assert operator.post(f"/contacts/{call}/read-along", asked).status_code == 303
    assert "has not opened it yet" in shown(operator.get(f"/contacts/{call}"))
    assert f"/contacts/{call}" in second.get("/board/snapshot").text
    page = second.get(f"/contacts/{call}")
    assert 'name="safe_to_talk"' in page.text
    assert "You read along silently." in shown(page)
    assert "has not opened it yet" not in shown(operator.get(f"/contacts/{call}"))
    assert [one.actor_id for one in acts(house, "read_along", call)] == [second.account_id]
    # It opens the page and no act on it.
    path = path_of(house, call)
    for act, sent in (
        (path, {"district": "x", "version": "0"}),
        (f"{path}/caller", {"kind": "self"}),
        (f"{path}/level", {"level": "4", "reason": "x"}),
        (f"/contacts/{call}/close", {}),
        (f"/contacts/{call}/report-duty", {"basis": "tck_279"}),
        (f"/contacts/{call}/read-along", {"do": "end"}),
    ):
        assert second.post(act, sent).status_code in (403, 404)
    assert "<fieldset disabled>" in page.text
    assert operator.post(f"/contacts/{call}/read-along", {"do": "end"}).status_code == 303
    assert 'name="safe_to_talk"' not in second.get(f"/contacts/{call}").text


def test_nobody_reads_along_where_she_is_not_marked_or_her_call_is_over(house: House, hand: Clock) -> None:
    operator, call = taken_call(house)
    second = house.browser("operator", ready=True)
    asked = {"account": str(second.account_id)}
    assert operator.post(f"/contacts/{call}/read-along", asked).status_code == 422
    say(house, operator, call, "suicidal")
    assert operator.post(f"/contacts/{call}/read-along", asked).status_code == 303
    assert 'name="safe_to_talk"' in second.get(f"/contacts/{call}").text
    operator.post(f"{path_of(house, call)}/caller/clear", {"kind": "suicidal", "reason": "yanlış anladım"})
    assert 'name="safe_to_talk"' not in second.get(f"/contacts/{call}").text
    say(house, operator, call, "suicidal")
    hand.advance(5 * 3600)
    again = house.browser(account_id=second.account_id)
    assert 'name="safe_to_talk"' not in again.get(f"/contacts/{call}").text


def test_who_is_barred_from_her_does_not_read_along(house: House) -> None:
    operator, call = suicidal_call(house)
    second = house.browser("operator", ready=True)
    with unit_of_work(house.ground) as session:
        staff.bar(session, TESTS, subjects=[("contact", call)], account_id=second.account_id, reason="kin")
    refused = operator.post(f"/contacts/{call}/read-along", {"account": str(second.account_id)})
    assert refused.status_code == 422
    assert second.get(f"/contacts/{call}").status_code == 404


DISTURBED = "Earlier contacts of this number were marked as a disturbance."


def calls_again(house: House, number: str, *, role: str = "operator") -> tuple[Browser, UUID]:
    person = house.browser(role, ready=True)
    call = house.desk.call(number)
    assert person.post(f"/offers/{call}/accept", json=True).get_json() == {"won": True}
    return person, call


@pytest.mark.parametrize("kind", ["prank", "abusive"])
def test_h13_a_number_that_disturbed_is_a_hint_that_fades_and_no_more(house: House, hand: Clock, kind: str) -> None:
    number = fresh_number()
    one, first = calls_again(house, number)
    # Who calls for the first time is met without a word, whatever is marked of it.
    say(house, one, first, kind)
    assert DISTURBED not in shown(one.get(f"/contacts/{first}"))
    one.post(f"/contacts/{first}/hang-up")
    other, second = calls_again(house, number)
    assert DISTURBED in shown(other.get(f"/contacts/{second}"))
    # It rang, waited and was taken like any other, and danger is danger.
    record = house.desk.intake(second)
    assert (record.level, record.contact_class) == (2, None)
    say(house, other, second, "suicidal")
    assert house.desk.intake(second).level == 1
    stranger, third = calls_again(house, fresh_number())
    assert DISTURBED not in shown(stranger.get(f"/contacts/{third}"))
    hand.advance(11 * 24 * 3600)
    later, again = calls_again(house, number)
    assert DISTURBED not in shown(later.get(f"/contacts/{again}"))


def test_a_class_that_is_taken_back_weighs_no_more(house: House) -> None:
    number = fresh_number()
    one, first = calls_again(house, number)
    say(house, one, first, "prank")
    one.save(path_of(house, first), {"contact_class": "silent", "version": "9"})
    other, second = calls_again(house, number)
    assert DISTURBED not in shown(other.get(f"/contacts/{second}"))


def test_a_shift_lead_clears_it_and_nobody_else(house: House) -> None:
    number = fresh_number()
    one, first = calls_again(house, number)
    say(house, one, first, "abusive")
    other, second = calls_again(house, number)
    clear = f"{path_of(house, second)}/nuisance/clear"
    assert clear not in other.get(f"/contacts/{second}").text
    assert other.post(clear).status_code == 403
    lead = house.browser("shift_lead")
    assert clear in lead.get(f"/contacts/{second}").text
    assert lead.post(clear).status_code == 303
    assert DISTURBED not in shown(lead.get(f"/contacts/{second}"))
    [entry] = acts(house, "nuisance_cleared", house.desk.intake(second).id)
    assert (entry.actor_id, entry.detail) == (lead.account_id, {"count": 1})


def test_h15_what_somebody_else_told_is_no_line_of_her_story(house: House) -> None:
    operator, contact = taken_text(house, "komsum cok bagiriyor")
    say(house, operator, contact, "third_party")
    path = path_of(house, contact)
    ref = operator.post(f"{path}/open-case").headers["Location"].removeprefix("/cases/")
    page = shown(operator.get(f"/cases/{ref}"))
    assert "Somebody else told of her" in page
    assert "She wrote" not in page
    assert "komsum" not in page
    operator.save(path, {"caller_role": "self", "version": "9"})
    page = shown(operator.get(f"/cases/{ref}"))
    assert "Somebody else told of her" not in page
    assert "komsum" in page


def test_what_the_neighbour_agreed_to_for_herself_is_not_hers(house: House) -> None:
    number = fresh_number()
    one, first = calls_again(house, number)
    one.save(path_of(house, first), {"safe_call": "ok", "version": "0"})
    assert safe_call(house, first) == "ok"
    other, second = calls_again(house, number)
    assert safe_call(house, second) == "ok"
    say(house, other, second, "third_party")
    assert safe_call(house, second) is None
