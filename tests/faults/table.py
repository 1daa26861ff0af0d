"""The table of a run, as it is printed and as it stands in docs/faults.md."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.killer import TARGETS, worst
from tests.faults.night import Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
_PLACES = ("greeting", "waiting", "ringing", "talking", "last_rung")


def table(outcome: Outcome) -> str:
    """Markdown: one line for each process, then what was counted over the whole run."""
    return "\n".join([*_by_process(outcome), "", *_by_place(outcome), "", *_totals(outcome)])


def _by_process(outcome: Outcome) -> list[str]:
    # A loss cannot be laid at one door when blows follow each other within seconds: each line shows the run's sum.
    missing, doubled = len(outcome.verdict.missing), len(outcome.verdict.doubled)
    lines = ["| Process | Blows | Missing | Doubled | Longest recovery |", "|---|---:|---:|---:|---:|"]
    for name, blows, longest in worst(outcome.blows):
        recovery = "did not" if longest is None else f"{longest:.1f} s"
        lines.append(f"| {name} | {blows} | {missing} | {doubled} | {recovery} |")
    return lines


def _by_place(outcome: Outcome) -> list[str]:
    """How often each process was struck while at least one caller stood in each place."""
    lines = [f"| Struck while a caller was in | {' | '.join(_PLACES)} |", "|---|" + "---:|" * len(_PLACES)]
    for target in TARGETS:
        met = Counter(place for blow in outcome.blows if blow.target == target for place in blow.met)
        lines.append(f"| {target} | {' | '.join(str(met[place]) for place in _PLACES)} |")
    return lines


def _totals(outcome: Outcome) -> list[str]:
    requests = ", ".join(f"{count} {name}" for name, count in outcome.requests.most_common())
    verdict = outcome.verdict
    wrong = ", ".join(str(len(sids)) for sids in (verdict.missing, verdict.doubled, verdict.unknown))
    sent = f"{len(verdict.strays)}, {outcome.sent_twice} of {len(outcome.lists.carrier_sends)}"
    return [
        "| Over the whole run | |",
        "|---|---|",
        f"| Calls, texts | {outcome.calls}, {outcome.texts} |",
        f"| Missing, doubled, unknown at the carrier | {wrong} |",
        f"| Calls and texts of ours: carried out but not known, sent twice | {sent} |",
        f"| Conversations, cut | {outcome.talked}, {outcome.cut} |",
        f"| Callers disconnected by the carrier before anybody answered | {len(outcome.dropped)} |",
        f"| Contacts that came late (journal, reconciler) | {outcome.late} |",
        f"| Accepted on the board | {outcome.accepted} |",
        f"| Requests of the carrier | {requests} |",
        f"| Answers after more than 2 s, more than 15 s; the longest | {_slow(outcome.answers)} |",
        f"| Unanswered without a page, pages, offers or ends doubled | {len(outcome.broken)} |",
        f"| Board against database | {'equal' if not outcome.board else f'{len(outcome.board)} differences'} |",
        f"| The screen that stayed: sockets, changes, snapshots; its board | {_screen(outcome)} |",
        f"| Its board equal to the database after a recovery: longest | {_board_after(outcome)} |",
        f"| Audit | {outcome.audit} |",
        f"| Planted numbers and sentences in clear | {len(outcome.leaks)} |",
        f"| Quiet after the last caller had gone | {outcome.settled_in:.0f} s |",
        f"| Whole run, seed | {outcome.seconds:.0f} s, {outcome.plan.seed} |",
    ]


def _slow(answers: list[float]) -> str:
    """A carrier waits 15 seconds; 2 are long for somebody who hears nothing meanwhile."""
    over = [sum(one > limit for one in answers) for limit in (2.0, 15.0)]
    return f"{over[0]}, {over[1]} of {len(answers)}; {max(answers, default=0.0):.1f} s"


def _screen(outcome: Outcome) -> str:
    equal = "equal" if not outcome.screen else f"{len(outcome.screen)} differences"
    return f"{outcome.sockets}, {outcome.changes}, {outcome.fetched}; {equal}"


def _board_after(outcome: Outcome) -> str:
    longest = outcome.board_after()
    return "once not in time" if longest is None else f"{longest:.1f} s"


def publish(what: str, lines: str) -> None:
    """Put a table into the page, between the marks of ``what``: measured (blows) or weather."""
    begin, end = f"<!-- {what}: begin -->", f"<!-- {what}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(begin)
    _, _, tail = rest.partition(end)
    measured = f"{begin}\nMeasured on {datetime.now(UTC):%d %B %Y}.\n\n{lines}\n{end}"
    PAGE.write_text(head + measured + tail, encoding="utf-8")
