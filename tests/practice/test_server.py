"""The real server: twilio's client over a socket, webhooks over a socket, the control API, and the state file."""

from dataclasses import replace
from pathlib import Path

import pytest
import requests

from practice.runner import StateFile
from practice.server import Server, settings_from
from tests.practice.running import Running
from tests.practice.world import ACCOUNT, HER, LINE, STAFF, TOKEN
from tests.support.tones import wav

QUICK = {"answering": "answer", "after": 0.05}


def test_twilios_client_places_a_call(running: Running) -> None:
    running.program.on("/leg", "<Say>hello</Say>")
    running.program.on("/leg-status", "")
    running.control("behaviour", address=STAFF, behaviour=QUICK)
    client = running.client()
    made = client.calls.create(
        to=STAFF, from_=LINE, url=f"{running.base}/leg", status_callback=f"{running.base}/leg-status",
        status_callback_event=["initiated", "answered", "completed"],
    )  # fmt: skip
    running.until(lambda: client.calls(made.sid).fetch().status == "completed")
    running.until(lambda: len(running.program.at("/leg-status")) == 3)
    assert all(each.signed for each in running.program.received)
    lines = running.control("look", since={STAFF: 0})["phones"][0]["lines"]
    assert "hello" in [line["text"] for line in lines]


def test_twilios_client_sends_a_text(running: Running) -> None:
    client = running.client()
    made = client.messages.create(to=STAFF, from_=LINE, body="K7Q2")
    running.until(lambda: client.messages(made.sid).fetch().status == "delivered")
    assert [text.sid for text in client.messages.list(to=STAFF)] == [made.sid]


def test_a_sound_comes_over_the_socket_whole(running: Running) -> None:
    running.program.on("/voice", "<Play>/ku.wav</Play><Say>after it</Say>")
    running.program.sounds("/ku.wav", content=wav(0.5), content_type="audio/wav")
    sid = running.control("call", **{"from": HER, "to": LINE})["sid"]

    def lines() -> list[tuple[str, str]]:
        told = running.control("look", since={HER: 0})["phones"][0]["lines"]
        return [(line["kind"], line["text"]) for line in told if line["kind"] in {"heard", "played"}]

    # Had a byte of it been lost it would not be read, and take five seconds.
    running.until(lambda: len(lines()) == 2)
    assert lines() == [("played", "ku.wav"), ("heard", "after it")]
    running.control("hang-up", sid=sid)


def test_a_person_calls_presses_and_hangs_up(running: Running) -> None:
    running.program.on("/voice", '<Gather numDigits="1" action="/menu" timeout="30"><Say>press</Say></Gather>')
    running.program.on("/menu", "<Pause length='60'/>")
    sid = running.control("call", **{"from": HER, "to": LINE})["sid"]
    running.until(lambda: running.control("look", since={HER: 0})["phones"][0]["calls"][0]["answered"])
    running.control("press", sid=sid, digits="5")
    running.until(lambda: running.program.at("/menu"))
    assert running.control("say", sid=sid, words="hello")["heard_by"] == []
    running.control("hang-up", sid=sid)
    (call,) = running.control("truth")["calls"]
    assert (call["sid"], call["status"]) == (sid, "completed")
    assert running.program.at("/menu")[0]["Digits"] == "5"


def test_a_person_answers_and_declines(running: Running) -> None:
    running.program.on("/leg", "<Pause length='60'/>")
    client = running.client()
    first, second = (client.calls.create(to=to, from_=LINE, url=f"{running.base}/leg") for to in (STAFF, HER))
    running.until(lambda: client.calls(second.sid).fetch().status == "ringing")
    running.control("answer", sid=first.sid)
    running.control("decline", sid=second.sid)
    assert client.calls(first.sid).fetch().status == "in-progress"
    assert client.calls(second.sid).fetch().status == "busy"
    assert running.control("look", since={})["rung"] == [STAFF, HER]


def test_texts_and_requests_by_control(running: Running) -> None:
    running.program.on("/sms", "<Message>we are here</Message>")
    sid = running.control("text", **{"from": HER, "to": LINE, "body": "hi"})["sid"]
    running.until(lambda: any(text["status"] == "delivered" for text in running.control("truth")["messages"]))
    (entry,) = running.control("requests", kind="sms")["requests"]
    assert (entry["form"]["MessageSid"], entry["outcome"]) == (sid, "200")


def test_faults_by_control(running: Running) -> None:
    assert running.control("faults", faults={"rest_503": 1.0, "not_mobile": [HER]})["rest_503"] == 1.0
    assert requests.get(f"{running.server.url}/2010-04-01/x.json", auth=(ACCOUNT, TOKEN), timeout=10).status_code == 503
    running.control("faults", faults={})
    running.control("fault-once", fault="response_lost", where="/Messages")
    with pytest.raises(requests.exceptions.ConnectionError):
        running.client().messages.create(to=STAFF, from_=LINE, body="x")
    assert len(running.client().messages.list()) == 1


def test_callbacks_first_over_sockets(running: Running) -> None:
    running.program.on("/text-status", "")
    running.control("fault-once", fault="callback_first")
    running.client().messages.create(
        to=STAFF, from_=LINE, body="x", status_callback=f"{running.base}/text-status"
    )  # fmt: skip
    assert len(running.program.at("/text-status")) == 3


@pytest.mark.parametrize(
    ("command", "given", "status"),
    [
        ("nothing", {}, 404),
        ("answer", {}, 400),
        ("behaviour", {"address": HER, "behaviour": {"answring": "busy"}}, 400),
        ("faults", {"faults": {"earthquake": 1}}, 400),
        ("fault-once", {"fault": "earthquake"}, 400),
    ],
)
def test_wrong_control_requests(running: Running, command: str, given: dict[str, object], status: int) -> None:
    answer = requests.post(f"{running.server.url}/control/{command}", json=given, timeout=10)
    assert answer.status_code == status


@pytest.mark.parametrize("header", [{"Origin": "http://evil.test"}, {"Host": "evil.test"}])
def test_pages_of_other_origins_are_kept_out(running: Running, header: dict[str, str]) -> None:
    answer = requests.post(f"{running.server.url}/control/truth", json={}, headers=header, timeout=10)
    assert answer.status_code == 403


def test_calls_and_texts_survive_a_restart(running: Running, tmp_path: Path) -> None:
    running.program.on("/voice", "<Say>hello</Say><Pause length='60'/>")
    running.program.on("/sms", "")
    call = running.control("call", **{"from": HER, "to": LINE})["sid"]
    text = running.control("text", **{"from": HER, "to": LINE, "body": "stop"})["sid"]
    running.until(lambda: running.control("truth")["calls"][0]["answered_at"])
    copy = tmp_path / "after-kill.jsonl"
    # A kill may cut the last line off.
    copy.write_text((tmp_path / "state.jsonl").read_text() + '{"kind": "call", "si')
    with Server(replace(running.settings, state_file=copy)) as second:
        assert second.exchange.calls[call].status == "completed"
        assert second.exchange.messages[text].body == "stop"
        assert (LINE, HER) in second.exchange.message_desk.opted_out
        with second.runner.turn() as exchange:
            exchange.text(HER, LINE, "again")
    assert {record["sid"] for record in StateFile(copy).read()} >= {call, text}


def test_settings_of_the_supervisor(tmp_path: Path) -> None:
    environ = {
        "PORT": "8000", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "new,old", "KOZA_DATA_DIR": str(tmp_path),
        "HOTLINE_NUMBERS": "+903120000001=ankara, +902320000001", "ONCALL_NUMBERS": STAFF, "DESK_NUMBERS": HER,
        "PUBLIC_URL": "https://koza.example/",
    }  # fmt: skip
    settings = settings_from([], environ)
    assert (settings.port, settings.auth_token, settings.on_call, settings.desks) == (8002, "new", (STAFF,), (HER,))
    assert [(each.number, each.friendly_name) for each in settings.numbers] == [
        ("+903120000001", "ankara"), ("+902320000001", ""),
    ]  # fmt: skip
    assert settings.numbers[0].voice_url.partition("#")[0] == "https://koza.example/twilio/voice"
    assert settings.numbers[0].sms_url.partition("#")[0] == "https://koza.example/twilio/sms"
    assert settings.numbers[0].status_callback.partition("#")[0] == "https://koza.example/twilio/voice/status"
    assert settings.state_file == tmp_path / "practice.jsonl"


def test_settings_of_the_command_line() -> None:
    argv = ["--port", "9", "--account", ACCOUNT, "--token", TOKEN, "--numbers", LINE, "--voice-url", "http://a/v"]
    settings = settings_from([*argv, "--sms-url", "http://a/s", "--state-file", "x.jsonl"], {})
    assert (settings.port, settings.numbers[0].voice_url, settings.numbers[0].sms_url) == (
        9,
        "http://a/v",
        "http://a/s",
    )
    assert settings.state_file == Path("x.jsonl")


def test_settings_without_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings_from([], {})
    assert "TWILIO_ACCOUNT_SID" in capsys.readouterr().err
