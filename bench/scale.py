"""python -m bench scale: what 81 centres and ten million contacts a year ask of the people who answer."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import growth
from bench.queueing import Demand, Outcome, simulate, staff_needed

HOURS_A_YEAR = 365 * 24
TIMES = (1, 5, 20)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "scale.md"
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
    """Print the tables; every figure that is assumed is an option."""
    parser = argparse.ArgumentParser(prog="python -m bench scale", description=__doc__)
    parser.add_argument("--contacts", type=float, default=10e6, help="contacts a year, taken as calls")
    parser.add_argument("--centres", type=int, default=81)
    parser.add_argument("--minutes", type=float, default=8.0, help="a conversation and its notes (assumed)")
    parser.add_argument("--patience", type=float, default=3.0, help="mean minutes before a caller gives up (assumed)")
    parser.add_argument("--share", type=float, default=0.9)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--calls", type=int, default=50_000, help="simulated calls for each figure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weigh", action="store_true", help="also weigh the rows of a demonstration: some seconds")
    parser.add_argument("--write", action="store_true", help=f"write both into {PAGE.relative_to(PAGE.parent.parent)}")
    chosen = parser.parse_args(told)
    tables = {"staff": staffing(chosen)}
    if chosen.weigh or chosen.write:
        tables["growth"] = growth.table(chosen.contacts)
    print("\n\n".join(tables.values()))
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8")
        for name, shown in tables.items():
            page = between(page, name, shown)
        PAGE.write_text(page, encoding="utf-8")
    return 0


def between(page: str, name: str, shown: str) -> str:
    """The page with ``shown`` between the marks of ``name``. Raises ValueError where they are missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(name)
    return f"{before}{begin}\n{shown}\n{end}{after}"


def staffing(chosen: argparse.Namespace) -> str:
    """How many people each load asks for, as Markdown."""
    whole = chosen.contacts / HOURS_A_YEAR
    lines = [HEAD, "| --- | ---: | ---: | ---: | ---: | ---: |"]
    loads = (("one centre", whole / chosen.centres), ("all as one", whole))
    lines += [
        row(name, Demand(an_hour, chosen.minutes, chosen.patience), times, chosen)
        for name, an_hour in loads
        for times in TIMES
    ]
    return "\n".join(lines)
