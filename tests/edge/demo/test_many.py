"""Very many made-up cases: the same each time, made once, whole, and calm."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from config.demo import seed
from config.demo_bulk import Bulk
from config.demo_many import THOUSAND, cases_of, country_of, make_cases, reference
from config.demo_many_rows import Periods, write_case
from config.wiring import load_catalogues
from core.clock import now
from core.database import Ground
from core.i18n import ISTANBUL
from core.ids import parse_reference
from core.unit_of_work import unit_of_work
from dashboard import casefile
from escalation.cases.register import queries as register
from staff.scope import Scope
from tests.edge.demo.test_demo import PASSWORD, TOTP, counted, rows_of_every_table, scope_of
from tests.support.engines import SuiteEngines, suite_environment
from tests.support.house import make_ground
from tests.support.migrated import migrate_database

#: What differs each time: ids of keys, what is sealed with them, what hangs on an authority's id.
_FRESH = ("data_key_id", "id", "wrapped", "wrapping_key", "authority_id", "paper_index")


@pytest.fixture(scope="module")
def many(suite: SuiteEngines, worker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A house with the demonstration and a thousand cases more."""
    name = f"many_{worker}"
    url = suite.new_database(name, template=suite.template(migrate_database))
    ground = make_ground(suite_environment(url, None, tmp_path_factory.mktemp("many")))
    with unit_of_work(ground) as session:
        load_catalogues(session)
    seed(ground.settings, password=PASSWORD, totp_secret=TOTP)
    assert make_cases(ground.settings, 1) == THOUSAND
    yield ground
    ground.engine.dispose()
    suite.drop_database(name)


def test_a_thousand_is_made_once(many: Ground) -> None:
    before = rows_of_every_table(many)
    assert make_cases(many.settings, THOUSAND) == 0
    assert rows_of_every_table(many) == before


def test_production_is_refused(many: Ground) -> None:
    with pytest.raises(ValueError, match="production"):
        make_cases(replace(many.settings, env="production"), 1)


def test_every_case_stands_under_its_own_reference() -> None:
    made = [reference(number) for number in range(20_000)]
    assert len(set(made)) == len(made)
    assert all(parse_reference(one) == one for one in made)


def test_the_same_dice_tell_the_same(many: Ground) -> None:
    def told(seeded: int) -> list[tuple[str, list[dict[str, Any]]]]:
        with unit_of_work(many) as session:
            country, bulk = country_of(session), Bulk(session, random.Random(seeded))
            nine = now(session).replace(hour=9, minute=0, second=0, microsecond=0)
            country = replace(country, moment=nine, periods=Periods(country.periods.calendar, nine))
            for case in cases_of(country, bulk.dice, 0):
                write_case(bulk, country.periods, country.measures, case)
            return [(table, [_lasting(row) for row in rows]) for table, rows in bulk.collected()]

    first = told(7)
    assert first == told(7)
    assert first != told(8)


def _lasting(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _FRESH and not name.endswith("_sealed")}


def test_what_is_made_is_whole_and_read_as_any_other(many: Ground) -> None:
    with unit_of_work(many) as session:
        everything, today = Scope.system("tests"), now(session).astimezone(ISTANBUL).date()
        newest = register.search(session, everything, register.Terms()).rows
        assert len(newest) == 50
        ref = next(one.case_ref for one in newest if one.first_end and one.first_end > today)
        page = casefile.case_page(session, everything, ref, now(session))
        assert page.header.ref == ref
        lawyer = scope_of(session, "legal@ankara")
        hers = register.search(session, lawyer, register.Terms()).rows
        assert 0 < len(hers) <= 50
        assert all(one.docket for one in register.decision_views(session, lawyer, hers[0].case_id))
    lives = "SELECT count(*) FROM cases_decisions WHERE state IN ('active', 'extended', 'modified')"
    assert 0 < counted(many, lives) < counted(many, "SELECT count(*) FROM cases_decisions")
    assert counted(many, "SELECT count(DISTINCT centre_id) FROM cases_cases") > 60


def test_nothing_falls_due_at_once(many: Ground) -> None:
    of_theirs = "JOIN cases_deadlines d ON d.id = r.deadline_id JOIN cases_cases c ON c.id = d.case_id"
    theirs = f"FROM cases_reminders r {of_theirs} WHERE c.contact_id IS NULL"
    assert counted(many, f"SELECT count(*) {theirs} AND r.at <= koza_now()") == 0
    assert counted(many, f"SELECT count(*) {theirs} AND r.state = 'waiting'") > 0
