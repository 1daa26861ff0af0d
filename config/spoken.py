"""Commands whose help is read in the terminal's language.

Docstrings and ``help=`` stay English sentences in the code, as message ids; they are translated when they are shown.
The catalogue finds them by walking the commands (``messages``).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import click

from core.i18n import gettext as _
from core.settings import SettingsError


class _Spoken:
    """Something with a help text."""

    said: str | None = None

    @property
    def help(self) -> str | None:
        """The text in the language of this moment."""
        return _(self.said) if self.said else None

    @help.setter  # noqa: A003 - click's name
    def help(self, text: str | None) -> None:
        self.said = inspect.cleandoc(text) if text else None


class SpokenOption(_Spoken, click.Option):
    """An option."""

    def get_help_extra(self, ctx: click.Context) -> Any:
        """What stands in brackets behind the text."""
        extra = super().get_help_extra(ctx)
        return {**extra, "required": _("required")} if "required" in extra else extra


class SpokenCommand(_Spoken, click.Command):
    """A command."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The line that says how it is written."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=_("Usage:") + " ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, each with its text."""
        shown = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx)) is not None]
        with formatter.section(_("Options")):
            formatter.write_dl(shown)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """--help itself."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this text.")
        return option


class SpokenGroup(SpokenCommand, click.Group):
    """A group; its commands speak too."""

    command_class = SpokenCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, each with the first sentence of its text."""
        found = [(name, command) for name in self.list_commands(ctx) if (command := self.get_command(ctx, name))]
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, command.get_short_help_str(limit=120)) for name, command in found])


class Refusal(click.ClickException):
    """A command cannot do what it was asked; the message is for the person who typed it."""

    def show(self, file: Any = None) -> None:
        """Say it, on standard error."""
        click.echo(_("Error: %(message)s", message=self.message), file=file, err=True)


def refused(error: SettingsError, way_out: str = "") -> Refusal:
    """What to say of an environment that cannot be used."""
    lines = [_("The environment cannot be used:"), *(f"  {problem}" for problem in error.problems), way_out]
    return Refusal("\n".join(filter(None, lines)))


command = functools.partial(click.command, cls=SpokenCommand)
option = functools.partial(click.option, cls=SpokenOption)


def messages(found: click.Command) -> Iterator[tuple[str, str]]:
    """Every help text below a command, with the module that holds it."""
    module = found.callback.__module__ if found.callback else __name__
    for spoken in (found, *found.params):
        if isinstance(spoken, _Spoken) and spoken.said:
            yield spoken.said, module
    if isinstance(found, click.Group):
        context = click.Context(found)
        for name in found.list_commands(context):
            below = found.get_command(context, name)
            if below is not None:
                yield from messages(below)
