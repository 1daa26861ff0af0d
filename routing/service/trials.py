"""The telephones of a shift are tried before it begins, one after the other, and never while their owner talks.

Only a key counts. A telephone that stays silent is used last from then on (``suspect``), whoever has no other leaves
those who are rung for callers, and is told; so is who leads the shift. The next key from it brings it back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import after
from core.clock import now as database_now
from core.due import set_due
from core.ids import new_id
from core.log import get_logger
from hotline import service as hotline
from hotline.phrases import phrase
from routing.ladder import ladder
from routing.models import Queued, Shift, Trial
from routing.service.offers import ROUTER
from routing.trial_calls import call_at, is_humane, next_try, trial_calls
from staff import queries as staff_queries
from staff import service as staff_service
from staff.queries import ContactPointRow
from staff.scope import Scope

log = get_logger(__name__)

#: Due kind: the subject is a shift whose telephones are to be tried.
TRIAL: Final = "routing.trial"
#: Why a telephone is suspect that did not answer a trial.
SILENT: Final = "silent"
#: A text about it that could not leave by then is stale: the shift may have begun.
_TOLD_WITHIN_S: Final = 3600
_TALKING_S: Final = 300
#: Ends of a leg that say nothing of her telephone.
_NOT_TRIED: Final = frozenset({"busy", "canceled", "expired"})
_SCOPE: Final = Scope.system("routing.trial")


def plan_trials(session: Session, shift_id: UUID, start: datetime, now: datetime) -> None:
    """Have the telephones of this shift tried, if there is a humane moment before it."""
    at = call_at(trial_calls(), start, now)
    if at is not None:
        set_due(session, TRIAL, str(shift_id), at)


def plan_all(session: Session) -> None:
    """The same for every shift that is still to come: those that were written before anybody tried them."""
    moment = database_now(session)
    rows = session.execute(select(Shift.id, func.lower(Shift.during)).where(func.lower(Shift.during) > moment))
    for shift_id, start in rows.all():
        plan_trials(session, shift_id, start, moment)


def try_telephones(session: Session, shift_id: UUID) -> None:
    """Ring the next telephone of this shift that nobody answered lately, until each has been tried."""
    policy, moment, shift = trial_calls(), database_now(session), session.get(Shift, shift_id)
    roles = {*ladder().phone_roles, *ladder().on_call_roles}
    if shift is None or shift.during.lower is None or shift.role not in roles or shift.during.lower <= moment:
        return
    again = moment
    if not is_humane(policy, moment):
        # The worker was away at the time at which it was due.
        pass
    elif talks(session, shift.account_id):
        again += timedelta(seconds=_TALKING_S)
    else:
        point = _next_point(session, shift, moment)
        if point is None:
            return
        _ring(session, shift, point)
        again += timedelta(minutes=policy.again_minutes)
    at = next_try(policy, shift.during.lower, again)
    if at is not None:
        set_due(session, TRIAL, str(shift_id), at)


def talks(session: Session, account_id: UUID) -> bool:
    """Whether she has a caller, or a telephone of hers is in a call of ours."""
    taken = select(Queued.contact_id).where(
        Queued.taken_by == account_id, Queued.state == "taken", Queued.channel == "voice"
    )
    return session.execute(taken.limit(1)).first() is not None or hotline.on_the_line(session, account_id)


def _next_point(session: Session, shift: Shift, moment: datetime) -> ContactPointRow | None:
    """The first telephone that needs a trial; one that was tried often enough is given up on the way."""
    policy = trial_calls()
    fresh = moment - timedelta(hours=policy.fresh_hours)
    points = staff_queries.contact_points_of(session, _SCOPE, [shift.account_id], purpose="offer", medium="voice")
    for point in points:
        if point.last_proof_at is not None and point.last_proof_at > fresh:
            continue
        of_this = (Trial.shift_id == shift.id, Trial.contact_point_id == point.id, Trial.state == SILENT)
        tried = session.scalar(select(func.count()).where(*of_this)) or 0
        if tried < policy.tries:
            return point
        if point.state == "verified":
            _give_up(session, shift, point)
    return None


def _ring(session: Session, shift: Shift, point: ContactPointRow) -> None:
    trial = Trial(
        id=new_id(),
        shift_id=shift.id,
        account_id=shift.account_id,
        centre_id=shift.centre_id,
        contact_point_id=point.id,
    )
    person = staff_queries.account(session, shift.account_id)
    language = person.locale if person is not None else "tr"
    trial.leg_id = hotline.try_telephone(
        session, ROUTER, shift.centre_id, shift.account_id, point.address, str(trial.id), language=language
    )
    session.add(trial)
    session.flush()


def _give_up(session: Session, shift: Shift, point: ContactPointRow) -> None:
    """It did not answer: it is used last, and its owner is told where a text reaches her."""
    log.warning("telephone_silent", account=shift.account_id)
    staff_service.suspect_contact_point(session, point.id, SILENT)
    tell_by_text(session, shift.account_id, shift.centre_id, str(shift.id), "telephone_silent_text")


def tell_by_text(session: Session, account_id: UUID, centre_id: UUID, ref: str, prompt: str) -> None:
    """Text somebody whose telephone did not answer, where a text reaches her."""
    person = staff_queries.account(session, account_id)
    texts = staff_queries.contact_points_of(session, _SCOPE, [account_id], purpose="page", medium="sms")
    for by_text in texts[:1]:
        hotline.page_text(
            session,
            ROUTER,
            centre_id,
            by_text.address,
            ref,
            0,
            phrase(prompt, person.locale if person is not None else "tr").text,
            not_after=after(_TOLD_WITHIN_S),
            owner_kind="trial",
        )


def trial_answered(session: Session, trial_id: UUID) -> None:
    """A person pressed a key on a telephone that was tried."""
    trial = session.get(Trial, trial_id, with_for_update=True)
    if trial is not None and trial.state == "ringing":
        trial.state = "proven"
        session.flush()


def trial_ended(session: Session, trial_id: UUID, outcome: str) -> None:
    """It is over. Without a key nobody answered; who was busy, or was never rung, has not been tried yet."""
    trial = session.get(Trial, trial_id, with_for_update=True)
    if trial is not None and trial.state == "ringing":
        trial.state = "dropped" if outcome in _NOT_TRIED else SILENT
        session.flush()


def prove(session: Session, account_id: UUID, leg_id: UUID) -> None:
    """A key was pressed on a telephone of hers, for whatever it rang: it reaches her."""
    address = hotline.rung_address(session, leg_id)
    for owner_id, point_id in staff_queries.accounts_at(session, address, medium="voice") if address else ():
        if owner_id == account_id:
            staff_service.note_proof(session, point_id)


__all__ = [
    "SILENT",
    "TRIAL",
    "plan_all",
    "plan_trials",
    "prove",
    "talks",
    "tell_by_text",
    "trial_answered",
    "trial_ended",
    "try_telephones",
]
