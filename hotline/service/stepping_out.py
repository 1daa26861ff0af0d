"""She is led out of the talking room for a while, and comes back to it by herself.

In the room the carrier tells us of no key. So her own call is redirected to a document that listens for one without a
sound, and whose end is the room: with nobody of us there to answer, she is back with the operator all the same. The
row says how far it came. The operator stays in the room and his telephone counts as her company all that while: only
when it is gone does her clock of being alone run, as ever.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.crypto import new_data_key
from core.due import set_due
from core.facts import report
from core.ids import new_id
from hotline.events import KeyAnswered, KeyAsked
from hotline.models import Call, Contact, StepOut
from hotline.paths import apart
from hotline.rules import KEY_S, answer_of
from hotline.service.board import announce
from hotline.service.holding import Held, hold
from hotline.service.sending import COMMAND_S, command_call

#: Due rows of steps out, by the row's id: the carrier did not lead her out, or did not tell that she came back.
OUT = "hotline.out"
#: From the moment in which she must have come back to the one in which nothing was heard of a key.
MARGIN_S = 5


class NotTogetherError(Exception):
    """Nobody speaks with her at this moment, or she is led out already."""


class Listening(NamedTuple):
    """She is out and may press a key for so many seconds more."""

    out_id: UUID
    seconds: int


def ask_by_key(session: Session, actor: Actor, contact_id: UUID, question: str) -> UUID:
    """Lead her to where a key of hers is heard: 1 yes, 2 no. ``question`` is the code of a ready one, or empty.

    Raises :class:`NotTogetherError`, and :class:`NotACallError` for a contact that is no call.
    """
    contact, call, _ = hold(session, contact_id)
    if call.ended_at is not None or call.stage != "talking" or open_out(session, contact_id) is not None:
        raise NotTogetherError
    contact.data_key_id = contact.data_key_id or new_data_key(session)
    out = StepOut(
        id=new_id(),
        contact_id=contact_id,
        kind="question",
        account_id=actor.id,
        state="asked",
        data_key_id=contact.data_key_id,
    )
    out.question = question
    session.add(out)
    session.flush()
    _lead_out(session, contact, call, out)
    report(session, KeyAsked(contact_id, contact.centre_id, out.id, actor.id))
    return out.id


def _lead_out(session: Session, contact: Contact, call: Call, out: StepOut) -> None:
    path = apart(contact.id, out.id, call.conference, quiet=call.danger_at is not None)
    command_call(session, contact, call.carrier_sid, "redirect", path)
    set_due(session, OUT, str(out.id), timedelta(seconds=COMMAND_S + MARGIN_S), centre_id=contact.centre_id)
    announce(session, contact)


def open_out(session: Session, contact_id: UUID) -> StepOut | None:
    """The step out that she has not come back from."""
    return session.scalars(
        select(StepOut).where(StepOut.contact_id == contact_id, StepOut.ended_at.is_(None)),
    ).one_or_none()


def step_out(session: Session, held: Held, out_id: UUID | None) -> Listening | None:
    """Her call is at the document outside the room. ``None``: she belongs elsewhere by now, and has to go there.

    The same request may come twice, and so may the redirect that led her here: what she has left of the time counts
    from the first.
    """
    contact, call, moment = held
    out = _out_of(session, contact, out_id)
    if out is None or out.ended_at is not None or call.stage != "talking":
        return None
    if out.state == "asked":
        out.state, out.out_at = "out", moment
        session.flush()
        set_due(session, OUT, str(out.id), timedelta(seconds=KEY_S + MARGIN_S), centre_id=contact.centre_id)
        announce(session, contact)
    passed = (moment - out.out_at).total_seconds() if out.out_at is not None else 0.0
    left = round(KEY_S - passed)
    return Listening(out.id, left) if left > 0 else None


def answered(session: Session, held: Held, out_id: UUID | None, digits: str) -> None:
    """She pressed a key there. It counts also when it is heard late, and the first that is heard counts."""
    contact, _, moment = held
    out = _out_of(session, contact, out_id)
    if out is None or out.kind != "question" or out.outcome == "key":
        return
    out.answer = answer_of(digits)
    out.ended_at = out.ended_at or moment
    _back(session, contact, out, "key")


def did_not_answer(session: Session, out_id: UUID) -> None:
    """Her time is over and nothing was heard. That is no answer and never a no; or she was never asked."""
    contact_id = session.execute(select(StepOut.contact_id).where(StepOut.id == out_id)).scalar_one()
    contact, call, moment = hold(session, contact_id)
    out = _out_of(session, contact, out_id)
    if out is None or out.ended_at is not None:
        return
    outcome = "over" if call.ended_at is not None else "none" if out.state == "out" else "lost"
    out.ended_at = moment
    _back(session, contact, out, outcome)


def _back(session: Session, contact: Contact, out: StepOut, outcome: str) -> None:
    out.state, out.outcome = "back", outcome
    session.flush()
    report(session, KeyAnswered(contact.id, contact.centre_id, out.id, outcome))
    announce(session, contact)


def _out_of(session: Session, contact: Contact, out_id: UUID | None) -> StepOut | None:
    if out_id is None:
        return None
    return session.scalars(
        select(StepOut)
        .where(StepOut.id == out_id, StepOut.contact_id == contact.id)
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()


__all__ = [
    "OUT",
    "Listening",
    "NotTogetherError",
    "answered",
    "ask_by_key",
    "did_not_answer",
    "open_out",
    "step_out",
]
