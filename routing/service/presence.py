"""Who is at her screen and takes contacts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, case, delete, not_, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import after, koza_now
from core.outbox import publish
from routing.ladder import ladder
from routing.models import Offer, Presence, Queued, Softphone
from routing.people import alive, out_of_reach
from routing.rules import ALL
from routing.service.desk_lines import end_line
from routing.service.offers import OPEN, close_offers, locked_row, look_now
from routing.service.signed_in import keep_signed_in
from staff import queries as staff_queries

#: How many waiting contacts are looked at anew when somebody becomes ready; she can take one at a time.
_WAKE = 20


def heartbeat(session: Session, actor: Actor, account_id: UUID, centre_id: UUID, *, ready: bool) -> bool:
    """A screen lives, and says whether its user takes contacts; returns whether that changed.

    Who becomes ready is offered what waits at the next tick; who stops is no longer asked. The presence holds for the
    lease of the ladder after the last heartbeat, and nobody at work is signed out meanwhile. Who answers in a browser
    whose tab cannot be rung takes nobody, whatever her screen says. Who had the line by telephone has it at her screen
    again.
    """
    keep_signed_in(session, account_id)
    ready = ready and not out_of_reach(session, account_id)
    was_ready = and_(Presence.ready, alive())
    before = session.execute(select(was_ready).where(Presence.account_id == account_id)).scalar()
    statement = insert(Presence).values(
        account_id=account_id,
        centre_id=centre_id,
        ready=ready,
        ready_since=koza_now() if ready else None,
        last_heartbeat_at=koza_now(),
    )
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id"],
            set_={
                "centre_id": new.centre_id,
                "ready": new.ready,
                "ready_since": case(
                    (and_(new.ready, or_(not_(was_ready), Presence.ready_since.is_(None))), koza_now()),
                    (not_(new.ready), null()),
                    else_=Presence.ready_since,
                ),
                "last_heartbeat_at": koza_now(),
            },
        ),
    )
    if bool(before) == ready:
        return False
    if ready:
        end_line(session, actor, account_id, "signed_in")
        wake_queue(session, centre_id)
    else:
        _stop_asking(session, account_id)
    publish(session, centre_id, "presence", account_id)
    return True


def wake_queue(session: Session, centre_id: UUID) -> None:
    """Somebody of this centre can be asked again: what waits is looked at now."""
    lines = [line.id for line in staff_queries.lines(session, centre_id=centre_id)]
    waiting = session.execute(
        select(Queued.contact_id, Queued.centre_id, Queued.level)
        # Where everybody was asked, only she was not.
        .where(
            Queued.line_id.in_(lines),
            or_(Queued.state == "waiting", and_(Queued.state == "offered", Queued.wave >= ALL)),
        )
        .order_by(Queued.level, Queued.returned.desc(), Queued.repeat == 0, Queued.since)
        .limit(_WAKE),
    ).all()
    for place, row in enumerate(waiting):
        look_now(session, row.contact_id, row.centre_id, row.level, place=place)


def _stop_asking(session: Session, account_id: UUID) -> None:
    asked = session.scalars(
        select(Offer.contact_id).where(
            Offer.account_id == account_id,
            Offer.state == "open",
            Offer.medium == "board",
        ),
    ).all()
    for contact_id in sorted(asked):
        row = locked_row(session, contact_id)
        if row is not None and row.state in OPEN:
            close_offers(session, row, account_id, "withdrawn")


def sign_off(session: Session, account_id: UUID) -> None:
    """Her last session ended: she is not there from now on, without waiting for the lease."""
    centre_id = session.scalar(
        update(Presence)
        .where(Presence.account_id == account_id, alive())
        .values(ready=False, ready_since=None, last_heartbeat_at=after(-ladder().lease_seconds))
        .returning(Presence.centre_id),
    )
    _stop_asking(session, account_id)
    session.execute(delete(Softphone).where(Softphone.account_id == account_id))
    if centre_id is not None:
        publish(session, centre_id, "presence", account_id)
