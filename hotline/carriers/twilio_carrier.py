"""Twilio behind the `Carrier` protocol: the one module that talks to its REST API."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, Final, TypeVar

from core.phones import is_never_dial
from core.trunks import Trunk, addresses, leaving
from hotline.carriers.client import API_URL, library_errors, open_client
from hotline.carriers.protocol import (
    TOKEN_PARAMETER,
    Accepted,
    CarrierUnavailable,
    Outcome,
    Refused,
    RemoteCall,
    RemoteText,
    Retry,
    Unknown,
)
from hotline.carriers.wire import MaybeSent, NotSent, Wire
from hotline.paths import CALLBACK_PATIENCE, TEXT_STATUS, with_query
from hotline.status_rules import error_class

#: The lease of an attempt is 20 s; connecting and answering together stay below it.
TIMEOUT_S: Final = 5.0
#: A call that nobody ends is ended by the carrier: four hours, longer than any conversation seen.
MAX_CALL_SECONDS: Final = 4 * 3600
#: The carrier's bounds for the validity of a message.
VALIDITY_SECONDS: Final = (1, 36000)
#: More than a line gets in the minutes that a reconciler looks back; a flood is listed in full all the same.
_PAGE_SIZE: Final = 200
#: Rows looked through for one number: an attempt is minutes old, and lists are newest first.
_FIND_LIMIT: Final = 100
#: Rooms of one name that are looked through, newest first: everybody may have left one, and then it has a successor.
_ROOMS: Final = 5

RemoteT = TypeVar("RemoteT", RemoteText, RemoteCall)

#: The document is asked for when the carrier has listened, so a machine never hears a word of it. Longer than these
#: seconds whoever answered would not wait in silence; then it does not know.
_DETECTION: Final[dict[str, Any]] = {"machine_detection": "Enable", "machine_detection_timeout": 5}
_CALL_EVENTS: Final = ["initiated", "ringing", "answered", "completed"]


class TwilioCarrier:
    """Acts and questions over one account. Thread-safe; the library is loaded at the first use."""

    reports_to = f"{TEXT_STATUS}{CALLBACK_PATIENCE}"

    def __init__(
        self,
        *,
        account_sid: str,
        username: str,
        password: str,
        base_url: str | None = None,
        timeout_s: float = TIMEOUT_S,
        retain_content: bool = True,
        trunks: Sequence[Trunk] = (),
    ) -> None:
        """`username` and `password` are an API key and its secret, or the account SID and its auth token.

        `base_url` replaces the address of the carrier's API. With `retain_content` false the carrier is asked to keep
        neither words nor numbers of our texts; its accounts have that only on request, others refuse such texts. Its
        list of them then knows no numbers, so nothing can be looked up in it by one.
        Calls from a line of `trunks` leave by its trunk: nobody above knows anything but numbers.
        """
        self._trunks = tuple(trunks)
        self._account_sid = account_sid
        self._auth = (username, password)
        self._base_url = base_url.rstrip("/") if base_url else None
        self._wire = Wire(timeout_s, self._base_url or API_URL)
        self._retention: dict[str, str] = (
            {} if retain_content else {"content_retention": "discard", "address_retention": "obfuscate"}
        )

    def __repr__(self) -> str:
        return f"TwilioCarrier({self._account_sid!r})"

    def send_text(self, *, to: str, from_: str, body: str, token: str, status_url: str, validity_s: int) -> Outcome:
        """Sends a text; `validity_s` is brought into the carrier's bounds."""
        if is_never_dial(to):
            return Refused(None, "permanent")
        low, high = VALIDITY_SECONDS
        return self._act(
            lambda: self._api.messages.create(
                to=to,
                from_=from_,
                body=body,
                status_callback=with_query(status_url, **{TOKEN_PARAMETER: token}),
                validity_period=max(low, min(high, validity_s)),
                **self._retention,
            )
        )

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
        """Places a call. Of staff only a pressed key counts as a person, so no machine is looked for there."""
        if is_never_dial(to):
            return Refused(None, "permanent")
        detection = _DETECTION if detect_machine else {}
        (address,), shown = leaving(self._trunks, from_, (to,))
        return self._act(
            lambda: self._api.calls.create(
                to=address,
                from_=shown,
                url=url,
                method="POST",
                fallback_url=fallback_url,
                fallback_method="POST",
                status_callback=with_query(status_url, **{TOKEN_PARAMETER: token}),
                status_callback_method="POST",
                status_callback_event=_CALL_EVENTS,
                timeout=timeout_s,
                time_limit=MAX_CALL_SECONDS,
                **detection,
            )
        )

    def redirect_call(self, sid: str, *, url: str, fallback_url: str) -> Outcome:
        """Redirects a live call; a call that has ended is refused with code 21220."""
        return self._act(
            lambda: self._api.calls(sid).update(
                url=url,
                method="POST",
                fallback_url=fallback_url,
                fallback_method="POST",
            )
        )

    def end_call(self, sid: str) -> Outcome:
        """Ends a call in whatever state; `completed` also stops one that still rings."""
        return self._act(lambda: self._api.calls(sid).update(status="completed"))

    def mute(self, sid: str, *, room: str, muted: bool) -> Outcome:
        """Its rooms are addressed by a SID, which only they tell: the open one of that name is looked for first."""

        def act() -> Any:
            found = self._api.conferences.list(friendly_name=room, limit=_ROOMS)
            for conference in found:
                if _word(conference.status) != "completed":
                    return self._api.conferences(conference.sid).participants(sid).update(muted=muted)
            raise NotSent

        return self._act(act, sid="call_sid", absent=Retry(404))

    def redact_text(self, sid: str) -> Outcome:
        """Empties the body of a message at the carrier; refused while it is still on its way."""
        return self._act(lambda: self._api.messages(sid).update(body=""))

    def find_texts(self, to: str, since: datetime) -> tuple[RemoteText, ...] | None:
        """Filtered by recipient alone: the carrier's own date filter hides messages that wait to be sent."""
        if self._retention:
            return None
        rows = self._ask(lambda: self._api.messages.stream(to=to, limit=_FIND_LIMIT, page_size=_FIND_LIMIT), _text)
        return tuple(text for text in rows if text.created_at >= since)

    def find_text(self, sid: str) -> RemoteText | None:
        """The message's own record; a 404 is an answer."""
        rows = self._ask(lambda: self._fetched(self._api.messages(sid)), _text)
        return rows[0] if rows else None

    def find_calls(self, to: str, since: datetime) -> tuple[RemoteCall, ...]:
        """Filtered by number alone, since a call that still waits has no start time; it may have left by a trunk."""
        rows: list[RemoteCall] = []
        for address in addresses(self._trunks, to):
            rows += self._ask(partial(self._calls_to, address), _call)
        rows.sort(key=lambda call: call.created_at, reverse=True)
        return tuple(call for call in rows if call.created_at >= since)

    def _calls_to(self, address: str) -> Iterator[Any]:
        found: Iterator[Any] = self._api.calls.stream(to=address, limit=_FIND_LIMIT, page_size=_FIND_LIMIT)
        return found

    def find_call(self, sid: str) -> RemoteCall | None:
        """The call's own record; a 404 is an answer."""
        rows = self._ask(lambda: self._fetched(self._api.calls(sid)), _call)
        return rows[0] if rows else None

    def _fetched(self, resource: Any) -> Iterator[Any]:
        try:
            yield resource.fetch()
        except self._errors as error:
            if getattr(error, "status", None) != 404:
                raise

    def list_inbound_texts(self, since: datetime) -> tuple[RemoteText, ...]:
        """Every inbound message of the account since then."""
        rows = self._ask(lambda: self._api.messages.stream(date_sent_after=since, page_size=_PAGE_SIZE), _text)
        return tuple(text for text in rows if text.inbound and text.created_at >= since)

    def list_inbound_calls(self, since: datetime) -> tuple[RemoteCall, ...]:
        """Every inbound call of the account since then."""
        rows = self._ask(lambda: self._api.calls.stream(start_time_after=since, page_size=_PAGE_SIZE), _call)
        return tuple(call for call in rows if call.inbound and call.created_at >= since)

    def _act(self, act: Callable[[], Any], *, sid: str = "sid", absent: Outcome | None = None) -> Outcome:
        """`sid`: the field of the answer that names what was acted on; `absent`: what a 404 means, if not a refusal."""
        try:
            return Accepted(str(getattr(act(), sid)))
        except NotSent:
            return Retry()
        except MaybeSent as broken:
            return Unknown("timeout" if broken.timed_out else "broken_connection")
        except self._errors as error:
            if absent is not None and getattr(error, "status", None) == 404:
                return absent
            return outcome_of(error)
        except (ValueError, TypeError, AttributeError, KeyError):
            # The carrier said yes in words that its library cannot read: it may have taken it.
            return Unknown("unreadable_answer")

    def _ask(self, question: Callable[[], Iterator[Any]], read: Callable[[Any], RemoteT]) -> list[RemoteT]:
        unanswered: tuple[type[Exception], ...] = (
            NotSent,
            MaybeSent,
            *self._errors,
            ValueError,
            TypeError,
            AttributeError,
            KeyError,
        )
        try:
            return [read(row) for row in question()]
        except unanswered as error:
            raise CarrierUnavailable(type(error).__name__) from None

    @cached_property
    def _errors(self) -> tuple[type[Exception], ...]:
        return library_errors()

    @cached_property
    def _api(self) -> Any:
        client = open_client(account_sid=self._account_sid, auth=self._auth, base_url=self._base_url, wire=self._wire)
        return client.api.v2010.account


def outcome_of(error: Exception) -> Outcome:
    """Too many requests: surely not taken; a server's error perhaps taken, any other 4xx refused.

    A definite answer whose code passes by itself (a full queue) is surely not taken either.
    """
    status = int(getattr(error, "status", 0) or 0)
    code = getattr(error, "code", None)
    known = code if isinstance(code, int) else None
    if status == 429:
        return Retry(known)
    if not 400 <= status < 500 or status == 408:
        return Unknown("server_error")
    if status in {401, 403} and known in {None, status}:
        return Refused(known, "config_alarm")
    meaning = error_class(known)
    return Retry(known) if meaning == "retry" else Refused(known, meaning)


def _text(row: Any) -> RemoteText:
    return RemoteText(
        sid=str(row.sid),
        sender=str(row.from_ or ""),
        recipient=str(row.to or ""),
        body=str(row.body or ""),
        status=_word(row.status),
        error_code=int(row.error_code) if row.error_code else None,
        inbound=_word(row.direction) == "inbound",
        created_at=_moment(row.date_created),
    )


def _call(row: Any) -> RemoteCall:
    return RemoteCall(
        sid=str(row.sid),
        parent_sid=str(row.parent_call_sid) if row.parent_call_sid else None,
        caller=str(row._from or ""),  # noqa: SLF001 - the library names it so for calls, with the underscore in front
        called=str(row.to or ""),
        status=_word(row.status),
        inbound=_word(row.direction) == "inbound",
        created_at=_moment(row.date_created),
    )


def _word(value: Any) -> str:
    """A state's word; the library gives some of them as enums."""
    return str(getattr(value, "value", value) or "")


def _moment(value: Any) -> datetime:
    """The carrier's times are UTC; a row without one is taken as new, because it must not be overlooked."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.max.replace(tzinfo=UTC)
