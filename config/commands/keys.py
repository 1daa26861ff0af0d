"""``koza keys``."""

from __future__ import annotations

from pathlib import Path

import click

from config.backup.store import BackupError
from config.commands.common import ground_or_exit, settings_or_exit
from config.keycopy import copy_keys
from config.keyfile import add_key
from config.keyfile import rewrap as rewrap_batch
from config.spoken import Refusal, SpokenGroup, option
from core.actor import system
from core.audit import record
from core.crypto import CryptoError, Keyring
from core.i18n import gettext as _
from core.i18n import ngettext
from core.unit_of_work import unit_of_work


@click.group(cls=SpokenGroup)
def keys() -> None:
    """Keys of the sealed columns."""


@keys.command()
def create() -> None:
    """Make the key file of a new installation; a present one is never touched."""
    settings = settings_or_exit()
    if settings.data_key_file.exists():
        raise Refusal(_("%(file)s is there already.", file=settings.data_key_file))
    settings.data_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    Keyring.generate().save(settings.data_key_file)
    click.echo(
        _("%(file)s was made: koza keys copy seals a second one to be carried away.", file=settings.data_key_file)
    )


@keys.command()
@option("--rewrap", is_flag=True, help="Second step: move every record to the newest key.")
def rotate(*, rewrap: bool) -> None:
    """Make a new key; then, when every process was started again, move the records to it with --rewrap."""
    if rewrap:
        said = ngettext(
            "%(n)s record moved to the newest key. Older keys are still needed for older backups.",
            "%(n)s records moved to the newest key. Older keys are still needed for older backups.",
            _rewrap_all(),
        )
        click.echo(said)
        return
    settings = settings_or_exit()
    try:
        name = add_key(settings)
    except CryptoError as error:
        raise Refusal(str(error)) from None
    file = settings.data_key_file
    click.echo(_("Key %(name)s added to %(file)s: a new copy is due, koza keys copy.", name=name, file=file))
    click.echo(_("Start every process again (they know only the older keys), then: koza keys rotate --rewrap"))


@keys.command()
@option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where the copy goes.")
@option("--recipient", required=True, help="Public half of the age key that opens it, age1…")
def copy(*, file: Path, recipient: str) -> None:
    """Seal a copy of the key file for a key that is kept elsewhere; after every rotation once more."""
    settings = settings_or_exit()
    try:
        note = copy_keys(settings, file.resolve(), recipient)
    except (BackupError, CryptoError, OSError) as error:
        raise Refusal(str(error)) from None
    click.echo(_("%(file)s opens with the secret half of %(recipient)s.", file=note.place, recipient=note.recipient))
    if note.beside(settings.data_key_file):
        click.echo(_("It is on the same disk as the key file: carry it away and remove it here."))


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
