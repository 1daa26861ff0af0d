from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.audit import AuditEntry
from core.database import table_of
from core.facts import StoredFact
from escalation.cases.models import Case
from escalation.cases.register import entry, queries, service
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.models import Change
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem, NewNotice, Paper, RegisterError
from staff.rules import ISTANBUL
from tests.edge.escalation.conftest import ACTOR, House
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


def test_a_change_that_the_release_before_writes_is_of_the_decision_s_centre(register: Register) -> None:
    """It does not name the centre, and serves on this schema while it is replaced or after a way back."""
    decision_id = register.decided("o5_a", ago=5)
    register.does(service.lift, decision_id, Paper(register.today, docket="2026/40"))
    named = ", ".join(column.name for column in table_of(Change).columns if column.name not in {"id", "centre_id"})
    again = f"INSERT INTO cases_decision_changes (id, {named}) SELECT gen_random_uuid(), {named}"
    of_it = " FROM cases_decision_changes WHERE decision_id = :decision"
    register.house.do(lambda session: session.execute(text(again + of_it), {"decision": decision_id}))
    query = select(Change.centre_id).where(Change.decision_id == decision_id)
    assert register.house.do(lambda session: session.scalars(query).all()) == [register.house.centre_id] * 2


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


def test_an_added_measure_begins_with_the_decision_that_adds_it(register: Register) -> None:
    decision_id = register.decided("o5_a", ago=40)
    added = [NewItem("o5_f", Length(30, "days"))]
    register.does(service.modify, decision_id, Paper(register.today - timedelta(days=1)), added=added)
    new = next(one for one in register.view(decision_id).live if one.measure.code == "o5_f")
    assert new.ends == register.today + timedelta(days=29)


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
