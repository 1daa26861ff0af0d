"""python -m bench [--quick] [--write]: measure everything, print the tables, perhaps write docs/speed.md.

`python -m bench scale` only simulates the queue past one machine. `python -m bench backup` loses machines
and brings them back. `python -m bench deadlines` runs a million measure-years through the law's clock.
`python -m bench cases` asks the register's questions of a million made-up cases.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import backup, cases, cold, deadlines, scale
from bench.child import Child
from bench.house import House, Process, free_port
from bench.machine import Machine
from bench.measures import Memory
from bench.report import Findings, document, terminal
from bench.rivals import RIVALS, environment
from bench.watching import Watching
from bench.webhooks import BARE, HOUSE, Served, Webhooks

PAGE = Path(__file__).resolve().parent.parent / "docs" / "speed.md"


@dataclass(frozen=True)
class Plan:
    """How long to look."""

    starts: int
    crowds: int
    events: int
    back: float
    rounds: int
    seconds: float
    steady: float
    profiled: int


FULL = Plan(starts=3, crowds=2, events=25, back=8.0, rounds=3, seconds=2.5, steady=4.0, profiled=160)
QUICK = Plan(starts=1, crowds=1, events=8, back=5.0, rounds=1, seconds=1.0, steady=2.0, profiled=60)


def measure(plan: Plan) -> Findings:
    """Everything, in one house that is made for it and taken down again."""
    begun = time.perf_counter()
    machine = Machine.now()
    with House() as house:
        _say("start of the web process")
        starts = cold.web_start(house, plan.starts)
        _say("start of the whole house, the second time")
        again = cold.run_again(house, plan.starts)
        web, live, relay, worker = house.web(), house.koza("live"), house.koza("relay"), house.koza("worker")
        web.wait_for(house.port)
        live.wait_for(house.live_port)
        house.wait_for_beats("relay", "worker")
        watching = Watching(house, live)
        _say("from the webhook to the screens")
        empty = cold.held({"live": live.pid})
        for _ in range(plan.crowds):
            watching.round(plan.events)
        _say("every dashboard comes back at once")
        back = watching.come_back(plan.back)
        held = cold.held({"web": web.pid, "relay": relay.pid, "worker": worker.pid, "PostgreSQL": house.postgres_pid})
        if house.redis and house.redis.pid:
            held |= cold.held({"Redis": house.redis.pid})
        house.stop(live, relay, worker)
        served, missing, others = _served(house, web)
        webhooks = Webhooks(house, served, seconds=plan.seconds)
        _say("webhooks at full load")
        webhooks.warm_up(min(plan.seconds, 1.5))
        for _ in range(plan.rounds):
            webhooks.round()
        _say("webhooks at a steady rate")
        for _ in range(max(plan.rounds - 1, 1)):
            webhooks.steady(plan.steady)
        _say("the first TwiML for one, some and many at once")
        for _ in range(plan.rounds):
            webhooks.first_twiml(plan.seconds)
        house.stop(web, *others)
        _say("where a webhook's time goes")
        profile = _profile(house, plan)
        versions = house.versions()
    return Findings(
        machine=machine,
        versions=versions,
        starts=starts,
        again=again,
        memory=_in_order(empty | held),
        crowds=list(watching.crowds.values()),
        back=back,
        cases=webhooks.cases,
        first=webhooks.first,
        missing=missing,
        profile=profile,
        seconds=time.perf_counter() - begun,
        load_after=Machine.now().load,
    )


def _served(house: House, web: Process) -> tuple[dict[str, Served], dict[str, str], list[Process]]:
    """Who answers webhooks in this run, why a rival does not, and the processes that were started for it."""
    bare = house.bare()
    bare.wait_for(house.bare_port)
    started, missing = [bare], {}
    served = {HOUSE: Served("Koza", house.port, web.pid), BARE: Served("bare", house.bare_port, bare.pid)}
    account = house.account
    for rival in RIVALS:
        _say(f"{rival.title}: installing what it needs")
        reason = rival.ready()
        if reason:
            missing[rival.title] = reason
            continue
        port = free_port()
        told = environment(house.postgres.url(), account.public_url, account.account_sid, account.token, port)
        process = house.other(rival.name, rival.command(rival.folder, port), told, rival.folder)
        process.wait_for(port)
        started.append(process)
        served[rival.name] = Served(rival.title, port, process.pid)
    return served, missing, started


def _profile(house: House, plan: Plan) -> dict[str, Any]:
    told = {"account": house.account.as_json(), "requests": plan.profiled, "seed": 40_000}
    with Child("bench.stages", told, house.environment(production=True)) as child:
        found: dict[str, Any] = child.go()
    return found


def _in_order(held: dict[str, Memory]) -> dict[str, Memory]:
    return {name: held[name] for name in ("web", "live", "relay", "worker", "PostgreSQL", "Redis") if name in held}


def _say(doing: str) -> None:
    print(f"… {doing}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure and show; the status is 1 when a request failed or was not kept, whatever the figures are."""
    if sys.argv[1:2] == ["scale"]:
        return scale.main(sys.argv[2:])
    if sys.argv[1:2] == ["backup"]:
        return backup.main(sys.argv[2:])
    if sys.argv[1:2] == ["cases"]:
        return cases.main(sys.argv[2:])
    if sys.argv[1:2] == ["deadlines"]:
        return deadlines.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="look shortly: enough to see that everything runs")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(PAGE.parent.parent)}")
    chosen = parser.parse_args()
    found = measure(QUICK if chosen.quick else FULL)
    print(terminal(found))
    if chosen.write:
        PAGE.write_text(document(found), encoding="utf-8")
    return int(found.failed)


if __name__ == "__main__":
    sys.exit(main())
