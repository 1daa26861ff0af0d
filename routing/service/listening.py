"""Who may listen to a conversation, or coach in it, and what stands in the way.

Off on every line until its director allows it; never without her agreement, but for practice calls; never where who
calls is not to be listened to; never by anybody who is barred from her, or has a call of her own.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.database import settings_of
from hotline import queries as hotline_queries
from hotline import service as hotline
from hotline.queries import ContactView
from intake.callers import holds
from intake.identity import kinds_in
from routing.models import Queued
from routing.service.accept import BusyError, own_telephone
from staff import queries as staff_queries
from staff.scope import Scope

#: off (on this line), locked (who calls is not to be listened to), apart (nobody speaks with her), unagreed.
Hindrance = Literal["off", "locked", "apart", "unagreed"]


class MayNotListenError(Exception):
    """Nobody may listen now; ``why`` says what stands in the way."""

    def __init__(self, why: Hindrance) -> None:
        super().__init__(why)
        self.why = why


def hindrance(session: Session, contact: ContactView) -> Hindrance | None:
    """What stands in the way of anybody's listening to this contact; None where nothing does."""
    free = settings_of(session).practice
    line = staff_queries.line_by_id(session, contact.line_id)
    if not free and (line is None or not line.listening_allowed):
        return "off"
    if holds(kinds_in(session, contact.id), "unheard"):
        return "locked"
    if contact.stage != "talking":
        return "apart"
    return None if free or hotline_queries.may_be_listened_to(session, contact.id) else "unagreed"


def agree_to_listening(session: Session, actor: Actor, contact: ContactView, words: str) -> None:
    """Who has her writes down that she was told and agreed.

    Raises as :func:`hotline.agree_to_listening`, and :class:`MayNotListenError` where nobody may listen whatever she
    says.
    """
    why = hindrance(session, contact)
    if why in ("off", "locked"):
        raise MayNotListenError(why)
    hotline.agree_to_listening(session, actor, contact.id, words)
    record(session, actor, "listening_agreed", "contact", contact.id, contact.centre_id)


def withdraw_listening(session: Session, actor: Actor, contact: ContactView) -> None:
    """She does not want it any more, or who has her does not: whoever listens is let go at once."""
    if hotline.take_listening_back(session, actor, contact.id):
        record(session, actor, "listening_withdrawn", "contact", contact.id, contact.centre_id)


def listen(session: Session, actor: Actor, contact: ContactView, account_id: UUID, *, coach: bool) -> None:
    """Ring this person's own telephone to listen; ``coach``: who has her hears it, and she never does.

    Raises :class:`MayNotListenError`, what the scope refuses, :class:`NoTelephoneError`, :class:`BusyError`, and as
    :func:`hotline.listen`.
    """
    why = hindrance(session, contact)
    if why is not None:
        raise MayNotListenError(why)
    Scope.of(session, account_id).require_record(
        session, "contact", contact.id, contact.centre_id, act="coach", restricted=contact.confidential
    )
    address = own_telephone(session, account_id)
    if _has_a_call(session, account_id, contact.id):
        raise BusyError
    account = staff_queries.account(session, account_id)
    language = account.locale if account is not None else "tr"
    hotline.listen(session, actor, contact.id, address, coach=coach, language=language)
    record(session, actor, "listened", "contact", contact.id, contact.centre_id, coach=coach)


def _has_a_call(session: Session, account_id: UUID, contact_id: UUID) -> bool:
    caller = select(Queued.contact_id).where(
        Queued.taken_by == account_id, Queued.state == "taken", Queued.channel == "voice"
    )
    calling = hotline_queries.people_calling().subquery("calling")
    calls = select(calling.c.account_id).where(calling.c.account_id == account_id)
    here = {one.account_id for one in hotline_queries.listeners(session, contact_id)}
    if session.execute(caller.limit(1)).first() is not None:
        return True
    return account_id not in here and session.execute(calls.limit(1)).first() is not None


__all__ = ["Hindrance", "MayNotListenError", "agree_to_listening", "hindrance", "listen", "withdraw_listening"]
