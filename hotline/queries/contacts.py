"""Contacts and messages, each read through the reader's scope."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Interval, Select, and_, bindparam, literal_column, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from core.clock import koza_now
from core.crypto import open_sealed
from core.facts import StoredFact
from core.statements import Read
from hotline.models import Call, Contact, Conversation, Draft, Heard, Message
from staff.scope import Scope

_ARRIVED = "arrived_texts"


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact without content or number."""

    id: UUID
    centre_id: UUID
    line_id: UUID
    conversation_id: UUID | None
    channel: str
    carrier_sid: str
    state: str
    language: str | None
    owner_id: UUID | None
    danger: bool
    address_kind: str
    received_at: datetime
    answered_at: datetime | None
    last_inbound_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    late_seconds: int | None
    repeat: int
    stage: str | None
    waiting_since: datetime | None
    deadline_at: datetime | None
    opted_out: bool
    compromised: bool
    #: Her case is under secrecy: words and number are for those alone to whom she was given.
    confidential: bool = False
    #: When she hung up, which is before somebody has closed her contact.
    call_ended_at: datetime | None = None
    #: We called her, for the sake of this contact.
    call_back_of: UUID | None = None

    @property
    def ended(self) -> datetime | None:
        """When it was over for her: she hung up, or somebody closed it."""
        return self.call_ended_at or self.ended_at


@dataclass(frozen=True, slots=True)
class MessageView:
    """A text with its words opened."""

    id: UUID
    direction: str
    text: str | None = field(repr=False)
    state: str
    error_code: int | None
    author_id: UUID | None
    media: int
    at: datetime
    #: The machine wrote it.
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class EarlierContact:
    """That she was here before: no content."""

    id: UUID
    channel: str
    state: str
    received_at: datetime


_THIS = aliased(Contact)
# Built once: every call of somebody who called before asks it, again with each wave.
_SPOKE_WITH = Read(
    select(Contact.owner_id)
    .join(Call, Call.id == Contact.id)
    .join(
        _THIS,
        and_(
            _THIS.address_index == Contact.address_index,
            _THIS.line_id == Contact.line_id,
            _THIS.id != Contact.id,
        ),
    )
    .where(
        _THIS.id == bindparam("of_contact"),
        _THIS.channel == "voice",
        Contact.owner_id.is_not(None),
        Contact.answered_at.is_not(None),
        Call.ended_at > koza_now() - bindparam("within", type_=Interval()),
    )
    .order_by(Call.ended_at.desc())
    .limit(1)
)


def contacts(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The contacts this reader sees, as named columns that higher rooms may join and filter."""
    return (
        select(
            Contact.id,
            Contact.centre_id,
            Contact.line_id,
            Contact.conversation_id,
            Contact.channel,
            Contact.carrier_sid,
            Contact.state,
            Contact.language,
            Contact.owner_id,
            Contact.danger,
            Contact.address_kind,
            Contact.received_at,
            Contact.answered_at,
            Contact.last_inbound_at,
            Contact.ended_at,
            Contact.ended_by,
            Contact.late_seconds,
            Contact.repeat,
            Call.stage,
            Call.waiting_since,
            Call.deadline_at,
            Conversation.opted_out_at.is_not(None).label("opted_out"),
            Conversation.compromised_at.is_not(None).label("compromised"),
            Contact.confidential,
            Call.ended_at.label("call_ended_at"),
            Contact.call_back_of,
        )
        .outerjoin(Call, Call.id == Contact.id)
        .outerjoin(Conversation, Conversation.id == Contact.conversation_id)
        .where(scope.where("contact", centre=Contact.centre_id, subject_id=Contact.id))
    )


def contact(session: Session, scope: Scope, contact_id: UUID) -> ContactView | None:
    """One contact, or ``None`` when this reader has none of that id."""
    query = contacts(scope).where(literal_column("hotline_contacts.id") == contact_id)
    row = session.execute(query).one_or_none()
    return ContactView(*row) if row else None


def by_carrier_sid(session: Session, scope: Scope, sid: str) -> ContactView | None:
    """The contact of a call or message SID."""
    of_message = select(Message.contact_id).where(Message.carrier_sid == sid)
    query = contacts(scope).where((Contact.carrier_sid == sid) | Contact.id.in_(of_message))
    row = session.execute(query.order_by(Contact.received_at).limit(1)).one_or_none()
    return ContactView(*row) if row else None


def messages(session: Session, scope: Scope, contact_id: UUID) -> list[MessageView]:
    """The texts of one contact in their order, opened."""
    rows = session.execute(
        select(Message)
        .join(Contact, Contact.id == Message.contact_id)
        .where(
            Message.contact_id == contact_id,
            words_for(scope),
        )
        .order_by(Message.number),
    ).scalars()
    return [
        MessageView(
            row.id,
            row.direction,
            row.body,
            row.state,
            row.error_code,
            row.author_id,
            len(row.media),
            row.at,
            row.automatic is not None,
        )
        for row in rows
    ]


def words_for(scope: Scope) -> ColumnElement[bool]:
    """The condition under which this reader reads what was written; under secrecy not for the centre's sake alone."""
    secret = Contact.confidential.expression
    return scope.where(
        "message", centre=Contact.centre_id, subject_id=Contact.id, subject_kind="contact", restricted=secret
    )


def draft_of(session: Session, contact_id: UUID, author_id: UUID) -> str:
    """What this author has written to her and not sent; the caller has checked the reader."""
    mine = select(Draft).where(Draft.contact_id == contact_id, Draft.author_id == author_id)
    found = session.scalars(mine).one_or_none()
    return found.body or "" if found is not None else ""


def contact_of_message(session: Session, scope: Scope, message_id: UUID) -> UUID | None:
    """The contact of a text that this reader may read."""
    return session.execute(
        select(Message.contact_id)
        .join(Contact, Contact.id == Message.contact_id)
        .where(
            Message.id == message_id,
            words_for(scope),
        ),
    ).scalar()


def by_machine(session: Session, contact_id: UUID, *, within_s: int) -> list[tuple[str, datetime]]:
    """What the machine wrote lately to the number of this contact, on whatever line: phrase and time, newest first."""
    rows = session.execute(
        select(Message.automatic, Message.at)
        .join(Contact, Contact.id == Message.contact_id)
        .join(_THIS, _THIS.address_index == Contact.address_index)
        .where(
            _THIS.id == contact_id,
            Message.automatic.is_not(None),
            Message.at > koza_now() - timedelta(seconds=within_s),
        )
        .order_by(Message.number.desc()),
    )
    return [(str(row.automatic), row.at) for row in rows]


def remember_text(session: Session, message_id: UUID, body: str) -> None:
    """Keep the words of a text that this transaction took in at hand for the reactions to it."""
    session.info.setdefault(_ARRIVED, {})[message_id] = body


def message_text(session: Session, message_id: UUID) -> str:
    """The words of one text, for a reaction that looks for danger words; never for a screen."""
    arrived: dict[UUID, str] = session.info.get(_ARRIVED, {})
    if message_id in arrived:
        return arrived[message_id]
    row = session.execute(
        select(Message.data_key_id, Message.body_sealed).where(Message.id == message_id),  # type: ignore[attr-defined]
    ).one_or_none()
    if row is None or row.body_sealed is None:
        return ""
    return open_sealed(session, row.data_key_id, Message.__tablename__, "body", message_id, row.body_sealed) or ""


def address_of(session: Session, scope: Scope, contact_id: UUID) -> str | None:
    """The number she showed. The caller writes the reason down; screens show its last digits alone."""
    row = session.scalars(
        select(Contact).where(
            Contact.id == contact_id,
            scope.where("contact", centre=Contact.centre_id, subject_id=Contact.id),
        ),
    ).one_or_none()
    return row.address if row else None


def earlier_contacts(session: Session, scope: Scope, contact_id: UUID, *, limit: int = 20) -> list[EarlierContact]:
    """Contacts from the same address before this one; none for withheld callers.

    A later one is somebody's who has yet to be asked who she is.
    """
    rows = session.execute(
        select(Contact.id, Contact.channel, Contact.state, Contact.received_at)
        .join(_THIS, and_(_THIS.address_index == Contact.address_index, _THIS.id != Contact.id))
        .where(
            _THIS.id == contact_id,
            Contact.received_at <= _THIS.received_at,
            scope.where("contact", centre=Contact.centre_id, subject_id=Contact.id),
        )
        .order_by(Contact.received_at.desc())
        .limit(limit),
    )
    return [EarlierContact(*row) for row in rows]


def spoke_with(session: Session, contact_id: UUID, *, within_s: int) -> UUID | None:
    """Who spoke last with the same number on the same line, if that call ended at most ``within_s`` seconds ago.

    Unscoped, for the router: neither the number nor that they are one person is told to anybody by it.
    """
    found = _SPOKE_WITH.first(session, {"of_contact": contact_id, "within": timedelta(seconds=within_s)})
    return None if found is None else found.owner_id


def story(session: Session, contact_ids: list[UUID]) -> list[StoredFact]:
    """Everything that happened to these contacts in its order; for a caller who knows the reader may see them."""
    return list(
        session.scalars(
            select(StoredFact).where(StoredFact.contact_id.in_(contact_ids)).order_by(StoredFact.number),
        ),
    )


def heard(session: Session, contact_id: UUID) -> list[tuple[datetime, list[str]]]:
    """What a caller was told while she waited, and when, by the keys of the phrases; for a caller as :func:`story`."""
    rows = session.execute(
        select(Heard.at, Heard.prompts).where(Heard.contact_id == contact_id).order_by(Heard.number),
    )
    return [(row.at, row.prompts) for row in rows]
