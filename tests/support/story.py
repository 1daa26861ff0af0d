"""Calls of a world in virtual time: how they come about, and what is known of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, text

from core.actor import system
from core.clock import after
from core.clock import now as database_now
from core.facts import StoredFact
from core.ids import new_id
from core.unit_of_work import run, unit_of_work
from hotline import service as hotline
from hotline.carriers.protocol import Outcome
from hotline.journal import Record, replay
from hotline.models import Call, Contact, Leg
from hotline.roster import Roster, write_roster
from hotline.telephone import Form, Step
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from practice.webhooks import WebhookRequest
from tests.support.line import fresh_number, line_number
from tests.support.world import World

ACTOR = system("tests")
#: She presses 1 at the greeting and waits.
WAITS = Behaviour(presses=(Press("1", after=1.0),))


def contact(world: World, sid: str) -> Contact:
    """The contact of a call."""
    with unit_of_work(world.ground) as session:
        return session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one()


def call_row(world: World, sid: str) -> Call:
    """The row of a call."""
    with unit_of_work(world.ground) as session:
        return session.scalars(select(Call).where(Call.carrier_sid == sid)).one()


def leg_row(world: World, leg_id: UUID) -> Leg:
    """A telephone of staff."""
    with unit_of_work(world.ground) as session:
        return session.get_one(Leg, leg_id)


def story(world: World, contact_id: UUID) -> list[str]:
    """The kinds of facts of a contact, in order."""
    with unit_of_work(world.ground) as session:
        facts = select(StoredFact.kind).where(StoredFact.contact_id == contact_id).order_by(StoredFact.number)
        return list(session.scalars(facts))


def waiting_call(world: World, behaviour: Behaviour = WAITS) -> Carried:
    """A call that stands in the waiting room."""
    call = world.exchange.call(fresh_number(), world.line.number, behaviour)
    world.pass_time(5)
    assert contact(world, call.sid).state == "queued"
    return call


def telephone(world: World, behaviour: Behaviour) -> str:
    """A telephone somewhere; its number."""
    number = fresh_number()
    world.exchange.set_behaviour(number, behaviour)
    return number


def desk(world: World, call: Carried, behaviour: Behaviour) -> UUID:
    """Somebody accepted her on the board; her own telephone is rung."""
    contact_id, number = contact(world, call.sid).id, telephone(world, behaviour)
    leg_id: UUID = world.do(
        lambda session: hotline.connect(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    return leg_id


def paged(world: World, number: str, contact_id: UUID | None = None) -> UUID:
    """A telephone is called for a page, about a contact or about none; the leg's id."""
    _, leg_id = world.do(
        lambda session: hotline.page_call(
            session,
            ACTOR,
            world.line.centre_id,
            new_id(),
            number,
            str(new_id()),
            0,
            not_after=after(300),
            owner_kind="drill",
            contact_id=contact_id,
        ),
    )
    assert isinstance(leg_id, UUID)
    return leg_id


def words(world: World, number: str) -> str:
    """Everything that a telephone heard."""
    return " ".join(world.exchange.phone(number).heard())


def with_fallback(world: World, behaviour: Behaviour) -> str:
    """The line has a fallback telephone; its number."""
    number = line_number()  # as public as the line itself
    world.exchange.set_behaviour(number, behaviour)
    with world.ground.engine.begin() as connection:
        connection.execute(
            text("UPDATE staff_lines SET fallback_number = :number WHERE id = :line"),
            {"number": number, "line": world.line.line_id},
        )
    return number


def with_roster(world: World, behaviour: Behaviour) -> str:
    """The last roster names a duty telephone for the line; its number."""
    number, ground = telephone(world, behaviour), world.ground
    with unit_of_work(ground) as session:
        roster = Roster({world.line.number: (number,)}, database_now(session))
    write_roster(ground.settings.data_dir / "roster.sealed", ground.keyring.derive("roster"), roster)
    return number


def without_roster(world: World) -> None:
    """No roster was ever pushed down."""
    (world.ground.settings.data_dir / "roster.sealed").unlink(missing_ok=True)


@contextmanager
def no_database(world: World) -> Iterator[None]:
    """The house has no database for a while: no webhook reaches it, no worker works. Then the journal is replayed."""
    breaker = world.line.telephone.breaker
    breaker.closed = lambda: False  # type: ignore[method-assign]
    world.settle = lambda: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        del breaker.closed, world.settle
        replay_journal(world)


@contextmanager
def commits_too_late(world: World) -> Iterator[None]:
    """What the carrier asks meanwhile is stored, but only after we had given up and answered without it."""
    telephone = world.line.telephone
    kept = telephone._in_database

    def late(step: Step, form: Form, params: Mapping[str, Any]) -> None:
        kept(step, form, params)

    telephone._in_database = late  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del telephone._in_database
        replay_journal(world)


def redirects_meet(world: World, call: Carried, answers: list[Outcome], *, taken: bool) -> None:
    """The next redirects of her call get these answers; ``taken``: the carrier has done what was asked all the same."""
    carrier, left = world.sender._carrier, list(answers)
    real = carrier.redirect_call

    def redirect(sid: str, **arguments: str) -> Outcome:
        if sid != call.sid or not left:
            return real(sid, **arguments)
        if taken:
            real(sid, **arguments)
        return left.pop(0)

    carrier.redirect_call = redirect  # type: ignore[method-assign]


def replay_journal(world: World) -> None:
    """Bring what the journal kept into the database, as the house does when that is back."""
    line = world.line

    def apply(record: Record) -> None:
        late = max(int(time.time() - float(record["at"])), 0)
        params = {**record["params"], "late_seconds": late}
        run(world.ground, lambda session: line.steps[record["kind"]].work(session, record["form"], params))

    report = replay(line.journal_folder, world.ground.keyring.derive("journal"), apply)
    assert report.failed == 0


def on_time(world: World) -> None:
    """From now on each webhook finds the database at the carrier's second, and not at the last look at the house."""
    perform = world.carrier.perform

    def performed(request: WebhookRequest) -> None:
        world.set_clock(world.carrier.now)
        perform(request)

    world.carrier.perform = performed  # type: ignore[method-assign]


Accident = Literal["answer lost", "error after", "error", "no connection"]


def accident(world: World, where: str, what: Accident, times: int = 1) -> list[str]:
    """The next requests to paths that contain ``where`` go wrong; returns the list of those that did, as it grows.

    The first two reach us and do their work; then the carrier hears nothing, or that we failed.
    """
    exchange, carrier = world.exchange, world.carrier
    perform, struck = carrier.perform, list[str]()

    def performed(request: WebhookRequest) -> None:
        if len(struck) >= times or where not in request.url:
            perform(request)
            return
        struck.append(request.url)
        if what in {"answer lost", "error after"}:
            deliver = exchange.deliver
            exchange.deliver = lambda *_answer: None  # type: ignore[method-assign]
            perform(request)
            exchange.deliver = deliver  # type: ignore[method-assign]
        if what == "answer lost":
            webhooks = exchange.ground.webhooks
            exchange.ground.later(request.read_timeout, lambda: webhooks.fail(request.id, "timeout"))
        elif what == "no connection":
            exchange.fail(request.id, "connect", world.carrier.now)
        else:
            exchange.deliver(request.id, 500, "text/plain", "", world.carrier.now)

    carrier.perform = performed  # type: ignore[method-assign]
    return struck
