"""``make faults``: the long form, with its table; status 1 when a promise did not hold.

python -m tests.faults [--events N] [--kills N] [--seed N] [--keep] [--publish]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.faults.house import House
from tests.faults.night import Plan, run
from tests.faults.table import publish, table


def main() -> int:
    """Run, print, and clear away what is not to be kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--events", type=int, default=Plan.events, help="calls and texts")
    parser.add_argument("--kills", type=int, default=Plan.kills, help="of each process")
    parser.add_argument("--stops", default="3,10,3,10", help="seconds for which the database is stopped")
    parser.add_argument("--holds", type=int, default=Plan.holds, help="how often each process is stopped for good")
    parser.add_argument("--calm", action="store_true", help="the carrier makes no mistakes")
    parser.add_argument("--seed", type=int, default=Plan.seed, help="another order of events and blows")
    parser.add_argument("--keep", action="store_true", help="leave the folder of the run")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/faults.md")
    given = parser.parse_args()
    stops = tuple(float(part) for part in given.stops.split(",") if part)
    plan = Plan(given.events, kills=given.kills, stops=stops, holds=given.holds, seed=given.seed)
    if given.calm:
        plan = replace(plan, carrier={})
    folder = Path(tempfile.mkdtemp(prefix="koza-faults-"))
    # As root the database runs under another account, which must be able to pass through.
    folder.chmod(0o711)
    print(f"the house runs in {folder}; its log is {folder / 'house.log'}", flush=True)
    failed = True
    try:
        outcome = run(House(folder), plan, lambda line: print(line, flush=True))
        print(table(outcome), flush=True)
        failures = outcome.failures()
        for caller in outcome.dropped:
            print(f"dropped: {caller}", flush=True)
        for failure in failures:
            print(f"FAILED: {failure}", flush=True)
        failed = bool(failures)
        if given.publish:
            publish(outcome)
    finally:
        if given.keep or failed:
            print(f"kept: {folder}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
