"""Time codes: the published vectors, one use each, one step of tolerance."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staff.totp import accepted_counter, code_of, counter_at, new_recovery_codes, new_seed, normal_recovery_code

#: RFC 6238, appendix B (SHA-1), cut to six digits.
RFC_SEED = base64.b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_the_published_vectors(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert accepted_counter(RFC_SEED, code, moment, 0) == seconds // 30


@given(st.integers(1_000_000, 60_000_000), st.integers(-4, 4))
def test_one_step_either_way_is_taken_and_no_more(counter: int, off: int) -> None:
    moment = datetime.fromtimestamp(counter * 30 + 7, UTC)
    accepted = accepted_counter(RFC_SEED, code_of(RFC_SEED, counter + off), moment, 0)
    if abs(off) <= 1:
        assert accepted == counter + off
    else:
        assert accepted is None or abs(accepted - counter) <= 1  # six digits may repeat by chance


def test_a_code_works_once_and_older_ones_no_more() -> None:
    moment = datetime.fromtimestamp(1_000_000_000, UTC)
    now = counter_at(moment)
    assert accepted_counter(RFC_SEED, code_of(RFC_SEED, now), moment, now) is None
    assert accepted_counter(RFC_SEED, code_of(RFC_SEED, now - 1), moment, now) is None
    assert accepted_counter(RFC_SEED, code_of(RFC_SEED, now + 1), moment, now) == now + 1


def test_codes_may_be_typed_with_a_gap_or_in_other_digits() -> None:
    moment = datetime.fromtimestamp(59, UTC)
    for typed in (" 287 082 ", "٢٨٧٠٨٢"):
        assert accepted_counter(RFC_SEED, typed, moment, 0) == 1
    for typed in ("", "28708", "2870820", "abcdef", "ı" * 6):
        assert accepted_counter(RFC_SEED, typed, moment, 0) is None


def test_seeds_and_recovery_codes_are_long_and_differ() -> None:
    assert len(base64.b32decode(new_seed())) == 20
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    plain = codes[0].replace("-", "")
    assert normal_recovery_code(codes[0].lower().replace("-", " ")) == plain
    assert normal_recovery_code("O" * 10) == "0" * 10
    assert normal_recovery_code("287082") is None
