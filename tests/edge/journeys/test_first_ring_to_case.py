"""The main job on real input, in virtual time: from a first ring to a case, with a page on the way."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.facts import StoredFact
from core.unit_of_work import unit_of_work
from escalation.cases import queries as case_queries
from escalation.cases import service as cases
from escalation.paging import queries as page_queries
from escalation.paging import service as paging
from hotline import queries as hotline_queries
from hotline import service as hotline
from hotline.models import Contact, Leg
from intake import queries as intake_queries
from intake import service as intake
from intake.gate import permit_reply
from practice.phones import Behaviour, Press
from routing import service as routing
from routing.models import Queued
from tests.support.line import fresh_number
from tests.support.planted import ADDRESS, NAME, SENTENCE
from tests.support.world import PIN, World


def contact_of(world: World, sid: str) -> Contact:
    with unit_of_work(world.ground) as session:
        return session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one()


def story_of(world: World, contact_id: UUID) -> list[str]:
    with unit_of_work(world.ground) as session:
        facts = session.scalars(
            select(StoredFact).where(StoredFact.contact_id == contact_id).order_by(StoredFact.number),
        )
        return [fact.kind for fact in facts]


def test_a_kurdish_caller_with_key_five_reaches_an_operator_and_becomes_a_case(world: World) -> None:
    first = world.person("operator", languages=("tr", "ku"), behaviour=Behaviour("desk"))
    second = world.person("operator", languages=("tr", "ku"), behaviour=Behaviour("desk"))
    for operator in (first, second):
        world.ready(operator)
    caller = fresh_number()
    call = world.exchange.call(
        caller,
        world.line.number,
        Behaviour(presses=(Press("4", after=1.0), Press("5", after=12.0))),
    )
    world.until(lambda: contact_of(world, call.sid).danger if _arrived(world, call.sid) else False)
    contact = contact_of(world, call.sid)
    assert (contact.language, contact.state) == ("ku", "queued")

    won = world.do(lambda s: routing.accept(s, first.actor, contact.id, first.account_id))
    lost = world.do(lambda s: routing.accept(s, second.actor, contact.id, second.account_id))
    assert (won.won, lost.won, lost.by) == (True, False, first.account_id)
    world.until(lambda: contact_of(world, call.sid).state == "connected")
    world.pass_time(20)
    assert contact_of(world, call.sid).state == "connected"

    with unit_of_work(world.ground) as session:
        scope = world.scope(first)
        view = intake_queries.intake_of_contact(session, scope, contact.id)
        assert view is not None
        assert view.level == 1
    member = world.person(
        "oncall",
        on_duty="oncall",
        behaviour=Behaviour("answer", presses=(Press(PIN + "#", after=3.0), Press("1", after=12.0))),
    )
    asked = world.do(
        lambda s: paging.request_for_contact(
            s,
            first.actor,
            contact.id,
            "operator_request",
            request_reason=f"{NAME}, {ADDRESS}: barınma yeri bu gece",
        ),
    )
    world.until(lambda: _page_state(world, asked.page_id) == "acked")
    with unit_of_work(world.ground) as session:
        page = page_queries.page(session, world.scope(member), asked.page_id)
        assert page is not None
        assert page.row.accepted_by == member.account_id
    heard = world.exchange.phone(member.phone).heard()
    assert page.row.code not in "".join(heard[:1]).replace(" ", "")
    assert any(" ".join(page.row.code) in sentence for sentence in heard)

    world.do(lambda s: intake.triage(s, first.actor, scope, view.id))
    case = world.do(lambda s: cases.open_case(s, first.actor, world.scope(first), view.id))
    with unit_of_work(world.ground) as session:
        told = [item.kind for item in case_queries.story(session, world.scope(first), case.id)]
    order = ["CallArrived", "LanguageChosen", "DangerSignalled", "OfferAccepted", "CallConnected", "PageOpened"]
    positions = [told.index(kind) for kind in order]
    assert positions == sorted(positions)
    assert "PageAccepted" in told


def _arrived(world: World, sid: str) -> bool:
    with unit_of_work(world.ground) as session:
        return session.scalars(select(Contact.id).where(Contact.carrier_sid == sid)).first() is not None


def _page_state(world: World, page_id: UUID) -> str:
    with unit_of_work(world.ground) as session:
        found = session.execute(select(page_queries.Page.state).where(page_queries.Page.id == page_id)).scalar_one()
        return str(found)


def test_nobody_on_duty_ends_in_the_closing_sentence_and_a_page(world: World) -> None:
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press("1", after=1.0),)))
    world.pass_time(180)
    contact = contact_of(world, call.sid)
    assert contact.state == "abandoned_in_queue"
    told = story_of(world, contact.id)
    assert "DeadlinePassed" in told
    assert "PageOpened" in told
    heard = " ".join(world.exchange.phone(call.from_).heard(call.sid))
    assert "112" in heard


def test_all_decline_ends_in_the_closing_sentence_and_a_page(world: World) -> None:
    """At her screen, and at home on the telephone: she is asked again and again, and says no each time."""
    at_desk = world.person("operator", on_duty="operator")
    world.person("oncall", on_duty="oncall", behaviour=Behaviour("answer", presses=(Press("2", after=6.0),)))
    world.ready(at_desk)
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press("1", after=1.0),)))
    world.until(lambda: _arrived(world, call.sid) and contact_of(world, call.sid).state == "queued")
    contact = contact_of(world, call.sid)
    declined = 0
    for _ in range(36):
        declined += world.do(lambda s: routing.decline(s, at_desk.actor, contact.id, at_desk.account_id))
        world.pass_time(5)
    assert declined > 2
    assert contact_of(world, call.sid).state == "abandoned_in_queue"
    told = story_of(world, contact.id)
    assert {"DeadlinePassed", "PageOpened"} <= set(told)
    assert "CallConnected" not in told
    heard = " ".join(world.exchange.phone(call.from_).heard(call.sid))
    assert "112" in heard


def test_nobody_at_work_and_who_is_on_call_takes_her_with_a_key(world: World) -> None:
    """Danger too: the page that goes out beside the offer has nothing left to ask once she is spoken with."""
    home = world.person("oncall", on_duty="oncall", behaviour=Behaviour("answer", presses=(Press("1", after=8.0),)))
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press("5", after=1.0),)))
    world.until(lambda: _arrived(world, call.sid) and contact_of(world, call.sid).state == "connected")
    contact = contact_of(world, call.sid)
    with unit_of_work(world.ground) as session:
        [row] = session.scalars(select(Queued).where(Queued.contact_id == contact.id))
        assert row.taken_by == home.account_id
    world.pass_time(60)
    assert contact_of(world, call.sid).state == "connected"
    with unit_of_work(world.ground) as session:
        pages = page_queries.pages_of_contact(session, world.scope(home), contact.id)
    assert [(page.reason, page.state) for page in pages] == [("nobody_present", "closed")]


def test_a_text_thread_is_taken_answered_and_becomes_a_case(world: World) -> None:
    operator = world.person("operator")
    world.ready(operator)
    sender = fresh_number()
    text = world.exchange.text(sender, world.line.number, f"yardım edin beni öldürecek, {SENTENCE}")
    world.until(lambda: _arrived(world, text.sid))
    contact = contact_of(world, text.sid)
    with unit_of_work(world.ground) as session:
        levels = intake_queries.levels(session, [contact.id])
        assert levels[contact.id].level == 1
    world.do(lambda s: routing.accept(s, operator.actor, contact.id, operator.account_id))

    def answer(session: Session) -> None:
        permit = permit_reply(session, operator.actor, contact.id, "sms", "reply")
        assert isinstance(permit, UUID)
        hotline.reply(session, operator.actor, contact.id, SENTENCE, permit)

    world.do(answer)
    world.until(lambda: SENTENCE in world.exchange.phone(sender).texts())
    with unit_of_work(world.ground) as session:
        sent = hotline_queries.messages(session, world.scope(operator), contact.id)
        assert [item.direction for item in sent] == ["in", "out"]


def test_a_machine_on_the_operators_phone_never_answers_her(world: World) -> None:
    operator = world.person("operator", behaviour=Behaviour("machine"))
    world.ready(operator)
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press("1", after=1.0),)))
    world.until(lambda: _arrived(world, call.sid) and contact_of(world, call.sid).state == "queued")
    contact = contact_of(world, call.sid)
    world.do(lambda s: routing.accept(s, operator.actor, contact.id, operator.account_id))
    world.pass_time(40)
    assert contact_of(world, call.sid).state == "queued"
    with unit_of_work(world.ground) as session:
        leg = session.scalars(select(Leg).where(Leg.contact_id == contact.id)).first()
        assert leg is not None
        assert leg.joined_at is None
