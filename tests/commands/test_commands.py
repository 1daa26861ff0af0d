"""The command line, on a real database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from config.cli import main
from config.engines.postgres import libpq
from config.spoken import SpokenCommand, SpokenOption
from config.wiring import build_ground
from core.actor import system
from core.audit import chain_pending, record
from core.crypto import DataKey, Keyring, new_data_key, open_sealed, seal
from core.database import Ground
from core.i18n import HOUSE_LOCALE, current_locale
from core.ids import new_id
from core.settings import Settings
from core.unit_of_work import unit_of_work
from staff.service import create_centre
from tests.support.engines import suite_environment


def koza(environment: dict[str, str], *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, env={"KOZA_LANG": "en", **environment}, input=typed)


@pytest.fixture
def ground(environment: dict[str, str]) -> Iterator[Ground]:
    ground = build_ground(Settings.load(environment), pool_size=1)
    yield ground
    ground.engine.dispose()


@pytest.fixture
def centre(ground: Ground) -> str:
    slug = f"c{new_id().hex[-10:]}"
    with unit_of_work(ground) as session:
        create_centre(session, system("test"), slug=slug, name="Deneme")
    return slug


def test_help_lists_every_command_and_imports_none() -> None:
    program = "import sys, config.cli; config.cli.main(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for name in (
        "run",
        "web",
        "live",
        "relay",
        "worker",
        "migrate",
        "demo",
        "doctor",
        "carrier",
        "centre",
        "law",
        "roster",
        "staff",
        "keys",
        "audit",
    ):
        assert f"\n  {name} " in answer.stdout
    assert "'sqlalchemy'" not in answer.stdout
    assert "'config.supervisor'" not in answer.stdout


def test_every_command_of_the_table_can_be_imported() -> None:
    for name in main.list_commands(click.Context(main)):
        answer = CliRunner().invoke(main, [name, "--help"])
        assert answer.exit_code == 0, name


@pytest.mark.parametrize(
    ("locale", "heading", "summary", "option"),
    [
        ("en", "Commands:", "Look for what would keep Koza from working.", "Show this text."),
        ("tr", "Komutlar:", "Koza'nın çalışmasını engelleyecek şeyleri arar.", "Bu metni gösterir."),
    ],
)
def test_help_is_in_the_terminal_s_language_whenever_the_commands_were_imported(
    locale: str, heading: str, summary: str, option: str
) -> None:
    answer = koza({"KOZA_LANG": locale}, "--help")
    assert heading in answer.output
    assert summary in answer.output
    below = koza({"KOZA_LANG": locale}, "staff", "--help")
    assert heading in below.output
    assert option in below.output
    assert current_locale() == HOUSE_LOCALE  # it holds for the command alone


def test_every_help_text_speaks() -> None:
    def plain(command: click.Command) -> Iterator[str]:
        options = [item for item in command.params if isinstance(item, click.Option)]
        if not isinstance(command, SpokenCommand) or any(not isinstance(item, SpokenOption) for item in options):
            yield str(command.name)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                yield from plain(below)

    assert list(plain(main)) == []


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", ("not used: screens are polled", "at 0", "FAIL lines")),
        ("tr", ("ekranlar yoklanır", "sürüm 0", "HATA hatlar")),
    ],
)
def test_the_doctor_speaks_the_terminal_s_language(
    own_environment: dict[str, str], locale: str, said: tuple[str, ...]
) -> None:
    answer = koza({**own_environment, "REDIS_URL": "", "KOZA_LANG": locale}, "doctor")
    assert answer.exit_code == 1
    for words in said:
        assert words in answer.output


@pytest.mark.parametrize(("locale", "said"), [("en", "SECRET_KEY is not set"), ("tr", "SECRET_KEY verilmemiş")])
@pytest.mark.parametrize("command", ["doctor", "worker"])
def test_an_unusable_environment_is_told_in_the_terminal_s_language(command: str, locale: str, said: str) -> None:
    empty = {"KOZA_DATA_DIR": "/nonexistent", "DATABASE_URL": "", "SECRET_KEY": "", "KOZA_LANG": locale}
    answer = koza(empty, command)
    assert answer.exit_code == 1
    assert said in answer.output


def test_an_unusable_environment_is_named_completely() -> None:
    answer = CliRunner().invoke(main, ["doctor"], env={"KOZA_DATA_DIR": "/nonexistent", "DATABASE_URL": ""})
    assert answer.exit_code == 1
    for name in ("DATABASE_URL", "SECRET_KEY", "TWILIO_ACCOUNT_SID"):
        assert name in answer.output


def test_the_doctor_finds_an_empty_database_and_an_open_key_file(
    environment: dict[str, str], empty_database_url: str, tmp_path: Path
) -> None:
    key = tmp_path / "data.key"
    Keyring.generate().save(key)
    key.chmod(0o644)
    answer = koza({**environment, "DATABASE_URL": empty_database_url, "DATA_KEY_FILE": str(key)}, "doctor")
    assert answer.exit_code == 1
    assert "koza migrate" in answer.output
    assert "others can read it" in answer.output


def test_migrating_twice_changes_nothing(environment: dict[str, str], database_url: str) -> None:
    def tables() -> list[tuple[object, ...]]:
        with psycopg.connect(libpq(database_url)) as connection:
            return connection.execute(
                "SELECT relname, n_live_tup FROM pg_stat_user_tables JOIN pg_class USING (relname) ORDER BY relname"
            ).fetchall()

    before = [row[0] for row in tables()]
    answer = koza(environment, "migrate")
    assert answer.exit_code == 0, answer.output
    assert [row[0] for row in tables()] == before


def test_a_token_is_the_last_line_and_only_its_hash_is_kept(
    environment: dict[str, str], centre: str, database_url: str
) -> None:
    answer = koza(environment, "staff", "token", "--centre", centre, "--scope", "contacts")
    assert answer.exit_code == 0, answer.output
    token = answer.stdout.splitlines()[-1]
    with psycopg.connect(libpq(database_url)) as connection:
        rows = connection.execute("SELECT to_jsonb(t)::text FROM staff_tokens t").fetchall()
    assert rows
    assert token not in json.dumps(rows)


def test_an_unknown_centre_or_scope_is_said(environment: dict[str, str], centre: str) -> None:
    assert "There is no centre" in koza(environment, "staff", "token", "--centre", "x", "--scope", "contacts").output
    wrong = koza(environment, "staff", "token", "--centre", centre, "--scope", "everything")
    assert wrong.exit_code == 1
    assert "scopes are" in wrong.output


def test_an_account_is_made_with_a_password_from_standard_input(environment: dict[str, str], centre: str) -> None:
    name = f"operator9@{centre}"
    given = ("--name", name, "--display-name", "D. Nöbetçi", "--role", "operator", "--centre", centre)
    answer = koza(environment, "staff", "add", *given, "--password-stdin", typed="kuyruklu yıldız gece geçer\n")
    assert answer.exit_code == 0, answer.output
    assert "otpauth://totp/" in answer.output
    weak = koza(environment, "staff", "add", *given, "--password-stdin", typed="short\n")
    assert weak.exit_code == 1


def test_what_was_sealed_before_a_rotation_opens_after_it(own_environment: dict[str, str]) -> None:
    before = build_ground(Settings.load(own_environment), pool_size=1)
    row = new_id()
    with unit_of_work(before) as session:
        key_id = new_data_key(session)
        sealed = seal(session, key_id, "table", "column", row, "her name")
    before.engine.dispose()
    assert koza(own_environment, "keys", "rotate").exit_code == 0
    moved = koza(own_environment, "keys", "rotate", "--rewrap")
    assert moved.exit_code == 0, moved.output
    after = build_ground(Settings.load(own_environment), pool_size=1)
    with unit_of_work(after) as session:
        wrapped_with = session.scalars(select(DataKey.wrapping_key).where(DataKey.id == key_id)).one()
        assert wrapped_with == after.keyring.current != before.keyring.current
        assert open_sealed(session, key_id, "table", "column", row, sealed) == "her name"
    after.engine.dispose()


def test_the_audit_is_verified_and_a_changed_entry_is_found(own_environment: dict[str, str]) -> None:
    ground = build_ground(Settings.load(own_environment), pool_size=1)
    with unit_of_work(ground) as session:
        for number in range(3):
            record(session, system("test"), "act", "thing", str(number), None)
    with unit_of_work(ground) as session:
        chain_pending(session)
    ground.engine.dispose()
    sound = koza(own_environment, "audit", "verify")
    assert sound.exit_code == 0, sound.output
    with psycopg.connect(libpq(own_environment["DATABASE_URL"])) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE core_audit SET act = 'other' WHERE subject_id = '1'")
    forged = koza(own_environment, "audit", "verify")
    assert forged.exit_code == 1
    assert "altered" in forged.output


@pytest.mark.parametrize("command", [["migrate"], ["setup"], ["law", "list"], ["audit", "verify"]], ids=" ".join)
def test_a_database_that_is_not_there_is_said_in_words(command: list[str], tmp_path: Path) -> None:
    away = suite_environment("postgresql://nobody@127.0.0.1:9/none", None, tmp_path / "koza")
    answer = CliRunner().invoke(main, command, env={**away, "KOZA_LANG": "en"})
    assert (answer.exit_code, type(answer.exception)) == (1, SystemExit), answer.exception
    assert "The database does not answer. connection failed" in answer.output
