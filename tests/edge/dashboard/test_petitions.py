"""Petitions through the edge: drawn up, completed, approved by her, released by a lawyer, taken as files."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from core.audit import AuditEntry
from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.models import Case
from escalation.cases.register import service as register
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_cases import opened_case
from tests.support.planted import ADDRESS, NAME, SENTENCE

AGAINST = "Şükrü Ğündoğdu"
COURT = "Ankara 3. Aile Mahkemesi"


@dataclass
class Matter:
    """A case with a decision, its worker and a lawyer of the centre."""

    house: House
    worker: Browser
    lawyer: Browser
    case_id: UUID
    ref: str
    court: UUID
    decision: UUID

    def drawn(self, purpose: str, **more: str) -> str:
        """A new petition; its address."""
        form = {"purpose": purpose, "authority": str(self.court), "statement": SENTENCE, **more}
        answer = self.worker.post(f"/cases/{self.case_id}/petitions", form)
        assert answer.status_code == 303, shown(answer)
        return answer.headers["Location"]

    def written(self, path: str, **more: object) -> None:
        form = {"authority": str(self.court), "applicant": NAME, "against": AGAINST, "statement": SENTENCE, **more}
        assert self.worker.post(path, form).status_code == 303

    def acts(self, path: str) -> list[str]:
        query = select(AuditEntry.act).where(
            AuditEntry.subject_id == path.rsplit("/", 1)[1], AuditEntry.subject_kind == "petition"
        )
        with unit_of_work(self.house.ground) as session:
            return sorted(set(session.scalars(query)))


@pytest.fixture
def matter(house: House) -> Matter:
    _, contact, ref = opened_case(house)
    worker, lawyer = house.browser("social_worker"), house.browser("legal")
    house.grant(worker, contact, ref)
    with unit_of_work(house.ground) as session:
        case_id = session.scalars(select(Case.id).where(Case.ref == ref)).one()
        scope = Scope.of(session, lawyer.account_id)
        court = register.add_authority(session, scope.actor, scope, "judge", "06", COURT)
        today = now(session).astimezone(ISTANBUL).date()
        items = (NewItem("o5_a", Length(90, "days")), NewItem("o5_c", Length(90, "days"), detail=ADDRESS))
        new = NewDecision(court, today - timedelta(days=60), items, docket="2026/12", number="2026/44")
        decision = register.record_decision(session, scope.actor, scope, case_id, new)
        register.report_breach(
            session, scope.actor, scope, decision, ["o5_c"], now(session) - timedelta(days=1), account="kapıya geldi"
        )
    return Matter(house, worker, lawyer, case_id, ref, court, decision)


def words_of(answer: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(answer)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist() if name.endswith("xml"))


def test_a_draft_says_in_words_what_it_lacks_and_is_not_approved_before(matter: Matter) -> None:
    path = matter.drawn("measures")
    page = matter.worker.get(path)
    assert "missing: the measures that are asked for" in shown(page)
    assert "missing: her name, as it stands in her papers" in shown(page)
    assert 'name="manner"' not in page.text
    refused = matter.worker.post(f"{path}/approve", {"manner": "oral"})
    assert refused.status_code == 422
    assert "Something is missing" in shown(refused)
    matter.written(path, codes=["o5_a", "o5_c"], address=ADDRESS)
    page = matter.worker.get(path)
    assert "missing:" not in shown(page)
    assert NAME in page.text
    assert AGAINST in page.text
    assert f"Adres: {ADDRESS}" in page.text


def test_the_watermark_goes_when_she_approved_and_a_lawyer_released(matter: Matter) -> None:
    path = matter.drawn("measures")
    matter.written(path, codes=["o5_a"], address=ADDRESS)
    assert "TASLAK" in words_of(matter.worker.get(f"{path}/docx").data)
    assert matter.lawyer.post(f"{path}/release").status_code == 422
    assert matter.worker.post(f"{path}/approve", {"manner": "oral"}).status_code == 303
    assert "TASLAK" in words_of(matter.worker.get(f"{path}/docx").data)
    # What she approved is not changed, and a case worker is no lawyer.
    assert matter.worker.post(path, {"applicant": "Başka"}).status_code == 422
    assert matter.worker.post(f"{path}/release").status_code == 403
    assert matter.lawyer.post(f"{path}/release").status_code == 303
    assert matter.lawyer.post(f"{path}/release").status_code == 422
    answer = matter.worker.get(f"{path}/docx")
    words = words_of(answer.data)
    assert "TASLAK" not in words
    assert NAME in words
    assert SENTENCE in words
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dilekce.docx"'
    assert answer.headers["Cache-Control"] == "no-store"
    pdf = matter.worker.get(f"{path}/pdf")
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="dilekce.pdf"'
    assert matter.worker.get(f"{path}/odt").status_code == 404
    acts = ["petition_approved_by_her", "petition_read", "petition_released", "petition_taken", "petition_written"]
    assert [act for act in matter.acts(path) if act != "petition_read"] == [
        act for act in acts if act != "petition_read"
    ]


@pytest.mark.parametrize("purpose", ["breach", "extension", "monitoring"])
def test_the_others_are_filled_from_the_decision_they_are_about(matter: Matter, purpose: str) -> None:
    path = matter.drawn(purpose, about=str(matter.decision))
    matter.written(path, address=ADDRESS)
    page = matter.worker.get(path)
    assert "missing:" not in shown(page)
    assert COURT in page.text
    assert "2026/44" in page.text
    assert ("kapıya geldi" in page.text) is (purpose != "extension")


def test_where_secrecy_is_asked_for_no_file_holds_her_address(matter: Matter) -> None:
    path = matter.drawn("breach", about=str(matter.decision))
    matter.written(path, address=ADDRESS, statement=f"{ADDRESS} önünde bekledi")
    assert ADDRESS in matter.worker.get(path).text
    matter.worker.post(f"{path}/approve", {"manner": "written"})
    assert matter.lawyer.post(f"{path}/release").status_code == 303
    assert ADDRESS in words_of(matter.worker.get(f"{path}/docx").data)
    # Another application asks for secrecy: from now on the address stands nowhere, also in what was released before.
    other = matter.drawn("secrecy", about=str(matter.decision))
    matter.written(other, address=ADDRESS)
    for one in (path, other):
        assert ADDRESS not in words_of(matter.worker.get(f"{one}/docx").data)
        page = matter.worker.get(one).text
        assert ADDRESS not in page.split('class="case-side"')[0]
        assert "Secrecy (8/6) is asked for or in force" in page
    assert "gizli tutulmaktadır" in words_of(matter.worker.get(f"{other}/docx").data)


def test_who_may_not_read_the_register_of_the_case_finds_no_petition(matter: Matter, elsewhere: House) -> None:
    path = matter.drawn("measures")
    for reader, status in ((elsewhere.browser("legal"), 404), (matter.house.browser("social_worker"), 404)):
        for answer in (
            reader.get(path),
            reader.get(f"{path}/docx"),
            reader.get(f"/cases/{matter.case_id}/petitions"),
            reader.post(path, {"applicant": NAME}),
            reader.post(f"{path}/approve", {"manner": "oral"}),
        ):
            assert answer.status_code == status
    assert matter.house.browser("perpetrator_worker").get(path).status_code == 403
    listed = matter.lawyer.get(f"/cases/{matter.case_id}/petitions")
    assert f'href="{path}"' in listed.text
    assert f'href="/cases/{matter.case_id}/petitions"' in matter.worker.get(f"/cases/{matter.ref}").text


def test_a_wrong_form_is_shown_again(matter: Matter) -> None:
    refused = matter.worker.post(f"/cases/{matter.case_id}/petitions", {"purpose": "unheard", "statement": SENTENCE})
    assert refused.status_code == 422
    assert "Choose what is asked for" in shown(refused)
    assert SENTENCE in refused.text


def link_of(page: TestResponse, words: str) -> str:
    """Where the link with these words leads; empty where the words are no link."""
    found = re.search(rf'<a href="([^"]+)">{re.escape(words)}</a>', page.text)
    return "" if found is None else html.unescape(found[1])


def chosen(page: TestResponse, name: str) -> list[str]:
    """What is selected in a field of the form."""
    field = page.text.split(f'name="{name}"', 1)[1].split("</select>", 1)[0]
    return re.findall(r'<option value="([^"]*)" selected', field)


@pytest.mark.parametrize(
    ("purpose", "place", "words"),
    [
        ("extension", "/decisions/{decision}", "Extension"),
        ("monitoring", "/decisions/{decision}", "Electronic monitoring"),
        ("breach", "/decisions/{decision}", "Draft the breach notice with detention request"),
        ("extension", "/cases/{ref}", "Apply for an extension"),
        ("breach", "/cases/{ref}", "Report the breach to the prosecutor or the court"),
        ("secrecy", "/cases/{ref}", "secrecy (8/6) not asked for"),
        ("secrecy", "/cases/{ref}", "Ask her about secrecy (8/6)"),
    ],
)
def test_a_petition_begins_where_its_need_is_seen(matter: Matter, purpose: str, place: str, words: str) -> None:
    path = place.format(decision=matter.decision, ref=matter.ref)
    href = link_of(matter.worker.get(path), words)
    assert href, words
    parts = urlsplit(href)
    form = matter.worker.get(parts.path, **dict(parse_qsl(parts.query)))
    assert 'id="new"' in form.text
    filled = {name: chosen(form, name) for name in ("purpose", "about", "authority")}
    # The court that decided is asked again, and may be changed.
    assert filled == {"purpose": [purpose], "about": [str(matter.decision)], "authority": [str(matter.court)]}
    drawn = {name: values[0] for name, values in filled.items()} | {"statement": SENTENCE}
    answer = matter.worker.post(f"/cases/{matter.case_id}/petitions", drawn)
    assert answer.status_code == 303
    page = matter.worker.get(answer.headers["Location"])
    assert COURT in page.text
    assert "2026/12" in page.text
    # What is asked for already is not asked for again.
    if purpose in ("extension", "secrecy"):
        assert f"purpose={purpose}" not in matter.worker.get(f"/cases/{matter.ref}").text


def test_without_protection_the_application_begins_at_what_is_to_be_done(matter: Matter) -> None:
    with unit_of_work(matter.house.ground) as session:
        session.execute(text("UPDATE cases_decisions SET state = 'lapsed' WHERE id = :id"), {"id": matter.decision})
    href = link_of(matter.worker.get(f"/cases/{matter.ref}"), "Apply again today: no protection is known")
    assert href == f"/cases/{matter.case_id}/applications/new"
    assert matter.worker.get(href).status_code == 200
    # A decision that is over is not extended.
    assert link_of(matter.worker.get(f"/decisions/{matter.decision}"), "Extension") == ""


def test_who_may_not_write_in_the_case_is_offered_no_draft(matter: Matter) -> None:
    director = matter.house.browser("director")
    for path in (f"/cases/{matter.ref}", f"/decisions/{matter.decision}"):
        page = director.get(path)
        assert page.status_code == 200
        assert "?purpose=" not in page.text


def test_an_address_chooses_nothing_that_is_not_offered(matter: Matter) -> None:
    path = f"/cases/{matter.case_id}/petitions"
    sent = {"purpose": "unheard", "about": str(matter.case_id), "authority": str(matter.court), "statement": "x1y"}
    page = matter.worker.get(path, **sent)
    assert [chosen(page, name) for name in ("purpose", "about", "authority")] == [[], [], []]
    assert "x1y" not in page.text
