"""The figures as tables: for the terminal, and as the page docs/speed.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.cold import Start
from bench.machine import Machine, libraries
from bench.measures import Memory, median, quantile
from bench.watching import RETURN_RATE, Crowd, Return
from bench.webhooks import BARE, CONNECTIONS, FLOOR, HOUSE, KINDS, STEADY_RATE, Case, FirstTwiml
from config.serving import THREADS, WORKERS


@dataclass(frozen=True)
class Findings:
    """Everything that one run found."""

    machine: Machine
    versions: str
    starts: list[float]
    again: list[Start]
    memory: dict[str, Memory]
    crowds: list[Crowd]
    back: Return
    cases: list[Case]
    first: list[FirstTwiml]
    #: Rivals that could not be measured, and why.
    missing: dict[str, str]
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
    """The three webhooks against the bare view and the floor, and what the database alone would allow."""
    bare, floor = _case(found, BARE, "sms"), _case(found, FLOOR, "sms")
    rows = []
    for case in (one for one in found.cases if one.by not in {BARE, FLOOR}):
        shown = [
            _of_rounds(case.rates, bare.rates),
            found.machine.cores * 1e6 / median(case.database_us) / median(bare.rates),
            case.cpu_us / bare.cpu_us,
            _of_rounds(case.rates, floor.rates),
            median(case.database_us) / median(floor.database_us),
        ]
        rows.append([case.title, *(f"{value:.2f}" for value in shown)])
    columns = [
        *("case", "requests/s ÷ bare", "at most, if the web cost nothing", "processor ÷ bare"),
        *("requests/s ÷ floor", "database ÷ floor's database"),
    ]
    return Table("Ratios", columns, rows)


def rivals(found: Findings) -> Table:
    """The house against those who do the same otherwise."""
    others = list(dict.fromkeys(case.by for case in found.cases if case.by not in {HOUSE, BARE, FLOOR}))
    rows = []
    for by in others:
        for kind in KINDS:
            ours, theirs = _case(found, HOUSE, kind), _case(found, by, kind)
            shown = [
                _of_rounds(ours.rates, theirs.rates),
                ours.cpu_us / theirs.cpu_us,
                quantile(ours.steady, 0.99) / quantile(theirs.steady, 0.99),
            ]
            rows.append([theirs.title, *(f"{value:.2f}" for value in shown)])
    columns = ["Koza ÷", "requests/s", "processor", f"p99 at {STEADY_RATE}/s"]
    return Table("Koza beside others that do the same", columns, rows)


def goals(found: Findings) -> Table:
    """What is aimed at, what was measured, and whether it is met."""
    bare, none, one, all_ = (
        _case(found, BARE, "sms"), *(_crowd(found, screens) for screens in (0, 1, found.crowds[-1].screens))
    )  # fmt: skip
    asked = [
        (f"{title}: requests/s ÷ bare view", _of_rounds(_case(found, HOUSE, kind).rates, bare.rates), 0.4, True)
        for kind, title in KINDS.items()
    ]
    for row in rivals(found).rows:
        asked.append((f"{row[0]}: requests/s of Koza ÷ theirs", float(row[1]), 1.0, True))
        asked.append((f"{row[0]}: p99 of Koza ÷ theirs", float(row[3]), 0.8, False))
    many = all_.screens
    asked += [
        (f"to {many} screens ÷ to one, p50", quantile(all_.times, 0.5) / quantile(one.times, 0.5), 6.0, False),
        (f"to {many} screens ÷ to one, p99", quantile(all_.times, 0.99) / quantile(one.times, 0.99), 8.0, False),
        (f"answer with {many} watching ÷ with none", median(all_.answers) / median(none.answers), 1.3, False),
        (f"{many} dashboards whole again (s)", found.back.seconds, 10.0, False),
        ("second `koza run`, until ready (s)", median([one.ready for one in found.again]), 3.0, False),
        ("web processes together (MB, PSS)", found.memory["web"].pss, 250.0, False),
    ]
    if all_.live is not None:
        allowed = 70 + 0.07 * many
        asked.append((f"live with {many} dashboards (MB, PSS)", all_.live.pss, allowed, False))
    rows = [
        [what, f"{value:.2f}", f"{'≥' if more else '≤'} {goal:g}", "yes" if (value >= goal) == more else "no"]
        for what, value, goal, more in asked
    ]
    return Table("Goals", ["what", "measured", "goal", "met"], rows)


def _case(found: Findings, by: str, kind: str) -> Case:
    return next(case for case in found.cases if (case.by, case.kind) == (by, kind))


def _crowd(found: Findings, screens: int) -> Crowd:
    return next(crowd for crowd in found.crowds if crowd.screens == screens)


def _of_rounds(mine: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round: a machine that slows down slows both."""
    return median([one / other for one, other in zip(mine, theirs, strict=False)])


def steady(found: Findings) -> Table:
    """Time of an answer at the steady rate."""
    title = f"Time of an answer at {STEADY_RATE} requests per second, from when each was due (ms)"
    return Table(title, ["case", "p50", "p95", "p99"], [case.steady_row() for case in found.cases if case.steady])


def first_twiml(found: Findings) -> Table:
    """The first ring of one, some and many callers at once."""
    title = "From a first ring to its TwiML, every caller ringing again when she is answered (ms)"
    return Table(title, ["case", "p50", "p99"], [first.row() for first in found.first])


def returned(found: Findings) -> str:
    """One line on the dashboards that came back."""
    back = found.back
    return (
        f"{back.screens} dashboards lost their sockets at once and were whole again after {back.seconds:.1f} s; with "
        f"{RETURN_RATE} texts a second, p99 of their answers was {back.before:.1f} ms before and "
        f"{back.meanwhile:.1f} ms meanwhile."
    )


def unmeasured(found: Findings) -> str:
    """Which rivals are not in the tables, and why; empty when all are."""
    return " ".join(f"Not measured: {title} ({reason})." for title, reason in found.missing.items())


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
    door, ready = (median([getattr(one, name) for one in found.again]) for name in ("door", "ready"))
    return (
        f"`koza web` from its start to its first answer on /healthz: {median(found.starts):.2f} s "
        f"(median of {len(found.starts)}; {min(found.starts):.2f} to {max(found.starts):.2f}). `koza run` with demo "
        f"and practice exchange, where it ran before: {door:.2f} s until the web process answers, {ready:.2f} s until "
        f"all is ready."
    )


def stages(found: Findings) -> Table:
    """Where the time of one request goes."""
    names = list(next(iter(found.profile.values()))["stages"])
    rows = [[name, *(f"{found.profile[kind]['stages'][name]:,.0f}" for kind in KINDS)] for name in names]
    counts = ["round trips (number)", *(str(len(found.profile[kind]["statements"])) for kind in KINDS)]
    title = "Where one webhook's time goes, one at a time (µs, medians of each stage)"
    return Table(title, ["stage", *KINDS.values()], [*rows, counts])


def shares(found: Findings) -> Table:
    """In whose code the processor is."""
    names: dict[str, float] = {}
    for kind in KINDS:
        for name, share in found.profile[kind]["shares"].items():
            names[name] = max(names.get(name, 0.0), share)
    rows = [
        [name, *(f"{found.profile[kind]['shares'].get(name, 0.0):.0%}" for kind in KINDS)]
        for name, most in sorted(names.items(), key=lambda item: -item[1])
        if most >= 0.01
    ]
    return Table("Whose code the web's processor is in", ["code", *KINDS.values()], rows)


def statements(found: Findings, kind: str) -> Table:
    """The statements of one webhook in their order."""
    rows = [[label, f"{spent:,.0f}"] for label, spent in found.profile[kind]["statements"]]
    return Table(f"Statements of a {KINDS[kind]} (µs, round trip)", ["statement", "µs"], rows)


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
        *(table(found).plain() for table in (webhooks, ratios, rivals, steady, first_twiml, screens)),
        returned(found),
        f"Start\n{started(found)}",
        *(table(found).plain() for table in (start, stages, shares)),
        *(statements(found, kind).plain() for kind in KINDS),
        goals(found).plain(),
        unmeasured(found),
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
        *_section("Goals", goals(found)),
        *_section("Webhooks", webhooks(found), ratios(found), rivals(found), steady(found), first_twiml(found)),
        unmeasured(found),
        kept(found),
        _RIVALS,
        *_section("From the webhook to the screens", screens(found)),
        returned(found),
        _SCREENS,
        *_section("Start and memory", start(found)),
        started(found),
        *_section("Where a webhook's time goes", stages(found), shares(found)),
        *(_titled(statements(found, kind)) for kind in KINDS),
        _TRIED,
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


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
- *At most, if the web cost nothing*: the processor time of the database for a request, on all cores, beside the rate of
  the bare view. Where the rows that a webhook writes cost more than that leaves, no web of any kind reaches the ratio.
"""

_RIVALS = """
The others stand in `bench/rivals/`: Express with node-postgres and FastAPI with asyncpg, two processes each, pools,
prepared statements. They check the same signature, read the same rows and write the same rows into the same tables in
one committed transaction, with as many seals and keyed hashes, and one statement for all that is written. What they do
not do is what makes a house of it: strict shapes and re-cut forms, a second delivery that gets the first one's answer,
the journal and the deadline when the database is away, danger words, opt-outs, the reading of a record's own key, facts
that rooms react to, the check whether an earlier reaction waits, and the words of a menu. So the house does more work
in a request than they do, and the comparison is fair to them rather than to it.
"""

_SCREENS = """
The time runs from the moment the webhook of a new person's text is sent until a dashboard has read the first change
that names her contact: web, commit, relay, Redis, live, socket. Web, live, relay and worker run; every dashboard is a
signed-in socket of its own; one process reads them all, and its own time is in the figures. "Last of all" is the median
of the slowest dashboard of each text, "answer" the time of the webhook's own answer meanwhile, "live: processor" what
the sockets' process spent per text.
"""

_TRIED = """
## What was tried

What was kept, each measured before and after on the same machine:

- *Statements of the webhooks' path compiled once and handed to the driver, writes sent together*
  (`core/statements.py`): half the processor time; voice arrival 249 to 477 requests/s, text arrival 148 to 296.
- *BEGIN with the first reads, COMMIT with the last writes, each statement prepared once* (`core/driver.py`), *inserts
  that come often as one statement* (`core/merging.py`), *the inbox row with the rest*: the ratio to the bare view rose
  from 0.16, 0.15 and 0.10 (arrival, status, text) to about 0.25, 0.19 and 0.16.
- *A callback that ends nothing in two round trips, and what is known to be wanted asked together*: processor time of a
  status 3.6 to 2.4 ms; the end of an unanswered call, with its page, from 27 round trips to about 14.
- *No helper thread around the transaction* (`core/bounded.py`): every wait for the server ends at the request's moment
  instead, so that a thread need not wait for a thread; a quarter of an arrival's processor time.
- *The end of a call without the mapper, a page's questions asked together, a further text's too*: from 17 round trips
  to 8 and from 9 to 5; one at a time, the web's part of such an end 4.6 to 2.1 ms, the database's 2.1 to 1.3.
- *Connections kept, and given last in, first out*: a worker had closed every one past the eighth and opened it anew.
- *Greeting and policy kept by their version, no session cookie looked at for the carrier*: some 100 µs of an arrival.

What was not kept:

- *Tables without foreign keys to centres and lines*: no measurable gain; the referenced rows are few and in memory.
- *The moment read once for each transaction*: six round trips less for a status, but time then stands still within a
  transaction for tests that move it there.
- *One transaction for several requests*, as a prototype: with four first rings in one transaction a request's processor
  time is about a sixth less, with eight a quarter; with texts, whose rows differ, hardly less. At the load of this page
  a worker has at most eight at once. That is not worth that one row that is refused takes others'
  arrivals with it until each is done again.
- *8 or 16 threads in a worker, a longer switch interval, a rarer collection of garbage, plans that never look at the
  values*: nothing beyond the noise.
- *Fewer indexes and keys on a text's rows*: on one warm connection they cost 0.67 ms of the database, without any of
  their foreign keys, checks and the 25 indexes that keep nothing unique 0.51. Each of these is asked by somebody.

What is left of an arrival is spread: the database's own work (a text touches forty-five index entries and eleven
foreign keys), Flask and the server, shapes and seals, the driver.
"""
