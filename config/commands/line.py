"""``koza line``: the numbers that the public dials, and whether their greeting says whose they are."""

from __future__ import annotations

from typing import Literal

import click

from config.commands.common import ground_or_exit
from config.spoken import Refusal, SpokenGroup, option
from core.actor import system
from core.i18n import gettext as _
from core.unit_of_work import unit_of_work
from staff.errors import NotFoundError
from staff.queries import centres, lines
from staff.service import set_greeting

_ACTOR = system("command line")


@click.group(cls=SpokenGroup)
def line() -> None:
    """The numbers that the public dials, and what their greeting says."""


@line.command("list")
def list_() -> None:
    """Every open line with its centre, and whether its greeting names the institution."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        slugs = {row.id: row.slug for row in centres(session)}
        for row in lines(session):
            click.echo(f"{row.number}  {slugs[row.centre_id]}  {row.name}  {_said(named=row.institution_name_spoken)}")


@line.command()
@option("--number", required=True, help="The line's number, such as +903120000001.")
@option("--says", type=click.Choice(["name", "no-name"]), required=True, help="Whether it names the institution.")
def greeting(*, number: str, says: Literal["name", "no-name"]) -> None:
    """Say whether a line's greeting names the institution.

    Whoever stands beside a caller, or presses redial on her telephone, hears it too.
    """
    named = says == "name"
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        try:
            set_greeting(session, _ACTOR, number, named=named)
        except NotFoundError:
            raise Refusal(_("%(number)s is no line: koza line list shows them.", number=number)) from None
    click.echo(f"{number}: {_said(named=named)}")


def _said(*, named: bool) -> str:
    return _("the greeting names the institution") if named else _("the greeting names no institution")
