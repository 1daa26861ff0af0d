"""The whole house in virtual time: real database, real door, and the practice exchange as the carrier.

The exchange and the database's clock move together; due rows and sends are worked off at each step. Nothing here
knows how the house works: it rings, presses, texts, and lets time pass.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ReadTimeout
from sqlalchemy import text

from core.actor import Actor, staff_actor, system
from core.clock import now as database_now
from core.database import Ground
from core.sweeping import sweep
from core.trunks import trunk_numbers
from core.unit_of_work import run, unit_of_work
from hotline.carriers.twilio_carrier import TIMEOUT_S, TwilioCarrier
from hotline.carriers.wire import MaybeSent, NotSent
from hotline.edge import work_text, work_voice, work_voice_status
from hotline.reconciler import SILENT_S, SILENT_WAITING_S, Reconciler
from hotline.sender import Sender
from hotline.silent_attempts import ASK_AGAIN_S
from practice.config import ExchangeConfig, NumberConfig
from practice.exchange import Exchange
from practice.phones import Behaviour
from practice.server import SMS_OVERRIDES, STATUS_OVERRIDES, VOICE_OVERRIDES
from practice.virtual import VirtualCarrier
from routing import service as routing
from staff import service as staff
from staff.scope import Scope
from tests.support.house import forget
from tests.support.line import Line, fresh_number

_BUILDER = system("tests")
PIN = "481526"
PASSWORD = "doğru at pil zımba"


#: Without a wish of the house's the exchange's own next event comes, or an hour passes.
_QUIET_S = 3600.0
#: Everything for which a worker looks each second: due rows, sends, leases, calls that fell silent.
NEXT = text(
    """
    SELECT extract(epoch FROM least(
        (SELECT min(at) FROM core_due WHERE at > koza_now()),
        (SELECT min(CASE WHEN not_before > koza_now() THEN not_before ELSE not_after END)
            FROM hotline_sends WHERE state = 'waiting' AND not_after > koza_now()),
        (SELECT min(lease_until) FROM hotline_attempts WHERE live AND lease_until > koza_now()),
        (SELECT koza_now() + make_interval(secs => :again) FROM hotline_sends AS s JOIN hotline_attempts AS a
            ON a.live AND a.state = 'accepted' AND a.address_index = s.address_index AND a.medium = s.medium
            WHERE s.state = 'waiting' AND s.not_after > koza_now() LIMIT 1),
        (SELECT min(silent_at) FROM (
            SELECT last_seen_at + make_interval(secs => CASE stage WHEN 'talking' THEN :talking ELSE :waiting END + 1)
                AS silent_at FROM hotline_calls WHERE ended_at IS NULL) AS calls WHERE silent_at > koza_now())
    ))::float
    """,
).bindparams(talking=SILENT_S, waiting=SILENT_WAITING_S, again=ASK_AGAIN_S)


@dataclass(frozen=True)
class Person:
    """A member of staff with one telephone."""

    account_id: UUID
    name: str
    phone: str
    totp_seed: str
    centre_id: UUID

    @property
    def actor(self) -> Actor:
        """Her as the one who acts."""
        return staff_actor(self.account_id, self.centre_id)


class _VirtualWire:
    """The carrier's HTTP, answered by the exchange."""

    is_async = False

    def __init__(self, carrier: VirtualCarrier) -> None:
        self._client = carrier.http_client

    def request(self, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        named["timeout"] = TIMEOUT_S
        try:
            return self._client.request(method, url, *arguments, **named)
        except ReadTimeout:
            raise MaybeSent(timed_out=True) from None
        except RequestsConnectionError:
            raise NotSent from None


@dataclass
class World:
    """A centre with a line, its people, and everybody who may dial it."""

    ground: Ground
    line: Line
    exchange: Exchange
    carrier: VirtualCarrier
    sender: Sender
    reconciler: Reconciler
    #: Whether the carrier is asked each minute for what never reached us, as a worker does.
    reconciling: bool = False
    people: dict[str, Person] = field(default_factory=dict)

    def person(
        self,
        role: str,
        *,
        languages: tuple[str, ...] = ("tr",),
        behaviour: Behaviour | None = None,
        gender: str = "female",
        on_duty: str | None = "operator",
    ) -> Person:
        """A new member of staff of this centre, with a telephone and, unless told otherwise, on duty all day."""
        word = f"{role}{secrets.token_hex(3)}"
        phone = fresh_number()
        with unit_of_work(self.ground) as session:
            made = staff.create_account(
                session,
                _BUILDER,
                name=f"{word}@tests",
                display_name=word.title(),
                password=PASSWORD,
                roles=(role,),
                centre_id=self.line.centre_id,
                languages=languages,
                gender=gender,
            )
            for medium in ("voice", "sms"):
                point = staff.add_contact_point(session, _BUILDER, made.id, medium, phone, two_way=True)
                assert staff.verify_contact_point(session, _BUILDER, point, staff.new_proof(session, _BUILDER, point))
            staff.set_pin(session, _BUILDER, made.id, PIN)
            if on_duty is not None:
                moment = database_now(session)
                routing.add_shift(
                    session,
                    _BUILDER,
                    account_id=made.id,
                    centre_id=self.line.centre_id,
                    line_id=self.line.line_id,
                    role=on_duty,
                    start=moment - timedelta(hours=1),
                    end=moment + timedelta(hours=12),
                )
        if behaviour is not None:
            self.exchange.set_behaviour(phone, behaviour)
        person = Person(made.id, f"{word}@tests", phone, made.totp_seed, self.line.centre_id)
        self.people[word] = person
        return person

    def ready(self, person: Person) -> None:
        """She is at her screen and takes contacts."""
        with unit_of_work(self.ground) as session:
            routing.heartbeat(session, person.actor, person.account_id, person.centre_id, ready=True)

    def do(self, work: Callable[[Any], Any]) -> Any:
        """One unit of work, as an edge does it, and then what it made due."""
        result = run(self.ground, work)
        self.settle()
        return result

    def scope(self, person: Person) -> Scope:
        """What she may read now."""
        with unit_of_work(self.ground) as session:
            return Scope.of(session, person.account_id)

    def settle(self) -> None:
        """Work off what is due and what is to be sent at this moment."""
        for _ in range(20):
            if not sweep(self.ground) + self.sender.round():
                break
        self.sender.reconcile()
        if self.reconciling:
            self.reconciler.tick()

    def set_clock(self, now: float) -> None:
        """The database's clock shows what the exchange's does."""
        with self.ground.engine.begin() as connection:
            connection.execute(
                text("UPDATE core_clock SET frozen_at = to_timestamp(:now)"),
                {"now": now},
            )

    def tick(self, now: float) -> float | None:
        """The exchange's clock moved: so does the database's. Returns when the house has something to do again."""
        self.set_clock(now)
        self.settle()
        with self.ground.engine.connect() as connection:
            wish: float | None = connection.execute(NEXT).scalar_one()
        return wish

    def pass_time(self, seconds: float) -> None:
        """Let the world go on for so many seconds."""
        self.carrier.run_for(seconds)

    def until(self, condition: Callable[[], bool], limit: float = 300.0) -> None:
        """Let time pass until the condition holds."""
        self.carrier.run_while(lambda: not condition(), limit=limit)


def _exchange(line: Line, start: float) -> Exchange:
    settings = line.ground.settings
    url = settings.public_url
    number = NumberConfig(
        number=line.number,
        voice_url=f"{url}/twilio/voice{VOICE_OVERRIDES}",
        voice_fallback_url=f"{url}/twilio/voice/fallback{VOICE_OVERRIDES}",
        status_callback=f"{url}/twilio/voice/status{STATUS_OVERRIDES}",
        sms_url=f"{url}/twilio/sms{SMS_OVERRIDES}",
    )
    brought = trunk_numbers(settings.sip_trunks)
    domains = tuple(replace(number, number=trunk.domain) for trunk in settings.sip_trunks)
    own = [] if line.number in brought else [number]
    numbers = [*own, *(NumberConfig(number=item, sms_url=number.sms_url) for item in settings.oncall_numbers)]
    config = ExchangeConfig(numbers=tuple(numbers), sip_domains=domains, start=start, seed=line.number)
    return Exchange(settings.twilio_account_sid, settings.twilio_auth_tokens[0], config)


@pytest.fixture
def world(line: Line, ground: Ground) -> Iterator[World]:
    """A house in virtual time."""
    with world_of(line, ground) as made:
        yield made


@contextmanager
def world_of(line: Line, ground: Ground) -> Iterator[World]:
    """A house in virtual time on a ground and behind a door of one's own."""
    with unit_of_work(ground) as session:
        start = database_now(session).timestamp()
    exchange = _exchange(line, start)
    holder: dict[str, World] = {}
    carrier = VirtualCarrier(
        exchange,
        line.client.application,
        lambda now: holder["world"].tick(now),  # noqa: PLW0108 - not made yet
        tick_every=_QUIET_S,
    )
    settings = ground.settings
    twilio = TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        username=settings.twilio_account_sid,
        password=settings.twilio_auth_tokens[0],
        trunks=settings.sip_trunks,
    )
    twilio._wire = _VirtualWire(carrier)  # type: ignore[assignment]
    works = {"voice": work_voice(lambda _form, _params: ""), "voice_status": work_voice_status, "sms": work_text}
    reconciler = Reconciler(ground, twilio, works)
    holder["world"] = World(ground, line, exchange, carrier, Sender(ground, twilio), reconciler)
    holder["world"].tick(start)
    yield holder["world"]
    with ground.engine.begin() as connection:
        connection.execute(text("UPDATE core_clock SET shift = '0', frozen_at = NULL"))
    forget(ground)


__all__ = ["NEXT", "PASSWORD", "PIN", "Person", "World", "world", "world_of"]
