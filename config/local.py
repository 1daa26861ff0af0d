"""What ``make run`` makes up for itself on first start, and how later commands find a running Koza.

Everything lies in KOZA_DATA_DIR with mode 0600. In production nothing is made up: settings refuse what is missing.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO

import pyotp

from config.engines.processes import write_private

PROJECT = Path(__file__).resolve().parent.parent
#: Numbers of no subscriber: the area codes exist, no exchange of theirs begins with 000.
DEMO_HOTLINES = "+903120000001=ankara,+902320000001=izmir"
DEMO_ONCALL_NUMBERS = "+903120000009"
#: Desk phones of the demo's operators, by account; on the practice exchange they answer and press 1 by themselves.
DEMO_DESKS = {
    "operator1@ankara": "+903120000101",
    "operator2@ankara": "+903120000102",
    "operator1@izmir": "+902320000101",
}
#: Telephones of the demo's on-call staff, by account; they lie on the practice page.
DEMO_ONCALL_PHONES = {"oncall1@ankara": "+905550000201", "lead@ankara": "+905550000202"}

#: Where a caller goes whom nobody of the demo answered in time; the practice page shows it ringing.
DEMO_FALLBACK = "+903120000100"
#: Keypad PIN of the demo's on-call staff; the start-up block shows it.
DEMO_PIN = "7391"

#: What a later command needs in order to join a running Koza.
JOINED = (
    *("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "DASHBOARD_URL", "LIVE_URL", "SECRET_KEY", "DATA_KEY_FILE"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_API_URL"),
    *("HOTLINE_NUMBERS", "ONCALL_NUMBERS", "KOZA_DATA_DIR", "PORT", "KOZA_ENV"),
)


@dataclass(frozen=True)
class LocalSecrets:
    """Secrets of one data folder, made once."""

    secret_key: str = field(repr=False)
    account_sid: str
    auth_token: str = field(repr=False)
    demo_password: str = field(repr=False)
    demo_totp: str = field(repr=False)

    @classmethod
    def of(cls, data_dir: Path) -> LocalSecrets:
        """Read the folder's secrets, or make them; a damaged file is an error, for new ones would lock all out."""
        path = data_dir / "secrets.json"
        if not path.exists():
            made = cls(
                secret_key=secrets.token_urlsafe(48),
                account_sid=f"AC{secrets.token_hex(16)}",
                auth_token=secrets.token_hex(16),
                demo_password=_readable_password(),
                demo_totp=pyotp.random_base32(),
            )
            write_private(path, json.dumps(asdict(made), indent=1))
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{item.name: str(content[item.name]) for item in fields(cls)})

    @property
    def api_key(self) -> str:
        """An API key of the account, as the carrier writes one."""
        return f"SK{self._of_token('key')[:32]}"

    @property
    def api_secret(self) -> str:
        """The key's secret. Made of the token, so that a folder of an earlier release has one too."""
        return self._of_token("secret")

    def _of_token(self, purpose: str) -> str:
        return hmac.digest(self.auth_token.encode(), f"api {purpose}".encode(), "sha256").hex()

    def values(self) -> tuple[str, ...]:
        """Every value that may not appear in a log."""
        return (self.secret_key, self.auth_token, self.api_secret, self.demo_password, self.demo_totp)


def _readable_password() -> str:
    """Four groups without letters that are mistaken for digits: about 77 bits, readable from a screen."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def data_dir_of(environ: Mapping[str, str]) -> Path:
    """KOZA_DATA_DIR, or ``.koza`` in the project's folder, wherever the command is given."""
    return Path(environ.get("KOZA_DATA_DIR") or PROJECT / ".koza").resolve()


def child_environment(
    environ: Mapping[str, str],
    *,
    data_dir: Path,
    database_url: str,
    redis_url: str | None,
    run_id: str,
) -> dict[str, str]:
    """The whole environment of the processes that ``koza run`` starts.

    What is set from outside stands. In production nothing else is added but the engines; elsewhere missing secrets
    come from the data folder, and without TWILIO_API_URL the carrier is the practice exchange.
    """
    child = {
        **environ,
        "KOZA_DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url or "",
        "KOZA_RUN_ID": run_id,
        "PYTHONUNBUFFERED": "1",
    }
    child.setdefault("PORT", "8000")
    if environ.get("KOZA_ENV", "demo") == "production":
        return child
    local = LocalSecrets.of(data_dir)
    made_up = {
        "KOZA_ENV": "demo",
        "SECRET_KEY": local.secret_key,
        "TWILIO_ACCOUNT_SID": local.account_sid,
        "TWILIO_AUTH_TOKEN": local.auth_token,
        "TWILIO_API_URL": f"http://127.0.0.1:{practice_port(child)}",
        "HOTLINE_NUMBERS": DEMO_HOTLINES,
        "ONCALL_NUMBERS": DEMO_ONCALL_NUMBERS,
    }
    if wants_practice(environ) and not environ.get("TWILIO_API_KEY"):
        # With these a browser is a telephone at the practice exchange, as with an account's it is at the carrier.
        made_up |= {"TWILIO_API_KEY": local.api_key, "TWILIO_API_SECRET": local.api_secret}
    for name, value in made_up.items():
        child[name] = environ.get(name) or value
    child["DATA_KEY_FILE"] = environ.get("DATA_KEY_FILE") or str(data_dir / "data.key")
    return child


def practice_port(environ: Mapping[str, str]) -> int:
    """Where the practice exchange and its page listen: two above the pages."""
    return int(environ.get("PORT") or 8000) + 2


def practice_arguments(child: Mapping[str, str]) -> list[str]:
    """How the practice exchange is told which numbers are the account's and which telephones lie about.

    Both kinds of number of ours, the lines and those that on-call staff answer to, belong to the account.
    """
    numbers = ",".join(filter(None, (child.get("HOTLINE_NUMBERS"), child.get("ONCALL_NUMBERS"))))
    desks, on_call = ",".join(DEMO_DESKS.values()), ",".join(DEMO_ONCALL_PHONES.values())
    return ["--numbers", numbers, "--desks", desks, "--on-call", on_call]


def wants_practice(environ: Mapping[str, str]) -> bool:
    """True when this Koza brings its own carrier: no other one is named, and it is not the real thing."""
    return not environ.get("TWILIO_API_URL") and environ.get("KOZA_ENV", "demo") != "production"


class RunLock:
    """Held by the one ``koza run`` of a data folder; the kernel releases it, whatever ends the process."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "run" / "supervisor.lock"
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Take the lock; False if another process holds it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None


def publish_environment(child: Mapping[str, str], data_dir: Path) -> None:
    """Leave the addresses and secrets for later commands, readable by the owner alone."""
    chosen = {name: child[name] for name in JOINED if child.get(name)}
    write_private(data_dir / "run" / "env.json", json.dumps(chosen, indent=1))


def withdraw_environment(data_dir: Path) -> None:
    """Take back what :func:`publish_environment` left."""
    (data_dir / "run" / "env.json").unlink(missing_ok=True)


def joined_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command given beside a running Koza: its addresses, under what is set from outside.

    With DATABASE_URL set nothing is joined: a deliberate choice is never mixed with a demo's secrets.
    """
    joined = {**environ, "KOZA_DATA_DIR": str(data_dir_of(environ))}
    if environ.get("DATABASE_URL"):
        return joined
    try:
        left = json.loads((data_dir_of(environ) / "run" / "env.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return joined
    return {**{str(name): str(value) for name, value in left.items()}, **joined}
