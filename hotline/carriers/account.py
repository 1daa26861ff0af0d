"""The account at the carrier: whether it lets us in, its numbers, and where they send their calls and texts."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final, TypeVar

from hotline.carriers.client import API_URL, MESSAGING_URL, library_errors, open_client
from hotline.carriers.protocol import CarrierUnavailable
from hotline.carriers.wire import Answer, MaybeSent, NotSent, Wire

#: Nobody on the telephone waits for these answers; a person at a terminal does.
TIMEOUT_S: Final = 15.0
_PAGE_SIZE: Final = 50
#: What can be set of a number, under the names that the carrier's library uses. The last three stand above the URLs.
URL_FIELDS: Final = (
    "voice_url",
    "voice_method",
    "voice_fallback_url",
    "voice_fallback_method",
    "status_callback",
    "status_callback_method",
    "sms_url",
    "sms_method",
    "sms_fallback_url",
    "sms_fallback_method",
)
ABOVE_FIELDS: Final = ("voice_application_sid", "trunk_sid", "sms_application_sid")
FIELDS: Final = (*URL_FIELDS, *ABOVE_FIELDS)

T = TypeVar("T")


class AccountRefusedError(Exception):
    """The carrier does not know these credentials, or does not let them do this. `code` is its error code."""

    def __init__(self, code: int | None) -> None:
        super().__init__("refused")
        self.code = code


@dataclass(frozen=True, slots=True)
class RemoteNumber:
    """A number of the account and what is set for it; a field that is not set is ""."""

    sid: str
    number: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """The account's state in the carrier's word (`active`), and the carrier's clock where it told it."""

    status: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessagingService:
    """A group of senders. `keeps` is true where texts that come in go to the service and not to the number's URL."""

    sid: str
    keeps: bool
    numbers: tuple[str, ...] = field(repr=False)


class _ListeningWire(Wire):
    """A wire that remembers the carrier's clock."""

    told_at: datetime | None = None

    def request(self, *arguments: Any, **named: Any) -> Answer:
        """As `Wire.request`."""
        answer = super().request(*arguments, **named)
        told = {name.lower(): value for name, value in answer.headers.items()}.get("date")
        with suppress(TypeError, ValueError):
            moment = parsedate_to_datetime(told or "")
            self.told_at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return answer


class TwilioAccount:
    """Questions about one account and changes of its numbers.

    A question raises CarrierUnavailable when nobody answered it and AccountRefusedError when the answer was no.
    """

    def __init__(self, *, account_sid: str, auth: tuple[str, str], base_url: str | None = None) -> None:
        """`auth` is an API key and its secret, or the account SID and its auth token."""
        self._account_sid = account_sid
        self._auth = auth
        self._base_url = base_url.rstrip("/") if base_url else None
        self._wire = _ListeningWire(TIMEOUT_S, *([self._base_url] if self._base_url else (API_URL, MESSAGING_URL)))

    def __repr__(self) -> str:
        return f"TwilioAccount({self._account_sid!r})"

    def fetch(self) -> RemoteAccount:
        """The account itself; a standard API key may not read it, the auth token may."""

        def ask() -> RemoteAccount:
            found = self._client.api.v2010.account.fetch()
            status = getattr(found.status, "value", found.status)
            return RemoteAccount(str(status or ""), self._wire.told_at)

        return self._asked(ask)

    def numbers(self) -> tuple[RemoteNumber, ...]:
        """Every number of the account, however many pages that takes."""
        listed = self._client.api.v2010.account.incoming_phone_numbers
        return self._asked(lambda: tuple(_number(row) for row in listed.stream(page_size=_PAGE_SIZE)))

    def set_number(self, sid: str, changes: Mapping[str, str]) -> RemoteNumber:
        """Sets these fields and nothing else; returns what the carrier says is set now. May be repeated."""
        unknown = set(changes) - set(FIELDS)
        if unknown:
            raise ValueError(f"not a field of a number: {', '.join(sorted(unknown))}")
        number = self._client.api.v2010.account.incoming_phone_numbers(sid)
        return self._asked(lambda: _number(number.update(**changes)))

    def messaging_services(self) -> tuple[MessagingService, ...]:
        """The account's groups of senders."""

        def ask() -> tuple[MessagingService, ...]:
            services = self._client.messaging.v1.services
            return tuple(
                MessagingService(
                    sid=str(row.sid),
                    keeps=not row.use_inbound_webhook_on_number,
                    numbers=tuple(str(one.phone_number) for one in services(row.sid).phone_numbers.stream()),
                )
                for row in services.stream()
            )

        return self._asked(ask)

    @cached_property
    def _client(self) -> Any:
        return open_client(account_sid=self._account_sid, auth=self._auth, base_url=self._base_url, wire=self._wire)

    def _asked(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except (NotSent, MaybeSent) as error:
            raise CarrierUnavailable(type(error).__name__) from None
        except library_errors() as error:
            status, code = _refusal(error)
            if 400 <= status < 500 and status not in {408, 429}:
                raise AccountRefusedError(code) from None
            raise CarrierUnavailable(str(status)) from None
        except (TypeError, AttributeError, KeyError, ValueError):
            raise CarrierUnavailable("unreadable") from None


def _refusal(error: Exception) -> tuple[int, int | None]:
    """HTTP status and error code; of a list's page the library keeps only the answer itself, as an argument."""
    status, code = getattr(error, "status", None), getattr(error, "code", None)
    answer = next((item for item in error.args if isinstance(item, Answer)), None)
    if answer is not None:
        status = answer.status_code
        with suppress(ValueError, AttributeError):
            code = json.loads(answer.text).get("code")
    return int(status or 0), code if isinstance(code, int) else None


def _number(row: Any) -> RemoteNumber:
    return RemoteNumber(str(row.sid), str(row.phone_number), {name: str(getattr(row, name) or "") for name in FIELDS})
