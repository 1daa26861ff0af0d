"""The catalogue of measures through the edge: shown, confirmed with the code again, held for new decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, select, update

from core.catalogue import as_typed
from core.unit_of_work import unit_of_work
from escalation.cases.register import catalogue_rows as rows
from escalation.cases.register.models import Item, MeasureVersion
from staff.scope import Scope
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_petitions import Matter, matter

__all__ = ["matter"]

PATH = "/catalogues/measures"


@pytest.fixture(autouse=True)
def _shipped(house: House) -> Iterator[None]:
    """The shipped measures hold again afterwards: other tests count on them."""
    with unit_of_work(house.ground) as session:
        rows.load_catalogues(session)
    yield
    with unit_of_work(house.ground) as session:
        session.execute(delete(MeasureVersion).where(MeasureVersion.state.in_(("proposed", "dropped"))))
        ours = MeasureVersion.origin == "administrator"
        session.execute(update(MeasureVersion).where(ours, MeasureVersion.state == "current").values(state="past"))
        session.flush()
        rows.load_catalogues(session)


def text_of(house: House, code: str) -> str:
    with unit_of_work(house.ground) as session:
        return as_typed(rows.measures(session)[code][1].model_dump(mode="json"))


def proposal_of(page: str) -> str:
    found = re.search(rf'action="{PATH}/([0-9a-f-]+)/confirm"', page)
    assert found is not None
    return found[1]


def test_the_text_that_holds_is_taken_into_the_form(matter: Matter) -> None:
    admin = matter.house.of_all.browser("admin")
    for path, key, words in ((PATH, "o5_a", "code: o5_a"), ("/catalogues/copy-sheets", "decision", "kind: decision")):
        form = admin.get(path, take=key).text.split('id="f-typed"', 1)[1].split("</textarea>", 1)[0]
        assert words in form
        empty = admin.get(path, take="nothing").text.split('id="f-typed"', 1)[1].split("</textarea>", 1)[0]
        assert "code:" not in empty
        assert "kind:" not in empty


def test_who_administers_one_of_several_centres_changes_no_measure(matter: Matter, elsewhere: House) -> None:
    assert elsewhere.desk.centre_id != matter.house.desk.centre_id
    house, bound = matter.house, matter.house.browser("admin", stepped_up=True)
    typed = re.sub(r"(?m)^  tr: .*$", "  tr: Yeni metin", text_of(house, "o5_a"), count=1)
    assert bound.post(PATH, {"typed": typed}).status_code == 403
    assert house.of_all.browser("admin").post(PATH, {"typed": typed}).status_code == 303
    page = bound.get(PATH)
    assert "who administers the whole house changes it" in shown(page)
    proposal = proposal_of(house.of_all.browser("admin").get(PATH).text)
    for act in ("confirm", "drop"):
        assert bound.post(f"{PATH}/{proposal}/{act}").status_code == 403
    assert "Yeni metin" not in text_of(house, "o5_a")


def test_a_measure_reads_otherwise_after_a_diff_and_decisions_keep_what_they_were_entered_with(matter: Matter) -> None:
    house, admin = matter.house, matter.house.of_all.browser("admin")
    typed = (
        re.sub(r"(?m)^  tr: .*$", "  tr: Yeni metin", text_of(house, "o5_a"), count=1) + "valid_from: '2027-01-01'\n"
    )
    before = matter.lawyer.get(f"/decisions/{matter.decision}").text
    answer = admin.post(PATH, {"typed": typed})
    assert answer.status_code == 303, shown(answer)
    page = admin.get(PATH)
    assert "Turkish wording" in shown(page)
    assert "Yeni metin" in shown(page)
    assert "Valid from not there 2027-01-01" in shown(page)
    proposal = proposal_of(page.text)
    asked = admin.post(f"{PATH}/{proposal}/confirm")
    assert asked.status_code == 403
    assert 'action="/step-up"' in asked.text
    assert "Yeni metin" not in text_of(house, "o5_a")
    admin = house.browser(account_id=admin.account_id, stepped_up=True)
    assert admin.post(f"{PATH}/{proposal}/confirm").status_code == 303
    assert "Yeni metin" in text_of(house, "o5_a")
    assert admin.post(f"{PATH}/{proposal}/confirm").status_code == 422
    with unit_of_work(house.ground) as session:
        item = session.scalars(select(Item).where(Item.decision_id == matter.decision, Item.code == "o5_a")).one()
        version = session.get_one(MeasureVersion, item.measure_id)
        assert version.state == "past"
    told = matter.lawyer.get(f"/decisions/{matter.decision}").text
    assert (
        re.search(r"<h2 id=\"measures\">.*?</section>", told, re.DOTALL)[0]
        == (  # type: ignore[index]
            re.search(r"<h2 id=\"measures\">.*?</section>", before, re.DOTALL)[0]  # type: ignore[index]
        )
    )


def test_a_diff_that_is_no_longer_what_would_happen_is_not_confirmed(house: House) -> None:
    admin = house.of_all.browser("admin", stepped_up=True)
    typed = text_of(house, "o5_c")
    assert (
        admin.post(PATH, {"typed": typed.replace("mark: ", "mark: ", 1) + "valid_from: '2027-02-01'\n"}).status_code
        == 303
    )
    first = proposal_of(admin.get(PATH).text)
    with unit_of_work(house.ground) as session:
        scope = Scope.of(session, admin.account_id)
        measure = rows.measures(session)["o5_c"][1].model_dump(mode="json") | {"valid_from": "2027-03-01"}
        rows.confirm(session, scope.actor, scope, rows.propose(session, scope.actor, scope, measure).id)
    refused = admin.post(f"{PATH}/{first}/confirm")
    assert refused.status_code == 422
    assert "Another version has come since" in shown(refused)
    assert admin.post(f"{PATH}/{first}/drop").status_code == 303
    assert first not in admin.get(PATH).text


@pytest.mark.parametrize(
    ("pattern", "instead", "told"),
    [
        (r"(?m)^side: .*$", "side: both", "Line 2, side: is none of the words"),
        (r"(?m)^issued_by:\n- ", "issued_by:\n- king\n- ", "issued_by.0: is none of the words"),
        (r"(?m)^mark: .*\n", "", "mark: is missing"),
        (r"(?m)^mark: ", "marke: x\nmark: ", "marke: is not known here"),
        (r"(?m)^side: ", "  side: ", "Line 2: this cannot be read"),
        (r"(?m)^$\Z", "", "Nothing would change."),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(house: House, pattern: str, instead: str, told: str) -> None:
    admin = house.of_all.browser("admin")
    typed = re.sub(pattern, instead, text_of(house, "o5_a"), count=1)
    refused = admin.post(PATH, {"typed": typed})
    assert refused.status_code == 422
    assert told in shown(refused)
    with unit_of_work(house.ground) as session:
        assert session.scalars(select(MeasureVersion).where(MeasureVersion.state == "proposed")).all() == []


def test_only_an_administrator_changes_measures(house: House) -> None:
    for role in ("director", "legal", "police_liaison"):
        reader = house.browser(role)
        assert reader.get(PATH).status_code == 403
        assert reader.post(PATH, {"typed": text_of(house, "o5_a")}).status_code == 403
