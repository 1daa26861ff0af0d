"""python -m bench scale: what 81 centres and ten million contacts a year ask of the people who answer."""

from __future__ import annotations

import argparse

from bench.queueing import Demand, Outcome, simulate, staff_needed

HOURS_A_YEAR = 365 * 24
TIMES = (1, 5, 20)
HEAD = "| peak | calls/h | staff for the goal | in time | gave up | gave up with the staff of ×1 |"


def row(name: str, usual: Demand, times: int, chosen: argparse.Namespace) -> str:
    """One load: with the staff it needs, and with the staff of an ordinary hour."""
    peak = Demand(usual.an_hour * times, usual.minutes, usual.patience)
    goal = {"share": chosen.share, "seconds": chosen.seconds}
    enough, ordinary = staff_needed(peak, **goal), staff_needed(usual, **goal)
    good, short = _run(peak, enough, chosen), _run(peak, ordinary, chosen)
    cells = (f"{name} ×{times}", f"{peak.an_hour:,.0f}", f"{enough:,}", f"{good.share(good.in_time):.0%}",
             f"{good.share(good.gave_up):.1%}", f"{short.share(short.gave_up):.0%}")  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _run(demand: Demand, staff: int, chosen: argparse.Namespace) -> Outcome:
    return simulate(demand, staff, calls=chosen.calls, seconds=chosen.seconds, seed=chosen.seed)


def main(told: list[str]) -> int:
    """Print the table; every figure that is assumed is an option."""
    parser = argparse.ArgumentParser(prog="python -m bench scale", description=__doc__)
    parser.add_argument("--contacts", type=float, default=10e6, help="contacts a year, taken as calls")
    parser.add_argument("--centres", type=int, default=81)
    parser.add_argument("--minutes", type=float, default=8.0, help="a conversation and its notes (assumed)")
    parser.add_argument("--patience", type=float, default=3.0, help="mean minutes before a caller gives up (assumed)")
    parser.add_argument("--share", type=float, default=0.9)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--calls", type=int, default=50_000, help="simulated calls for each figure")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(told)
    whole = chosen.contacts / HOURS_A_YEAR
    print(f"{HEAD}\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, an_hour in (("one centre", whole / chosen.centres), ("all as one", whole)):
        for times in TIMES:
            print(row(name, Demand(an_hour, chosen.minutes, chosen.patience), times, chosen))
    return 0
