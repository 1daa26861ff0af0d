"""The migrations make exactly the tables that the models describe, and may be run at any time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text

from config.engines.postgres import libpq
from config.migrate import _make_role, alembic_config, migrate
from config.prepared import newest_revision
from core.database import metadata
from core.settings import Settings
from tests.support.engines import suite_environment


def test_migrated_tables_are_those_of_the_models(empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings.load(suite_environment(empty_database_url, None, tmp_path))
    migrate(settings)
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_the_newest_revision_is_known_without_asking_for_all_of_them() -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()


def test_no_extension_is_needed(database_url: str) -> None:
    with psycopg.connect(libpq(database_url)) as connection:
        assert connection.execute("SELECT extname FROM pg_extension").fetchall() == [("plpgsql",)]


def test_production_has_a_clock_that_nobody_can_move(empty_database_url: str, tmp_path: Path) -> None:
    environment = suite_environment(empty_database_url, None, tmp_path)
    migrate(Settings.load({**environment, "KOZA_ENV": "production", "DASHBOARD_URL": "https://koza.example"}))
    with psycopg.connect(libpq(empty_database_url)) as connection:
        body = connection.execute("SELECT prosrc FROM pg_proc WHERE proname = 'koza_now'").fetchall()
    assert body == [("SELECT now()",)]


def test_it_may_be_run_again_and_down_and_up_and_rows_stay_where_nothing_is_undone(
    empty_database_url: str,
    tmp_path: Path,
) -> None:
    settings = Settings.load(suite_environment(empty_database_url, None, tmp_path))
    migrate(settings)
    with psycopg.connect(libpq(empty_database_url)) as connection:
        connection.execute("INSERT INTO core_beats (component) VALUES ('kept')")
        provinces = connection.execute("SELECT count(*) FROM staff_provinces").fetchone()
        policies = connection.execute("SELECT count(*) FROM paging_policy_versions").fetchone()
    migrate(settings)
    with psycopg.connect(libpq(empty_database_url)) as connection:
        assert connection.execute("SELECT component FROM core_beats").fetchall() == [("kept",)]
        assert connection.execute("SELECT count(*) FROM staff_provinces").fetchone() == provinces == (81,)
        assert connection.execute("SELECT count(*) FROM paging_policy_versions").fetchone() == policies
    engine = create_engine(empty_database_url)
    with engine.begin() as begun:
        command.downgrade(alembic_config(begun), "base")
    with engine.connect() as begun:
        left = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')"
        assert begun.scalars(text(left)).all() == ["alembic_version"]
        functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        assert begun.scalars(text(functions)).all() == []
    engine.dispose()
    migrate(settings)


def test_a_channel_that_nobody_asked_about_is_not_agreed_to(empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings.load(suite_environment(empty_database_url, None, tmp_path))
    migrate(settings)
    engine = create_engine(empty_database_url)
    rows = text("SELECT call, sms FROM intake_safe_contacts ORDER BY address_index")
    with engine.begin() as begun:
        command.downgrade(alembic_config(begun), "0001")
        centre = "INSERT INTO staff_centres (id, slug, name, province_code) VALUES (gen_random_uuid(), 'm', 'M', '06')"
        begun.execute(text(centre))
        begun.execute(
            text(
                "INSERT INTO intake_safe_contacts (id, centre_id, address_index, call, superseded_at) "
                "SELECT gen_random_uuid(), staff_centres.id, told.address_index, told.call, told.superseded_at "
                "FROM staff_centres, (VALUES ('\\x01'::bytea, 'never', NULL::timestamptz), ('\\x02', 'ok', now())) "
                "AS told (address_index, call, superseded_at)",
            ),
        )
        assert begun.execute(rows).all() == [("never", "neutral"), ("ok", "neutral")]
    with engine.begin() as begun:
        command.upgrade(alembic_config(begun), "head")
        assert begun.execute(rows).all() == [("never", "unasked"), ("ok", "neutral")]
    with engine.begin() as begun:
        command.downgrade(alembic_config(begun), "0001")
        assert begun.execute(rows).all() == [("never", "never"), ("ok", "neutral")]
    engine.dispose()


def test_a_sheet_that_was_given_up_holds_for_nobody_where_that_is_undone(
    empty_database_url: str, tmp_path: Path
) -> None:
    settings = Settings.load(suite_environment(empty_database_url, None, tmp_path))
    migrate(settings)
    engine = create_engine(empty_database_url)
    rows = text("SELECT number, state FROM cases_copy_sheets WHERE centre_id IS NOT NULL ORDER BY number")
    with engine.begin() as begun:
        centre = "INSERT INTO staff_centres (id, slug, name, province_code) VALUES (gen_random_uuid(), 'm', 'M', '06')"
        begun.execute(text(centre))
        begun.execute(
            text(
                "INSERT INTO cases_copy_sheets (id, centre_id, kind, number, state, origin, body, returns) "
                "SELECT gen_random_uuid(), staff_centres.id, k, n, s, 'administrator', '{}', r "
                "FROM staff_centres, (VALUES ('case', 1, 'past', false), ('case', 2, 'current', true), "
                "('intake', 3, 'current', false), ('intake', 4, 'proposed', true)) AS told (k, n, s, r)"
            ),
        )
        command.downgrade(alembic_config(begun), "0013")
        assert begun.execute(rows).all() == [(1, "past"), (2, "past"), (3, "current"), (4, "dropped")]
    with engine.begin() as begun:
        command.upgrade(alembic_config(begun), "head")
        assert begun.execute(text("SELECT DISTINCT returns FROM cases_copy_sheets")).scalars().all() == [False]
        assert begun.execute(rows).all() == [(1, "past"), (2, "past"), (3, "current"), (4, "dropped")]
    engine.dispose()


def test_two_at_once_take_turns(empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings.load(suite_environment(empty_database_url, None, tmp_path))
    with ThreadPoolExecutor(2) as threads:
        for one in [threads.submit(migrate, settings) for _ in range(2)]:
            one.result()
    with psycopg.connect(libpq(empty_database_url)) as connection:
        assert connection.execute("SELECT count(*) FROM staff_provinces").fetchone() == (81,)


@pytest.fixture
def owner(empty_database_url: str) -> Iterator[str]:
    """A database that belongs to somebody who may make roles and is no superuser; its address."""
    name = f"owner_{secrets.token_hex(4)}"
    with psycopg.connect(libpq(empty_database_url), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'owner'")
        connection.execute(f"ALTER DATABASE {connection.info.dbname} OWNER TO {name}")
        try:
            yield make_url(empty_database_url).set(username=name, password="owner").render_as_string(False)
        finally:
            connection.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
            connection.execute(f"DROP OWNED BY {name}")
            connection.execute(f"DROP ROLE {name}")


def test_the_owner_of_the_database_need_be_no_superuser(owner: str, tmp_path: Path, database_url: str) -> None:
    # The role belongs to the whole server and was made for another database: an administrator grants it.
    with psycopg.connect(libpq(database_url), autocommit=True) as connection:
        connection.execute(f"GRANT koza_app TO {make_url(owner).username}")
    settings = Settings.load(suite_environment(owner, None, tmp_path))
    migrate(settings)
    migrate(settings)


def test_who_may_make_roles_makes_ours_and_may_take_it(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    role = f"koza_{secrets.token_hex(4)}"
    monkeypatch.setattr("config.migrate.APP_ROLE", role)
    engine = create_engine(owner)
    with engine.connect() as connection:
        _make_role(connection)
        _make_role(connection)
        connection.execute(text(f"SET ROLE {role}"))
        assert connection.scalar(text("SELECT current_user")) == role
        connection.rollback()
    engine.dispose()
