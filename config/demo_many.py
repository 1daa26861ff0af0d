"""``koza demo --cases``: as many made-up cases as the whole country has, in thousands, to see that lists stay quick.

The same dice fall for the same thousand: what is told of a case is the same each time, counted from the database's
day; ids of the database, keys and nonces are fresh. A thousand is one transaction and is made once, so that a run that
was broken off goes on where it stopped. Nobody here exists, and no name is one that a person bears.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.demo_bulk import Bulk
from config.demo_many_rows import Case, Office, Periods, write_case
from config.demo_words import words
from config.wiring import build_ground
from core.actor import system
from core.clock import now
from core.database import Ground
from core.i18n import ISTANBUL
from core.ids import CROCKFORD
from core.log import get_logger
from core.settings import Settings
from core.unit_of_work import unit_of_work
from escalation.cases.clock import queries as clock
from escalation.cases.register import service as register
from escalation.cases.register.catalogue_rows import measures
from staff import queries as staff_queries
from staff import service as staff
from staff.scope import Scope

log = get_logger(__name__)

THOUSAND = 1000
_ACTOR, _SCOPE = system("demo"), Scope.system("demo")
#: Days over which the cases were opened.
_DAYS = 4 * 365
#: Provinces with more than an equal share, in hundredths of all.
_SHARES = {"34": 18, "06": 8, "35": 6, "16": 4, "01": 4, "27": 3}
#: An odd factor and a shift scatter the numbers over all references, none of them twice.
_FACTOR, _SHIFT, _REFERENCES = 700_001_230_369, 123_456_789, 32**8


@dataclass(frozen=True, slots=True)
class Country:
    """Where cases are: offices and their weights, and what every thousand needs."""

    offices: Sequence[Office]
    weights: Sequence[int]
    today: date
    measures: dict[str, UUID]
    periods: Periods
    moment: datetime


def make_cases(settings: Settings, count: int, say: Callable[[str], None] = lambda _line: None) -> int:
    """Make what is missing of ``count`` cases, rounded up to thousands; returns how many were made.

    ``say`` hears how far it is. Raises ``ValueError`` in production.
    """
    if settings.production:
        raise ValueError("there is no demonstration in production")
    ground = build_ground(settings, application="koza-demo")
    begun, made = time.monotonic(), 0
    try:
        with unit_of_work(ground) as session:
            country = country_of(session)
        for number in range(-(-count // THOUSAND)):
            made += THOUSAND if _thousand(ground, country, number) else 0
            if made and made % (20 * THOUSAND) == 0:
                say(f"{(number + 1) * THOUSAND:,} ({made / (time.monotonic() - begun):,.0f}/s)")
        with ground.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # The planner must know how many there are now; the daemon would look a minute later.
            connection.execute(text("ANALYZE"))
    finally:
        ground.engine.dispose()
    log.info("demo_cases_ready", count=made)
    return made


def reference(number: int) -> str:
    """The reference of the case ``number``."""
    value, body = (number * _FACTOR + _SHIFT) % _REFERENCES, ""
    for _ in range(8):
        value, digit = divmod(value, 32)
        body += CROCKFORD[digit]
    return f"V-{body[:4]}-{body[4:]}"


def country_of(session: Session) -> Country:
    """Every province with its centre and authorities; what of them is missing is made."""
    there = {centre.province_code: centre.id for centre in staff_queries.centres(session)}
    offices, weights = [], []
    provinces = staff_queries.provinces(session)
    rest = (100 - sum(_SHARES.values())) * 100 // (len(provinces) - len(_SHARES))
    for province in provinces:
        centre_id = there.get(province.code)
        if centre_id is None:
            name = f"{province.name} KOZA-ŞÖNİM"
            slug = f"demo-{province.code}"
            centre_id = staff.create_centre(session, _ACTOR, slug=slug, name=name, province_code=province.code)
        authorities = {
            str(kind): tuple(
                register.add_authority(session, _ACTOR, _SCOPE, kind, province.code, title.format(province.name))
                for title in titles
            )
            for kind, titles in words().many.authorities.items()
        }
        workers = staff_queries.accounts_with_role(session, [centre_id], "social_worker")
        offices.append(Office(centre_id, province.code, next(iter(workers), None), authorities))
        weights.append(_SHARES.get(province.code, 0) * 100 or rest)
    moment = now(session)
    return Country(
        offices,
        weights,
        moment.astimezone(ISTANBUL).date(),
        {code: measure_id for code, (measure_id, _) in measures(session).items()},
        Periods(clock.calendar(session), moment),
        moment,
    )


def _thousand(ground: Ground, country: Country, number: int) -> bool:
    """Make one thousand in one transaction; false where it is there."""
    first = number * THOUSAND
    with unit_of_work(ground) as session:
        if session.execute(text("SELECT 1 FROM cases_cases WHERE ref = :ref"), {"ref": reference(first)}).first():
            return False
        dice = random.Random(number)  # noqa: S311 - made-up cases that shall be the same each time, no secrets
        bulk = Bulk(session, dice)
        for case in cases_of(country, dice, first):
            write_case(bulk, country.periods, country.measures, case)
        bulk.write()
    return True


def cases_of(country: Country, dice: random.Random, first: int) -> Iterator[Case]:
    """The thousand that begins with the number ``first``: where each is, and since when."""
    offices = dice.choices(country.offices, weights=country.weights, k=THOUSAND)
    for number, office in enumerate(offices, start=first):
        opened = country.moment - timedelta(days=dice.randrange(1, _DAYS), minutes=dice.randrange(600))
        elsewhere = dice.choices(country.offices, weights=country.weights)[0].centre_id
        yield Case(number, reference(number), office, elsewhere, opened, country.today)
