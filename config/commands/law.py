"""``koza law``: what the law leaves to the institution to decide, and what it decided."""

from __future__ import annotations

from datetime import datetime

import click

from config.commands.common import ground_or_exit
from config.law import matters
from config.spoken import Refusal, SpokenGroup, option
from core.actor import system
from core.i18n import gettext as _
from core.unit_of_work import unit_of_work
from staff.queries import MATTERS, law_decisions
from staff.service import DecisionError, record_decision


@click.group(cls=SpokenGroup)
def law() -> None:
    """What the law leaves to the institution to decide, and what it decided."""


@law.command("list")
def list_() -> None:
    """Every matter, with the decision that holds."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        found = law_decisions(session)
    undecided = _("undecided")
    for matter, about in matters().items():
        held = found[matter]
        click.echo(f"{matter}: {about}")
        if held is None:
            click.echo(f"  {undecided}")
        else:
            click.echo(f"  {held.decision} ({held.decided_by}, {held.decided_on.isoformat()}, {held.reference})")


@law.command()
@click.argument("matter", type=click.Choice(MATTERS))
@option("--decision", required=True, help="What was decided, in a sentence.")
@option("--by", "decided_by", required=True, help="The office that decided.")
@option("--reference", required=True, help="Where the paper is found: date and number of the letter.")
@option("--on", "decided_on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day, such as 2026-11-20.")
def decide(*, matter: str, decision: str, decided_by: str, reference: str, decided_on: datetime) -> None:
    """Write down what the institution decided in a matter; the newest decision holds, older ones stay."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        try:
            record_decision(
                session,
                system("command line"),
                matter,
                decision=decision,
                decided_by=decided_by,
                reference=reference,
                decided_on=decided_on.date(),
            )
        except DecisionError as error:
            raise Refusal(_refusals()[error.reason]) from None
    click.echo(_("It was written down."))


def _refusals() -> dict[str, str]:
    return {
        "empty": _("Decision, office and reference must say something."),
        "future": _("A decision cannot be of a day that is yet to come."),
    }
