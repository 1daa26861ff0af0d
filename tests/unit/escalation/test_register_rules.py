from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.cases.register.catalogues import detention_catalogue, forms_catalogue, measures_catalogue
from escalation.cases.register.rules import breaches, decisions, papers, periods, standing

DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
LENGTHS = st.builds(periods.Length, st.integers(1, 400), st.sampled_from(periods.UNITS))


def test_every_sub_paragraph_of_the_three_articles_is_there_with_its_letter() -> None:
    letters = dict.fromkeys("345", "")
    for item in measures_catalogue().measures:
        if item.article in letters:
            letters[item.article] += item.letter or "*"
            assert item.ref == f"{item.article}/1" + (f"-{item.letter}" if item.letter else "")
    assert letters == {"3": "abcçd*", "4": "abcç*", "5": "abcçdefgğhı*"}


def test_the_police_may_decide_six_measures_urgently() -> None:
    urgent = {item.code: item.urgent for item in measures_catalogue().measures if item.urgent is not None}
    assert set(urgent) == {"p3_a", "p3_ch", "o5_a", "o5_b", "o5_c", "o5_d"}
    assert {(item.approver, item.hours) for item in urgent.values()} == {("civil_authority", 48), ("judge", 24)}


def test_forms_tick_only_what_their_authority_decides() -> None:
    known = {item.code: item for item in measures_catalogue().measures}
    for form in forms_catalogue().forms:
        assert decisions.hints(form.authority, [known[code] for code in form.ticked]) == ()


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        (date(2026, 8, 31), periods.Length(6, "months"), date(2027, 2, 28)),
        (date(2027, 8, 31), periods.Length(6, "months"), date(2028, 2, 29)),
        (date(2026, 12, 18), periods.Length(2, "weeks"), date(2027, 1, 1)),
    ],
)
def test_months_end_with_their_month(start: date, length: periods.Length, end: date) -> None:
    assert length.after(start) == end


@given(
    st.sampled_from(periods.START_BASES), DAYS, st.none() | st.integers(0, 90), st.none() | st.integers(0, 90), LENGTHS
)
def test_the_safe_end_is_never_later_than_any_reading(
    basis: periods.StartBasis, decided: date, told: int | None, served: int | None, length: periods.Length
) -> None:
    later = [None if days is None else decided + timedelta(days=days) for days in (told, served)]
    reading = periods.read(basis, periods.Starts(decided, *later), length)
    assert reading.safe_ends == length.after(decided)
    assert reading.ends is None or reading.safe_ends <= reading.ends
    assert (reading.begins is None) == (reading.ends is None)


@given(st.integers(1, 366), st.lists(st.integers(1, 60), max_size=8))
def test_a_length_of_detention_is_hinted_at_by_what_was_ordered_before(days: int, earlier: list[int]) -> None:
    hints = breaches.detention_hints(days, earlier, detention_catalogue())
    assert ("outside_first" in hints) == (not earlier and not 3 <= days <= 10)
    assert ("outside_repeated" in hints) == (bool(earlier) and not 15 <= days <= 30)
    assert ("over_cap" in hints) == (days + sum(earlier) > 181)


@given(
    st.lists(
        st.builds(
            standing.Held,
            st.sampled_from(decisions.STATES),
            protects=st.booleans(),
            safe_end=st.none() | DAYS,
            end_known=st.booleans(),
            served=st.booleans(),
            secrecy=st.booleans(),
        ),
        max_size=4,
    ),
    DAYS,
)
def test_no_protection_is_never_said_while_anything_may_protect_her(held: list[standing.Held], day: date) -> None:
    may = any(item.protects and item.state in (*decisions.IN_FORCE, *decisions.WAITING) for item in held)
    assert (standing.protected(held, day) == "none_known") == (not may)
    acts = standing.today(held, (), (), day)
    assert may or "ask_service" not in acts
    assert not may or "apply_again" not in acts


@pytest.mark.parametrize("typed", ["2026/12", " 2026 / 0012 D.İş", "2026/12 E.", "٢٠٢٦/١٢"])
def test_a_number_is_one_however_it_is_typed(typed: str) -> None:
    assert papers.file_number(typed) == "2026/12"


def _packed(part: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr(part, "x")
    return packed.getvalue()


def test_a_paper_is_known_by_its_content() -> None:
    assert papers.media_type(_packed("word/document.xml")) == papers.DOCX
    assert papers.media_type(_packed("content.xml")) == papers.UDF
    assert papers.media_type(_packed("virus.exe")) is None
    assert papers.media_type(b"<html>") is None
    assert papers.media_type(b"%PDF-1.4") == papers.PDF
