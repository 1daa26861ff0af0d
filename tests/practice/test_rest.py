"""REST as twilio's library speaks it: calls, numbers, lists, pages, credentials, errors."""

from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.practice.world import ACCOUNT, HER, HOST, LINE, MONDAY, STAFF, TOKEN, World


def refused(world: World, **change: object) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as error:
        world.client.calls.create(**({"to": STAFF, "from_": LINE, "url": f"{HOST}/leg"} | change))
    return error.value.status, error.value.code


def test_place_and_follow_a_call(world: World) -> None:
    world.program.on("/leg", "<Say>hello</Say><Pause length='10'/>")
    world.phone_does(STAFF)
    call = world.ring(STAFF, 0.0)
    assert world.client.calls(call.sid).fetch().status == "queued"
    world.carrier.run_for(1)
    assert world.client.calls(call.sid).fetch().status == "ringing"
    world.carrier.run_for(5)
    found = world.client.calls(call.sid).fetch()
    assert (found.status, found.direction, found.to, found._from) == ("in-progress", "outbound-api", STAFF, LINE)
    world.carrier.run_for(20)
    found = world.client.calls(call.sid).fetch()
    assert (found.status, found.duration) == ("completed", "11")
    assert found.end_time - found.start_time == timedelta(seconds=11)


def test_a_sip_address_is_rung_and_shown_any_number(world: World) -> None:
    world.program.on("/leg", "<Say>hello</Say>")
    address = f"sip:{STAFF}@sbc.example;transport=tls"
    world.phone_does(address)
    call = world.client.calls.create(to=address, from_="+902120000000", url=f"{HOST}/leg")
    world.carrier.run_for(5)
    assert world.exchange.calls[call.sid].from_ == "+902120000000"
    assert world.heard(address) == ["hello"]
    assert refused(world, from_="+902120000000") == (400, 21210)


def test_twiml_can_come_with_the_request(world: World) -> None:
    world.phone_does(STAFF)
    world.ring(STAFF, url=None, twiml="<Response><Say>inline</Say></Response>")
    assert world.heard(STAFF) == ["inline"]


def test_timeout_and_time_limit(world: World) -> None:
    world.program.on("/leg", "<Pause length='500'/>")
    world.phone_does(STAFF, "manual")
    assert world.ring(STAFF, 12, timeout=10).status == "no-answer"
    world.phone_does(STAFF)
    assert world.ring(STAFF, 60, time_limit=30).duration == 30


def test_redirect_and_end_a_call(world: World) -> None:
    world.program.on("/leg", "<Pause length='500'/>")
    world.program.on("/next", "<Say>next</Say><Pause length='500'/>")
    world.phone_does(STAFF)
    call = world.ring()
    world.client.calls(call.sid).update(url=f"{HOST}/next", method="POST")
    world.carrier.run_for(2)
    world.client.calls(call.sid).update(twiml="<Response><Say>inline</Say><Pause length='500'/></Response>")
    world.carrier.run_for(2)
    assert world.heard(STAFF) == ["next", "inline"]
    assert world.client.calls(call.sid).update(status="completed").status == "completed"
    with pytest.raises(TwilioRestException) as error:
        world.client.calls(call.sid).update(url=f"{HOST}/next")
    assert error.value.code == 21220


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "0312"}, 21211),
        ({"to": "+90112"}, 21216),
        ({"to": "112"}, 21216),
        ({"from_": "+905550000000"}, 21210),
        ({"url": None}, 21205),
        ({"url": "koza"}, 21205),
        ({"url": None, "twiml": "<Response><Sya/></Response>"}, 12200),
        ({"status_callback": "nowhere"}, 21609),
        ({"status_callback": HOST, "status_callback_event": ["begun"]}, 21626),
        ({"record": True}, 20001),
        ({"timeout": 0}, 20001),
    ],
)
def test_what_is_wrong_with_a_call(world: World, change: dict[str, object], code: int) -> None:
    assert refused(world, **change) == (400, code)


def test_a_ringing_call_cannot_be_redirected(world: World) -> None:
    world.phone_does(STAFF, "manual")
    call = world.ring()
    with pytest.raises(TwilioRestException) as error:
        world.client.calls(call.sid).update(url=f"{HOST}/next")
    assert error.value.code == 21220


def test_lists_and_filters(world: World) -> None:
    world.program.on("/leg", "<Hangup/>")
    world.phone_does(STAFF)
    hers = world.her_call("<Hangup/>")
    ours = world.ring()
    assert [call.sid for call in world.client.calls.list()] == [ours.sid, hers.sid]
    assert [call.sid for call in world.client.calls.list(to=LINE)] == [hers.sid]
    assert [call.sid for call in world.client.calls.list(from_=LINE)] == [ours.sid]
    assert len(world.client.calls.list(status="completed")) == 2
    assert world.client.calls.list(parent_call_sid=hers.sid) == []
    middle = datetime.fromtimestamp(MONDAY + 2, UTC)
    assert [call.sid for call in world.client.calls.list(start_time_after=middle)] == [ours.sid]
    assert [call.sid for call in world.client.calls.list(start_time_before=middle)] == [hers.sid]


def test_messages_by_time(world: World) -> None:
    world.program.on("/sms", "")
    world.exchange.text(HER, LINE, "one")
    world.carrier.run_for(100)
    world.exchange.text(HER, LINE, "two")
    since = datetime.fromtimestamp(MONDAY + 50, UTC)
    assert [text.body for text in world.client.messages.list(to=LINE, date_sent_after=since)] == ["two"]
    assert [text.body for text in world.client.messages.list(from_=HER, date_sent_before=since)] == ["one"]


def test_what_waits_is_hidden_by_the_filters_of_time(world: World) -> None:
    long_ago = datetime.fromtimestamp(MONDAY - 1000, UTC)
    call = world.ring(STAFF, 0.0)
    text = world.client.messages.create(to=STAFF, from_=LINE, body="x")
    assert world.client.calls(call.sid).fetch().start_time is None
    assert world.client.calls.list(start_time_after=long_ago) == []
    assert world.client.messages.list(date_sent_after=long_ago) == []
    world.carrier.run_for(3)
    assert [each.sid for each in world.client.calls.list(start_time_after=long_ago)] == [call.sid]
    assert [each.sid for each in world.client.messages.list(date_sent_after=long_ago)] == [text.sid]


def test_pages_do_not_shift_while_calls_arrive(world: World) -> None:
    world.program.on("/voice", "<Hangup/>")
    sids = [world.exchange.call(HER, LINE).sid for _ in range(5)]
    pages = world.client.calls.stream(page_size=2)
    seen = [next(pages).sid, next(pages).sid]
    world.exchange.call(HER, LINE)
    seen += [call.sid for call in pages]
    assert seen == list(reversed(sids))


def test_numbers_can_be_listed_and_pointed_elsewhere(world: World) -> None:
    (number,) = world.client.incoming_phone_numbers.list(phone_number=LINE)
    assert number.voice_url == f"{HOST}/voice"
    changed = world.client.incoming_phone_numbers(number.sid).update(
        voice_url=f"{HOST}/other", status_callback="", sms_fallback_url=f"{HOST}/s", voice_method="POST"
    )
    assert (changed.voice_url, changed.status_callback, changed.sms_fallback_url) == (f"{HOST}/other", "", f"{HOST}/s")
    world.program.on("/other", "<Say>moved</Say>")
    world.exchange.call(HER, LINE)
    world.carrier.run_for(1)
    assert world.heard(HER) == ["moved"]


def test_an_application_or_a_trunk_stands_above_the_urls_and_one_drives_out_the_other(world: World) -> None:
    (number,) = world.client.incoming_phone_numbers.list(phone_number=LINE)
    number = world.client.incoming_phone_numbers(number.sid)
    with pytest.raises(TwilioRestException):
        number.update(voice_application_sid="AP1")
    changed = number.update(voice_application_sid="AP" + "1" * 32, sms_application_sid="AP" + "1" * 32)
    assert (changed.voice_application_sid, changed.trunk_sid) == ("AP" + "1" * 32, None)
    changed = number.update(trunk_sid="TK" + "2" * 32)
    assert (changed.voice_application_sid, changed.trunk_sid) == (None, "TK" + "2" * 32)
    assert world.her_call("<Say>hello</Say>").status == "failed"
    world.exchange.text(HER, LINE, "hello")
    world.carrier.run_for(1)
    assert (world.program.at("/voice"), world.program.at("/sms")) == ([], [])
    number.update(trunk_sid="", sms_application_sid="")
    world.her_call("<Say>hello</Say>")
    assert world.heard(HER) == ["hello"]


@pytest.mark.parametrize("keeps", [True, False])
def test_messaging_services_are_listed_with_their_numbers(*, keeps: bool) -> None:
    sid = "MG" + "3" * 32
    world = World(messaging_services={sid: LINE}, services_that_keep=frozenset({sid} if keeps else ()))
    world.program.on("/sms", "")
    (service,) = world.client.messaging.v1.services.list()
    assert (service.sid, service.use_inbound_webhook_on_number) == (sid, not keeps)
    (number,) = world.client.messaging.v1.services(sid).phone_numbers.list()
    assert number.phone_number == LINE
    world.exchange.text(HER, LINE, "hello")
    world.carrier.run_for(1)
    assert bool(world.program.at("/sms")) is not keeps


def test_the_account(world: World) -> None:
    assert world.client.api.accounts(ACCOUNT).fetch().status == "active"


@pytest.mark.parametrize(("user", "secret"), [(ACCOUNT, "wrong"), ("SK" + "9" * 32, TOKEN), ("AC" + "9" * 32, TOKEN)])
def test_wrong_credentials(world: World, user: str, secret: str) -> None:
    client = Client(user, secret, account_sid=ACCOUNT, http_client=world.carrier.http_client)
    with pytest.raises(TwilioRestException) as error:
        client.api.accounts(ACCOUNT).fetch()
    assert (error.value.status, error.value.code) == (401, 20003)


def test_an_api_key_opens_the_account() -> None:
    world = World(api_keys={"SK" + "1" * 32: "secret"})
    client = Client("SK" + "1" * 32, "secret", account_sid=ACCOUNT, http_client=world.carrier.http_client)
    assert client.calls.list() == []


def test_errors_have_twilios_form(world: World) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/CA404.json"
    response = world.exchange.rest("GET", path, {}, (ACCOUNT, TOKEN), MONDAY)
    assert response.status == 404
    assert response.json_body is not None
    assert response.json_body["code"] == 20404
    assert set(response.json_body) == {"code", "message", "more_info", "status"}
    assert world.exchange.rest("DELETE", path, {}, (ACCOUNT, TOKEN), MONDAY).status == 405
    assert world.exchange.rest("GET", "/2010-04-01/Faxes.json", {}, (ACCOUNT, TOKEN), MONDAY).status == 404


def test_a_misspelt_field_is_refused(world: World) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    form = {"To": STAFF, "From": LINE, "Body": "x", "ValidtyPeriod": "60"}
    response = world.exchange.rest("POST", path, form, (ACCOUNT, TOKEN), MONDAY)
    assert response.status == 400
    assert response.json_body is not None
    assert "ValidtyPeriod" in response.json_body["message"]
