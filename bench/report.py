"""The figures as tables: for the terminal, and as the page docs/speed.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.machine import Machine, libraries
from bench.measures import Memory, median
from bench.watching import Crowd
from bench.webhooks import CONNECTIONS, STEADY_CASES, STEADY_RATE, Case
from config.serving import THREADS, WORKERS

_KINDS = {"voice": "voice arrival", "status": "voice status", "sms": "text arrival"}


@dataclass(frozen=True)
class Findings:
    """Everything that one run found."""

    machine: Machine
    versions: str
    starts: list[float]
    memory: dict[str, Memory]
    crowds: list[Crowd]
    cases: list[Case]
    profile: dict[str, Any]
    seconds: float
    load_after: float

    @property
    def failed(self) -> bool:
        """Whether a request was refused or left no row, or a screen never showed a text."""
        return any(case.errors or case.unkept for case in self.cases) or any(crowd.missed for crowd in self.crowds)


@dataclass(frozen=True)
class Table:
    """A heading, column names, rows of text; the first column is words, the others are figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def plain(self) -> str:
        """For a terminal."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [_aligned(row, widths) for row in (self.columns, *self.rows)]
        return "\n".join([self.title, lines[0], "─" * len(lines[0]), *lines[1:]])

    def markdown(self) -> str:
        """For the page."""
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        return "\n".join(f"| {' | '.join(row)} |" for row in (self.columns, rule, *self.rows))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (text.rjust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join([first.strip().ljust(widths[0]), *others])


def webhooks(found: Findings) -> Table:
    """The cases at full load."""
    columns = ["case", "requests/s", "web µs", "database µs", "together µs", "p50 ms", "p99 ms"]
    return Table("Webhooks at full load (medians; µs of processor time per request)", columns, [
        case.row() for case in found.cases
    ])  # fmt: skip


def ratios(found: Findings) -> Table:
    """The three webhooks against the bare view and the floor."""
    by_name = {case.name: case for case in found.cases}
    bare, floor = by_name["bare"], by_name["floor"]
    rows = []
    for name, title in _KINDS.items():
        case = by_name[name]
        shown = [
            _of_rounds(case.rates, bare.rates),
            case.cpu_us / bare.cpu_us,
            _of_rounds(case.rates, floor.rates),
            median(case.database_us) / median(floor.database_us),
        ]
        rows.append([title, *(f"{value:.2f}" for value in shown)])
    columns = ["case", "requests/s ÷ bare", "processor ÷ bare", "requests/s ÷ floor", "database ÷ floor's database"]
    return Table("Ratios", columns, rows)


def _of_rounds(mine: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round: a machine that slows down slows both."""
    return median([one / other for one, other in zip(mine, theirs, strict=False)])


def steady(found: Findings) -> Table:
    """Time of an answer at the steady rate."""
    by_name = {case.name: case for case in found.cases}
    title = f"Time of an answer at {STEADY_RATE} requests per second, from when each was due (ms)"
    return Table(title, ["case", "p50", "p95", "p99"], [by_name[name].steady_row() for name in STEADY_CASES])


def screens(found: Findings) -> Table:
    """From the webhook to the screens."""
    columns = ["dashboards", "p50 ms", "p99 ms", "last of all ms", "answer ms", "live: processor ms", "missed"]
    return Table("From a text's webhook to the dashboards", columns, [crowd.row() for crowd in found.crowds])


def start(found: Findings) -> Table:
    """Cold start and memory."""
    rows = [
        [name, str(held.processes), f"{held.uss:.0f}", f"{held.pss:.0f}"] for name, held in found.memory.items()
    ]  # fmt: skip
    crowd = found.crowds[-1]
    if crowd.live is not None:
        rows.append([f"live, {crowd.screens} dashboards", "", f"{crowd.live.uss:.0f}", f"{crowd.live.pss:.0f}"])
    return Table("Memory (MB)", ["processes", "number", "own (USS)", "with its part of what is shared (PSS)"], rows)


def started(found: Findings) -> str:
    """One line on the start."""
    return (
        f"`koza web` from its start to its first answer on /healthz: {median(found.starts):.2f} s "
        f"(median of {len(found.starts)}; {min(found.starts):.2f} to {max(found.starts):.2f})."
    )


def stages(found: Findings) -> Table:
    """Where the time of one request goes."""
    names = list(next(iter(found.profile.values()))["stages"])
    rows = [[name, *(f"{found.profile[kind]['stages'][name]:,.0f}" for kind in _KINDS)] for name in names]
    counts = ["round trips (number)", *(str(len(found.profile[kind]["statements"])) for kind in _KINDS)]
    title = "Where one webhook's time goes, one at a time (µs, medians of each stage)"
    return Table(title, ["stage", *_KINDS.values()], [*rows, counts])


def shares(found: Findings) -> Table:
    """In whose code the processor is."""
    names: dict[str, float] = {}
    for kind in _KINDS:
        for name, share in found.profile[kind]["shares"].items():
            names[name] = max(names.get(name, 0.0), share)
    rows = [
        [name, *(f"{found.profile[kind]['shares'].get(name, 0.0):.0%}" for kind in _KINDS)]
        for name, most in sorted(names.items(), key=lambda item: -item[1])
        if most >= 0.01
    ]
    return Table("Whose code the web's processor is in", ["code", *_KINDS.values()], rows)


def statements(found: Findings, kind: str) -> Table:
    """The statements of one webhook in their order."""
    rows = [[label, f"{spent:,.0f}"] for label, spent in found.profile[kind]["statements"]]
    return Table(f"Statements of a {_KINDS[kind]} (µs, round trip)", ["statement", "µs"], rows)


def kept(found: Findings) -> str:
    """One line on whether everything was answered and kept."""
    answered = sum(case.answered for case in found.cases)
    errors, unkept = (sum(getattr(case, name) for case in found.cases) for name in ("errors", "unkept"))
    missed = sum(crowd.missed for crowd in found.crowds)
    return (
        f"{answered:,} requests at full load: {errors} without a good answer, {unkept} that left no row "
        f"(answered from the journal, or doubled); {missed} changes that a dashboard missed."
    )


def terminal(found: Findings) -> str:
    """All tables for the terminal."""
    last = (
        f"{found.machine.line()}; load before {found.machine.load:.1f}, after {found.load_after:.1f}; "
        f"{found.seconds:.0f} s.\n{kept(found)}"
    )
    parts = [
        *(table(found).plain() for table in (webhooks, ratios, steady, screens)),
        f"Start\n{started(found)}",
        *(table(found).plain() for table in (start, stages, shares)),
        *(statements(found, kind).plain() for kind in _KINDS),
        last,
    ]
    return "\n\n".join(parts)


def document(found: Findings) -> str:
    """The page."""
    parts = [
        _HEAD.format(
            machine=found.machine.line(),
            before=found.machine.load,
            after=found.load_after,
            versions=found.versions,
            libraries=libraries(),
        ),
        _HOW.format(connections=CONNECTIONS, workers=WORKERS, threads=THREADS),
        *_section("Webhooks", webhooks(found), ratios(found), steady(found)),
        kept(found),
        *_section("From the webhook to the screens", screens(found)),
        _SCREENS,
        *_section("Start and memory", start(found)),
        started(found),
        *_section("Where a webhook's time goes", stages(found), shares(found)),
        *(_titled(statements(found, kind)) for kind in _KINDS),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _section(title: str, *tables: Table) -> list[str]:
    return [f"## {title}", *(_titled(table) for table in tables)]


def _titled(table: Table) -> str:
    return f"{table.title}:\n\n{table.markdown()}"


_HEAD = """
# Speed: what was measured, and how

Written by `make bench ARGS=--write` (`python -m bench --write`). Do not edit it: run it again.

The machine: {machine}, shared with other work (load average {before:.1f} before, {after:.1f} after, the measurement
itself included). {versions}. {libraries}.

**Use the ratios, not the absolute figures.** Load, web and database run on the same cores. Cases are interleaved
(A B C … A B C …) and medians are shown, so that a slow minute slows all of them.
"""

_HOW = """
How the webhooks are measured:

- The load is a process of its own: {connections} connections that stay open, each sending its next request when the
  last is answered. Every request is an event of its own, signed beforehand, with about twenty form fields.
- *Voice arrival*, *voice status* and *text arrival* are the whole house: its web process as in production ({workers}
  workers of {threads} threads), signature, shapes, encryption, contact, call or message, facts and the reactions of the
  rooms above, outbox, one committed transaction. Relay, live and worker rest meanwhile. A status finds a call that
  rang.
- The *bare view* is Flask behind the same server with the same verifier and one committed insert, nothing else.
- The *commit floor* is one statement that writes a contact, a message and an event, sent by psycopg from {connections}
  threads of one process; "web" is that process. It is the price of the database alone.
- Processor time is that of the process trees, divided by the requests answered.
"""

_SCREENS = """
The time runs from the moment the webhook of a new person's text is sent until a dashboard has read the first change
that names her contact: web, commit, relay, Redis, live, socket. Web, live, relay and worker run; every dashboard is a
signed-in socket of its own; one process reads them all, and its own time is in the figures. "Last of all" is the median
of the slowest dashboard of each text, "answer" the time of the webhook's own answer meanwhile, "live: processor" what
the sockets' process spent per text.
"""
