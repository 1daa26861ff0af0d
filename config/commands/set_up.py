"""``koza setup``: the one-time code by which an empty house is furnished in the browser."""

from __future__ import annotations

import click

from config.commands.common import ground_or_exit
from config.spoken import Refusal, command, option
from core.actor import system
from core.i18n import format_time
from core.i18n import gettext as _
from core.unit_of_work import run
from staff.set_up import SetUpOverError, issue_code

_ACTOR = system("command line")


@command()
@option("--if-open", is_flag=True, help="Print nothing where set-up has ended or is not needed.")
def setup(*, if_open: bool) -> None:
    """Print the address of set-up and a one-time code for it. The last line printed is the code; it is not kept."""
    with ground_or_exit() as ground:
        if ground.settings.env == "demo":
            if if_open:
                return
            raise Refusal(_("A demonstration is furnished already."))
        try:
            code = run(ground, lambda session: issue_code(session, _ACTOR))
        except SetUpOverError:
            if if_open:
                return
            raise Refusal(_("Set-up has ended, or this house was furnished by the command line.")) from None
        address = f"{ground.settings.dashboard_url}/set-up"
    click.echo(_("Set-up: %(address)s, until %(time)s with this code:", address=address, time=format_time(code.until)))
    click.echo(code.text)
