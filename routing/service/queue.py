"""Into the queue, out of it, and back to its head. Every change is one conditional statement on the contact's row."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Boolean, and_, bindparam, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.database import table_of
from core.due import cancel_due
from core.facts import report
from core.outbox import publish
from core.statements import Read, Write
from hotline import service as hotline
from hotline.queries import contacts
from hotline.rules import DESK_CHANNELS
from intake import queries as intake_queries
from routing.events import ContactReturned
from routing.models import Offer, Presence, Queued
from routing.people import alive
from routing.rules import ALL
from routing.service.offers import OPEN, ROUTER, WAVE, locked_row, look_now, tell_centres, tell_screens, withdraw_offers
from routing.service.signed_in import keep_while_talking
from routing.service.wrap_up import begin_wrap_up
from staff.scope import Scope

_ROUTER = Scope.system("routing")


def enter(session: Session, contact_id: UUID, centre_id: UUID | None, *, returned: bool = False) -> None:
    """Put a contact into the queue, or back into it, and let the next tick make the offers.

    Level, language and wish are copied from the contact and its intake by the statement itself. Somebody who is
    already waiting keeps her place.
    """
    _ENTER(session, {"entering": contact_id, "back": returned})
    look_now(session, contact_id, centre_id, intake_queries.level_of(session, contact_id))


def enter_unasked(session: Session, contact_id: UUID) -> None:
    """Give a place to a caller whom somebody takes before she waits: nobody is asked for her."""
    _ENTER(session, {"entering": contact_id, "back": False})


def _enter() -> Insert:
    known = contacts(_ROUTER)
    found = known.where(known.selected_columns["id"] == bindparam("entering")).subquery("found")
    back = bindparam("back", type_=Boolean())
    told = intake_queries.routing_columns().subquery("told")
    source = select(
        found.c.id,
        found.c.centre_id,
        found.c.line_id,
        found.c.channel,
        func.coalesce(told.c.level, literal(2)),
        func.coalesce(told.c.language, found.c.language),
        func.coalesce(told.c.wants_woman, literal(value=False)),
        func.coalesce(told.c.anybody_may_answer, literal(value=False)),
        back,
        found.c.repeat,
        koza_now(),
    ).outerjoin(told, told.c.contact_id == found.c.id)
    columns = [
        "contact_id",
        "centre_id",
        "line_id",
        "channel",
        "level",
        "language",
        "wants_woman",
        "anybody_may_answer",
        "returned",
        "repeat",
        "since",
    ]
    statement = insert(table_of(Queued)).from_select(columns, source)
    again = {
        "state": "waiting",
        "returned": back,
        "wave": 0,
        "exhausted": False,
        "connected": False,
        "round": Queued.round + 1,
        "taken_by": None,
        "taken_at": None,
        "since": koza_now(),
        "level": statement.excluded.level,
        "language": statement.excluded.language,
    }
    return statement.on_conflict_do_update(
        index_elements=["contact_id"],
        set_=again,
        # Who was taken while the greeting played begins to wait when it is over, and is taken all the same.
        where=or_(Queued.state == "left", and_(Queued.state == "taken", back)),
    )


_QUEUE = table_of(Queued)
_SEEN = contacts(_ROUTER).subquery("seen")
_GONE = ~select(Presence.account_id).where(Presence.account_id == Queued.taken_by, Presence.ready, alive()).exists()
# Built once: every text and every waiting call is entered, and every call leaves.
_ENTER = Write(_enter())
_STANDS = Read(select(Queued.state, _GONE.label("gone")).where(Queued.contact_id == bindparam("of_contact")))
_IN_GREETING = Read(
    select(_SEEN.c.id).where(_SEEN.c.id == bindparam("of_contact"), _SEEN.c.stage == text("'greeting'"))
)
_BEFORE = _QUEUE.alias("before")
_WAS = (
    select(_BEFORE.c.contact_id, _BEFORE.c.taken_by)
    .where(_BEFORE.c.contact_id == bindparam("leaving"), _BEFORE.c.state != "left")
    .with_for_update()
    .subquery("was")
)
#: Somebody took her who had the line by telephone: no board is where she was heard.
_BY_LINE = (
    select(Offer.id)
    .where(Offer.contact_id == bindparam("leaving"), Offer.desk_line_id.is_not(None), Offer.state == "accepted")
    .exists()
)
_LEAVE = Read(
    update(_QUEUE)
    .where(_QUEUE.c.contact_id == _WAS.c.contact_id)
    .values(state="left", taken_by=None)
    .returning(
        _QUEUE.c.centre_id,
        _QUEUE.c.line_id,
        _QUEUE.c.channel,
        _QUEUE.c.level,
        _QUEUE.c.connected,
        _WAS.c.taken_by.label("had"),
        _BY_LINE.label("by_line"),
    )
)


def leave(session: Session, contact_id: UUID) -> None:
    """Take a contact out of the queue for good: it ended, was closed, or the edge plays its last rung."""
    left = _LEAVE.first(session, {"leaving": contact_id})
    if left is None:
        return
    withdraw_offers(session, contact_id)
    cancel_due(session, WAVE, str(contact_id))
    tell_centres(session, contact_id, left.centre_id, left.line_id)
    if left.by_line:
        # Her record is now to be written: open boards read their list of what is due anew.
        publish(session, left.centre_id, "callback", contact_id)
    if left.had is not None and (left.connected or left.channel != "voice"):
        begin_wrap_up(session, left.had, left.centre_id, contact_id, left.level)


def give_back(
    session: Session,
    contact_id: UUID,
    why: str,
    *,
    account_id: UUID | None = None,
    round_: int | None = None,
) -> bool:
    """Put a contact that somebody had back to the head of the queue; returns whether there was anything to do.

    With ``account_id`` only if that person still has it (since round ``round_``) and the two never met. ``why``:
    desk_leg, alone, owner_gone.
    """
    row = locked_row(session, contact_id)
    if row is None or row.state != "taken":
        return False
    if account_id is not None and (row.taken_by != account_id or row.connected):
        return False
    if round_ is not None and row.round != round_:
        return False
    if _IN_GREETING.first(session, {"of_contact": contact_id}) is not None:
        _not_yet(session, row)
        return True
    had = row.taken_by
    row.state, row.taken_by, row.taken_at = "waiting", None, None
    row.returned, row.connected, row.exhausted = True, False, False
    row.wave, row.round = 0, row.round + 1
    session.flush()
    hotline.let_go(session, ROUTER, contact_id)
    report(session, ContactReturned(contact_id, row.centre_id, account_id=had, why=why))
    look_now(session, contact_id, row.centre_id, row.level)
    tell_screens(session, row)
    return True


def _not_yet(session: Session, row: Queued) -> None:
    """Who took her while the greeting played did not reach her before its end: she waits when it is over, as anybody.

    Until then nobody is rung for her, and whoever sees her may take her.
    """
    row.state, row.taken_by, row.taken_at = "left", None, None
    session.flush()
    hotline.let_go(session, ROUTER, row.contact_id)
    tell_screens(session, row)


def at_the_desk_of(session: Session, account_id: UUID) -> list[UUID]:
    """The contacts that somebody has and that began at a desk."""
    has = select(Queued.contact_id).where(
        Queued.taken_by == account_id, Queued.state == "taken", Queued.channel.in_(DESK_CHANNELS)
    )
    return list(session.scalars(has.order_by(Queued.contact_id)))


def taken_elsewhere(session: Session, contact_id: UUID, account_id: UUID) -> None:
    """A contact has an owner without having been offered: handed over by a colleague, or answered by her at once."""
    row = locked_row(session, contact_id)
    if row is None or row.state == "left" or (row.state == "taken" and row.taken_by == account_id):
        return
    row.state, row.taken_by = "taken", account_id
    session.flush()
    session.refresh(row)
    withdraw_offers(session, contact_id, "taken")
    cancel_due(session, WAVE, str(contact_id))
    keep_while_talking(session, account_id)
    tell_screens(session, row)


def note_connected(session: Session, contact_id: UUID) -> None:
    """She and the one who took her are in the talking room."""
    session.execute(update(Queued).where(Queued.contact_id == contact_id).values(connected=True))


def set_level(session: Session, contact_id: UUID, level: int) -> None:
    """Her level changed: her place in the queue does, and in danger everybody is asked now.

    What the rooms above were told of her before was of somebody less urgent: they hear of her anew.
    """
    row = locked_row(session, contact_id)
    if row is None or row.level == level:
        return
    raised = level < row.level
    row.level = level
    if raised and level == 1 and row.state in OPEN:
        row.wave, row.exhausted = max(row.wave, ALL - 1), False
        look_now(session, contact_id, row.centre_id, row.level)
    session.flush()


def set_wishes(
    session: Session,
    contact_id: UUID,
    *,
    language: str | None = None,
    wants_woman: bool | None = None,
    anybody_may_answer: bool | None = None,
) -> None:
    """Her language or her wish for a woman became known; the next wave goes by it."""
    told = {"language": language, "wants_woman": wants_woman, "anybody_may_answer": anybody_may_answer}
    values = {name: value for name, value in told.items() if value is not None}
    if values:
        session.execute(update(Queued).where(Queued.contact_id == contact_id).values(values))


def text_again(session: Session, contact_id: UUID, centre_id: UUID | None) -> None:
    """Another text of a contact came. If the one who has it is no longer at her screen, it waits for anybody again."""
    known = _STANDS.first(session, {"of_contact": contact_id})
    if known is None or known.state == "left":
        enter(session, contact_id, centre_id)
    elif known.state == "taken" and known.gone:
        give_back(session, contact_id, "owner_gone")
