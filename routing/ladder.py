"""The numbers of the ladder, read once from the catalogue; a wrong file stops the start.

The file holds one ladder for every line and hour, and may say how it differs for a line, or a kind of lines, in some
hours of the day. Such a definition covers the whole day, because a gap would be a ladder that nobody has written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, load_catalogue
from hotline.rules import CEILING_S
from routing.rules import ALL, Plan
from staff.rules import ISTANBUL

PATH: Final = Path(__file__).parent / "catalogue" / "ladder.yaml"

_DAY: Final = 24 * 60

WaveSeconds = Annotated[int, Field(ge=5, le=60)]
FirstWave = Annotated[int, Field(ge=1, le=50)]
OnCallSeconds = Annotated[int, Field(ge=0, le=80)]
Roles = tuple[str, ...]
Clock = Annotated[str, Field(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]


class OfLine(NamedTuple):
    """What of a line decides which ladder it has."""

    number: str
    national: bool


class Steps(Entry):
    """How one who waits is offered, at one hour on one line."""

    wave_seconds: WaveSeconds
    first_wave: FirstWave
    on_call_seconds: OnCallSeconds
    on_call_roles: Roles


def _must_fit(steps: Steps, where: str) -> None:
    """Everybody at work is asked, and then those on call for a whole ring, before the telephone edge lets her go.

    The ceiling is that room's alone: no number of this file moves it. Raises ValueError.
    """
    wave = steps.wave_seconds
    if wave * (ALL + 1) >= CEILING_S or steps.on_call_seconds + 2 * wave >= CEILING_S:
        raise ValueError(f"{where}: the steps do not fit into the ceiling of a call, {CEILING_S} s")


class Hours(Entry):
    """Some hours of the day, and what differs then; ``to`` is not among them. Equal bounds are the whole day."""

    from_: Clock = Field(alias="from")
    to: Clock
    wave_seconds: WaveSeconds | None = None
    first_wave: FirstWave | None = None
    on_call_seconds: OnCallSeconds | None = None
    on_call_roles: Roles | None = None

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Its minutes of the day; hours over midnight are two spans."""
        start, end = _minute(self.from_), _minute(self.to)
        if start < end:
            return ((start, end),)
        return tuple(span for span in ((start, _DAY), (0, end)) if span[0] < span[1])

    def steps(self, base: Steps) -> Steps:
        """What holds in these hours."""
        differs = self.model_dump(exclude={"from_", "to"}, exclude_none=True)
        return Steps.model_validate({**base.model_dump(), **differs})


class ByLine(Entry):
    """The day of a line: a number, a kind (``national``, ``centre``), or ``every``."""

    line: Annotated[str, Field(pattern=r"^(?:every|national|centre|\+[1-9][0-9]{6,14})$")]
    hours: Annotated[tuple[Hours, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole_day(self) -> Self:
        spans = sorted(span for one in self.hours for span in one.spans)
        for (_, end), (start, _) in pairwise([(0, 0), *spans, (_DAY, _DAY)]):
            if start < end:
                raise ValueError(f"{self.line}: two ladders from {_clock(start)} to {_clock(end)}")
            if start > end:
                raise ValueError(f"{self.line}: no ladder from {_clock(end)} to {_clock(start)}")
        return self


class Ladder(Catalogue):
    """How a waiting contact is offered; seconds unless said otherwise."""

    wave_seconds: WaveSeconds
    lease_seconds: int = Field(ge=10, le=120)
    same_person_seconds: int = Field(ge=0, le=3600)
    first_wave: FirstWave
    texts_at_once: int = Field(ge=1, le=20)
    phone_roles: Roles = Field(min_length=1)
    on_call_seconds: OnCallSeconds
    on_call_roles: Roles
    by_line: tuple[ByLine, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        lines = [one.line for one in self.by_line]
        twice = sorted({line for line in lines if lines.count(line) > 1})
        if twice:
            raise ValueError(f"two ladders for one line: {', '.join(twice)}")
        for one in self.by_line:
            for hours in one.hours:
                _must_fit(hours.steps(self.base), f"{one.line} from {hours.from_} to {hours.to}")
        _must_fit(self.base, "every line")
        return self

    @property
    def base(self) -> Steps:
        """What holds where no line and hour says otherwise."""
        return Steps(
            wave_seconds=self.wave_seconds,
            first_wave=self.first_wave,
            on_call_seconds=self.on_call_seconds,
            on_call_roles=self.on_call_roles,
        )

    def plan(self, steps: Steps) -> Plan:
        """What the rules need of it."""
        return Plan(steps.first_wave, self.texts_at_once)


def steps_for(known: Ladder, line: OfLine, at: datetime) -> Steps:
    """The ladder of a line at a moment, by the clock of Istanbul; a number before a kind, a kind before ``every``."""
    mine = (line.number, "national" if line.national else "centre", "every")
    days = {one.line: one for one in known.by_line}
    day = next((days[name] for name in mine if name in days), None)
    if day is None:
        return known.base
    local = at.astimezone(ISTANBUL)
    minute = local.hour * 60 + local.minute
    return next(one for one in day.hours if _has(one.spans, minute)).steps(known.base)


def _has(spans: Iterable[tuple[int, int]], minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)


def _minute(clock: Any) -> int:
    hour, minute = str(clock).split(":")
    return int(hour) * 60 + int(minute)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@cache
def ladder() -> Ladder:
    """The ladder in force. Raises CatalogueError when the file is wrong."""
    return load_catalogue(PATH, Ladder)


__all__ = ["PATH", "ByLine", "Hours", "Ladder", "OfLine", "Steps", "ladder", "steps_for"]
