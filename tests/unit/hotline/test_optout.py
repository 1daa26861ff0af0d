from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_page_code
from hotline.optout import catalogue, is_opt_out
from intake.danger import danger_words

WORDS = [
    "Bana yazmayın",
    "mesaj atma",
    "unsuscribe",
    "don’t text me",
    "إلغاء",
    "nenivîsin",
    "DUR",
    "DURDUR",
    "İPTAL",
    "iptal",
    "IPTAL",
    "Yazma",
    "STOP",
    "unsubscribe",
    "توقف",
    "قف",
    "RAWESTE",
    "ÇIK",
]


@pytest.mark.parametrize("word", WORDS)
def test_the_word_alone_is_an_opt_out(word: str) -> None:
    for text in (word, f"  {word}\n", f"{word}.", f'"{word}"', f"{word}\u200b"):
        assert is_opt_out(text), text


@pytest.mark.parametrize(
    "text",
    [
        "dur yapma",
        "Dur!",
        "DUR DUR",
        "dur lütfen yardım edin",
        "stop it he is here",
        "yazma dedi bana",
        "durdu",
        "",
        ".",
        "1",
    ],
)
def test_a_cry_is_not_an_opt_out(text: str) -> None:
    assert not is_opt_out(text)


@given(st.sampled_from(WORDS), st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=20))
def test_any_further_word_makes_it_a_message(word: str, more: str) -> None:
    assert not is_opt_out(f"{word} {more}")
    assert not is_opt_out(f"{more} {word}")


def test_no_opt_out_is_a_cry() -> None:
    assert [word for words in catalogue().words.values() for word in words if danger_words(word)] == []


def test_no_page_code_is_an_opt_out() -> None:
    assert not any(is_opt_out(new_page_code()) for _ in range(500))
