from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.language import guess_language
from tools.danger_page import examples

GUESSED = [
    ("Eşim beni dövüyor", "tr"),
    ("esim beni dovuyor ne yapmaliyim", "tr"),
    ("my husband is at the door", "en"),
    ("زوجي يضربني", "ar"),
    ("SMS زوجي يضربني كل يوم", "ar"),
    ("Mêrê min li min dixe", "ku"),
    ("ez nikarim derkevim", "ku"),
]


@pytest.mark.parametrize(("text", "language"), GUESSED)
def test_the_language_is_guessed(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize("text", ["", "1", "?", "K7Q2", "😢", "Zxq", "کمک کنید لطفا", "Допоможіть"])
def test_nothing_is_guessed_from_nothing(text: str) -> None:
    assert guess_language(text) is None


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert guess_language(text) in (None, "tr", "en", "ar", "ku")


@pytest.mark.parametrize("language", ["tr", "en", "ar", "ku"])
def test_a_wrong_guess_is_rarer_than_none(language: str) -> None:
    """Somebody who reads another language would be asked for her."""
    guesses = [guess_language(one.text) for one in examples() if one.language == language]
    assert sum(guess not in (None, language) for guess in guesses) <= len(guesses) // 50
    assert sum(guess == language for guess in guesses) >= len(guesses) * 0.85
