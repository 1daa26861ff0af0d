"""The second factor: time codes after RFC 6238, each used once, and recovery codes for a lost telephone."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp

from core.ids import CROCKFORD
from core.text import digits_to_ascii

STEP_S: Final = 30
DIGITS: Final = 6
#: Steps by which a telephone's clock may be wrong.
WINDOW: Final = 1
RECOVERY_CODES: Final = 10
_TYPED_FOR: Final = str.maketrans("OIL", "011")


def new_seed() -> str:
    """A seed of 160 bits in base32; shown once, when the account is made."""
    return str(pyotp.random_base32())


def provisioning_uri(seed: str, name: str) -> str:
    """What an authenticator scans. The issuer is neutral: the telephone may lie on a kitchen table."""
    return str(pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name="Koza"))


def counter_at(moment: datetime) -> int:
    """The counter of the 30 seconds that ``moment`` lies in."""
    return int(moment.timestamp()) // STEP_S


def code_of(seed: str, counter: int) -> str:
    """The six digits of one counter."""
    return str(pyotp.HOTP(seed).at(counter))


def accepted_counter(seed: str, typed: str, moment: datetime, last_counter: int) -> int | None:
    """The counter whose code was typed, if it lies within the window and after ``last_counter``; else ``None``.

    The caller stores the counter in the same transaction, so that the code works once (RFC 6238 §5.2).
    """
    code = "".join(digits_to_ascii(typed).split())
    now = counter_at(moment)
    accepted = None
    for counter in range(now - WINDOW, now + WINDOW + 1):
        if hmac.compare_digest(code_of(seed, counter).encode(), code.encode()) and counter > last_counter:
            accepted = counter
    return accepted


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 random bits, such as ``7K2M9-QXD4F``; shown once."""
    bodies = ["".join(secrets.choice(CROCKFORD) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [f"{body[:5]}-{body[5:]}" for body in bodies]


def normal_recovery_code(typed: str) -> str | None:
    """A typed recovery code in its stored form, or ``None`` when it cannot be one."""
    plain = typed.upper().replace("-", "").replace(" ", "").translate(_TYPED_FOR)
    return plain if len(plain) == 10 and set(plain) <= set(CROCKFORD) else None
