"""The parser: known things become typed verbs, everything else is an error."""

import pytest

from practice.twiml import TwimlError, parse_message, parse_voice
from practice.verbs import Dial, Endpoint, Gather, Hangup, Pause, Play, Reject, Say


def document(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


def test_verbs_with_defaults_and_attributes() -> None:
    found = parse_voice(document('<Say language="tr-TR">İyi</Say><Play loop="2">/a.mp3</Play><Pause/><Hangup/>'))
    assert found == (Say(text="İyi", language="tr-TR"), Play(text="/a.mp3", loop=2), Pause(length=1), Hangup())


def test_gather_holds_prompts() -> None:
    (gather,) = parse_voice(document('<Gather numDigits="1" finishOnKey="" timeout="8"><Say>x</Say><Pause/></Gather>'))
    assert gather == Gather(prompts=(Say(text="x"), Pause()), num_digits=1, finish_on_key="", timeout=8)


def test_dial_with_parallel_nouns() -> None:
    (dial,) = parse_voice(
        document('<Dial timeout="20"><Number url="/w">+905301110002</Number><Client>op</Client></Dial>')
    )
    legs = (Endpoint(text="+905301110002", url="/w"), Endpoint(kind="client", text="op"))
    assert dial == Dial(endpoints=legs, timeout=20)


def test_dial_with_a_bare_number() -> None:
    assert parse_voice(document("<Dial>+905301110002</Dial>")) == (Dial(endpoints=(Endpoint(text="+905301110002"),)),)


def test_comments_and_blanks_do_not_matter() -> None:
    assert parse_voice(document("\n <!-- why --> <Reject reason='busy'/> ")) == (Reject(reason="busy"),)


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<Sya>x</Sya>", 12200),
        ("<Record/>", 12200),
        ("<Message>x</Message>", 12200),
        ('<Say lang="tr">x</Say>', 12200),
        ("<Say></Say>", 12200),
        ("<Say>x<Pause/></Say>", 12200),
        ('<Gather input="speech"/>', 12200),
        ('<Gather numDigits="0"/>', 12200),
        ("<Gather><Dial>+905301110002</Dial></Gather>", 13320),
        ('<Gather finishOnKey="12"/>', 12200),
        ('<Pause length="-1"/>', 12200),
        ("<Dial></Dial>", 12200),
        ('<Dial record="record-from-answer">+905301110002</Dial>', 12200),
        ("<Dial><Fax>1</Fax></Dial>", 13215),
        ("<Dial><Conference>a</Conference><Number>+905301110002</Number></Dial>", 13215),
        ("<Dial>" + "<Client>a</Client>" * 11 + "</Dial>", 13215),
        ('<Dial><Conference record="record-from-start">a</Conference></Dial>', 12200),
        ('<Dial><Conference maxParticipants="1">a</Conference></Dial>', 12200),
        ('<Dial><Conference coach="nobody">a</Conference></Dial>', 12200),
        ('<Dial><Number statusCallbackEvent="begun">+905301110002</Number></Dial>', 12200),
        ('<Enqueue workflowSid="WW1">q</Enqueue>', 12200),
        ("<Enqueue></Enqueue>", 12200),
        ("<Hangup>now</Hangup>", 12200),
        ("<Reject reason='no'/>", 12200),
        ("words", 12200),
    ],
)
def test_what_is_unknown_is_an_error(inside: str, code: int) -> None:
    with pytest.raises(TwimlError) as error:
        parse_voice(document(inside))
    assert error.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", 12100),
        ("OK", 12100),
        ("<Response>", 12100),
        ("<response/>", 12100),
        ('<Response v="1"/>', 12100),
        ('<!DOCTYPE a [<!ENTITY b "c">]><Response/>', 12100),
        (document("<Say>" + "x" * 70_000 + "</Say>"), 11750),
    ],
)
def test_what_is_no_document_is_an_error(body: str, code: int) -> None:
    with pytest.raises(TwimlError) as error:
        parse_voice(body)
    assert error.value.code == code


def test_the_answer_to_a_text_knows_its_own_verbs() -> None:
    assert parse_message("") == ()
    assert [type(verb).__name__ for verb in parse_message(document("<Message><Body>x</Body></Message>"))] == ["Message"]
    with pytest.raises(TwimlError):
        parse_message(document("<Say>x</Say>"))
    with pytest.raises(TwimlError):
        parse_message(document("<Message><Media>x</Media></Message>"))
