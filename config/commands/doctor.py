"""``koza doctor``: what would keep Koza from working, before a caller finds out."""

from __future__ import annotations

import sys

import click

from config.commands.common import settings_or_exit
from config.doctor import examine
from config.spoken import command
from core.i18n import gettext as _


@command()
def doctor() -> None:
    """Look at this machine, the settings, the database, Redis and the key file; status 1 if anything is wrong."""
    findings = examine(settings_or_exit())
    for finding in findings:
        mark = click.style(f"{_('ok'):<4}", fg="green") if finding.ok else click.style(_("FAIL"), fg="red")
        click.echo(f"{mark} {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)
