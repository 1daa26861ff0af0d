"""What a Koza makes up for itself, and what it never does."""

from __future__ import annotations

import stat
from pathlib import Path

from config.local import (
    LocalSecrets,
    RunLock,
    child_environment,
    joined_environment,
    publish_environment,
    wants_practice,
    withdraw_environment,
)
from core.settings import Settings

URL = "postgresql+psycopg://koza:x@/koza?host=/tmp/somewhere"


def child(tmp_path: Path, **environ: str) -> dict[str, str]:
    return child_environment(environ, data_dir=tmp_path, database_url=URL, redis_url=None, run_id="r1")


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    made = LocalSecrets.of(tmp_path)
    assert LocalSecrets.of(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert LocalSecrets.of(tmp_path / "other") != made
    assert made.demo_password not in repr(made)


def test_an_empty_environment_becomes_a_complete_demo(tmp_path: Path) -> None:
    settings = Settings.load(child(tmp_path))
    assert settings.env == "demo"
    assert settings.twilio_api_url == "http://127.0.0.1:8002"
    made = LocalSecrets.of(tmp_path)
    # A browser is a telephone at the practice exchange, whose account has a key of its own.
    assert (settings.twilio_api_key, settings.twilio_api_secret) == (made.api_key, made.api_secret)


def test_what_is_set_outside_stands(tmp_path: Path) -> None:
    made = child(tmp_path, SECRET_KEY="k" * 40, TWILIO_API_URL="http://127.0.0.1:9", PORT="8100")
    assert made["SECRET_KEY"] == "k" * 40
    assert made["TWILIO_API_URL"] == "http://127.0.0.1:9"
    # Another carrier would refuse a key that we made up.
    assert "TWILIO_API_KEY" not in made
    assert not wants_practice({"TWILIO_API_URL": "http://127.0.0.1:9"})
    assert wants_practice({})


def test_production_makes_nothing_up(tmp_path: Path) -> None:
    made = child(tmp_path, KOZA_ENV="production")
    assert "SECRET_KEY" not in made
    assert "TWILIO_API_URL" not in made
    assert not (tmp_path / "secrets.json").exists()
    assert not wants_practice({"KOZA_ENV": "production"})


def test_a_command_joins_a_running_koza_through_its_folder(tmp_path: Path) -> None:
    running = child(tmp_path, PORT="8100")
    publish_environment(running, tmp_path)
    joined = joined_environment({"KOZA_DATA_DIR": str(tmp_path)})
    assert Settings.load(joined) == Settings.load(running)
    assert stat.S_IMODE((tmp_path / "run" / "env.json").stat().st_mode) == 0o600
    withdraw_environment(tmp_path)
    assert "DATABASE_URL" not in joined_environment({"KOZA_DATA_DIR": str(tmp_path)})


def test_a_database_named_outside_is_never_mixed_with_a_demo(tmp_path: Path) -> None:
    publish_environment(child(tmp_path), tmp_path)
    joined = joined_environment({"KOZA_DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://elsewhere/koza"})
    assert "SECRET_KEY" not in joined


def test_one_run_per_folder(tmp_path: Path) -> None:
    first, second = RunLock(tmp_path), RunLock(tmp_path)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()
