"""Browsers' telephones at the exchange: a token of the account's key, one identity each, and gone when nobody looks."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from practice.clients import REGISTERED_SECONDS
from practice.config import ExchangeConfig, NumberConfig
from practice.exchange import Exchange
from practice.runner import Runner
from practice.server import make_app

ACCOUNT, KEY, SECRET = "AC" + "a" * 32, "SK" + "b" * 32, "c" * 32
LINE, PAGE = "+903120000001", "http://127.0.0.1:8000"


def token(identity: str = "op_1", *, secret: str = SECRET, seconds: int = 600, incoming: bool = True) -> str:
    made = AccessToken(ACCOUNT, KEY, secret, identity=identity, ttl=seconds)
    made.add_grant(VoiceGrant(incoming_allow=incoming))
    return str(made.to_jwt())


@pytest.fixture
def exchange() -> Exchange:
    config = ExchangeConfig(numbers=(NumberConfig(number=LINE),), api_keys={KEY: SECRET})
    return Exchange(ACCOUNT, "t" * 32, config)


@pytest.fixture
def page(exchange: Exchange) -> FlaskClient:
    return make_app(Runner(exchange)).test_client()


def ask(page: FlaskClient, command: str, shown: str, **given: object) -> tuple[int, dict[str, object]]:
    answer = page.post(f"/client/{command}", json=given, headers={"Authorization": f"Bearer {shown}", "Origin": PAGE})
    return answer.status_code, answer.get_json()


def ring(exchange: Exchange, identity: str) -> str:
    """The carrier is asked to ring a browser, and does after a moment."""
    form = {"To": f"client:{identity}", "From": LINE, "Twiml": "<Response><Pause length='60'/></Response>"}
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    answer = exchange.rest("POST", path, form, (ACCOUNT, "t" * 32), exchange.now)
    assert answer.json_body is not None
    exchange.advance(exchange.now + 1)
    return str(answer.json_body["sid"])


@pytest.mark.parametrize(
    "shown",
    ["", "x", token(secret="d" * 32), token(seconds=-5), token(incoming=False), token().rpartition(".")[0] + "."],
    ids=["none", "nonsense", "another secret", "over", "may not be rung", "unsigned"],
)
def test_who_shows_no_good_token_is_no_telephone(page: FlaskClient, exchange: Exchange, shown: str) -> None:
    assert ask(page, "look", shown) == (401, {"error": "token"})
    assert exchange.calls[ring(exchange, "op_1")].status == "failed"


def test_a_page_that_looks_is_rung_and_answers_presses_and_hangs_up(page: FlaskClient, exchange: Exchange) -> None:
    mine = token()
    assert ask(page, "look", mine) == (200, {"calls": [], "heard": [], "next": 0})
    sid = ring(exchange, "op_1")
    assert ask(page, "look", mine)[1]["calls"] == [sid]
    assert ask(page, "answer", token("op_2"), sid=sid)[0] == 400
    for command, given in (("answer", {}), ("press", {"digits": "1"}), ("say", {"words": "alo"}), ("hang-up", {})):
        assert ask(page, command, mine, sid=sid, **given) == (200, {})
    told = {line.kind for line in exchange.phone("client:op_1").transcript}
    assert {"ringing", "connected", "pressed", "said", "ended"} <= told
    assert exchange.calls[sid].status == "completed"


def test_who_looks_no_more_loses_the_call_and_cannot_be_rung(page: FlaskClient, exchange: Exchange) -> None:
    assert ask(page, "look", token())[0] == 200
    sid = ring(exchange, "op_1")
    exchange.calls[sid].answer()
    exchange.advance(exchange.now + REGISTERED_SECONDS + 1)
    assert exchange.calls[sid].status == "completed"
    assert exchange.calls[ring(exchange, "op_1")].status == "failed"


def test_a_page_of_this_machine_may_ask_and_no_other(page: FlaskClient) -> None:
    def allowed(origin: str) -> str | None:
        return page.options("/client/look", headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")

    assert allowed(PAGE) == PAGE
    assert allowed("https://evil.example") is None
    # The other doors stay shut to pages of another origin.
    assert page.post("/control/look", json={}, headers={"Origin": PAGE}).status_code == 403
