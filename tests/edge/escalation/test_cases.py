from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.clock import now
from core.facts import StoredFact
from escalation.cases import queries, service
from escalation.cases.models import Case
from escalation.paging import service as paging
from escalation.perpetrators import queries as other_queries
from escalation.perpetrators import service as other_service
from hotline.events import CallEnded, LanguageChosen
from intake import queries as intake_queries
from staff import service as staff_service
from staff.errors import MissingPermissionError, OutOfScopeError
from tests.edge.escalation.conftest import ACTOR, House
from tests.support.planted import ADDRESS, NAME, SENTENCE


def intake_of(house: House, contact_id: UUID) -> UUID:
    """The intake that every contact has from the first ring."""
    return house.do(lambda session: intake_queries.levels(session, [contact_id]))[contact_id].intake_id


def opened(house: House, contact_id: UUID, by: str = "worker") -> Case:
    """A case opened by somebody to whom the intake was assigned."""
    intake_id = intake_of(house, contact_id)
    member = house[by]
    for kind, subject_id in (("intake", intake_id), ("contact", contact_id)):
        house.do(
            lambda session, kind=kind, subject_id=subject_id: staff_service.grant(
                session,
                ACTOR,
                subject_kind=kind,
                subject_id=subject_id,
                grantee_kind="staff",
                grantee_id=member.id,
                reason="assigned",
            )
        )
    scope = house.scope(by)
    return house.do(lambda session: service.open_case(session, member.actor, scope, intake_id, title=NAME))


def story(house: House, case_id: UUID, by: str = "worker") -> list[str]:
    """What the story tells, by kinds."""
    return [item.kind for item in house.do(lambda session: queries.story(session, house.scope(by), case_id))]


def test_a_case_is_opened_once_from_an_intake_and_its_opener_owns_it(house: House) -> None:
    contact_id = house.contact()
    case = opened(house, contact_id)
    assert opened(house, contact_id).id == case.id
    assert case.ref.startswith("V-")
    assert case.owner_id == house["worker"].id
    intake = house.do(lambda session: intake_queries.levels(session, [contact_id]))[contact_id]
    assert intake.state == "escalated"
    view = house.do(lambda session: queries.case(session, house.scope("worker"), case.ref.lower()))
    assert view is not None
    assert (view.title, view.state, view.contact_ids) == (NAME, "open", (contact_id,))
    assert NAME not in repr(view)


def test_two_who_open_it_in_the_same_moment_get_the_same_case(house: House) -> None:
    contact_id = house.contact()
    barrier = Barrier(2)
    ids: list[UUID] = []

    def go() -> None:
        barrier.wait()
        ids.append(opened(house, contact_id).id)

    threads = [Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_the_story_tells_everything_in_order_from_the_first_ring(house: House) -> None:
    contact_id = house.contact()
    house.happens(LanguageChosen(contact_id, house.centre_id, "ku"))
    house.sweep(30)
    house.happens(CallEnded(contact_id, house.centre_id, answered=False, how="abandoned_in_queue"))
    house.sweep(1)
    page = house.do(lambda session: paging.request_for_contact(session, ACTOR, contact_id, "call_unanswered"))
    member = house["oncall1"]
    house.do(lambda session: paging.accept(session, member.actor, page.page_id, member.id, "dashboard"))
    case = opened(house, contact_id)
    actor, scope = house["worker"].actor, house.scope("worker")
    house.do(lambda session: service.add_note(session, actor, scope, case.id, "team", SENTENCE))
    house.do(lambda session: service.change_state(session, actor, scope, case.id, "assessment"))
    told = story(house, case.id)
    expected = [
        "CallArrived",
        "LanguageChosen",
        "CallEnded",
        "PageOpened",
        "PageNotified",
        "PageAccepted",
        "case.opened",
        "case.contact_linked",
        "case.note",
        "case.state",
    ]
    positions = [told.index(kind) for kind in expected]
    assert positions == sorted(positions)
    assert "IntakeOpened" in told
    items = house.do(lambda session: queries.story(session, scope, case.id))
    assert [item.at for item in items] == sorted(item.at for item in items)
    accepted = next(item for item in items if item.kind == "PageAccepted")
    assert accepted.actor_id == member.id
    assert len(told) == len(items)
    assert told.count("case.opened") == 1
    assert "CaseOpened" not in told


def test_somebody_barred_from_the_contact_is_barred_from_the_case(house: House) -> None:
    contact_id = house.contact()
    house.do(
        lambda session: staff_service.bar(
            session, ACTOR, subjects=[("contact", contact_id)], account_id=house["director"].id, reason="kin"
        )
    )
    case = opened(house, contact_id)
    assert house.do(lambda session: queries.case(session, house.scope("director"), case.id)) is None
    scope = house.scope("director")
    assert house.do(lambda session: session.execute(queries.cases(scope)).all()) == []
    intake = house.do(lambda session: intake_queries.intake(session, scope, case.intake_id))
    assert intake is None


def test_a_case_under_secrecy_is_its_readers_alone(house: House) -> None:
    case = opened(house, house.contact())
    assert house.do(lambda session: queries.case(session, house.scope("director"), case.id)) is not None
    house.do(
        lambda session: session.execute(
            text("UPDATE cases_cases SET confidential = true WHERE id = :id"), {"id": case.id}
        )
    )
    assert house.do(lambda session: queries.case(session, house.scope("director"), case.id)) is None
    assert house.do(lambda session: queries.case(session, house.scope("worker"), case.id)) is not None


def test_notes_are_read_by_those_they_are_for(house: House) -> None:
    case = opened(house, house.contact())
    worker = house["worker"].actor
    for name in ("lawyer", "operator"):
        house.do(
            lambda session, name=name: staff_service.grant(
                session,
                ACTOR,
                subject_kind="case",
                subject_id=case.id,
                grantee_kind="staff",
                grantee_id=house[name].id,
                reason="assigned",
            )
        )
    for kind in ("team", "legal", "author_only"):
        house.do(
            lambda session, kind=kind: service.add_note(
                session, worker, house.scope("worker"), case.id, kind, f"{kind}: {NAME}, {ADDRESS}, {SENTENCE}"
            )
        )

    def kinds(name: str) -> list[str]:
        return [note.kind for note in house.do(lambda session: queries.notes(session, house.scope(name), case.id))]

    assert kinds("worker") == ["team", "legal", "author_only"]
    assert kinds("lawyer") == ["team", "legal"]
    assert kinds("operator") == ["team"]
    assert kinds("director") == ["team", "legal"]
    assert story(house, case.id, "operator").count("case.note") == 1
    with pytest.raises(MissingPermissionError):
        house.do(
            lambda session: service.add_note(
                session, house["operator"].actor, house.scope("operator"), case.id, "team", "x"
            )
        )


def test_a_task_falls_due_once_and_stays_to_be_done(house: House) -> None:
    case = opened(house, house.contact())
    actor, scope = house["worker"].actor, house.scope("worker")
    due_at = house.moment() + timedelta(minutes=10)
    task_id = house.do(lambda session: service.add_task(session, actor, scope, case.id, ADDRESS, due_at=due_at))
    house.sweep(601)
    house.sweep(601)
    assert story(house, case.id).count("case.task_overdue") == 1
    reported = select(StoredFact.kind).where(StoredFact.contact_id == case.contact_id, StoredFact.kind == "TaskOverdue")
    assert house.do(lambda session: session.scalars(reported).all()) == ["TaskOverdue"]
    mine = house.do(lambda session: queries.tasks(session, scope, mine=True))
    assert [(task.title, task.overdue) for task in mine] == [(ADDRESS, True)]
    for _ in range(2):
        house.do(lambda session: service.finish_task(session, actor, scope, task_id))
    assert house.do(lambda session: queries.tasks(session, scope, mine=True)) == []
    assert story(house, case.id).count("case.task_finished") == 1


def test_closing_over_an_open_task_is_the_directors_with_words(house: House) -> None:
    case = opened(house, house.contact())
    worker = house["worker"]
    house.happens(CallEnded(case.contact_id, house.centre_id, answered=True, how="wrap_up"))
    house.do(
        lambda session: session.execute(
            text("UPDATE hotline_contacts SET state = 'closed' WHERE id = :id"), {"id": case.contact_id}
        )
    )
    house.do(lambda session: service.add_task(session, worker.actor, house.scope("worker"), case.id, SENTENCE))

    def close(name: str, words: str = "") -> None:
        actor, scope = house[name].actor, house.scope(name)
        house.do(
            lambda session: service.change_state(session, actor, scope, case.id, "closed", reason="safe", words=words)
        )

    with pytest.raises(service.CaseError, match="open_duties"):
        close("worker", "bence bitti")
    with pytest.raises(service.CaseError, match="open_duties_need_words"):
        close("director")
    close("director", f"{NAME} taşındı: {ADDRESS}.")
    view = house.do(lambda session: queries.case(session, house.scope("director"), case.id))
    assert view is not None
    assert (view.state, view.closure_reason, view.possible) == ("closed", "safe", ("reopened",))
    house.do(lambda session: service.change_state(session, worker.actor, house.scope("worker"), case.id, "reopened"))
    view = house.do(lambda session: queries.case(session, house.scope("worker"), case.id))
    assert view is not None
    assert (view.state, view.closed_at) == ("reopened", None)


def test_a_contact_that_still_waits_keeps_a_case_open(house: House) -> None:
    case = opened(house, house.contact("sms"))
    with pytest.raises(service.CaseError, match="open_duties"):
        house.do(
            lambda session: service.change_state(
                session, house["worker"].actor, house.scope("worker"), case.id, "closed", reason="safe"
            )
        )


def test_a_later_contact_joins_the_case_and_its_story(house: House) -> None:
    case = opened(house, house.contact())
    later = house.contact()
    intake_id = intake_of(house, later)
    worker = house["worker"]
    house.do(
        lambda session: staff_service.grant(
            session,
            ACTOR,
            subject_kind="intake",
            subject_id=intake_id,
            grantee_kind="staff",
            grantee_id=worker.id,
            reason="assigned",
        )
    )
    house.do(lambda session: service.link_intake(session, worker.actor, house.scope("worker"), case.id, intake_id))
    assert story(house, case.id).count("CallArrived") == 2
    found = house.do(lambda session: queries.case_of_contact(session, house.scope("worker"), later))
    assert found == (case.id, case.ref)


def test_another_owner_reads_and_the_former_one_does_not(house: House) -> None:
    case = opened(house, house.contact(), by="oncall1")
    worker, lead = house["worker"], house["lead"]
    house.do(
        lambda session: staff_service.grant(
            session,
            ACTOR,
            subject_kind="case",
            subject_id=case.id,
            grantee_kind="staff",
            grantee_id=lead.id,
            reason="assigned",
        )
    )
    for wrong in (house["perp"].id, ACTOR.id or case.id):
        with pytest.raises(service.CaseError, match="unknown_owner"):
            house.do(
                lambda session, wrong=wrong: service.assign_owner(
                    session, lead.actor, house.scope("lead"), case.id, wrong
                )
            )
    house.do(lambda session: service.assign_owner(session, lead.actor, house.scope("lead"), case.id, worker.id))
    assert house.do(lambda session: queries.case(session, house.scope("worker"), case.id)) is not None
    assert house.do(lambda session: queries.case(session, house.scope("oncall1"), case.id)) is None
    acts = select(AuditEntry.act).where(AuditEntry.subject_id == str(case.id))
    assert {"case_opened", "case_assigned", "granted", "grant_revoked"} <= set(
        house.do(lambda session: session.scalars(acts).all())
    )


def test_who_may_not_open_a_case_gets_none(house: House) -> None:
    intake_id = intake_of(house, house.contact())
    with pytest.raises(OutOfScopeError):
        house.do(lambda session: service.open_case(session, house["worker"].actor, house.scope("worker"), intake_id))
    with pytest.raises(MissingPermissionError):
        house.do(
            lambda session: service.open_case(session, house["director"].actor, house.scope("director"), intake_id)
        )
    with pytest.raises(MissingPermissionError):
        house.do(lambda session: service.open_case(session, house["perp"].actor, house.scope("perp"), intake_id))


def test_the_wall_stands_on_both_sides(house: House) -> None:
    case = opened(house, house.contact())
    perp, worker = house["perp"], house["worker"]
    file = house.do(
        lambda session: other_service.open_file(
            session, perp.actor, house.scope("perp"), house.centre_id, NAME, "court_order"
        )
    )
    assert file.ref.startswith("F-")
    # Even a grant does not lead over the wall.
    for kind, subject_id, member in (("case", case.id, perp), ("perpetrator", file.id, worker)):
        house.do(
            lambda session, kind=kind, subject_id=subject_id, member=member: staff_service.grant(
                session,
                ACTOR,
                subject_kind=kind,
                subject_id=subject_id,
                grantee_kind="staff",
                grantee_id=member.id,
                reason="assigned",
            )
        )
    assert house.do(lambda session: queries.case(session, house.scope("perp"), case.id)) is None
    assert house.do(lambda session: session.execute(queries.cases(house.scope("perp"))).all()) == []
    assert house.do(lambda session: other_queries.file(session, house.scope("worker"), file.id)) is None
    seen = house.do(lambda session: other_queries.file(session, house.scope("perp"), file.ref))
    assert seen is not None
    assert seen.display_name == NAME
    with pytest.raises(MissingPermissionError):
        house.do(
            lambda session: other_service.open_file(
                session, worker.actor, house.scope("worker"), house.centre_id, "x", "voluntary"
            )
        )


def test_only_lawyers_and_the_director_follow_the_link_between_the_sides(house: House) -> None:
    case = opened(house, house.contact())
    perp = house["perp"]
    file = house.do(
        lambda session: other_service.open_file(
            session, perp.actor, house.scope("perp"), house.centre_id, NAME, "voluntary"
        )
    )
    lawyer = house["lawyer"].actor
    house.do(lambda session: other_service.link_case(session, lawyer, house.scope("lawyer"), file.id, case.id))
    for name in ("lawyer", "director"):
        assert (
            house.do(lambda session, name=name: other_queries.linked_case(session, house.scope(name), file.id))
            == case.id
        )
    for name in ("perp", "worker", "operator"):
        with pytest.raises(MissingPermissionError):
            house.do(lambda session, name=name: other_queries.linked_case(session, house.scope(name), file.id))

    def raw(session: Session) -> bytes:
        query = text("SELECT linked_case_sealed FROM perpetrators_files WHERE id = :id")
        return bytes(session.execute(query, {"id": file.id}).scalar_one())

    assert str(case.id).encode() not in house.do(raw)
    house.do(lambda session: other_service.close_file(session, perp.actor, house.scope("perp"), file.id))
    assert house.do(now) is not None
