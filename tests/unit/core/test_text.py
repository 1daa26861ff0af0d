from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import digits_to_ascii, fold_tr, segments, to_gsm_ascii


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HAYIR", "hayır"),
        ("HAYIR", "hayir"),
        ("İPTAL", "iptal"),
        ("IPTAL", "İptal"),
        ("ŞİDDET", "siddet"),
        ("Çığlık", "CIGLIK"),
        ("erê", "ERE"),
        ("تَوَقَّف", "توقف"),
        ("أريد", "اريد"),
        ("مساعدة", "مساعده"),
        ("yardım\u00a0 et\n", "YARDIM ET"),
        ("dur\u200b", "DUR"),
    ],
)
def test_one_word_however_it_is_written(one: str, other: str) -> None:
    assert fold_tr(one) == fold_tr(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_tr(fold_tr(text)) == fold_tr(text)


@given(st.text(alphabet="abcçdefgğhıijklmnoöprsştuüvyzqwxêîûâ '-"))
def test_turkish_and_kurdish_fold_to_ascii_and_regardless_of_case(text: str) -> None:
    assert fold_tr(text).isascii()
    capitals = text.replace("i", "İ").replace("ı", "I").upper()
    assert fold_tr(capitals) == fold_tr(text)


def test_digits_of_every_script_are_digits() -> None:
    assert digits_to_ascii("١ ۲ ३ 4 ５") == "1 2 3 4 5"
    assert digits_to_ascii("K7Q2 ½ ²") == "K7Q2 ½ ²"


@pytest.mark.parametrize(
    ("text", "encoding", "count", "units"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 1, 160),
        ("a" * 161, "GSM-7", 2, 161),
        ("a" * 306, "GSM-7", 2, 306),
        ("a" * 307, "GSM-7", 3, 307),
        ("ş" * 70, "UCS-2", 1, 70),
        ("ş" * 71, "UCS-2", 2, 71),
        ("ş" * 670, "UCS-2", 10, 670),
        ("ş" * 671, "UCS-2", 11, 671),
        ("{" * 80, "GSM-7", 1, 160),
        ("{" * 81, "GSM-7", 2, 162),
        ("👩\u200d👧", "UCS-2", 1, 5),
        ("ÇöüÖÜä", "GSM-7", 1, 6),
        # 66 units, then a pair that would begin on the last unit of the part: it moves to the next.
        ("ş" * 66 + "👩" + "ş" * 66, "UCS-2", 3, 134),
        # The same with an escape sequence: 152 septets, then one that needs two.
        ("a" * 152 + "{" + "a" * 152, "GSM-7", 3, 306),
    ],
)
def test_segments(text: str, encoding: str, count: int, units: int) -> None:
    result = segments(text)
    assert (result.encoding, result.count, result.units) == (encoding, count, units)


@pytest.mark.parametrize("letter", list("çğĞıİşŞâîûê"))
def test_one_letter_outside_the_alphabet_turns_the_whole_text(letter: str) -> None:
    assert segments("a" * 100 + letter).encoding == "UCS-2"


@given(st.text(max_size=400))
def test_segments_are_never_fewer_than_the_units_need(text: str) -> None:
    result = segments(text)
    single, part = (160, 153) if result.encoding == "GSM-7" else (70, 67)
    if result.units <= single:
        assert result.count == (1 if text else 0)
    else:
        assert math.ceil(result.units / part) <= result.count <= math.ceil(result.units / (part - 1))
    if result.encoding == "UCS-2":
        assert result.units == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_transliteration_keeps_turkish_and_kurdish_readable() -> None:
    assert to_gsm_ascii("Çığlık, şöyle: “Ağrı” … İĞÜ êîû") == 'Ciglik, soyle: "Agri" ... IGU eiu'
    assert to_gsm_ascii("acil\nخطر") == "acil\n???"


@given(st.text())
def test_a_transliterated_text_always_fits_the_short_alphabet(text: str) -> None:
    result = to_gsm_ascii(text)
    assert result.isascii()
    assert segments(result).encoding == "GSM-7"
