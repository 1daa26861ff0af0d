"""An account at the carrier on a socket of this machine: the practice exchange, and numbers that are set wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from core.settings import Settings
from practice.config import ExchangeConfig, NumberConfig
from practice.exchange import Exchange
from practice.server import Server, ServerSettings


def numbers_of(environment: dict[str, str]) -> tuple[str, ...]:
    """The numbers of an installation, lines first."""
    settings = Settings.load(environment)
    return (*(item.number for item in settings.hotline_numbers), *settings.oncall_numbers)


@contextmanager
def account(environment: dict[str, str], *numbers: NumberConfig, **changes: object) -> Iterator[Server]:
    """The account of this environment with these numbers; what ``changes`` names is an exchange's own."""
    settings = Settings.load(environment)
    config = replace(ExchangeConfig(numbers=numbers), **changes)
    sid, token = settings.twilio_account_sid, settings.twilio_auth_tokens[0]
    exchange = Exchange(sid, token, config)
    given = ServerSettings(
        port=0, account_sid=sid, auth_token=token, numbers=numbers, on_call=(), desks=(), state_file=None, api_keys={}
    )
    with Server(given, exchange) as server:
        environment["TWILIO_API_URL"] = server.url
        yield server
