"""``koza migrate`` and ``koza demo``."""

from __future__ import annotations

import importlib

import click
import pyotp

from config import migrate as migrations
from config.commands.common import settings_or_exit
from config.keyfile import ensure_key_file
from config.local import LocalSecrets
from config.spoken import Refusal, command, option
from core.crypto import CryptoError
from core.i18n import HOUSE_LOCALE, use_locale
from core.i18n import gettext as _


@command()
def migrate() -> None:
    """Bring the database and its catalogues up to this release; may be repeated."""
    settings = settings_or_exit()
    ensure_key_file(settings)
    try:
        lines = migrations.migrate(settings)
    except CryptoError as error:
        raise Refusal(str(error)) from None
    if settings.env != "demo":
        # Its centres come with the demonstration, after this.
        for sentence in lines.sentences():
            click.echo(sentence)


@command()
@option("--code", is_flag=True, help="Only print the demo accounts' code of this moment.")
def demo(*, code: bool) -> None:
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
