from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.facts import StoredFact
from escalation.cases import service as case_service
from escalation.cases.models import Case
from escalation.cases.register import entry, queries, service
from escalation.cases.register.catalogue_rows import confirm, load_catalogues, measures, propose
from escalation.cases.register.models import Document
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem, NewNotice, Paper, RegisterError
from escalation.cases.register.service.exports import ACT
from staff import service as staff_service
from staff.errors import FourEyesError, MissingPermissionError, OutOfScopeError
from staff.night_acts import approve_act, request_act
from staff.rules import ISTANBUL
from tests.edge.escalation.conftest import ACTOR, House, _employ
from tests.edge.escalation.test_cases import opened
from tests.support.planted import NAME, SENTENCE

PDF = b"%PDF-1.7 " + NAME.encode()


class Register:
    """The register of one case, written in by the centre's lawyer."""

    def __init__(self, house: House, by: str = "lawyer") -> None:
        self.house, self.by = house, by
        self.case: Case = opened(house, house.contact())
        self.court = self.authority("judge", "Ankara 3. Aile Mahkemesi")
        self.today = house.moment().astimezone(ISTANBUL).date()

    def authority(self, kind: str, title: str, province: str = "06") -> UUID:
        return self.does(service.add_authority, kind, province, title)

    def does(self, act: Any, *given: Any, by: str = "", **more: Any) -> Any:
        member, scope = self.house[by or self.by], self.house.scope(by or self.by)
        return self.house.do(lambda session: act(session, member.actor, scope, *given, **more))

    def reads(self, query: Any, *given: Any, by: str = "", **more: Any) -> Any:
        scope = self.house.scope(by or self.by)
        return self.house.do(lambda session: query(session, scope, *given, **more))

    def decided(self, *codes: str, days: int = 90, ago: int = 0, confirmed: Any = (), **more: Any) -> UUID:
        items = more.pop("items", None) or tuple(NewItem(code, Length(days, "days")) for code in codes)
        new = NewDecision(self.court, self.today - timedelta(days=ago), items, **more)
        return self.does(service.record_decision, self.case.id, new, confirmed=confirmed)

    def urgent(self, *codes: str) -> tuple[UUID, ...]:
        police = self.authority("police_chief", "Çankaya İlçe Emniyet")
        moment = self.house.moment() - timedelta(hours=1)
        known = {code: item for code, (_id, item) in self.house.do(measures).items()}
        ticked = entry.Ticked(codes, Length(30, "days"))
        parts = entry.from_police_form(police, moment, ticked, known, docket="2026/77")
        return tuple(self.does(service.record_decision, self.case.id, part) for part in parts)

    def urgent_long_ago(self) -> UUID:
        police = self.authority("police_chief", "Çankaya İlçe Emniyet")
        moment = self.house.moment() - timedelta(days=100)
        items = (NewItem("o5_a", Length(1, "days")),)
        day = moment.astimezone(ISTANBUL).date()
        new = NewDecision(police, day, items, issued_at=moment, entry="police_preventive")
        made: UUID = self.does(service.record_decision, self.case.id, new)
        return made

    def view(self, decision_id: UUID, by: str = "") -> Any:
        return self.reads(queries.decision_view, decision_id, by=by)

    def standing(self, by: str = "") -> Any:
        return self.reads(queries.standing, self.case.id, by=by)

    def facts(self) -> list[str]:
        query = select(StoredFact).where(StoredFact.contact_id == self.case.contact_id).order_by(StoredFact.number)
        rows = self.house.do(lambda session: list(session.scalars(query)))
        of_case = [row.kind for row in rows if row.payload.get("case_id") == str(self.case.id)]
        return [kind for kind in of_case if not kind.startswith("Deadline")]

    def audited(self, subject_id: UUID) -> list[str]:
        query = select(AuditEntry.act).where(AuditEntry.subject_id == str(subject_id)).order_by(AuditEntry.id)
        return self.house.do(lambda session: list(session.scalars(query)))


@pytest.fixture
def register(house: House) -> Register:
    """A case whose register is still empty."""
    return Register(house)


def refused(act: Any, *given: Any, **more: Any) -> RegisterError:
    with pytest.raises(RegisterError) as caught:
        act(*given, **more)
    return caught.value


def test_a_court_decision_protects_at_once_and_says_what_is_missing(register: Register) -> None:
    assert register.standing().protected == "none_known"
    decision_id = register.decided("o5_a", "o5_c", docket="2026/12 D.İş", number="2026/12", against=NAME)
    view = register.view(decision_id)
    assert (view.state, view.against, view.docket) == ("active", NAME, "2026/12 D.İş")
    assert NAME not in repr(view)
    standing = register.standing()
    assert standing.protected == "yes"
    assert standing.surely_until == standing.until == register.today + timedelta(days=90)
    assert standing.missing == ("service", "secrecy")
    assert standing.today == ("ask_service", "ask_secrecy")
    assert register.audited(decision_id)[:2] == ["decision_issued", "decision_take_effect"]
    assert register.facts().count("MeasurePeriodSet") == 2
    register.does(service.record_notice, decision_id, NewNotice("perpetrator", register.today))
    assert "service" not in register.standing().missing


def test_the_earliest_reading_reminds_and_the_paper_s_own_is_shown(register: Register) -> None:
    items = (NewItem("o5_c", Length(1, "months"), start_basis="service"),)
    decision_id = register.decided(items=items, ago=10)
    decided = register.today - timedelta(days=10)
    item = register.view(decision_id).items[0]
    assert (item.begins, item.ends, item.safe_ends) == (None, None, Length(1, "months").after(decided))
    register.does(service.record_notice, decision_id, NewNotice("perpetrator", register.today))
    item = register.view(decision_id).items[0]
    assert item.ends == Length(1, "months").after(register.today)
    assert item.safe_ends == Length(1, "months").after(decided)


def test_the_same_paper_is_entered_once_however_its_number_is_typed(register: Register) -> None:
    first = register.decided("o5_a", docket="2026/0012 D.İş", number="2026/5")
    error = refused(register.decided, "o5_c", docket=" 2026 / 12", number="2026/5 K.")
    assert (error.reason, error.known_id) == ("duplicate", first)
    other = Register(register.house)
    error = refused(other.decided, "o5_c", docket="2026/12", number="2026/5")
    assert (error.reason, error.details) == ("confirm_hints", ("known_in_another_case",))
    other.decided("o5_c", docket="2026/12", number="2026/5", confirmed=error.details)


def test_what_is_unusual_is_told_and_passes_when_confirmed(register: Register) -> None:
    error = refused(register.decided, "p3_a", days=200)
    assert set(error.details) == {"another_authority:p3_a", "longer_than_six_months:p3_a"}
    register.decided("p3_a", days=200, confirmed=error.details)
    assert refused(register.decided, "o5_other").reason == "other_needs_words"
    assert refused(register.decided, "o5_z").reason == "unknown_measure"
    assert refused(register.decided, "o5_a", ago=-1).reason == "in_future"


def test_a_police_paper_with_both_kinds_is_two_decisions_that_wait(register: Register) -> None:
    judge, civil = register.urgent("o5_a", "o5_c", "p3_ch")
    assert [register.view(one).approver for one in (judge, civil)] == ["judge", "civil_authority"]
    assert register.standing().protected == "waiting"
    assert register.standing().today[0] == "submit_urgent"
    register.does(service.submit_urgent, judge, register.house.moment())
    register.does(service.record_approval, judge, "approved", source="kalem")
    assert register.standing().protected == "yes"
    register.does(service.record_approval, civil, "refused")
    assert register.audited(civil)[-2:] == ["decision_submit", "decision_refuse"]


def test_unknown_is_not_lapsed_and_only_a_person_says_that_it_lapsed(register: Register) -> None:
    (judge,) = register.urgent("o5_a")
    house = register.house
    moment = house.moment()
    ended = moment - timedelta(hours=1)
    assert (
        refused(register.does, service.confirm_lapsed, judge, source="kalem", learned_at=moment).reason
        == "not_possible"
    )
    assert house.do(lambda session: service.mark_approval_unknown(session, ACTOR, judge, ended))
    assert not house.do(lambda session: service.mark_approval_unknown(session, ACTOR, judge, ended))
    standing = register.standing()
    assert (standing.protected, standing.today[0]) == ("unknown", "ask_authority")
    assert "MeasureEnded" not in register.facts()
    assert (
        refused(register.does, service.confirm_lapsed, judge, source=" ", learned_at=moment).reason == "source_needed"
    )
    early = {"source": "kalem", "learned_at": ended - timedelta(minutes=5)}
    assert refused(register.does, service.confirm_lapsed, judge, **early).reason == "before_the_end"
    register.does(service.confirm_lapsed, judge, source=f"{NAME}, nöbetçi kalem", learned_at=moment)
    assert register.facts()[-2:] == ["MeasureEnded", "MeasureLapsed"]
    assert register.standing().today == ("apply_again",)
    assert register.standing().protected == "none_known"


def test_a_period_that_is_over_ends_its_item_and_the_last_one_its_decision(register: Register) -> None:
    items = (NewItem("o5_a", Length(1, "days")), NewItem("o5_c", Length(3, "days")))
    decision_id = register.decided(items=items)
    register.house.sweep(2 * 86_400)
    view = register.view(decision_id)
    assert (view.state, [item.measure.code for item in view.live]) == ("active", ["o5_c"])
    register.house.sweep(2 * 86_400)
    view = register.view(decision_id)
    assert (view.state, view.end_reason, view.ended_on) == ("expired", "expired", register.today + timedelta(days=3))


def test_it_is_extended_modified_and_lifted(register: Register) -> None:
    decision_id = register.decided("o5_a", "o5_c", ago=5)
    paper = Paper(register.today, docket="2026/40")
    end = register.today + timedelta(days=20)
    assert refused(register.does, service.extend, decision_id, paper, end).reason == "not_longer"
    until = register.today + timedelta(days=180)
    register.does(service.extend, decision_id, paper, until)
    view = register.view(decision_id)
    assert (view.state, view.first_end, view.last_end) == ("extended", until, until)
    item = view.items[0]
    register.does(service.modify, decision_id, paper, ended=[item.id], added=[NewItem("o5_f", ends=until)])
    view = register.view(decision_id)
    assert (view.state, sorted(one.measure.code for one in view.live)) == ("modified", ["o5_c", "o5_f"])
    register.does(service.lift, decision_id, paper)
    assert [change.kind for change in register.view(decision_id).changes] == ["extension", "modification", "lifting"]
    assert refused(register.does, service.extend, decision_id, paper, until).reason == "not_possible"
    assert "MeasureEnded" in register.facts()


def test_an_accepted_objection_may_end_a_decision(register: Register) -> None:
    decision_id = register.decided("o5_a", ago=3)
    objection = register.does(service.file_objection, decision_id, "perpetrator", register.today)
    again = refused(register.does, service.file_objection, decision_id, "perpetrator", register.today)
    assert (again.reason, again.known_id) == ("already_objected", objection)
    register.does(service.decide_objection, objection, "accepted", register.today, effect="lifted")
    assert (register.view(decision_id).state, register.view(decision_id).end_reason) == ("lifted", "objection")
    error = refused(register.does, service.decide_objection, objection, "rejected", register.today)
    assert error.reason == "not_possible"


def test_three_breaches_and_their_detention_are_hinted_at_and_never_blocked(register: Register) -> None:
    decision_id = register.decided("o5_a", "o5_c", ago=3)
    moment = register.house.moment() - timedelta(hours=3)
    day = register.today
    breaches = [
        register.does(service.report_breach, decision_id, ["o5_c"], moment, account=SENTENCE, by="worker")
        for _ in range(3)
    ]
    assert register.standing().today[0] == "file_breach"
    for breach in breaches:
        register.does(service.file_breach, breach, "prosecutor", day)
    error = refused(register.does, service.order_detention, breaches[0], 12, day)
    assert (error.reason, error.details) == ("confirm_hints", ("outside_first",))
    register.does(service.order_detention, breaches[0], 10, day)
    error = refused(register.does, service.order_detention, breaches[1], 10, day)
    assert error.details == ("outside_repeated",)
    register.does(service.order_detention, breaches[1], 30, day)
    error = refused(register.does, service.order_detention, breaches[2], 145, day)
    assert error.details == ("outside_repeated", "over_cap")
    register.does(service.order_detention, breaches[2], 145, day, confirmed=error.details)
    register.does(service.object_to_detention, breaches[2], day)
    register.does(service.refuse_detention, breaches[2], day)
    error = refused(register.does, service.execute_detention, breaches[0], day, day + timedelta(days=3))
    assert error.details == ("another_length",)
    register.does(service.execute_detention, breaches[0], day, day + timedelta(days=10))
    assert register.standing().detained_until == day + timedelta(days=10)
    found = {view.state for view in register.reads(queries.breach_views, register.case.id)}
    assert found == {"executed", "accepted", "refused"}


def test_nothing_is_filed_that_she_did_not_approve(register: Register) -> None:
    application = register.does(
        service.draft_application, register.case.id, codes=["o5_a", "o5_b"], statement=SENTENCE, by="worker"
    )
    moment = register.house.moment()
    filed = (service.file_application, application, moment)
    assert refused(register.does, *filed, authority_id=register.court).reason == "not_possible"
    register.does(service.approve_application, application, "oral", by="worker")
    assert refused(register.does, *filed).reason == "authority_needed"
    register.does(*filed, authority_id=register.court, docket="2026/9")
    register.decided("o5_a", application_id=application)
    (view,) = register.reads(queries.application_views, register.case.id)
    assert (view.state, view.statement, view.codes) == ("partly_granted", SENTENCE, ("o5_a", "o5_b"))
    assert refused(register.does, service.withdraw_application, application, "istemiyor").reason == "not_possible"


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
    house.people["admin"] = house.do(lambda session: _employ(session, house.centre_id, "admin"))
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
