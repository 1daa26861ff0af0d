"""The environment: every problem is named at once, and no value is ever shown."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from core.settings import LineNumber, Settings, SettingsError

PLANTED = "geheim-7731"
GOOD = {
    "KOZA_ENV": "test",
    "DATABASE_URL": "postgresql://koza@db/koza",
    "SECRET_KEY": "s" * 32,
    "DATA_KEY_FILE": "/keys/data.key",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token-one",
}
PRODUCTION = {**GOOD, "KOZA_ENV": "production", "PUBLIC_URL": "https://koza.example"}


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        Settings.load({**GOOD, "PUBLIC_URL": "https://koza.example", **changes})
    return raised.value.problems


def test_an_empty_environment_is_told_everything_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.load({})
    named = {problem.split()[0] for problem in raised.value.problems}
    assert named == {
        "DATABASE_URL",
        "SECRET_KEY",
        "DATA_KEY_FILE",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "PUBLIC_URL",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KOZA_ENV", PLANTED),
        ("DATABASE_URL", f"mysql://{PLANTED}@db/koza"),
        ("SECRET_KEY", PLANTED),
        ("TWILIO_ACCOUNT_SID", f"AC{PLANTED}"),
        ("TWILIO_AUTH_TOKEN", " , ,"),
        ("TWILIO_API_KEY", PLANTED),
        ("METRICS_TOKEN", PLANTED),
        ("TWILIO_API_SECRET", PLANTED),
        ("TWILIO_API_URL", f"ftp://{PLANTED}"),
        ("PUBLIC_URL", f"https://user:{PLANTED}@koza.example"),
        ("PUBLIC_URL", f"https://[{PLANTED}"),
        ("PUBLIC_URL", f"https://koza.example:{PLANTED}"),
        ("PUBLIC_URL", f"https://koza.example/{PLANTED}/"),
        ("DASHBOARD_URL", f"https://koza.example/{PLANTED}"),
        ("DASHBOARD_URL", "https://koza.example:443"),
        ("DASHBOARD_URL", "https://Koza.example"),
        ("LIVE_URL", f"gopher://{PLANTED}"),
        ("PORT", PLANTED),
        ("PORT", "65534"),
        ("PORT", "٨٠٠٠"),
        ("TRUSTED_PROXIES", PLANTED),
        ("TRUSTED_PROXIES", "10"),
        ("HOTLINE_NUMBERS", PLANTED),
        ("HOTLINE_NUMBERS", "+903120000001,+903120000001=ankara"),
        ("ONCALL_NUMBERS", f"+903120000009,{PLANTED}"),
    ],
)
def test_one_wrong_value_is_one_problem_that_names_the_variable_and_not_the_value(name: str, value: str) -> None:
    found = problems(**{name: value})
    assert len(found) == 1
    assert name in found[0]
    assert PLANTED not in found[0]


def test_a_secret_is_not_shown() -> None:
    given = {**GOOD, "SECRET_KEY": "s" * 40, "REDIS_URL": f"redis://:{PLANTED}@host", "TWILIO_API_KEY": "SK1"}
    given |= {"TWILIO_API_SECRET": PLANTED, "TWILIO_AUTH_TOKEN": f"{PLANTED},older", "ONCALL_NUMBERS": "+903120000009"}
    settings = Settings.load({**given, "DATABASE_URL": f"postgresql://koza:{PLANTED}@db/koza"})
    assert PLANTED not in repr(settings)
    assert "+90312" not in repr(settings)
    assert settings.twilio_auth_tokens == (PLANTED, "older")
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_database_is_reached_by_our_driver_however_its_address_is_written(scheme: str) -> None:
    settings = Settings.load({**GOOD, "DATABASE_URL": f"{scheme}://koza@db/koza?sslmode=require"})
    assert settings.database_url == "postgresql+psycopg://koza@db/koza?sslmode=require"


def test_what_is_not_set_has_its_default() -> None:
    settings = Settings.load({**GOOD, "PORT": "9000"})
    assert (settings.public_url, settings.live_url) == ("http://127.0.0.1:9000", "http://127.0.0.1:9001")
    assert (settings.redis_url, settings.twilio_api_url, settings.hotline_numbers) == (None, None, ())
    assert settings.data_dir == Path(".koza").resolve()
    assert not settings.https


def test_lines_name_their_centre() -> None:
    settings = Settings.load({**GOOD, "HOTLINE_NUMBERS": "+903120000001 = ankara, +902320000001"})
    assert settings.hotline_numbers == (LineNumber("+903120000001", "ankara"), LineNumber("+902320000001"))


def test_without_a_word_it_is_production() -> None:
    given = {name: value for name, value in PRODUCTION.items() if name != "KOZA_ENV"}
    assert Settings.load(given).production


def test_in_production_the_pages_stand_where_the_carrier_calls() -> None:
    settings = Settings.load({**PRODUCTION, "PUBLIC_URL": "https://koza.example/"})
    assert (settings.public_url, settings.dashboard_url) == ("https://koza.example", "https://koza.example")
    assert settings.https


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://koza.example"),
        ("DASHBOARD_URL", "http://koza.example"),
        # The practice exchange speaks http on this machine.
        ("TWILIO_API_URL", "http://127.0.0.1:8002"),
        *((name, "") for name in ("SECRET_KEY", "TWILIO_AUTH_TOKEN", "DATA_KEY_FILE", "DATABASE_URL")),
    ],
)
def test_production_refuses(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.load({**PRODUCTION, "DASHBOARD_URL": "https://koza.example", name: value})
    assert [name in problem for problem in raised.value.problems] == [True]


@pytest.mark.parametrize(
    ("changes", "practice"),
    [
        ({"KOZA_ENV": "demo", "TWILIO_API_URL": "http://127.0.0.1:8002"}, True),
        ({"KOZA_ENV": "demo", "TWILIO_API_URL": "https://carrier.example"}, False),
        ({"KOZA_ENV": "demo"}, False),
        ({"KOZA_ENV": "test", "TWILIO_API_URL": "http://127.0.0.1:8002"}, False),
        ({**PRODUCTION, "TWILIO_API_URL": "https://carrier.example"}, False),
    ],
)
def test_calls_are_practice_in_a_demonstration_at_the_practice_exchange_alone(
    changes: dict[str, str], *, practice: bool
) -> None:
    given = {**GOOD, "PUBLIC_URL": "https://koza.example", **changes}
    assert Settings.load(given).practice is practice
