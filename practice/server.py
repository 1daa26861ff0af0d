"""The practice exchange as a server on this machine: Twilio's REST API, the control API and the practice page.

Run with `python -m practice.server`; every option has an environment variable, see `settings_from`.
It listens on the loopback address only: it has no protection of its own and is no part of a production system.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from core.trunks import load_trunks, trunk_numbers
from practice import clients, control, page
from practice.config import ExchangeConfig, NumberConfig
from practice.exchange import Exchange
from practice.phones import Behaviour
from practice.runner import Runner, StateFile

LOOPBACK = "127.0.0.1"
#: How a real account is set up for a hotline: fast failover for a caller who hears silence, patience for texts.
VOICE_OVERRIDES = "#ct=2000&rt=4000&rc=5&rp=ct,rt,5xx&tt=14000"
SMS_OVERRIDES = "#ct=2000&rt=8000&rc=3&rp=all"
STATUS_OVERRIDES = "#ct=2000&rt=4000&rc=5&rp=all"


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """How the server was started."""

    port: int
    account_sid: str
    auth_token: str
    numbers: tuple[NumberConfig, ...]
    on_call: tuple[str, ...]
    desks: tuple[str, ...]
    state_file: Path | None
    api_keys: Mapping[str, str]
    #: SIP domains to which trunks bring calls.
    sip_domains: tuple[NumberConfig, ...] = ()


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    default_port = int(environ["PORT"]) + 2 if environ.get("PORT") else 8002
    public_url = environ.get("PUBLIC_URL") or f"http://{LOOPBACK}:{default_port - 2}"
    data_dir = environ.get("KOZA_DATA_DIR")
    parser = argparse.ArgumentParser(prog="python -m practice", description="A practice exchange that speaks Twilio.")
    parser.add_argument("--port", type=int, default=default_port)
    parser.add_argument("--account", default=environ.get("TWILIO_ACCOUNT_SID", ""), help="account SID")
    parser.add_argument("--token", default=environ.get("TWILIO_AUTH_TOKEN", ""), help="auth token; the first of a list")
    parser.add_argument("--public-url", default=public_url, help="where the program's webhooks are")
    parser.add_argument("--voice-url", default="", help="default: PUBLIC_URL/twilio/voice")
    parser.add_argument("--sms-url", default="", help="default: PUBLIC_URL/twilio/sms")
    parser.add_argument("--voice-fallback-url", default="", help="default: PUBLIC_URL/twilio/voice/fallback")
    parser.add_argument("--sms-fallback-url", default="")
    parser.add_argument("--status-url", default="", help="default: PUBLIC_URL/twilio/voice/status")
    parser.add_argument("--numbers", default=environ.get("HOTLINE_NUMBERS", ""), help="+90…[=name],…")
    parser.add_argument("--on-call", default=environ.get("ONCALL_NUMBERS", ""), help="phones shown on the page")
    parser.add_argument("--desks", default=environ.get("DESK_NUMBERS", ""), help="phones that answer and press 1")
    state = environ.get("PRACTICE_STATE_FILE") or (str(Path(data_dir) / "practice.jsonl") if data_dir else "")
    parser.add_argument("--state-file", default=state)
    return parser


def settings_from(argv: Sequence[str], environ: Mapping[str, str]) -> ServerSettings:
    """Read options; environment variables are their defaults. PORT is the program's: ours is two above."""
    parser = _parser(environ)
    given = parser.parse_args(argv)
    if not given.account or not given.token:
        parser.error("account SID and auth token are required (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN)")
    base = given.public_url.rstrip("/")
    numbers = [entry.partition("=") for entry in _list(given.numbers)]
    trunks = load_trunks(Path(environ["SIP_TRUNKS_FILE"])) if environ.get("SIP_TRUNKS_FILE") else ()
    brought = trunk_numbers(trunks)
    key, secret = environ.get("TWILIO_API_KEY"), environ.get("TWILIO_API_SECRET")
    return ServerSettings(
        port=given.port,
        account_sid=given.account,
        auth_token=_list(given.token)[0],
        numbers=tuple(
            _connected(given, base, number.strip(), name.strip())
            for number, _, name in numbers
            if number.strip() not in brought
        ),
        sip_domains=tuple(_connected(given, base, trunk.domain, trunk.name) for trunk in trunks),
        on_call=_list(given.on_call),
        desks=_list(given.desks),
        state_file=Path(given.state_file) if given.state_file else None,
        api_keys={key: secret} if key and secret else {},
    )


def _connected(given: argparse.Namespace, base: str, number: str, name: str) -> NumberConfig:
    return NumberConfig(
        number=number,
        friendly_name=name,
        voice_url=given.voice_url or f"{base}/twilio/voice{VOICE_OVERRIDES}",
        voice_fallback_url=given.voice_fallback_url or f"{base}/twilio/voice/fallback{VOICE_OVERRIDES}",
        sms_url=given.sms_url or f"{base}/twilio/sms{SMS_OVERRIDES}",
        sms_fallback_url=given.sms_fallback_url,
        status_callback=given.status_url or f"{base}/twilio/voice/status{STATUS_OVERRIDES}",
    )


def make_exchange(settings: ServerSettings) -> Exchange:
    """The exchange of a server: SIDs differ from run to run, desks answer by themselves."""
    config = ExchangeConfig(
        numbers=settings.numbers,
        sip_domains=settings.sip_domains,
        phones={address: Behaviour("desk") for address in settings.desks},
        seed=secrets.token_hex(8),
        api_keys=settings.api_keys,
    )
    return Exchange(settings.account_sid, settings.auth_token, config)


def make_app(runner: Runner, on_call: tuple[str, ...] = ()) -> Flask:
    """REST under /2010-04-01 and /v1, control under /control, browsers' telephones under /client, the page at /."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(control.blueprint(runner, on_call))
    app.register_blueprint(clients.blueprint(runner))
    app.register_blueprint(page.blueprint())

    @app.before_request
    def only_local() -> tuple[str, int] | None:
        # A page of another origin must not drive this server through a visitor's browser, nor a name that was re-bound.
        if urlsplit(f"//{request.host}").hostname not in clients.LOCAL_NAMES:
            return "only on this machine", 403
        origin = request.headers.get("Origin")
        if request.path.startswith(f"{clients.PREFIX}/"):
            return None
        return ("another origin", 403) if origin and urlsplit(origin).netloc != request.host else None

    @app.route("/<any('2010-04-01', 'v1'):version>/<path:rest>", methods=["GET", "POST", "DELETE"])
    def twilio(version: str, rest: str) -> Response:
        given = request.authorization
        auth = (given.username or "", given.password or "") if given and given.type == "basic" else None
        query = f"?{request.query_string.decode('ascii')}" if request.query_string else ""
        form = {name: request.form.getlist(name) for name in request.form}
        answer = runner.rest(request.method, f"/{version}/{rest}{query}", form, auth)
        if answer.lost:
            _drop_connection()
        body = json.dumps(answer.json_body) if answer.json_body is not None else ""
        return Response(body, answer.status, answer.headers)

    return app


def _drop_connection() -> None:
    """Let the response be lost: the client sees its connection end without an answer."""
    socket: Any = request.environ.get("werkzeug.socket")
    if socket is not None:
        socket.shutdown(2)


class Quiet(WSGIRequestHandler):
    """No request log: the page asks twice a second."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
        """Say nothing."""


class Server:
    """A running server; `with Server(settings) as server:` in tests."""

    def __init__(self, settings: ServerSettings, exchange: Exchange | None = None) -> None:
        self.exchange = exchange or make_exchange(settings)
        self.runner = Runner(self.exchange, StateFile(settings.state_file) if settings.state_file else None)
        self.http: BaseWSGIServer = make_server(
            LOOPBACK, settings.port, make_app(self.runner, settings.on_call), threaded=True, request_handler=Quiet
        )
        self.port = self.http.server_port
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.runner.start()
        self._thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.runner.stop()

    def serve(self) -> None:
        """Run until the process is told to stop."""
        self.runner.start()
        try:
            self.http.serve_forever()
        finally:
            self.http.server_close()
            self.runner.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Start the server of the command line."""
    settings = settings_from(sys.argv[1:] if argv is None else argv, os.environ)

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 -- the signature of signal handlers
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    server = Server(settings)
    print(f"practice exchange and page: {server.url}", flush=True)  # noqa: T201 -- the command's output
    try:
        server.serve()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
