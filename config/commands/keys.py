"""``koza keys``."""

from __future__ import annotations

import click

from config.commands.common import ground_or_exit, settings_or_exit
from config.keyfile import add_key
from config.keyfile import rewrap as rewrap_batch
from core.actor import system
from core.audit import record
from core.crypto import CryptoError, Keyring
from core.i18n import gettext as _
from core.unit_of_work import unit_of_work


@click.group()
def keys() -> None:
    """Keys of the sealed columns."""


@keys.command()
def create() -> None:
    """Make the key file of a new installation; a present one is never touched."""
    settings = settings_or_exit()
    if settings.data_key_file.exists():
        raise click.ClickException(_("%(file)s is there already.", file=settings.data_key_file))
    settings.data_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    Keyring.generate().save(settings.data_key_file)
    click.echo(_("%(file)s was made: copy it to the place where you keep it safe.", file=settings.data_key_file))


@keys.command()
@click.option("--rewrap", is_flag=True, help="Second step: move every record to the newest key.")
def rotate(*, rewrap: bool) -> None:
    """Make a new key; then, when every process was started again, move the records to it with --rewrap."""
    if rewrap:
        click.echo(f"{_rewrap_all()} records moved to the newest key. Older keys are still needed for older backups.")
        return
    settings = settings_or_exit()
    try:
        name = add_key(settings)
    except CryptoError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Key {name} added to {settings.data_key_file}: copy the file to the place where you keep it safe.")
    click.echo("Start every process again (they know only the older keys), then: koza keys rotate --rewrap")


def _rewrap_all() -> int:
    total = 0
    with ground_or_exit() as ground:
        while True:
            with unit_of_work(ground) as session:
                moved = rewrap_batch(session)
                if moved == 0:
                    record(
                        session, system("keys"), "keys_rotated", "key_file", ground.keyring.current, None, count=total
                    )
                    return total
            total += moved
