"""``koza centre``: the centres of an installation, and where their callers go last."""

from __future__ import annotations

from typing import Literal

import click
from sqlalchemy.orm import Session

from config.commands.common import centre_or_exit, ground_or_exit
from config.lines import make_lines
from config.spoken import Refusal, SpokenGroup, option
from core.actor import system
from core.i18n import gettext as _
from core.i18n import ngettext
from core.unit_of_work import unit_of_work
from staff.queries import centre_by_slug, provinces
from staff.service import create_centre, set_fallback

_ACTOR = system("command line")


@click.group(cls=SpokenGroup)
def centre() -> None:
    """Centres and where their callers go last."""


@centre.command()
@option("--slug", required=True, help="Short name in small ASCII letters, such as ankara.")
@option("--name", required=True, help="What staff see.")
@option("--province", required=True, help="The province's two-digit code, such as 06.")
@option("--kind", type=click.Choice(["local", "national"]), default="local", show_default=True)
@option("--fallback", help="Number to which callers of its lines go whom nobody answered in time, +90…")
def add(*, slug: str, name: str, province: str, kind: Literal["local", "national"], fallback: str | None) -> None:
    """Make a centre, and the lines of HOTLINE_NUMBERS that waited for it."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        _refuse_unknown(session, slug, province)
        try:
            made = create_centre(session, _ACTOR, slug=slug, name=name, kind=kind, province_code=province)
            lines = make_lines(session, _ACTOR, ground.settings, fallback_number=fallback)
        except ValueError as error:
            raise Refusal(str(error)) from None
        if fallback is not None and all(line.centre_id != made for line in lines.made):
            raise Refusal(_("--fallback belongs to lines, and no number of HOTLINE_NUMBERS is %(slug)s's.", slug=slug))
    click.echo(_("%(slug)s was made.", slug=slug))
    for sentence in lines.sentences():
        click.echo(sentence)


@centre.command()
@option("--slug", required=True, help="The centre's short name.")
@option("--number", required=True, help="Such as +903120000100.")
def fallback(*, slug: str, number: str) -> None:
    """Say where callers of a centre's lines go whom nobody answered in time."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        try:
            count = set_fallback(session, _ACTOR, centre_or_exit(session, slug), number)
        except ValueError as error:
            raise Refusal(str(error)) from None
    click.echo(
        ngettext("%(n)s line falls back to %(number)s.", "%(n)s lines fall back to %(number)s.", count, number=number)
    )


def _refuse_unknown(session: Session, slug: str, province: str) -> None:
    if centre_by_slug(session, slug) is not None:
        raise Refusal(_("There is a centre %(slug)s already.", slug=slug))
    if all(row.code != province for row in provinces(session)):
        raise Refusal(_("A province is its two-digit code, such as 06 for Ankara."))
