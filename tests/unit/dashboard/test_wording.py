"""Every rule that can set a level has its own words; one of another release is said to be unknown."""

from __future__ import annotations

import pytest

from core.i18n import use_locale
from dashboard.wording import level_rule
from intake.danger import group_codes
from intake.screening import screening

_SET_BY_US = ("before_triage", "danger_key", "silent", "immediate_danger", "person")


@pytest.mark.parametrize("rule", [*_SET_BY_US, *(rule.code for rule in screening().every_rule())])
def test_a_rule_has_its_words(rule: str) -> None:
    with use_locale("en"):
        assert level_rule(rule) not in {"Words of danger in her text.", ""}
        assert not level_rule(rule).startswith("The reason is not known")


def test_danger_words_are_told_as_such_and_an_unknown_rule_as_unknown() -> None:
    with use_locale("en"):
        assert {level_rule(code) for code in group_codes()} == {"Words of danger in her text."}
        assert level_rule("of_yesterday") == "The reason is not known: of_yesterday."
