"""What a gateway brings, read by its description: pure, and strict about what it cannot read.

Each text and each report becomes a form of ours, which holds all that was told of it. From here on it is taken like a
webhook of the carrier: journalled, stored once, replayed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from core.phones import Address, parse_address
from hotline.carriers.channels.description import Arrival, Check, Gateway
from hotline.form_fields import MAX_BODY_BYTES, UNKNOWN, ShapeError, clean_text
from hotline.shapes import SmsArrival, SmsStatus

Fields = dict[str, list[str]]

#: What a form tells: a text of hers, a report about one of ours, or what nobody can read.
TEXT: Final = "channel_text"
REPORT: Final = "channel_report"
ODD: Final = "channel_odd"
#: More events in one request than this are refused: each is a transaction of its own, and somebody waits for an answer.
MOST_EVENTS: Final = 200
_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_FIELDS: Final = 200
_WITHHELD: Final = parse_address(None)


def proves(check: Check, secrets: tuple[str, ...], shown: str, body: bytes) -> bool:
    """Whether the header's value proves that the gateway sent this body; every live secret is tried."""
    given = shown.strip().encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(_expected(check, secret, body), given) for secret in secrets)


def _expected(check: Check, secret: str, body: bytes) -> bytes:
    if check.by == "token":
        return (check.prefix + secret).encode()
    digest = hmac.digest(secret.encode(), body, check.digest)
    said = digest.hex() if check.encoding == "hex" else base64.b64encode(digest).decode()
    return (check.prefix + said).encode()


def parsed(channel: Gateway, body: bytes) -> Any:
    """The body as data. Raises ShapeError."""
    text = body.decode(channel.charset, "replace")
    try:
        if channel.body == "json":
            # Numbers keep the digits with which they came: an id is no quantity.
            return json.loads(text, parse_float=str, parse_int=str)
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, encoding=channel.charset, max_num_fields=_MAX_FIELDS
        )
    except (ValueError, RecursionError):
        raise ShapeError("unreadable", "body") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise ShapeError("repeated", "body")
    return form


def events(payload: Any, each: str | None) -> list[Any]:
    """The events of one request. Raises ShapeError."""
    if each is None:
        return [payload]
    found = at(payload, each)
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_EVENTS:
        raise ShapeError("no_list", each)
    return found


def at(data: Any, where: str) -> Any:
    """What stands there; None where nothing does."""
    if isinstance(data, Mapping) and where in data:
        return data[where]
    for part in where.split("."):
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def word(data: Any, where: str) -> str | None:
    """A single value that stands there, as text; None where there is none."""
    found = at(data, where)
    if isinstance(found, bool):
        return "true" if found else "false"
    return clean_text(str(found)) if isinstance(found, str | int) else None


def _told(data: Any, where: str) -> str:
    found = word(data, where)
    if found is None:
        raise ShapeError("missing", where)
    return found


def text_form(channel: Gateway, event: Any) -> Fields:
    """A text of hers as a form of ours. Raises ShapeError."""
    arrival: Arrival = channel.arrival
    form = {
        "Channel": [channel.name],
        "Id": [identity([_told(event, where) for where in arrival.id])],
        "From": [_told(event, arrival.sender)],
        "To": [channel.lines[0].number if arrival.line is None else _told(event, arrival.line)],
        "Body": [_told(event, arrival.text)],
        "Told": [_whole(event)],
    }
    read = arrived(form)
    if read.recipient.value not in channel.numbers:
        raise ShapeError("not_a_line", arrival.line or "lines")
    return form


def report_form(channel: Gateway, event: Any, token: str | None) -> Fields:
    """What became of a text of ours, as a form of ours. Raises ShapeError."""
    report = channel.report
    if report is None:
        raise ShapeError("not_described", "report")
    state = _told(event, report.state)
    code = word(event, report.code) if report.code else None
    form = {
        "Channel": [channel.name],
        "Id": [identity([_told(event, report.id)])],
        "State": [report.states.get(state, UNKNOWN)],
        "Code": [str(channel.codes.get(code or "", ""))],
        # It stands in the address, which no proof covers.
        "Token": [token if token is not None and _TOKEN.fullmatch(token) else ""],
    }
    reported(form)
    return form


def forms(channel: Gateway, kind: str, body: bytes, token: str | None = None) -> list[tuple[str, Fields]]:
    """Everything that one request tells, each with its kind: what cannot be read is ODD, and says why. Never raises."""
    described = channel.arrival if kind == TEXT else channel.report
    try:
        told = events(parsed(channel, body), described.each if described else None)
        return [_form(channel, kind, event, token) for event in told]
    except ShapeError as error:
        return [(ODD, _odd(channel, body.decode(channel.charset, "replace"), error))]


def _form(channel: Gateway, kind: str, event: Any, token: str | None) -> tuple[str, Fields]:
    try:
        if kind == TEXT:
            return kind, text_form(channel, event)
        return kind, report_form(channel, event, token)
    except ShapeError as error:
        return ODD, _odd(channel, _whole(event), error)


def _odd(channel: Gateway, told: str, error: ShapeError) -> Fields:
    return {"Channel": [channel.name], "Told": [clean_text(told)], "Why": [str(error)]}


def _whole(event: Any) -> str:
    try:
        return clean_text(json.dumps(event, ensure_ascii=False, sort_keys=True))
    except RecursionError:
        raise ShapeError("unreadable", "body") from None


def identity(parts: list[str]) -> str:
    """What names a text in its channel: an id that is short and plain; anything else, or several things, by its hash.

    Raises ShapeError.
    """
    if not all(parts):
        raise ShapeError("missing", "id")
    if len(parts) == 1 and _ID.fullmatch(parts[0]):
        return parts[0]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def sid_of(channel: str, identity: str) -> str:
    """Under which name everybody knows a text of a channel; the carrier's own SIDs hold no colon."""
    return f"{channel}:{identity}"


def channel_of(sid: str) -> str | None:
    """The channel that a SID names; None where it is the carrier's."""
    name, colon, _rest = sid.partition(":")
    return name if colon else None


def _one(form: Mapping[str, list[str]], name: str) -> str:
    values = form.get(name, [])
    if len(values) != 1:
        raise ShapeError("missing", name)
    return values[0]


def _number(raw: str) -> Address:
    """Gateways write international numbers without a plus: 905321234567."""
    bare = raw.strip()
    is_international = bare.isdecimal() and len(bare) >= 11 and not bare.startswith("0")
    return parse_address(f"+{bare}" if is_international else bare)


def arrived(form: Mapping[str, list[str]]) -> SmsArrival:
    """A text by its form. Raises ShapeError."""
    sender, body = _one(form, "From"), _one(form, "Body")
    if not sender.strip():
        raise ShapeError("missing", "From")
    if len(body.encode()) > MAX_BODY_BYTES:
        raise ShapeError("too_long", "Body")
    channel = _one(form, "Channel")
    return SmsArrival(
        message_sid=sid_of(channel, _one(form, "Id")),
        account_sid=channel,
        sender=_number(sender),
        recipient=_number(_one(form, "To")),
        body=body,
        media=(),
        media_count=0,
        segments=None,
        opt_out=None,
        messaging_service_sid=None,
    )


def reported(form: Mapping[str, list[str]]) -> SmsStatus:
    """A report by its form. Raises ShapeError."""
    channel, state, code = _one(form, "Channel"), _one(form, "State"), _one(form, "Code")
    return SmsStatus(
        message_sid=sid_of(channel, _one(form, "Id")),
        account_sid=channel,
        sender=_WITHHELD,
        recipient=_WITHHELD,
        status=state,
        raw_status=state,
        error_code=int(code) if code else None,
    )


__all__ = [
    "MOST_EVENTS",
    "ODD",
    "REPORT",
    "TEXT",
    "Fields",
    "arrived",
    "channel_of",
    "forms",
    "identity",
    "proves",
    "reported",
    "sid_of",
    "word",
]
