"""What the form takes: one wrong field never holds up the others, and nothing is required."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.codes import fields as coded_fields
from intake.fields import COLUMNS, FLAGS, TEXTS, error_sentence, parse
from intake.models import Intake

PROVINCES = frozenset({"06", "35"})


def test_nothing_is_required() -> None:
    parsed = parse({}, PROVINCES)
    assert (parsed.columns, parsed.extra, parsed.errors) == ({}, {}, {})


def test_every_field_with_a_column_has_one() -> None:
    columns = set(Intake.__table__.columns.keys())
    for name in (*COLUMNS, *FLAGS, "province_code", "next_contact"):
        assert name in columns, name
    for name in TEXTS:
        assert f"{name}_sealed" in columns, name


def test_every_coded_field_can_be_cleared_and_takes_each_of_its_codes() -> None:
    for name, field in coded_fields().items():
        for code in field.known:
            parsed = parse({name: [code] if field.multiple else code}, PROVINCES)
            assert not parsed.errors, (name, code)
        assert not parse({name: ""}, PROVINCES).errors, name


def test_a_wrong_field_leaves_the_others_alone() -> None:
    parsed = parse(
        {
            "gender": "purple",
            "language": "ku",
            "province_code": "99",
            "summary": "x" * 1001,
            "next_contact": "soon",
            "wants_woman": "perhaps",
            "shoe_size": "38",
            "wants": ["police", "no_such"],
        },
        PROVINCES,
    )
    assert parsed.columns == {"language": "ku"}
    assert parsed.errors == {
        "gender": "unknown_code",
        "province_code": "unknown_province",
        "summary": "too_long",
        "next_contact": "not_a_time",
        "wants_woman": "not_yes_or_no",
        "shoe_size": "unknown_field",
        "wants": "unknown_code",
    }
    assert all(error_sentence(code) != code for code in parsed.errors.values())


def test_times_carry_their_zone() -> None:
    moment = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert parse({"next_contact": moment.isoformat()}, PROVINCES).columns == {"next_contact": moment}
    assert parse({"next_contact": "2026-11-24T09:00"}, PROVINCES).errors == {"next_contact": "not_a_time"}
    assert parse({"next_contact": ""}, PROVINCES).columns == {"next_contact": None}


@pytest.mark.parametrize(("raw", "value"), [("on", True), (True, True), ("no", False), (None, False), ("", False)])
def test_flags_are_read_as_browsers_write_them(raw: object, value: bool) -> None:
    assert parse({"wants_woman": raw}, PROVINCES).columns == {"wants_woman": value}


sent = st.none() | st.text() | st.booleans() | st.lists(st.text(max_size=5), max_size=4)
names = st.sampled_from([*coded_fields(), *TEXTS, *FLAGS, "province_code", "other"])


@given(st.dictionaries(names, sent, max_size=6))
def test_whatever_a_browser_sends_each_field_is_either_saved_or_explained(changes: dict[str, object]) -> None:
    parsed = parse(changes, PROVINCES)
    assert set(changes) == {*parsed.columns, *parsed.extra, *parsed.errors}
