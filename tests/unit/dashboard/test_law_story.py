"""Whatever the register and the clock report stands in a case's story in words, or is left out on purpose."""

from __future__ import annotations

from dataclasses import fields

import pytest

from core.i18n import use_locale
from dashboard.law_story import LINES, SILENT
from escalation.cases.clock import events as clock
from escalation.cases.register import events as register

_CODES = {
    "purpose": ("measures", "extension", "secrecy", "monitoring", "breach"),
    "outcome": ("approved", "refused", "accepted", "rejected", "objected"),
    "reason": ("refused", "lapsed", "lifted", "expired", "objection"),
    "party": ("protected", "perpetrator"),
    "approver": ("judge", "civil_authority"),
    "state": ("draft", "approved_by_her", "filed", "granted", "partly_granted", "refused", "withdrawn"),
}


def _facts() -> set[str]:
    told = {name for module in (register, clock) for name in vars(module) if name[0].isupper()}
    return told - {"Fact", "UUID"}


def test_every_fact_has_its_words_or_is_left_out() -> None:
    assert _facts() == set(LINES) | SILENT
    assert not set(LINES) & SILENT


@pytest.mark.parametrize("locale", ["tr", "en"])
@pytest.mark.parametrize("kind", LINES)
def test_no_code_and_no_bare_date_stands_in_the_words(kind: str, locale: str) -> None:
    names = {field.name for field in fields(getattr(register, kind))}
    days = {name: "2026-11-26" for name in names if name.endswith(("_on", "_at", "until"))}
    with use_locale(locale):
        for coded in [name for name in _CODES if name in names] or [""]:
            for code in _CODES.get(coded, ("",)):
                words, _tone = LINES[kind]({**days, "days": 3, coded: code})
                assert words
                assert "2026-11-26" not in words
                assert "_" not in words


def test_a_day_that_nobody_knows_is_said_so() -> None:
    with use_locale("en"):
        assert LINES["MeasureExtended"]({"until": ""}) == ("Measures extended until a day that nobody knows", "held")
