"""Who reads the register, finds in it, takes it out, counts it and changes its catalogue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from escalation.cases import service as case_service
from escalation.cases.register import queries, service
from escalation.cases.register.catalogue_rows import confirm, load_catalogues, measures, propose
from escalation.cases.register.models import Document
from escalation.cases.register.service import NewNotice, Paper
from escalation.cases.register.service.exports import ACT
from staff import service as staff_service
from staff.errors import FourEyesError, MissingPermissionError, OutOfScopeError
from staff.night_acts import approve_act, request_act
from tests.edge.escalation.conftest import ACTOR, House, _employ
from tests.edge.escalation.test_register import Register, refused
from tests.support.planted import NAME

PDF = b"%PDF-1.7 " + NAME.encode()


@pytest.fixture
def register(house: House) -> Register:
    """A case whose register is still empty."""
    return Register(house)


def test_a_paper_is_sealed_known_by_its_hash_and_its_opening_is_audited(register: Register) -> None:
    document = register.does(service.add_document, register.case.id, PDF, title=NAME)
    assert register.does(service.add_document, register.case.id, PDF) == document
    kept = register.house.do(lambda session: session.get_one(Document, document).content_sealed)
    assert NAME.encode() not in kept
    assert register.does(service.open_document, document) == ("application/pdf", PDF)
    assert register.audited(document) == ["document_added", "document_opened"]
    for content, reason in ((b"", "empty"), (b"MZ" + bytes(9), "unknown_type"), (bytes(11 << 20), "too_large")):
        assert refused(register.does, service.add_document, register.case.id, content).reason == reason
    decision_id = register.decided("o5_a")
    register.does(service.attach_document, decision_id, document)
    assert register.view(decision_id).document_id == document


def test_secrecy_makes_the_case_its_readers_alone_and_who_entered_it_goes_on(register: Register) -> None:
    decision_id = register.decided("o5_a", "c8_6")
    assert register.view(decision_id) is not None
    assert register.view(decision_id, by="worker") is not None
    assert register.view(decision_id, by="director") is None
    assert "secrecy" not in register.standing().missing
    assert "SecrecyOrdered" in register.facts()


def test_others_do_not_know_of_it_and_readers_alone_do_not_write(register: Register) -> None:
    house = register.house
    decision_id = register.decided("o5_a", docket="2026/31")
    for name in ("perp", "operator"):
        assert register.view(decision_id, by=name) is None
        assert register.standing(by=name) is None
    for name, error in (
        ("director", MissingPermissionError),
        ("worker", MissingPermissionError),
        ("perp", OutOfScopeError),
    ):
        with pytest.raises(error):
            register.does(service.lift, decision_id, Paper(register.today), by=name)
    house.do(
        lambda session: staff_service.bar(
            session, ACTOR, subjects=[("case", register.case.id)], account_id=house["lawyer"].id, reason="kin"
        )
    )
    assert register.view(decision_id) is None
    assert register.reads(queries.search, queries.Terms(docket="2026/31")).rows == ()
    with pytest.raises(OutOfScopeError):
        register.decided("o5_c")

    def elsewhere(session: Any) -> Any:
        centre = staff_service.create_centre(
            session, ACTOR, slug=f"x{register.case.id.hex[-12:]}", name="Başka", province_code="35"
        )
        return _employ(session, centre, "legal")

    house.people["stranger"] = house.do(elsewhere)
    assert register.view(decision_id, by="stranger") is None
    with pytest.raises(OutOfScopeError):
        register.does(service.record_notice, decision_id, NewNotice("protected", register.today), by="stranger")


def test_it_is_found_by_every_term(register: Register) -> None:
    decision_id = register.decided("o5_a", "p4_a", docket="2026/812", number="2026/813")
    register.decided("o5_c", docket="2026/900", ago=40)
    terms = (
        {"docket": "2026 / 0812"},
        {"number": "2026/813"},
        {"article": "4"},
        {"code": "o5_a"},
        {"authority_id": register.court, "decided_from": register.today},
        {"case_ref": register.case.ref, "decided_from": register.today},
        {"province_code": "06", "states": ("active",), "ends_from": register.today + timedelta(days=60)},
    )
    for term in terms:
        rows = register.reads(queries.search, queries.Terms(**term)).rows
        assert [row.id for row in rows] == [decision_id], term
    assert rows[0].codes == ("o5_a", "p4_a")
    assert len(register.reads(queries.ending, register.today + timedelta(days=60))) == 1
    assert register.reads(queries.search, queries.Terms(case_ref="nobody")).rows == ()


def test_an_export_needs_a_second_person_and_holds_no_name(register: Register) -> None:
    house = register.house
    register.decided("o5_a", docket="2026/70", protected=NAME, against=NAME)
    given = (service.export_register, house.centre_id, queries.Terms())
    with pytest.raises(FourEyesError):
        register.does(*given, by="director")
    with pytest.raises(MissingPermissionError):
        register.does(*given)
    house.people["second"] = house.do(lambda session: _employ(session, house.centre_id, "director"))
    act = house.do(
        lambda session: request_act(
            session,
            house.scope("director"),
            ACT,
            "register",
            house.centre_id,
            reason="yıl sonu",
            centre_id=house.centre_id,
        )
    )
    house.do(lambda session: approve_act(session, house.scope("second"), act))
    rows = register.does(*given, by="director")
    assert [row.docket for row in rows] == ["2026/70"]
    assert NAME not in str([row.found for row in rows])


def test_it_is_counted_by_period_measure_article_and_authority(register: Register) -> None:
    decision_id = register.decided("o5_a", "o5_c", ago=2)
    breach = register.does(service.report_breach, decision_id, ["o5_c"], register.house.moment())
    register.does(service.file_breach, breach, "court", register.today)
    register.does(service.order_detention, breach, 5, register.today)
    span = (register.today - timedelta(days=3), register.today)

    def counts(by: str) -> dict[tuple[str, str], int]:
        found = register.reads(queries.statistics, *span, by)
        return {(one.kind, one.key): one.count for one in found if one.count}

    assert counts("all") == {
        ("decisions", ""): 1,
        ("breaches", ""): 1,
        ("detentions", ""): 1,
        ("detention_days", ""): 5,
    }
    assert counts("measure")["decisions", "o5_a"] == 1
    assert ("breaches", "o5_a") not in counts("measure")
    assert counts("article")["decisions", "5"] == 1
    assert counts("authority")["detention_days", "judge"] == 5
    assert counts("province")["decisions", "06"] == 1
    assert sum(n for (kind, _), n in counts("month").items() if kind == "breaches") == 1
    with pytest.raises(MissingPermissionError):
        register.reads(queries.statistics, *span, by="perp")


def test_an_administrator_changes_a_measure_after_seeing_the_difference(register: Register) -> None:
    house = register.house
    house.people["admin"] = house.do(lambda session: _employ(session, None, "admin"))
    decision_id = register.decided("o5_e")
    body = house.do(measures)["o5_e"][1].model_dump(mode="json")
    with pytest.raises(MissingPermissionError):
        register.does(propose, body)
    assert refused(register.does, propose, body, by="admin").reason == "nothing_changed"
    assert refused(register.does, propose, body | {"mark": "SURE"}, by="admin").details == ("mark",)
    body["title"] = {**body["title"], "en": "No damage to what is hers"}
    first = register.does(propose, body, by="admin")
    assert [(one.field, one.after) for one in first.differences] == [("title.en", "No damage to what is hers")]
    second = register.does(propose, body | {"source": "another"}, by="admin")
    register.does(confirm, first.id, by="admin")
    assert refused(register.does, confirm, second.id, by="admin").reason == "changed_meanwhile"
    house.do(load_catalogues)
    assert house.do(measures)["o5_e"][1].title.en == "No damage to what is hers"
    assert register.view(decision_id).items[0].measure.title.en == "No damage to belongings"
    assert register.audited(UUID(int=0)) == []


def test_a_case_is_not_closed_while_a_measure_protects(register: Register) -> None:
    register.decided("o5_a")
    actor, scope = register.house["worker"].actor, register.house.scope("worker")
    with pytest.raises(case_service.CaseError) as caught:
        register.house.do(
            lambda session: case_service.change_state(session, actor, scope, register.case.id, "closed", reason="safe")
        )
    assert caught.value.reason == "open_duties"
