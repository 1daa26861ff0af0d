"""``koza``: one command line for processes, administration and supervision.

Every command lives in a module of ``config.commands`` that is imported when it is called: the web process must not
pay, in memory and start time, for what the worker or the migrations need.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from config.language import locale_of
from config.spoken import Refusal, SpokenGroup
from core.i18n import gettext as _
from core.i18n import lazy_gettext, use_locale

#: Command -> (module, name in it, the line ``koza --help`` shows without importing it).
_COMMANDS = {
    "run": (
        "config.commands.run",
        "run",
        lazy_gettext("Start engines, migrations and every process, and keep them running until Ctrl-C."),
    ),
    "web": ("config.commands.processes", "web", lazy_gettext("Webhooks, pages and API.")),
    "live": ("config.commands.processes", "live", lazy_gettext("The socket feed of the dashboard.")),
    "relay": (
        "config.commands.processes",
        "relay",
        lazy_gettext("Number and publish what was committed, chain the audit."),
    ),
    "worker": ("config.commands.processes", "worker", lazy_gettext("Send, page, and sweep what is due.")),
    "migrate": (
        "config.commands.database",
        "migrate",
        lazy_gettext("Bring the database and its catalogues up to this release; may be repeated."),
    ),
    "demo": (
        "config.commands.database",
        "demo",
        lazy_gettext("Two centres, accounts and made-up history; never in production."),
    ),
    "setup": (
        "config.commands.set_up",
        "setup",
        lazy_gettext("Print a one-time code by which an empty house is set up in the browser."),
    ),
    "doctor": ("config.commands.doctor", "doctor", lazy_gettext("Look for what would keep Koza from working.")),
    "carrier": (
        "config.commands.carrier",
        "carrier",
        lazy_gettext("Our numbers at the carrier, and the document that answers when no machine of ours does."),
    ),
    "centre": ("config.commands.centre", "centre", lazy_gettext("Centres and where their callers go last.")),
    "line": (
        "config.commands.line",
        "line",
        lazy_gettext("The numbers that the public dials, and what their greeting says."),
    ),
    "staff": ("config.commands.staff", "staff", lazy_gettext("Accounts and API tokens.")),
    "keys": ("config.commands.keys", "keys", lazy_gettext("Keys of the sealed columns.")),
    "law": (
        "config.commands.law",
        "law",
        lazy_gettext("What the law leaves to the institution to decide, and what it decided."),
    ),
    "roster": (
        "config.commands.roster",
        "roster",
        lazy_gettext("Who is on duty, on paper: for the day when everything is down."),
    ),
    "backup": (
        "config.commands.backup",
        "backup",
        lazy_gettext("Take a whole copy now; keep copies and the log; make a key."),
    ),
    "restore": ("config.commands.backup", "restore", lazy_gettext("Bring a backup back and look whether it holds.")),
    "audit": ("config.commands.audit", "audit", lazy_gettext("The record of who did and read what.")),
}


_PROCESSES = frozenset({"run", "web", "live", "relay", "worker"})


def _is_no_connection(cause: object) -> bool:
    """Whether this is the driver's word for a server that was never reached: whatever one says carries a code."""
    # By its name: what a process does not need is not loaded for its command line.
    return type(cause).__module__.startswith("psycopg") and getattr(cause, "sqlstate", "") is None


class LazyGroup(SpokenGroup):
    """A group whose commands are imported when they are called, and that speaks the terminal's language."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Parse and run; the language holds for help and errors too, which click shows while it parses."""
        with use_locale(locale_of(os.environ)):
            return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; that the database is away is said in words, for whoever tries an address the first time.

        A process of the house writes its fault to its log as it is.
        """
        try:
            return super().invoke(ctx)
        except Exception as error:
            cause = getattr(error, "orig", None)
            if ctx.invoked_subcommand in _PROCESSES or not _is_no_connection(cause):
                raise
            raise Refusal(f"{_('The database does not answer.')} {str(cause).strip().splitlines()[0]}") from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return [*_COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name, _summary = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands from the table, so that help imports none of them."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, str(summary)) for name, (_module, _name, summary) in _COMMANDS.items()])


@click.group(cls=LazyGroup)
def main() -> None:
    """Koza: the hotline and call centre of a violence prevention and monitoring centre."""


if __name__ == "__main__":
    main(prog_name="koza")
