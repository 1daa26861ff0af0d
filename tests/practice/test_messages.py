"""Texts in both directions, their callbacks, opting out, and messages by REST."""

import pytest
from flask import Response
from twilio.base.exceptions import TwilioRestException
from twilio.rest.api.v2010.account.message import MessageInstance

from practice.faults import Faults
from practice.phones import TextBack
from practice.segments import segment_count
from tests.practice.world import ACCOUNT, HER, HOST, LINE, STAFF, World


def send(
    world: World, to: str = STAFF, body: str = "Acil: K7Q2", seconds: float = 5.0, **more: object
) -> MessageInstance:
    world.program.on("/text-status", "")
    made = world.client.messages.create(
        to=to, from_=LINE, body=body, status_callback=f"{HOST}/text-status", **more
    )  # fmt: skip
    world.carrier.run_for(seconds)
    return made


def statuses(world: World) -> list[str]:
    return [form["MessageStatus"] for form in world.program.at("/text-status")]


def test_a_text_from_the_world_reaches_the_program(world: World) -> None:
    world.program.on("/sms", "")
    text = world.exchange.text(HER, LINE, "yardım")
    world.carrier.run_for(1)
    (form,) = world.program.at("/sms")
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == text.sid
    assert form["SmsStatus"] == "received"
    assert (form["From"], form["To"], form["Body"], form["AccountSid"]) == (HER, LINE, "yardım", ACCOUNT)
    assert (form["NumMedia"], form["NumSegments"], form["FromCountry"]) == ("0", "1", "TR")


def test_an_empty_answer_is_no_error(world: World) -> None:
    world.program.on("/sms", lambda _form: Response("", status=200))
    world.exchange.text(HER, LINE, "hi")
    world.carrier.run_for(1)
    assert world.exchange.errors == []


def test_message_answers(world: World) -> None:
    world.program.on("/after", "")
    world.program.on("/text-status", "")
    world.program.on("/sms", '<Message action="/after" statusCallback="/text-status">we are here</Message>')
    world.exchange.text(HER, LINE, "hi")
    world.carrier.run_for(5)
    assert world.exchange.phone(HER).texts() == ["we are here"]
    assert [text.direction for text in world.exchange.messages.values()] == ["inbound", "outbound-reply"]
    assert world.program.at("/after")[0]["MessageStatus"] == "queued"
    assert statuses(world)[-1] == "delivered"


def test_message_to_somebody_else(world: World) -> None:
    world.program.on("/sms", f'<Message to="{STAFF}"><Body>she wrote</Body></Message>')
    world.exchange.text(HER, LINE, "hi")
    world.carrier.run_for(5)
    assert world.exchange.phone(STAFF).texts() == ["she wrote"]


def test_redirect_in_the_answer(world: World) -> None:
    world.program.on("/sms", "<Redirect>/other</Redirect>")
    world.program.on("/other", "<Message>from there</Message>")
    world.exchange.text(HER, LINE, "hi")
    world.carrier.run_for(5)
    assert world.exchange.phone(HER).texts() == ["from there"]


def test_a_failing_webhook_goes_to_the_fallback_and_the_text_stays_listed(world: World) -> None:
    world.program.on("/sms", lambda _form: Response("", status=500))
    text = world.exchange.text(HER, LINE, "hi")
    world.carrier.run_for(1)
    assert world.program.at("/sms-fallback")[0]["ErrorCode"] == "11200"
    assert [each.sid for each in world.client.messages.list(to=LINE)] == [text.sid]


def test_a_text_goes_out_and_reports(world: World) -> None:
    made = send(world)
    assert made.status == "queued"
    assert statuses(world) == ["sending", "sent", "delivered"]
    assert {form["MessageSid"] for form in world.program.at("/text-status")} == {made.sid}
    assert world.exchange.phone(STAFF).texts() == ["Acil: K7Q2"]
    assert world.client.messages(made.sid).fetch().status == "delivered"


def test_a_messaging_service_accepts_first(world: World) -> None:
    world = World(messaging_services={"MG" + "1" * 32: LINE})
    world.program.on("/text-status", "")
    made = world.client.messages.create(
        to=STAFF, messaging_service_sid="MG" + "1" * 32, body="x", status_callback=f"{HOST}/text-status"
    )
    world.carrier.run_for(5)
    assert made.status == "accepted"
    assert statuses(world) == ["queued", "sending", "sent", "delivered"]
    assert world.program.at("/text-status")[0]["MessagingServiceSid"] == "MG" + "1" * 32


def test_a_registered_sender_name(world: World) -> None:
    world = World(sender_ids=frozenset({"KOZASONIM"}))
    assert world.client.messages.create(to=STAFF, from_="KOZASONIM", body="x").status == "queued"


def test_a_phone_that_cannot_be_reached(world: World) -> None:
    world.phone_does(STAFF, "manual", text_error=30003)
    made = send(world)
    assert statuses(world) == ["sending", "sent", "undelivered"]
    assert world.program.at("/text-status")[-1]["ErrorCode"] == "30003"
    assert world.client.messages(made.sid).fetch().error_code == 30003
    assert world.exchange.phone(STAFF).texts() == []


def test_a_text_that_fails_at_once(world: World) -> None:
    world.phone_does(STAFF, "manual", text_error=30008, text_fails=True)
    send(world)
    assert statuses(world) == ["failed"]


def test_stop_blocks_until_start(world: World) -> None:
    world.program.on("/sms", "")
    world.exchange.text(HER, LINE, " Stop ")
    world.carrier.run_for(1)
    assert len(world.program.at("/sms")) == 1
    assert "unsubscribed" in world.exchange.phone(HER).texts()[0]
    with pytest.raises(TwilioRestException) as error:
        send(world, HER)
    assert (error.value.status, error.value.code) == (400, 21610)
    world.exchange.text(HER, LINE, "START")
    send(world, HER)
    assert statuses(world)[-1] == "delivered"


def test_without_default_opt_out_stop_is_a_word() -> None:
    world = World(default_opt_out=False)
    world.program.on("/sms", "")
    world.exchange.text(HER, LINE, "stop")
    send(world, HER)
    assert statuses(world)[-1] == "delivered"


@pytest.mark.parametrize(
    ("faults", "code"),
    [(Faults(opted_out=frozenset({HER})), 21610), (Faults(not_mobile=frozenset({HER})), 21614)],
)
def test_numbers_that_are_refused(world: World, faults: Faults, code: int) -> None:
    world.exchange.faults = faults
    with pytest.raises(TwilioRestException) as error:
        send(world, HER)
    assert error.value.code == code
    assert world.exchange.messages == {}


def test_undelivered_by_fault(world: World) -> None:
    world.exchange.faults = Faults(undelivered={"*": 30007, STAFF: 30006})
    send(world)
    assert world.program.at("/text-status")[-1]["ErrorCode"] == "30006"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "0530"}, 21211),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": ""}, 21603),
        ({"from_": "+905550000000"}, 21606),
        ({"status_callback": "nowhere"}, 21609),
    ],
)
def test_what_is_wrong_with_a_request(world: World, change: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as error:
        world.client.messages.create(**({"to": STAFF, "from_": LINE, "body": "x"} | change))
    assert error.value.code == code


def test_redact_and_delete(world: World) -> None:
    made = send(world, seconds=0.2)
    with pytest.raises(TwilioRestException):
        world.client.messages(made.sid).update(body="")
    world.carrier.run_for(5)
    assert world.client.messages(made.sid).update(body="").body == ""
    assert world.client.messages(made.sid).delete()
    with pytest.raises(TwilioRestException) as error:
        world.client.messages(made.sid).fetch()
    assert error.value.code == 20404
    assert world.exchange.messages[made.sid].deleted


def test_a_phone_answers_a_code(world: World) -> None:
    world.program.on("/sms", "")
    world.phone_does(STAFF, "manual", text_backs=(TextBack(r"\1 ok", when=r"Acil: (\w+)"),))
    send(world)
    assert world.program.at("/sms")[0]["Body"] == "K7Q2 ok"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("ş" * 70, 1),
        ("ş" * 71, 2),
        ("ş" * 671, 11),
        ("{" * 80, 1),
        ("{" * 81, 2),
    ],
)
def test_segments(body: str, count: int) -> None:
    assert segment_count(body) == count
