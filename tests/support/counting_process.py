"""What a process of the house does that counts something: entered as the real ones are, and killed by its test."""

from __future__ import annotations

import signal
import sys

from config.commands import processes


def main() -> None:
    """Count one alarm and say so."""
    # Imported only now, as the modules of the processes are.
    from core.metrics import alarms

    alarms.add(kind="journal")
    print("counted", flush=True)
    signal.pause()


if __name__ == "__main__":
    processes._run(sys.argv[1])
