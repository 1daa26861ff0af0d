"""Cases on the dashboard: opened from a contact, told in order, worked on, and invisible elsewhere."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.actor import system
from hotline.models import Attempt, Message
from hotline.service import UNDO_S
from staff.service import disable_account
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.support.house import Clock
from tests.support.planted import ADDRESS, NAME, SENTENCE


def opened_case(house: House, words: str = "beni öldürecek") -> tuple[Browser, UUID, str]:
    operator = house.browser("operator", ready=True)
    contact = house.desk.text(words)
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
    operator.post(f"/contacts/{contact}/messages", {"text": SENTENCE})
    intake = house.desk.intake(contact)
    where = operator.post(f"/intakes/{intake.id}/open-case").headers["Location"]
    return operator, contact, where.removeprefix("/cases/")


def case_id(page: str) -> str:
    return page.split('action="/cases/', 1)[1].split("/", 1)[0]


def test_the_page_tells_the_whole_story_in_order(house: House, hand: Clock) -> None:
    operator, _, ref = opened_case(house)
    hand.advance(UNDO_S + 1, sweeping=False)
    house.desk.send()
    page = operator.get(f"/cases/{ref}")
    assert page.status_code == 200
    words = shown(page)
    told = ["She wrote", "beni öldürecek", "Taken on the board", "Triaged as", "Case opened", "We wrote", SENTENCE]
    places = [words.index(part) for part in told]
    assert places == sorted(places)


def test_the_story_says_that_an_answer_did_not_arrive(house: House, hand: Clock) -> None:
    operator, contact, ref = opened_case(house)
    hand.advance(UNDO_S + 1, sweeping=False)
    house.desk.send()
    with house.desk.work() as session:
        sid = session.scalars(
            select(Attempt.carrier_sid)
            .join(Message, Message.send_id == Attempt.send_id)
            .where(Message.contact_id == contact),
        ).one()
    form = {"MessageSid": str(sid), "SmsSid": str(sid), "From": house.desk.line.number, "To": "+905320000000"}
    failed = {**form, "MessageStatus": "undelivered", "SmsStatus": "undelivered", "ErrorCode": "30003"}
    assert house.desk.line.post("/twilio/sms/status", failed).status_code < 300
    words = shown(operator.get(f"/cases/{ref}"))
    assert words.index("We wrote") < words.index("What we wrote did not arrive")


def test_the_list_holds_it_and_the_filter_works(house: House) -> None:
    operator, _, ref = opened_case(house)
    assert ref in operator.get("/cases").text
    assert ref in operator.get("/cases", state="open").text
    assert ref not in operator.get("/cases", state="closed").text


def test_notes_tasks_and_state(house: House) -> None:
    _, contact, ref = opened_case(house)
    member = house.browser("oncall")
    house.grant(member, contact, ref)
    page = member.get(f"/cases/{ref}").text
    path = f"/cases/{case_id(page)}"
    assert member.post(f"{path}/notes", {"text": f"{NAME}: {SENTENCE}"}).status_code == 303
    assert member.post(f"{path}/notes", {"text": " "}).status_code == 422
    assert member.post(f"{path}/tasks", {"title": ADDRESS, "due_at": "2026-11-01T10:00"}).status_code == 303
    refused = member.post(f"{path}/tasks", {"title": ADDRESS, "due_at": "soon"})
    assert refused.status_code == 422
    assert f'value="{ADDRESS}"' in refused.text
    assert member.post(f"{path}/state", {"state": "assessment"}).status_code == 303
    assert member.post(f"{path}/state", {"state": "reopened"}).status_code == 422
    page = member.get(f"/cases/{ref}").text
    assert f"{NAME}: {SENTENCE}" in page
    done = page.split('action="/tasks/', 1)[1].split('"', 1)[0]
    assert member.post(f"/tasks/{done}").status_code == 303
    words = shown(member.get(f"/cases/{ref}"))
    assert "Task done" in words
    assert "Case moved to: Assessment" in words


def test_a_note_is_read_by_those_for_whom_it_was_written(house: House) -> None:
    _, contact, ref = opened_case(house)
    author, colleague, lawyer = (house.browser(role) for role in ("social_worker", "psychologist", "legal"))
    for person in (author, colleague, lawyer):
        house.grant(person, contact, ref)
    page = author.get(f"/cases/{ref}").text
    path = f"/cases/{case_id(page)}/notes"
    assert 'name="kind"' in page
    for kind in ("team", "legal", "author_only"):
        assert f'<option value="{kind}">' in page
        assert author.post(path, {"text": f"{kind} için", "kind": kind}).status_code == 303
    wrong = author.post(path, {"text": "herkes için", "kind": "everybody"})
    assert ">herkes için</textarea>" in wrong.text
    assert wrong.status_code == 422
    assert "Choose who reads the note." in shown(wrong)

    def notes(person: Browser) -> list[str]:
        words = shown(person.get(f"/cases/{ref}"))
        return [kind for kind in ("team", "legal", "author_only") if f"{kind} için" in words]

    assert notes(author) == ["team", "legal", "author_only"]
    assert notes(lawyer) == ["team", "legal"]
    assert notes(colleague) == ["team"]
    assert "Note for the lawyers" not in shown(colleague.get(f"/cases/{ref}")).split("Add the note", 1)[1]


def test_each_act_offers_its_states_to_who_may_do_it(house: House) -> None:
    _, contact, ref = opened_case(house)
    director, member, worker = (house.browser(role) for role in ("director", "oncall", "social_worker"))
    for person in (member, worker):
        house.grant(person, contact, ref)
    going_on, closing = '<option value="assessment">', '<option value="closed:safe">'
    pages = {person.account_id: person.get(f"/cases/{ref}").text for person in (director, member, worker)}
    assert (going_on in pages[director.account_id], closing in pages[director.account_id]) == (False, True)
    assert (going_on in pages[member.account_id], closing in pages[member.account_id]) == (True, False)
    assert (going_on in pages[worker.account_id], closing in pages[worker.account_id]) == (True, True)
    path = f"/cases/{case_id(pages[member.account_id])}"
    assert member.post(f"{path}/tasks", {"title": "Barınma", "due_at": "2026-11-01T10:00"}).status_code == 303
    page = worker.get(f"/cases/{ref}")
    assert closing not in page.text
    assert "Open tasks: 1." in shown(page)
    assert "only the director may close before" in shown(page)
    assert closing in director.get(f"/cases/{ref}").text
    assert director.post(f"{path}/state", {"state": "closed:safe"}).status_code == 422
    told = {"state": "closed:safe", "reason": "güvende, görev başka dosyada"}
    assert director.post(f"{path}/state", told).status_code == 303
    assert "Case closed: she is safe" in shown(director.get(f"/cases/{ref}"))


def test_the_director_gives_a_case_to_somebody_else(house: House) -> None:
    _, _, ref = opened_case(house)
    director, worker = house.browser("director"), house.browser("social_worker")
    assert worker.get(f"/cases/{ref}").status_code == 404
    path = f"/cases/{case_id(director.get(f'/cases/{ref}').text)}/owner"
    assert director.post(path, {"owner": str(worker.account_id)}).status_code == 303
    assert worker.get(f"/cases/{ref}").status_code == 200
    assert worker.post(path, {"owner": str(worker.account_id)}).status_code == 403


def test_a_case_without_a_case_worker_is_due_for_those_who_may_give_it_to_one(house: House, elsewhere: House) -> None:
    operator, _, ref = opened_case(house)
    lead, worker = house.browser("shift_lead"), house.browser("social_worker")

    def due(browser: Browser) -> list[tuple[str, str]]:
        return [(item["kind"], item["ref"]) for item in browser.json("/board/snapshot")["due"]]

    assert due(lead) == due(house.browser("director")) == [("assign", ref)]
    assert due(operator) == due(worker) == due(elsewhere.browser("shift_lead")) == []
    page = lead.get(f"/cases/{ref}")
    assert page.status_code == 200
    people = page.text.split('id="f-case-owner"', 1)[1].split("</select>", 1)[0]
    assert str(worker.account_id) in people
    assert str(operator.account_id) not in people
    path = f"/cases/{case_id(page.text)}/owner"
    assert lead.post(path, {"owner": str(worker.account_id)}).status_code == 303
    assert due(lead) == []
    with house.desk.work() as session:
        disable_account(session, system("tests"), worker.account_id, reason="left")
    house.desk.tick()
    assert due(lead) == [("assign", ref)]
    assert "The case has no owner any more" in shown(lead.get(f"/cases/{ref}"))


def test_another_centre_and_the_other_unit_see_none_of_it(house: House, elsewhere: House) -> None:
    _, _, ref = opened_case(house)
    stranger = elsewhere.browser("operator")
    assert stranger.get(f"/cases/{ref}").status_code == 404
    assert ref not in stranger.get("/cases").text
    assert house.browser("perpetrator_worker").get(f"/cases/{ref}").status_code == 403


def test_a_page_is_accepted_once_and_its_acceptor_reads_the_contact(house: House) -> None:
    operator, contact, _ = opened_case(house)
    operator.post(f"/contacts/{contact}/escalate", {"reason": "legal_now"})
    [row] = operator.json("/board/snapshot")["pages"]
    first, second = house.browser("oncall"), house.browser("oncall")
    page = first.get(f"/pages/{row['code']}")
    assert page.status_code == 200
    assert "I take it" in page.text
    assert first.get(f"/contacts/{contact}").text.count("safe_to_talk") == 0
    assert first.post(f"/pages/{row['code']}/accept").status_code == 303
    lost = second.post(f"/pages/{row['code']}/accept")
    assert lost.status_code == 409
    assert "Elif Deneme has accepted it already." in shown(lost)
    assert "safe_to_talk" in first.get(f"/contacts/{contact}").text
    assert second.post(f"/pages/{row['code']}/contact-made").status_code == 409
    assert first.post(f"/pages/{row['code']}/contact-made").status_code == 303
    assert operator.post(f"/pages/{row['code']}/close").status_code == 403
    assert first.get("/pages").status_code == 200
    assert first.get("/pages/ZZZZ").status_code == 404
    told = shown(operator.get("/cases")) + shown(operator.get(f"/contacts/{contact}"))
    assert row["code"] in told


def test_the_rota_is_written_by_the_lead_alone(house: House) -> None:
    lead, operator = house.browser("shift_lead"), house.browser("operator")
    page = lead.get("/shifts")
    assert page.status_code == 200
    assert "Nobody answers" in shown(page)
    shift = {
        "person": str(operator.account_id),
        "line": str(house.desk.line.line_id),
        "role": "operator",
        "starts_at": "2026-01-01T08:00",
        "ends_at": "2026-01-20T20:00",
    }
    assert lead.post("/shifts", {**shift, "ends_at": "2025-01-01T08:00"}).status_code == 422
    assert lead.post("/shifts", {**shift, "person": "x"}).status_code == 422
    assert lead.post("/shifts", {**shift, "starts_at": "x"}).status_code == 422
    assert lead.post("/shifts", shift).status_code == 303
    assert lead.post("/shifts", shift).status_code == 422
    assert operator.get("/shifts").status_code == 200
    assert operator.post("/shifts", shift).status_code == 403
