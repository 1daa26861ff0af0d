"""Rules of a hotline for partner violence, each by its number in docs/rules.md, through the real edge."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import staff_actor
from core.clock import now
from core.unit_of_work import unit_of_work
from hotline import queries as hotline
from hotline import service as hotline_service
from hotline.models import Call, Permit, Send
from hotline.phrases import phrase
from hotline.queries.reach import reach
from intake import queries as intake_queries
from intake import service as intake
from intake.codes import fields as coded_fields
from intake.gate import GateRefusal, may_reply, permit_reply
from intake.models import Intake, SafeContact
from practice.phones import Behaviour, Press
from routing import service as routing
from routing.models import Queued
from staff import service as staff_service
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import taken_call, taken_text
from tests.edge.domain.test_record import agreed, agreement, standing
from tests.edge.routing.test_calling_in import talking
from tests.support.desk import TESTS
from tests.support.house import Clock
from tests.support.line import fresh_number
from tests.support.planted import NAME, SENTENCE
from tests.support.story import call_row, contact, with_fallback, words
from tests.support.world import World

REST = re.compile(r'<div id="intake-rest"( hidden)?>')


def locked(browser: Browser, contact_id: UUID) -> bool:
    """Whether the form waits for the first question."""
    found = REST.search(browser.get(f"/contacts/{contact_id}").text)
    assert found is not None
    return found[1] is not None


def test_h1_the_form_waits_until_she_was_asked_whether_she_can_talk_and_one_key_goes_on(
    house: House,
) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    page = operator.get(f"/contacts/{call}").text
    assert page.index('name="safe_to_talk"') < page.index('name="safe_call"') < page.index('id="intake-rest"')
    assert 'aria-keyshortcuts="F4"' in page
    assert locked(operator, call)
    # Nothing is ever refused because of it.
    assert operator.save(path, {"district": "Keçiören", "version": "0"}).get_json()["errors"] == []
    assert locked(operator, call)
    assert operator.save(path, {"safe_to_talk": "no", "version": "1"}).get_json()["errors"] == []
    assert not locked(operator, call)
    operator, text = taken_text(house)
    path = f"/intakes/{house.desk.intake(text).id}"
    assert locked(operator, text)
    assert operator.post(path, {"safe_later": "1"}).status_code == 303
    assert not locked(operator, text)
    assert house.desk.intake(text).safe_to_talk == "not_asked"
    operator, urgent = taken_call(house)
    assert operator.post(f"/intakes/{house.desk.intake(urgent).id}/level", {"level": "1"}).status_code == 303
    assert not locked(operator, urgent)


def test_h2_it_is_agreed_if_when_and_how_she_may_be_called_before_anybody_calls(house: House, hand: Clock) -> None:
    with unit_of_work(house.ground) as session:
        today = now(session).date()
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"

    def refusals() -> tuple[str, ...]:
        with unit_of_work(house.ground) as session:
            scope = Scope.system("tests")
            return may_reply(session, scope, call, channel="voice", purpose="callback").reasons

    assert refusals() == ("not_agreed",)
    safe = {
        "safe_call": "neutral", "safe_sms": "never", "safe_when": "every day", "safe_who": "ablası",
        "safe_code_word": "mavi fincan", "safe_cover": "survey", "safe_until": (today + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    for name, value in safe.items():
        assert operator.save(path, {name: value, "version": "0"}).get_json()["errors"] == [], name
    assert refusals() == ()
    kept = agreement(house, call)
    assert (kept.call, kept.sms, kept.cover_story) == ("neutral", "never", "survey")
    assert (kept.verified_by, kept.code_word_hash is not None) == (operator.account_id, True)
    hand.advance(4 * 24 * 3600, sweeping=False)
    assert "expired" in refusals()


def test_h2_another_number_of_hers_is_not_called_before_it_was_agreed_for_that_number(house: House) -> None:
    operator, call = agreed(house, safe_call="ok")
    path, number = f"/intakes/{house.desk.intake(call).id}", fresh_number()
    barred = house.browser("operator")
    with unit_of_work(house.ground) as session:
        staff_service.bar(session, TESTS, subjects=[("contact", call)], account_id=barred.account_id, reason="kin")
        hers = hotline.address_of(session, Scope.system("tests"), call)
    for wrong, said in (
        ("112", "an emergency or short number, which Koza never calls"),
        ("annemin numarası", "no whole telephone number"),
        ("+442079460000", "only in Turkey"),
        (str(hers), "the number from which she reached us"),
    ):
        refused = operator.post(f"{path}/second-number", {"number": wrong})
        assert refused.status_code == 422
        assert said in refused.text.split('id="person-number-error"', 1)[1].split("</p>", 1)[0]
    opened = operator.post(f"{path}/second-number", {"number": number})
    assert opened.status_code == 303
    other = UUID(opened.headers["Location"].removeprefix("/contacts/"))

    def permit() -> object:
        with unit_of_work(house.ground) as session:
            return permit_reply(
                session, staff_actor(operator.account_id, house.desk.centre_id), other, "voice", "callback"
            )

    # What she agreed to for the one number does not count for the other.
    assert permit() == GateRefusal(("not_agreed",))
    theirs = f"/intakes/{house.desk.intake(other).id}"
    assert operator.save(theirs, {"safe_call": "neutral", "version": "0"}).get_json()["errors"] == []
    allowed = permit()
    assert isinstance(allowed, UUID)
    with unit_of_work(house.ground) as session:
        indexes = [reach(session, one).address_index for one in (call, other)]  # type: ignore[union-attr]
        assert session.get_one(Permit, allowed).address_index == indexes[1] != indexes[0]
        assert hotline.address_of(session, Scope.system("tests"), other) == number
    assert agreement(house, call).call == "ok"
    assert barred.get(f"/contacts/{other}").status_code == 404
    assert "may be one person" in shown(operator.get(f"/contacts/{call}"))


def test_h3_when_the_line_drops_she_calls_again_unless_she_agreed_to_something_else(house: House) -> None:
    operator, call = agreed(house, safe_call="ok")
    assert agreement(house, call).on_drop == "wait"
    page = operator.get(f"/contacts/{call}").text
    assert standing(page, "safe_on_drop") == ["wait"]
    path = f"/intakes/{house.desk.intake(call).id}"
    assert operator.save(path, {"safe_on_drop": "send_police", "version": "1"}).get_json()["errors"] == []
    assert operator.post(path, {"check_identity": "1", "how": "facts"}).status_code == 303
    assert "If the line drops Send the police" in shown(operator.get(f"/contacts/{call}"))
    # It is a person's to do: nothing leaves the house by itself.
    with unit_of_work(house.ground) as session:
        sent = select(Send.id).join(Permit, Permit.id == Send.permit_id).where(Permit.contact_id == call)
        assert session.scalars(sent).all() == []


def test_h4_no_machine_is_ever_spoken_to_and_nothing_records(world: World) -> None:
    machine = Behaviour("machine", after=2.0, greeting="Şu an cevap veremiyorum, mesaj bırakın.")
    operator = world.person("operator", behaviour=machine)
    fallback = with_fallback(world, machine)
    world.ready(operator)
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press("1", after=1.0),)))
    world.pass_time(5)
    contact_id = contact(world, call.sid).id
    world.do(lambda session: routing.accept(session, operator.actor, contact_id, operator.account_id))
    world.until(lambda: call.over, limit=300)
    heard = words(world, call.from_)
    assert machine.greeting not in heard
    assert heard.endswith(phrase("closing", "tr").text)
    for telephone in (operator.phone, fallback):
        said = words(world, telephone)
        assert [word for word in ("KOZA", "ŞÖNİM", "şiddet", call.from_) if word in said] == []
    played = [entry.url for entry in world.exchange.requests() if "recording" in entry.kind]
    assert played == []


def test_h5_who_calls_her_back_is_told_before_which_number_she_will_see(house: House) -> None:
    operator, call = agreed(house, safe_call="neutral")
    page = unescape(shown(operator.get(f"/contacts/{call}")))
    assert f"She will see {house.desk.line.number}." in page
    assert "A foreign number" not in page
    abroad = f"+4420{house.desk.line.number[-8:]}"
    with house.ground.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE staff_lines SET number = %s WHERE id = %s", (abroad, str(house.desk.line.line_id))
        )
    page = unescape(shown(operator.get(f"/contacts/{call}")))
    assert f"She will see {abroad}. A foreign number: it stands out on her telephone and on her bill." in page


def test_h8_a_silent_caller_is_not_hung_up_on_answers_by_key_and_is_never_a_prank_by_itself(world: World) -> None:
    talk = talking(world)
    world.pass_time(600)
    assert not talk.call.over
    assert call_row(world, talk.call.sid).stage == "talking"
    world.do(lambda session: hotline_service.mark_silent(session, talk.first.actor, talk.contact_id))
    with unit_of_work(world.ground) as session:
        found = session.scalars(select(Intake).where(Intake.contact_id == talk.contact_id)).one()
    assert (found.level, found.level_rule, found.contact_class) == (1, "silent", "silent")
    world.do(lambda session: hotline_service.ask_by_key(session, talk.first.actor, talk.contact_id, "near"))
    world.pass_time(3)
    talk.call.press("2")
    world.pass_time(5)
    with unit_of_work(world.ground) as session:
        scope = Scope.of(session, talk.first.account_id)
        assert [one.answer for one in hotline.key_questions(session, scope, talk.contact_id)] == ["no"]
    assert not talk.call.over


def test_h8_what_is_heard_beside_her_is_noted_read_to_112_told_in_her_case_and_changes_no_level(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    page = operator.get(f"/contacts/{call}").text
    assert page.index('name="immediate_danger"') < page.index('name="heard"') < page.index('name="location_now"')
    [error] = operator.save(path, {"heard": ["", "sirens"], "version": "0"}).get_json()["errors"]
    assert error["field"] == "heard"
    saved = operator.save(path, {"heard": ["", "crying", "blows"], "heard_words": SENTENCE, "version": "0"}).get_json()
    assert (saved["errors"], saved["level"]) == ([], 2)
    # What stands already is not told again.
    operator.save(path, {"heard": ["", "crying", "blows", "man"], "version": "1"})
    card = shown(operator.get(f"/contacts/{call}")).split("Heard beside her", 1)[1]
    assert card.index("Crying, Blows, breaking, A man") < card.index(SENTENCE)
    facts = [fact.payload["heard"] for fact in house.desk.facts(call, "NoisesHeard")]
    assert facts == ["crying,blows", "man"]
    case = operator.get(operator.post(f"{path}/open-case").headers["Location"])
    assert "Heard beside her: Crying, Blows, breaking" in shown(case)
    found = house.desk.intake(call)
    assert (found.extra["heard"], found.level) == (["crying", "blows", "man"], 2)


def test_h9_by_one_key_it_is_noted_that_somebody_is_with_her_and_a_story_is_there_to_tell(house: House) -> None:
    operator, text = taken_text(house, SENTENCE)
    path = f"/intakes/{house.desk.intake(text).id}"
    operator.save(path, {"display_name": NAME, "safe_sms": "ok", "safe_cover": "delivery", "version": "0"})
    page = operator.get(f"/contacts/{text}").text
    assert 'data-opens="cover"' in page
    assert 'aria-keyshortcuts="F7"' in page
    dialog = page.split('id="cover"', 1)[1].split("</dialog>", 1)[0]
    assert dialog.index("A parcel") < dialog.index("Wrong number")
    assert dialog.count("agreed with her") == 1
    assert [word for word in ("KOZA", "ŞÖNİM", "violence", NAME) if word in dialog] == []
    assert operator.post(f"/contacts/{text}/messages", {"text": "Buradayım."}).status_code == 303
    # What the key ticks.
    assert operator.save(path, {"caller_not_alone": "1", "version": "1"}).get_json()["errors"] == []
    assert operator.post(f"/contacts/{text}/messages", {"text": "Orada mısınız?"}).status_code == 422
    with unit_of_work(house.ground) as session:
        sent = select(Send.state).join(Permit, Permit.id == Send.permit_id).where(Permit.contact_id == text)
        states = session.scalars(sent).all()
    assert set(states) == {"cancelled"}
    for screen in (operator, house.browser("operator"), house.browser("director")):
        snapshot = str(screen.json("/board/snapshot"))
        assert "not_alone" in snapshot
        assert [word for word in (NAME, SENTENCE, "Buradayım") if word in snapshot] == []


def test_h13_who_insulted_us_is_let_go_by_one_key_and_never_kept_out(world: World) -> None:
    talk = talking(world)
    actor, scope = talk.first.actor, world.scope(talk.first)

    def insulted(session: Session) -> None:
        view = intake_queries.intake_of_contact(session, scope, talk.contact_id)
        assert view is not None
        saved = intake.autosave(session, actor, scope, view.id, {"contact_class": "abusive"}, view.version)
        assert saved.errors == {}
        hotline_service.hang_up(session, actor, talk.contact_id)

    world.do(insulted)
    world.pass_time(5)
    assert talk.call.over
    for presses, level in ((Press("2", after=1.0), 2), (Press("5", after=1.0), 1)):
        again = world.exchange.call(talk.call.from_, world.line.number, Behaviour(presses=(presses,)))
        world.pass_time(6)
        assert not again.over
        with unit_of_work(world.ground) as session:
            row = session.get_one(Queued, contact(world, again.sid).id)
            assert (row.state != "left", row.level) == (True, level), row.state
        again.hang_up()
        world.pass_time(3)


def test_h16_two_calls_of_one_number_are_never_made_one_by_the_house(house: House) -> None:
    number = fresh_number()
    first = house.desk.call(number)
    operator = house.browser("operator", ready=True)
    assert operator.post(f"/offers/{first}/accept", json=True).get_json() == {"won": True}
    operator.save(f"/intakes/{house.desk.intake(first).id}", {"display_name": NAME, "summary": SENTENCE})
    again = house.desk.call(number)
    other = house.browser("operator", ready=True)
    assert other.post(f"/offers/{again}/accept", json=True).get_json() == {"won": True}
    assert house.desk.intake(again).id != house.desk.intake(first).id
    page = other.get(f"/contacts/{again}").text
    assert [word for word in (NAME, SENTENCE, house.desk.intake(first).ref) if word in page] == []
    assert "Known number: use no name" in shown(other.get(f"/contacts/{again}"))
    with unit_of_work(house.ground) as session:
        kept = session.scalars(select(Intake).where(Intake.id == house.desk.intake(first).id)).one()
        assert (kept.contact_id, kept.display_name, kept.case_id) == (first, NAME, None)


def test_h18_five_anchors_stand_beside_the_form_and_nothing_presses_her(house: House) -> None:
    operator, call = taken_call(house)
    page = unescape(shown(operator.get(f"/contacts/{call}")))
    assert "Listen · Ask · Believe · Make safer · Support" in page
    assert "You decide which, and when." in page
    for pressing in ("why do you not leave", "why don't you leave", "have to report", "must go to the police"):
        assert pressing not in page.lower()
    assert "nothing_now" in operator.get(f"/contacts/{call}").text


#: What closing needs where she could talk and told of violence.
TOLD = {
    "safe_to_talk": "yes",
    "language": "tr",
    "caller_role": "self",
    "contact_class": "counselling",
    "age_band": "unknown",
    "gender": "unsaid",
    "violence_types": ["unknown"],
    "immediate_danger": "unknown",
    "wants": ["nothing_now"],
    "outcome": "refused",
}


def test_h19_no_field_asks_for_proof_and_a_refusal_closes_the_record(house: House) -> None:
    proof = ("proof", "evidence", "document", "report_no", "witness")
    names = {*coded_fields(), *(column.key for column in Intake.__table__.columns)}
    assert [name for name in names if any(word in name for word in proof)] == []
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    assert operator.save(path, {**TOLD, "version": "0"}).get_json()["errors"] == []
    assert operator.save(f"{path}/screening", {"with_her_now": "unknown"}).status_code == 200
    assert operator.post(f"{path}/close").status_code == 303
    kept = house.desk.intake(call)
    assert (kept.state, kept.outcome) == ("closed", "refused")


@pytest.mark.parametrize("shows", ["withheld", "a number"])
def test_h20_a_record_is_whole_without_anything_that_says_who_she_is(house: House, shows: str) -> None:
    operator = house.browser("operator", ready=True)
    call = house.desk.call("anonymous" if shows == "withheld" else None)
    assert operator.post(f"/offers/{call}/accept", json=True).get_json() == {"won": True}
    path = f"/intakes/{house.desk.intake(call).id}"
    operator.save(path, {**TOLD, "version": "0"})
    operator.save(f"{path}/screening", {"with_her_now": "unknown"})
    assert operator.post(f"{path}/close").status_code == 303
    kept = house.desk.intake(call)
    assert (kept.state, kept.display_name, kept.district, kept.province_code) == ("closed", None, None, None)
    with unit_of_work(house.ground) as session:
        assert session.scalars(select(SafeContact).where(SafeContact.intake_id == kept.id)).all() == []
        assert session.get_one(Call, call).ended_at is None
    forms = {"physical", "sexual", "psychological", "economic", "stalking", "digital", "forced_marriage"}
    assert forms <= coded_fields()["violence_types"].known
    assert {"tr", "ku", "ar", "en"} <= coded_fields()["language"].known
