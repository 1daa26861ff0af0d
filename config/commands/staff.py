"""``koza staff``: the first accounts, and tokens of the read API."""

from __future__ import annotations

import sys

import click

from config.commands.common import centre_or_exit, ground_or_exit
from config.spoken import Refusal, SpokenGroup, option
from core.actor import system
from core.i18n import gettext as _
from core.unit_of_work import unit_of_work
from dashboard.wording import password_error
from staff.errors import StaffError, WeakPasswordError
from staff.service import create_account, issue_token

_ACTOR = system("command line")


@click.group(cls=SpokenGroup)
def staff() -> None:
    """Accounts and API tokens."""


@staff.command()
@option("--name", required=True, help="Sign-in name, such as operator3@ankara.")
@option("--display-name", required=True, help="What colleagues see.")
@option("--role", "roles", multiple=True, required=True, help="May be repeated.")
@option("--centre", help="The centre's short name; none for an administrator of all.")
@option("--language", "languages", multiple=True, default=("tr",), show_default=True, help="May be repeated.")
@option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def add(
    *,
    name: str,
    display_name: str,
    roles: tuple[str, ...],
    centre: str | None,
    languages: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Make an account; its TOTP secret is shown once, now."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt(_("Password"), hide_input=True, confirmation_prompt=True)
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        try:
            made = create_account(
                session,
                _ACTOR,
                name=name,
                display_name=display_name,
                password=password,
                roles=roles,
                centre_id=centre_or_exit(session, centre) if centre else None,
                languages=languages,
            )
        except WeakPasswordError as error:
            raise Refusal(password_error(error.reason)) from None
        except (StaffError, ValueError) as error:
            raise Refusal(str(error)) from None
    click.echo(f"{_('TOTP secret')}: {made.totp_seed}")
    click.echo(made.totp_uri)


@staff.command()
@option("--centre", required=True, help="The centre's short name.")
@option("--scope", "scopes", multiple=True, required=True, help="What the token may read; may be repeated.")
def token(centre: str, scopes: tuple[str, ...]) -> None:
    """Make a token for the read API. The last line printed is the token; it is not kept."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        try:
            made = issue_token(session, _ACTOR, centre_or_exit(session, centre), scopes)
        except (StaffError, ValueError) as error:
            raise Refusal(str(error)) from None
    click.echo(made)
