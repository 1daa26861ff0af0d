"""Nobody is signed out while she is at work: in a contact, in its hand-over, in her shift."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from core.clock import now
from core.due import DueHandlers
from core.facts import report
from core.sweeping import sweep
from core.unit_of_work import run
from hotline.events import ContactTaken
from routing.service import accept, add_shift, leave
from routing.service.signed_in import TALKING
from staff.rules import SESSION_HOURS
from staff.sessions import session_of, start_session
from tests.support.desk import TESTS, Desk
from tests.support.house import Clock

HOUR = 3600.0
#: Five minutes before a session would end by itself.
LATE = SESSION_HOURS * HOUR - 300


def sign_in(desk: Desk, account_id: UUID) -> str:
    """The token of a new session of hers."""
    with desk.work() as session:
        return start_session(session, account_id, desk.centre_id, "tr").token


def signed_in(desk: Desk, token: str) -> bool:
    with desk.work() as session:
        return session_of(session, token) is not None


def take(desk: Desk, contact_id: UUID, account_id: UUID) -> None:
    with desk.work() as session:
        assert accept(session, desk.actor(account_id), contact_id, account_id).won


def serves(desk: Desk, account_id: UUID, since: float, until: float) -> None:
    with desk.work() as session:
        moment = now(session)
        add_shift(
            session,
            TESTS,
            account_id=account_id,
            centre_id=desk.centre_id,
            line_id=desk.line.line_id,
            role="operator",
            start=moment + timedelta(seconds=since),
            end=moment + timedelta(seconds=until),
        )


def test_a_call_taken_late_is_not_cut_off_however_long_it_lasts(desk: Desk, hand: Clock) -> None:
    elif_, leyla = desk.person(), desk.person()
    hers, idle = sign_in(desk, elif_), sign_in(desk, leyla)
    # The line is not acted here: of what falls due, only this room's look at who is talking is done.
    looks, look = DueHandlers(), desk.line.ground.due_handlers.of(TALKING)
    assert look is not None
    looks.on(TALKING, look)
    looking = replace(desk.line.ground, due_handlers=looks)
    hand.advance(LATE, sweeping=False)
    contact = desk.call()
    take(desk, contact, elif_)
    # Her switch says that she takes nothing further, so no heartbeat comes.
    for _ in range(10):
        hand.advance(HOUR / 2 + 1, sweeping=False)
        sweep(looking)
        assert signed_in(desk, hers)
    assert not signed_in(desk, idle)
    with desk.work() as session:
        leave(session, contact)
    hand.advance(HOUR / 2 - 1, sweeping=False)
    assert signed_in(desk, hers)
    hand.advance(HOUR, sweeping=False)
    sweep(looking)
    assert not signed_in(desk, hers)


def test_a_text_she_has_keeps_her_signed_in_while_her_screen_is_open(desk: Desk, hand: Clock) -> None:
    elif_ = desk.person()
    token = sign_in(desk, elif_)
    hand.advance(LATE, sweeping=False)
    contact = desk.text("merhaba")
    take(desk, contact, elif_)
    for _ in range(3):
        hand.advance(HOUR - 60, sweeping=False)
        assert signed_in(desk, token)
        desk.beat(elif_, ready=False)
    hand.advance(HOUR + 1, sweeping=False)
    assert not signed_in(desk, token)


def test_what_is_handed_to_her_counts_too(desk: Desk, hand: Clock) -> None:
    elif_ = desk.person()
    token = sign_in(desk, elif_)
    hand.advance(LATE, sweeping=False)
    contact = desk.text("merhaba")
    run(desk.line.ground, lambda session: report(session, ContactTaken(contact, desk.centre_id, elif_)))
    hand.advance(HOUR - 60, sweeping=False)
    assert signed_in(desk, token)


def test_a_session_lasts_the_shift_and_an_hour(desk: Desk, hand: Clock) -> None:
    elif_, leyla = desk.person(), desk.person()
    serves(desk, elif_, -HOUR, 16 * HOUR)
    hers, other = sign_in(desk, elif_), sign_in(desk, leyla)
    desk.beat(elif_)
    desk.beat(leyla)
    hand.advance(17 * HOUR - 60, sweeping=False)
    assert (signed_in(desk, hers), signed_in(desk, other)) == (True, False)
    hand.advance(61, sweeping=False)
    assert not signed_in(desk, hers)


def test_a_shift_that_is_made_longer_reaches_the_open_screen(desk: Desk, hand: Clock) -> None:
    elif_ = desk.person()
    token = sign_in(desk, elif_)
    hand.advance(LATE, sweeping=False)
    serves(desk, elif_, -HOUR, 2 * HOUR)
    hand.advance(3 * HOUR - 60, sweeping=False)
    assert signed_in(desk, token)


def test_a_week_on_call_is_no_week_at_one_screen(desk: Desk, hand: Clock) -> None:
    elif_ = desk.person()
    serves(desk, elif_, -HOUR, 7 * 24 * HOUR)
    token = sign_in(desk, elif_)
    desk.beat(elif_)
    hand.advance(SESSION_HOURS * HOUR + 1, sweeping=False)
    assert not signed_in(desk, token)


def test_a_session_that_is_over_does_not_come_back(desk: Desk, hand: Clock) -> None:
    elif_ = desk.person()
    token = sign_in(desk, elif_)
    hand.advance(SESSION_HOURS * HOUR + 1, sweeping=False)
    take(desk, desk.text("merhaba"), elif_)
    assert not signed_in(desk, token)
