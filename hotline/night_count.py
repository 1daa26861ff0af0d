"""The nightly count: the carrier's lists of a day beside what we took in, and then every contact's end.

The reconciler puts in each minute what never reached us. This looks at a whole day once it is over, when every call of
it has ended, and counts what is still missing; the rooms above go on with the contacts (:class:`DaysCounted`). The
number that should stand there each morning is nought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from core.clock import now as database_now
from core.database import Ground, settings_of
from core.due import Due, set_due
from core.facts import report
from core.log import get_logger
from core.phones import parse_address
from core.trunks import Trunk
from core.unit_of_work import run
from hotline.carriers.protocol import Carrier, CarrierUnavailable, RemoteCall, RemoteText
from hotline.events import DaysCounted
from hotline.queries.days import last_counted, put_aside, taken_in
from hotline.service.days import Open, note_day, note_unexplained
from hotline.trunks import called_number
from staff import queries as staff_queries
from staff.rules import ISTANBUL

log = get_logger(__name__)

KIND: Final = "hotline.night_count"
EVERYWHERE: Final = "all"
#: A call that nobody ends is ended by the carrier after four hours: at this time none of the day before goes on.
COUNTED_AT: Final = time(4, 30)
#: Where the carrier does not answer, or a process dies over it.
_AGAIN_S: Final = 600
#: After nights without a count no further back than this; the reconciler does not look back further either.
MOST_DAYS: Final = 7
_DAY: Final = timedelta(days=1)


class NightCount:
    """Asks the carrier, once a night; as the reconciler, whichever worker takes the due row does it."""

    def __init__(self, ground: Ground, carrier: Carrier) -> None:
        self._ground = ground
        self._carrier = carrier

    def tick(self) -> bool:
        """Count if it is time; returns whether it did."""
        days = run(self._ground, _claim)
        if not days:
            return False
        since = _begin(days[0])
        try:
            texts = self._carrier.list_inbound_texts(since)
            calls = self._carrier.list_inbound_calls(since)
        except CarrierUnavailable:
            log.warning("night_count_carrier_away")
            return False
        run(self._ground, lambda session: _count(session, days, calls, texts))
        return True


def _claim(session: Session) -> list[date]:
    """The days to be counted now, the oldest first; whoever dies over them leaves them to the next claim."""
    due = session.execute(
        update(Due)
        .where(Due.kind == KIND, Due.subject == EVERYWHERE, Due.at <= koza_now())
        .values(at=after(_AGAIN_S))
        .returning(Due.id),
    ).first()
    moment = database_now(session)
    if due is None:
        known = session.execute(select(Due.id).where(Due.kind == KIND, Due.subject == EVERYWHERE)).first()
        if known is None:
            set_due(session, KIND, EVERYWHERE, next_time(moment))
        return []
    today, before = moment.astimezone(ISTANBUL).date(), last_counted(session)
    first = today - _DAY if before is None else max(before.day + _DAY, today - MOST_DAYS * _DAY)
    # The day before is counted at every claim: a row that is due says that it was not, or that somebody wants it anew.
    first = min(first, today - _DAY)
    return [first + n * _DAY for n in range((today - first).days)]


def next_time(moment: datetime) -> datetime:
    """The next night after ``moment``."""
    local = moment.astimezone(ISTANBUL)
    tonight = datetime.combine(local.date(), COUNTED_AT, ISTANBUL)
    return tonight if tonight > local else datetime.combine(local.date() + _DAY, COUNTED_AT, ISTANBUL)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), ISTANBUL)


def _count(
    session: Session,
    days: Sequence[date],
    calls: Sequence[RemoteCall],
    texts: Sequence[RemoteText],
) -> None:
    """In one transaction with the next night: a count that is not committed is made again."""
    ours, trunks = _our_numbers(session), settings_of(session).sip_trunks
    begin, end = _begin(days[0]), _begin(days[-1] + _DAY)
    events = {
        kind: {one.sid: one for one in found if begin <= one.created_at < end and _called(one, trunks) in ours}
        for kind, found in (("voice", calls), ("sms", texts))
    }
    for day in days:
        counts = {
            kind: sum(one.created_at.astimezone(ISTANBUL).date() == day for one in found.values())
            for kind, found in events.items()
        }
        note_day(session, day, counts["voice"], counts["sms"])
    unknown = [one for kind, found in events.items() for one in _without_inbox(session, kind, found, ours)]
    note_unexplained(session, unknown)
    log.info("night_counted", days=len(days), missing=len(unknown))
    set_due(session, KIND, EVERYWHERE, next_time(database_now(session)))
    report(session, DaysCounted(None, None, str(days[0]), str(days[-1])))


def _our_numbers(session: Session) -> dict[str, UUID | None]:
    """Our numbers and whose they are; other numbers of the account are none of our business."""
    numbers: dict[str, UUID | None] = dict.fromkeys(settings_of(session).oncall_numbers)
    return numbers | {line.number: line.centre_id for line in staff_queries.lines(session)}


def _called(event: RemoteCall | RemoteText, trunks: Sequence[Trunk]) -> str:
    if isinstance(event, RemoteCall):
        return called_number(trunks, event.called)
    return parse_address(event.recipient).value


def _without_inbox(
    session: Session,
    kind: str,
    found: Mapping[str, RemoteCall | RemoteText],
    ours: Mapping[str, UUID | None],
) -> list[Open]:
    known, aside = taken_in(session, kind, found), put_aside(session, kind, found)
    return [
        Open(
            centre_id=ours[_called(one, settings_of(session).sip_trunks)],
            contact_id=None,
            channel=kind,
            carrier_sid=sid,
            why="aside" if sid in aside else "missing",
            at=one.created_at,
        )
        for sid, one in found.items()
        if sid not in known
    ]


__all__ = ["COUNTED_AT", "KIND", "MOST_DAYS", "NightCount", "next_time"]
