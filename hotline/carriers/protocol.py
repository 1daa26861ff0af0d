"""What the house asks of a carrier, and the four answers an act can have.

The answers decide whether anything may be sent again, so they are about one question: did the carrier take it?

    Accepted   it did, under this SID
    Refused    it did not, and will not; the class says what else to do
    Retry      it surely did not (too many requests, nobody there to connect to); again while it may still be sent
    Unknown    it may have (timeout, broken connection, a server's error); never sent again before asking it
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from hotline.status_rules import ErrorClass

UnknownReason = Literal["timeout", "broken_connection", "server_error", "unreadable_answer"]

#: The name under which our opaque token stands in the query of a status callback.
TOKEN_PARAMETER = "t"  # noqa: S105 - a parameter's name


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took it."""

    sid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier did not take it and will not. `code` is its error code, None for a refusal of our own."""

    code: int | None
    error_class: ErrorClass


@dataclass(frozen=True, slots=True)
class Retry:
    """The carrier surely did not take it. `code` is its error code, None where no connection came about."""

    code: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the carrier took it."""

    reason: UnknownReason


Outcome = Accepted | Refused | Retry | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteText:
    """A message as the carrier lists it."""

    sid: str
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    body: str = field(repr=False)
    status: str
    error_code: int | None
    inbound: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCall:
    """A call as the carrier lists it."""

    sid: str
    parent_sid: str | None
    caller: str = field(repr=False)
    called: str = field(repr=False)
    status: str
    inbound: bool
    created_at: datetime


class CarrierUnavailable(Exception):  # noqa: N818 - it states a fact, and the caller comes back later
    """A question to the carrier could not be answered now; says nothing about what was asked."""


class Channel(Protocol):
    """Whoever carries the texts of a line. Acts answer with an `Outcome` and never raise; questions may raise.

    `token` is our opaque id of the attempt: it comes back with each report as `TOKEN_PARAMETER` in the address that it
    was told to use, so that an accepted act whose answer was lost still finds its row. No act is ever repeated in here.
    """

    #: The path at which it reports what became of a text of ours, with its patience where it has one.
    reports_to: str

    def send_text(self, *, to: str, from_: str, body: str, token: str, status_url: str, validity_s: int) -> Outcome:
        """Sends a text that the network drops when it could not be delivered within `validity_s` seconds."""
        ...

    def redact_text(self, sid: str) -> Outcome:
        """Takes the words of a message out of the channel's own record."""
        ...

    def find_texts(self, to: str, since: datetime) -> tuple[RemoteText, ...] | None:
        """Messages to `to` created at or after `since`, newest first; None where no such list can be asked for.

        Raises CarrierUnavailable.
        """
        ...

    def find_text(self, sid: str) -> RemoteText | None:
        """One message by its SID, None when the channel tells of none of that SID. Raises CarrierUnavailable."""
        ...


class Carrier(Channel, Protocol):
    """The outward side of the telephone: calls, and the texts of every line that no other channel carries."""

    def place_call(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        fallback_url: str,
        status_url: str,
        token: str,
        timeout_s: int,
        detect_machine: bool = False,
    ) -> Outcome:
        """Calls and rings for at most `timeout_s` seconds; whoever answers hears the document at `url`.

        With `detect_machine` the carrier listens first, and says with the request for the document who answered.
        From `fallback_url` comes what the call does when one of its documents cannot be had.
        """
        ...

    def redirect_call(self, sid: str, *, url: str, fallback_url: str) -> Outcome:
        """Makes a live call go on with the document at `url`; `fallback_url` as for a call that is placed."""
        ...

    def end_call(self, sid: str) -> Outcome:
        """Ends a call, ringing or talking."""
        ...

    def mute(self, sid: str, *, room: str, muted: bool) -> Outcome:
        """Keeps the others in the talking room `room` from hearing a call in it, or lets them hear it again.

        `Retry` while it is not in there: it may be on its way. Twice is once.
        """
        ...

    def find_calls(self, to: str, since: datetime) -> tuple[RemoteCall, ...]:
        """Calls to `to` created at or after `since`, newest first. Raises CarrierUnavailable."""
        ...

    def find_call(self, sid: str) -> RemoteCall | None:
        """One call by its SID, None when the carrier has none of that SID. Raises CarrierUnavailable."""
        ...

    def list_inbound_texts(self, since: datetime) -> tuple[RemoteText, ...]:
        """Messages that came in at or after `since`, newest first. Raises CarrierUnavailable."""
        ...

    def list_inbound_calls(self, since: datetime) -> tuple[RemoteCall, ...]:
        """Calls that came in at or after `since`, newest first. Raises CarrierUnavailable."""
        ...
