"""``koza roster``: who is on duty, on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from config.backup.store import BackupError
from config.commands.common import ground_or_exit, settings_or_exit
from config.engines.processes import write_private
from config.roster.files import newest, open_sheet
from config.roster.paper import as_html, as_text
from config.roster.sheet import Sheet, read_sheet
from config.spoken import Refusal, SpokenGroup, option
from core.actor import system
from core.audit import record
from core.i18n import gettext as _
from core.i18n import use_locale
from core.unit_of_work import unit_of_work

_KEY = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUT = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=SpokenGroup)
def roster() -> None:
    """Who is on duty, on paper: for the day when everything is down."""


@roster.command("print")
@option("--html", type=_OUT, help="Write a page for A4 into this file instead of text.")
@option("--key", type=_KEY, help="Secret half of the roster's key: while the database is away the last file is opened.")
def print_(*, html: Path | None, key: Path | None) -> None:
    """Show the roster of the next days in Turkish, with names and telephones; audited."""
    sheet = _from_database()
    if sheet is None:
        found = newest(settings_or_exit())
        if found is None:
            raise Refusal(_("The database does not answer, and there is no sealed roster here."))
        if key is None:
            raise Refusal(_("The database does not answer; --key opens %(file)s.", file=found))
        click.echo(_("The database does not answer: this is %(file)s.", file=found), err=True)
        sheet = _opened(found, key)
    _show(sheet, html)


@roster.command("open")
@click.argument("file", type=_KEY)
@option("--key", type=_KEY, required=True, help="Secret half of the roster's key.")
@option("--html", type=_OUT, help="Write a page for A4 into this file instead of text.")
def open_(*, file: Path, key: Path, html: Path | None) -> None:
    """Open a sealed roster; needs neither database nor settings."""
    _show(_opened(file, key), html)


def _from_database() -> Sheet | None:
    with ground_or_exit() as ground:
        try:
            with unit_of_work(ground) as session:
                record(session, system("command line"), "roster_printed", "roster", "all", None)
                return read_sheet(session)
        except SQLAlchemyError:
            return None


def _opened(file: Path, key: Path) -> Sheet:
    try:
        return open_sheet(file, key)
    except BackupError as error:
        raise Refusal(str(error)) from None


def _show(sheet: Sheet, html: Path | None) -> None:
    drawn: Callable[[Sheet], str] = as_text if html is None else as_html
    with use_locale("tr"):
        paper = drawn(sheet)
    if html is None:
        click.echo(paper, nl=False)
        return
    write_private(html, paper)
    click.echo(_("%(file)s: print it, then delete it here.", file=html))
