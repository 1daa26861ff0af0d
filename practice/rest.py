"""Twilio's REST API, one request at a time: credentials, faults, routing, errors in Twilio's form."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from practice.api import account, calls, conferences, messages
from practice.api.base import Fields, Request, RestError, RestResponse, Route, not_found
from practice.ground import API_VERSION
from practice.machine import Machine
from practice.messages import MessageDesk

ROUTES: tuple[Route, ...] = (*calls.ROUTES, *messages.ROUTES, *conferences.ROUTES, *account.ROUTES)


class Api:
    """Answers REST requests for one account."""

    def __init__(self, machine: Machine, message_desk: MessageDesk) -> None:
        self._machine = machine
        self._messages = message_desk

    def request(
        self, method: str, path: str, form: Mapping[str, str | Sequence[str]], auth: tuple[str, str] | None
    ) -> RestResponse:
        """Answer one request; `path` may carry a query string."""
        path, _, query = path.partition("?")
        try:
            self._check_credentials(auth)
            self._refuse_by_fault(path)
            fields = Fields({**parse_qs(query, keep_blank_values=True), **form})
            response = self._handle(method, path, fields)
        except RestError as error:
            return _error(error)
        return self._damage(response, path)

    def _handle(self, method: str, path: str, fields: Fields) -> RestResponse:
        dice, ground = self._machine.ground.dice, self._machine.ground
        creates = method == "POST" and path.endswith(("/Calls.json", "/Messages.json", "/Participants.json"))
        first = creates and dice.strikes("callback_first", path)
        route, parts = self._route(method, path)
        ground.rushed = first
        try:
            response = route.handler(Request(self._machine, self._messages, path, parts, fields))
        finally:
            ground.rushed = False
        return replace(response, callbacks_first=first)

    def _check_credentials(self, auth: tuple[str, str] | None) -> None:
        ground = self._machine.ground
        user, secret = auth or ("", "")
        known = ground.auth_token if user == ground.account_sid else ground.config.api_keys.get(user)
        if known is None or not hmac.compare_digest(known.encode(), secret.encode()):
            raise RestError(401, 20003, "Authenticate")

    def _route(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        base, end, routes = f"/{API_VERSION}/Accounts/{self._machine.ground.account_sid}", ".json", ROUTES
        if path.startswith("/v1/"):
            base, end, routes = "/v1", "", account.SERVICE_ROUTES
        if not path.startswith(base) or not path.endswith(end):
            raise not_found(path)
        given = [part for part in path.removeprefix(base).removesuffix(end).split("/") if part]
        known_path = False
        for route in routes:
            pattern = [part for part in route.path.split("/") if part]
            if len(pattern) != len(given) or any(p not in ("*", g) for p, g in zip(pattern, given, strict=True)):
                continue
            if route.method == method:
                return route, tuple(g for p, g in zip(pattern, given, strict=True) if p == "*")
            known_path = True
        raise RestError(405, 20004, "Method not allowed") if known_path else not_found(path)

    def _refuse_by_fault(self, path: str) -> None:
        dice = self._machine.ground.dice
        if dice.strikes("rest_429", path):
            raise RestError(429, 20429, "Too Many Requests")
        if dice.strikes("rest_500", path):
            raise RestError(500, 20500, "An internal server error has occurred")
        if dice.strikes("rest_503", path):
            raise RestError(503, 20503, "Service unavailable")

    def _damage(self, response: RestResponse, path: str) -> RestResponse:
        dice = self._machine.ground.dice
        delay = dice.faults.rest_delay_seconds if dice.strikes("rest_delay", path) else 0.0
        return replace(response, lost=dice.strikes("response_lost", path), delay=delay)


def _error(error: RestError) -> RestResponse:
    body = {
        "code": error.code,
        "message": str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return RestResponse(error.status, body)
