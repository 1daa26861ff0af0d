"""Where our numbers at the carrier should send their calls and texts, and what differs from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hotline.carriers.account import ABOVE_FIELDS, FIELDS, MessagingService, RemoteNumber
from hotline.paths import CALLBACK_PATIENCE, FALLBACK, ROOT, STATUS, STEP_PATIENCE, TEXT_PATIENCE, TEXTS

#: The methods with which the carrier may ask.
METHODS: Final = ("POST", "GET")

#: The fields that a SIP domain has too, under other names for its methods.
OF_DOMAIN: Final = frozenset({"voice_url", "voice_fallback_url", "status_callback"})


@dataclass(frozen=True, slots=True)
class Fallback:
    """A document on another host that is asked for when a step of a call failed."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one number that is not as it is wanted."""

    sid: str
    number: str
    field: str
    now: str
    wanted: str

    @property
    def stands_above(self) -> bool:
        """Whether the carrier obeys what is set here and ignores the URLs."""
        return self.field in ABOVE_FIELDS and bool(self.now)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would have to be changed, and what no change of a number mends."""

    differences: tuple[Difference, ...]
    #: Numbers of ours that the account does not have.
    missing: tuple[str, ...]
    #: Numbers of ours whose texts a messaging service takes to itself, with the service.
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every number of ours is connected."""
        return not (self.differences or self.missing or self.kept)

    def by_number(self) -> dict[str, dict[str, str]]:
        """The changes by the SID of their number."""
        changes: dict[str, dict[str, str]] = {}
        for one in self.differences:
            changes.setdefault(one.sid, {})[one.field] = one.wanted
        return changes


def wanted_fields(public_url: str, fallback: Fallback | None = None) -> dict[str, str]:
    """What is set for a number of ours.

    Lines and the numbers for staff are set alike: to both somebody may call or write, and each request says to which.
    Texts get no fallback: what never reached us is asked for at the carrier, and nobody else shall be told her words.
    """
    own = Fallback(f"{public_url}{FALLBACK}")
    after_failure = fallback or own
    fields = {
        "voice_url": f"{public_url}{ROOT}{STEP_PATIENCE}",
        "voice_fallback_url": _with_patience(after_failure.url, STEP_PATIENCE),
        "voice_fallback_method": after_failure.method,
        "status_callback": f"{public_url}{STATUS}{CALLBACK_PATIENCE}",
        "sms_url": f"{public_url}{TEXTS}{TEXT_PATIENCE}",
        "sms_fallback_url": "",
    }
    return {**dict.fromkeys(ABOVE_FIELDS, ""), **dict.fromkeys(_ASKED, "POST"), **fields}


_ASKED: Final = ("voice_method", "status_callback_method", "sms_method")


def plan(
    ours: Iterable[str],
    remote: Collection[RemoteNumber],
    wanted: Mapping[str, str],
    services: Collection[MessagingService] = (),
) -> Plan:
    """What differs from ``wanted``, in the order of our numbers and of the fields."""
    by_number = {item.number: item for item in remote}
    numbers = list(dict.fromkeys(ours))
    found = [by_number[number] for number in numbers if number in by_number]
    return Plan(
        differences=tuple(one for item in found for one in differences(item, wanted)),
        missing=tuple(number for number in numbers if number not in by_number),
        kept=tuple(
            (one, service.sid) for service in services if service.keeps for one in numbers if one in service.numbers
        ),
    )


def differences(number: RemoteNumber, wanted: Mapping[str, str]) -> list[Difference]:
    """What differs of one number."""
    return [
        Difference(number.sid, number.number, name, number.fields.get(name, ""), wanted[name])
        for name in FIELDS
        if name in wanted and number.fields.get(name, "") != wanted[name]
    ]


def _with_patience(url: str, patience: str) -> str:
    """A fragment that somebody wrote himself stands."""
    return url if "#" in url else url + patience
