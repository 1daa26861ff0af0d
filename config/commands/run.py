"""``koza run``."""

from __future__ import annotations

import os
import sys

from config import supervisor
from config.spoken import command


@command()
def run() -> None:
    """Start engines, migrations and every process, and keep them running until Ctrl-C."""
    sys.exit(supervisor.run(os.environ))
