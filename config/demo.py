"""What ``koza demo`` makes: two centres, their lines, people with telephones, shifts, and a month of made-up history.

Nobody here exists. Everything may be made again: what is there already is left alone, and only the rota grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from config.demo_history import make_history
from config.local import DEMO_DESKS, DEMO_FALLBACK, DEMO_ONCALL_PHONES, DEMO_PIN
from config.wiring import build_ground
from core.actor import Actor, system
from core.clock import now
from core.log import get_logger
from core.settings import Settings
from core.unit_of_work import unit_of_work
from routing import queries as routing_queries
from routing import service as routing
from staff import queries as staff_queries
from staff import service as staff
from staff.scope import Scope

log = get_logger(__name__)

_ACTOR = system("demo")
_ISTANBUL = ZoneInfo("Europe/Istanbul")
_DAYS = 15
_CENTRES = (("ankara", "Ankara KOZA-ŞÖNİM", "06"), ("izmir", "İzmir KOZA-ŞÖNİM", "35"))


@dataclass(frozen=True, slots=True)
class _Person:
    """An invented member of staff."""

    name: str
    display: str
    role: str
    languages: tuple[str, ...] = ("tr",)
    gender: str = "female"

    @property
    def centre(self) -> str:
        """The centre's part of the sign-in name; ``koza`` for nobody's."""
        return self.name.partition("@")[2]


PEOPLE = (
    _Person("operator1@ankara", "Elif Deniz", "operator", ("tr", "ku")),
    _Person("operator2@ankara", "Zeynep Aras", "operator", ("tr", "ku", "ar")),
    _Person("operator1@izmir", "Sevgi Ada", "operator", ("tr", "en")),
    _Person("lead@ankara", "Nermin Koru", "shift_lead", ("tr", "en")),
    _Person("oncall1@ankara", "Derya Tuna", "oncall", ("tr", "ku")),
    _Person("legal@ankara", "Ayla Sezer", "legal"),
    _Person("caseworker@ankara", "Gül Yaman", "social_worker", ("tr", "ku")),
    _Person("perp@ankara", "Onur Bilge", "perpetrator_worker", gender="male"),
    _Person("director@ankara", "Hale Erdem", "director"),
    _Person("auditor@ankara", "Suna Işık", "auditor"),
    _Person("admin@koza", "Mert Uysal", "admin", gender="male"),
)
#: Who stands on the rota: account, role of the shift, hours of the day (Istanbul) at which it begins and ends.
#: Both operators share both shifts, so that a demonstration finds them on duty at any hour.
_ROTA = (
    ("operator1@ankara", "operator", 8, 20), ("operator2@ankara", "operator", 8, 20),
    ("operator1@ankara", "operator", 20, 32), ("operator2@ankara", "operator", 20, 32),
    ("lead@ankara", "shift_lead", 8, 20), ("oncall1@ankara", "oncall", 8, 32),
    ("operator1@izmir", "operator", 8, 20), ("operator1@izmir", "operator", 20, 32),
)  # fmt: skip


def seed(settings: Settings, *, password: str, totp_secret: str) -> None:
    """Make the demonstration, or what of it is missing. ``totp_secret`` is every demo account's, printed at start.

    Raises ``ValueError`` in production.
    """
    if settings.production:
        raise ValueError("there is no demonstration in production")
    ground = build_ground(settings, application="koza-demo")
    try:
        with unit_of_work(ground) as session:
            centres = {slug: _centre(session, slug, name, province) for slug, name, province in _CENTRES}
            _lines(session, settings, centres)
        with unit_of_work(ground) as session:
            people = {
                person.name: _account(session, person, centres.get(person.centre), password, totp_secret)
                for person in PEOPLE
            }
        with unit_of_work(ground) as session:
            for name, account_id in people.items():
                _telephones(session, name, account_id)
            added = _rota(session, centres, people)
        with unit_of_work(ground) as session:
            made = make_history(session, centres, people)
        log.info("demo_ready", count=made, total=added)
    finally:
        ground.engine.dispose()


def _centre(session: Session, slug: str, name: str, province: str) -> UUID:
    known = staff_queries.centre_by_slug(session, slug)
    if known is not None:
        return known.id
    return staff.create_centre(session, _ACTOR, slug=slug, name=name, province_code=province)


def _lines(session: Session, settings: Settings, centres: Mapping[str, UUID]) -> None:
    """The centres' lines, each with a number to which a caller goes whom nobody answered in time."""
    for item in settings.hotline_numbers:
        if staff_queries.line_by_number(session, item.number) is None:
            slug = item.centre or _CENTRES[0][0]
            if slug in centres:
                staff.add_line(
                    session,
                    _ACTOR,
                    centre_id=centres[slug],
                    number=item.number,
                    name=slug.capitalize(),
                    fallback_number=DEMO_FALLBACK,
                    # One of each can be heard: the first centre's as every new line is, the others say whose they are.
                    institution_name_spoken=slug != _CENTRES[0][0],
                )
    staff.ensure_lines(session, _ACTOR, settings.hotline_numbers)


def _account(session: Session, person: _Person, centre_id: UUID | None, password: str, totp_secret: str) -> UUID:
    known = staff_queries.account_by_name(session, person.name)
    if known is not None:
        return known.id
    made = staff.create_account(
        session,
        _ACTOR,
        name=person.name,
        display_name=person.display,
        password=password,
        roles=(person.role,),
        centre_id=centre_id,
        languages=person.languages,
        gender="male" if person.gender == "male" else "female",
        totp_seed=totp_secret,
    )
    return made.id


def _telephones(session: Session, name: str, account_id: UUID) -> None:
    """Desk telephones of operators, and on-call telephones, each with a PIN; nothing is sent to prove them."""
    if staff_queries.contact_point_states(session, [account_id]):
        return
    if name in DEMO_DESKS:
        _telephone(session, account_id, "voice", DEMO_DESKS[name])
    if name in DEMO_ONCALL_PHONES:
        for medium in ("voice", "sms"):
            _telephone(session, account_id, medium, DEMO_ONCALL_PHONES[name])
    if name in DEMO_DESKS or name in DEMO_ONCALL_PHONES:
        staff.set_pin(session, _ACTOR, account_id, DEMO_PIN)


def _telephone(session: Session, account_id: UUID, medium: str, number: str) -> None:
    point = staff.add_contact_point(session, _ACTOR, account_id, "sms" if medium == "sms" else "voice", number)
    staff.verify_contact_point(session, _ACTOR, point, staff.new_proof(session, _ACTOR, point))


def _rota(session: Session, centres: dict[str, UUID], people: dict[str, UUID]) -> int:
    """Shifts from yesterday's evening on for two weeks; those that are there already stay."""
    moment = now(session)
    midnight = moment.astimezone(_ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight + timedelta(days=_DAYS + 2)
    there = routing_queries.shifts(session, Scope.system("demo"), since=midnight - timedelta(days=2), until=until)
    known = {(shift.account_id, shift.role, shift.start) for shift in there}
    added = 0
    for day in range(-1, _DAYS):
        for name, role, begins, ends in _ROTA:
            start, end = _at(midnight, day, begins), _at(midnight, day, ends)
            if (people[name], role, start) not in known:
                _shift(session, _ACTOR, centres[name.partition("@")[2]], people[name], role, start, end)
                added += 1
    return added


def _at(midnight: datetime, day: int, hour: int) -> datetime:
    """A whole hour of a day in Istanbul; hours past 24 belong to the next morning."""
    moved = (midnight + timedelta(days=day + hour // 24)).replace(hour=hour % 24)
    return moved.astimezone(_ISTANBUL)


def _shift(
    session: Session,
    actor: Actor,
    centre_id: UUID,
    account_id: UUID,
    role: str,
    start: datetime,
    end: datetime,
) -> None:
    line = next(iter(staff_queries.lines(session, centre_id=centre_id)), None)
    if line is not None:
        routing.add_shift(
            session,
            actor,
            account_id=account_id,
            centre_id=centre_id,
            line_id=line.id,
            role=role,
            start=start,
            end=end,
        )
