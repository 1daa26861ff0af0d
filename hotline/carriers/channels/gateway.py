"""A gateway that speaks HTTP, behind the `Channel` protocol: one request for a text, read by its description."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from core.phones import is_never_dial
from core.settings import Settings
from hotline.carriers.channels.description import Gateway, filled, secrets_of
from hotline.carriers.channels.reading import identity, sid_of, word
from hotline.carriers.protocol import TOKEN_PARAMETER, Accepted, Outcome, Refused, RemoteText, Retry, Unknown
from hotline.carriers.wire import Answer, MaybeSent, NotSent, Wire
from hotline.paths import channel_reports, with_query
from hotline.status_rules import error_class

_UNREADABLE: Final = Unknown("unreadable_answer")


class GatewayChannel:
    """Asks one gateway to take a text. It keeps no list that could be asked for what became of one."""

    def __init__(self, channel: Gateway, settings: Settings) -> None:
        """`settings` hold the secret that the description names."""
        self._channel = channel
        name = channel.request.secret
        self._secret = "" if name is None else secrets_of(settings, name)[0]
        self._wire = Wire(channel.request.timeout_s, channel.request.url)
        self.reports_to = channel_reports(channel.name)

    def __repr__(self) -> str:
        return f"GatewayChannel({self._channel.name!r})"

    def send_text(self, *, to: str, from_: str, body: str, token: str, status_url: str, validity_s: int) -> Outcome:
        """Asks once. No answer, or one that cannot be read, may mean that it was taken."""
        if is_never_dial(to):
            return Refused(None, "permanent")
        values: dict[str, str | int] = {
            **_number("to", to),
            **_number("from", from_),
            "text": body,
            "token": token,
            "report_url": with_query(status_url, **{TOKEN_PARAMETER: token}),
            "validity_s": validity_s,
            # Never longer than it may live; a minute is what such gateways count in.
            "validity_min": max(validity_s // 60, 1),
            "secret": self._secret,
        }
        content, headers = self._written(values)
        try:
            answer = self._wire.post(self._channel.request.url, content, headers)
        except NotSent:
            return Retry()
        except MaybeSent as broken:
            return Unknown("timeout" if broken.timed_out else "broken_connection")
        return self._outcome(answer)

    def redact_text(self, sid: str) -> Outcome:  # noqa: ARG002 - of the protocol
        """No gateway of this kind can be asked for it: what it keeps is a matter of the contract with it."""
        return Refused(None, "permanent")

    def find_texts(self, to: str, since: datetime) -> tuple[RemoteText, ...] | None:  # noqa: ARG002 - of the protocol
        """It keeps no list."""
        return None

    def find_text(self, sid: str) -> RemoteText | None:  # noqa: ARG002 - of the protocol
        """It tells of none: its reports are all that is known."""
        return None

    def _written(self, values: dict[str, str | int]) -> tuple[bytes, dict[str, str]]:
        request = self._channel.request
        headers = {name: str(filled(value, values)) for name, value in request.headers.items()}
        if request.form is not None:
            kind, content = "application/x-www-form-urlencoded; charset=utf-8", _form(filled(request.form, values))
        else:
            kind, content = "application/json; charset=utf-8", json.dumps(filled(request.json_body, values))
        return content.encode(), {"Content-Type": kind, "Accept": "application/json", **headers}

    def _outcome(self, answer: Answer) -> Outcome:
        status, told = answer.status_code, _read(answer.text)
        if status == 429:
            return Retry(None)
        if not (200 <= status < 300 or 400 <= status < 500) or status == 408:
            return Unknown("server_error")
        said = self._channel.answer
        known = self._channel.codes.get((word(told, said.code) if said.code else None) or "")
        state = word(told, said.state) if said.state else None
        if status < 300 and (said.state is None or state in said.taken):
            told_id = word(told, said.id)
            return Accepted(sid_of(self._channel.name, identity([told_id]))) if told_id else _UNREADABLE
        if status < 300 and state is None:
            return _UNREADABLE
        if known is None:
            # Neither the text nor the account can be cleared of it, and somebody has to write the code down.
            return Refused(None, "config_alarm")
        meaning = error_class(known)
        return Retry(known) if meaning == "retry" else Refused(known, meaning)


def _form(fields: dict[str, str | int]) -> str:
    return urlencode(fields, errors="replace")


def _read(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


def _number(name: str, e164: str) -> dict[str, str | int]:
    """A number in the ways in which gateways want it; national as in Turkey, and where it is none, international."""
    digits = e164.removeprefix("+")
    return {name: e164, f"{name}_digits": digits, f"{name}_national": digits.removeprefix("90")}


__all__ = ["GatewayChannel"]
