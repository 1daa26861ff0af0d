"""Steps 4 and 7: the fallback telephone that answers a trial call, and the line that is called and texted."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from config.set_up.forms import Given, WrongFieldError, ask, given, number_of
from config.set_up.progress import PREFIX, Progress, look, trial_words
from config.set_up.stage import go_on, stage, to
from core.i18n import current_locale
from core.i18n import gettext as _
from dashboard import frame, labels
from dashboard.presenters import FormError, SetUpFallbackPage, SetUpTrialPage
from dashboard.presenters.forms import Tone
from hotline import queries as hotline
from hotline import service as telephone
from hotline.queries import TrialCall
from staff import service
from staff import set_up as first_day
from staff.edge import set_up
from staff.queries import line_by_number


@set_up
def fallback() -> ResponseReturnValue:
    """Where callers go last, and how its trial call goes."""
    return stage("fallback", lambda session, found: _fallback_page(session, found, {}, ()))


@set_up
def call_fallback() -> ResponseReturnValue:
    """Write the number down and ring it; while it rings, a second press rings nothing."""
    values = given()

    def work(session: Session) -> None:
        first_day.hold(session)
        found = look(session)
        if found.centre is None or not found.lines:
            return
        number = number_of(values.get("number", ""), "number")
        if line_by_number(session, number) is not None or number in frame.ground().settings.oncall_numbers:
            raise WrongFieldError("number", _("This is a number of Koza itself: callers would come round in a circle."))
        changed = any(line.fallback_number != number for line in found.lines)
        service.set_fallback(session, first_day.SET_UP, found.centre.id, number)
        last = hotline.last_trial(session, found.centre.id)
        if changed or last is None or last.ended_at is not None:
            telephone.try_fallback(session, first_day.SET_UP, found.centre.id, number, language=current_locale())

    try:
        frame.act(work)
    except WrongFieldError as wrong:
        error = wrong.error
        return stage("fallback", lambda session, found: _fallback_page(session, found, values, (error,)), status=422)
    return to(f"{PREFIX}/fallback")


def _fallback_page(session: Session, found: Progress, values: Given, errors: tuple[FormError, ...]) -> str:
    number = next((line.fallback_number for line in found.lines if line.fallback_number), "")
    trial = hotline.last_trial(session, found.centre.id) if found.centre and number else None
    proven = "fallback" in found.done
    state, tone = _state(trial, number, proven=proven)
    help_ = _("A mobile telephone of the centre, or a switchboard that answers at night. Not 112, and no help line.")
    view = SetUpFallbackPage(
        steps=found.steps("fallback"),
        field=ask("number", _("Telephone"), "phone", values or {"number": number}, errors, help_=help_),
        errors=errors,
        number=number,
        state=state,
        tone=tone,
        proven=proven,
        waiting=trial is not None and trial.ended_at is None and not proven,
        next_href=found.next_href("fallback"),
    )
    return render_template("set_up/fallback.html", view=view, shell=frame.bare_shell())


def _state(trial: TrialCall | None, number: str, *, proven: bool) -> tuple[str, Tone]:
    """How the trial call goes, in a sentence."""
    if proven:
        return _("%(number)s answered, and a person pressed 1.", number=number), "info"
    if trial is None:
        return "", ""
    if trial.ended_at is None and trial.answered_at is not None:
        return _("%(number)s was answered. Listen, and press 1.", number=number), "info"
    if trial.ended_at is None:
        return _("Koza is calling %(number)s …", number=number), "info"
    sentences = {
        "completed": _("%(number)s was answered, but nobody pressed 1: perhaps a machine. Call again."),
        "busy": _("%(number)s is busy. Call again."),
        "no-answer": _("%(number)s rang and nobody picked up. Call again."),
        "expired": _("The call to %(number)s was not placed in time. Does the worker run?"),
    }  # fmt: skip
    other = _("The call to %(number)s did not come about. Is it right, and does the carrier let you call it?")
    return sentences.get(trial.status, other) % {"number": number}, "soon"


@set_up
def trial() -> ResponseReturnValue:
    """Wait for one call and one text."""
    return stage("trial", _trial_page)


@set_up
def no_texts() -> ResponseReturnValue:
    """She says that the line takes no texts: many numbers of landlines do not."""

    def work(session: Session) -> None:
        first_day.hold(session)
        first_day.know_no_texts(session)

    if frame.field("no_texts") == "1":
        frame.act(work)
    return go_on("trial")


def _trial_page(session: Session, found: Progress) -> str:
    lines, since = [line.id for line in found.lines], found.standing.begun_at
    words = trial_words(session, found.centre) if found.centre else ""
    called = hotline.last_call(session, lines, since)
    view = SetUpTrialPage(
        steps=found.steps("trial"),
        numbers=tuple(line.number for line in found.lines),
        words=words,
        called_at=called.at if called else None,
        call_language=labels.language(called.language or "") if called else "",
        call_state=labels.contact_state(called.state) if called else "",
        texted_at=hotline.text_with(session, lines, since, words),
        no_texts=found.standing.no_texts,
        # A call is followed until it is past the greeting: its language is chosen there.
        waiting="trial" not in found.done or (called is not None and called.state in {"ringing", "ivr"}),
        next_href=found.next_href("trial"),
    )
    return render_template("set_up/trial.html", view=view, shell=frame.bare_shell())
