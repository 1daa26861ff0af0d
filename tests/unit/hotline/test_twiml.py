"""Our renderer against the carrier's own library, a table of verbs and attributes, and odd text."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Dial, VoiceResponse
from twilio.twiml.voice_response import Enqueue as TwilioEnqueue
from twilio.twiml.voice_response import Gather as TwilioGather

from hotline.paths import CALLBACK_PATIENCE, STEP_PATIENCE, with_query
from hotline.twiml import (
    EMPTY,
    DialConference,
    DialNumbers,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Number,
    Pause,
    Play,
    Redirect,
    Say,
    TwimlError,
    render,
)
from practice.webhooks import parse_overrides
from tests.unit.hotline.twiml_table import validate

_texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=60)


def same(ours: str, theirs: VoiceResponse) -> bool:
    return ET.canonicalize(ours) == ET.canonicalize(str(theirs))


@given(_texts, _texts)
def test_speech_inside_a_gather_as_the_library_writes_it(text: str, url: str) -> None:
    theirs = VoiceResponse()
    gather = TwilioGather(
        input="dtmf",
        action=url + STEP_PATIENCE,
        method="POST",
        timeout=6,
        num_digits=1,
        finish_on_key="",
        action_on_empty_result=True,
    )
    gather.say(text, voice="Google.tr-TR-Wavenet-A", language="tr-TR")
    gather.play("https://x.example/1.mp3")
    gather.pause(length=2)
    theirs.append(gather)
    theirs.redirect(url + STEP_PATIENCE, method="POST")
    prompts = (Say(text, "tr-TR", "Google.tr-TR-Wavenet-A"), Play("https://x.example/1.mp3"), Pause(2))
    assert same(render([Gather(url, 6, prompts), Redirect(url)]), theirs)


def test_the_waiting_room_as_the_library_writes_it() -> None:
    theirs = VoiceResponse()
    queue = TwilioEnqueue(
        "wait",
        action="/a" + STEP_PATIENCE,
        method="POST",
        wait_url="/w" + STEP_PATIENCE,
        wait_url_method="POST",
        max_queue_size=1000,
    )
    theirs.append(queue)
    theirs.leave()
    theirs.hangup()
    assert same(render([Enqueue("wait", "/w", "/a"), Leave(), Hangup()]), theirs)


def test_duty_telephones_as_the_library_writes_them() -> None:
    theirs = VoiceResponse()
    dial = Dial(
        action="/a" + STEP_PATIENCE,
        method="POST",
        timeout=25,
        caller_id="+903121112233",
        answer_on_bridge=True,
        record="do-not-record",
    )
    dial.number("+905320000001", url="/s" + STEP_PATIENCE, method="POST")
    dial.number("+905320000002")
    theirs.append(dial)
    numbers = (Number("+905320000001", "/s"), Number("+905320000002"))
    assert same(render([DialNumbers(numbers, "/a", 25, "+903121112233")]), theirs)


def test_the_talking_room_as_the_library_writes_it() -> None:
    theirs = VoiceResponse()
    dial = Dial(action="/a" + STEP_PATIENCE, method="POST", time_limit=60, record="do-not-record")
    dial.conference(
        "c_1",
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        beep="false",
        record="do-not-record",
        wait_url="",
        status_callback="/c" + CALLBACK_PATIENCE,
        status_callback_method="POST",
        status_callback_event="start end join leave",
    )
    theirs.append(dial)
    assert same(render([DialConference("c_1", "/a", "/c", time_limit=60)]), theirs)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_gives_a_document_that_parses_and_keeps_what_xml_can_carry(text: str, url: str) -> None:
    root = ET.fromstring(render([Say(text, "tr-TR"), Gather(url, 1)]))  # noqa: S314 - our own document
    kept = "".join(character for character in text if _is_xml(ord(character)))
    assert (root[0].text or "").replace("\r\n", "\n") == kept.replace("\r\n", "\n").replace("\r", "\n")
    assert root[0].tag == "Say"
    assert len(root) == 2


def _is_xml(code: int) -> bool:
    return code in {9, 10, 13} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF


def test_nothing_that_was_said_can_become_a_verb() -> None:
    root = validate(render([Say('</Say><Dial record="x">112</Dial>&amp;', "tr-TR")]))
    assert [child.tag for child in root] == ["Say"]


def test_a_document_of_64_kib_is_refused() -> None:
    with pytest.raises(TwimlError):
        render([Say("ş" * 33000, "tr-TR")])


@pytest.mark.parametrize("count", [0, 11])
def test_a_dial_rings_one_to_ten_telephones(count: int) -> None:
    with pytest.raises(TwimlError):
        render([DialNumbers(tuple(Number(f"+9053200000{n:02}") for n in range(count)), None, 5)])


def test_the_empty_answer() -> None:
    assert validate(EMPTY).tag == "Response"


def test_no_number_stands_in_a_repr() -> None:
    assert "+90" not in repr(DialNumbers((Number("+905320000001"),), None, 5, "+903121112233"))


def test_what_is_added_to_a_query_stands_before_the_fragment_that_only_the_carrier_reads() -> None:
    assert with_query("/a" + STEP_PATIENCE, t="x y") == "/a?t=x+y" + STEP_PATIENCE
    assert with_query("https://koza.example/a?q=1#rc=5", t="1", u="") == "https://koza.example/a?q=1&t=1#rc=5"
    assert with_query("/a#rc=5", t="") == "/a#rc=5"


@pytest.mark.parametrize("fragment", [STEP_PATIENCE, CALLBACK_PATIENCE])
def test_the_carrier_understands_our_patience(fragment: str) -> None:
    overrides = parse_overrides(fragment.removeprefix("#"))
    assert overrides.retries == 5
    assert {"ct", "rt", "5xx"} <= overrides.causes
