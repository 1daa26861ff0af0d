"""Passwords are long, not among the first to be guessed, and free otherwise."""

from __future__ import annotations

from contextlib import suppress

import pytest
from argon2 import extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st

from staff.errors import WeakPasswordError
from staff.passwords import DUMMY_HASH, check_password, hash_password, outdated, verify_password


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kısa parola", "short"),
        ("x" * 129, "long"),
        ("aaaaaaaaaaaaaaaa", "repetitive"),
        ("abababababababab", "repetitive"),
        ("galatasaray1905!", "common"),
        ("Fenerbahçe1907Fenerbahçe", "common"),
        ("P@ssw0rd1234567!", "common"),
        ("qwertyuiop123456", "common"),
        ("ŞifremÇokUzun12345", "common"),
        ("abcdefghijklmnop", "common"),
        ("correcthorsebatterystaple", "common"),
        ("seni seviyorum askim 2026", "common"),
        ("karanfilsokak@bolu.2026", "named"),
    ],
)
def test_the_first_guesses_are_refused(password: str, reason: str) -> None:
    with pytest.raises(WeakPasswordError) as refused:
        check_password(password, names=("karanfilsokak@bolu",))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "password",
    [
        "Mavi fincan 42 kuşku dağı",
        "tree-window-lamp-cheese",
        "kırmızı balık gölde 7 kere döndü",
        "سبعة عصافير فوق البيت القديم tq81mzpw",
        "Xk29 vmPq 77 ladder",
    ],
)
def test_any_composition_is_taken(password: str) -> None:
    check_password(password, names=("operator1@ankara",))


@settings(max_examples=200)
@given(st.text(max_size=140))
def test_nothing_typed_breaks_the_check(password: str) -> None:
    with suppress(WeakPasswordError):
        check_password(password, names=("operator1@ankara",))


def test_hashes_are_argon2id_of_64_mebibytes_also_for_names_that_nobody_has() -> None:
    stored = hash_password("Mavi fincan 42 kuşku dağı")
    for one in (stored, DUMMY_HASH):
        parameters = extract_parameters(one)
        assert (parameters.type.name, parameters.memory_cost) == ("ID", 64 * 1024)
        assert not outdated(one)
    assert extract_parameters(stored) == extract_parameters(DUMMY_HASH)
    assert verify_password(stored, "Mavi fincan 42 kuşku dağı")
    assert not verify_password(stored, "Mavi fincan 42 kuşku dağı ")
    assert not verify_password(DUMMY_HASH, "")
    assert not verify_password("no hash", "x")
