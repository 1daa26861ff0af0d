"""Texts of the public: a permanent conversation, contacts in it, replies by a person."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import after, koza_now
from core.clock import now as database_now
from core.facts import report
from core.ids import new_id
from hotline.events import ContactTaken, ReplyLost, StaffReplied
from hotline.models import Contact, Message, Permit, Send
from hotline.phrases import phrase
from hotline.service.board import announce
from hotline.service.sending import Moment, Owner, cancel_sends, new_send
from staff import queries as staff_queries

#: A text that a person wrote is not delivered later than this.
REPLY_S = 600
#: The machine's answer leaves so long after her text at the latest.
AUTOMATIC_S = 120
#: A person may take back what she wrote for this long.
UNDO_S = 10
#: States of a text of ours that the carrier has taken and has not given up; of some it is never known what became.
LEFT = ("accepted", "sent", "delivered", "read", "unknown")
#: A text whose taking was never answered, by a channel that cannot be asked: it answers her no more than a lost one.
UNSURE = "unsure"
#: What a message's state is called here when it is not the carrier's word.
_MESSAGE_WORDS = {"canceled": "cancelled", "queued": "accepted", "sending": "accepted"}
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(:key)")


class NotPermittedError(Exception):
    """There is no valid permit for this address and channel."""


class EmptyTextError(Exception):
    """There is nothing to send."""


def turn_of(address_index: bytes) -> int:
    """The advisory lock of whoever opens a text contact of this address, so that there is never more than one."""
    return int.from_bytes(address_index[:8], "big", signed=True)


def take(session: Session, _actor: Actor, contact_id: UUID, account_id: UUID) -> None:
    """Make ``account_id`` the owner of a text contact."""
    contact = session.get_one(Contact, contact_id, with_for_update=True)
    contact.owner_id = account_id
    if contact.state == "waiting_staff":
        contact.state = "in_conversation"
    session.flush()
    report(session, ContactTaken(contact.id, contact.centre_id, account_id))
    announce(session, contact)


def let_go(session: Session, _actor: Actor, contact_id: UUID) -> None:
    """Nobody owns a contact any more: it waits for anybody, and its texts no longer wait for one who is gone."""
    contact = session.get_one(Contact, contact_id, with_for_update=True)
    contact.owner_id = None
    if contact.state == "in_conversation":
        contact.state = "waiting_staff"
    session.flush()


def hand_over(session: Session, actor: Actor, contact_id: UUID, account_id: UUID) -> None:
    """Give a contact to a colleague."""
    take(session, actor, contact_id, account_id)


def reply(
    session: Session,
    actor: Actor,
    contact_id: UUID,
    text: str,
    permit_id: UUID,
    *,
    seconds: int = REPLY_S,
    undo_seconds: int = UNDO_S,
) -> UUID:
    """Queue a text to her under a permit of the gate; it leaves after the undo time and never past ``seconds``.

    She counts as answered when it has left, and not before. Raises :class:`EmptyTextError`,
    :class:`NotPermittedError`. Returns the message's id.
    """
    if not text.strip():
        raise EmptyTextError
    contact = session.get_one(Contact, contact_id, with_for_update=True)
    valid = session.execute(
        select(Permit.id).where(
            Permit.id == permit_id,
            Permit.address_index == contact.address_index,
            Permit.channel == contact.channel,
            Permit.revoked_at.is_(None),
            Permit.valid_until > koza_now(),
        ),
    ).first()
    if valid is None or contact.address is None:
        raise NotPermittedError
    message = _queue(session, contact, text, permit_id, after(undo_seconds), after(seconds), author_id=actor.id)
    if contact.owner_id is None and actor.id is not None:
        take(session, actor, contact.id, actor.id)
    announce(session, contact)
    return message.id


def answer_by_machine(session: Session, contact_id: UUID, key: str, language: str, permit_id: UUID) -> UUID:
    """Answer her text with a phrase of the catalogue, under a permit of the gate; returns the message's id.

    It leaves at once or never: whoever wrote two minutes ago may have laid the telephone down. Nobody counts as
    answered by it, so her clock runs on. Raises :class:`NotPermittedError`.
    """
    contact = session.get_one(Contact, contact_id, with_for_update=True)
    words = phrase(key, language)
    if words.use != "automatic" or contact.address is None or contact.last_inbound_at is None:
        raise NotPermittedError
    until = contact.last_inbound_at + timedelta(seconds=AUTOMATIC_S)
    message = _queue(session, contact, words.text, permit_id, koza_now(), until, automatic=key)
    announce(session, contact)
    return message.id


def _queue(
    session: Session,
    contact: Contact,
    text: str,
    permit_id: UUID,
    not_before: Moment,
    not_after: Moment,
    *,
    author_id: UUID | None = None,
    automatic: str | None = None,
) -> Message:
    line = staff_queries.line_by_id(session, contact.line_id)
    message = Message(
        id=new_id(),
        conversation_id=contact.conversation_id,
        contact_id=contact.id,
        direction="out",
        state="queued",
        author_id=author_id,
        automatic=automatic,
        data_key_id=contact.data_key_id,
    )
    message.body = text
    session.add(message)
    session.flush()
    send = new_send(
        session,
        centre_id=contact.centre_id,
        medium="sms",
        owner=Owner("message", str(message.id)),
        address=str(contact.address),
        body=text,
        not_before=not_before,
        not_after=not_after,
        permit_id=permit_id,
        public=True,
        data_key_id=contact.data_key_id,
        from_number=line.number if line else None,
    )
    message.send_id = send.id
    session.flush()
    return message


def _answered(session: Session, contact_id: UUID) -> bool:
    """Whether a text of ours that has left stands after her last one."""
    hers = select(func.max(Message.number)).where(Message.contact_id == contact_id, Message.direction == "in")
    ours = select(Message.id).where(
        Message.contact_id == contact_id,
        Message.state.in_(LEFT),
        Message.automatic.is_(None),
        Message.number > func.coalesce(hers.scalar_subquery(), 0),
    )
    return session.execute(ours.limit(1)).first() is not None


def reply_left(session: Session, contact: Contact, message: Message) -> None:
    """The carrier has taken a text of ours: she is answered, unless she wrote again after it was written.

    By the machine nobody is answered.
    """
    if message.automatic is not None:
        return
    answers = _answered(session, contact.id)
    contact.answered_at = contact.answered_at or database_now(session)
    if answers and contact.ended_at is None:
        contact.state = "waiting_person"
    session.flush()
    report(session, StaffReplied(contact.id, contact.centre_id, message.id, message.author_id, answers))


def reply_lost(session: Session, contact: Contact, message: Message) -> None:
    """A text of ours did not arrive: she waits again, unless another one of ours answers her.

    Whoever closed her contact believed her answered: it is opened again, for anybody. Where she has written since, and
    so has another contact that is open, people are with her there.
    """
    if message.automatic is not None or _answered(session, contact.id):
        return
    if contact.ended_at is not None:
        if _open_elsewhere(session, contact):
            return
        contact.ended_at = contact.ended_by = contact.owner_id = None
    contact.state = "in_conversation" if contact.owner_id else "waiting_staff"
    session.flush()
    report(session, ReplyLost(contact.id, contact.centre_id, message.id))


def _open_elsewhere(session: Session, contact: Contact) -> bool:
    if contact.address_index is None:
        return False
    session.execute(_TAKE_TURNS, {"key": turn_of(contact.address_index)})
    other = select(Contact.id).where(
        Contact.line_id == contact.line_id,
        Contact.address_index == contact.address_index,
        Contact.channel == contact.channel,
        Contact.ended_at.is_(None),
    )
    return session.execute(other.limit(1)).first() is not None


def take_back(session: Session, _actor: Actor, message_id: UUID) -> bool:
    """Take a reply back before it leaves; returns whether there was still time."""
    message = session.get_one(Message, message_id, with_for_update=True)
    if message.direction != "out" or not cancel_sends(session, "message", str(message_id), 1):
        return False
    message.state = "cancelled"
    session.flush()
    announce(session, session.get_one(Contact, message.contact_id))
    return True


def note_message(session: Session, send: Send, status: str, error_code: int | None = None) -> None:
    """Show the state of a message that we sent, and say when it answers her and when it no longer does."""
    message = session.scalars(select(Message).where(Message.send_id == send.id)).one_or_none()
    if message is None:
        return
    had_left, message.state = message.state in LEFT, _MESSAGE_WORDS.get(status, status)
    message.error_code = error_code
    session.flush()
    contact = session.get_one(Contact, message.contact_id)
    if message.state in LEFT and not had_left:
        reply_left(session, contact, message)
    elif message.state not in LEFT and (had_left or contact.ended_at is not None):
        reply_lost(session, contact, message)
    announce(session, contact)
