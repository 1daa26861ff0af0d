"""``koza audit``."""

from __future__ import annotations

import sys

import click

from config.commands.common import ground_or_exit
from config.spoken import SpokenGroup
from core.audit import verify as faults
from core.i18n import gettext as _
from core.i18n import ngettext
from core.unit_of_work import unit_of_work


@click.group(cls=SpokenGroup)
def audit() -> None:
    """The record of who did and read what."""


@audit.command()
def verify() -> None:
    """Walk every chain of the audit; each gap or altered entry is named and the status is 1."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        count = 0
        for fault in faults(session):
            count += 1
            click.echo(f"{fault.chain or '-'} {fault.entry_id or fault.number}: {_reason(fault.reason)}")
    if count:
        said = ngettext(
            "%(n)s fault: the record was changed outside Koza or is incomplete.",
            "%(n)s faults: the record was changed outside Koza or is incomplete.",
            count,
        )
        click.echo(said, err=True)
        sys.exit(1)
    click.echo(_("Every chain of the audit holds."))


def _reason(code: str) -> str:
    words = {
        "missing": _("missing"),
        "entry missing": _("entry missing"),
        "altered": _("altered"),
        "in no chain": _("in no chain"),
    }
    return words[code]
