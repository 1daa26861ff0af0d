"""Descriptions of channels beside the carrier, as the file of ``TEXT_CHANNELS_FILE`` holds them.

A description holds no secret: it names the environment variable that does. Read at the start of every process, so that
a mistake stops the start and not a text at night.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from core.catalogue import CatalogueError, Entry, Text, load_catalogue
from core.i18n import gettext as _
from core.settings import CHANNEL_SECRET, Settings, SettingsError
from core.trunks import E164, HeaderName
from hotline.status_rules import carrier_errors

#: A shorter secret can be guessed from one signed request.
_MIN_SECRET: Final = 16
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
#: What a request can say, in braces. Numbers: +90532…, 90532…, 532…; `secret` is the request's own.
PLACES: Final = frozenset(
    {"to", "to_digits", "to_national", "from", "from_digits", "from_national", "text", "token", "report_url"}
    | {"validity_s", "validity_min", "secret"}
)
#: States that a report can raise a text of ours to.
ReportedState = Literal["sent", "delivered", "undelivered", "failed", "read"]

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Secret = Annotated[str, StringConstraints(pattern=rf"^{CHANNEL_SECRET}[A-Z0-9_]{{1,60}}$")]
#: Where something stands in what is brought: names and positions joined by dots, such as results.0.messageId.
Where = Annotated[str, StringConstraints(pattern=r"^[^\s{}]{1,200}$")]
Word = Annotated[str, Field(coerce_numbers_to_str=True, min_length=1, max_length=200)]
#: ISO 3166, two letters.
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class ChannelsError(SettingsError):
    """The file of channels cannot be used; ``problems`` names each wrong key, and no secret."""


class Check(Entry):
    """How the gateway proves itself: by an HMAC of the body, or by a word that only both sides know."""

    by: Literal["hmac", "token"]
    header: HeaderName
    secret: Secret
    digest: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    #: What stands before it in the header, such as "sha256=" or "Bearer ".
    prefix: Annotated[str, StringConstraints(max_length=40)] = ""


class Arrival(Entry):
    """Where a text of hers stands."""

    #: The list of texts, where one request brings several.
    each: Where | None = None
    #: What makes it one text, however often it is brought; several fields where the gateway gives no id.
    id: Annotated[tuple[Where, ...], Field(min_length=1, max_length=5)]
    sender: Where
    #: The number that was written to; left out where the channel has one line.
    line: Where | None = None
    text: Where


class Report(Entry):
    """Where it stands what became of a text of ours."""

    each: Where | None = None
    id: Where
    state: Where
    #: The gateway's words for its states. A word that is not here changes nothing.
    states: Annotated[dict[Word, ReportedState], Field(min_length=1)]
    code: Where | None = None


class Request(Entry):
    """What we ask the gateway for when a text of ours is to leave."""

    url: Text
    headers: dict[HeaderName, str] = Field(default_factory=dict)
    #: One of both: a body of any shape, or a form.
    json_body: Annotated[Any, Field(alias="json")] = None
    form: dict[str, str] | None = None
    secret: Secret | None = None
    timeout_s: Annotated[int, Field(ge=1, le=10)] = 5

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        parts = urlsplit(self.url)
        is_host = bool(parts.hostname) and parts.username is None and not parts.query and not parts.fragment
        if parts.scheme not in {"http", "https"} or not is_host or "{" in self.url:
            raise ValueError("url: an address such as https://api.gateway.example/send, without a query")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("url: must start with https://")
        if (self.json_body is None) == (self.form is None):
            raise ValueError("either json or form")
        unknown = _places([*self.headers.values(), self.json_body, self.form]) - PLACES
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted('{' + name + '}' for name in unknown))}")
        if "secret" in _places([*self.headers.values(), self.json_body, self.form]) and self.secret is None:
            raise ValueError("{secret} stands there, and no secret is named")
        return self


class Answer(Entry):
    """What the gateway answers when it was asked."""

    id: Where
    #: A field that says whether it took the text, where the HTTP status alone does not, and the words that mean yes.
    state: Where | None = None
    taken: tuple[Word, ...] = ()
    code: Where | None = None

    @model_validator(mode="after")
    def _said_how(self) -> Self:
        if (self.state is None) != (not self.taken):
            raise ValueError("state and taken go together")
        return self


class Line(Entry):
    """A line whose texts the channel carries. Without ``calls`` its number is nobody's at the carrier."""

    number: E164
    calls: bool = False


class Gateway(Entry):
    """One gateway that speaks HTTP."""

    kind: Literal["gateway"]
    name: Name
    #: To whom her words are given, and in which country that is.
    company: Text
    country: Country
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    #: How both of them write what they bring.
    body: Literal["json", "form"] = "json"
    charset: Literal["utf-8", "iso-8859-9"] = "utf-8"
    check: Check
    #: What it wants to hear when its request was taken.
    taken: Annotated[str, StringConstraints(max_length=200)] = "OK"
    arrival: Arrival
    report: Report | None = None
    request: Request
    answer: Answer
    #: The gateway's error codes, and what we know them as (``hotline/catalogue/carrier_errors.yaml``).
    codes: dict[Word, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.arrival.line is None and len(self.lines) > 1:
            raise ValueError("arrival.line: there are several lines")
        unknown = set(self.codes.values()) - {error.code for error in carrier_errors().errors}
        if unknown:
            raise ValueError(f"codes: not in the catalogue: {', '.join(map(str, sorted(unknown)))}")
        return self

    @property
    def numbers(self) -> frozenset[str]:
        """Its lines' numbers."""
        return frozenset(line.number for line in self.lines)


class _File(Entry):
    channels: tuple[Gateway, ...]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """A text has one way out, and its SID tells its channel."""
        names = [channel.name for channel in self.channels]
        numbers = [line.number for channel in self.channels for line in channel.lines]
        if len(set(names)) < len(names) or len(set(numbers)) < len(numbers):
            raise ValueError("a name or a line stands twice")
        return self


def load_channels(settings: Settings) -> tuple[Gateway, ...]:
    """The channels of this installation; none without a file. Raises ChannelsError."""
    if settings.text_channels_file is None:
        return ()
    path = settings.text_channels_file
    try:
        channels = load_catalogue(path, _File).channels
    except CatalogueError as error:
        why = str(error).removeprefix(f"{path}: ")
        raise ChannelsError([_("TEXT_CHANNELS_FILE cannot be read: %(why)s", why=why)]) from None
    problems = [problem for channel in channels for problem in _problems(settings, channel)]
    if problems:
        raise ChannelsError(problems)
    return channels


def secrets_of(settings: Settings, name: str) -> tuple[str, ...]:
    """The values of a secret, newest first; several while it is being changed."""
    value = dict(settings.channel_secrets).get(name, "")
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _problems(settings: Settings, channel: Gateway) -> list[str]:
    found = []
    for name in (channel.check.secret, channel.request.secret):
        values = () if name is None else secrets_of(settings, name)
        if name is not None and not values:
            found.append(_("%(name)s is not set", name=name))
        elif any(len(value) < _MIN_SECRET for value in values):
            found.append(_("%(name)s is shorter than %(n)d characters", name=name, n=_MIN_SECRET))
    if channel.numbers - {line.number for line in settings.hotline_numbers} - set(settings.oncall_numbers):
        found.append(_("TEXT_CHANNELS_FILE names a line that HOTLINE_NUMBERS does not"))
    if settings.production and not channel.request.url.startswith("https://"):
        found.append(_("TEXT_CHANNELS_FILE: %(name)s must be asked by https:// in production", name=channel.name))
    return found


def _places(template: Any) -> set[str]:
    """The names in braces anywhere in a template."""
    if isinstance(template, str):
        return set(_PLACE.findall(template))
    if isinstance(template, Mapping):
        return _places([*template.keys(), *template.values()])
    if isinstance(template, list | tuple):
        return {name for part in template for name in _places(part)}
    return set()


def filled(template: Any, values: Mapping[str, str | int]) -> Any:
    """A template with what is said in it. A text that is one place and nothing else becomes its value, as it is."""
    if isinstance(template, str):
        whole = _PLACE.fullmatch(template)
        if whole is not None:
            return values[whole[1]]
        return _PLACE.sub(lambda place: str(values[place[1]]), template)
    if isinstance(template, Mapping):
        return {key: filled(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(part, values) for part in template]
    return template


__all__ = [
    "Answer",
    "Arrival",
    "ChannelsError",
    "Check",
    "Gateway",
    "Line",
    "Report",
    "Request",
    "filled",
    "load_channels",
    "secrets_of",
]
