"""The workspace: what its owner may see and do, what others may not, and what is written down of it."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID, uuid4

from sqlalchemy import select, text

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from hotline import queries as hotline
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.support.planted import ADDRESS, NAME, SENTENCE


def acts(house: House, act: str, subject: UUID) -> list[AuditEntry]:
    with unit_of_work(house.ground) as session:
        found = select(AuditEntry).where(AuditEntry.act == act, AuditEntry.subject_id == str(subject))
        return list(session.scalars(found))


def number_of(house: House, contact_id: UUID) -> str:
    """The number she showed."""
    with unit_of_work(house.ground) as session:
        return hotline.address_of(session, Scope.system("tests"), contact_id) or ""


def composed(page: str) -> str:
    """What stands in the composer."""
    return unescape(page.split('id="composer-text"', 1)[1].split(">", 1)[1].split("</textarea>", 1)[0])


def taken_call(house: House, *, stepped_up: bool = False) -> tuple[Browser, UUID]:
    operator = house.browser("operator", ready=True, stepped_up=stepped_up)
    call = house.desk.call()
    assert operator.post(f"/offers/{call}/accept", json=True).get_json() == {"won": True}
    return operator, call


def taken_text(house: House, words: str = "merhaba") -> tuple[Browser, UUID]:
    operator = house.browser("operator", ready=True)
    contact = house.desk.text(words)
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
    return operator, contact


def test_who_took_it_reads_it_and_that_is_written_down(house: House) -> None:
    operator, call = taken_call(house)
    page = operator.get(f"/contacts/{call}")
    assert page.status_code == 200
    intake = house.desk.intake(call)
    assert intake.ref in page.text
    assert 'name="safe_to_talk"' in page.text
    assert number_of(house, call).lstrip("+") not in page.text
    assert acts(house, "contact_opened", call)


def test_a_colleague_sees_that_it_exists_and_not_what_was_said(house: House) -> None:
    _, contact = taken_text(house, SENTENCE)
    colleague = house.browser("operator")
    page = colleague.get(f"/contacts/{contact}")
    assert page.status_code == 200
    assert SENTENCE not in page.text
    assert "safe_to_talk" not in page.text
    assert colleague.post(f"/contacts/{contact}/close").status_code in (403, 404)


def test_another_centre_gets_404_and_the_attempt_is_written_down(house: House, elsewhere: House) -> None:
    _, call = taken_call(house)
    stranger = elsewhere.browser("operator", stepped_up=True)
    for path in (f"/contacts/{call}", f"/contacts/{uuid4()}"):
        assert stranger.get(path).status_code == 404
    intake = house.desk.intake(call)
    assert stranger.save(f"/intakes/{intake.id}", {"district": "x", "version": "0"}).status_code == 404
    assert stranger.post(f"/contacts/{call}/escalate", {"reason": "language"}).status_code == 404
    assert stranger.post(f"/unmask/contact/{call}", {"reason": "emergency"}).status_code == 404
    assert acts(house, "denied_scope", call)


def test_autosave_keeps_what_was_typed_and_names_what_is_wrong(house: House) -> None:
    operator, call = taken_call(house)
    intake = house.desk.intake(call)
    ticked = {"violence_types": ["", "physical", "threat"], "age_band": "xx", "caller_not_alone": ["", "1"]}
    words = {"display_name": NAME, "district": ADDRESS, "summary": SENTENCE}
    saved = operator.save(f"/intakes/{intake.id}", {**ticked, **words, "version": "0"})
    assert saved.status_code == 200
    answer = saved.get_json()
    assert [error["field"] for error in answer["errors"]] == ["age_band"]
    assert answer["version"] > intake.version
    assert answer["level"] == 2
    after = house.desk.intake(call)
    assert after.violence_types == ["physical", "threat"]
    assert after.caller_not_alone is True
    page = unescape(operator.get(f"/contacts/{call}").text)
    assert all(word in page for word in words.values())
    cleared = operator.save(f"/intakes/{intake.id}", {"violence_types": [""], "caller_not_alone": [""], "version": "1"})
    assert cleared.get_json()["errors"] == []
    assert house.desk.intake(call).violence_types == []
    assert house.desk.intake(call).caller_not_alone is False


def test_a_save_on_what_a_colleague_changed_says_so(house: House) -> None:
    operator, call = taken_call(house)
    lead, path = house.browser("shift_lead"), f"/intakes/{house.desk.intake(call).id}"
    first = operator.save(path, {"relation": "spouse", "version": "0"}).get_json()
    assert first["stale"] is False
    hers = lead.save(path, {"age_band": "25-34", "version": str(first["version"])}).get_json()
    assert hers["stale"] is False
    after = operator.save(path, {"relation": "partner", "version": str(first["version"])}).get_json()
    assert after["stale"] is True
    assert after["version"] > hers["version"]
    assert (house.desk.intake(call).relation, house.desk.intake(call).age_band) == ("partner", "25-34")


def test_danger_now_raises_the_level_with_its_reason(house: House) -> None:
    operator, call = taken_call(house)
    intake = house.desk.intake(call)
    answer = operator.save(f"/intakes/{intake.id}", {"immediate_danger": "yes", "version": "0"}).get_json()
    assert answer["level"] == 1
    assert answer["rule"] == "She says that she is in danger now."


def test_the_screening_tells_the_rule_that_fired(house: House) -> None:
    operator, call = taken_call(house)
    intake = house.desk.intake(call)
    answer = operator.save(f"/intakes/{intake.id}/screening", {"with_her_now": "yes", "version": "0"}).get_json()
    assert (answer["level"], answer["rule"]) == (1, "He is near her now.")
    wrong = operator.save(f"/intakes/{intake.id}/screening", {"with_her_now": "maybe"})
    assert wrong.status_code == 422
    assert wrong.get_json()["errors"][0]["field"] == "with_her_now"


def test_safe_contact_is_saved_by_field_and_the_code_word_stays(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    assert operator.save(path, {"safe_sms": "never", "version": "0"}).get_json()["errors"] == []
    assert operator.save(path, {"safe_code_word": ADDRESS}).get_json()["errors"] == []
    assert operator.save(path, {"safe_when": "weekdays 10:00 to 15:00"}).get_json()["errors"] == []
    wrong = operator.save(path, {"safe_when": "sometimes"}).get_json()
    assert wrong["errors"][0]["field"] == "safe_when"
    assert ADDRESS not in operator.get(f"/contacts/{call}").text
    right = operator.post(path, {"check_identity": "1", "code_word": ADDRESS.lower()})
    assert right.status_code == 303
    page = shown(operator.get(f"/contacts/{call}"))
    assert "Identity checked." in page
    assert "weekdays 10:00-15:00" in page


def test_closing_asks_for_what_is_missing_and_opening_a_case_does_not(house: House) -> None:
    operator, call = taken_call(house)
    intake = house.desk.intake(call)
    refused = operator.post(f"/intakes/{intake.id}/close")
    assert refused.status_code == 422
    assert "Closing needs" in refused.text
    opened = operator.post(f"/intakes/{intake.id}/open-case")
    assert opened.status_code == 303
    assert opened.headers["Location"].startswith("/cases/V-")
    again = operator.post(f"/intakes/{intake.id}/open-case")
    assert again.headers["Location"] == opened.headers["Location"]


def test_a_closed_intake_is_opened_again_with_a_reason_by_who_may(house: House) -> None:
    operator, call = taken_call(house)
    path, lead = f"/intakes/{house.desk.intake(call).id}", house.browser("shift_lead")
    for fields in ({"safe_to_talk": "yes", "language": "tr"}, {"caller_role": "self", "contact_class": "wrong_number"}):
        operator.save(path, fields)
    operator.save(path, {"outcome": "not_service"})
    assert lead.post(f"{path}/reopen", {"reason": "x"}).status_code == 422
    assert operator.post(f"{path}/close").status_code == 303
    assert "/reopen" not in operator.get(f"/contacts/{call}").text
    assert operator.post(f"{path}/reopen", {"reason": "yine aradı"}).status_code == 403
    assert f'action="{path}/reopen"' in lead.get(f"/contacts/{call}").text
    refused = lead.post(f"{path}/reopen", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why it is opened again." in shown(refused)
    assert lead.post(f"{path}/reopen", {"reason": "yine aradı"}).status_code == 303
    assert house.desk.intake(call).state == "in_progress"
    assert operator.save(path, {"gender": "female"}).status_code == 200


def test_a_reply_leaves_through_the_gate_and_can_be_taken_back(house: House) -> None:
    operator, contact = taken_text(house)
    assert operator.post(f"/contacts/{contact}/messages", {"text": SENTENCE}).status_code == 303
    page = operator.get(f"/contacts/{contact}")
    assert SENTENCE in page.text
    undo = page.text.split('action="/messages/')[1].split('"')[0]
    assert operator.post(f"/messages/{undo}").status_code == 303
    assert "taken back" in shown(operator.get(f"/contacts/{contact}"))
    empty = operator.post(f"/contacts/{contact}/messages", {"text": "  "})
    assert empty.status_code == 422


def test_the_gate_refuses_with_its_sentence(house: House) -> None:
    operator, contact = taken_text(house)
    operator.save(f"/intakes/{house.desk.intake(contact).id}", {"caller_not_alone": "1", "version": "0"})
    refused = operator.post(f"/contacts/{contact}/messages", {"text": SENTENCE})
    assert refused.status_code == 422
    assert "She is not alone." in shown(refused)
    page = operator.get(f"/contacts/{contact}").text
    assert SENTENCE not in page.split("data-thread", 1)[1].split("</ol>", 1)[0]
    assert composed(page) == SENTENCE


def test_what_is_in_the_composer_survives_the_session_and_is_its_authors(house: House) -> None:
    operator, contact = taken_text(house)
    path, words = f"/contacts/{contact}", "Şu an güvende misiniz? & nerede <"
    assert composed(operator.get(path).text) == ""
    assert operator.save(f"{path}/draft", {"text": "Şu an"}).status_code == 200
    assert operator.save(f"{path}/draft", {"text": words}).status_code == 200
    again = house.browser(account_id=operator.account_id)
    assert composed(again.get(path).text) == words
    assert composed(house.browser("shift_lead").get(path).text) == ""
    reader = house.browser("director").get(path)
    assert (reader.status_code, 'id="composer-text"' in reader.text) == (200, False)
    assert house.browser("operator").save(f"{path}/draft", {"text": "x"}).status_code in (403, 404)
    with unit_of_work(house.ground) as session:
        kept = session.execute(text("SELECT body_sealed FROM hotline_drafts WHERE contact_id = :id"), {"id": contact})
        assert words.encode() not in kept.scalar_one()
    assert again.post(f"{path}/messages", {"text": words}).status_code == 303
    assert composed(again.get(path).text) == ""
    again.save(f"{path}/draft", {"text": "Bir"})
    again.save(f"{path}/draft", {"text": " "})
    assert composed(again.get(path).text) == ""


def test_a_number_is_shown_for_a_reason_that_is_written_down(house: House) -> None:
    operator, call = taken_call(house, stepped_up=True)
    assert operator.post(f"/unmask/contact/{call}", {"reason": ""}).status_code == 422
    assert acts(house, "phone_unmasked", call) == []
    page = operator.post(f"/unmask/contact/{call}", {"reason": "emergency"})
    assert page.status_code == 200
    assert number_of(house, call) in unescape(page.text)
    [entry] = acts(house, "phone_unmasked", call)
    assert entry.actor_id == operator.account_id
    assert entry.detail == {"reason": "emergency"}
    lead = house.browser("director", stepped_up=True)
    assert lead.post(f"/unmask/contact/{call}", {"reason": "emergency"}).status_code == 403


def test_the_number_wants_the_code_again_and_the_reason_is_not_lost(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/unmask/contact/{call}"
    asked = operator.post(path, {"reason": "emergency"})
    assert asked.status_code == 403
    assert "Your code again" in shown(asked)
    assert number_of(house, call).lstrip("+") not in asked.text
    assert operator.post(path, {"reason": "emergency"}, json=True).get_json() == {"error": "step_up_required"}
    form = asked.text.split('action="/step-up"')[1].split("</form>")[0]
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    assert carried == {"csrf_token": operator.csrf, "step_up_to": path, "reason": "emergency"}
    wrong = operator.post("/step-up", {**carried, "step_up_code": "000000"})
    assert wrong.status_code == 401
    assert 'name="reason" value="emergency"' in wrong.text
    assert acts(house, "phone_unmasked", call) == []
    sent_on = operator.send_on({**carried, "step_up_code": house.code(operator)})
    assert sent_on.status_code == 200
    assert number_of(house, call) in unescape(sent_on.text)
    [entry] = acts(house, "phone_unmasked", call)
    assert entry.detail == {"reason": "emergency"}
    # Within ten minutes the next one is a single press.
    assert operator.post(path, {"reason": "agreed_call"}).status_code == 200


def test_escalating_opens_a_page_for_one_of_the_reasons(house: House) -> None:
    operator, call = taken_call(house)
    assert operator.post(f"/contacts/{call}/escalate", {"reason": "because"}).status_code == 422
    assert operator.post(f"/contacts/{call}/escalate", {"reason": "language"}).status_code == 303
    board = operator.json("/board/snapshot")
    [page] = board["pages"]
    assert (page["reason"], page["state"]) == ("operator_request", "open")
    assert page["subject_ref"] == house.desk.intake(call).ref
    row = next(row for row in board["rows"] if row["id"] == str(call))
    assert row["page"]["code"] == page["code"]


def test_it_is_said_beforehand_who_will_be_woken_and_when(house: House) -> None:
    operator, call = taken_call(house)
    nobody = "Nobody can be called: no one on the ladder has a telephone that was tried."
    assert nobody in shown(operator.get(f"/contacts/{call}"))
    for phone in (True, False, True):
        house.on_duty(house.browser("oncall", phone=phone), "oncall")
    house.browser("shift_lead")
    assert "2 people will be woken, 1 more after" in shown(operator.get(f"/contacts/{call}"))
    operator.post(f"/contacts/{call}/escalate", {"reason": "language"})
    [page] = operator.json("/board/snapshot")["pages"]
    assert f"Page {page['code']} is open for her already" in shown(operator.get(f"/contacts/{call}"))


def test_silence_is_danger_and_a_call_on_the_line_is_not_closed(house: House) -> None:
    operator, call = taken_call(house)
    assert operator.post(f"/contacts/{call}/silent").status_code == 303
    assert house.desk.intake(call).level == 1
    assert operator.post(f"/contacts/{call}/close").status_code == 422
    # Her telephone has not met the caller: a key pressed too early sends nobody away.
    refused = operator.post(f"/contacts/{call}/hang-up")
    assert (refused.status_code, "Nobody speaks with her at this moment." in shown(refused)) == (422, True)
    assert operator.post(f"/contacts/{call}/language", {"language": "ku"}).status_code == 303
    assert operator.post(f"/contacts/{call}/language", {"language": "xx"}).status_code == 422


def test_a_text_contact_is_closed(house: House) -> None:
    operator, contact = taken_text(house)
    assert operator.post(f"/contacts/{contact}/close").status_code == 303
    assert operator.json("/board/snapshot")["rows"] == []


def test_the_level_is_raised_with_one_key_and_lowered_with_a_reason(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}/level"
    assert operator.post(path, {"level": "3"}).status_code == 422
    assert operator.post(path, {"level": "3", "reason": f"{NAME}: {SENTENCE}"}).status_code == 303
    assert house.desk.intake(call).level == 3
    assert operator.post(path, {"level": "1"}).status_code == 303
    assert house.desk.intake(call).level == 1
    assert operator.post(path, {"level": "4", "reason": "oldu"}).status_code == 422
    assert operator.post(path, {"level": "9"}).status_code == 422
