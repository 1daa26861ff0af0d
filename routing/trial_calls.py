"""When the telephones of a shift are tried: policy as data, and a pure decision over the clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from core.catalogue import Catalogue, load_catalogue
from staff.rules import ISTANBUL

PATH: Final = Path(__file__).parent / "catalogue" / "trial_calls.yaml"
#: Outside of these hours nobody is woken but for a page, whatever the policy says.
WAKING: Final = (time(7), time(22))
#: A trial on the evening before comes so long before its hours end, so that a second try finds room.
_ROOM: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)

Clock = Annotated[str, Field(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]


class TrialCalls(Catalogue):
    """How telephones are tried before a shift."""

    before_minutes: int = Field(ge=15, le=720)
    from_: Clock = Field(alias="from")
    to: Clock
    fresh_hours: int = Field(ge=1, le=24 * 31)
    tries: int = Field(ge=1, le=4)
    again_minutes: int = Field(ge=5, le=60)

    @model_validator(mode="after")
    def _wakes_nobody(self) -> Self:
        first, last = self.hours
        if not (WAKING[0] <= first and last <= WAKING[1]) or _on(_DAY_ZERO, last) - _on(_DAY_ZERO, first) <= _ROOM:
            raise ValueError("trial calls wake people between 22:00 and 07:00, or have no room")
        return self

    @property
    def hours(self) -> tuple[time, time]:
        """From when to when somebody may be rung for a trial."""
        return time.fromisoformat(self.from_), time.fromisoformat(self.to)


_DAY_ZERO: Final = datetime(2026, 1, 1, tzinfo=ISTANBUL)


def _on(day: datetime, hour: time) -> datetime:
    return datetime.combine(day.date(), hour, ISTANBUL)


@cache
def trial_calls() -> TrialCalls:
    """The policy in force. Raises CatalogueError when the file is wrong."""
    return load_catalogue(PATH, TrialCalls)


def is_humane(policy: TrialCalls, moment: datetime) -> bool:
    """Whether somebody may be rung for a trial at this moment."""
    first, last = policy.hours
    return first <= moment.astimezone(ISTANBUL).time() < last


def call_at(policy: TrialCalls, start: datetime, now: datetime) -> datetime | None:
    """When the telephones of a shift that begins at ``start`` are tried; None where no humane moment is left."""
    first, last = policy.hours
    wanted = (start - timedelta(minutes=policy.before_minutes)).astimezone(ISTANBUL)
    if wanted.time() < first:
        wanted = _on(wanted - _DAY, last) - _ROOM
    elif wanted.time() >= last:
        wanted = _on(wanted, last) - _ROOM
    return next_try(policy, start, max(wanted, now.astimezone(ISTANBUL)))


def next_try(policy: TrialCalls, start: datetime, after: datetime) -> datetime | None:
    """The first humane moment from ``after`` on, if there is one before the shift begins."""
    first, _ = policy.hours
    at = after.astimezone(ISTANBUL)
    if not is_humane(policy, at):
        at = _on(at if at.time() < first else at + _DAY, first)
    return at if at < start else None


__all__ = ["PATH", "WAKING", "TrialCalls", "call_at", "is_humane", "next_try", "trial_calls"]
