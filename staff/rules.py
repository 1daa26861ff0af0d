"""Decisions of this room, without clock, session or I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from staff.errors import WeakPinError

ISTANBUL: Final = ZoneInfo("Europe/Istanbul")

#: A session lasts a shift of twelve hours and the hour of its hand-over; the routing lets it last longer.
SESSION_HOURS: Final = 13
#: After so many minutes without an act the screen is locked; the session and the presence go on.
IDLE_LOCK_MINUTES: Final = 5
#: A step-up (the code entered again before a dangerous act) holds so long.
STEP_UP_MINUTES: Final = 10

#: Roles that open everything or make others able to: in production they prove themselves by a security key.
KEY_ROLES: Final = frozenset({"director", "admin"})

ATTEMPT_WINDOW_MINUTES: Final = 5
_FREE_PER_NAME: Final = 10
_FREE_PER_CLIENT: Final = 20
_LONGEST_DELAY_S: Final = 8.0
#: So many refusals from everywhere in the window are an attack that a person should know of.
ALARM_REFUSALS: Final = 100

_PIN_FREE: Final = 5
_PIN_LONGEST_S: Final = 300

REVIEW_AT: Final = time(9, 0)
_NIGHT_FROM: Final = time(18, 0)
_NIGHT_TO: Final = time(8, 0)
_SATURDAY: Final = 5

_SIGN_IN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}@[a-z0-9][a-z0-9-]{0,39}")


def sign_in_delay(name_failures: int, client_failures: int) -> float:
    """Seconds to wait before a password is looked at.

    A delay, never a lock: a lock would let anybody keep an operator out of her shift by typing her name. Doubled
    from the tenth failure of a name or the twentieth of a client within five minutes, up to eight seconds.
    """
    over = max(name_failures - _FREE_PER_NAME, client_failures - _FREE_PER_CLIENT)
    return 0.0 if over < 0 else min(2.0 ** min(over, 10), _LONGEST_DELAY_S)


def pin_wait_s(failures: int) -> int:
    """Seconds after the last failure in which no PIN is accepted.

    Somebody with a stolen telephone may try four digits all night: five free tries, then 15 s doubled up to five
    minutes. Never a lock: the next page must be acceptable.
    """
    return 0 if failures < _PIN_FREE else min(15 * 2 ** min(failures - _PIN_FREE, 10), _PIN_LONGEST_S)


def check_pin_strength(pin: str) -> None:
    """Raise :class:`WeakPinError` unless ``pin`` has 4 to 8 digits that are neither all equal nor in a row."""
    if re.fullmatch("[0-9]{4,8}", pin) is None:
        raise WeakPinError("a PIN has 4 to 8 digits")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise WeakPinError("a PIN must not be one digit repeated or digits in a row")


def is_sign_in_name(name: str) -> bool:
    """Whether ``name`` has the form ``role.or.word@centre``: small ASCII letters, never a person's full name."""
    return _SIGN_IN_NAME.fullmatch(name) is not None


def normal_name(typed: str) -> str:
    """A typed sign-in name as it is stored. Turkish keyboards capitalise ``i`` to ``İ``."""
    return typed.strip().replace("İ", "i").replace("I", "i").replace("ı", "i").lower()


def is_night(moment: datetime, closed_from: Callable[[date], time | None]) -> bool:
    """Whether a second person may fairly be missing: outside 08:00 to 18:00 of a working day, in Istanbul.

    ``closed_from`` tells from when a day is a public holiday, if it is one.
    """
    local = moment.astimezone(ISTANBUL)
    closed = closed_from(local.date())
    holiday = closed is not None and local.time() >= closed
    return holiday or local.weekday() >= _SATURDAY or not _NIGHT_TO <= local.time() < _NIGHT_FROM


def next_review(moment: datetime) -> datetime:
    """The next 09:00 in Istanbul strictly after ``moment``: when one-person acts of the night are looked at."""
    local = moment.astimezone(ISTANBUL)
    morning = datetime.combine(local.date(), REVIEW_AT, ISTANBUL)
    return morning if morning > local else datetime.combine(local.date() + timedelta(days=1), REVIEW_AT, ISTANBUL)
