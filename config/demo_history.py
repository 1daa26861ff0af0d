"""A month of made-up history for the demonstration's centres, written in bulk; the board it leaves is calm.

All of it is over but two threads that wait for whoever becomes ready, and the open tasks of cases. The same dice fall
each time; ids, references and keys are fresh.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.demo_bulk import Bulk
from config.demo_cases import CaseBook, Team
from config.demo_contacts import Chronicle, Place, Told
from config.demo_pages import OnCall, page
from config.demo_register import enter_decisions
from config.demo_words import words
from core.clock import after, now
from core.due import set_due
from escalation.cases.service import TASK
from hotline import queries as hotline
from routing.service.offers import WAVE
from staff import queries as staff
from staff.scope import Scope

DAYS: Final = 30
_ISTANBUL = ZoneInfo("Europe/Istanbul")
#: Relative number of contacts by hour of the day in Istanbul: few before dawn, most in the evening.
_HOURS: Final = (9, 7, 5, 4, 3, 3, 5, 8, 14, 20, 24, 25, 22, 23, 25, 24, 22, 21, 22, 25, 28, 27, 21, 14)
_TEXT_SHARE: Final = 0.18
#: Nothing made up begins later than this before the board opens: the longest conversation lasts an hour.
_CALM: Final = timedelta(minutes=90)
_PAGED_SHARE: Final = 0.3
#: A case of the month is a day old at least, so that its first notes and tasks stand in it.
_SETTLED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Unit:
    """How busy a centre is, and who works there."""

    slug: str
    province: str
    per_day: int
    cases: int
    first_number: int
    languages: Mapping[str, int]
    answerers: tuple[str, ...]
    owner: str
    lawyer: str | None
    on_call: str | None
    waiting: bool


_UNITS: Final = (
    _Unit(
        "ankara", "06", 40, 18, 10_000, {"tr": 78, "ku": 9, "ar": 9, "en": 4},
        ("operator1@ankara", "operator2@ankara", "lead@ankara"), "caseworker@ankara", "legal@ankara", "oncall1@ankara",
        waiting=True,
    ),
    _Unit(
        "izmir", "35", 25, 7, 20_000, {"tr": 86, "en": 6, "ar": 5, "ku": 3},
        ("operator1@izmir",), "operator1@izmir", None, None, waiting=False,
    ),
)  # fmt: skip


def make_history(session: Session, centres: Mapping[str, UUID], people: Mapping[str, UUID]) -> int:
    """Write the month of every centre that has none yet; returns the number of contacts made.

    ``centres`` by slug and ``people`` by sign-in name are the demonstration's, with their lines and telephones.
    """
    return sum(_month(session, unit, centres[unit.slug], people) for unit in _UNITS)


def _month(session: Session, unit: _Unit, centre_id: UUID, people: Mapping[str, UUID]) -> int:
    line = next(iter(staff.lines(session, centre_id=centre_id)), None)
    if line is None or _has_contacts(session, centre_id):
        return 0
    moment = now(session)
    dice = random.Random(unit.first_number)  # noqa: S311 - made-up days that shall be the same each time, no secrets
    bulk = Bulk(session, dice)
    place = Place(centre_id, line.id, unit.province, tuple(people[name] for name in unit.answerers))
    chronicle = Chronicle(bulk, unit.first_number)
    told = [_contact(chronicle, bulk, unit, place, at, case_id) for at, case_id in _with_cases(bulk, unit, moment)]
    if unit.on_call is not None:
        _pages(bulk, OnCall.of(session, centre_id, people[unit.on_call]), [one for one, _ in told])
    book = CaseBook(bulk, Team(people[unit.owner], people.get(unit.lawyer or "")), moment, _due_today(moment))
    opened = [(one, case_id) for one, case_id in told if case_id is not None]
    for number, (one, case_id) in enumerate(opened):
        book.open_case(one, case_id, number)
    threads = [chronicle.waiting(place, moment, thread) for thread in words().waiting] if unit.waiting else []
    bulk.write()
    for task in book.open_tasks:
        set_due(session, TASK, str(task.task_id), task.due_at, centre_id=centre_id)
    for contact_id in threads:
        set_due(session, WAVE, str(contact_id), after(1), centre_id=centre_id)
    lawyer_id = people.get(unit.lawyer or "")
    if lawyer_id is not None:
        enter_decisions(session, lawyer_id, centre_id, unit.province, book.open_cases[::-1])
    return len(told) + len(threads)


def _has_contacts(session: Session, centre_id: UUID) -> bool:
    known = hotline.contacts(Scope.system("demo")).subquery("known")
    return session.execute(select(known.c.id).where(known.c.centre_id == centre_id).limit(1)).first() is not None


def moments_of(dice: random.Random, per_day: int, moment: datetime) -> Iterator[datetime]:
    """When people reached the centre, a little more often at weekends."""
    midnight = moment.astimezone(_ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(-DAYS, 1):
        start = midnight + timedelta(days=day)
        busy = 1.15 if start.weekday() >= 5 else 1.0
        for _ in range(round(per_day * busy + dice.gauss(0, per_day * 0.12))):
            hour = dice.choices(range(24), weights=_HOURS)[0]
            at = start + timedelta(hours=hour, seconds=dice.random() * 3600)
            if at < moment - _CALM:
                yield at


def _with_cases(bulk: Bulk, unit: _Unit, moment: datetime) -> list[tuple[datetime, UUID | None]]:
    """Every moment in its order, some with the id of the case that was opened from that contact."""
    moments = sorted(moments_of(bulk.dice, unit.per_day, moment))
    chosen = with_cases(bulk.dice, moments, unit.cases, moment)
    return [(at, bulk.id_at(at) if index in chosen else None) for index, at in enumerate(moments)]


def with_cases(dice: random.Random, moments: Sequence[datetime], cases: int, moment: datetime) -> set[int]:
    """Which of the moments led to a case: one out of each of as many equal parts of the month.

    Drawn out of the whole month they would lie elsewhere at each hour of the day, and now and then none so near that it
    is still open, or none so far back that it is over.
    """
    settled = sum(at < moment - _SETTLED for at in moments)
    parts = min(cases, settled)
    return {dice.randrange(settled * part // parts, settled * (part + 1) // parts) for part in range(parts)}


def _contact(
    chronicle: Chronicle,
    bulk: Bulk,
    unit: _Unit,
    place: Place,
    at: datetime,
    case_id: UUID | None,
) -> tuple[Told, UUID | None]:
    language = bulk.dice.choices(list(unit.languages), weights=list(unit.languages.values()))[0]
    tell = chronicle.thread if bulk.dice.random() < _TEXT_SHARE else chronicle.call
    return tell(place, at, language, case_id), case_id


def _pages(bulk: Bulk, member: OnCall, told: list[Told]) -> None:
    """Some of the urgent ones were passed to the on-call member, and some of those whom nobody answered."""
    for one in told:
        urgent = one.answered_by is not None and one.level == 1
        missed = one.answered_by is None and one.channel == "voice"
        if (urgent or missed) and bulk.dice.random() < _PAGED_SHARE:
            page(bulk, one, member)


def _due_today(moment: datetime) -> list[datetime]:
    """Two moments between now and midnight in Istanbul."""
    midnight = (moment.astimezone(_ISTANBUL) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = midnight - moment
    return [moment + left / 3, moment + left * 2 / 3]
