"""Why a page or a call may not reach somebody, from what is known of her telephones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations_with_replacement
from uuid import UUID

import pytest

from config.doctor.duty import fault_of
from staff.queries import StaffRow

SHE = StaffRow(UUID(int=1), "derya@ankara", "Derya", None, ("oncall",), ("tr",), "female", "tr", None, True, 1, None)
CALL, TEXT = ("voice", "verified"), ("sms", "verified")
LOST_CALL, LOST_TEXT, NEW = ("voice", "suspect"), ("sms", "suspect"), ("voice", "new")


@pytest.mark.parametrize(
    ("points", "at_work", "on_call"),
    [
        ((), "doğrulanmış", "doğrulanmış"),
        ((NEW,), "doğrulanmış", "doğrulanmış"),
        ((TEXT,), "aranabilecek", "aranabilecek"),
        ((LOST_CALL, LOST_TEXT), "ulaşmadı", "ulaşmadı"),
        ((CALL,), "", "tek bir yol"),
        ((CALL, LOST_TEXT), "", "tek bir yol"),
        ((CALL, NEW), "", "tek bir yol"),
        ((CALL, TEXT), "", ""),
        ((CALL, CALL), "", ""),
    ],
)
def test_who_is_on_call_needs_two_ways_that_reach_her(
    points: tuple[tuple[str, str], ...], at_work: str, on_call: str
) -> None:
    for roles, wanted in (({"operator"}, at_work), ({"oncall"}, on_call), ({"operator", "oncall"}, on_call)):
        found = fault_of(SHE, roles, points)
        assert wanted in found
        assert bool(found) is bool(wanted)


def test_a_page_is_accepted_by_a_pin_and_a_disabled_account_by_nothing() -> None:
    assert "PIN" in fault_of(replace(SHE, has_pin=False), {"oncall"}, (CALL, TEXT))
    assert fault_of(replace(SHE, has_pin=False), {"operator"}, (CALL, TEXT)) == ""
    assert "kapalı" in fault_of(replace(SHE, disabled_at=datetime.now(UTC)), {"operator"}, (CALL, TEXT))


def test_more_telephones_never_make_it_worse() -> None:
    kinds = (CALL, TEXT, LOST_CALL, LOST_TEXT, NEW)
    for count in range(3):
        for points in combinations_with_replacement(kinds, count):
            if fault_of(SHE, {"oncall"}, points) == "":
                assert all(fault_of(SHE, {"oncall"}, (*points, more)) == "" for more in kinds)
