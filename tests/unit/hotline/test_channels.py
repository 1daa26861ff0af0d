"""A channel's description says what it may; what is brought by it becomes a form or is set aside, never an error."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Settings
from hotline.carriers.channels.description import ChannelsError, Check, Gateway, filled, load_channels
from hotline.carriers.channels.reading import ODD, REPORT, TEXT, arrived, channel_of, forms, identity, proves, reported
from hotline.carriers.twilio_carrier import TwilioCarrier
from hotline.carriers.wire import NotSent, Wire
from tests.support.gateway import FILE, SECRETS, SENDING

ROOT = Path(__file__).resolve().parents[3]
LINE, HER = "+908500000001", "+905320000001"


def described(**changed: Any) -> dict[str, Any]:
    """The stand-in's description, with changes."""
    (channel,) = yaml.safe_load(FILE.format(number=LINE, url="https://api.yerel.example"))["channels"]
    return {**channel, **changed}


def gateway(**changed: Any) -> Gateway:
    return Gateway.model_validate(described(**changed))


def settings(environment: dict[str, str], folder: Path, *channels: Any, **more: str) -> Settings:
    file = folder / "channels.yaml"
    file.write_text(yaml.safe_dump({"channels": list(channels)}, allow_unicode=True), encoding="utf-8")
    return Settings.load({**environment, **SECRETS, "HOTLINE_NUMBERS": LINE, "TEXT_CHANNELS_FILE": str(file), **more})


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without engines."""
    return {
        "KOZA_ENV": "production",
        "KOZA_DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://koza@db.example/koza",
        "SECRET_KEY": "s" * 32,
        "DATA_KEY_FILE": str(tmp_path / "data.key"),
        "PUBLIC_URL": "https://koza.example",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "t" * 20,
    }


def test_a_description_is_read_and_its_secrets_are_shown_nowhere(bare: dict[str, str], tmp_path: Path) -> None:
    read = settings(bare, tmp_path, described())
    assert load_channels(read) == (gateway(),)
    assert not any(secret in repr(read) for secret in SECRETS.values())
    assert load_channels(Settings.load({**bare})) == ()


def test_the_example_for_administrators_is_one(bare: dict[str, str], tmp_path: Path) -> None:
    page = (ROOT / "docs" / "administrators.md").read_text(encoding="utf-8")
    (example,) = (part.partition("```")[0] for part in page.split("```yaml\n") if part.startswith("channels:"))
    file = tmp_path / "channels.yaml"
    file.write_text(example.replace("+90850…", LINE), encoding="utf-8")
    named = dict.fromkeys(("CHANNEL_SECRET_YEREL_IN", "CHANNEL_SECRET_YEREL_OUT"), "x" * 16)
    told = {**bare, **named, "HOTLINE_NUMBERS": LINE, "TEXT_CHANNELS_FILE": str(file)}
    (channel,) = load_channels(Settings.load(told))
    assert (channel.name, channel.codes["91"]) == ("yerel", 20429)


_REQUEST = described()["request"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"request": {**_REQUEST, "url": "http://api.yerel.example/send"}}, "https://"),
        ({"request": {**_REQUEST, "url": "https://u:p@api.yerel.example/send"}}, "url"),
        ({"request": {**_REQUEST, "url": "https://api.yerel.example/send?key=1"}}, "url"),
        ({"request": {**_REQUEST, "url": "https://{to}.example/"}}, "url"),
        ({"request": {**_REQUEST, "url": "file:///etc/passwd"}}, "url"),
        ({"request": {**_REQUEST, "url": "http://127.0.0.1:1/send"}}, "https://"),
        ({"request": {**_REQUEST, "json": {"x": "{nobody}"}}}, "{nobody}"),
        ({"request": {**_REQUEST, "form": {"x": "y"}}}, "either json or form"),
        ({"request": {k: v for k, v in _REQUEST.items() if k != "secret"}}, "{secret}"),
        ({"codes": {"12": 1}}, "codes"),
        ({"lines": [{"number": LINE}, {"number": "+908500000002"}]}, "HOTLINE_NUMBERS"),
        ({"arrival": {"id": ["a"], "sender": "b", "text": "c"}, "lines": [{"number": LINE}, {"number": HER}]}, "line"),
        ({"name": "Yerel"}, "name"),
        ({"answer": {"id": "a", "taken": ["x"]}}, "state and taken"),
        ({"report": {"id": "a", "state": "b", "states": {"X": "queued"}}}, "states"),
        ({"check": {"by": "token", "header": "X-Token", "secret": "OTHER_NAME"}}, "check.secret"),
        ({"check": {"by": "token", "header": "X-Token", "secret": "CHANNEL_SECRET_NONE"}}, "CHANNEL_SECRET_NONE"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_mistake_stops_the_start_and_is_named(
    bare: dict[str, str], tmp_path: Path, changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(ChannelsError) as refused:
        load_channels(settings(bare, tmp_path, described(**changed)))
    assert named in str(refused.value)
    assert not any(secret in str(refused.value) for secret in SECRETS.values())


def test_a_secret_that_can_be_guessed_stops_the_start(bare: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ChannelsError, match=SENDING):
        load_channels(settings(bare, tmp_path, described(), **{SENDING: "kisa"}))


def test_two_channels_cannot_carry_one_line(bare: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ChannelsError, match="twice"):
        load_channels(settings(bare, tmp_path, described(), described(name="baska")))


def test_a_request_goes_to_the_host_of_its_description_alone() -> None:
    with pytest.raises(NotSent):
        Wire(1.0, "https://api.yerel.example/send").post("https://api.yerel.example.evil.example/send", b"", {})


def test_a_carrier_that_keeps_no_numbers_cannot_be_asked_by_one() -> None:
    """Else it would answer that it has nothing, and her text would be sent a second time."""
    auth = {"account_sid": "AC" + "0" * 32, "username": "SK1", "password": "gizli"}
    keeps_none = TwilioCarrier(**auth, base_url="http://127.0.0.1:9", retain_content=False)
    assert keeps_none.find_texts(HER, datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(("digest", "encoding"), [("sha1", "hex"), ("sha256", "base64"), ("sha512", "hex")])
def test_a_body_is_proved_by_any_live_secret_and_by_nothing_else(digest: Any, encoding: Any) -> None:
    check = Check(by="hmac", header="X-S", secret="CHANNEL_SECRET_A", digest=digest, encoding=encoding, prefix="v1=")
    made = hmac.new(b"old", b"body", getattr(hashlib, digest)).digest()
    shown = "v1=" + (made.hex() if encoding == "hex" else base64.b64encode(made).decode())
    assert proves(check, ("new", "old"), shown, b"body")
    assert not proves(check, ("new", "old"), shown, b"body ")
    assert not proves(check, ("new",), shown, b"body")
    assert not proves(check, ("new", "old"), shown.removeprefix("v1="), b"body")
    assert not proves(check, (), shown, b"body")


def test_a_word_is_compared_whole() -> None:
    check = Check(by="token", header="Authorization", secret="CHANNEL_SECRET_A", prefix="Bearer ")
    assert proves(check, ("söz-16-harfli",), "Bearer söz-16-harfli", b"")
    assert not proves(check, ("söz-16-harfli",), "söz-16-harfli", b"")
    assert not proves(check, ("söz-16-harfli",), "Bearer söz\udcff", b"")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["results", "messageId", "from", "to", "text", "status", "name"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.one_of(st.binary(max_size=200), values.map(lambda data: json.dumps(data).encode())),
    st.sampled_from([TEXT, REPORT]),
    st.sampled_from(["json", "form"]),
)
def test_whatever_is_brought_becomes_a_form_or_is_set_aside(body: bytes, kind: str, written: str) -> None:
    for what, form in forms(gateway(body=written), kind, body):
        assert what in {kind, ODD}
        for told in (value for one in form.values() for value in one):
            assert "\x00" not in told
            told.encode()
        if what != ODD:
            assert (arrived(form) if kind == TEXT else reported(form)).message_sid.startswith("yerel:")


@given(st.text(max_size=70))
def test_a_word_in_the_address_is_ours_or_none(token: str) -> None:
    body = json.dumps({"results": [{"messageId": "7", "status": {"name": "DELIVRD"}}]}).encode()
    ((what, form),) = forms(gateway(), REPORT, body, token)
    assert (what, form["State"]) == (REPORT, ["delivered"])
    assert form["Token"][0] in {token, ""}
    assert form["Token"][0].isascii()


def test_a_body_too_deep_to_read_is_set_aside() -> None:
    ((what, form),) = forms(gateway(), TEXT, b"[" * 60_000)
    assert (what, form["Why"]) == (ODD, ["unreadable: body"])


def test_a_form_is_read_in_the_charset_of_its_gateway() -> None:
    flat = {"id": ["msg"], "sender": "gsm", "text": "mesaj"}
    channel = gateway(body="form", charset="iso-8859-9", arrival=flat)
    ((what, form),) = forms(channel, TEXT, b"msg=7&gsm=+905320000001&mesaj=%FE%F0%FD+%DD")
    read = arrived(form)
    assert (what, read.body, read.sender.value, read.recipient.value) == (TEXT, "şğı İ", HER, LINE)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3), st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_two_ids_are_one_only_if_they_are(one: list[str], other: list[str]) -> None:
    assert (identity(one) == identity(other)) == (one == other)
    assert channel_of(f"yerel:{identity(one)}") == "yerel"
    assert channel_of("SM" + "0" * 32) is None


def test_what_is_said_stands_as_it_is() -> None:
    said = {"text": "{secret} ve {x}", "validity_s": 90, "secret": "gizli"}
    template = {"a": ["{text}", {"b": "{validity_s}", "c": "App {secret}"}], "d": 3}
    assert filled(template, said) == {"a": ["{secret} ve {x}", {"b": 90, "c": "App gizli"}], "d": 3}
