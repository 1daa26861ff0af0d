"""Step 6: the first week of shifts, so that no hour has nobody, or somebody knows that it has."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from config.set_up import rules
from config.set_up.forms import Given, given
from config.set_up.progress import PREFIX, Progress, gaps, look
from config.set_up.stage import stage, to
from core.clock import now
from core.i18n import format_datetime
from core.i18n import gettext as _
from dashboard import frame
from dashboard.presenters import FormError, Option, SetUpWeekPage, SetUpWeekRow
from routing import queries as rota
from routing import service as routing
from staff import set_up as first_day
from staff.edge import set_up
from staff.queries import StaffRow
from staff.scope import Scope
from staff.set_up import SET_UP

_READER = Scope.system("set-up")


class _UnknownGapsError(Exception):
    """Hours would have nobody, and she has not said that she knows."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__()
        self.sentences = sentences


@set_up
def week() -> ResponseReturnValue:
    """The grid, as the shifts stand."""
    saved = request.args.get("saved") == "1"
    return stage("week", lambda session, found: _page(session, found, _standing(session, found), saved=saved))


@set_up
def save_week() -> ResponseReturnValue:
    """Write the grid in place of what stood; with gaps only when ``known`` is ticked, else nothing is written."""
    values = given()
    try:
        frame.act(lambda session: _save(session, values))
    except _UnknownGapsError as unknown:
        sentences = unknown.sentences
        return stage("week", lambda session, found: _refused(session, found, values, sentences), status=422)
    return to(f"{PREFIX}/week?saved=1")


def _save(session: Session, values: Given) -> None:
    first_day.hold(session)
    found = look(session)
    if not found.may("week"):
        return
    _write(session, found, values)
    left = _sentences(session, found)
    if left and values.get("known") != "1":
        raise _UnknownGapsError(left)
    first_day.know_gaps(session, known=bool(left))


def _people(found: Progress) -> list[StaffRow]:
    return [row for row in found.people if rules.duty_of(row.roles)]


def _standing(session: Session, found: Progress) -> Given:
    """The grid's fields for the shifts that stand on the first line: the others have the same."""
    first = rules.first_day(now(session))
    filled: dict[str, str] = {}
    begin = rules.turn_of(first)
    rows = rota.shifts(session, _READER, since=begin, until=begin + rules.DAYS * rules.A_DAY)
    for person in _people(found):
        own = [(row.start, row.end) for row in rows if row.account_id == person.id and row.line_id == found.lines[0].id]
        every, days = rules.grid_of(own, first)
        filled[f"every-{person.id}"] = every
        filled |= {f"day-{place}-{person.id}": word for place, word in enumerate(days)}
    return filled


def _write(session: Session, found: Progress, values: Given) -> None:
    first = rules.first_day(now(session))
    begin, end = rules.turn_of(first), rules.turn_of(first) + rules.DAYS * rules.A_DAY
    people = {person.id: person for person in _people(found)}
    for row in rota.shifts(session, _READER, since=begin, until=end):
        if row.account_id in people and begin <= row.start < end:
            routing.remove_shift(session, SET_UP, row.id)
    for person in people.values():
        days = [values.get(f"day-{place}-{person.id}", "") for place in range(rules.DAYS)]
        for start, until in rules.spans_of(values.get(f"every-{person.id}", ""), days, first):
            if until <= now(session):
                continue
            for line in found.lines:
                routing.add_shift(
                    session,
                    SET_UP,
                    account_id=person.id,
                    centre_id=line.centre_id,
                    line_id=line.id,
                    role=rules.duty_of(person.roles),
                    start=start,
                    end=until,
                )


def _sentences(session: Session, found: Progress) -> tuple[str, ...]:
    words = {
        "answer": _("Nobody answers %(line)s from %(start)s to %(end)s."),
        "oncall": _("Nobody is on call for %(line)s from %(start)s to %(end)s."),
    }
    return tuple(
        words[need] % {"line": line.name, "start": format_datetime(gap[0]), "end": format_datetime(gap[1])}
        for need, line, gap in gaps(session, found)
    )


def _refused(session: Session, found: Progress, values: Given, sentences: tuple[str, ...]) -> str:
    text = _("Some hours have nobody. Fill them, or tick below that you know.")
    return _page(session, found, values, sentences=sentences, errors=(FormError(field="known", text=text),))


def _page(
    session: Session,
    found: Progress,
    values: Given,
    *,
    saved: bool = False,
    sentences: tuple[str, ...] | None = None,
    errors: tuple[FormError, ...] = (),
) -> str:
    first = rules.first_day(now(session))
    left = _sentences(session, found) if sentences is None else sentences
    patterns = {
        "day": "08–16", "evening": "16–24", "night": "00–08", "long_day": "08–20",
        "long_night": "20–08", "all": _("24 hours"),
    }  # fmt: skip
    view = SetUpWeekPage(
        steps=found.steps("week"),
        days=tuple(first + place * rules.A_DAY for place in range(rules.DAYS)),
        patterns=tuple(Option(value=code, label=label) for code, label in patterns.items()),
        rows=tuple(
            SetUpWeekRow(
                id=str(person.id),
                display=person.display_name,
                role=rules.duty_of(person.roles),
                every=values.get(f"every-{person.id}", ""),
                days=tuple(values.get(f"day-{place}-{person.id}", "") for place in range(rules.DAYS)),
            )
            for person in _people(found)
        ),
        gaps=left,
        ask=bool(errors) or (bool(left) and found.standing.gaps_known),
        saved=saved,
        errors=errors,
        next_href=found.next_href("week"),
    )
    return render_template("set_up/week.html", view=view, shell=frame.bare_shell())
