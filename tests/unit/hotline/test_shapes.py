"""Strict shapes: what a verified form must look like, and what moving a field's boundary does not get past."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.form_fields import ShapeError, clean_text
from hotline.shapes import (
    Media,
    conference_event,
    raw_form,
    sms_arrival,
    sms_status,
    voice_arrival,
    voice_status,
    voice_step,
)

ACCOUNT, CALL, TEXT = "AC" + "0" * 32, "CA" + "1" * 32, "SM" + "2" * 32
CALLER, LINE = "+905321112233", "+903121112233"
VOICE = {
    "AccountSid": ACCOUNT,
    "CallSid": CALL,
    "From": CALLER,
    "To": LINE,
    "CallStatus": "ringing",
    "Direction": "inbound",
}
SMS = {
    "AccountSid": ACCOUNT,
    "MessageSid": TEXT,
    "SmsMessageSid": TEXT,
    "SmsSid": TEXT,
    "From": CALLER,
    "To": LINE,
    "Body": "yardım",
    "NumMedia": "0",
}


def form(base: dict[str, str], **changes: str | list[str] | None) -> dict[str, list[str]]:
    merged: dict[str, Any] = {**base, **changes}
    return {name: value if isinstance(value, list) else [value] for name, value in merged.items() if value is not None}


def refusal(parse: Callable[[Any], object], fields: dict[str, list[str]]) -> tuple[str, str]:
    with pytest.raises(ShapeError) as caught:
        parse(fields)
    return caught.value.code, caught.value.field


def test_a_call_arrives() -> None:
    arrival = voice_arrival(form(VOICE, ForwardedFrom="+903122223344", FromCity="ANKARA", NewField="x"))
    assert (arrival.call_sid, arrival.account_sid) == (CALL, ACCOUNT)
    assert (arrival.caller.kind, arrival.caller.value) == ("number", CALLER)
    assert arrival.called.value == LINE
    assert (arrival.status, arrival.direction) == ("ringing", "inbound")
    assert arrival.forwarded_from is not None
    assert arrival.forwarded_from.value == "+903122223344"


@pytest.mark.parametrize("withheld", [None, "", "anonymous", "Restricted", "+266696687", "+7378742833"])
def test_a_withheld_caller_is_welcome(withheld: str | None) -> None:
    assert voice_arrival(form(VOICE, From=withheld)).caller.kind == "withheld"


@pytest.mark.parametrize(
    "odd", ["client:op_17", "sip:duty@koza.example", "whatsapp:+905321112233", "8850", "Türk Telekom"]
)
def test_other_addresses_have_a_closed_form(odd: str) -> None:
    assert voice_arrival(form(VOICE, From=odd)).caller.kind in {"client", "sip", "whatsapp", "short_code", "invalid"}


def test_a_call_without_our_number_is_still_a_call() -> None:
    assert voice_arrival(form(VOICE, To=None)).called.kind == "withheld"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"CallSid": None}, ("missing", "CallSid")),
        ({"CallSid": ""}, ("missing", "CallSid")),
        ({"CallSid": "CA" + "g" * 32}, ("malformed", "CallSid")),
        ({"CallSid": CALL + "0"}, ("recut", "form")),
        ({"CallSid": CALL + "\n"}, ("recut", "form")),
        ({"CallSid": [CALL, CALL]}, ("repeated", "CallSid")),
        ({"AccountSid": TEXT}, ("malformed", "AccountSid")),
        ({"From": [CALLER, "+905320000000"]}, ("repeated", "From")),
        ({"From": "x" * 5000}, ("too_long", "From")),
        ({"From": CALLER + "\x00"}, ("control_character", "From")),
        ({"CallStatus": "<b>"}, ("malformed", "CallStatus")),
        ({"Caller": "+905320000000"}, ("recut", "Caller")),
        ({"Called": "+905320000000"}, ("recut", "Called")),
        ({"ForwardedFrom": f"+90532CallSid{CALL}"}, ("recut", "form")),
        ({"Call-Sid": "x"}, ("recut", "form")),
        ({"": "x"}, ("recut", "form")),
    ],
)
def test_a_call_of_another_shape_is_refused(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refusal(voice_arrival, form(VOICE, **changes)) == expected


def test_what_a_telephone_system_adds_of_its_own_is_welcome() -> None:
    assert voice_arrival(form(VOICE, Caller=CALLER, Called=LINE, **{"SipHeader_X-Trunk": "7"})).call_sid == CALL


def test_an_unknown_state_is_kept_as_the_word_it_was() -> None:
    status = voice_status(form(VOICE, CallStatus="teleported"))
    assert (status.status, status.raw_status) == ("unknown", "teleported")


def test_a_status_callback_of_a_call() -> None:
    status = voice_status(
        form(
            VOICE,
            CallStatus="completed",
            SequenceNumber="3",
            Timestamp="Mon, 23 Nov 2026 10:00:00 +0000",
            CallDuration="42",
            SipResponseCode="200",
        )
    )
    assert (status.status, status.sequence, status.seconds, status.sip_code) == ("completed", 3, 42, 200)
    assert status.timestamp == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("unreadable", ["yesterday", "Mon, 23 Nov 2026 10:00:00", "", "99999999999"])
def test_an_unreadable_time_is_no_time(unreadable: str) -> None:
    assert voice_status(form(VOICE, Timestamp=unreadable)).timestamp is None


@pytest.mark.parametrize(
    ("digits", "finished", "key"),
    [("5", None, "5"), ("", "#", "#"), ("", "", None), (None, None, None), ("1234", "#", "1"), ("*", None, "*")],
)
def test_the_key_of_a_menu(digits: str | None, finished: str | None, key: str | None) -> None:
    assert voice_step(form(VOICE, Digits=digits, FinishedOnKey=finished)).key == key


def test_keys_never_stand_in_a_repr() -> None:
    assert "4711" not in repr(voice_step(form(VOICE, Digits="4711")))
    assert CALLER not in repr(voice_arrival(form(VOICE)))


@pytest.mark.parametrize("digits", ["5x", "1" * 33, "٥", "1 2"])
def test_digits_are_keys_of_a_telephone(digits: str) -> None:
    assert refusal(voice_step, form(VOICE, Digits=digits)) == ("malformed", "Digits")


def test_the_end_of_a_dial_and_of_the_waiting_room() -> None:
    step = voice_step(
        form(VOICE, DialCallStatus="no-answer", DialCallDuration="0", QueueResult="leave", QueueTime="12")
    )
    assert (step.dial_status, step.dial_seconds, step.queue_result, step.queue_seconds) == ("no-answer", 0, "leave", 12)


@pytest.mark.parametrize(
    ("status", "bridged", "talked"),
    [
        ("completed", "true", True),
        ("answered", None, True),
        ("completed", None, True),
        ("completed", "false", False),
        ("completed", "FALSE", False),
        ("completed", "?", True),
        ("busy", "false", False),
        ("no-answer", None, False),
        (None, None, False),
    ],
)
def test_a_voicemail_that_answered_is_nobody_who_talked(status: str | None, bridged: str | None, talked: bool) -> None:
    assert voice_step(form(VOICE, DialCallStatus=status, DialBridged=bridged)).talked is talked


def test_an_event_of_a_talking_room() -> None:
    event = conference_event(
        {
            "AccountSid": [ACCOUNT],
            "ConferenceSid": ["CF" + "3" * 32],
            "FriendlyName": ["c_0192"],
            "StatusCallbackEvent": ["participant-leave"],
            "CallSid": [CALL],
            "SequenceNumber": ["4"],
            "ParticipantLabel": ["caller"],
        }
    )
    assert (event.event, event.name, event.label, event.sequence) == ("participant-leave", "c_0192", "caller", 4)


def test_the_longest_word_of_the_carrier_is_a_word() -> None:
    reason = "participant-with-end-conference-on-exit-left"
    event = conference_event(
        {
            "AccountSid": [ACCOUNT],
            "ConferenceSid": ["CF" + "3" * 32],
            "FriendlyName": ["c_0192"],
            "StatusCallbackEvent": ["conference-end"],
            "ReasonConferenceEnded": [reason],
        }
    )
    assert event.reason == reason


def test_a_text_arrives_as_it_was_written() -> None:
    body = "Yardım edin 🙏\r\n\u200fمساعدة"
    text = sms_arrival(form(SMS, Body=body, NumSegments="2", OptOutType="STOP"))
    assert (text.message_sid, text.body, text.segments, text.opt_out) == (TEXT, body, 2, "STOP")
    assert body not in repr(text)


def test_a_text_without_words_is_a_text() -> None:
    assert sms_arrival(form(SMS, Body=None)).body == ""


def test_only_what_no_database_holds_is_taken_out() -> None:
    assert sms_arrival(form(SMS, Body="a\x00b\ud800c")).body == "ab" + "\ufffd" * 3 + "c"


def test_attachments_are_listed_and_counted() -> None:
    text = sms_arrival(form(SMS, NumMedia="2", MediaUrl0="https://x.example/1", MediaContentType0="image/JPEG"))
    assert text.media == (Media("https://x.example/1", "image/jpeg"), Media("", ""))
    assert text.media_count == 2
    assert len(sms_arrival(form(SMS, NumMedia="999999999")).media) == 30


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"MessageSid": CALL, "SmsSid": None, "SmsMessageSid": None}, ("malformed", "MessageSid")),
        ({"MessageSid": None, "SmsSid": None, "SmsMessageSid": None}, ("missing", "MessageSid")),
        ({"SmsSid": "SM" + "9" * 32}, ("recut", "SmsSid")),
        ({"SmsMessageSid": "SM" + "9" * 32}, ("recut", "SmsMessageSid")),
        ({"From": None}, ("missing", "From")),
        ({"To": None}, ("missing", "To")),
        ({"Body": "ş" * 32769}, ("too_long", "Body")),
        ({"Body": ["a", "b"]}, ("repeated", "Body")),
        ({"NumMedia": "-1"}, ("malformed", "NumMedia")),
        ({"NumMedia": "٣"}, ("malformed", "NumMedia")),
    ],
)
def test_a_text_of_another_shape_is_refused(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refusal(sms_arrival, form(SMS, **changes)) == expected


def test_a_receipt_of_a_text() -> None:
    status = sms_status(form(SMS, MessageStatus="undelivered", ErrorCode="30003", From=LINE, To=CALLER))
    assert (status.status, status.error_code, status.recipient.value) == ("undelivered", 30003, CALLER)
    assert sms_status(form(SMS, SmsStatus="sent")).status == "sent"
    assert sms_status(form(SMS, MessageStatus="delivered", EventType="READ")).status == "read"
    assert refusal(sms_status, form(SMS)) == ("missing", "MessageStatus")


def test_an_error_never_says_what_was_in_the_field() -> None:
    with pytest.raises(ShapeError) as caught:
        voice_arrival(form(VOICE, From="+90532SECRET;drop"))
    assert "SECRET" not in str(caught.value)
    with pytest.raises(ShapeError) as caught:
        voice_arrival(form(VOICE, **{f"SECRETCallSid{CALL}": "x"}))
    assert "SECRET" not in str(caught.value)


@given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=8), min_size=1, max_size=3), max_size=5))
def test_the_raw_form_keeps_every_field(fields: dict[str, list[str]]) -> None:
    kept = json.loads(raw_form(fields))
    assert kept == {clean_text(name): [clean_text(value) for value in values] for name, values in fields.items()}
    assert "\\u0000" not in raw_form(fields)
    raw_form(fields).encode()


_parsers = st.sampled_from([voice_arrival, voice_step, voice_status, sms_arrival, sms_status, conference_event])
_names = st.sampled_from([*VOICE, *SMS, "Digits", "SequenceNumber", "Timestamp", "MediaUrl0", "FriendlyName", "X"])
_values = st.one_of(st.text(max_size=40), st.sampled_from([ACCOUNT, CALL, TEXT, CALLER, "completed", "5"]))


@given(_parsers, st.dictionaries(_names, st.lists(_values, max_size=2), max_size=10), st.booleans())
def test_any_form_is_parsed_or_refused(
    parse: Callable[[Any], object], noise: dict[str, list[str]], whole: bool
) -> None:
    fields = {**form(VOICE), **form(SMS), **noise} if whole else noise
    try:
        parse(fields)
    except ShapeError as error:
        assert error.code  # noqa: PT017 - refusing is as good an outcome as parsing
