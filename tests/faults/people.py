"""Who works in the house under test: operators at their boards, on-call staff with telephones, one lead."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from config.wiring import build_ground
from core.actor import system
from core.clock import now
from core.settings import Settings
from core.unit_of_work import unit_of_work
from hotline.phrases import phrase
from routing import service as routing
from staff import service as staff
from tests.faults.exchange import Exchange, Record
from tests.faults.house import House

_BUILDER = system("faults")
PIN = "481526"
LINE = "+903120000001"
_FALLBACK = "+905550000299"
_AT_HOME = "+9055500002"


@dataclass(frozen=True)
class Person:
    """An account that can sign in, and its telephone."""

    account_id: UUID
    name: str
    phone: str
    totp_seed: str = field(repr=False)


@dataclass(frozen=True)
class People:
    """Everybody of the centre."""

    centre_id: UUID
    operators: tuple[Person, ...]
    lead: Person
    password: str = field(repr=False)


def settle_in(house: House, exchange: Exchange, operators: int) -> People:
    """Make a centre with its line and people on duty; desk phones answer, on-call phones answer and enter the PIN."""
    ground = build_ground(Settings.load(house.environment()), pool_size=1, application="koza-faults")
    password = f"doğru at {secrets.token_hex(6)}"
    try:
        with unit_of_work(ground) as session:
            centre_id = staff.create_centre(session, _BUILDER, slug="ankara", name="Ankara", province_code="06")
            line_id = staff.add_line(
                session, _BUILDER, centre_id=centre_id, number=LINE, name="Hat", fallback_number=_FALLBACK
            )
        people = []
        for number in range(operators + 2):
            role = "operator" if number < operators else ("shift_lead", "oncall")[number - operators]
            phone = f"+9031200001{number:02d}" if number < operators else f"{_AT_HOME}{number:02d}"
            with unit_of_work(ground) as session:
                people.append(_hire(session, centre_id, line_id, role, number, phone, password))
    finally:
        ground.engine.dispose()
    for person in people:
        desk = person.phone.startswith("+90312")
        behaviour = {"answering": "desk"} if desk else {"answering": "answer", "presses": _keys()}
        exchange.do("behaviour", address=person.phone, behaviour=behaviour)
    exchange.do("behaviour", address=_FALLBACK, behaviour={"answering": "desk"})
    return People(centre_id, tuple(people[:operators]), people[operators], password)


def on_call(address: str) -> bool:
    """Whether this is the telephone of somebody on call."""
    return address.startswith(_AT_HOME) and address != _FALLBACK


def _keys() -> list[Record]:
    """What somebody does at home who is called: the PIN for a page, 1 for a caller who is offered."""
    return [
        {"digits": f"{PIN}#", "hearing": phrase("enter_pin", "tr").text},
        {"digits": "1", "hearing": phrase("accept_or_decline", "tr").text},
    ]


def _hire(
    session: Session, centre_id: UUID, line_id: UUID, role: str, number: int, phone: str, password: str
) -> Person:
    made = staff.create_account(
        session,
        _BUILDER,
        name=f"{role.replace('_', '')}{number}@ankara",
        display_name=f"Kişi {number}",
        password=password,
        roles=(role,),
        centre_id=centre_id,
        languages=("tr", "en", "ar", "ku"),
        gender="female",
    )
    for medium in ("voice", "sms"):
        point = staff.add_contact_point(session, _BUILDER, made.id, medium, phone, two_way=True)
        staff.verify_contact_point(session, _BUILDER, point, staff.new_proof(session, _BUILDER, point))
    staff.set_pin(session, _BUILDER, made.id, PIN)
    moment = now(session)
    routing.add_shift(
        session,
        _BUILDER,
        account_id=made.id,
        centre_id=centre_id,
        line_id=line_id,
        role=role,
        start=moment - timedelta(hours=1),
        end=moment + timedelta(hours=12),
    )
    return Person(made.id, made.name, phone, made.totp_seed)
