"""She is led out of the talking room for a while, and comes back to it by herself.

In the room the carrier tells us of no key. So her own call is redirected to a document that listens for one without a
sound, and whose end is the room: with nobody of us there to answer, she is back with the operator all the same. The
row says how far it came. The operator stays in the room and his telephone counts as her company all that while: only
when it is gone does her clock of being alone run, as ever.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.crypto import new_data_key
from core.due import set_due
from core.facts import report
from core.ids import new_id
from hotline.events import GuestAnnounced, HoldBegan, HoldEnded, KeyAnswered, KeyAsked
from hotline.models import Call, Contact, StepOut
from hotline.paths import apart, of_contact
from hotline.rules import ANNOUNCE_S, HOLD_S, KEY_S, PERSON_KEY, answer_of
from hotline.service.board import announce
from hotline.service.calling_in import Whom, ring_guest
from hotline.service.holding import Held, hold
from hotline.service.sending import COMMAND_S, command_call, recall_redirects

#: Due rows of steps out, by the row's id: the carrier did not lead her out, or did not tell that she came back.
OUT = "hotline.out"
#: How long she is out at most, by what for.
_LONGEST = {"question": KEY_S, "hold": HOLD_S, "announce": ANNOUNCE_S}
#: From the moment in which she must have come back to the one in which nothing was heard of a key.
MARGIN_S = 5


#: What is told when she is back, by what she was out for.
_ENDED = {"question": KeyAnswered, "hold": HoldEnded, "announce": GuestAnnounced}


class NotTogetherError(Exception):
    """Nobody speaks with her at this moment, or she is led out already."""


class Listening(NamedTuple):
    """She is out: for a question she may press a key for so many seconds more; on hold she waits so long at most."""

    out_id: UUID
    kind: str
    seconds: int
    #: Whether this request is the first of that time.
    first: bool


def ask_by_key(session: Session, actor: Actor, contact_id: UUID, question: str) -> UUID:
    """Lead her to where a key of hers is heard: 1 yes, 2 no. ``question`` is the code of a ready one, or empty.

    Raises :class:`NotTogetherError`, and :class:`NotACallError` for a contact that is no call.
    """
    return _begin(session, actor, contact_id, "question", question)


def put_on_hold(session: Session, actor: Actor, contact_id: UUID) -> UUID:
    """Let her wait outside the room, where every key of hers is heard as in the waiting room.

    The carrier's own hold would let her hear something and hear no key of hers, not even a 5. Raises as
    :func:`ask_by_key`.
    """
    return _begin(session, actor, contact_id, "hold", None)


def announce_guest(session: Session, actor: Actor, contact_id: UUID, whom: Whom) -> UUID:
    """Tell her that an interpreter will join. Unless she refuses by the key 2 he is rung then. Raises as above."""
    return _begin(session, actor, contact_id, "announce", json.dumps(whom.kept()))


def _begin(session: Session, actor: Actor, contact_id: UUID, kind: str, question: str | None) -> UUID:
    contact, call, _ = hold(session, contact_id)
    if call.ended_at is not None or call.stage != "talking" or open_out(session, contact_id) is not None:
        raise NotTogetherError
    contact.data_key_id = contact.data_key_id or new_data_key(session)
    out = StepOut(
        id=new_id(),
        contact_id=contact_id,
        kind=kind,
        account_id=actor.id,
        state="asked",
        data_key_id=contact.data_key_id,
    )
    out.question = question
    session.add(out)
    session.flush()
    _lead_out(session, contact, call, out)
    if kind != "announce":
        begun = KeyAsked if kind == "question" else HoldBegan
        report(session, begun(contact_id, contact.centre_id, out.id, actor.id))
    return out.id


def fetch_back(session: Session, _actor: Actor, contact_id: UUID, outcome: str = "fetched") -> bool:
    """Bring her back from hold; returns whether she was on hold. Where the command is lost her next poll does it."""
    contact, call, moment = hold(session, contact_id)
    out = open_out(session, contact_id)
    if out is None or out.kind != "hold":
        return False
    out.ended_at = moment
    _back(session, contact, out, outcome)
    _lead_back(session, contact, call)
    return True


def _lead_back(session: Session, contact: Contact, call: Call) -> None:
    recall_redirects(session, contact)
    if call.ended_at is None and call.stage == "talking":
        path = of_contact("join", contact.id, quiet=call.danger_at is not None)
        command_call(session, contact, call.carrier_sid, "redirect", path)


def call_off(session: Session, contact: Contact, moment: datetime) -> None:
    """Whoever led her out is gone, and she is led elsewhere: she does not come back from it."""
    out = open_out(session, contact.id)
    if out is not None:
        out.ended_at = moment
        _back(session, contact, out, "over")


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
    longest = _LONGEST[out.kind]
    first = out.state == "asked"
    if first:
        out.state, out.out_at = "out", moment
        session.flush()
        set_due(session, OUT, str(out.id), timedelta(seconds=longest + MARGIN_S), centre_id=contact.centre_id)
        announce(session, contact)
    passed = (moment - out.out_at).total_seconds() if out.out_at is not None else 0.0
    left = round(longest - passed)
    if left <= 0 and out.kind == "hold":
        out.ended_at = moment
        _back(session, contact, out, "late")
    return Listening(out.id, out.kind, left, first) if left > 0 else None


def answered(session: Session, held: Held, out_id: UUID | None, digits: str) -> None:
    """She pressed a key there. It counts also when it is heard late, and the first that is heard counts.

    On hold 0 brings her back. 5 does not: it is told where every 5 is, and the operator may be speaking with somebody.
    """
    contact, _, moment = held
    out = _out_of(session, contact, out_id)
    if out is None or out.outcome == "key":
        return
    if out.kind == "hold":
        if PERSON_KEY in digits and out.ended_at is None:
            out.ended_at = moment
            _back(session, contact, out, "asked")
        return
    if out.kind == "announce" and out.ended_at is not None:
        return
    out.answer = answer_of(digits)
    out.ended_at = out.ended_at or moment
    # A 5 is no consent either: whoever has her decides anew.
    refused = out.kind == "announce" and out.answer in {"no", "danger"}
    _back(session, contact, out, "refused" if refused else "key")
    if out.kind == "announce" and not refused:
        _ring_announced(session, contact, held.call, out)


def did_not_answer(session: Session, out_id: UUID) -> None:
    """Her time is over and nothing was heard. That is no answer and never a no; or she was never asked."""
    contact_id = session.execute(select(StepOut.contact_id).where(StepOut.id == out_id)).scalar_one()
    contact, call, moment = hold(session, contact_id)
    out = _out_of(session, contact, out_id)
    if out is None or out.ended_at is not None:
        return
    end = "late" if out.kind == "hold" else "none"
    outcome = "over" if call.ended_at is not None else end if out.state == "out" else "lost"
    out.ended_at = moment
    _back(session, contact, out, outcome)
    if outcome == "late":
        _lead_back(session, contact, call)
    if out.kind == "announce" and outcome == "none":
        _ring_announced(session, contact, call, out)


def _back(session: Session, contact: Contact, out: StepOut, outcome: str) -> None:
    out.state, out.outcome = "back", outcome
    session.flush()
    report(session, _ENDED[out.kind](contact.id, contact.centre_id, out.id, outcome))
    announce(session, contact)


def _ring_announced(session: Session, contact: Contact, call: Call, out: StepOut) -> None:
    if out.question and call.ended_at is None and call.stage == "talking":
        ring_guest(session, contact, Whom(**json.loads(out.question)))


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
    "announce_guest",
    "answered",
    "ask_by_key",
    "call_off",
    "did_not_answer",
    "fetch_back",
    "open_out",
    "put_on_hold",
    "step_out",
]
