from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import CROCKFORD, new_id, new_page_code, new_reference, parse_reference

CARRIER_KEYWORDS = {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "START", "HELP"}


def test_record_ids_are_version_7_and_follow_time() -> None:
    ids = [new_id() for _ in range(200)]
    assert {i.version for i in ids} == {7}
    assert {i.variant for i in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == 200
    stamps = [i.int >> 80 for i in ids]
    assert stamps == sorted(stamps)


def test_a_reference_is_eight_random_characters_behind_its_letter() -> None:
    references = {new_reference("R") for _ in range(500)}
    assert len(references) == 500
    for reference in references:
        prefix, first, second = reference.split("-")
        assert prefix == "R"
        assert len(first) == len(second) == 4
        assert set(first + second) <= set(CROCKFORD)


@pytest.mark.parametrize("prefix", ["", "r", "RR", "1", "Ş"])
def test_a_reference_needs_one_capital_letter(prefix: str) -> None:
    with pytest.raises(ValueError, match="capital letter"):
        new_reference(prefix)


@pytest.mark.parametrize(
    "typed",
    [
        "R-7K2M-9QXD",
        "r-7k2m-9qxd",
        "R7K2M9QXD",
        "  r 7k2m 9qxd ",
        "R–7K2M–9QXD",
        "R_7K2M.9QXD",
    ],
)
def test_a_reference_is_understood_however_it_is_typed(typed: str) -> None:
    assert parse_reference(typed) == "R-7K2M-9QXD"


@pytest.mark.parametrize("typed", ["V-0O1I-LlıA", "V-oOiI-lıİa"])
def test_letters_that_look_like_digits_are_read_as_digits(typed: str) -> None:
    assert parse_reference(typed) == "V-0011-111A"


@pytest.mark.parametrize("typed", ["", "R", "7K2M-9QXD", "R-7K2M-9QX", "R-7K2M-9QXDD", "R-7K2M-9QXU", "Ş-7K2M-9QXD"])
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert parse_reference(typed) is None


@given(st.text(max_size=30))
def test_parsing_never_fails_and_its_result_is_stable(typed: str) -> None:
    reference = parse_reference(typed)
    if reference is not None:
        assert parse_reference(reference) == reference
        assert parse_reference(reference.lower()) == reference


def test_a_page_code_is_no_word_no_number_and_holds_nothing_ambiguous() -> None:
    for _ in range(2000):
        code = new_page_code()
        assert len(code) == 4
        assert not code.isdigit()
        assert not code.isalpha()
        assert code not in CARRIER_KEYWORDS
        assert not set(code) & set("0O1IL")
