"""A real server and a real program behind it, both on the loopback address."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from twilio.rest import Client
from werkzeug.serving import make_server

from practice.config import NumberConfig
from practice.server import Server, ServerSettings
from tests.practice.world import ACCOUNT, LINE, STAFF, TOKEN, Program


class Running:
    """A server with a program behind it, both on the loopback address."""

    def __init__(self, state_file: Path) -> None:
        self.program = Program()
        self.http = make_server("127.0.0.1", 0, self.program.app(), threaded=True)
        base = f"http://127.0.0.1:{self.http.server_port}"
        self.base = base
        number = NumberConfig(number=LINE, voice_url=f"{base}/voice", sms_url=f"{base}/sms")
        self.settings = ServerSettings(
            port=0, account_sid=ACCOUNT, auth_token=TOKEN, numbers=(number,), on_call=(STAFF,), desks=(),
            state_file=state_file, api_keys={},
        )  # fmt: skip
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.server = Server(self.settings)
        self.server.__enter__()

    def stop(self) -> None:
        self.server.__exit__()
        self.http.shutdown()
        self.http.server_close()

    def client(self) -> Client:
        client = Client(ACCOUNT, TOKEN)
        client.api.base_url = self.server.url
        client.http_client.timeout = 10
        return client

    def control(self, command: str, **given: object) -> dict[str, Any]:
        answer = requests.post(f"{self.server.url}/control/{command}", json=given, timeout=10)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def until(self, ready: Callable[[], object]) -> None:
        """Wait for something that real time brings; the limit only bounds a failure."""
        pause = threading.Event()
        for _ in range(500):
            if ready():
                return
            pause.wait(0.02)
        raise AssertionError("it did not happen")
