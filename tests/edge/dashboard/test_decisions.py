"""Decisions on the dashboard: entered from a paper, shown with what is missing, acted on, and refused."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from core.actor import system
from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.register.catalogue_rows import load_catalogues
from escalation.cases.register.models import Decision
from staff.rules import ISTANBUL
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_cases import case_id, opened_case
from tests.support.planted import NAME

TESTS = system("tests")


@dataclass
class Desk:
    """A case and the lawyer who keeps its register."""

    house: House
    lawyer: Browser
    worker: Browser
    case: str
    ref: str

    @property
    def today(self) -> date:
        with unit_of_work(self.house.ground) as session:
            return now(session).astimezone(ISTANBUL).date()

    def moment(self, **ago: float) -> str:
        with unit_of_work(self.house.ground) as session:
            moment: datetime = now(session).astimezone(ISTANBUL) - timedelta(**ago)
        return moment.strftime("%Y-%m-%dT%H:%M")

    def court(self, **more: object) -> dict[str, object]:
        form = {
            "form": "court", "do": "save", "authority": "Ankara 3. Aile Mahkemesi", "province": "06",
            "docket": "2026/12 D.İş", "number": "2026/12", "decided_on": self.today.isoformat(),
            "codes": ["o5_a", "o5_c"], "length": "90:days", "start_basis": "decision", "against": NAME,
        }  # fmt: skip
        return {**form, **more}

    def record(self, **more: object) -> str:
        answer = self.lawyer.post(f"/cases/{self.case}/decisions", self.court(**more))
        assert answer.status_code == 303, shown(answer)
        return answer.headers["Location"]

    def police(self, **more: object) -> str:
        form = {"form": "police", "authority": "Çankaya İlçe Emniyet", "issued_at": self.moment(hours=1), "served": "1"}
        return self.record(**{**form, "codes": ["o5_a", "o5_b"], "length": "30:days", **more})


@pytest.fixture
def desk_of(house: House) -> Desk:
    with unit_of_work(house.ground) as session:
        load_catalogues(session)
    _, contact, ref = opened_case(house)
    lawyer, worker = house.browser("legal"), house.browser("social_worker")
    for person in (lawyer, worker):
        house.grant(person, contact, ref)
    return Desk(house, lawyer, worker, case_id(worker.get(f"/cases/{ref}").text), ref)


def test_a_decision_is_entered_and_the_case_says_what_protects_her(desk_of: Desk) -> None:
    page = shown(desk_of.lawyer.get(f"/cases/{desk_of.ref}"))
    assert "No protection is known in the register" in page
    form = desk_of.lawyer.get(f"/cases/{desk_of.case}/decisions/new")
    assert form.text.index('value="o5_a"') < form.text.index('value="p4_a"') < form.text.index('value="c8_6"')
    where = desk_of.record()
    decision = desk_of.lawyer.get(where)
    assert "Service of notice on him is not recorded." in shown(decision)
    assert NAME in decision.text
    page = shown(desk_of.worker.get(f"/cases/{desk_of.ref}"))
    until = (desk_of.today + timedelta(days=90)).strftime("%d.%m.%Y")
    assert f"Protected until {until}" in page
    assert "missing: service of notice, secrecy (8/6) not asked for" in page
    assert "Ask whether notice was served on him" in page
    assert "Last safe working moment" in page
    assert "How it was reckoned" in page
    assert "Counted from the decision" in page


def test_a_decision_in_force_is_named_among_what_keeps_the_case_open(desk_of: Desk) -> None:
    words = "Decisions that protect her or may"
    assert f"{words}: 1" not in shown(desk_of.worker.get(f"/cases/{desk_of.ref}"))
    desk_of.record()
    assert f"{words}: 1" in shown(desk_of.worker.get(f"/cases/{desk_of.ref}"))


def test_what_was_typed_is_kept_and_the_error_stands_at_its_field(desk_of: Desk) -> None:
    path = f"/cases/{desk_of.case}/decisions"
    wrong = desk_of.lawyer.post(path, desk_of.court(decided_on="yesterday"))
    assert wrong.status_code == 422
    assert 'href="#f-decided_on"' in wrong.text
    assert 'value="2026/12 D.İş"' in unescape(wrong.text)
    assert re.search(r'value="o5_c" checked', wrong.text)
    assert 'value="90:days" checked' in wrong.text
    for more, words in (
        ({"authority": ""}, "Write the name of the authority"),
        ({"codes": []}, "Tick at least one measure."),
        ({"codes": ["o5_other"]}, "Write what the other measure says."),
        ({"decided_on": (desk_of.today + timedelta(days=1)).isoformat()}, "This lies in the future."),
    ):
        answer = desk_of.lawyer.post(path, desk_of.court(**more))
        assert (answer.status_code, words in shown(answer)) == (422, True), words
    other = desk_of.lawyer.post(path, desk_of.court(do="form:police"))
    assert other.status_code == 200
    assert 'value="Ankara 3. Aile Mahkemesi"' in other.text
    assert 'name="issued_at"' in other.text


def test_the_same_paper_is_said_before_it_is_saved_with_a_link(desk_of: Desk) -> None:
    first = desk_of.record()
    again = desk_of.lawyer.post(f"/cases/{desk_of.case}/decisions", desk_of.court(docket="2026/0012", codes=["o5_d"]))
    assert again.status_code == 422
    assert "This paper stands in the register already." in shown(again)
    assert f'href="{first}"' in again.text


def test_what_is_unusual_is_asked_and_passes_when_it_is_confirmed(desk_of: Desk) -> None:
    path = f"/cases/{desk_of.case}/decisions"
    form = desk_of.court(length_count="9", length_unit="months", codes=["o5_a"])
    asked = desk_of.lawyer.post(path, form)
    assert "would hold longer than six months" in shown(asked)
    assert desk_of.lawyer.post(path, {**form, "confirmed": ["longer_than_six_months:o5_a"]}).status_code == 303


def test_from_the_police_form_through_an_approval(desk_of: Desk) -> None:
    where = desk_of.police()
    page = desk_of.lawyer.get(where)
    assert "Urgent, not yet submitted for approval" in shown(page)
    assert "An urgent decision protects her until its approval is answered" in shown(
        desk_of.worker.get(f"/cases/{desk_of.ref}")
    )
    submitted = {"do": "submitted", "submitted_at": desk_of.moment(minutes=30)}
    assert desk_of.lawyer.post(where, submitted).status_code == 303
    typed = {"do": "approval", "outcome": "approved", "answered_at": "now", "source": "kalem"}
    refused = desk_of.lawyer.post(where, typed)
    assert refused.status_code == 422
    assert 'value="kalem"' in refused.text
    answered = {"do": "approval", "outcome": "approved", "answered_at": desk_of.moment(minutes=5), "source": "kalem"}
    assert desk_of.lawyer.post(where, answered).status_code == 303
    words = shown(desk_of.lawyer.get(where))
    assert "In force" in words
    assert "kalem" in words
    assert "Submitted for approval" in words.split("History", 1)[1]


@pytest.mark.parametrize(("code", "approver"), [("o5_f", "judge"), ("p3_b", "civil_authority")])
def test_another_letter_of_the_police_is_asked_about_and_never_blocked(desk_of: Desk, code: str, approver: str) -> None:
    path = f"/cases/{desk_of.case}/decisions"
    form = desk_of.court(form="police", codes=[code], issued_at=desk_of.moment(hours=1), length="30:days")
    blank = desk_of.lawyer.post(path, {**form, "do": "form:police"})
    assert f'value="{code}"' in blank.text
    asked = desk_of.lawyer.post(path, form)
    assert (asked.status_code, f'value="not_usually_urgent:{code}"' in asked.text) == (422, True)
    made = desk_of.lawyer.post(path, {**form, "confirmed": [f"not_usually_urgent:{code}"]})
    assert made.status_code == 303, shown(made)
    with unit_of_work(desk_of.house.ground) as session:
        decision = session.get_one(Decision, UUID(made.headers["Location"].rsplit("/", 1)[1]))
        assert (decision.state, decision.approver) == ("issued_urgent", approver)


def test_a_police_form_of_both_articles_becomes_two_decisions(desk_of: Desk) -> None:
    desk_of.police(codes=["o5_a", "p3_ch"])
    page = desk_of.lawyer.get(f"/cases/{desk_of.ref}").text
    assert len(set(re.findall(r'href="(/decisions/[^"]+)"', page))) == 2


def test_service_objection_extension_and_lifting(desk_of: Desk) -> None:
    where, today = desk_of.record(), desk_of.today
    post = desk_of.lawyer.post
    assert post(where, {"do": "notice", "party": "perpetrator", "served_on": today.isoformat()}).status_code == 303
    early = post(where, {"do": "notice", "party": "perpetrator", "served_on": (today - timedelta(days=9)).isoformat()})
    assert "Notice cannot have been served before the decision." in shown(early)
    assert post(where, {"do": "objection", "party": "perpetrator", "filed_on": today.isoformat()}).status_code == 303
    about = re.search(r'name="about" value="([^"]+)"', desk_of.lawyer.get(where).text)
    assert about is not None
    answer = {"do": "objection-answer", "about": about[1], "outcome": "rejected", "decided_on": today.isoformat()}
    assert post(where, answer).status_code == 303
    until = today + timedelta(days=150)
    form = {"do": "extension", "decided_on": today.isoformat(), "until": until.isoformat()}
    short = post(where, {**form, "until": (today + timedelta(days=3)).isoformat()})
    assert "The new last day is not later than the present one." in shown(short)
    assert post(where, form).status_code == 303
    words = shown(desk_of.lawyer.get(where))
    assert "In force, extended" in words
    assert until.strftime("%d.%m.%Y") in words
    assert post(where, {"do": "lifting", "decided_on": today.isoformat()}).status_code == 303
    words = shown(desk_of.lawyer.get(where))
    assert "Lifted" in words
    assert words.split("History", 1)[1].count("Extended") == 1


def _live(desk_of: Desk, where: str) -> dict[str, str]:
    """What the decision's page says of each measure that goes on, by its letter."""
    found = re.findall(
        r'<li><span class="ref">([^<]+)</span><span>.*?<span class="quiet">([^<]*)', desk_of.lawyer.get(where).text
    )
    return {ref: told.strip() for ref, told in found}


def test_a_later_decision_ends_one_measure_and_adds_others(desk_of: Desk) -> None:
    where, day = desk_of.record(), desk_of.today
    page = desk_of.lawyer.get(where).text
    form = page[page.index('id="modification"') :]
    item = re.search(r'name="items" value="([^"]+)"[^>]*><span>5/1-a', form)
    assert item is not None
    typed = {"do": "modification", "decided_on": day.isoformat(), "docket": "2026/77", "items": [item[1]]}
    added = {"codes": ["o5_f", "o5_other"], "words": "200 metre", "length": "30:days"}
    assert desk_of.lawyer.post(where, {**typed, **added}).status_code == 303
    live, until = _live(desk_of, where), (day + timedelta(days=30)).strftime("%d.%m.%Y")
    assert [ref for ref, told in live.items() if until in told] == ["5/1-f", "5/1"]
    assert "5/1-a" not in live
    assert "5/1-c" in live
    words = shown(desk_of.lawyer.get(where))
    assert "In force, modified" in words
    assert "2026/77" in words
    # The clock knows it: an added measure is reminded of like those that were there.
    assert words.count("End of the measure") >= 2


def test_one_measure_alone_is_replaced_by_another_length_of_itself(desk_of: Desk) -> None:
    where, day = desk_of.record(codes=["o5_a"]), desk_of.today
    item = re.search(r'name="items" value="([^"]+)"', desk_of.lawyer.get(where).text)
    assert item is not None
    ends = day + timedelta(days=12)
    form = {"do": "modification", "decided_on": day.isoformat(), "codes": ["o5_a"], "ends": ends.isoformat()}
    twice = desk_of.lawyer.post(where, form)
    assert (twice.status_code, "A measure stands twice." in shown(twice)) == (422, True)
    assert desk_of.lawyer.post(where, {**form, "items": [item[1]]}).status_code == 303
    assert ends.strftime("%d.%m.%Y") in _live(desk_of, where)["5/1-a"]


@pytest.mark.parametrize(
    ("wrong", "words", "field"),
    [
        ({"decided_on": ""}, "Enter a date.", "decided_on"),
        ({"codes": ["o5_other"]}, "Write what the other measure says.", "words"),
        ({"codes": ["o5_c"]}, "A measure stands twice.", "codes"),
        ({"codes": []}, "Tick the measures that are added", "codes"),
        ({"codes": ["o9_z"]}, "A measure is not known any more.", "codes"),
        ({"length_count": "many"}, "Enter the length as a number", "length_count"),
        ({"codes": [], "length": "", "docket": ""}, "Nothing would change.", "items"),
    ],
)
def test_an_addition_that_is_refused_says_why_at_its_field_and_keeps_what_was_typed(
    desk_of: Desk, wrong: dict[str, object], words: str, field: str
) -> None:
    where = desk_of.record()
    form = {
        "do": "modification", "decided_on": desk_of.today.isoformat(), "docket": "2026/77", "codes": ["o5_f"],
        "length": "60:days",
    }  # fmt: skip
    answer = desk_of.lawyer.post(where, {**form, **wrong})
    assert answer.status_code == 422
    section = answer.text[answer.text.index('id="modification" open') :]
    section = section[: section.index("</details>")]
    assert words in unescape(section)
    assert f'href="#modification-{field}"' in section
    assert f'id="modification-{field}"' in section
    kept: dict[str, Any] = {**form, **wrong}
    assert f'value="{kept["docket"]}"' in section
    assert f'value="{kept["decided_on"]}"' in section
    ticked = re.findall(r'name="codes" value="([^"]+)" checked', section)
    assert ticked == [code for code in kept["codes"] if code != "o9_z"]
    assert f'value="{kept["length"]}" checked' in section
    assert set(_live(desk_of, where)) == {"5/1-a", "5/1-c"}


def test_what_is_unusual_about_an_addition_is_asked(desk_of: Desk) -> None:
    where = desk_of.record()
    form = {"do": "modification", "decided_on": desk_of.today.isoformat(), "codes": ["o5_f"]}
    form = {**form, "length_count": "9", "length_unit": "months"}
    asked = desk_of.lawyer.post(where, form)
    assert (asked.status_code, "would hold longer than six months" in shown(asked)) == (422, True)
    assert "5/1-f" not in _live(desk_of, where)
    assert desk_of.lawyer.post(where, {**form, "confirmed": ["longer_than_six_months:o5_f"]}).status_code == 303
    assert "5/1-f" in _live(desk_of, where)


def test_what_the_other_side_may_still_do_is_no_filing_day_of_hers(desk_of: Desk) -> None:
    where = desk_of.record()
    served = {"do": "notice", "party": "perpetrator", "manner": "served", "served_on": desk_of.today.isoformat()}
    assert desk_of.lawyer.post(where, served).status_code == 303
    page = shown(desk_of.lawyer.get(f"/cases/{desk_of.ref}"))
    objection = page[page.index("Time for objection") :]
    assert "Not final before" in objection[: objection.index("How it was reckoned")]
    band = page[: page.index("What protects her now")]
    # The end of the measure is 90 days away: no day of this month is one by which something of hers must be filed.
    assert desk_of.today.strftime(".%m.%Y") not in band[band.index("last safe working moment") :]


def test_a_period_that_the_law_gives_no_end_is_said_to_be_without_delay(desk_of: Desk) -> None:
    desk_of.record()
    page = shown(desk_of.lawyer.get(f"/cases/{desk_of.ref}"))
    pending = page[page.index("Service of the decision is waited for") :]
    assert "without delay" in pending[: pending.index("How it was reckoned")]


def test_a_breach_by_the_case_worker_and_detention_with_its_hint(desk_of: Desk) -> None:
    today = desk_of.today.isoformat()
    where = desk_of.record(decided_on=(desk_of.today - timedelta(days=1)).isoformat())
    noted = {"do": "breach", "codes": ["o5_c"], "occurred_at": desk_of.moment(minutes=1), "account": "Kapıya geldi."}
    assert desk_of.worker.post(where, noted).status_code == 303
    page = desk_of.lawyer.get(where)
    about = re.search(r'name="about" value="([^"]+)"', page.text)
    assert about is not None
    assert "Kapıya geldi." in page.text
    filed = {"do": "breach-file", "about": about[1], "filed_with": "prosecutor", "filed_on": today}
    assert desk_of.worker.post(where, filed).status_code == 403
    assert desk_of.lawyer.post(where, filed).status_code == 303
    ordered = {"do": "breach-accept", "about": about[1], "days": "12", "decided_on": today}
    hint = desk_of.lawyer.post(where, ordered)
    assert hint.status_code == 422
    assert "usually 3 to 10 days" in shown(hint)
    assert 'value="12"' in hint.text
    assert desk_of.lawyer.post(where, {**ordered, "confirmed": ["outside_first"]}).status_code == 303
    assert "Coercive detention ordered" in shown(desk_of.lawyer.get(where))


def test_the_paper_is_kept_and_opened(desk_of: Desk) -> None:
    where, content = desk_of.record(), b"%PDF-1.7 " + NAME.encode()
    sent = desk_of.lawyer.post(where, {"do": "paper", "title": NAME, "content": (io.BytesIO(content), "karar.pdf")})
    assert sent.status_code == 303
    href = re.search(r'href="(/papers/[^"]+)"', desk_of.lawyer.get(where).text)
    assert href is not None
    paper = desk_of.worker.get(href[1])
    assert (paper.data, paper.mimetype) == (content, "application/pdf")
    assert NAME not in str(paper.headers)
    wrong = desk_of.lawyer.post(where, {"do": "paper", "content": (io.BytesIO(b"MZ"), "karar.exe")})
    assert "Only PDF, JPEG, PNG, TIFF, DOCX and UDF are taken." in shown(wrong)


def test_nobody_elsewhere_and_nobody_without_the_right(desk_of: Desk, elsewhere: House) -> None:
    where, path = desk_of.record(), f"/cases/{desk_of.case}/decisions"
    stranger = elsewhere.browser("legal")
    assert {stranger.get(page).status_code for page in (where, f"{path}/new")} == {404}
    assert stranger.post(path, desk_of.court(docket="2026/99")).status_code == 404
    assert desk_of.worker.get(f"{path}/new").status_code == 403
    notice = {"do": "notice", "party": "perpetrator", "served_on": desk_of.today.isoformat()}
    assert desk_of.worker.post(where, notice).status_code == 403
    colleague = desk_of.house.browser("legal")
    page = colleague.get(where)
    assert page.status_code == 200
    assert f'href="/cases/{desk_of.ref}"' not in page.text
