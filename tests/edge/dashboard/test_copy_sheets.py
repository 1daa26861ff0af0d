"""Copy sheets through the edge: read, marked as entered, told of later changes, kept from who may not, configured."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from escalation.cases.copying import catalogue_rows
from escalation.cases.copying.models import CopyEntry
from escalation.cases.models import Case
from escalation.cases.register import service as register
from escalation.cases.secrecy import close_contacts
from staff.scope import Scope
from staff.service import grant
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_cases import opened_case
from tests.edge.dashboard.test_petitions import COURT, Matter, matter
from tests.support.planted import ADDRESS, NAME, SENTENCE

__all__ = ["matter"]

NUMBER = "2026/ANK-00417"


@pytest.fixture(autouse=True)
def _sheets(house: House) -> None:
    """The shipped sheets are loaded, and none that another test wrote stands above them."""
    with unit_of_work(house.ground) as session:
        session.execute(text("UPDATE cases_copy_sheets SET state = 'past' WHERE state = 'current'"))
        session.execute(text("UPDATE cases_copy_sheets SET state = 'dropped' WHERE state = 'proposed'"))
        session.flush()
        catalogue_rows.load_catalogues(session)


def seen_of(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def enter(reader: Browser, path: str, number: str = NUMBER) -> None:
    answer = reader.post(path, {"number": number, "seen": seen_of(reader.get(path).text)})
    assert answer.status_code == 303, shown(answer)


def audited(house: House, subject: UUID | str) -> list[str]:
    query = select(AuditEntry.act).where(
        AuditEntry.subject_id == str(subject), AuditEntry.act.like("copy_sheet%"), AuditEntry.actor_kind == "staff"
    )
    with unit_of_work(house.ground) as session:
        return list(session.scalars(query.order_by(AuditEntry.id)))


def rows_of(page: str) -> dict[str, str]:
    """The value cell of each row, by the row's name."""
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', page, re.DOTALL)
    return {name: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for name, cell in rows}


def test_a_decision_is_copied_field_by_field_with_one_key_each(matter: Matter) -> None:
    path = f"/decisions/{matter.decision}/copy"
    assert f'href="{path}"' in matter.lawyer.get(f"/decisions/{matter.decision}").text
    page = matter.lawyer.get(path)
    rows = rows_of(page.text)
    assert rows["Authority that decided"] == COURT
    assert rows["Docket number"] == "2026/12"
    assert rows["Number of the decision"] == "2026/44"
    # The other system is Turkish whatever the screen's language.
    assert rows["Kind of authority"] == "Aile mahkemesi"
    assert rows["Province"] == "Ankara"
    assert rows["Details of the measures"].endswith(ADDRESS)
    assert rows["Served on him on"] == "Nothing recorded"
    keys = re.findall(r'data-copy-key="(.)"', page.text)
    assert len(keys) == len(set(keys)) == len(rows)
    assert list(rows)[:3] == ["File number", "Kind of authority", "Authority that decided"]
    assert "<script>" not in page.text
    assert audited(matter.house, matter.decision) == ["copy_sheet_read"]


def test_marked_as_entered_it_keeps_the_number_sealed_and_tells_a_later_change(matter: Matter) -> None:
    path = f"/decisions/{matter.decision}/copy"
    assert "Not yet entered" in shown(matter.lawyer.get(path))
    seen = seen_of(matter.lawyer.get(path).text)
    for number, words in (("", "Enter the number"), ("9" * 61, "longer than 60")):
        refused = matter.lawyer.post(path, {"number": number, "seen": seen})
        assert refused.status_code == 422
        assert words in shown(refused)
    enter(matter.lawyer, path)
    page = matter.lawyer.get(path)
    assert f"Entered in the other system under {NUMBER}." in shown(page)
    assert "changed since entered" not in shown(page).lower()
    assert "copy_sheet_entered" in audited(matter.house, matter.decision)
    with unit_of_work(matter.house.ground) as session:
        raw = session.execute(select(CopyEntry.__table__).where(CopyEntry.decision_id == matter.decision)).one()
    assert NUMBER.encode() not in raw.number_sealed
    assert NUMBER not in str(raw)
    assert COURT not in str(raw)
    notice = {"do": "notice", "party": "perpetrator", "manner": "served", "served_on": "2026-11-20"}
    answer = matter.lawyer.post(f"/decisions/{matter.decision}", notice)
    assert answer.status_code == 303, shown(answer)
    page = matter.lawyer.get(path)
    assert "Changed since entered" in shown(page)
    assert "changed since entered" in rows_of(page.text)["Served on him on"]
    assert "changed since entered" not in rows_of(page.text)["Docket number"]
    enter(matter.lawyer, path, "2026/ANK-00418")
    page = shown(matter.lawyer.get(path))
    assert "2026/ANK-00418" in page
    assert "Changed since entered" not in page


def test_what_changed_while_it_was_being_copied_is_not_marked_as_entered(matter: Matter) -> None:
    path = f"/decisions/{matter.decision}/copy"
    seen = seen_of(matter.lawyer.get(path).text)
    notice = {"do": "notice", "party": "perpetrator", "manner": "served", "served_on": "2026-11-20"}
    assert matter.lawyer.post(f"/decisions/{matter.decision}", notice).status_code == 303
    refused = matter.lawyer.post(path, {"number": NUMBER, "seen": seen})
    assert refused.status_code == 422
    assert "The record has changed since you opened the sheet" in shown(refused)
    assert f'value="{NUMBER}"' in refused.text
    enter(matter.lawyer, path)


def test_a_wish_for_secrecy_among_other_measures_is_a_wish(matter: Matter) -> None:
    path = f"/cases/{matter.case_id}/copy"
    assert rows_of(matter.worker.get(path).text)["Province"] != "Not shown: secrecy (8/6)"
    with unit_of_work(matter.house.ground) as session:
        scope = Scope.of(session, matter.worker.account_id)
        register.draft_application(
            session, scope.actor, scope, matter.case_id, purpose="measures", codes=["o5_a", "c8_6"], statement=SENTENCE
        )
    assert rows_of(matter.worker.get(path).text)["Province"] == "Not shown: secrecy (8/6)"


def test_under_secrecy_no_sheet_says_where_she_is(matter: Matter) -> None:
    path = f"/decisions/{matter.decision}/copy"
    assert ADDRESS in matter.worker.get(path).text
    matter.drawn("secrecy", about=str(matter.decision))
    for one in (path, f"/cases/{matter.case_id}/copy"):
        page = matter.worker.get(one)
        assert ADDRESS not in page.text.partition("data-copy-sheet")[2].replace(NAME, "")
        assert rows_of(page.text)["Province"] == "Not shown: secrecy (8/6)"
    # Who was given her intake and not her case learns no name from its sheet; the others find none.
    with unit_of_work(matter.house.ground) as session:
        case = session.get_one(Case, matter.case_id)
        case.confidential = True
        close_contacts(session, case)
        intake = case.intake_id
    lead, operator = matter.house.browser("shift_lead"), matter.house.browser("operator")
    assert lead.get(f"/intakes/{intake}/copy").status_code == 404
    with unit_of_work(matter.house.ground) as session:
        grant(
            session,
            lead_actor := Scope.of(session, lead.account_id).actor,
            subject_kind="intake",
            subject_id=intake,
            grantee_kind="staff",
            grantee_id=operator.account_id,
            reason="assigned",
            centre_id=lead_actor.centre_id,
        )
    page = operator.get(f"/intakes/{intake}/copy")
    rows = rows_of(page.text)
    assert page.status_code == 200
    for name in ("Name and surname", "Province", "District", "Description"):
        assert rows[name] == "Not shown: secrecy (8/6)"
    assert rows["Application number"] != ""


def test_a_field_of_another_kind_of_record_is_kept_from_who_may_not_read_it(matter: Matter) -> None:
    health = matter.house.browser("health")
    with unit_of_work(matter.house.ground) as session:
        case = session.get_one(Case, matter.case_id)
        ref, contact = case.ref, case.contact_id
    assert contact is not None
    matter.house.grant(health, contact, ref)
    path = f"/cases/{matter.case_id}/copy"
    rows = rows_of(health.get(path).text)
    assert rows["Decisions on measures"] == "Not shown: you may not read this"
    assert COURT not in health.get(path).text
    assert COURT in rows_of(matter.worker.get(path).text)["Decisions on measures"]
    enter(health, path)
    # What she could not see was not entered by her, and has not changed for who can.
    assert "changed since entered" not in shown(matter.worker.get(path)).lower()


def test_an_intake_is_copied_by_who_works_on_it_and_marked_in_its_own_key(house: House) -> None:
    operator, contact, _ref = opened_case(house)
    intake = house.desk.intake(contact)
    path = f"/intakes/{intake.id}/copy"
    assert f'href="{path}"' in operator.get(f"/contacts/{contact}").text
    assert operator.save(f"/intakes/{intake.id}", {"display_name": NAME, "district": "Çankaya"}).status_code == 200
    rows = rows_of(operator.get(path).text)
    assert (rows["Name and surname"], rows["District"]) == (NAME, "Çankaya")
    enter(operator, path)
    operator.save(f"/intakes/{intake.id}", {"district": "Mamak"})
    assert "changed since entered" in rows_of(operator.get(path).text)["District"]
    with unit_of_work(house.ground) as session:
        entry = session.scalars(select(CopyEntry).where(CopyEntry.intake_id == intake.id)).one()
        assert entry.entered_by == operator.account_id
        found = session.execute(
            text("SELECT data_key_id FROM intake_intakes WHERE id = :id"), {"id": intake.id}
        ).scalar_one()
        assert entry.data_key_id == found
    director = house.browser("director")
    page = director.get(path)
    assert 'name="number"' not in page.text
    refused = director.post(path, {"number": NUMBER, "seen": seen_of(operator.get(path).text)})
    assert refused.status_code == 403


def test_another_centre_finds_no_sheet(matter: Matter, elsewhere: House) -> None:
    with unit_of_work(matter.house.ground) as session:
        intake = session.get_one(Case, matter.case_id).intake_id
    paths = (f"/intakes/{intake}/copy", f"/cases/{matter.case_id}/copy", f"/decisions/{matter.decision}/copy")
    for path in paths:
        seen = "0" * 64
        for role in ("director", "legal", "social_worker"):
            reader = elsewhere.browser(role)
            for answer in (reader.get(path), reader.post(path, {"number": NUMBER, "seen": seen})):
                assert answer.status_code in (403, 404), (path, role)
                assert COURT not in answer.text
                assert SENTENCE not in answer.text
    assert matter.house.browser("perpetrator_worker").get(paths[1]).status_code == 403
