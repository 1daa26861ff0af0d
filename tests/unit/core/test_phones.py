from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phones import Address, is_never_dial, last_digits, national_forms, never_dial, parse_address

SHE = "+905321234567"


@pytest.mark.parametrize(
    "written",
    [
        SHE,
        "05321234567",
        "0532 123 45 67",
        "(0532) 123-45-67",
        "5321234567",
        "00905321234567",
        "+90 (532) 123 45 67",
        "tel:+90-532-123-45-67",
        "٠٥٣٢١٢٣٤٥٦٧",
        "+۹۰۵۳۲۱۲۳۴۵۶۷",
    ],
)
def test_one_number_however_it_is_written(written: str) -> None:
    assert parse_address(written) == Address("number", SHE)


@pytest.mark.parametrize(
    "marker",
    [
        None,
        "",
        "  ",
        "anonymous",
        "Anonymous",
        "unknown",
        "restricted",
        "private",
        "unavailable",
        "blocked",
        "withheld",
        "+266696687",
        "266696687",
        "+86282452253",
        "+8656696",
        "+2562533",
        "+7378742833",
        "+464",
        "sip:anonymous@anonymous.invalid",
    ],
)
def test_a_withheld_caller_has_no_key(marker: str | None) -> None:
    assert parse_address(marker) == Address("withheld", "")


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("client:op_17", "client", "op_17"),
        ("CLIENT:op_17", "client", "op_17"),
        ("client:", "invalid", "client:"),
        ("sip:desk@centre.example", "sip", "desk@centre.example"),
        ("whatsapp:+905321234567", "whatsapp", SHE),
        ("whatsapp:TR.1234", "invalid", "whatsapp:TR.1234"),
        ("whatsapp:anonymous", "invalid", "whatsapp:anonymous"),
        ("112", "short_code", "112"),
        ("+90112", "short_code", "112"),
        ("+90183", "short_code", "183"),
        ("8850", "short_code", "8850"),
        ("444 80 86", "number", "+904448086"),
        ("GARANTI", "invalid", "GARANTI"),
        ("0800FLOWERS", "invalid", "0800FLOWERS"),
        ("foo:05321234567", "invalid", "foo:05321234567"),
        ("+905321234567;ext=12", "invalid", "+905321234567;ext=12"),
        ("+999123456789", "invalid", "+999123456789"),
        ("+4930901820", "number", "+4930901820"),
    ],
)
def test_the_kind_is_decided_before_the_number_is_read(raw: str, kind: str, value: str) -> None:
    address = parse_address(raw)
    assert (address.kind, address.value) == (kind, value)


@given(st.text(max_size=80))
def test_parsing_never_fails_and_a_number_reads_as_itself(raw: str) -> None:
    address = parse_address(raw)
    assert len(address.value) <= max(64, len(raw))
    if address.kind in {"number", "client", "sip", "whatsapp"}:
        assert parse_address(address.uri) == address


@given(st.sampled_from(["532", "505", "541", "312", "212"]), st.integers(2_000_000, 9_999_999))
def test_every_spelling_of_a_turkish_number_reads_back(prefix: str, rest: int) -> None:
    address = parse_address(f"+90{prefix}{rest}")
    if address.kind == "number":
        for form in national_forms(address.value):
            assert parse_address(form) == address


def _spellings(code: str) -> list[str]:
    return [code, f"0{code}", f"+90{code}", f"90{code}", f"0090{code}", f"+90 {code}", f"tel:{code}", f"{code}#,,1"[:4]]


@pytest.mark.parametrize("code", ["112", "110", "122", "144", "155", "156", "158", "177", "183"])
def test_emergency_numbers_and_helplines_are_never_dialled(code: str) -> None:
    assert code in {entry.number for entry in never_dial().numbers}
    for spelling in _spellings(code):
        assert is_never_dial(spelling), spelling
        assert is_never_dial(parse_address(spelling)), spelling
    assert is_never_dial(f"sip:{code}@carrier.example")
    # From a mobile or another province people put the area code before it.
    for spelling in (f"0312 {code}", f"+90312{code}", f"0090 212 {code}"):
        assert is_never_dial(spelling), spelling


@pytest.mark.parametrize("code", ["182", "+90182", "0186", "1199", "8850", "11811", "+90 118 118", "tel:198"])
def test_a_short_service_number_is_never_dialled_though_no_list_names_it(code: str) -> None:
    assert is_never_dial(code)
    assert is_never_dial(parse_address(code))


@given(st.sampled_from([e.number for e in never_dial().numbers]), st.text(" .-()/#*,;", max_size=6), st.integers(0, 3))
def test_marks_in_a_dial_string_hide_nothing(code: str, marks: str, place: int) -> None:
    assert is_never_dial(code[:place] + marks + code[place:])


@pytest.mark.parametrize(
    "number",
    [
        SHE,
        "+905011830183",
        "0501 183 0 183",
        "+903121121212",
        "444 80 86",
        "client:112",
        "sip:op_17@desk.example",
        "sip:17@desk.example",
    ],
)
def test_other_numbers_may_be_dialled(number: str) -> None:
    assert not is_never_dial(number)


def test_the_last_digits_are_all_that_a_screen_shows() -> None:
    assert last_digits(SHE) == "567"
    assert last_digits(parse_address(f"whatsapp:{SHE}"), 2) == "67"
    assert last_digits("anonymous") == ""
    assert last_digits("client:op_17") == ""
    assert last_digits(SHE, 0) == ""


def test_an_address_never_shows_itself_in_a_traceback() -> None:
    assert SHE not in repr(parse_address(SHE))
    assert repr(parse_address(SHE)) == "Address(number)"


def test_national_forms_cover_how_people_write_a_number() -> None:
    forms = national_forms(SHE)
    assert {SHE, "905321234567", "05321234567", "5321234567", "0532 123 45 67", "+90 532 123 45 67"} <= forms
    with pytest.raises(ValueError, match=r"E\.164"):
        national_forms("anonymous")
