"""``koza run``."""

from __future__ import annotations

import os
import sys

import click

from config import supervisor


@click.command()
def run() -> None:
    """Start engines, migrations and every process, and keep them running until Ctrl-C."""
    sys.exit(supervisor.run(os.environ))
