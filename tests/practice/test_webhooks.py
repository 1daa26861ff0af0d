"""Signatures, headers, parameters, timeouts, retries, fallbacks and callbacks of calls."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from practice.config import NumberConfig
from practice.signing import signature
from practice.webhooks import Overrides, parse_overrides
from tests.practice.world import ACCOUNT, HER, HOST, LINE, STAFF, TOKEN, World

LETTERS = st.characters(exclude_categories=["Cs"])
FORM = st.lists(st.tuples(st.text(LETTERS, min_size=1), st.text(LETTERS)))


@given(FORM)
def test_the_signature_is_twilios(form: list[tuple[str, str]]) -> None:
    url = f"{HOST}/twilio/voice?x=1"
    expected = RequestValidator(TOKEN).compute_signature(url, MultiDict(form))
    assert signature(TOKEN, url, form) == expected


def test_a_published_vector() -> None:
    form = parse_qsl(
        "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
    )
    assert signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_headers_and_parameters_of_a_call(world: World) -> None:
    call = world.her_call("<Hangup/>")
    received = world.program.received[0]
    assert received.signed
    assert received.headers["User-Agent"] == "TwilioProxy/1.1"
    assert len(received.headers["I-Twilio-Idempotency-Token"]) == 36
    assert received.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    form = received.form
    assert (form["CallSid"], form["AccountSid"], form["CallStatus"]) == (call.sid, ACCOUNT, "ringing")
    assert form["From"] == form["Caller"] == HER
    assert form["To"] == form["Called"] == LINE
    assert (form["Direction"], form["ApiVersion"], form["FromCountry"]) == ("inbound", "2010-04-01", "TR")
    assert call.sid.startswith("CA")
    assert len(call.sid) == 34


@pytest.mark.parametrize("from_", ["anonymous", "+266696687", "client:op_1", "sip:a@example.org", "Restricted"])
def test_callers_without_a_number(world: World, from_: str) -> None:
    world.program.on("/voice", "<Hangup/>")
    world.exchange.call(from_, LINE)
    world.carrier.run_for(1)
    assert world.program.at("/voice")[0]["From"] == from_


def test_a_call_of_a_sip_trunk_names_the_domain_and_the_headers_at_every_step() -> None:
    world = World(sip_domains=(NumberConfig(number="koza.sip.example", voice_url=f"{HOST}/voice"),))
    world.program.on("/voice", '<Gather action="/next" actionOnEmptyResult="true" timeout="1"/>')
    world.program.on("/next", "<Hangup/>")
    called = f"sip:{LINE}@koza.sip.example;user=phone"
    world.exchange.call(f"sip:{HER}@sbc.example", called, headers={"P-Asserted-Identity": f"<sip:{HER}@sbc.example>"})
    world.carrier.run_for(5)
    for path in ("/voice", "/next"):
        (form,) = world.program.at(path)
        assert (form["To"], form["SipDomain"]) == (called, "koza.sip.example")
        assert form["SipHeader_P-Asserted-Identity"] == f"<sip:{HER}@sbc.example>"
    assert world.exchange.call(HER, f"sip:{LINE}@elsewhere.example").status == "failed"


def test_every_request_is_signed(world: World) -> None:
    world.program.on("/next", "<Say>ğüş</Say>")
    world.her_call('<Gather action="/next?lang=tr" actionOnEmptyResult="true" timeout="1"/>', seconds=10)
    assert [each.signed for each in world.program.received] == [True, True, True]


# Overrides and retries.


def test_overrides_are_read() -> None:
    assert parse_overrides("") == Overrides()
    found = parse_overrides("ct=2000&rt=4000&tt=14000&rc=2&rp=5xx,ct,rt")
    assert found == Overrides(2.0, 4.0, 14.0, 2, frozenset({"5xx", "ct", "rt"}))
    assert parse_overrides("rp=all").causes == {"4xx", "5xx", "ct", "rt"}


@pytest.mark.parametrize("fragment", ["ct=50", "ct=20000", "rc=6", "rp=no", "zz=1", "rc=x", "rc"])
def test_wrong_overrides_are_refused(fragment: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_overrides(fragment)


def calling(world: World, url: str) -> None:
    world.exchange.ground.numbers[LINE].voice_url = url


def test_the_fragment_is_neither_sent_nor_signed(world: World) -> None:
    calling(world, f"{HOST}/voice#rc=2&ct=3000")
    world.her_call("<Hangup/>")
    assert world.program.received[0].signed
    assert world.exchange.requests("voice")[0].url == f"{HOST}/voice"


def test_an_unreachable_program_is_tried_twice_then_the_fallback(world: World) -> None:
    world.carrier.outage = "connect"
    world.her_call("<Hangup/>", seconds=3)
    kinds = [entry.kind for entry in world.exchange.requests()]
    assert kinds[:4] == ["voice", "voice", "voice-fallback", "voice-fallback"]
    first, second = world.exchange.requests("voice")
    assert (first.outcome, second.outcome) == ("connect", "connect")
    assert world.exchange.requests("voice-fallback")[0]["ErrorCode"] == "11205"


def test_a_5xx_is_not_repeated_unless_asked(world: World) -> None:
    world.carrier.outage = 503
    world.her_call("<Hangup/>", seconds=3)
    assert len(world.exchange.requests("voice")) == 1
    other = World()
    other.carrier.outage = 503
    calling(other, f"{HOST}/voice#rc=3&rp=5xx")
    other.her_call("<Hangup/>", seconds=3)
    assert len(other.exchange.requests("voice")) == 4


def test_a_4xx_is_repeated_only_when_asked(world: World) -> None:
    world.carrier.outage = 404
    calling(world, f"{HOST}/voice#rc=1&rp=4xx")
    world.her_call("<Hangup/>", seconds=3)
    assert len(world.exchange.requests("voice")) == 2


def test_a_silent_program_costs_fifteen_seconds(world: World) -> None:
    world.carrier.outage = "timeout"
    world.her_call("<Hangup/>", seconds=14)
    assert world.exchange.requests("voice-fallback") == []
    world.carrier.run_for(2)
    assert len(world.exchange.requests("voice")) == 1
    assert len(world.exchange.requests("voice-fallback")) == 1


def test_a_short_timeout_fails_over_fast(world: World) -> None:
    world.carrier.outage = "timeout"
    calling(world, f"{HOST}/voice#rt=2000&rc=1&rp=rt")
    world.her_call("<Hangup/>", seconds=4)
    assert len(world.exchange.requests("voice")) == 2
    world.carrier.run_for(1)
    assert len(world.exchange.requests("voice-fallback")) == 1


def test_the_total_time_bounds_all_attempts(world: World) -> None:
    world.carrier.outage = "timeout"
    calling(world, f"{HOST}/voice#rt=4000&tt=9000&rc=5&rp=rt")
    world.her_call("<Hangup/>", seconds=60)
    assert len(world.exchange.requests("voice")) == 3


def test_a_retry_keeps_its_token_and_the_fallback_has_its_own(world: World) -> None:
    world.exchange.ground.numbers[LINE].voice_url += "#rc=1&rp=5xx"
    world.program.on("/voice", lambda _form: ("", 500))
    world.exchange.call(HER, LINE)
    world.carrier.run_for(3)
    tokens = [each.headers["I-Twilio-Idempotency-Token"] for each in world.program.received[:3]]
    assert tokens[0] == tokens[1] != tokens[2]


def test_wrong_overrides_are_an_error_in_the_debugger(world: World) -> None:
    calling(world, f"{HOST}/voice#rc=99")
    world.her_call("<Hangup/>")
    assert [error.code for error in world.exchange.errors] == [11243]


def test_a_late_answer_after_her_hanging_up_is_ignored(world: World) -> None:
    world.program.on("/voice", "<Say>too late</Say>")
    call = world.exchange.call(HER, LINE)
    (request,) = world.exchange.step(world.carrier.now)
    call.hang_up()
    world.exchange.deliver(request.id, 200, "text/xml", "<Response><Say>x</Say></Response>", world.carrier.now)
    assert (world.heard(HER), call.status) == ([], "no-answer")


# Status callbacks of calls.


def reports(
    world: World, answering: str = "answer", events: tuple[str, ...] = (), **more: object
) -> list[dict[str, str]]:
    world.program.on("/leg", "<Say>x</Say>")
    world.program.on("/leg-status", "")
    world.phone_does(STAFF, answering)
    callback = {"status_callback": f"{HOST}/leg-status"} | ({"status_callback_event": list(events)} if events else {})
    world.ring(STAFF, 90, **(callback | more))
    return world.program.at("/leg-status")


ALL = ("initiated", "ringing", "answered", "completed")


def test_all_events_of_an_answered_call(world: World) -> None:
    forms = reports(world, events=ALL)
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert {form["CallbackSource"] for form in forms} == {"call-progress-events"}
    assert forms[0]["Timestamp"].endswith("+0000")
    assert (forms[3]["CallDuration"], forms[3]["Duration"]) == ("1", "1")


@pytest.mark.parametrize(
    ("answering", "status"),
    [("busy", "busy"), ("decline", "busy"), ("no_answer", "no-answer"), ("failed", "failed")],
)
def test_the_end_of_a_call_that_was_not_answered(world: World, answering: str, status: str) -> None:
    forms = reports(world, answering)
    assert [(form["CallStatus"], form["CallDuration"]) for form in forms] == [(status, "0")]


def test_a_canceled_call(world: World) -> None:
    world.program.on("/leg-status", "")
    world.phone_does(STAFF, "manual")
    call = world.ring(STAFF, 5, status_callback=f"{HOST}/leg-status")
    world.client.calls(call.sid).update(status="canceled")
    world.carrier.run_for(1)
    assert world.program.at("/leg-status")[0]["CallStatus"] == "canceled"


def test_the_numbers_status_callback_hears_the_end(world: World) -> None:
    world.her_call("<Hangup/>")
    assert [form["CallStatus"] for form in world.program.at("/status")] == ["completed"]


def test_machine_detection_says_who_answered(world: World) -> None:
    world.program.on("/leg", "<Hangup/>")
    world.phone_does(STAFF, "machine")
    world.ring(STAFF, machine_detection="Enable")
    assert world.program.at("/leg")[0]["AnsweredBy"] == "machine_start"


def test_the_tally_forgets_nothing_that_the_log_forgets(world: World) -> None:
    world.her_call("<Hangup/>")
    sent = len(world.exchange.requests())
    world.exchange.ground.webhooks.log.clear()
    outcomes, seconds = world.exchange.tally()
    assert sum(outcomes.values()) == sent > 0
    assert len(seconds) == sum(number for name, number in outcomes.items() if name.isdigit())
