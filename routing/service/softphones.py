"""The browser as a telephone: who chose it, in which tab, and whether that tab can be rung."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import koza_now
from hotline import service as hotline
from routing.models import Presence, Softphone
from routing.people import alive
from routing.service.presence import heartbeat


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of a browser that says it is somebody's telephone; ``identity`` is what it was told when it was chosen."""

    account_id: UUID
    session_id: UUID
    identity: str


class NotThisTabError(Exception):
    """She chose another tab or browser since, or her telephone."""


def choose_browser(session: Session, _actor: Actor, account_id: UUID, session_id: UUID) -> str:
    """From now on she answers in this tab, and in no other. Returns the opaque word by which the carrier finds it."""
    fresh = {
        "session_id": session_id,
        "identity": f"op_{secrets.token_hex(16)}",
        "registered": False,
        "last_heartbeat_at": koza_now(),
        "chosen_at": koza_now(),
    }
    chosen = insert(Softphone).values(account_id=account_id, **fresh)
    session.execute(chosen.on_conflict_do_update(index_elements=["account_id"], set_=fresh))
    return str(fresh["identity"])


def choose_telephone(session: Session, _actor: Actor, account_id: UUID) -> None:
    """Her telephone rings again."""
    session.execute(delete(Softphone).where(Softphone.account_id == account_id))


def require_tab(session: Session, tab: Tab) -> Tab:
    """That tab, if it is the one in which she answers. Raises :class:`NotThisTabError`."""
    known = session.execute(
        select(Softphone.account_id)
        .where(
            Softphone.account_id == tab.account_id,
            Softphone.session_id == tab.session_id,
            Softphone.identity == tab.identity,
        )
        .with_for_update()
    ).first()
    if known is None:
        raise NotThisTabError
    return tab


def note_softphone(session: Session, actor: Actor, tab: Tab, centre_id: UUID, *, registered: bool) -> None:
    """The tab lives, and says whether the carrier can ring it. Raises :class:`NotThisTabError`.

    Where it cannot, nobody is offered to her any more, at once and not when her screen shows itself again.
    """
    account_id = require_tab(session, tab).account_id
    session.execute(
        update(Softphone)
        .where(Softphone.account_id == account_id)
        .values(registered=registered, last_heartbeat_at=koza_now())
    )
    ready = select(Presence.account_id).where(Presence.account_id == account_id, Presence.ready, alive())
    if not registered and session.execute(ready).first() is not None:
        heartbeat(session, actor, account_id, centre_id, ready=False)


def answer_here(session: Session, tab: Tab, sid: str) -> str | None:
    """The tab is rung: as :func:`hotline.service.answer_in_browser`. Raises :class:`NotThisTabError`."""
    return hotline.answer_in_browser(session, require_tab(session, tab).account_id, sid)


__all__ = [
    "NotThisTabError",
    "Tab",
    "answer_here",
    "choose_browser",
    "choose_telephone",
    "note_softphone",
    "require_tab",
]
