from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold_tr
from intake import danger as words_of_danger
from intake.danger import catalogue, danger_words, raised

DANGER = [
    ("Beni öldürecek", "killing"),
    ("BENİ ÖLDÜRECEK", "killing"),
    ("beni oldurecek", "killing"),
    ("öldürürüm dedi", "killing"),
    ("elinde bıçak var", "weapon"),
    ("ELINDE BICAK VAR", "weapon"),
    ("silahı var, çıkış yok", "weapon"),
    ("no, he has a knife", "weapon"),
    ("he has a gun", "weapon"),
    ("معه سكين", "weapon"),
    ("بالسكين", "weapon"),
    ("boğazımı sıktı", "strangling"),
    ("I can't breathe", "strangling"),
    ("şu an kapıda", "attack_now"),
    ("he's here", "attack_now"),
    ("he’s here", "attack_now"),
    ("imdat", "cry_for_help"),
    ("dur yapma!", "cry_for_help"),
    ("yardım edin", "cry_for_help"),
    ("النَّجْدَة", "cry_for_help"),
    ("Hawar!", "cry_for_help"),
    ("tehlikedeyim", "danger"),
    ("tehlikede değilim ama o tehlikeli", "danger"),
    ("tehlikedeyim değil mi?", "danger"),
    ("Ez di xeterê de me", "danger"),
    ("أنا في خطر", "danger"),
    ("güvende değilim", "unsafe"),
    ("intihar edeceğim", "suicide"),
    ("tecavüz etti", "rape"),
    ("beni tehdit ediyor", "threat"),
    ("Ez ditirsim", "threat"),
    ("İMDATTTTT", "cry_for_help"),
    ("heeeelp meee", "cry_for_help"),
    ("geldi", "alone"),
    ("O geldi!!", "alone"),
    ("سيقتلني", "killing"),
    ("اجى", "alone"),
]

HARMLESS = [
    "",
    "merhaba",
    "bugün gün boyu evdeyim",
    "bir gün",
    "olumlu düşünüyorum",
    "bana küstü",
    "bi kere aradım",
    "çok iyi",
    "nafaka için ne yapmalıyım",
    "tehlikede değilim",
    "silah yok",
    "I am not in danger",
    "there is no knife",
    "لست في خطر",
    "stable",
    "1",
    "K7Q2",
    "kargom geldi",
    "yardımcı oldunuz",
    "he came to the meeting yesterday",
]


@pytest.mark.parametrize(("text", "code"), DANGER)
def test_danger_is_heard(text: str, code: str) -> None:
    match = danger_words(text)
    assert match is not None
    assert match.code == code


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_words_are_not_danger(text: str) -> None:
    assert danger_words(text) is None


@pytest.mark.parametrize("text", ["beni öldürmez", "he will not kill me", "öldürmedi"])
def test_an_act_that_is_denied_is_still_danger(text: str) -> None:
    match = danger_words(text)
    assert match is not None
    assert match.level == 1


@given(st.text(max_size=200), st.integers(1, 4))
def test_words_never_lower_a_level(text: str, level: int) -> None:
    assert raised(level, danger_words(text)) <= level


@given(
    st.text(alphabet=st.characters(categories=["L", "P", "Z"]), max_size=60),
    st.sampled_from([t for t, code in DANGER if code != "alone"]),
)
def test_what_stands_in_another_sentence_hides_nothing(around: str, danger: str) -> None:
    match = danger_words(danger)
    more = danger_words(f"{around}. {danger}. {around}")
    assert match is not None
    assert more is not None
    assert more.level <= match.level


def test_every_group_speaks_all_four_languages() -> None:
    for group in catalogue().groups:
        assert set(group.words) == {"tr", "en", "ar", "ku"}, group.code
    codes = [group.code for group in catalogue().groups]
    assert len(codes) == len(set(codes))


def test_every_listed_word_is_found() -> None:
    for group in catalogue().groups:
        for words in group.words.values():
            for word in words:
                match = danger_words(word.replace("*", ""))
                assert match is not None, word
                assert match.level <= group.level


_DENIALS = catalogue().denials
_ENTRIES = [word for group in catalogue().groups for words in group.words.values() for word in words]
_PIECES = sorted(
    {
        *(part for entry in _ENTRIES for part in entry.split()),
        *(word for words in (*_DENIALS.after.values(), *_DENIALS.before.values()) for word in words),
        *_DENIALS.fillers,
        *(entry.replace("*", "lar") for entry in _ENTRIES),
        *("and", "ve", "xx", "و"),
    }
)


@given(st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from(["", " ", ", ", "-", "*", "_", "a"])), max_size=12))
def test_the_first_look_never_passes_over_what_the_patterns_find(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece.replace("*", "") + gap for piece, gap in pieces)
    found = next(
        (
            match
            for match, pattern in words_of_danger._patterns()
            if any(one["found"] for folded in words_of_danger._readings(text) for one in pattern.finditer(folded))
        ),
        None,
    )
    assert danger_words(text) == found


def test_the_first_look_is_done_with_an_ordinary_text() -> None:
    for text in ("Merhaba, yarın sabah arayabilir misiniz? Bilgi almak istiyorum.", "مرحبا، أريد معلومات عن الطلاق"):
        assert not words_of_danger._worth_asking(fold_tr(text))
