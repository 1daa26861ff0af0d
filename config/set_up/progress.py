"""How far set-up is: read from what is there, each time anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from config.set_up import rules
from core.clock import now
from core.crypto import keyring_of
from dashboard.presenters import SetUpStep
from dashboard.presenters.set_up import MINUTES, STEPS, StepKey, step_label
from dashboard.rota import uncovered
from hotline import queries as hotline
from routing import queries as routing
from staff import queries as staff
from staff import set_up
from staff.queries import CentreRow, LineRow, StaffRow
from staff.scope import Scope

PREFIX = "/set-up"
#: What must be done before a step can be.
_NEEDS: dict[StepKey, tuple[StepKey, ...]] = {
    "centre": (),
    "director": ("centre",),
    "line": ("centre",),
    "fallback": ("line",),
    "people": ("director", "line"),
    "week": ("people",),
    "trial": ("line",),
    "green": ("centre",),
}
_ANSWERING = ("operator", "shift_lead")
#: Reads who works here and when, and nothing of anybody who calls.
_READER = Scope.system("set-up")


@dataclass(frozen=True)
class Progress:
    """What is there, and which steps are done by it."""

    standing: set_up.Standing
    centre: CentreRow | None = None
    director: StaffRow | None = None
    lines: tuple[LineRow, ...] = ()
    people: tuple[StaffRow, ...] = ()
    done: frozenset[StepKey] = frozenset()

    def may(self, key: StepKey) -> bool:
        """Whether what a step needs is there."""
        return self.done.issuperset(_NEEDS[key])

    def steps(self, current: StepKey) -> tuple[SetUpStep, ...]:
        """The list beside every page."""
        return tuple(
            SetUpStep(
                key=key,
                label=step_label(key),
                minutes=MINUTES[key],
                done=key in self.done,
                current=key == current,
                href=f"{PREFIX}/{key}" if self.may(key) else "",
            )
            for key in STEPS
        )

    def next_href(self, current: StepKey) -> str:
        """Where to go on after a step that is done; empty before that."""
        if current not in self.done:
            return ""
        later = STEPS[STEPS.index(current) + 1 :]
        return next((f"{PREFIX}/{key}" for key in later if self.may(key)), "")

    @property
    def here(self) -> str:
        """The step that comes next."""
        return next(f"{PREFIX}/{key}" for key in STEPS if key not in self.done and self.may(key))


def look(session: Session) -> Progress:
    """Read how far it is. Raises :class:`staff.set_up.SetUpOverError` when it has ended."""
    standing = set_up.standing(session)
    centre = set_up.first_centre(session)
    if centre is None:
        return Progress(standing)
    people = tuple(
        row for row in staff.accounts(session, _READER) if row.centre_id == centre.id and row.disabled_at is None
    )
    lines = tuple(line for line in staff.lines(session) if line.centre_id == centre.id)
    director = next((row for row in people if "director" in row.roles), None)
    found = Progress(standing, centre, director, lines, people, frozenset({"centre"}))
    return Progress(standing, centre, director, lines, people, frozenset({"centre", *_done(session, found, centre)}))


def _done(session: Session, found: Progress, centre: CentreRow) -> set[StepKey]:
    tests: dict[StepKey, bool] = {
        "director": found.director is not None and found.director.id not in set_up.new_accounts(session, centre.id),
        "line": bool(found.lines),
        "fallback": set_up.fallback_proven(session, centre.id),
        "people": any(role in _ANSWERING for row in found.people for role in row.roles),
        "week": bool(found.lines) and (found.standing.gaps_known or not gaps(session, found)),
        "trial": tried(session, found),
    }
    return {key for key, is_done in tests.items() if is_done}


def gaps(session: Session, found: Progress) -> list[tuple[str, LineRow, rules.Span]]:
    """Hours of the first week in which a line has nobody: (answer or oncall, line, from and until)."""
    moment = now(session)
    until = rules.turn_of(rules.first_day(moment) + timedelta(days=rules.DAYS))
    rows = routing.shifts(session, _READER, since=moment, until=until)
    missing = []
    for line in found.lines:
        for need, roles in (("answer", _ANSWERING), ("oncall", ("oncall",))):
            spans = [(row.start, row.end) for row in rows if row.line_id == line.id and row.role in roles]
            missing += [(need, line, gap) for gap in uncovered(spans, moment, until)]
    return missing


def trial_words(session: Session, centre: CentreRow) -> str:
    """What the test text says: words by which it is known, so that nobody else's text is shown."""
    raw = keyring_of(session).blind_index("set_up_words", str(centre.id))
    return f"deneme {1000 + int.from_bytes(raw[:4], 'big') % 9000}"


def tried(session: Session, found: Progress) -> bool:
    """Whether a call and a text have come in."""
    if found.centre is None or not found.lines:
        return False
    lines, since = [line.id for line in found.lines], found.standing.begun_at
    words = trial_words(session, found.centre)
    texted = found.standing.no_texts or hotline.text_with(session, lines, since, words) is not None
    return texted and hotline.last_call(session, lines, since) is not None
