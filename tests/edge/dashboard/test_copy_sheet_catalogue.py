"""Administrators change what a copy sheet holds, for one centre or for the house, after they saw the difference."""

from __future__ import annotations

import html
import re
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.catalogue import as_typed
from core.unit_of_work import unit_of_work
from escalation.cases.copying import catalogue_rows
from escalation.cases.copying.catalogues import sheets_catalogue
from escalation.cases.copying.models import SheetVersion
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_copy_sheets import _sheets, audited, rows_of
from tests.edge.dashboard.test_petitions import Matter, matter

__all__ = ["_sheets", "matter"]

SHORT = """kind: decision
source: Ekran 12, 2026-11-20
rows:
  - field: docket
    label: {tr: Esas, en: Docket}
  - field: authority
    label: {tr: Mahkeme, en: Court}
"""


def proposal_of(page: str, path: str) -> str:
    found = re.search(rf'action="{path}/([0-9a-f-]+)/confirm"', page)
    assert found is not None
    return found[1]


def test_an_administrator_changes_order_and_fields_for_one_centre_after_a_diff(
    matter: Matter, elsewhere: House
) -> None:
    house, path = matter.house, "/catalogues/copy-sheets"
    admin = house.browser("admin")
    mine = str(house.desk.centre_id)
    assert 'href="/catalogues"' in admin.get("/shifts").text
    assert admin.post(path, {"centre": mine, "typed": SHORT}).status_code == 303
    page = admin.get(path)
    diff = shown(page)
    assert "docket 6. Esas / değişik iş no / Docket number 1. Esas / Docket" in diff
    assert "taken out" in diff
    proposal = proposal_of(page.text, path)
    sheet = f"/decisions/{matter.decision}/copy"
    assert "Docket number" in matter.lawyer.get(sheet).text
    # The code is asked for again, and only then the change holds.
    asked = admin.post(f"{path}/{proposal}/confirm")
    assert asked.status_code == 403
    assert 'action="/step-up"' in asked.text
    admin = house.browser(account_id=admin.account_id, stepped_up=True)
    other = elsewhere.browser("admin", stepped_up=True)
    assert other.post(f"{path}/{proposal}/confirm").status_code == 422
    assert admin.post(f"{path}/{proposal}/confirm").status_code == 303
    assert list(rows_of(matter.lawyer.get(sheet).text)) == ["Docket", "Court"]
    assert admin.post(f"{path}/{proposal}/confirm").status_code == 422
    with unit_of_work(house.ground) as session:
        states = session.execute(
            select(SheetVersion.centre_id, SheetVersion.origin).where(
                SheetVersion.kind == "decision", SheetVersion.state == "current"
            )
        ).all()
    assert sorted(origin for _centre, origin in states) == ["administrator", "shipped"]
    looked = shown(admin.post(path, {"do": "look", "centre": mine}))
    assert "Copy sheet of a decision version 1, Merkez" in looked
    assert "Copy sheet of a case version" in looked
    # An update does not take her form away.
    with unit_of_work(house.ground) as session:
        catalogue_rows.load_catalogues(session)
    assert list(rows_of(matter.lawyer.get(sheet).text)) == ["Docket", "Court"]


def own_sheet(house: House, typed: str = SHORT, centre: str | None = None) -> Browser:
    """An administrator who gave her centre, or whom ``centre`` names, this sheet."""
    path = "/catalogues/copy-sheets"
    admin = house.browser("admin", stepped_up=True)
    mine = str(house.desk.centre_id) if centre is None else centre
    assert admin.post(path, {"centre": mine, "typed": typed}).status_code == 303
    proposal = proposal_of(admin.get(path).text, path)
    assert admin.post(f"{path}/{proposal}/confirm").status_code == 303
    return admin


def test_a_centre_returns_to_the_houses_sheet_after_a_diff(matter: Matter, elsewhere: House) -> None:
    house, path, sheet = matter.house, "/catalogues/copy-sheets", f"/decisions/{matter.decision}/copy"
    wish = {"do": "return", "kind": "decision", "centre": str(house.desk.centre_id)}
    before = rows_of(matter.lawyer.get(sheet).text)
    # Where no sheet of its own stands there is nothing to give up, and no button for it.
    admin = house.browser("admin", stepped_up=True)
    assert 'value="return"' not in admin.get(path).text
    refused = admin.post(path, wish)
    assert (refused.status_code, "Nothing would change." in shown(refused)) == (422, True)
    admin = own_sheet(house)
    assert list(rows_of(matter.lawyer.get(sheet).text)) == ["Docket", "Court"]
    assert 'value="return"' in admin.get(path).text
    assert elsewhere.browser("admin", stepped_up=True).post(path, wish).status_code == 403
    assert admin.post(path, wish).status_code == 303
    page = admin.get(path)
    assert "Copy sheet of a decision · Merkez: back to the house's" in html.unescape(shown(page))
    assert "docket 1. Esas / Docket 6. Esas / değişik iş no / Docket number" in shown(page)
    assert list(rows_of(matter.lawyer.get(sheet).text)) == ["Docket", "Court"]
    proposal = proposal_of(page.text, path)
    unasked = house.browser(account_id=admin.account_id)
    assert unasked.post(f"{path}/{proposal}/confirm").status_code == 403
    assert admin.post(f"{path}/{proposal}/confirm").status_code == 303
    assert rows_of(matter.lawyer.get(sheet).text) == before
    assert audited(house, proposal) == ["copy_sheet_proposed", "copy_sheet_changed"]
    assert admin.post(path, wish).status_code == 422
    # An own sheet may come again, and is the next version after the return.
    own_sheet(house)
    assert "version 3, Merkez" in shown(admin.get(path))


def test_a_return_is_not_confirmed_to_another_sheet_than_the_one_shown(matter: Matter) -> None:
    house, path = matter.house, "/catalogues/copy-sheets"
    admin = own_sheet(house)
    assert (
        admin.post(path, {"do": "return", "kind": "decision", "centre": str(house.desk.centre_id)}).status_code == 303
    )
    proposal = proposal_of(admin.get(path).text, path)
    with unit_of_work(house.ground) as session:
        row = session.scalars(
            select(SheetVersion).where(
                SheetVersion.kind == "decision", SheetVersion.state == "current", SheetVersion.centre_id.is_(None)
            )
        ).one()
        row.body = {**row.body, "rows": row.body["rows"][1:]}
    refused = admin.post(f"{path}/{proposal}/confirm")
    assert refused.status_code == 422
    assert "Another version has come since" in shown(refused)
    assert list(rows_of(matter.lawyer.get(f"/decisions/{matter.decision}/copy").text)) == ["Docket", "Court"]
    assert admin.post(f"{path}/{proposal}/drop").status_code == 303
    with unit_of_work(house.ground) as session:
        states = session.scalars(select(SheetVersion.state).where(SheetVersion.id == UUID(proposal))).all()
    assert states == ["dropped"]


def test_a_centres_administrator_changes_neither_the_house_nor_another_centre(house: House, elsewhere: House) -> None:
    path = "/catalogues/copy-sheets"
    admin = house.browser("admin")
    for centre in ("", str(elsewhere.desk.centre_id)):
        assert admin.post(path, {"centre": centre, "typed": SHORT}).status_code == 403
    assert house.browser("director").get(path).status_code == 403
    assert house.browser("director").post(path, {"centre": "", "typed": SHORT}).status_code == 403


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (SHORT.replace("docket", "dcket"), "these fields are not known: dcket"),
        (SHORT.replace("field: authority", "field: docket"), "these fields stand twice: docket"),
        (SHORT.replace("tr: Mahkeme", "tr: ''"), "Line 7, rows.1.label.tr: is empty"),
        (SHORT.replace("    label: {tr: Esas, en: Docket}\n", ""), "Line 4, rows.0.label: is missing"),
        (SHORT.replace("kind: decision", "kind: person"), "Line 1, kind: is none of the words"),
        (SHORT.replace("label: {tr: Mahkeme", "label: {tr Mahkeme: : "), "Line 7: this cannot be read"),
        ("a: &a [x]\nb: *a\n", "Line 1: a reference"),
        (SHORT + "kind: intake\n", "a key stands twice"),
        ("[" * 5000, "this cannot be read"),
        ("x" * 60_001, "the text is too long"),
        ("", "does not fit here"),
    ],
    ids=lambda value: value[:20],
)
def test_what_cannot_be_read_is_refused_with_its_line_and_kept_in_the_form(house: House, typed: str, told: str) -> None:
    admin = house.browser("admin")
    refused = admin.post("/catalogues/copy-sheets", {"centre": str(house.desk.centre_id), "typed": typed})
    assert refused.status_code == 422
    assert told in shown(refused)


def test_the_shipped_sheet_changes_nothing(house: House) -> None:
    admin = house.browser("admin")
    with unit_of_work(house.ground) as session:
        body = catalogue_rows.standing(session, "case", None).sheet.model_dump(mode="json")
    mine = str(house.desk.centre_id)
    refused = admin.post("/catalogues/copy-sheets", {"centre": mine, "typed": as_typed(body)})
    assert refused.status_code == 422
    assert "Nothing would change." in shown(refused)


def test_where_no_sheet_was_loaded_the_shipped_one_is_read(house: House) -> None:
    with unit_of_work(house.ground) as session:
        session.execute(text("UPDATE cases_copy_sheets SET state = 'past' WHERE state = 'current'"))
        found = catalogue_rows.standing(session, "case", house.desk.centre_id)
    shipped = next(sheet for sheet in sheets_catalogue().sheets if sheet.kind == "case")
    assert (found.sheet, found.number, found.centre_id) == (shipped, 0, None)
