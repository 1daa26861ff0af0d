"""Before a shift its telephones are tried; one that no person answers is rung last, and those concerned are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.clock import now
from hotline.models import Attempt, Leg, Send
from routing.models import Trial
from routing.service import add_shift, remove_shift
from routing.trial_calls import trial_calls
from staff import queries as staff
from staff.rules import ISTANBUL
from staff.service import add_contact_point, new_proof, verify_contact_point
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import TESTS, Desk
from tests.support.house import Clock
from tests.support.line import fresh_number, fresh_sid

AGAIN_S = trial_calls().again_minutes * 60


@dataclass
class Trials:
    """One person whose telephone is tried before a shift that begins at four in the afternoon."""

    desk: Desk
    hand: Clock
    account: UUID
    shift: UUID

    def rung(self) -> list[Trial]:
        """Her telephones that were rung, in their order."""
        with self.desk.work() as session:
            mine = select(Trial).where(Trial.account_id == self.account).order_by(Trial.made_at, Trial.id)
            return list(session.scalars(mine))

    def until(self, hour: int, minute: int = 0) -> None:
        """Time goes on to a time of this day, and what is due then is done."""
        local = moment(self.desk)
        wait = local.replace(hour=hour, minute=minute, second=0, microsecond=0) - local
        self.hand.advance(wait.total_seconds(), sweeping=False)
        self.desk.tick()

    def answer(self, trial: Trial, digits: str | None) -> str:
        """The telephone is picked up, by a person who presses a key or by a machine that does not; its last words."""
        self.desk.send()
        with self.desk.work() as session:
            leg = session.get_one(Leg, trial.leg_id)
            sid = session.scalars(select(Attempt.carrier_sid).where(Attempt.send_id == leg.send_id)).one()
        assert sid is not None
        caller, line = fresh_number(), self.desk.line
        heard = line.step(f"/twilio/voice/leg/{trial.leg_id}/0", sid, caller).text
        if digits is not None:
            heard = line.step(f"/twilio/voice/leg/{trial.leg_id}/1", sid, caller, Digits=digits).text
        line.status(sid, caller, "completed")
        return heard

    def is_out_of_reach(self) -> bool:
        """Whether she counts as out of reach."""
        with self.desk.work() as session:
            return self.account in staff.out_of_reach(session, [self.account])


def moment(desk: Desk) -> datetime:
    with desk.work() as session:
        return now(session).astimezone(ISTANBUL)


def at(desk: Desk, hour: int) -> datetime:
    """A full hour of this day."""
    return moment(desk).replace(hour=hour, minute=0, second=0, microsecond=0)


def shift_at(desk: Desk, account: UUID, start: datetime, role: str = "operator") -> UUID:
    with desk.work() as session:
        return add_shift(
            session,
            TESTS,
            account_id=account,
            centre_id=desk.centre_id,
            line_id=desk.line.line_id,
            role=role,
            start=start,
            end=start + timedelta(hours=8),
        )


@pytest.fixture
def trials(desk: Desk, hand: Clock) -> Trials:
    """It is noon; nobody answered from her telephone for a month."""
    account = desk.person()
    local = moment(desk)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    hand.advance(((noon if noon > local else noon + timedelta(days=1)) - local).total_seconds(), sweeping=False)
    with desk.work() as session:
        text_point = add_contact_point(session, TESTS, account, "sms", fresh_number())
        assert verify_contact_point(session, TESTS, text_point, new_proof(session, TESTS, text_point))
        old = "UPDATE staff_contact_points SET last_proof_at = koza_now() - interval '30 days' WHERE account_id = :of"
        session.execute(text(old), {"of": account})
    return Trials(desk, hand, account, shift_at(desk, account, at(desk, 16)))


def test_it_rings_before_the_shift_and_a_key_proves_it(trials: Trials) -> None:
    trials.until(14, 29)
    assert trials.rung() == []
    trials.until(14, 30)
    [trial] = trials.rung()
    assert "Telefonunuz size ulaşıyor" in trials.answer(trial, "1")
    assert [one.state for one in trials.rung()] == ["proven"]
    for minute in (41, 52):
        trials.until(14, minute)
    assert len(trials.rung()) == 1
    assert not trials.is_out_of_reach()


def test_a_machine_proves_nothing_and_after_the_last_try_she_is_told(trials: Trials) -> None:
    trials.until(14, 30)
    trials.answer(trials.rung()[0], None)
    trials.until(14, 41)
    assert not trials.is_out_of_reach()
    trials.answer(trials.rung()[1], None)
    trials.until(14, 52)
    assert [one.state for one in trials.rung()] == ["silent", "silent"]
    assert trials.is_out_of_reach()
    with trials.desk.work() as session:
        told = select(Send).where(Send.owner_kind == "trial", Send.owner_ref == str(trials.shift), Send.medium == "sms")
        [send] = session.scalars(told).all()
        assert send.body is not None
        assert "deneme" in send.body


def test_who_is_out_of_reach_is_rung_only_where_nobody_else_is_and_a_key_brings_her_back(trials: Trials) -> None:
    for minute in (30, 41, 52):
        trials.until(14, minute)
        for trial in trials.rung():
            if trial.state == "ringing":
                trials.answer(trial, None)
    desk, colleague = trials.desk, trials.desk.person()
    trials.until(16)
    on_duty(desk, colleague)
    first = desk.call()
    desk.tick()
    assert asked(desk, first) == {(colleague, "phone")}
    # The colleague's telephone is silent as well: then both ring rather than none.
    with desk.work() as session:
        silent = "UPDATE staff_contact_points SET state = 'suspect', state_reason = 'silent' WHERE account_id = :of"
        session.execute(text(silent), {"of": colleague})
    second = desk.call()
    desk.tick()
    assert (trials.account, "phone") in asked(desk, second)
    [offer] = [one for one in desk.offers(second) if one.account_id == trials.account]
    sid, number = fresh_sid("CA"), fresh_number()
    desk.line.step(f"/twilio/voice/leg/{offer.leg_id}/0", sid, number)
    desk.line.step(f"/twilio/voice/leg/{offer.leg_id}/1", sid, number, Digits="2")
    assert not trials.is_out_of_reach()


def test_nobody_is_tried_who_talks_or_whose_telephone_is_fresh_or_whose_shift_is_gone(trials: Trials) -> None:
    with trials.desk.work() as session:
        remove_shift(session, TESTS, trials.shift)
    fresh = trials.desk.person()
    shift_at(trials.desk, fresh, at(trials.desk, 16))
    talks = trials.desk.person()
    with trials.desk.work() as session:
        old = "UPDATE staff_contact_points SET last_proof_at = NULL WHERE account_id = :of"
        session.execute(text(old), {"of": talks})
        leg = Leg(
            centre_id=trials.desk.centre_id,
            account_id=talks,
            purpose="desk",
            ref="x",
            script={},
            status="in-progress",
            answered_at=now(session),
        )
        session.add(leg)
        session.flush()
        leg_id = leg.id
    shift_at(trials.desk, talks, at(trials.desk, 16))
    others = [Trials(trials.desk, trials.hand, account, trials.shift) for account in (fresh, talks)]
    trials.until(14, 30)
    assert [one.rung() for one in (trials, *others)] == [[], [], []]
    with trials.desk.work() as session:
        session.get_one(Leg, leg_id).ended_at = now(session)
    trials.until(14, 36)
    assert len(others[1].rung()) == 1


def test_a_night_shift_is_tried_in_the_evening_before(trials: Trials) -> None:
    sleeper = trials.desk.person()
    with trials.desk.work() as session:
        old = "UPDATE staff_contact_points SET last_proof_at = NULL WHERE account_id = :of"
        session.execute(text(old), {"of": sleeper})
    start = at(trials.desk, 0) + timedelta(days=1, hours=7)
    hers = Trials(trials.desk, trials.hand, sleeper, shift_at(trials.desk, sleeper, start, "oncall"))
    hers.until(19, 59)
    assert hers.rung() == []
    hers.until(20)
    [trial] = hers.rung()
    assert trial.made_at.astimezone(ISTANBUL).hour == 20
