"""Safe hours are written as people write them, and what is shown can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.i18n import use_locale
from dashboard.safe_hours import SafeHours, UnreadableHoursError, parse_hours, say_hours


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("", SafeHours()),
        ("weekdays 10:00 to 15:00", SafeHours((1, 2, 3, 4, 5), 600, 900)),
        ("Hafta içi 10-15", SafeHours((1, 2, 3, 4, 5), 600, 900)),
        ("PZT, Çar 9.30 – 12.00", SafeHours((1, 3), 570, 720)),
        ("her gün 22:00-06:00", SafeHours((), 1320, 360)),
        ("hafta sonu", SafeHours((6, 7))),
        ("Salı ve Perşembe saat 13 ile 17 arası", SafeHours((2, 4), 780, 1020)),
        ("saturday", SafeHours((6,))),
        ("00:00-24:00", SafeHours((), 0, 1440)),
    ],
)
def test_words_are_understood(words: str, meaning: SafeHours) -> None:
    assert parse_hours(words) == meaning


@pytest.mark.parametrize("words", ["sometimes", "10:00", "mon 25-26", "mon 9-9", "10-12 14-16"])
def test_what_is_not_understood_is_refused(words: str) -> None:
    with pytest.raises(UnreadableHoursError):
        parse_hours(words)


@given(
    st.sets(st.integers(1, 7)),
    st.one_of(st.none(), st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda span: span[0] != span[1])),
    st.sampled_from(["tr", "en"]),
)
def test_what_is_shown_can_be_read_back(days: set[int], span: tuple[int, int] | None, locale: str) -> None:
    hours = SafeHours(tuple(sorted(days)), *(span or (None, None)))
    with use_locale(locale):
        assert parse_hours(say_hours(hours)) == hours
