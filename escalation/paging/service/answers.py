"""What people do with a page: accept (a promise), decline, keep the promise, give it back, close; duress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import after, koza_now
from core.due import cancel_due, set_due
from core.facts import report
from core.metrics import conflicts
from escalation.paging import queries, rules
from escalation.paging.events import PageAccepted, PageClosed, PageContactMade, PageDeclined
from escalation.paging.models import LIVE_STATES, Notification, Page, Proof
from escalation.paging.service import lines, many
from escalation.paging.service.callers import connect_waiting
from escalation.paging.service.moves import (
    PROMISE,
    TOPIC,
    PagingError,
    announce,
    fence,
    fresh,
    locked,
    move,
    note_state,
    notifications_of,
)
from escalation.paging.service.reading import let_her_read
from escalation.paging.service.requests import request_page
from escalation.paging.service.steps import next_rung_now, reopen
from escalation.paging.service.words import tell, tell_taken
from hotline import service as hotline_service
from staff import queries as staff_queries
from staff import service as staff_service

Channel = Literal["keypad", "text", "dashboard"]
#: A page is read twice at most: once as it stood, once more if it was reopened in between.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Accepted:
    """Whether this member has the page now; if not, who has it and since when (both empty when it is closed)."""

    won: bool
    by: UUID | None
    at: datetime | None
    #: She still waited and is being connected with this member.
    connected: bool = False


def accept(
    session: Session,
    actor: Actor,
    page_id: UUID,
    account_id: UUID,
    channel: Channel,
    *,
    leg_id: UUID | None = None,
) -> Accepted:
    """Promise contact; a caller who still waits is connected.

    Of several who accept exactly one wins; repeating one's own acceptance changes nothing.
    Raises :class:`PagingError` for an unknown page and for a member who is barred from the matter.
    """
    page = fresh(session, page_id)
    if account_id in _barred(session, page):
        raise PagingError("unknown_page")
    ladder = queries.ladder_of(session, page.policy_version_id)
    for _ in range(_TRIES):
        if page.state == "acked" and page.accepted_by == account_id:
            return Accepted(won=True, by=account_id, at=page.accepted_at)
        if page.state not in rules.states_before("accept"):
            break
        done = move(
            session,
            page,
            "accept",
            accepted_by=account_id,
            accepted_at=koza_now(),
            contact_due_at=after(ladder.contact_within_s),
            due_at=None,
        )
        if done:
            _promised(session, actor, page, account_id, channel, leg_id)
            connected = connect_waiting(session, actor, page, account_id, leg_id)
            return Accepted(won=True, by=account_id, at=page.accepted_at, connected=connected)
    conflicts.add(kind="page")
    _prove(session, page, account_id, "too_late", channel, leg_id)
    return Accepted(won=False, by=page.accepted_by, at=page.accepted_at)


def _barred(session: Session, page: Page) -> frozenset[UUID]:
    barred = staff_queries.barred_accounts(session, TOPIC, [page.id]).get(page.id, frozenset())
    if page.contact_id is not None:
        barred |= staff_queries.barred_accounts(session, "contact", [page.contact_id]).get(page.contact_id, frozenset())
    return barred


def _promised(
    session: Session,
    actor: Actor,
    page: Page,
    account_id: UUID,
    channel: Channel,
    leg_id: UUID | None,
) -> None:
    contact_due_at = page.contact_due_at
    assert contact_due_at is not None  # noqa: S101 - set by the update that was just done
    by_call = [item for item in notifications_of(session, page) if leg_id is not None and item.leg_id == leg_id]
    note_state(session, by_call, "reached")
    fence(session, page)
    set_due(session, PROMISE, str(page.id), contact_due_at, epoch=page.epoch, centre_id=page.centre_id)
    _prove(session, page, account_id, "accepted", channel, leg_id)
    tell_taken(session, page, but={account_id} | _silent(session, page))
    let_her_read(session, actor, page, account_id)
    many.hand_over(session, actor, page)
    record(session, actor, "page_accepted", TOPIC, page.id, page.centre_id, channel=channel, account=str(account_id))
    report(session, PageAccepted(page.contact_id, page.centre_id, page.id, account_id, channel))
    announce(session, page)


def _silent(session: Session, page: Page) -> set[UUID]:
    """Who is told nothing more: those who declined, and those under duress, whose telephone another may hold."""
    silent = select(Proof.account_id).where(Proof.page_id == page.id, Proof.kind.in_(("duress", "declined")))
    return set(session.scalars(silent))


def _prove(
    session: Session,
    page: Page,
    account_id: UUID,
    kind: str,
    channel: Channel,
    leg_id: UUID | None = None,
) -> None:
    session.add(
        Proof(page_id=page.id, epoch=page.epoch, account_id=account_id, kind=kind, channel=channel, leg_id=leg_id),
    )
    session.flush()


def decline(
    session: Session,
    actor: Actor,
    page_id: UUID,
    account_id: UUID,
    channel: Channel,
    *,
    leg_id: UUID | None = None,
) -> None:
    """Say that one cannot take it; when everybody on the rung has, the next rung is called at once."""
    page = session.get(Page, page_id, with_for_update=True, populate_existing=True)
    if page is None:
        raise PagingError("unknown_page")
    if page.state != "open":
        return
    _prove(session, page, account_id, "declined", channel, leg_id)
    hers = [item for item in notifications_of(session, page) if item.account_id == account_id]
    # Her other telephones have nothing more to ask her.
    note_state(session, [item for item in hers if item.state == "waiting"], "cancelled")
    record(session, actor, "page_declined", TOPIC, page.id, page.centre_id, channel=channel, account=str(account_id))
    report(session, PageDeclined(page.contact_id, page.centre_id, page.id, account_id, channel))
    next_rung_now(session, page)
    announce(session, page)


def duress(session: Session, actor: Actor, page_id: UUID, account_id: UUID, leg_id: UUID) -> None:
    """She pressed 9: to whoever listens it looks like an acceptance. Her lead is paged; this page goes on to others."""
    page = fresh(session, page_id)
    _prove(session, page, account_id, "duress", "keypad", leg_id)
    record(session, actor, "page_duress", TOPIC, page.id, page.centre_id, account=str(account_id))
    page_about_duress(session, actor, account_id, page.centre_id)
    if page.state == "open":
        next_rung_now(session, page)


def page_about_duress(session: Session, actor: Actor, account_id: UUID, centre_id: UUID) -> None:
    """A member of staff is under duress: a page about her, in her own centre where she has one."""
    her = staff_queries.account(session, account_id)
    where = (her.centre_id if her else None) or centre_id
    request_page(session, actor, where, "account", account_id, "duress", level=1)


def pin_entered(session: Session, page_id: UUID, account_id: UUID, leg_id: UUID, digits: str) -> bool | None:
    """Whether the PIN was right; ``None`` after too many wrong ones on one call. Only then is the menu for her."""
    page = fresh(session, page_id)
    right = staff_service.check_pin(session, account_id, digits)
    _prove(session, page, account_id, "pin_passed" if right else "pin_refused", "keypad", leg_id)
    if right:
        reached = [item for item in notifications_of(session, page) if item.leg_id == leg_id]
        note_state(session, reached, "reached")
        for item in reached:
            staff_service.note_proof(session, item.contact_point_id)
        return True
    refused = session.execute(
        select(func.count()).select_from(Proof).where(Proof.leg_id == leg_id, Proof.kind == "pin_refused"),
    ).scalar_one()
    return None if refused >= rules.MAX_PIN_TRIES else False


def tell_page(session: Session, actor: Actor, leg_id: UUID, page_id: UUID) -> None:
    """After the PIN: which of perhaps several pages this is, by its level, province, language and code."""
    page = fresh(session, page_id)
    names = {row.code: row.name for row in staff_queries.provinces(session)}
    hotline_service.tell_page(
        session,
        actor,
        leg_id,
        level=page.level,
        province=names.get(page.province_code or ""),
        language=page.language,
        code=page.code,
        many=many.waiting(session, page),
    )


def pin_passed(session: Session, leg_id: UUID) -> bool:
    """Whether the member's PIN was given on this call: without it no menu key counts."""
    return (
        session.execute(
            select(Proof.id).where(Proof.leg_id == leg_id, Proof.kind == "pin_passed").limit(1),
        ).first()
        is not None
    )


def answer_by_text(session: Session, actor: Actor, account_id: UUID, code: str) -> Accepted | None:
    """A member texted a code: it acts on the page of that code that was texted to her, and on no other.

    ``None`` when there is none. One that is closed, or that somebody else has, is refused by text.
    """
    found = session.execute(
        select(Page.id, Notification.id, Notification.contact_point_id)
        .join(Notification, Notification.page_id == Page.id)
        .where(
            Page.code == code.upper(),
            Notification.account_id == account_id,
            Notification.medium == "sms",
            Notification.send_id.is_not(None),
        )
        .order_by(Page.opened_at.desc(), Notification.created_at.desc())
        .limit(1),
    ).one_or_none()
    if found is None:
        return None
    page_id, notification_id, point_id = found
    note_state(session, [session.get_one(Notification, notification_id)], "reached")
    staff_service.note_proof(session, point_id)
    answer = accept(session, actor, page_id, account_id, "text")
    if not answer.won:
        page = fresh(session, page_id)
        tell(session, page, account_id, point_id, "page_taken" if page.state in LIVE_STATES else "page_not_open")
    return answer


def note_contact_made(session: Session, actor: Actor, page_id: UUID) -> None:
    """The promise was kept: somebody of ours has reached her.

    Raises :class:`PagingError` when nobody promised, and for a page of many while one of them waits.
    """
    page = _whole(session, page_id)
    if page.state == "engaged":
        return
    if not move(session, page, "contact", contact_made_at=koza_now(), contact_due_at=None):
        raise PagingError("not_accepted")
    cancel_due(session, PROMISE, str(page.id))
    many.end_with(session, actor, page, "answered")
    record(session, actor, "page_contact_made", TOPIC, page.id, page.centre_id)
    report(session, PageContactMade(page.contact_id, page.centre_id, page.id, actor.id))
    announce(session, page)


def _whole(session: Session, page_id: UUID) -> Page:
    """A page that a person may say is done: one of many only when nobody waits in it any more."""
    page = fresh(session, page_id)
    if page.of_many and page.state in LIVE_STATES:
        page = locked(session, page_id)
        if many.waiting(session, page):
            raise PagingError("texts_wait")
    return page


def give_back(session: Session, actor: Actor, page_id: UUID) -> None:
    """The member who promised cannot keep it: the page asks the next rung at once."""
    page = fresh(session, page_id)
    if page.state != "acked" or (actor.kind == "staff" and actor.id != page.accepted_by):
        raise PagingError("not_accepted")
    if not reopen(session, page, "give_back", "given_back"):
        raise PagingError("not_accepted")


def close(session: Session, actor: Actor, page_id: UUID, why: str) -> None:
    """Nothing more is asked. ``why`` is a neutral code. Closing a closed page changes nothing.

    Raises :class:`PagingError` for a page of many while one of them waits.
    """
    page = _whole(session, page_id)
    was_open = page.state in {"open", "snoozed"}
    done = move(
        session,
        page,
        "close",
        closed_at=koza_now(),
        closed_reason=why,
        due_at=None,
        contact_due_at=None,
        closed_by=actor.id if actor.kind == "staff" else None,
    )
    if not done:
        return
    fence(session, page)
    if was_open:
        tell_taken(session, page, but=_silent(session, page))
    many.end_with(session, actor, page, why)
    if why == rules.NO_SAFE_WAY:
        lines.leave(session, page)
    record(session, actor, "page_closed", TOPIC, page.id, page.centre_id, why=why)
    report(session, PageClosed(page.contact_id, page.centre_id, page.id, actor.id, why))
    announce(session, page)


def merge(session: Session, actor: Actor, page_id: UUID, into_id: UUID) -> None:
    """A page asks for the same as another one, which goes on alone. Raises :class:`PagingError`."""
    page, into = fresh(session, page_id), fresh(session, into_id)
    if page.id == into.id or page.of_many or into.state not in LIVE_STATES or page.centre_id != into.centre_id:
        raise PagingError("cannot_merge")
    if not move(session, page, "merge", merged_into=into.id, closed_at=koza_now(), closed_reason="merged", due_at=None):
        raise PagingError("not_open")
    fence(session, page)
    many.end_with(session, actor, page, "merged")
    record(session, actor, "page_merged", TOPIC, page.id, page.centre_id, into=str(into.id))
    report(session, PageClosed(page.contact_id, page.centre_id, page.id, actor.id, "merged"))
    announce(session, page)


def acceptor_gone(session: Session, actor: Actor, account_id: UUID) -> None:
    """Somebody who promised contact may no longer act: her promises go back to the ladder."""
    promised = session.scalars(select(Page.id).where(Page.accepted_by == account_id, Page.state == "acked")).all()
    for page_id in promised:
        give_back(session, actor, page_id)
