from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.i18n import use_locale
from intake.codes import HERSELF, codes, fields, missing_at_close, wrong_codes
from intake.consents import consents

PRANK = {
    "channel": "voice",
    "safe_to_talk": "not_asked",
    "language": "tr",
    "caller_role": "unknown",
    "contact_class": "prank",
    "outcome": "not_service",
}
COUNSELLING = PRANK | {
    "contact_class": "counselling",
    "age_band": "unknown",
    "gender": "female",
    "immediate_danger": "no",
    "wants": ["talk"],
    "violence_types": ["physical"],
    "outcome": "info_only",
}


def test_the_form_begins_with_how_she_reached_us_and_whether_it_is_safe() -> None:
    assert list(fields())[:2] == ["channel", "safe_to_talk"]


def test_every_question_about_a_person_can_be_left_unknown() -> None:
    for code in (
        "caller_role",
        "age_band",
        "gender",
        "immediate_danger",
        "violence_types",
        "relation",
        "existing_measure",
    ):
        assert fields()[code].known & {"unknown", "unsaid"}, code


def test_names_follow_the_language_and_an_old_code_shows_itself() -> None:
    with use_locale("tr"):
        assert fields()["relation"].name("ex_spouse") == "Eski eşi"
    with use_locale("en"):
        assert fields()["relation"].name("ex_spouse") == "Former spouse"
    assert fields()["relation"].name("gone") == "gone"


def test_wrong_codes_are_named() -> None:
    assert wrong_codes(COUNSELLING) == ()
    assert wrong_codes({"language": None, "summary": "free text", "wants": []}) == ()
    wrong = {"language": "xx", "wants": "talk", "violence_types": ["physical", "physical"], "gender": ["female"]}
    assert wrong_codes(wrong) == ("language", "gender", "violence_types", "wants")


@given(st.one_of(st.integers(), st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text()), st.floats()))
def test_only_known_codes_are_accepted(value: object) -> None:
    for field in fields().values():
        if field.accepts(value):
            held = value if isinstance(value, list) else [value]
            assert set(held) <= field.known


def test_a_prank_closes_without_a_persons_data() -> None:
    assert missing_at_close(PRANK) == ()
    assert missing_at_close({}) == ("channel", "safe_to_talk", "language", "caller_role", "contact_class", "outcome")


def test_counselling_asks_for_more_and_screening_only_where_she_could_talk() -> None:
    assert missing_at_close(PRANK | {"contact_class": "counselling"}) == (
        "age_band",
        "gender",
        "violence_types",
        "immediate_danger",
        "wants",
    )
    assert missing_at_close(COUNSELLING) == ()
    assert missing_at_close(COUNSELLING | {"safe_to_talk": "yes"}) == ("screening",)
    assert missing_at_close(COUNSELLING | {"safe_to_talk": "yes", "screened": True}) == ()


def test_a_referral_asks_to_whom_and_that_each_may_be_told() -> None:
    known = fields()["referred_to"].known
    assert known == {HERSELF, *(one.code for one in consents().recipients)}
    for referred in ({"outcome": "referred"}, {"actions_taken": ["guidance", "referral"]}):
        assert missing_at_close(PRANK | referred) == ("referred_to",)
        assert missing_at_close(PRANK | referred | {"referred_to": [HERSELF]}) == ()
        told = PRANK | referred | {"referred_to": ["police", HERSELF, "bar"]}
        assert missing_at_close(told) == ("untold-police", "untold-bar")
        assert missing_at_close(told | {"may_be_told": {"bar", "court"}}) == ("untold-police",)
        assert missing_at_close(told | {"may_be_told": {"bar", "police"}}) == ()
    assert missing_at_close(PRANK | {"referred_to": ["police"]}) == ()


@pytest.mark.parametrize("contact_class", ["silent", "abusive", "wrong_number", "test", "staff"])
def test_only_a_conversation_asks_for_who_she_is(contact_class: str) -> None:
    assert missing_at_close(PRANK | {"contact_class": contact_class}) == ()
    assert contact_class not in codes().conversation
