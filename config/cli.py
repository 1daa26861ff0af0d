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
from core.i18n import use_locale

#: Command -> (module, name in it, the line ``koza --help`` shows without importing it).
_COMMANDS = {
    "run": ("config.commands.run", "run", "Start everything here, keep it running, stop it with Ctrl-C."),
    "web": ("config.commands.processes", "web", "Webhooks, pages and API."),
    "live": ("config.commands.processes", "live", "The socket feed of the dashboard."),
    "relay": ("config.commands.processes", "relay", "Numbers and publishes what was committed."),
    "worker": ("config.commands.processes", "worker", "Sends, pages, sweeps what is due."),
    "migrate": ("config.commands.database", "migrate", "Bring the database and its catalogues up to this release."),
    "demo": ("config.commands.database", "demo", "Two centres, accounts and made-up history; never in production."),
    "doctor": ("config.commands.doctor", "doctor", "Look for what would keep Koza from working."),
    "centre": ("config.commands.centre", "centre", "Centres and where their callers go last."),
    "staff": ("config.commands.staff", "staff", "Accounts and API tokens."),
    "keys": ("config.commands.keys", "keys", "Keys of the sealed columns."),
    "audit": ("config.commands.audit", "audit", "The record of who did and read what."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, and that speaks the terminal's language."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Parse and run; the language holds for help and errors too, which click shows while it parses."""
        with use_locale(locale_of(os.environ)):
            return super().main(*args, **kwargs)

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
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_module, _name, summary) in _COMMANDS.items()])


@click.group(cls=LazyGroup)
def main() -> None:
    """Koza: the hotline and call centre of a violence prevention and monitoring centre."""


if __name__ == "__main__":
    main(prog_name="koza")
