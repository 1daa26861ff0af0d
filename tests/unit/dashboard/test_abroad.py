"""What leaves the country is read off the settings: each line stands where its calls and its texts go."""

from __future__ import annotations

import pytest
import yaml

from core.i18n import use_locale
from core.settings import Settings
from dashboard.administration.abroad import recipients
from hotline.carriers.channels.description import Gateway
from tests.support.gateway import FILE

BOTH, TEXTS_ONLY, PLAIN, ON_CALL = "+903120000001", "+908500000001", "+903120000002", "+903120000009"
BASE = {
    "DATABASE_URL": "postgresql://koza@db.example/koza",
    "SECRET_KEY": "s" * 32,
    "DATA_KEY_FILE": "/data.key",
    "PUBLIC_URL": "https://koza.example",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 20,
    "HOTLINE_NUMBERS": f"{BOTH},{TEXTS_ONLY},{PLAIN}",
    "ONCALL_NUMBERS": ON_CALL,
}


def gateway(**changed: object) -> Gateway:
    (channel,) = yaml.safe_load(FILE.format(number=TEXTS_ONLY, url="https://api.yerel.example"))["channels"]
    lines = [{"number": BOTH, "calls": True}, {"number": TEXTS_ONLY}]
    return Gateway.model_validate({**channel, "lines": lines, **changed})


def told(channels: tuple[Gateway, ...], **changed: str) -> list[tuple[str, ...]]:
    """The lines of each company, and the first words of what it is given."""
    with use_locale("en"):
        found = recipients(Settings.load({**BASE, **changed}), channels)
    return [(*one.lines, "/", *(given.what.partition(":")[0] for given in one.given)) for one in found]


def test_each_line_stands_where_its_calls_and_texts_go() -> None:
    assert told((gateway(),)) == [
        (BOTH, PLAIN, "/", "Calls", f"Texts of {PLAIN}", "Page texts to staff"),
        (BOTH, TEXTS_ONLY, "/", "Texts of these lines"),
    ]
    assert told(()) == [
        (BOTH, TEXTS_ONLY, PLAIN, "/", "Calls", f"Texts of {BOTH}, {TEXTS_ONLY}, {PLAIN}", "Page texts to staff")
    ]


def test_pages_stand_with_whoever_carries_them() -> None:
    by_gateway = gateway(lines=[{"number": TEXTS_ONLY}, {"number": ON_CALL}])
    carrier, local = told((by_gateway,))
    assert "Page texts to staff" not in carrier
    assert "Page texts to staff" in local


@pytest.mark.parametrize(("retention", "said"), [("keep", "emptied a minute"), ("discard", "neither words nor number")])
def test_what_stays_of_ours_is_told_as_it_is_set(retention: str, said: str) -> None:
    with use_locale("en"):
        (carrier,) = recipients(Settings.load({**BASE, "TWILIO_RETENTION": retention}), ())
    assert said in " ".join(given.kept for given in carrier.given)


def test_a_company_abroad_is_told_from_one_at_home() -> None:
    with use_locale("en"):
        found = recipients(Settings.load(BASE), (gateway(), gateway(country="DE")))
    assert [one.tone for one in found] == ["soon", "held", "soon"]
