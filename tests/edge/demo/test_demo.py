"""What `koza demo` makes: two centres that are kept apart, and a month that adds up and leaves the board calm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, table, text

from config.demo import PEOPLE, seed
from config.local import DEMO_HOTLINES, DEMO_ONCALL_NUMBERS
from config.wiring import load_catalogues
from core.clock import now
from core.database import Ground
from core.i18n import ISTANBUL
from core.unit_of_work import unit_of_work
from dashboard import board, casefile, due
from escalation.cases import queries as cases
from escalation.cases.register import queries as register
from escalation.paging import queries as paging
from hotline import queries as hotline
from intake import queries as intake
from routing import queries as routing
from staff import queries as staff
from staff.scope import Scope
from tests.support.engines import SuiteEngines, suite_environment
from tests.support.house import make_ground
from tests.support.migrated import migrate_database

PASSWORD, TOTP = "k7wq-m3xr-t9bz-h4dn", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def demo(suite: SuiteEngines, worker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A database of its own, seeded once."""
    name = f"demo_{worker}"
    url = suite.new_database(name, template=suite.template(migrate_database))
    environment = suite_environment(url, None, tmp_path_factory.mktemp("demo"))
    ground = make_ground({**environment, "HOTLINE_NUMBERS": DEMO_HOTLINES, "ONCALL_NUMBERS": DEMO_ONCALL_NUMBERS})
    with unit_of_work(ground) as session:
        load_catalogues(session)
    seed(ground.settings, password=PASSWORD, totp_secret=TOTP)
    yield ground
    ground.engine.dispose()
    suite.drop_database(name)


def counted(ground: Ground, query: str, **given: Any) -> Any:
    with unit_of_work(ground) as session:
        return session.execute(text(query), given).scalar_one()


def rows_of_every_table(ground: Ground) -> Mapping[str, int]:
    with unit_of_work(ground) as session:
        names = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return {name: session.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names}


def scope_of(session: Any, name: str) -> Scope:
    account = staff.account_by_name(session, name)
    assert account is not None
    return Scope.of(session, account.id)


def test_a_second_time_changes_nothing(demo: Ground) -> None:
    before = rows_of_every_table(demo)
    seed(demo.settings, password=PASSWORD, totp_secret=TOTP)
    assert rows_of_every_table(demo) == before


def test_production_is_refused(demo: Ground, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="production"):
        seed(replace(demo.settings, env="production"), password=PASSWORD, totp_secret=TOTP)


def test_everybody_of_the_list_is_there_with_a_role(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        for person in PEOPLE:
            assert scope_of(session, person.name).roles == {person.role}


def test_somebody_is_on_duty_on_every_line_and_on_call_in_ankara(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        duty = {(row.line, row.role) for row in routing.duty(session, Scope.system("test"))}
        lines = staff.lines(session)
    assert {line.name for line in lines} <= {line for line, role in duty if role == "operator"}
    assert any(role == "oncall" for _, role in duty)


def test_izmir_sees_nothing_of_ankara(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        scope = scope_of(session, "operator1@izmir")
        centres = {row.centre_id for row in session.execute(hotline.contacts(scope))}
        assert centres == scope.centre_ids
        assert {row.centre_id for row in session.execute(cases.cases(scope))} <= scope.centre_ids
        assert session.execute(paging.pages(scope)).all() == []
        assert board.snapshot(session, scope).rows == ()


def test_the_month_adds_up(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        by_centre: dict[str, list[Any]] = {}
        for slug in ("ankara", "izmir"):
            centre = staff.centre_by_slug(session, slug)
            assert centre is not None
            known = hotline.contacts(Scope.system("test")).subquery("known")
            by_centre[slug] = list(session.execute(known.select().where(known.c.centre_id == centre.id)))
    assert 1000 < len(by_centre["ankara"]) < 1450
    assert 620 < len(by_centre["izmir"]) < 920
    everybody = [row for rows in by_centre.values() for row in rows]
    answered = [row for row in everybody if row.answered_at is not None]
    assert 0.75 < len(answered) / len(everybody) < 0.92
    assert all(row.received_at < row.answered_at <= row.ended_at for row in answered)
    assert {row.state for row in everybody if row.answered_at is None} == {
        "abandoned_in_ivr", "abandoned_in_queue", "failed", "waiting_staff",
    }  # fmt: skip
    assert counted(demo, "SELECT count(*) FROM intake_intakes") == len(everybody)
    calls = "SELECT count(*) FROM hotline_calls c JOIN hotline_contacts h USING (id, carrier_sid)"
    assert counted(demo, calls) == sum(row.channel == "voice" for row in everybody)
    assert counted(demo, "SELECT count(*) FROM core_facts WHERE at > koza_now()") == 0


def test_the_board_is_calm(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        lead = scope_of(session, "lead@ankara")
        snapshot = board.snapshot(session, lead)
        assert [(row.channel, row.lane) for row in snapshot.rows] == [("text", "waiting")] * 2
        assert snapshot.pages == ()
        texts = [hotline.messages(session, lead, row.id) for row in _contacts(session, lead, "waiting_staff")]
        assert all(message.text for thread in texts for message in thread)
        kinds = session.scalars(text("SELECT DISTINCT kind FROM core_due WHERE at < koza_now() + interval '5 minutes'"))
        # What reminds a lawyer at her desk may be due; what rings somebody or is overdue may not.
        rings = ("paging", "cases.task", "cases.protection_page", "hotline.deadline")
        assert not [kind for kind in kinds if kind.startswith(rings)]


def test_two_tasks_are_due_today(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        scope = scope_of(session, "caseworker@ankara")
        items = due.due_items(session, scope, now(session))
    assert [item.kind for item in items] == ["task", "task"]


def test_a_case_tells_its_story_in_order(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        scope = scope_of(session, "caseworker@ankara")
        found = session.execute(cases.cases(scope)).all()
        assert len(found) == 18
        assert {row.state for row in found} >= {"open", "active", "closed"}
        for row in found:
            page = casefile.case_page(session, scope, row.ref, now(session))
            moments = [item.at for item in page.timeline]
            assert moments == sorted(moments)
            assert len(moments) > 4
            opened = intake.intake(session, scope, row.intake_id)
            assert opened is not None
            assert opened.fields["summary"]
            assert opened.case_id == row.id


def test_pages_show_how_they_were_sent(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        lead = scope_of(session, "lead@ankara")
        found = session.execute(paging.pages(lead)).all()
        assert len(found) > 10
        assert {row.state for row in found} == {"closed"}
        attempts = hotline.attempts_of(session, "page", [str(found[0].id)])
        assert sorted(one.medium for one in attempts) == ["sms", "voice"]
        assert all(one.carrier_sid for one in attempts)


def _contacts(session: Any, scope: Scope, state: str) -> list[Any]:
    known = hotline.contacts(scope).subquery("known")
    return list(session.execute(known.select().where(known.c.state == state)))


def test_the_register_holds_decisions_of_every_authority(demo: Ground) -> None:
    with unit_of_work(demo) as session:
        scope = scope_of(session, "legal@ankara")
        found = list(session.execute(text("SELECT state, approver, entry FROM cases_decisions ORDER BY decided_on")))
        assert {row.entry for row in found} == {"court", "civil", "police_preventive"}
        assert {row.state for row in found} == {"active"}
        soon = now(session).astimezone(ISTANBUL).date() + timedelta(days=7)
        assert len(register.ending(session, scope, soon)) == 1
    assert counted(demo, "SELECT count(*) FROM cases_breaches WHERE state = 'accepted'") == 1
