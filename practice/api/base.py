"""What every REST handler is built from: the request, its fields, errors, and pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from practice.ground import API_VERSION
from practice.machine import Machine
from practice.messages import MessageDesk

Json = dict[str, Any]
T = TypeVar("T")
MAX_PAGE = 1000
DEFAULT_PAGE = 50


@dataclass(frozen=True)
class RestResponse:
    """A response to a REST request, and what the transport is to do to it."""

    status: int
    json_body: Json | None
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    #: Carried out, but the response never arrives: the transport lets the client time out.
    lost: bool = False
    #: Seconds until the response leaves.
    delay: float = 0.0
    #: The transport performs the waiting webhooks before it hands the response over.
    callbacks_first: bool = False


class RestError(Exception):
    """A refusal in Twilio's form: HTTP status, error code, message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def not_found(path: str) -> RestError:
    """The usual 404."""
    return RestError(404, 20404, f"The requested resource {path} was not found")


class Fields:
    """The fields of a request. Reading a field marks it known; `finish` refuses what nobody read.

    Twilio ignores fields it does not know. A test double that did the same would hide misspelt ones.
    """

    def __init__(self, values: Mapping[str, str | Sequence[str]]) -> None:
        self._values = {name: [value] if isinstance(value, str) else list(value) for name, value in values.items()}
        self._read: set[str] = set()

    def get(self, name: str) -> str | None:
        """A field, or None when it was not sent."""
        self._read.add(name)
        found = self._values.get(name)
        return found[-1] if found else None

    def text(self, name: str, default: str = "") -> str:
        """A field or its default."""
        found = self.get(name)
        return default if found is None else found

    def words(self, name: str, default: frozenset[str]) -> frozenset[str]:
        """A field that may be repeated, or hold words separated by blanks."""
        self._read.add(name)
        found = self._values.get(name)
        return default if not found else frozenset(word for value in found for word in value.split())

    def flag(self, name: str) -> bool | None:
        """True or false, in any case, as Twilio's libraries send them."""
        found = self.get(name)
        if found is None:
            return None
        if found.lower() not in ("true", "false"):
            raise RestError(400, 20001, f"Invalid {name}")
        return found.lower() == "true"

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        found = self.get(name)
        if found is None:
            return default
        if not found.isdigit() or not least <= int(found) <= most:
            raise RestError(400, 20001, f"Invalid {name}")
        return int(found)

    def moment(self, name: str) -> float | None:
        """A date or time as seconds since the epoch."""
        found = self.get(name)
        if found is None:
            return None
        try:
            moment = datetime.fromisoformat(found)
        except ValueError as error:
            raise RestError(400, 20001, f"Invalid {name}") from error
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def method(self, name: str) -> str:
        """GET or POST; POST by default."""
        found = self.text(name, "POST").upper()
        if found not in ("GET", "POST"):
            raise RestError(400, 21403, f"Invalid {name}")
        return found

    def accept(self, *names: str) -> None:
        """Fields that are known and change nothing here."""
        self._read.update(names)

    def finish(self) -> None:
        """Refuse fields that nobody read."""
        unknown = sorted(set(self._values) - self._read)
        if unknown:
            raise RestError(400, 20001, f"The practice exchange does not know the field {unknown[0]}")

    def as_query(self) -> dict[str, str]:
        """All fields, for the address of the next page."""
        return {name: values[-1] for name, values in self._values.items()}


@dataclass(frozen=True)
class Request:
    """One REST request on its way to a handler."""

    machine: Machine
    messages: MessageDesk
    path: str
    parts: tuple[str, ...]
    fields: Fields

    @property
    def account_uri(self) -> str:
        """The path of the account."""
        return f"/{API_VERSION}/Accounts/{self.machine.ground.account_sid}"

    def page(
        self, name: str, items: Sequence[T], sid: Callable[[T], str], shape: Callable[[Request, T], Json]
    ) -> RestResponse:
        """One page of a list. The page token is the last SID seen, so that new items do not shift pages."""
        size = self.fields.number("PageSize", DEFAULT_PAGE, 1, MAX_PAGE)
        page = self.fields.number("Page", 0, 0, 10**6)
        token = self.fields.get("PageToken")
        self.fields.finish()
        sids = [sid(item) for item in items]
        begin = sids.index(token[2:]) + 1 if token and token[2:] in sids else page * size
        chunk = items[begin : begin + size]
        following = None
        if begin + size < len(items):
            query = {
                **self.fields.as_query(),
                "PageSize": size,
                "Page": page + 1,
                "PageToken": f"PA{sids[begin + size - 1]}",
            }
            following = f"{self.path}?{urlencode(query)}"
        body: Json = {
            name: [shape(self, item) for item in chunk],
            "page": page,
            "page_size": size,
            "start": begin,
            "end": max(begin + len(chunk) - 1, begin),
            "first_page_uri": f"{self.path}?{urlencode({'PageSize': size, 'Page': 0})}",
            "next_page_uri": following,
            "previous_page_uri": None,
            "uri": self.path,
        }
        return RestResponse(200, body)


Handler = Callable[[Request], RestResponse]


@dataclass(frozen=True)
class Route:
    """A method and a path below the account; "*" stands for one SID."""

    method: str
    path: str
    handler: Handler


def in_range(fields: Fields, name: str, *, by_day: bool = False) -> Callable[[float | None], bool]:
    """The filter of a list by time: Name (that day), Name< and Name> (both inclusive, as Twilio's docs say)."""
    day, before, after = fields.moment(name), fields.moment(name + "<"), fields.moment(name + ">")
    if by_day and before is not None:
        before += 86_399

    def fits(at: float | None) -> bool:
        if day is None and before is None and after is None:
            return True
        if at is None:
            return False
        # Twilio's times have whole seconds.
        second = float(int(at))
        on_day = day is None or day <= second < day + 86_400
        return on_day and (before is None or second <= before) and (after is None or second >= after)

    return fits
