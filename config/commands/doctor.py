"""``koza doctor``: what would keep Koza from working, before a caller finds out."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from config.commands.common import settings_or_exit
from config.doctor import Finding, examine
from config.spoken import command, option
from core.i18n import gettext as _
from core.i18n import ngettext


@command()
@option(
    "--json", "as_json", is_flag=True, help="One JSON array instead of lines; `code` is the same in every language."
)
def doctor(*, as_json: bool) -> None:
    """Look at machine, keys, database, processes, carrier, duty, backups and law; status 1 if anything is wrong."""
    findings = examine(settings_or_exit())
    wrong = [finding for finding in findings if not finding.ok]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
        sys.exit(int(bool(wrong)))
    for finding in findings:
        click.echo(f"{_mark(finding)} {finding.what}: {finding.detail}")
        if finding.remedy and (finding.told or not finding.ok):
            click.echo(f"     → {finding.remedy}")
    if wrong:
        click.echo(ngettext("%(n)s thing is wrong.", "%(n)s things are wrong.", len(wrong)), err=True)
        sys.exit(1)


def _mark(finding: Finding) -> str:
    """Green, yellow for what production would not let pass, red."""
    if not finding.ok:
        return click.style(_("FAIL"), fg="red")
    word, colour = (_("note"), "yellow") if finding.told else (_("ok"), "green")
    return click.style(f"{word:<4}", fg=colour)
