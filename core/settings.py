"""One frozen, validated object with everything the environment may set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from core.catalogue import CatalogueError
from core.i18n import gettext as _
from core.trunks import Trunk, load_trunks, trunk_numbers

Environment = Literal["production", "demo", "test"]

_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
#: Shorter secrets can be guessed from one signed cookie.
_MIN_SECRET = 32
#: Nobody has more in front of a server; a greater number is a slip that would let a browser name its own address.
_MOST_PROXIES = 9
_WEB_SCHEMES = frozenset({"http", "https"})
_SOCKET_SCHEMES = _WEB_SCHEMES | {"ws", "wss"}
_DATABASE_SCHEMES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
#: Below the data folder: what the processes of this machine count together.
METRICS_FOLDER = "metrics"
#: How the names of variables begin that hold the secrets of channels.
CHANNEL_SECRET = "CHANNEL_SECRET_"  # noqa: S105 - a name, not a secret
#: Browsers treat these as they treat https.
_LOOPBACK = ("http://127.0.0.1", "http://localhost")


class SettingsError(Exception):
    """The environment cannot be used; ``problems`` lists every reason at once, so that one look mends all."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class LineNumber:
    """A number the public dials, and the slug of the centre it belongs to (``None``: the first centre)."""

    number: str
    centre: str | None = None


@dataclass(frozen=True)
class Settings:
    """Everything the environment may set; secrets are masked in ``repr``."""

    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    public_url: str
    dashboard_url: str
    live_url: str
    secret_key: str = field(repr=False)
    data_key_file: Path
    twilio_account_sid: str
    #: Newest first; more than one only while the carrier's token is being rotated.
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)
    twilio_api_key: str | None = field(repr=False)
    twilio_api_secret: str | None = field(repr=False)
    twilio_api_url: str | None
    #: Whether the account lets us ask the carrier to keep neither words nor numbers of our texts.
    twilio_discards: bool
    hotline_numbers: tuple[LineNumber, ...] = field(repr=False)
    oncall_numbers: tuple[str, ...] = field(repr=False)
    #: The lines among them that a carrier of one's own brings.
    sip_trunks: tuple[Trunk, ...] = field(repr=False)
    #: Which channels beside the carrier bring and take texts (``hotline.carriers.channels``).
    text_channels_file: Path | None
    #: What their files call a secret: every ``CHANNEL_SECRET_…`` by its name.
    channel_secrets: tuple[tuple[str, str], ...] = field(repr=False)
    #: Whoever shows it may read /metrics from another machine.
    metrics_token: str | None = field(repr=False)
    data_dir: Path
    #: Where backups go, and the public half of the key they are encrypted for; both or none.
    backup_dir: Path | None
    backup_recipient: str | None
    #: The public half of the key that opens the offline roster; the backup's where none of its own is given.
    roster_recipient: str | None
    port: int
    #: Our own proxies that a browser's request passes; each adds the address it heard to ``X-Forwarded-For``.
    trusted_proxies: int
    env: Environment

    @property
    def production(self) -> bool:
        """True where no shortcut for demonstration or tests may work."""
        return self.env == "production"

    @property
    def practice(self) -> bool:
        """True where every call is a practice call: in a demonstration whose carrier is the practice exchange.

        The exchange alone speaks http, and never in production.
        """
        return self.env == "demo" and (self.twilio_api_url or "").startswith("http://")

    @property
    def https(self) -> bool:
        """True where browsers reach the pages under https, which decides the cookie's name and flags."""
        return self.dashboard_url.startswith("https://")

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check the environment.

        Raises :class:`SettingsError` with every problem found, each naming its variable and never its value.
        """
        return _Reader(environ).settings()


class _Reader:
    """Collects problems while reading, so that the answer names all of them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def settings(self) -> Settings:
        env = self._env()
        port = self._port()
        local = f"http://127.0.0.1:{port}"
        public = self._public_url(local)
        settings = Settings(
            database_url=self._database_url(),
            redis_url=self._environ.get("REDIS_URL") or None,
            public_url=public,
            dashboard_url=self._origin("DASHBOARD_URL", _origin_of(public) if env == "production" else local),
            live_url=self._url("LIVE_URL", f"http://127.0.0.1:{port + 1}", schemes=_SOCKET_SCHEMES),
            secret_key=self._secret("SECRET_KEY"),
            data_key_file=Path(self._required("DATA_KEY_FILE")),
            twilio_account_sid=self._account_sid(),
            twilio_auth_tokens=self._tokens(),
            twilio_api_key=self._environ.get("TWILIO_API_KEY") or None,
            twilio_api_secret=self._environ.get("TWILIO_API_SECRET") or None,
            twilio_api_url=self._url("TWILIO_API_URL", "") or None,
            twilio_discards=self._discards(),
            hotline_numbers=self._lines(),
            oncall_numbers=self._numbers("ONCALL_NUMBERS"),
            sip_trunks=self._trunks(),
            text_channels_file=self._path("TEXT_CHANNELS_FILE"),
            channel_secrets=tuple(sorted(item for item in self._environ.items() if item[0].startswith(CHANNEL_SECRET))),
            metrics_token=self._long_enough("METRICS_TOKEN", self._environ.get("METRICS_TOKEN", "")) or None,
            data_dir=Path(self._environ.get("KOZA_DATA_DIR") or ".koza").resolve(),
            backup_dir=self._path("BACKUP_DIR"),
            backup_recipient=self._environ.get("BACKUP_RECIPIENT") or None,
            roster_recipient=self._environ.get("ROSTER_RECIPIENT") or self._environ.get("BACKUP_RECIPIENT") or None,
            port=port,
            trusted_proxies=self._proxies(),
            env=env,
        )
        if (settings.backup_dir is None) != (settings.backup_recipient is None):
            self._problems.append("BACKUP_DIR and BACKUP_RECIPIENT go together")
        if (settings.twilio_api_key is None) != (settings.twilio_api_secret is None):
            self._problems.append(_("TWILIO_API_KEY and TWILIO_API_SECRET go together"))
        if trunk_numbers(settings.sip_trunks) - {line.number for line in settings.hotline_numbers}:
            self._problems.append(_("SIP_TRUNKS_FILE names a line that HOTLINE_NUMBERS does not"))
        if env == "production":
            self._check_production(settings)
        if self._problems:
            raise SettingsError(self._problems)
        return settings

    def _check_production(self, settings: Settings) -> None:
        """What may be convenient on a desk and never stands between her and us; the practice exchange speaks http."""
        if not settings.public_url.startswith("https://"):
            self._problems.append(_("PUBLIC_URL must start with https:// in production"))
        if not settings.dashboard_url.startswith(("https://", *_LOOPBACK)):
            self._problems.append(_("DASHBOARD_URL must start with https:// in production"))
        if settings.twilio_api_url is not None and not settings.twilio_api_url.startswith("https://"):
            self._problems.append(_("TWILIO_API_URL must start with https:// in production"))

    def _env(self) -> Environment:
        match self._environ.get("KOZA_ENV", "production"):
            case "production":
                return "production"
            case "demo":
                return "demo"
            case "test":
                return "test"
            case _:
                self._problems.append(_("KOZA_ENV must be production, demo or test"))
                return "production"

    def _required(self, name: str) -> str:
        value = self._environ.get(name, "")
        if not value:
            self._problems.append(_("%(name)s is not set", name=name))
        return value

    def _path(self, name: str) -> Path | None:
        value = self._environ.get(name, "")
        return Path(value).resolve() if value else None

    def _secret(self, name: str) -> str:
        return self._long_enough(name, self._required(name))

    def _long_enough(self, name: str, value: str) -> str:
        if value and len(value) < _MIN_SECRET:
            self._problems.append(_("%(name)s is shorter than %(n)d characters", name=name, n=_MIN_SECRET))
        return value

    def _port(self) -> int:
        raw = self._environ.get("PORT") or "8000"
        if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= 65533:
            self._problems.append(_("PORT must be a number from 1 to 65533"))
            return 8000
        return int(raw)

    def _proxies(self) -> int:
        raw = self._environ.get("TRUSTED_PROXIES") or "0"
        if not raw.isascii() or not raw.isdigit() or int(raw) > _MOST_PROXIES:
            self._problems.append(f"TRUSTED_PROXIES must be a number from 0 to {_MOST_PROXIES}")
            return 0
        return int(raw)

    def _database_url(self) -> str:
        """The address with the name of our driver in it; providers write ``postgres://`` and ``postgresql://``."""
        value = self._required("DATABASE_URL")
        scheme, separator, rest = value.partition("://")
        if value and (scheme not in _DATABASE_SCHEMES or not separator):
            self._problems.append(_("DATABASE_URL must be an address such as postgresql://user@host/name"))
        return f"postgresql+psycopg://{rest}"

    def _url(self, name: str, default: str, *, schemes: frozenset[str] = _WEB_SCHEMES) -> str:
        value = (self._environ.get(name) or default).rstrip("/")
        if value and not _is_address(value, schemes):
            self._problems.append(_("%(name)s must be an address such as https://koza.example", name=name))
            return ""
        return value

    def _public_url(self, local: str) -> str:
        """Where the carrier calls; the steps of a call are addressed by their paths alone, from the root."""
        value = self._url("PUBLIC_URL", local)
        if urlsplit(value).path:
            self._problems.append("PUBLIC_URL must have no path: give Koza a host name of its own")
        return value

    def _origin(self, name: str, default: str) -> str:
        """An address without a path, written as browsers write an origin, with which it is compared."""
        value = self._url(name, default)
        if value != _origin_of(value):
            self._problems.append(
                _("%(name)s must be an origin such as https://koza.example, without path or usual port", name=name)
            )
        return value

    def _account_sid(self) -> str:
        value = self._required("TWILIO_ACCOUNT_SID")
        if value and not _ACCOUNT_SID.fullmatch(value):
            self._problems.append(_("TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits"))
        return value

    def _tokens(self) -> tuple[str, ...]:
        tokens = self._list("TWILIO_AUTH_TOKEN")
        if not tokens:
            self._problems.append(_("TWILIO_AUTH_TOKEN is not set"))
        return tokens

    def _discards(self) -> bool:
        raw = self._environ.get("TWILIO_RETENTION") or "keep"
        if raw not in {"keep", "discard"}:
            self._problems.append(_("TWILIO_RETENTION must be keep or discard"))
        return raw == "discard"

    def _list(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self._environ.get(name, "").split(",") if part.strip())

    def _numbers(self, name: str) -> tuple[str, ...]:
        numbers = self._list(name)
        if any(not _E164.fullmatch(number) for number in numbers):
            self._problems.append(_("%(name)s must hold numbers such as +90…, separated by commas", name=name))
        return numbers

    def _lines(self) -> tuple[LineNumber, ...]:
        parts = [part.partition("=") for part in self._list("HOTLINE_NUMBERS")]
        lines = tuple(LineNumber(number.strip(), centre.strip() or None) for number, _, centre in parts)
        if any(not _E164.fullmatch(line.number) for line in lines):
            self._problems.append(_("HOTLINE_NUMBERS must hold +90…[=centre], separated by commas"))
        if len({line.number for line in lines}) < len(lines):
            self._problems.append(_("HOTLINE_NUMBERS names a number twice"))
        return lines

    def _trunks(self) -> tuple[Trunk, ...]:
        path = self._path("SIP_TRUNKS_FILE")
        if path is None:
            return ()
        try:
            return load_trunks(path)
        except CatalogueError as error:
            why = str(error).removeprefix(f"{path}: ")
            self._problems.append(_("SIP_TRUNKS_FILE cannot be read: %(why)s", why=why))
            return ()


def _is_address(value: str, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = not parts.query and not parts.fragment and parts.username is None and port != 0
    return parts.scheme in schemes and bool(parts.hostname) and plain


def _origin_of(address: str) -> str:
    """The origin as browsers send it: small letters, no path, no port that the scheme means anyway."""
    if not address:
        return ""
    parts = urlsplit(address)
    host = parts.netloc.lower()
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{host.removesuffix(usual) if usual else host}"


#: Names of the fields, for the documentation test.
FIELD_NAMES = tuple(item.name for item in fields(Settings))
