"""Telephones in browsers: a page shows its token, says that it is there, and learns what rings.

The token is the one that the carrier wants: signed with an API key of the account, and good for one identity.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from practice.calls import Call
from practice.exchange import Exchange
from practice.runner import Runner

Json = dict[str, Any]
#: A page looks twice a second; one that has not looked for so long is gone, and its call with it.
REGISTERED_SECONDS = 5.0
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
PREFIX = "/client"


class TokenError(Exception):
    """The token is not one of the account's, or its time is over."""


def address_of(token: str, api_keys: Mapping[str, str], now: float) -> str:
    """Whose token it is, as the carrier writes that address. Raises TokenError."""
    try:
        head, body, signature = token.split(".")
        claims = json.loads(_decoded(body))
        secret = api_keys[claims["iss"]]
        identity, grant = claims["grants"]["identity"], claims["grants"]["voice"]
        signed = compare_digest(digest(secret.encode(), f"{head}.{body}".encode(), sha256), _decoded(signature))
        good = signed and claims["exp"] > now and grant["incoming"]["allow"] is True
    except (ValueError, KeyError, TypeError) as error:
        raise TokenError from error
    if not good:
        raise TokenError
    return f"client:{identity}"


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Commands:
    """What a page may ask of its own telephone; each gets the exchange, the telephone's address and the request."""

    def look(self, exchange: Exchange, address: str, given: Json) -> Json:
        """It is there: {"since": n}; answers its calls, and what it heard since line n."""
        exchange.register(address, REGISTERED_SECONDS)
        lines = exchange.phone(address).transcript
        since = int(given.get("since", 0))
        calls = [call for call in exchange.calls.values() if call.to == address and not call.over]
        return {
            "calls": [call.sid for call in calls if call.status in {"ringing", "in-progress"}],
            "heard": [line.text for line in lines[since:] if line.kind == "heard"],
            "next": len(lines),
        }

    def answer(self, exchange: Exchange, address: str, given: Json) -> Json:
        """Pick up: {"sid"}."""
        _its(exchange, address, given).answer()
        return {}

    def decline(self, exchange: Exchange, address: str, given: Json) -> Json:
        """Do not: {"sid"}."""
        _its(exchange, address, given).refuse("busy")
        return {}

    def press(self, exchange: Exchange, address: str, given: Json) -> Json:
        """Press keys: {"sid", "digits"}."""
        for digit in str(given["digits"]):
            _its(exchange, address, given).press(digit)
        return {}

    def say(self, exchange: Exchange, address: str, given: Json) -> Json:
        """Speak: {"sid", "words"}."""
        exchange.speak(_its(exchange, address, given).sid, str(given["words"]))
        return {}

    def hang_up(self, exchange: Exchange, address: str, given: Json) -> Json:
        """Hang up: {"sid"}."""
        _its(exchange, address, given).hang_up()
        return {}


def _its(exchange: Exchange, address: str, given: Json) -> Call:
    call = exchange.calls[given["sid"]]
    if call.to != address:
        raise KeyError(given["sid"])
    return call


def blueprint(runner: Runner) -> Blueprint:
    """POST /client/<command> with a token and a JSON object, from a page of this machine at whatever port."""
    edge = Blueprint("clients", __name__, url_prefix=PREFIX)
    commands: dict[str, Callable[[Exchange, str, Json], Json]] = {
        name.replace("_", "-"): getattr(Commands(), name) for name in vars(Commands) if not name.startswith("_")
    }

    @edge.post("/<command>")
    def run(command: str) -> tuple[Response, int]:
        if command not in commands:
            return jsonify(error="unknown command"), 404
        given = request.get_json(force=True)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            with runner.turn() as exchange:
                address = address_of(token, exchange.ground.config.api_keys, exchange.now)
                return jsonify(commands[command](exchange, address, given)), 200
        except TokenError:
            return jsonify(error="token"), 401
        except (KeyError, TypeError, ValueError) as error:
            return jsonify(error=type(error).__name__), 400

    @edge.after_request
    def shared(response: Response) -> Response:
        """A page of the program has another port, so another origin; the token says whose telephone it may be."""
        origin = request.headers.get("Origin", "")
        if urlsplit(origin).hostname in LOCAL_NAMES:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
            response.headers["Access-Control-Max-Age"] = "600"
            response.headers["Vary"] = "Origin"
        return response

    return edge


__all__ = ["PREFIX", "REGISTERED_SECONDS", "TokenError", "address_of", "blueprint"]
