"""``koza carrier``, against an account on a socket."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask, Response

from config.cli import main
from hotline.carriers.account import AccountRefusedError, RemoteNumber, TwilioAccount
from practice.config import ExchangeConfig, NumberConfig
from practice.exchange import Exchange
from practice.ground import Number
from practice.phones import Behaviour
from practice.server import SMS_OVERRIDES, STATUS_OVERRIDES, VOICE_OVERRIDES, Server
from practice.virtual import VirtualCarrier
from tests.support.account import account, numbers_of
from tests.support.engines import suite_environment

OLD = "https://old.example"
STATIC = "https://static.example/koza.xml"
SERVICE = "MG" + "a" * 32
APPLICATION = "AP" + "b" * 32


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No database: only the fallback document needs one."""
    return suite_environment("postgresql://nobody@127.0.0.1:9/none", None, tmp_path / "koza")


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[Server]:
    wrong = [NumberConfig(number=number, voice_url=f"{OLD}/voice") for number in numbers_of(environment)]
    # More than a page of strangers before and behind ours.
    strangers = [NumberConfig(number=f"+90212000{n:04}", voice_url=f"{OLD}/theirs") for n in range(120)]
    with account(environment, *strangers[:60], *wrong, *strangers[60:]) as server:
        yield server


def koza(environment: dict[str, str], *arguments: str, typed: str | None = None) -> Result:
    answer = CliRunner().invoke(main, ["carrier", *arguments], env={"KOZA_LANG": "en", **environment}, input=typed)
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def ours(server: Server, environment: dict[str, str]) -> list[Number]:
    return [server.exchange.ground.numbers[number] for number in numbers_of(environment)]


def everything(server: Server) -> dict[str, Number]:
    return {number: Number(**vars(found)) for number, found in server.exchange.ground.numbers.items()}


def test_every_number_is_connected_after_the_difference_was_shown_and_undone_exactly(
    server: Server, environment: dict[str, str]
) -> None:
    before = everything(server)
    checked = koza(environment, "connect", "--check")
    assert checked.exit_code == 1
    assert f"voice_url: {OLD}/voice → https://koza.example/twilio/voice#ct=2000" in checked.output
    refused = koza(environment, "connect", typed="n\n")
    assert refused.exit_code == 1
    assert everything(server) == before

    made = koza(environment, "connect", typed="y\n")
    assert made.exit_code == 0, made.output
    for number in ours(server, environment):
        assert number.voice_url == f"https://koza.example/twilio/voice{VOICE_OVERRIDES}"
        assert number.voice_fallback_url == f"https://koza.example/twilio/voice/fallback{VOICE_OVERRIDES}"
        assert number.status_callback == f"https://koza.example/twilio/voice/status{STATUS_OVERRIDES}"
        assert number.sms_url == f"https://koza.example/twilio/sms{SMS_OVERRIDES}"
        assert number.sms_fallback_url == ""
    mine = set(numbers_of(environment))
    assert {n: v for n, v in everything(server).items() if n not in mine} == {
        n: v for n, v in before.items() if n not in mine
    }
    assert koza(environment, "connect", "--check").exit_code == 0

    kept = Path(environment["KOZA_DATA_DIR"]) / "carrier.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert environment["TWILIO_AUTH_TOKEN"] not in kept.read_text()
    undone = koza(environment, "connect", "--undo", "--yes")
    assert undone.exit_code == 0, undone.output
    assert everything(server) == before
    assert "nothing to undo" in koza(environment, "connect", "--undo", "--yes").output


def test_what_somebody_else_changed_is_undone_by_force_alone(server: Server, environment: dict[str, str]) -> None:
    before = everything(server)
    koza(environment, "connect", "--yes")
    first = ours(server, environment)[0]
    first.sms_url = "https://else.example/sms"
    refused = koza(environment, "connect", "--undo", "--yes")
    assert refused.exit_code == 1
    assert f"{first.number} sms_url" in refused.output
    assert first.sms_url == "https://else.example/sms"
    assert koza(environment, "connect", "--undo", "--yes", "--force").exit_code == 0
    assert everything(server) == before


def test_a_run_that_broke_off_is_finished_or_undone(server: Server, environment: dict[str, str]) -> None:
    before = everything(server)
    second = ours(server, environment)[1]
    server.exchange.fault_once("rest_503", second.sid)
    broken = koza(environment, "connect", "--yes")
    assert broken.exit_code == 1
    assert "did not answer" in broken.output
    assert [number.voice_url.startswith(OLD) for number in ours(server, environment)] == [False, True, True]
    assert koza(environment, "connect", "--undo", "--yes").exit_code == 0
    assert everything(server) == before
    # The answer is lost: it was carried out all the same, and the next run finds what is left.
    server.exchange.fault_once("response_lost", second.sid)
    assert koza(environment, "connect", "--yes").exit_code == 1
    assert koza(environment, "connect", "--yes").exit_code == 0
    assert koza(environment, "connect", "--check").exit_code == 0
    koza(environment, "connect", "--undo", "--yes")
    koza(environment, "connect", "--undo", "--yes")
    assert everything(server) == before


def test_a_number_whose_change_is_refused_keeps_no_other_from_being_connected(
    server: Server, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(server)
    first, second, third = ours(server, environment)
    set_number = TwilioAccount.set_number

    def refuse(account: TwilioAccount, sid: str, changes: Mapping[str, str]) -> RemoteNumber:
        if sid == second.sid:
            raise AccountRefusedError(21631)
        return set_number(account, sid, changes)

    with monkeypatch.context() as patched:
        patched.setattr(TwilioAccount, "set_number", refuse)
        answer = koza(environment, "connect", "--yes")
    assert answer.exit_code == 1
    assert f"{second.number}: the carrier refuses the change (21631)." in answer.output
    assert [number.voice_url.startswith(OLD) for number in (first, second, third)] == [False, True, False]
    assert koza(environment, "connect", "--undo", "--yes").exit_code == 0
    assert everything(server) == before


def test_a_number_that_the_account_lacks_is_red(server: Server, environment: dict[str, str]) -> None:
    koza(environment, "connect", "--yes")
    environment["HOTLINE_NUMBERS"] += ",+904420000001=erzurum"
    answer = koza(environment, "connect", "--check")
    assert answer.exit_code == 1
    assert "+904420000001 is not in this account" in answer.output


def test_a_line_of_a_trunk_is_no_number_of_the_account_and_what_to_set_for_it_is_said(
    server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    koza(environment, "connect", "--yes")
    environment["HOTLINE_NUMBERS"] += ",+904420000001=erzurum"
    file = tmp_path / "trunks.yaml"
    file.write_text(
        "trunks: [{name: Deneme, domain: koza.sip.carrier.example, target: 'sip:{number}@sbc.example',"
        " lines: [{number: '+904420000001'}]}]",
        encoding="utf-8",
    )
    answer = koza({**environment, "SIP_TRUNKS_FILE": str(file)}, "connect", "--check")
    assert answer.exit_code == 0, answer.output
    assert "+904420000001: the trunk Deneme brings its calls" in answer.output
    assert f"  voice_url: https://koza.example/twilio/voice{VOICE_OVERRIDES}" in answer.output
    assert "koza.sip.carrier.example" in answer.output
    assert server.exchange.ground.numbers.get("+904420000001") is None


def test_what_stands_above_the_urls_is_said_and_taken_off(server: Server, environment: dict[str, str]) -> None:
    koza(environment, "connect", "--yes")
    line = ours(server, environment)[0]
    line.voice_application_sid, line.sms_application_sid = APPLICATION, APPLICATION
    server.exchange.call("+905301110001", line.number)
    assert server.exchange.requests("voice") == []
    answer = koza(environment, "connect", "--yes")
    assert answer.exit_code == 0, answer.output
    assert f"{line.number} voice_application_sid, {line.number} sms_application_sid" in answer.output
    assert (line.voice_application_sid, line.sms_application_sid) == ("", "")
    koza(environment, "connect", "--undo", "--yes")
    assert (line.voice_application_sid, line.sms_application_sid) == (APPLICATION, APPLICATION)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_messaging_service_that_takes_the_texts_is_said(environment: dict[str, str], *, keeps: bool) -> None:
    numbers = [NumberConfig(number=number) for number in numbers_of(environment)]
    changes = {"messaging_services": {SERVICE: numbers[0].number}}
    keeping = {"services_that_keep": frozenset({SERVICE} if keeps else ())}
    with account(environment, *numbers, **changes, **keeping) as server:
        answer = koza(environment, "connect", "--yes")
        assert (SERVICE in answer.output) is keeps
        assert answer.exit_code == int(keeps)
        text = server.exchange.text("+905301110001", numbers[0].number, "Merhaba")
        assert bool(server.exchange.ground.webhooks.outbox) is not keeps, text


def test_wrong_credentials_and_a_silent_carrier_are_told_apart(server: Server, environment: dict[str, str]) -> None:
    wrong = koza({**environment, "TWILIO_AUTH_TOKEN": "f" * 32}, "connect", "--check")
    assert wrong.exit_code == 1
    assert "The carrier refuses (20003)" in wrong.output
    away = koza({**environment, "TWILIO_API_URL": "http://127.0.0.1:9"}, "connect", "--check")
    assert away.exit_code == 1
    assert "did not answer" in away.output


def test_a_document_on_another_host_is_remembered_and_undone(server: Server, environment: dict[str, str]) -> None:
    for wrong in ("http://static.example/x", "https://me:secret@static.example/x"):
        assert "https://" in koza(environment, "connect", "--yes", "--fallback-url", wrong).output
    made = koza(environment, "connect", "--yes", "--fallback-url", STATIC, "--fallback-method", "GET")
    assert made.exit_code == 0, made.output
    line = ours(server, environment)[0]
    assert (line.voice_fallback_url, line.voice_fallback_method) == (STATIC + VOICE_OVERRIDES, "GET")
    assert koza(environment, "connect", "--check").exit_code == 0
    assert koza(environment, "connect", "--undo", "--yes").exit_code == 0
    koza(environment, "connect", "--yes")
    assert line.voice_fallback_url.startswith("https://koza.example/twilio/voice/fallback")
    assert "exclude each other" in koza(environment, "connect", "--check", "--undo").output


def test_a_password_in_an_old_address_is_not_shown(server: Server, environment: dict[str, str]) -> None:
    ours(server, environment)[0].voice_url = "https://me:hunter2@old.example/voice"
    shown = koza(environment, "connect", "--check").output
    assert "hunter2" not in shown
    assert "https://***@old.example/voice" in shown


LINE, FALLBACK, HER = "+903129990001", "+903129990002", "+905301110001"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_carrier_follows_the_static_document_and_the_fallback_telephone_rings(
    own_environment: dict[str, str], tmp_path: Path, method: str
) -> None:
    own_environment["HOTLINE_NUMBERS"] = f"{LINE}=ankara"
    runner = CliRunner()
    made = ["centre", "add", "--slug", "ankara", "--name", "Ankara ŞÖNİM", "--province", "06", "--fallback", FALLBACK]
    assert runner.invoke(main, made, env=own_environment).exit_code == 0
    file = tmp_path / "fallback.xml"
    written = koza(own_environment, "fallback-document", "--to", str(file))
    assert written.exit_code == 0, written.output
    document = file.read_text()
    assert "ŞÖNİM" not in document
    assert "koza" not in document.casefold()

    here, there = Flask("here"), Flask("there")
    here.add_url_rule("/voice", "voice", lambda: Response(status=503), methods=["POST"])
    there.add_url_rule("/x.xml", "x", lambda: Response(document, content_type="text/xml"), methods=[method])
    number = NumberConfig(
        number=LINE, voice_url="http://here.test/voice", voice_fallback_url="http://static.test/x.xml"
    )
    exchange = Exchange("AC" + "0" * 32, "token", ExchangeConfig(numbers=(number,), start=1_795_500_000.0))
    exchange.ground.numbers[LINE].voice_fallback_method = method
    carrier = VirtualCarrier(exchange, here, other_hosts={"static.test": there})
    exchange.set_behaviour(FALLBACK, Behaviour("answer"))
    call = exchange.call(HER, LINE)
    carrier.run_for(60)
    phone = exchange.phone(FALLBACK)
    assert [line.kind for line in phone.transcript][:1] == ["ringing"], phone.transcript
    assert exchange.speak(call.sid, "Yardım edin") != []
    assert phone.heard() == ["Yardım edin"]
    # Her own number does not stay on the telephone that rang.
    assert [leg.from_ for leg in exchange.calls.values() if leg.to == FALLBACK] == [LINE]


def test_the_document_of_a_trunks_line_rings_by_the_trunk(own_environment: dict[str, str], tmp_path: Path) -> None:
    trunks, file = tmp_path / "trunks.yaml", tmp_path / "fallback.xml"
    target, lines = "'sip:{number}@sbc.example;transport=tls'", f"[{{number: '{LINE}', caller_id: '+902120000000'}}]"
    trunks.write_text(f"trunks: [{{name: T, domain: koza.sip.example, target: {target}, lines: {lines}}}]")
    own_environment |= {"SIP_TRUNKS_FILE": str(trunks), "HOTLINE_NUMBERS": f"{LINE}=ankara,+903129990003=ankara"}
    made = ["centre", "add", "--slug", "ankara", "--name", "Ankara", "--province", "06", "--fallback", FALLBACK]
    assert CliRunner().invoke(main, made, env=own_environment).exit_code == 0
    assert "--line" in koza(own_environment, "fallback-document", "--to", str(file)).output
    assert koza(own_environment, "fallback-document", "--to", str(file), "--line", LINE).exit_code == 0
    dial = f'callerId="+902120000000" answerOnBridge="true" record="do-not-record"><Sip>sip:{FALLBACK}@sbc.example'
    assert file.read_text().count(dial) == 2


def test_the_document_says_112_when_nobody_answers_and_rings_again(
    own_environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "fallback.xml"
    assert "no line" in koza(own_environment, "fallback-document", "--to", str(file)).output
    for slug, province, more in (("ankara", "06", ("--fallback", FALLBACK)), ("izmir", "35", ())):
        made = ["centre", "add", "--slug", slug, "--name", slug, "--province", province, *more]
        assert CliRunner().invoke(main, made, env=own_environment).exit_code == 0
    assert "--line" in koza(own_environment, "fallback-document", "--to", str(file)).output
    alone = koza(own_environment, "fallback-document", "--to", str(file), "--line", "+902320000001")
    assert "no number to fall back to" in alone.output
    assert "is no line" in koza(own_environment, "fallback-document", "--to", str(file), "--line", "+1").output
    assert not file.exists()
    koza(own_environment, "fallback-document", "--to", str(file), "--line", "+903120000001")
    there = Flask("there")
    there.add_url_rule("/x", "x", lambda: Response(file.read_text(), content_type="text/xml"), methods=["POST"])
    config = ExchangeConfig(
        numbers=(NumberConfig(number="+903120000001", voice_url="http://there.test/x"),), start=1.7e9
    )
    exchange = Exchange("AC" + "0" * 32, "token", config)
    exchange.set_behaviour(FALLBACK, Behaviour("no_answer"))
    call = exchange.call(HER, "+903120000001")
    VirtualCarrier(exchange, there).run_for(180)
    assert call.over
    assert any("112'yi arayın" in words for words in exchange.phone(HER).heard())
    assert [leg.to for leg in exchange.calls.values()].count(FALLBACK) == 2
    assert exchange.errors == []


def test_the_way_back_that_cannot_be_read_stops_everything(server: Server, environment: dict[str, str]) -> None:
    (Path(environment["KOZA_DATA_DIR"]) / "carrier.json").write_text(json.dumps({"runs": 7}))
    before = everything(server)
    assert "cannot be read" in koza(environment, "connect", "--yes").output
    assert everything(server) == before
