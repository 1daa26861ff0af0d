"""Our numbers at the carrier: what differs, setting it, and the way back.

What stood there before is written down before it is changed, so that the way back is known however far it came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.carrier import account_of
from config.engines.processes import write_private
from core.settings import Settings
from core.trunks import Trunk, trunk_numbers
from hotline.carriers.account import AccountRefusedError, MessagingService, RemoteNumber, TwilioAccount
from hotline.carriers.channels.description import load_channels
from hotline.carriers.protocol import CarrierUnavailable
from hotline.numbers import OF_DOMAIN, Difference, Fallback, Plan, differences, plan, wanted_fields

FILE = "carrier.json"


class UnreadableMemoryError(Exception):
    """What was written down cannot be read; the text is the file."""


@dataclass
class Memory:
    """What this installation remembers of its numbers at the carrier: the chosen fallback, and each run's way back."""

    path: Path
    fallback: Fallback | None = None
    #: Oldest first; of each number of a run what stood before and after, by field.
    runs: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def load(cls, settings: Settings) -> Memory:
        """What was remembered, or nothing yet. Raises :class:`UnreadableMemoryError`: that is not none."""
        path = settings.data_dir / FILE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, _fallback(told["fallback"]), list(told["runs"]))
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableMemoryError(str(path)) from error

    def save(self) -> None:
        """Write it down, for the owner of the processes alone."""
        write_private(self.path, json.dumps({"fallback": _plain(self.fallback), "runs": self.runs}, indent=1))


def _plain(fallback: Fallback | None) -> dict[str, str] | None:
    return None if fallback is None else {"url": fallback.url, "method": fallback.method}


def _fallback(told: Mapping[str, str] | None) -> Fallback | None:
    return Fallback(str(told["url"]), str(told["method"])) if told else None


@dataclass(frozen=True)
class Way:
    """The way back of the last run: what would be set again, and what somebody else changed since."""

    differences: tuple[Difference, ...]
    foreign: tuple[Difference, ...]
    #: Numbers that are no longer in the account.
    missing: tuple[str, ...]


class Desk:
    """Compares and sets the numbers of an installation. Raises what :class:`TwilioAccount` raises; ChannelsError."""

    def __init__(self, settings: Settings, account: TwilioAccount | None = None) -> None:
        self._settings = settings
        self._account = account or account_of(settings)
        #: Who carries texts beside the carrier; a line without calls is no number of the account.
        self.channels = load_channels(settings)
        self.memory = Memory.load(settings)
        self._fallback_before = self.memory.fallback
        #: Numbers whose change the carrier refused, with its error code.
        self.refused: dict[str, str] = {}
        #: Why nobody could say whether a messaging service takes the texts; None where that is known.
        self.services_unknown: str | None = None

    def look(self) -> Plan:
        """What differs now."""
        brought = trunk_numbers(self.trunks) | {
            line.number for channel in self.channels for line in channel.lines if not line.calls
        }
        lines = [item.number for item in self._settings.hotline_numbers if item.number not in brought]
        return plan([*lines, *self._settings.oncall_numbers], self._account.numbers(), self._wanted, self._services())

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """The trunks whose lines are no numbers of the account."""
        return self._settings.sip_trunks

    @property
    def public_url(self) -> str:
        """Where this installation is reached."""
        return self._settings.public_url

    def wanted_of_domain(self) -> dict[str, str]:
        """What a person sets in the carrier's console at the SIP domain of a trunk."""
        return {name: value for name, value in self._wanted.items() if name in OF_DOMAIN}

    @property
    def _wanted(self) -> dict[str, str]:
        return wanted_fields(self._settings.public_url, self.memory.fallback)

    def apply(self, found: Plan) -> None:
        """Set what differs, after what stands now was written down."""
        before: dict[str, dict[str, Any]] = {}
        for one in found.differences:
            entry = before.setdefault(one.sid, {"number": one.number, "before": {}, "after": {}})
            entry["before"][one.field], entry["after"][one.field] = one.now, one.wanted
        self.memory.runs.append(
            {"at": datetime.now(UTC).isoformat(), "fallback": _plain(self._fallback_before), "numbers": before}
        )
        self.memory.save()
        self._set(found)

    def way_back(self) -> Way:
        """What undoing the last run would set. Raises ``LookupError`` when there is nothing to undo."""
        if not self.memory.runs:
            raise LookupError
        entries: Mapping[str, Any] = self.memory.runs[-1]["numbers"]
        remote = {item.sid: item for item in self._account.numbers()}
        back: list[Difference] = []
        foreign: list[Difference] = []
        for sid, entry in entries.items():
            if sid in remote:
                back += differences(remote[sid], entry["before"])
                foreign += _foreign(remote[sid], entry)
        gone = tuple(str(entry["number"]) for sid, entry in entries.items() if sid not in remote)
        return Way(tuple(back), tuple(foreign), gone)

    def undo(self, way: Way) -> bool:
        """Set again what stood before the last run, and forget the run once all of it stands, which is the answer."""
        self._set(Plan(way.differences, ()))
        if self.way_back().differences:
            return False
        self.memory.fallback = _fallback(self.memory.runs.pop()["fallback"])
        self.memory.save()
        return True

    def _set(self, changes: Plan) -> None:
        """Set each number; one that the carrier refuses keeps no other from being connected."""
        numbers = {one.sid: one.number for one in changes.differences}
        for sid, fields in changes.by_number().items():
            try:
                self._account.set_number(sid, fields)
            except AccountRefusedError as error:
                self.refused[numbers[sid]] = str(error.code or "-")

    def _services(self) -> tuple[MessagingService, ...]:
        """Messaging services, where these credentials may read them: what they cannot show is no reason to stop."""
        try:
            return self._account.messaging_services()
        except AccountRefusedError as error:
            self.services_unknown = str(error.code or "refused")
        except CarrierUnavailable as error:
            self.services_unknown = str(error)
        return ()


def _foreign(number: RemoteNumber, entry: Mapping[str, Any]) -> list[Difference]:
    """Fields that stand neither as they were before the run nor as the run set them."""
    return [one for one in differences(number, entry["after"]) if one.now != entry["before"].get(one.field)]
