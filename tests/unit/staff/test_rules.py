"""Decisions of the staff room: delays, PINs, nights, names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.workdays import closed_from
from staff.errors import WeakPinError
from staff.rules import (
    ISTANBUL,
    check_pin_strength,
    is_night,
    is_sign_in_name,
    next_review,
    normal_name,
    pin_wait_s,
    sign_in_delay,
)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_sign_in_is_delayed_and_never_locked(by_name: int, by_client: int) -> None:
    delay = sign_in_delay(by_name, by_client)
    assert 0 <= delay <= 8
    assert (delay == 0) == (by_name < 10 and by_client < 20)
    assert sign_in_delay(by_name + 1, by_client) >= delay


def test_the_pin_waits_longer_and_never_for_ever() -> None:
    assert [pin_wait_s(n) for n in (0, 4, 5, 6, 7)] == [0, 0, 15, 30, 60]
    assert pin_wait_s(10_000) == 300


@pytest.mark.parametrize(
    "pin", ["", "123", "1234", "4321", "0000", "7890", "9876", "123456789", "12a4", "١٢٣٥", "1 35"]
)
def test_weak_pins_are_refused(pin: str) -> None:
    with pytest.raises(WeakPinError):
        check_pin_strength(pin)


@pytest.mark.parametrize("pin", ["2468", "4071", "12350", "90909091"])
def test_other_pins_are_taken(pin: str) -> None:
    check_pin_strength(pin)


@pytest.mark.parametrize(
    ("local", "night"),
    [
        ("2026-11-23 07:59", True),  # a Monday
        ("2026-11-23 08:00", False),
        ("2026-11-23 17:59", False),
        ("2026-11-23 18:00", True),
        ("2026-11-21 12:00", True),  # a Saturday
        ("2026-11-22 12:00", True),
        ("2026-10-27 13:00", False),  # a Tuesday before Republic Day
        ("2026-10-28 12:59", False),  # its eve is a half day
        ("2026-10-28 13:00", True),
        ("2026-10-29 12:00", True),
        ("2026-10-30 12:00", False),
        ("2026-05-26 13:00", True),  # the eve of Kurban Bayramı
        ("2026-05-27 00:00", True),
        ("2026-05-29 12:00", True),  # its third day, a Friday
    ],
)
def test_night_is_outside_the_hours_of_working_days_in_istanbul(local: str, *, night: bool) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=ISTANBUL)
    assert is_night(moment, closed_from) is night
    assert is_night(moment.astimezone(UTC), closed_from) is night


@given(moments)
def test_the_review_is_the_next_nine_o_clock(moment: datetime) -> None:
    review = next_review(moment)
    local = review.astimezone(ISTANBUL)
    assert (local.hour, local.minute, local.second) == (9, 0, 0)
    assert timedelta(0) < review - moment <= timedelta(days=1)


@pytest.mark.parametrize("typed", ["operator1@izmir", " OPERATOR1@İZMİR ", "Operator1@Izmır"])
def test_names_are_one_however_a_turkish_keyboard_writes_them(typed: str) -> None:
    assert normal_name(typed) == "operator1@izmir"


@pytest.mark.parametrize("name", ["operator1", "@ankara", "a b@c", "Operator@ankara", "çiğdem@van", "a@" + "b" * 41])
def test_names_of_another_form_are_refused(name: str) -> None:
    assert not is_sign_in_name(name)
