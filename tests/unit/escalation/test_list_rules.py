"""Lists as pure rules: bounded reading, and every row either made or with its problems."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.cases.lists import reading, rules
from escalation.cases.lists.catalogues import columns_catalogue
from escalation.cases.lists.example import example
from escalation.cases.lists.reading import ListError, Row
from escalation.cases.lists.rules import Known
from escalation.cases.register.catalogues import measures_catalogue

CODES = [column.code for column in columns_catalogue().columns]
KNOWN = Known(
    {one.code: one for one in measures_catalogue().measures}, {"06": "Ankara", "63": "Şanlıurfa"}, date(2026, 11, 26)
)
GOOD: dict[str, Any] = {
    "own_number": "2026-1",
    "protected": "Ayşe Örnek",
    "authority_kind": "hâkim",
    "province": "ANKARA",
    "authority": "Ankara 3. Aile Mahkemesi",
    "docket": "2026/12",
    "decided_on": date(2026, 11, 1),
    "measures": "5/1-a, 5/1-ç; 5/1-ğ",
    "days": "180",
}


def book(*rows: dict[str, Any], titles: str = "tr") -> bytes:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.append([getattr(column.title, titles) for column in columns_catalogue().columns])
    for row in rows:
        sheet.append([row.get(code) for code in CODES])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def reason(content: bytes) -> str:
    with pytest.raises(ListError) as caught:
        reading.read(content)
    return caught.value.reason


def checked(**changes: Any) -> rules.Checked:
    cells = {code: value for code, value in {**GOOD, **changes}.items() if value is not None}
    return rules.check([Row(2, cells)], KNOWN)[0]


def problems(**changes: Any) -> set[tuple[str, str]]:
    return {(one.column, one.reason) for one in checked(**changes).problems}


@pytest.mark.parametrize("titles", ["tr", "en"])
def test_a_list_is_read_by_its_titles_in_either_language(titles: str) -> None:
    [row] = reading.read(book(GOOD, titles=titles))
    assert (row.number, row.cells["decided_on"], row.cells["protected"]) == (2, date(2026, 11, 1), "Ayşe Örnek")


def test_the_example_is_a_list_without_problems() -> None:
    [one] = rules.check(reading.read(example()), KNOWN)
    assert one.problems == ()
    assert one.paper is not None
    assert one.paper.codes == ("o5_a", "o5_c")


def test_what_is_no_list_or_too_large_is_refused_before_it_is_unpacked() -> None:
    assert reason(b"") == "empty"
    assert reason(b"x" * (reading.LARGEST + 1)) == "too_large"
    assert reason(b"PK nothing") == "not_a_list"
    assert reason(packed(other_xml=b"<a/>")) == "not_a_list"
    assert reason(packed(xl__workbook_xml=b"<a/>")) == "not_a_list"
    bomb = packed(xl__workbook_xml=b"<a/>", xl__big_xml=b"0" * (reading.LARGEST_UNPACKED + 1))
    assert len(bomb) < reading.LARGEST
    assert reason(bomb) == "too_large"
    assert reason(packed(**{f"xl__p{n}_xml": b"" for n in range(reading.MOST_PARTS + 1)})) == "too_large"
    laughs = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert reason(packed(xl__workbook_xml=laughs)) == "not_a_list"
    assert reason(packed(xl__workbook_xml=laughs.decode().encode("utf-16"))) == "not_a_list"
    assert reason(book()) == "no_rows"
    assert reason(book(*[GOOD] * (reading.MOST_ROWS + 1))) == "too_many_rows"


def test_missing_columns_are_named() -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["Dosya no"])
    out = io.BytesIO()
    made.save(out)
    with pytest.raises(ListError) as caught:
        reading.read(out.getvalue())
    assert (caught.value.reason, caught.value.details) == ("columns_missing", ("protected", "measures"))


def test_a_formula_is_no_value() -> None:
    [row] = reading.read(book({**GOOD, "days": "=60*3", "protected": '=HYPERLINK("http://x","Ayşe")'}))
    assert row.formulas == {"days", "protected"}
    assert "days" not in row.cells
    [one] = rules.check([row], KNOWN)
    assert {(item.column, item.reason) for item in one.problems} >= {("days", "formula"), ("protected", "formula")}


def test_paragraphs_of_the_law_are_told_apart_by_their_turkish_letters() -> None:
    paper = checked().paper
    assert paper is not None
    assert paper.codes == ("o5_a", "o5_ch", "o5_gh")
    assert problems(measures="5/1-c, m. 5/1-C") == set()
    assert problems(measures="5/1-z") == {("measures", "unknown_measure")}
    assert problems(measures="5/1") == {("measures", "other_by_hand")}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"own_number": None}, ("own_number", "needed")),
        ({"protected": None}, ("protected", "needed")),
        ({"level": "7"}, ("level", "wrong_level")),
        ({"case_ref": "nothing"}, ("case_ref", "unknown_case")),
        ({"authority_kind": "noter"}, ("authority_kind", "unknown_kind")),
        ({"authority_kind": "Kolluk"}, ("authority_kind", "police_by_hand")),
        ({"province": "Atlantis"}, ("province", "unknown_province")),
        ({"authority": None}, ("authority", "needed")),
        ({"docket": None}, ("number", "number_needed")),
        ({"decided_on": None}, ("decided_on", "needed")),
        ({"decided_on": "31.02.2026"}, ("decided_on", "wrong_day")),
        ({"decided_on": date(2027, 1, 1)}, ("decided_on", "in_future")),
        ({"days": "yüz"}, ("days", "wrong_days")),
        ({"days": None}, ("days", "no_end")),
        ({"days": "5"}, ("days", "ended")),
        ({"until": "2026-10-01"}, ("until", "before_decision")),
        ({"served_on": "01.10.2026"}, ("served_on", "before_decision")),
        ({"against": "x" * 121}, ("against", "too_long")),
    ],
)
def test_each_wrong_cell_is_told(changes: dict[str, Any], found: tuple[str, str]) -> None:
    assert found in problems(**changes)


def test_a_row_beside_those_before_it() -> None:
    rows = [
        Row(2, GOOD),
        Row(3, {**GOOD, "docket": "2026 / 012 D.İş", "authority": "ANKARA 3. AİLE MAHKEMESİ"}),
        Row(4, {"own_number": "2026-1", "protected": "Başka Biri"}),
        Row(5, {"own_number": "2026-1", "protected": "AYŞE ÖRNEK"}),
        Row(6, {"own_number": "2026-2", "protected": "Fatma Örnek", "level": "1"}),
    ]
    found = rules.check(rows, KNOWN)
    assert [[(one.reason, one.about) for one in row.problems] for row in found] == [
        [],
        [("twice_in_list", "2")],
        [("another_name", "")],
        [],
        [],
    ]
    assert found[4].paper is None
    assert found[4].level == 1


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(CODES), st.one_of(st.text(max_size=30), st.dates()), min_size=1), max_size=6
    )
)
def test_whatever_stands_in_the_cells_each_row_is_made_or_has_problems(rows: list[dict[str, Any]]) -> None:
    found = rules.check([Row(number, cells) for number, cells in enumerate(rows, start=2)], KNOWN)
    assert len(found) == len(rows)
    for one in found:
        assert one.problems or (one.own_number and one.protected)
        assert {item.column for item in one.problems} <= set(CODES)
