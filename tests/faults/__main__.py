"""``make faults``: the long form, with its table; status 1 when a promise did not hold.

python -m tests.faults [--events N] [--kills N] [--seed N] [--keep] [--publish]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.faults import weather
from tests.faults.house import House
from tests.faults.night import Plan, run
from tests.faults.table import publish, table
from tests.faults.weathers import WEATHERS


def main() -> int:
    """Run, print, and clear away what is not to be kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--events", type=int, default=Plan.events, help="calls and texts")
    parser.add_argument("--kills", type=int, default=Plan.kills, help="of each process")
    parser.add_argument("--stops", default="3,10,3,10", help="seconds for which the database is stopped")
    parser.add_argument("--holds", type=int, default=Plan.holds, help="how often each process is stopped for good")
    parser.add_argument("--calm", action="store_true", help="the carrier makes no mistakes")
    parser.add_argument("--seed", type=int, default=Plan.seed, help="another order of events and blows")
    parser.add_argument("--only", choices=("blows", "weather"), help="one part alone")
    parser.add_argument("--named", default="", help="of the weather, what has this in its name")
    parser.add_argument("--keep", action="store_true", help="leave the folder of the run")
    parser.add_argument("--publish", action="store_true", help="write the tables into docs/faults.md")
    given = parser.parse_args()
    parts = [given.only] if given.only else ["blows", "weather"]
    return max(_in_a_folder(_blows if part == "blows" else _weather, given) for part in parts)


def _in_a_folder(part: Callable[[Path, argparse.Namespace], list[str]], given: argparse.Namespace) -> int:
    """Run one part in a house of its own; its folder stays when something failed. Returns the exit status."""
    folder = Path(tempfile.mkdtemp(prefix="koza-faults-"))
    # As root the database runs under another account, which must be able to pass through.
    folder.chmod(0o711)
    print(f"the house runs in {folder}; its logs are house.log below it", flush=True)
    failures = ["it did not end"]
    try:
        failures = part(folder, given)
        for failure in failures:
            print(f"FAILED: {failure}", flush=True)
    finally:
        if given.keep or failures:
            print(f"kept: {folder}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return int(bool(failures))


def _blows(folder: Path, given: argparse.Namespace) -> list[str]:
    stops = tuple(float(part) for part in given.stops.split(",") if part)
    plan = Plan(given.events, kills=given.kills, stops=stops, holds=given.holds, seed=given.seed)
    if given.calm:
        plan = replace(plan, carrier={})
    outcome = run(House(folder), plan, lambda line: print(line, flush=True))
    print(table(outcome), flush=True)
    for caller in outcome.dropped:
        print(f"dropped: {caller}", flush=True)
    if given.publish:
        publish("measured", table(outcome))
    return outcome.failures() + outcome.delays()


def _weather(folder: Path, given: argparse.Namespace) -> list[str]:
    print(weather.HEAD, flush=True)
    chosen = tuple(one for one in WEATHERS if given.named in one.name)
    met = weather.run(folder, chosen, lambda line: print(line, flush=True), given.seed)
    if given.publish:
        publish("weather", "\n".join([weather.HEAD, *map(weather.row, met)]))
    return [failure for one in met for failure in (*one.failures, *one.delays)]


if __name__ == "__main__":
    sys.exit(main())
