"""``koza audit``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TextIO
from uuid import UUID

import click

from config.commands.common import ground_or_exit
from config.spoken import Refusal, SpokenGroup, option
from core.audit import AUDIT_HEAD, Kept
from core.audit import verify as faults
from core.i18n import gettext as _
from core.i18n import ngettext
from core.unit_of_work import unit_of_work


@click.group(cls=SpokenGroup)
def audit() -> None:
    """The record of who did and read what."""


@audit.command()
@option(
    "--heads",
    type=click.File(encoding="utf-8"),
    help="A log kept on another machine: it tells whether the newest entries were cut off.",
)
def verify(heads: TextIO | None) -> None:
    """Walk every chain of the audit; each gap or altered entry is named and the status is 1."""
    kept = _heads(heads) if heads is not None else None
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        count = 0
        for fault in faults(session, kept=kept):
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
        "replaced": _("replaced"),
        "cut off": _("cut off before this"),
    }
    return words[code]


def _heads(log: Iterable[str]) -> Kept:
    """The heads that stand in a log of the relay's, whatever a collector wrote before each line of it."""
    kept: dict[str, dict[int, UUID]] = {}
    for line in log:
        if AUDIT_HEAD not in line:
            continue
        try:
            told = json.loads(line[line.index("{") :])
            if told["event"] == AUDIT_HEAD:
                kept.setdefault(str(told["subject"]), {})[int(told["number"])] = UUID(told["code"])
        except (ValueError, KeyError, TypeError):
            raise Refusal(_("A line about the audit in this log cannot be read.")) from None
    return kept
