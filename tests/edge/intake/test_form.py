"""Triage as a person does it: nothing required, every refusal explained, the level by rules that are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.due import Due
from core.ids import new_id
from hotline.queries.reach import reach
from intake import queries, service
from intake.errors import ClosedError, LoweringRefusedError, SafeContactError, ScreeningError
from intake.service.callers import CALLBACK
from routing.service import accept
from staff.errors import MissingPermissionError, OutOfScopeError
from staff.night_acts import approve_act, request_act
from staff.scope import Scope
from tests.support.desk import TESTS, Desk
from tests.support.planted import ADDRESS, NAME, SENTENCE

T = TypeVar("T")


@dataclass
class Her:
    """A text contact that an operator has taken."""

    desk: Desk
    contact: UUID
    intake: UUID
    operator: UUID

    def act(self, verb: Callable[..., T], *args: Any, by: UUID | None = None, **named: Any) -> T:
        """Do ``verb`` as the operator, or as ``by``."""
        who = by or self.operator
        with self.desk.work() as session:
            return verb(session, self.desk.actor(who), Scope.of(session, who), self.intake, *args, **named)

    def save(self, version: int = 0, **changes: object) -> service.IntakeSaved:
        """Save some fields."""
        return self.act(service.autosave, changes, version)


@pytest.fixture
def her(desk: Desk) -> Her:
    operator = desk.person()
    contact = desk.text("merhaba")
    with desk.work() as session:
        assert accept(session, desk.actor(operator), contact, operator).won
    return Her(desk, contact, desk.intake(contact).id, operator)


def test_what_is_right_is_saved_and_what_is_wrong_is_said(her: Her) -> None:
    words = {"display_name": NAME, "district": ADDRESS, "summary": f"{NAME}, {ADDRESS}: {SENTENCE}."}
    saved = her.save(gender="female", relation="aunt", province_code="06", channel="police", **words)
    assert saved.errors == {"relation": "unknown_code"}
    assert (saved.version, saved.stale) == (1, False)
    with her.desk.work() as session:
        view = queries.intake(session, Scope.of(session, her.operator), her.intake)
    assert view is not None
    assert (view.fields["gender"], view.fields["relation"]) == ("female", None)
    assert {name: view.fields[name] for name in words} == words
    assert (view.fields["province_code"], view.fields["channel"]) == ("06", "police")


def test_two_people_on_one_record_do_not_overwrite_each_other(her: Her) -> None:
    her.save(0, gender="female")
    later = her.save(0, language="ku")
    assert later.stale
    record = her.desk.intake(her.contact)
    assert (record.gender, record.language) == ("female", "ku")


def test_in_danger_now_raises_the_level_and_says_by_which_rule(her: Her) -> None:
    saved = her.save(immediate_danger="yes")
    assert (saved.level, saved.rule) == (1, "immediate_danger")
    assert her.save(saved.version, immediate_danger="no").level == 1


def test_her_wishes_reach_the_queue(her: Her) -> None:
    her.save(language="ku", wants_woman="on")
    row = her.desk.queued(her.contact)
    assert (row.language, row.wants_woman, row.anybody_may_answer) == ("ku", True, False)
    her.save(1, wants_woman="", anybody_may_answer="on")
    row = her.desk.queued(her.contact)
    assert (row.language, row.wants_woman, row.anybody_may_answer) == ("ku", False, True)


def test_a_colleague_who_was_not_given_it_does_not_even_find_it(her: Her) -> None:
    colleague, auditor = her.desk.person(), her.desk.person("auditor")
    for other in (colleague, auditor):
        with pytest.raises(OutOfScopeError):
            her.act(service.autosave, {"gender": "female"}, 0, by=other)
        with her.desk.work() as session:
            assert queries.intake(session, Scope.of(session, other), her.intake) is None
            assert queries.intake_of_contact(session, Scope.of(session, other), her.contact) is None


def test_who_may_read_and_not_write_is_told_so(her: Her) -> None:
    director = her.desk.person("director")
    with pytest.raises(MissingPermissionError):
        her.act(service.autosave, {"gender": "female"}, 0, by=director)


def test_a_screening_is_kept_and_its_rule_raises_the_level(her: Her) -> None:
    first = her.act(service.screen, {"with_her_now": "yes"})
    assert (first.level, first.assessed.level) == (1, 1)
    second = her.act(service.screen, {"with_her_now": "no"})
    assert second.level == 1
    with her.desk.work() as session:
        newest, oldest = queries.screenings(session, her.intake)
    assert (newest.superseded, oldest.superseded) == (False, True)
    assert oldest.answers == {"with_her_now": "yes"}
    with pytest.raises(ScreeningError):
        her.act(service.screen, {"with_her_now": "perhaps"})


def test_lowering_needs_a_reason_and_from_danger_a_lead(her: Her) -> None:
    assert her.act(service.raise_level, 1)
    assert not her.act(service.raise_level, 2)
    with pytest.raises(LoweringRefusedError) as refused:
        her.act(service.lower_level, 3, " ")
    assert refused.value.reason == "reason_missing"
    with pytest.raises(LoweringRefusedError) as refused:
        her.act(service.lower_level, 2, f"{NAME} has left {ADDRESS}")
    assert refused.value.reason == "lead_missing"
    lead = her.desk.person("shift_lead")
    assert her.act(service.lower_level, 2, f"{NAME} has left {ADDRESS}", by=lead)
    assert her.act(service.lower_level, 3, SENTENCE)
    record = her.desk.intake(her.contact)
    assert (record.level, record.level_rule, record.level_by) == (3, "person", her.operator)


def test_a_lead_may_agree_beforehand(her: Her) -> None:
    lead = her.desk.person("shift_lead")
    her.act(service.raise_level, 1)
    with her.desk.work() as session:
        act = request_act(
            session,
            Scope.of(session, her.operator),
            "lower_danger",
            "intake",
            her.intake,
            reason=f"{NAME} has left {ADDRESS}",
            centre_id=her.desk.centre_id,
        )
        approve_act(session, Scope.of(session, lead), act)
    assert her.act(service.lower_level, 2, "he has left the house")


def test_triage_is_said_once_and_work_goes_on(her: Her) -> None:
    her.act(service.triage)
    her.act(service.triage)
    assert len(her.desk.facts(her.contact, "IntakeTriaged")) == 1
    assert her.desk.intake(her.contact).state == "triaged"
    her.save(1, gender="female")
    assert her.desk.intake(her.contact).state == "in_progress"


def test_closing_lists_what_is_missing_and_then_closes(her: Her) -> None:
    refused = her.act(service.close)
    assert not refused.closed
    assert {"caller_role", "contact_class", "outcome"} <= set(refused.missing)
    her.save(safe_to_talk="yes", language="tr", caller_role="self", contact_class="wrong_number")
    assert her.act(service.close, "not_service") == service.Closing(closed=True)
    assert her.desk.facts(her.contact, "IntakeClosed")[0].payload["outcome"] == "not_service"
    with pytest.raises(ClosedError):
        her.save(gender="female")
    lead = her.desk.person("shift_lead")
    her.act(service.reopen, f"{NAME}: {SENTENCE}", by=lead)
    assert not her.save(gender="female").errors


def test_a_case_that_was_opened_marks_the_intake(her: Her) -> None:
    case_id = new_id()
    with her.desk.work() as session:
        service.link_case(session, TESTS, her.intake, case_id)
    record = her.desk.intake(her.contact)
    assert (record.case_id, record.state, record.outcome) == (case_id, "escalated", "case_opened")


def test_her_agreed_moment_comes_to_the_board_and_nothing_is_sent(her: Her) -> None:
    with her.desk.work() as session:
        moment = now(session) + timedelta(hours=1)
    her.save(next_contact=moment.isoformat())
    with her.desk.work() as session:
        due = session.scalars(select(Due).where(Due.kind == CALLBACK, Due.subject == str(her.intake))).one()
        assert due.at == moment
        handler = her.desk.line.ground.due_handlers.of(CALLBACK)
        assert handler is not None
        handler(session, due.subject, due.epoch)
    assert len(her.desk.facts(her.contact, "CallbackDue")) == 1
    her.save(1, next_contact="")
    with her.desk.work() as session:
        assert session.scalars(select(Due).where(Due.kind == CALLBACK, Due.subject == str(her.intake))).all() == []


def test_people_are_part_of_the_record_and_share_its_key(her: Her) -> None:
    her.act(service.add_person, "child", name=NAME, note=ADDRESS)
    with her.desk.work() as session:
        [(_, role, name, _, _)] = queries.people(session, Scope.of(session, her.operator), her.intake)
    assert (role, name) == ("child", NAME)


def test_a_withheld_caller_has_no_safe_contact(desk: Desk) -> None:
    operator = desk.person("shift_lead")
    sid, answer = desk.line.ring("+266696687")
    assert answer.status_code == 200
    contact = desk.contact(sid)
    with desk.work() as session:
        known = reach(session, contact)
        assert known is not None
        assert known.address_index is None
        with pytest.raises(SafeContactError):
            _set(session, desk, operator, desk.intake(contact).id)


def _set(session: Session, desk: Desk, who: UUID, intake: UUID) -> None:
    service.set_safe_contact(session, desk.actor(who), Scope.of(session, who), intake, service.Agreed())
