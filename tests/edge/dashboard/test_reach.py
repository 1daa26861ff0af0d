"""How she may be reached: what stops everything, who lifts it, and what nobody agreed."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from core import clock
from core.i18n import ISTANBUL
from core.unit_of_work import unit_of_work
from hotline.carriers.protocol import Refused
from hotline.queries.reach import reach
from hotline.sender import Sender
from intake.gate import may_reply
from staff.scope import Scope
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_workspace import acts, number_of, taken_call, taken_text
from tests.support.fake_carrier import FakeCarrier
from tests.support.house import Clock


def test_an_empty_code_word_stops_nothing_and_a_wrong_one_the_machine_until_a_person_lifts_it(house: House) -> None:
    operator, contact = taken_text(house)
    intake = house.desk.intake(contact).id
    path = f"/intakes/{intake}"
    operator.save(path, {"safe_code_word": "mavi fincan", "safe_sms": "ok"})
    empty = operator.post(path, {"check_identity": "1", "code_word": "  "})
    assert empty.status_code == 422
    assert "Type the word she says." in shown(empty)
    assert operator.post(f"/contacts/{contact}/messages", {"text": "Buradayım."}).status_code == 303
    assert operator.post(path, {"check_identity": "1", "code_word": "yeşil"}).status_code == 422
    page = operator.get(f"/contacts/{contact}")
    assert f'action="{path}/compromised"' in page.text
    assert "the agreed answer" in shown(page)
    assert "Say nothing that tells who we are." in shown(page)
    assert house.desk.intake(contact).level == 1
    assert operator.post(f"/contacts/{contact}/messages", {"text": "Hâlâ orada mısınız?"}).status_code == 303
    assert operator.post(f"{path}/compromised", {"reason": ""}).status_code == 422
    assert acts(house, "compromise_cleared", intake) == []
    assert operator.post(f"{path}/compromised", {"reason": "typed_wrong"}).status_code == 303
    [entry] = acts(house, "compromise_cleared", intake)
    assert (entry.actor_id, entry.detail) == (operator.account_id, {"reason": "typed_wrong"})
    assert operator.post(f"/contacts/{contact}/messages", {"text": "Buradayım."}).status_code == 303
    assert "/compromised" not in operator.get(f"/contacts/{contact}").text


def test_only_who_works_on_the_contact_lifts_it(house: House, elsewhere: House) -> None:
    operator, contact = taken_text(house)
    path = f"/intakes/{house.desk.intake(contact).id}"
    operator.save(path, {"safe_code_word": "mavi fincan"})
    operator.post(path, {"check_identity": "1", "code_word": "yeşil"})
    lifted = {"reason": "spoke"}
    assert elsewhere.browser("shift_lead").post(f"{path}/compromised", lifted).status_code == 404
    assert house.browser("operator").post(f"{path}/compromised", lifted).status_code == 404
    assert house.browser("director").post(f"{path}/compromised", lifted).status_code == 403
    assert "the agreed answer" in shown(operator.get(f"/contacts/{contact}"))
    assert house.browser("shift_lead").post(f"{path}/compromised", lifted).status_code == 303


def test_agreeing_about_calls_agrees_nothing_about_texts(house: House, hand: Clock) -> None:
    operator, contact = taken_text(house)
    hand.advance(13 * 3600, sweeping=False)

    def reasons(**how: str) -> tuple[str, ...]:
        with unit_of_work(house.ground) as session:
            return may_reply(session, Scope.system("tests"), contact, **how).reasons  # type: ignore[arg-type]

    assert (reasons(), reasons(purpose="callback")) == (("stale",), ("not_agreed",))
    operator = house.browser(account_id=operator.account_id)
    path = f"/intakes/{house.desk.intake(contact).id}"
    for field, answer in (("safe_call", "never"), ("safe_who", "ablası"), ("safe_when", "every day")):
        assert operator.save(path, {field: answer}).get_json()["errors"] == []
        assert (reasons(), reasons(purpose="callback")) == (("stale",), ("not_agreed",))
    with unit_of_work(house.ground) as session:
        later = clock.now(session).astimezone(ISTANBUL) + timedelta(hours=2)
    assert operator.save(path, {"safe_when": f"{later:%H}:00-{later:%H}:01"}).get_json()["errors"] == []
    assert "outside_window" in reasons()
    operator.save(path, {"safe_when": "", "safe_sms": "neutral"})
    assert (reasons(), reasons(purpose="callback")) == ((), ())
    assert reasons(channel="voice") == ("never",)


def test_every_reason_against_writing_is_told(house: House, hand: Clock) -> None:
    operator, contact = taken_text(house)
    hand.advance(13 * 3600, sweeping=False)
    operator = house.browser(account_id=operator.account_id)
    operator.save(f"/intakes/{house.desk.intake(contact).id}", {"caller_not_alone": "1", "safe_sms": "never"})
    page = shown(operator.get(f"/contacts/{contact}"))
    refused = shown(operator.post(f"/contacts/{contact}/messages", {"text": "Orada mısınız?"}))
    for reason in ("Her safe contact forbids this way of reaching her.", "She is not alone. Wait until she is."):
        assert reason in page
        assert reason in refused


def test_a_call_says_whether_we_may_call_back_and_what_she_will_see(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    page = shown(operator.get(f"/contacts/{call}"))
    assert "We may not call her back now. Nothing was agreed about reaching her." in page
    operator.save(path, {"safe_call": "neutral"})
    number = house.desk.line.number
    allowed = f"We may call her back. Say nothing that tells who we are. She will see {number}."
    assert allowed in unescape(shown(operator.get(f"/contacts/{call}")))
    operator.save(path, {"caller_not_alone": "1"})
    page = shown(operator.get(f"/contacts/{call}"))
    assert "We may not call her back now. She is not alone." in page
    assert "She will see" not in page


def test_where_the_network_stops_our_texts_the_contact_stays_open_and_says_so(house: House, hand: Clock) -> None:
    """She once wrote STOP, and the carrier holds to it whatever we think of it."""
    operator, contact = taken_text(house)
    assert operator.post(f"/contacts/{contact}/messages", {"text": "Buradayım."}).status_code == 303
    hand.advance(11, sweeping=False)
    carrier = FakeCarrier(lambda: house.desk.facts(contact)[0].at, answer=lambda _act: Refused(21610, "opted_out"))
    sender = Sender(house.ground, carrier)
    while sender.round():
        pass
    page = operator.get(f"/contacts/{contact}")
    assert "The network stops our texts to this number" in unescape(page.text)
    assert 'action="/contacts/' + str(contact) + '/messages"' in page.text
    with unit_of_work(house.ground) as session:
        known = reach(session, contact)
    assert known is not None
    assert not known.ended
    assert known.opted_out_at is None
    # It never left, so it answered nobody, and her clock runs as before.
    assert house.desk.facts(contact, "StaffReplied") == []


def test_after_a_silence_the_agreed_question_is_asked_anew_but_never_of_whoever_wrote_of_danger(
    house: House, hand: Clock
) -> None:
    operator, contact = taken_text(house)
    number = number_of(house, contact)
    path = f"/intakes/{house.desk.intake(contact).id}"
    operator.save(path, {"safe_question": "kedinin adı neydi", "safe_code_word": "mavi fincan", "safe_sms": "ok"})
    assert operator.post(path, {"check_identity": "1", "code_word": "mavi fincan"}).status_code == 303
    assert "Identity checked." in shown(operator.get(f"/contacts/{contact}"))
    hand.advance(13 * 3600, sweeping=False)
    assert house.desk.text("orada mısınız", number) == contact
    operator = house.browser(account_id=operator.account_id)
    page = shown(operator.get(f"/contacts/{contact}"))
    assert "kedinin adı neydi" in page
    assert "Identity checked." not in page
    house.desk.text("kapıyı kırıyor", number)
    page = shown(operator.get(f"/contacts/{contact}"))
    assert "do not ask who she is now" in page
    assert "The question that was agreed" not in page
