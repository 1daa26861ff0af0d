"""Four eyes by day, one pair at night, and the morning's review."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.audit import AuditEntry
from core.clock import now
from core.due import Due
from core.facts import StoredFact
from core.ids import new_id
from core.workdays import closed_from
from staff import queries, service
from staff.errors import FourEyesError, MissingPermissionError, OutOfScopeError
from staff.models import NightAct
from staff.night_acts import (
    EXPIRY_DUE,
    REVIEW_DUE,
    approve_act,
    decline_act,
    expire_act,
    remind_review,
    request_act,
    review_act,
    use_act,
)
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.staff.conftest import ACTOR, PASSWORD, Person


def _at(session: Session, hour: int) -> None:
    """Move the clock to this hour of Istanbul on the next Tuesday that is a working day."""
    local = now(session).astimezone(ISTANBUL)
    day = local.date() + timedelta(days=(1 - local.weekday()) % 7 or 7)
    while closed_from(day) is not None:
        day += timedelta(days=7)
    _move_to(session, datetime.combine(day, time(hour), ISTANBUL))


def _move_to(session: Session, moment: datetime) -> None:
    clock.shift(session, moment - now(session))


@pytest.fixture
def operator(session: Session, person: Person) -> Scope:
    return Scope.of(session, person(session, "operator").id)


@pytest.fixture
def lead(session: Session, person: Person) -> Scope:
    return Scope.of(session, person(session, "shift_lead").id)


def _ask(session: Session, scope: Scope, centre: UUID, *, act: str = "lower_danger", night: bool = False) -> NightAct:
    act_id = request_act(session, scope, act, "intake", new_id(), reason="yanlış tuş", centre_id=centre, night=night)
    row = session.get(NightAct, act_id, populate_existing=True)
    assert row is not None
    return row


def _reason(error: pytest.ExceptionInfo[FourEyesError]) -> str:
    return error.value.reason


def test_one_asks_another_approves_and_it_is_used_once(
    session: Session,
    centre: UUID,
    operator: Scope,
    lead: Scope,
) -> None:
    row = _ask(session, operator, centre)
    assert row.state == "requested"
    with pytest.raises(FourEyesError) as early:
        use_act(session, operator.actor, "lower_danger", "intake", row.subject_id)
    approve_act(session, lead, row.id)
    with pytest.raises(FourEyesError):
        use_act(session, lead.actor, "lower_danger", "intake", row.subject_id)
    assert use_act(session, operator.actor, "lower_danger", "intake", row.subject_id) == row.id
    with pytest.raises(FourEyesError) as twice:
        use_act(session, operator.actor, "lower_danger", "intake", row.subject_id)
    assert _reason(early) == _reason(twice) == "not_approved"
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == str(row.id))).all()
    assert set(acts) == {"act_requested", "act_approved"}
    assert session.scalar(select(Due.id).where(Due.subject == str(row.id))) is None


def test_nobody_approves_herself(session: Session, centre: UUID, lead: Scope) -> None:
    row = _ask(session, lead, centre)
    with pytest.raises(FourEyesError) as refused:
        approve_act(session, lead, row.id)
    assert _reason(refused) == "same_person"


def test_approval_needs_the_permission_and_the_centre(
    session: Session,
    centre: UUID,
    operator: Scope,
    person: Person,
) -> None:
    row = _ask(session, operator, centre)
    with pytest.raises(MissingPermissionError):
        approve_act(session, Scope.of(session, person(session, "operator").id), row.id)
    elsewhere = service.create_centre(session, ACTOR, slug=f"e{new_id().hex[-8:]}", name="E")
    with pytest.raises(OutOfScopeError):
        approve_act(session, Scope.of(session, person(session, "shift_lead", at=elsewhere).id), row.id)
    with pytest.raises(MissingPermissionError):
        _ask(session, Scope.of(session, person(session, "statistician").id), centre)


def test_it_runs_out_and_may_be_declined(session: Session, centre: UUID, operator: Scope, lead: Scope) -> None:
    late = _ask(session, operator, centre)
    declined = _ask(session, operator, centre)
    decline_act(session, lead, declined.id)
    with pytest.raises(FourEyesError):
        approve_act(session, lead, declined.id)
    approve_act(session, lead, late.id)
    clock.shift(session, timedelta(minutes=30))
    with pytest.raises(FourEyesError):
        use_act(session, operator.actor, "lower_danger", "intake", late.subject_id)
    expire_act(session, str(late.id), 0)
    assert late.state == "expired"


def test_asking_again_returns_the_open_request(session: Session, centre: UUID, operator: Scope) -> None:
    subject = new_id()

    def ask() -> UUID:
        return request_act(session, operator, "lower_danger", "intake", subject, reason="r", centre_id=centre)

    first = ask()
    assert ask() == first
    clock.shift(session, timedelta(minutes=31))
    assert ask() != first


@pytest.mark.parametrize(
    ("act", "hour", "reason", "refusal"),
    [
        ("lower_danger", 12, "r", "not_night"),
        ("lower_danger", 23, "  ", "no_reason"),
        ("close_danger_case", 23, "r", "no_night_form"),
        ("rob_a_bank", 23, "r", "unknown_act"),
    ],
)
def test_the_night_form_has_its_conditions(
    session: Session,
    centre: UUID,
    person: Person,
    act: str,
    hour: int,
    reason: str,
    refusal: str,
) -> None:
    scope = Scope.of(session, person(session, "operator", "social_worker").id)
    _at(session, hour)
    with pytest.raises(FourEyesError) as refused:
        request_act(session, scope, act, "intake", new_id(), reason=reason, centre_id=centre, night=True)
    assert _reason(refused) == refusal


@pytest.mark.parametrize(
    ("local", "alone"),
    [("2026-10-28 12:30", False), ("2026-10-28 13:30", True), ("2026-10-29 12:00", True), ("2026-10-30 12:00", False)],
)
def test_a_public_holiday_lacks_the_second_person_as_a_night_does(
    session: Session, centre: UUID, operator: Scope, local: str, *, alone: bool
) -> None:
    _move_to(session, datetime.fromisoformat(local).replace(tzinfo=ISTANBUL))
    if alone:
        assert _ask(session, operator, centre, night=True).state == "approved"
    else:
        with pytest.raises(FourEyesError) as refused:
            _ask(session, operator, centre, night=True)
        assert _reason(refused) == "not_night"


def test_alone_at_night_used_and_reviewed_in_the_morning(
    session: Session,
    centre: UUID,
    operator: Scope,
    lead: Scope,
    person: Person,
) -> None:
    _at(session, 23)
    row = _ask(session, operator, centre, night=True)
    assert (row.state, row.approved_by) == ("approved", None)
    assert row.expires_at - now(session) == timedelta(minutes=15)
    use_act(session, operator.actor, "lower_danger", "intake", row.subject_id)
    due = session.scalars(select(Due).where(Due.kind == REVIEW_DUE, Due.subject == str(row.id))).one()
    assert due.at.astimezone(ISTANBUL).hour == 9
    clock.shift(session, timedelta(hours=10, minutes=1))
    remind_review(session, str(row.id), 0)
    reminded = session.scalars(select(StoredFact.payload).where(StoredFact.kind == "NightActReviewDue")).all()
    assert str(row.id) in {fact["act_id"] for fact in reminded}
    session.refresh(due)
    assert due.at > now(session)
    session.refresh(row)
    both = Scope.of(session, person(session, "shift_lead").id)
    assert operator.account_id is not None
    service.set_roles(session, ACTOR, operator.account_id, ["operator", "shift_lead"])
    with pytest.raises(FourEyesError) as herself:
        review_act(session, Scope.of(session, operator.account_id), row.id, "in_order")
    assert _reason(herself) == "same_person"
    review_act(session, lead, row.id, "objected")
    assert (row.state, row.review, row.reviewed_by) == ("reviewed", "objected", lead.account_id)
    assert session.scalar(select(Due.id).where(Due.subject == str(row.id), Due.kind == REVIEW_DUE)) is None
    with pytest.raises(FourEyesError):
        review_act(session, both, row.id, "in_order")


def test_an_unused_night_form_is_reviewed_too_and_a_day_s_act_is_not(
    session: Session,
    centre: UUID,
    operator: Scope,
    lead: Scope,
) -> None:
    _at(session, 3)
    night = _ask(session, operator, centre, night=True)
    expire_act(session, str(night.id), 0)
    review_act(session, lead, night.id, "in_order")
    day = _ask(session, operator, centre)
    expire_act(session, str(day.id), 0)
    with pytest.raises(FourEyesError):
        review_act(session, lead, day.id, "in_order")


def test_the_reason_is_sealed_and_the_times_are_due(session: Session, centre: UUID, operator: Scope) -> None:
    row = _ask(session, operator, centre)
    stored = session.execute(select(NightAct.__table__).where(NightAct.id == row.id)).one()
    assert not any("yanlış tuş" in str(value) for value in stored)
    assert row.reason == "yanlış tuş"
    assert session.scalar(select(Due.id).where(Due.kind == EXPIRY_DUE, Due.subject == str(row.id))) is not None


def test_a_sign_in_is_reset_only_with_four_eyes(session: Session, centre: UUID, lead: Scope, person: Person) -> None:
    lost = person(session, "operator")
    with pytest.raises(FourEyesError):
        service.reset_sign_in(session, lead.actor, lost.id, PASSWORD)
    act = request_act(session, lead, "reset_sign_in", "account", lost.id, reason="telefon", centre_id=centre)
    approve_act(session, Scope.of(session, person(session, "director").id), act)
    new = service.reset_sign_in(session, lead.actor, lost.id, PASSWORD)
    assert new.totp_seed != lost.totp_seed


def test_who_sees_what_waits_for_her(
    session: Session,
    centre: UUID,
    operator: Scope,
    lead: Scope,
    person: Person,
) -> None:
    _at(session, 22)
    asked, alone = _ask(session, operator, centre), _ask(session, operator, centre, night=True)
    assert [row.id for row in queries.acts_to_approve(session, lead)] == [asked.id]
    assert queries.acts_to_approve(session, lead)[0].reason == "yanlış tuş"
    assert {row.id for row in queries.my_open_acts(session, operator)} == {asked.id, alone.id}
    assert queries.acts_to_review(session, lead) == []
    expire_act(session, str(alone.id), 0)
    assert [row.id for row in queries.acts_to_review(session, lead)] == [alone.id]
    for blind in (operator, Scope.of(session, person(session, "auditor", at=None).id)):
        assert queries.acts_to_approve(session, blind) == queries.acts_to_review(session, blind) == []
