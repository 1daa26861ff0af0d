"""The register's page: found by what was typed, and never in an address; what ends; an export for two; counts."""

from __future__ import annotations

from dashboard.register.listing import cell
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_decisions import Desk, desk_of

__all__ = ["desk_of"]


def test_it_is_found_by_number_article_and_state(desk_of: Desk, elsewhere: House) -> None:
    where = desk_of.record(length="30:days")
    link = f'href="{where}"'
    lawyer = desk_of.lawyer
    assert link in lawyer.get("/register").text
    for terms in (
        {"docket": "2026/0012"},
        {"number": "2026/12", "article": "5", "state": "in_force"},
        {"code": "o5_c", "authority_kind": "judge", "province": "06", "case_ref": desk_of.ref},
        {"decided_to": desk_of.today.isoformat(), "ends_from": desk_of.today.isoformat()},
    ):
        assert link in lawyer.post("/register", terms).text, terms
    for terms in ({"docket": "2026/13"}, {"article": "3"}, {"state": "waiting"}, {"province": "35"}):
        assert link not in lawyer.post("/register", {**terms, "case_ref": desk_of.ref}).text, terms
    wrong = lawyer.post("/register", {"decided_from": "soon", "docket": "2026/12"})
    assert wrong.status_code == 422
    assert 'value="2026/12"' in wrong.text
    assert link not in elsewhere.browser("legal").post("/register", {"docket": "2026/12"}).text
    assert desk_of.house.browser("operator").get("/register").status_code == 403


def test_rows_leave_the_house_when_a_second_person_agreed(desk_of: Desk) -> None:
    where = desk_of.record(authority="=Ankara 3. Aile Mahkemesi")
    director = desk_of.house.browser("director", stepped_up=True)
    terms = {"case_ref": desk_of.ref, "reason": "yıllık rapor"}
    assert "Nobody has agreed yet" in shown(director.post("/register/export", terms))
    asked = director.post("/register/export", {**terms, "do": "ask"})
    assert "A second person was asked to agree" in shown(asked)
    second = desk_of.house.browser("director", stepped_up=True)
    act = second.get("/night-acts").text.split('name="id" value="', 1)[1].split('"', 1)[0]
    assert second.post("/night-acts", {"id": act, "decision": "confirm"}).status_code == 303
    file = director.post("/register/export", {**terms, "do": "go"})
    assert file.mimetype == "text/csv"
    text = file.data.decode("utf-8-sig")
    assert "'=Ankara 3. Aile Mahkemesi" in text
    assert desk_of.ref in text
    assert director.post("/register/export", {**terms, "do": "go"}).status_code == 422
    assert desk_of.lawyer.post("/register/export", terms).status_code == 403
    assert where


def test_no_cell_is_a_formula() -> None:
    assert [cell(text) for text in ("=1+1", "+90", "-1", "@x", "\tx", "5/1-a")] == [
        *("'=1+1", "'+90", "'-1", "'@x", "'\tx"),
        "5/1-a",
    ]


def test_counts_by_measure(desk_of: Desk) -> None:
    desk_of.record()
    words = shown(desk_of.lawyer.get("/register/counts", by="measure"))
    assert "Decisions 5/1-a 1" in words
    assert "Decisions 5/1-c 1" in words
