"""The exchange in virtual time against a WSGI application: hours of telephony in milliseconds, in one thread.

Requests go through WSGI and REST goes through an HTTP client of twilio's library, so that the program meets the
exchange only as it would meet Twilio.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit
from wsgiref.types import WSGIApplication

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ReadTimeout
from twilio.http import HttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client
from werkzeug.test import Client as WsgiClient

from practice.exchange import Exchange
from practice.webhooks import WebhookRequest, text_of

#: What is wrong with the program: unreachable, silent, or answering with an HTTP status.
Outage = Literal["connect", "timeout"] | int | None
Tick = Callable[[float], float | None]


class VirtualCarrier:
    """Runs an exchange and a program together through virtual time.

    `tick(now)` moves the program's own clock and lets its due work happen; it may return when it wants to be called
    next, otherwise it is called every `tick_every` seconds. It is also called after each group of webhooks and at the
    beginning of each run, because the program may have been given work in the meantime.
    """

    def __init__(
        self,
        exchange: Exchange,
        wsgi_app: WSGIApplication,
        tick: Callable[[float], Any] = lambda now: None,  # noqa: ARG005 -- the name is the parameter's documentation
        *,
        tick_every: float = 1.0,
        other_hosts: Mapping[str, WSGIApplication] | None = None,
    ) -> None:
        self.exchange = exchange
        self.now = exchange.now
        self.outage: Outage = None
        self.http_client = VirtualHttpClient(self)
        self._tick = tick
        self._tick_every = tick_every
        self._next_tick = self.now
        self._client = WsgiClient(wsgi_app)
        self._others = {host: WsgiClient(app) for host, app in (other_hosts or {}).items()}

    def client(self) -> Client:
        """Twilio's REST client, connected to the exchange."""
        ground = self.exchange.ground
        return Client(ground.account_sid, ground.auth_token, http_client=self.http_client)

    # Time.

    def run_until(self, end: float) -> None:
        """Let everything happen up to `end`."""
        self.run_while(lambda: True, until=end)
        self.now = max(self.now, end)
        self.exchange.advance(self.now)
        self._do_tick()
        self._perform()

    def run_for(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.run_until(self.now + seconds)

    def run_while(self, condition: Callable[[], bool], *, until: float | None = None, limit: float = 3600.0) -> None:
        """Go on as long as the condition holds; after `limit` seconds of virtual time raises TimeoutError."""
        end = self.now + limit if until is None else until
        self._next_tick = self.now
        while condition():
            if self._perform():
                self._do_tick()
                continue
            due = self.exchange.due_at()
            following = self._next_tick if due is None else min(due, self._next_tick)
            if following > end:
                if until is None:
                    raise TimeoutError(f"the condition still holds after {limit} seconds")
                return
            self.now = max(self.now, following)
            self.exchange.advance(self.now)
            if self.now >= self._next_tick:
                self._do_tick()

    def _do_tick(self) -> None:
        wish = self._tick(self.now)
        self._next_tick = self.now + self._tick_every
        if wish is not None:
            # A wish in the past would stop the time.
            self._next_tick = min(self._next_tick, max(float(wish), self.now + 0.001))

    # Webhooks.

    def _perform(self) -> bool:
        requests = self.exchange.step(self.now)
        for request in requests:
            self.perform(request)
        return bool(requests)

    def perform(self, request: WebhookRequest) -> None:
        """Make one request to the program and hand its outcome to the exchange."""
        if self.outage == "connect":
            self.exchange.fail(request.id, "connect", self.now)
            return
        if self.outage == "timeout":
            late = self.now + min(request.read_timeout, request.total_timeout)
            self.exchange.ground.timeline.at(late, lambda: self.exchange.ground.webhooks.fail(request.id, "timeout"))
            return
        if isinstance(self.outage, int):
            self.exchange.deliver(request.id, self.outage, "text/plain", "", self.now)
            return
        parts = urlsplit(request.url)
        client = self._others.get(parts.netloc, self._client)
        response = client.open(
            parts.path or "/",
            base_url=f"{parts.scheme}://{parts.netloc}/",
            query_string=parts.query,
            method=request.method,
            data=request.body,
            headers=list(request.headers),
        )
        content_type = response.headers.get("Content-Type", "")
        body = text_of(content_type, response.get_data())
        self.exchange.deliver(request.id, response.status_code, content_type, body, self.now)

    # REST.

    def rest(
        self,
        method: str,
        path: str,
        form: Mapping[str, str | Sequence[str]],
        auth: tuple[str, str] | None,
        timeout: float | None = None,
    ) -> tuple[int, str]:
        """One REST request, for any HTTP transport; a lost or late response raises requests' ReadTimeout."""
        response = self.exchange.rest(method, path, form, auth, self.now)
        if response.callbacks_first:
            self._perform()
        if response.lost or (timeout is not None and response.delay > timeout):
            raise ReadTimeout("the response did not arrive")
        return response.status, json.dumps(response.json_body) if response.json_body is not None else ""


class VirtualHttpClient(HttpClient):  # type: ignore[misc]
    """An HTTP client for `twilio.rest.Client` that reaches the exchange without a network."""

    def __init__(self, carrier: VirtualCarrier) -> None:
        super().__init__(logging.getLogger("practice.virtual"), False, None)
        self._carrier = carrier
        #: True: every request fails as if the carrier were unreachable.
        self.down = False

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 -- twilio's signature
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002 -- twilio's signature
    ) -> TwilioResponse:
        """Perform one request of twilio's library."""
        if self.down:
            raise RequestsConnectionError("the carrier is unreachable")
        parts = urlsplit(url)
        present = {name: value for name, value in (params or {}).items() if value is not None}
        query = "&".join(part for part in (parts.query, urlencode(present, doseq=True)) if part)
        path = parts.path + (f"?{query}" if query else "")
        form = {name: [str(each) for each in value] if isinstance(value, list) else str(value)
                for name, value in (data or {}).items()}  # fmt: skip
        status, text = self._carrier.rest(method, path, form, auth, timeout)
        return TwilioResponse(status, text)
