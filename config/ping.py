"""Questions to ourselves from outside: whether what the carrier asks comes through, and to us."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final, Literal

from core.crypto import Keyring
from core.settings import Settings
from hotline.carriers.wire import MaybeSent, NotSent, Wire
from hotline.paths import PING
from hotline.ping import NONCE, proof
from hotline.queries.recordings import RecordingRow
from hotline.signature import SIGNATURE_HEADER, sign
from hotline.sounds import address_of

#: About as patient as the carrier is with the first step of a call.
TIMEOUT_S: Final = 5.0
#: How the way ended: with our answer, with a refused signature, with a redirect, with somebody else's answer, without
#: an answer, or without a connection.
Way = Literal["through", "refused", "redirected", "stranger", "silent", "unreachable"]


@dataclass(frozen=True, slots=True)
class Ping:
    """How it went. ``detail`` is an HTTP status or the kind of error, for a person to act on."""

    way: Way
    detail: str = ""


def ping(settings: Settings, keyring: Keyring) -> Ping:
    """Ask PUBLIC_URL once, signed as the carrier signs."""
    url, nonce = f"{settings.public_url}{PING}", secrets.token_hex(16)
    form = {"AccountSid": settings.twilio_account_sid, NONCE: nonce}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        SIGNATURE_HEADER: sign(url, form, settings.twilio_auth_tokens[0]),
    }
    try:
        answer = Wire(TIMEOUT_S, settings.public_url).request("POST", url, data=form, headers=headers)
    except NotSent as error:
        return Ping("unreachable", type(error.__cause__).__name__)
    except MaybeSent as error:
        return Ping("silent", str(error))
    if answer.status_code == 403:
        return Ping("refused", "403")
    if 300 <= answer.status_code < 400:
        return Ping("redirected", str(answer.status_code))
    if answer.status_code == 200 and proof(keyring, nonce) in answer.text:
        return Ping("through")
    return Ping("stranger", str(answer.status_code))


def fetch_sound(settings: Settings, row: RecordingRow) -> Ping:
    """Fetch a byte of a recording by GET, as the carrier does: no error and no other's answer may come instead."""
    url = address_of(settings, row)
    try:
        answer = Wire(TIMEOUT_S, settings.public_url).request("GET", url, headers={"Range": "bytes=0-0"})
    except NotSent as error:
        return Ping("unreachable", type(error.__cause__).__name__)
    except MaybeSent as error:
        return Ping("silent", str(error))
    told = {name.lower(): value for name, value in answer.headers.items()}
    ours = told.get("content-type") == row.media_type and row.id.hex in told.get("etag", "")
    if answer.status_code in {200, 206} and ours:
        return Ping("through")
    return Ping("stranger", str(answer.status_code))
