"""What every part of the exchange stands on: the time, the timers, the webhooks, SIDs, errors and the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from practice.config import ExchangeConfig, NumberConfig
from practice.faults import Dice
from practice.phones import PhoneBook
from practice.timeline import Timeline, Timer
from practice.webhooks import Webhooks

API_VERSION = "2010-04-01"


@dataclass(frozen=True)
class Trouble:
    """An entry of the account's debugger: Twilio's error code, what happened, at which URL."""

    at: float
    code: int
    message: str
    url: str


@dataclass
class Number:
    """A number of the account; its URLs can be changed by REST."""

    sid: str
    number: str
    friendly_name: str
    voice_url: str
    voice_fallback_url: str
    status_callback: str
    sms_url: str
    sms_fallback_url: str
    created_at: float
    voice_method: str = "POST"
    voice_fallback_method: str = "POST"
    status_callback_method: str = "POST"
    sms_method: str = "POST"
    sms_fallback_method: str = "POST"
    #: An application, or a trunk, in whose favour the carrier ignores the URLs of voice; "" where there is none.
    voice_application_sid: str = ""
    trunk_sid: str = ""
    #: The same for texts.
    sms_application_sid: str = ""


def _nobody_receives(from_: str, to: str, body: str) -> None:
    """Until there is a message desk."""


class Ground:
    """The shared ground; holds no call, text, conference or queue."""

    def __init__(self, account_sid: str, auth_token: str, config: ExchangeConfig) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.config = config
        self.now = config.start
        self.timeline = Timeline()
        self.dice = Dice(config.seed)
        self.webhooks = Webhooks(self.timeline, self.dice, auth_token, config.seed)
        self.webhooks.now = lambda: self.now
        self.webhooks.errors = self.trouble
        self.errors: list[Trouble] = []
        #: Records of calls and texts to append to a file; whoever runs the exchange drains it.
        self.journal: list[dict[str, Any]] = []
        #: True while a REST request is handled whose callbacks are to come before its response.
        self.rushed = False
        #: Set by the message desk; phones that answer texts by themselves use it.
        self.text_inbound: Callable[[str, str, str], object] = _nobody_receives
        self.phones = PhoneBook(self, config.default_behaviour)
        for address, behaviour in config.phones.items():
            self.phones.phone(address).behaviour = behaviour
        self._sids = 0
        self.numbers: dict[str, Number] = {}
        for number in config.numbers:
            self.add_number(number)
        self.sip_domains = {domain.number: self._record(domain, "SD") for domain in config.sip_domains}

    def add_number(self, number: NumberConfig) -> Number:
        """Give the account a number."""
        record = self.numbers[number.number] = self._record(number, "PN")
        return record

    def _record(self, number: NumberConfig, prefix: str) -> Number:
        return Number(
            sid=self.new_sid(prefix),
            number=number.number,
            friendly_name=number.friendly_name or number.number,
            voice_url=number.voice_url,
            voice_fallback_url=number.voice_fallback_url,
            status_callback=number.status_callback,
            sms_url=number.sms_url,
            sms_fallback_url=number.sms_fallback_url,
            created_at=self.now,
        )

    def text_from_phone(self, from_: str, to: str, body: str) -> None:
        """A phone sends a text by itself."""
        self.text_inbound(from_, to, body)

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Run `action` in so many seconds."""
        return self.timeline.at(self.now + seconds, action)

    def new_sid(self, prefix: str) -> str:
        """A fresh SID: two letters and 32 hexadecimal digits."""
        self._sids += 1
        return prefix + hashlib.sha256(f"{self.config.seed}:{prefix}:{self._sids}".encode()).hexdigest()[:32]

    def trouble(self, code: int, message: str, url: str = "") -> None:
        """Write an error into the account's debugger."""
        self.errors.append(Trouble(self.now, code, message, url))

    def rfc2822(self, at: float | None = None) -> str:
        """A time as Twilio writes it in webhooks and JSON."""
        return formatdate(self.now if at is None else at, usegmt=False, localtime=False).replace("-0000", "+0000")
