"""``koza migrate`` and ``koza demo``."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta

import click
import pyotp
from sqlalchemy.exc import OperationalError

from config import migrate as migrations
from config.back import NoWayBackError, go_back, what_goes
from config.backup.store import Store
from config.commands.common import settings_or_exit
from config.keyfile import ensure_key_file
from config.local import LocalSecrets
from config.spoken import Refusal, command, option, refused
from core.crypto import CryptoError
from core.i18n import HOUSE_LOCALE, use_locale
from core.i18n import gettext as _
from core.settings import Settings
from hotline.carriers.channels.description import ChannelsError, load_channels

#: A copy that is older than this is no way back from a way back.
_FRESH = timedelta(hours=1)


@command()
@option("--back-to", "revision", help="Take the database back to this revision; says first what would be gone.")
@option("--yes", is_flag=True, help="Do not ask.")
def migrate(revision: str | None, *, yes: bool) -> None:
    """Bring the database and its catalogues up to this release; may be repeated."""
    settings = settings_or_exit()
    if revision is not None:
        _back(settings, revision, yes=yes)
        return
    try:
        # What would keep the processes from starting is said before the database is touched.
        load_channels(settings)
    except ChannelsError as error:
        raise refused(error) from None
    ensure_key_file(settings)
    try:
        lines = migrations.migrate(settings)
    except CryptoError as error:
        raise Refusal(str(error)) from None
    if settings.env != "demo":
        # Its centres come with the demonstration, after this.
        for sentence in lines.sentences():
            click.echo(sentence)


def _back(settings: Settings, revision: str, *, yes: bool) -> None:
    """Only after a fresh copy: what a way back takes is in nothing else."""
    now = datetime.now(UTC)
    bases = Store(settings.backup_dir).bases(until=now) if settings.backup_dir else []
    if not bases or now - bases[-1].moment > _FRESH:
        raise Refusal(_("Take a copy first, and go back within the hour: koza backup"))
    try:
        losses = what_goes(settings, revision)
        for loss in losses:
            name = loss.table if loss.column is None else f"{loss.table}.{loss.column}"
            click.echo(_("%(name)s would be gone, with %(rows)d entries.", name=name, rows=loss.rows))
        if not losses:
            click.echo(_("No table and no column would be gone."))
        if not yes and not click.confirm(_("Go back to %(revision)s?", revision=revision)):
            raise Refusal(_("Nothing was changed."))
        go_back(settings, revision)
    except NoWayBackError as error:
        raise Refusal(_("%(revision)s is no revision before %(present)s.", revision=revision, present=error)) from None
    except OperationalError:
        raise Refusal(_("A table is in use; nothing was changed. Stop the processes, or try again.")) from None


@command()
@option("--code", is_flag=True, help="Only print the demo accounts' code of this moment.")
@option("--cases", type=click.IntRange(min=1), help="Also make so many cases, in thousands, in all 81 provinces.")
def demo(*, code: bool, cases: int | None) -> None:
    """Make two centres, their accounts and thirty days of history, unless they are there."""
    settings = settings_or_exit()
    if settings.production:
        raise Refusal(_("KOZA_ENV is production: demo accounts do not exist there."))
    local = LocalSecrets.of(settings.data_dir)
    if code:
        click.echo(pyotp.TOTP(local.demo_totp).now())
        return
    with use_locale(HOUSE_LOCALE):
        importlib.import_module("config.demo").seed(settings, password=local.demo_password, totp_secret=local.demo_totp)
        if cases is not None:
            made = importlib.import_module("config.demo_many").make_cases(settings, cases, click.echo)
            click.echo(_("%(made)d cases were made.", made=made))
