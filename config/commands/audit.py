"""``koza audit``."""

from __future__ import annotations

import sys

import click

from config.commands.common import ground_or_exit
from core.audit import verify as faults
from core.unit_of_work import unit_of_work


@click.group()
def audit() -> None:
    """The record of who did and read what."""


@audit.command()
def verify() -> None:
    """Walk every chain of the audit; each gap or altered entry is named and the status is 1."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        count = 0
        for fault in faults(session):
            count += 1
            click.echo(f"{fault.chain or '-'} {fault.number}: {fault.reason}")
    if count:
        click.echo(f"{count} faults: the record was changed outside Koza or is incomplete.", err=True)
        sys.exit(1)
    click.echo("Every chain of the audit holds.")
