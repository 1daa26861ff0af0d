"""Signed webhooks as the carrier sends them: about twenty form fields, every request an event of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

#: Callers are drawn from this many telephones, so that some call again and most do not.
TELEPHONES = 5000
_PLACE = {"City": "", "State": "", "Zip": "", "Country": "TR"}
_TEXTS = (
    "Merhaba, bilgi almak istiyorum.",
    "Yarın sabah arayabilir misiniz",
    "Silav, ez dixwazim biaxivim.",
    "İyi günler, haklarımı öğrenmek istiyorum; evde rahat konuşamıyorum, yazışabilir miyiz?",
)


@dataclass(frozen=True)
class Account:
    """Who signs, over which address, and which numbers the public dials."""

    public_url: str
    account_sid: str
    token: str
    lines: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For a child's task."""
        return asdict(self)

    @classmethod
    def of(cls, told: dict[str, Any]) -> Account:
        """From a child's task."""
        return cls(told["public_url"], told["account_sid"], told["token"], tuple(told["lines"]))


@dataclass(frozen=True)
class Signed:
    """One request, ready for the wire, and the SID it is about."""

    sid: str
    wire: bytes


class Carrier:
    """Makes requests; with the same seed the same people call in the same order. SIDs never repeat."""

    def __init__(self, account: Account, seed: int) -> None:
        self._account = account
        self._chance = random.Random(seed)
        self._seed = seed
        self._count = 0

    def voice(self) -> Signed:
        """A first ring."""
        sid = self._sid("CA")
        return self._post("/twilio/voice", sid, self._call(sid, self._telephone(), "ringing"))

    def sms(self, sender: str | None = None) -> Signed:
        """A text, of anybody or of ``sender``."""
        sid = self._sid("SM")
        form = {
            **self._parties(sender or self._telephone()),
            "ToCountry": "TR", "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid, "SmsStatus": "received",
            "Body": self._chance.choice(_TEXTS), "NumSegments": "1", "MessageSid": sid,
        }  # fmt: skip
        return self._post("/twilio/sms", sid, form)

    def statuses(self, sids: list[str]) -> Iterator[Signed]:
        """What becomes of calls that rang: each is told to be in progress and, later, over."""
        for sequence, status in enumerate(("in-progress", "completed"), start=1):
            for sid in sids:
                form = self._call(sid, self._telephone(), status) | {
                    "SequenceNumber": str(sequence), "CallbackSource": "call-progress-events",
                    "Timestamp": "Mon, 05 Jan 2026 10:00:00 +0000", "CallDuration": "60",
                }  # fmt: skip
                yield self._post("/twilio/voice/status", sid, form)

    def _call(self, sid: str, caller: str, status: str) -> dict[str, str]:
        parties = self._parties(caller)
        return {
            **parties,
            "CallSid": sid, "CallStatus": status, "Direction": "inbound", "Caller": parties["From"],
            "Called": parties["To"], "CallerCountry": "TR", "CalledCountry": "TR", "CallerCity": "", "CalledCity": "",
            "StirVerstat": "",
        }  # fmt: skip

    def _parties(self, caller: str) -> dict[str, str]:
        place = {f"{end}{name}": value for end in ("From", "To") for name, value in _PLACE.items()}
        line = self._chance.choice(self._account.lines)
        return {"AccountSid": self._account.account_sid, "ApiVersion": "2010-04-01", "From": caller, "To": line} | place

    def _telephone(self) -> str:
        return f"+90532{self._chance.randrange(TELEPHONES):07d}"

    def _sid(self, prefix: str) -> str:
        self._count += 1
        return prefix + hashlib.md5(f"{self._seed}/{prefix}/{self._count}".encode(), usedforsecurity=False).hexdigest()

    def _post(self, path: str, sid: str, form: dict[str, str]) -> Signed:
        message = self._account.public_url + path + "".join(name + form[name] for name in sorted(form))
        signature = base64.b64encode(hmac.digest(self._account.token.encode(), message.encode(), "sha1")).decode()
        body = urlencode(form).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"X-Twilio-Signature: {signature}\r\nI-Twilio-Idempotency-Token: {sid}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return Signed(sid, head.encode() + body)
