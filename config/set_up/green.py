"""Step 8: what ``koza doctor`` finds, and the end of set-up.

What production requires and a first day cannot give (a rehearsed restore needs another machine) does not keep the door
open: a door that anybody with the machine can open is a worse thing to leave standing than a red line. So set-up ends
with red lines only once somebody has said that she knows, it is written down how many there were, and they stay red in
``koza doctor`` until they are done.
"""

from __future__ import annotations

from importlib import import_module

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from config.set_up.progress import Progress, look
from config.set_up.stage import stage, to
from core.actor import staff_actor
from core.i18n import gettext as _
from dashboard import frame
from dashboard.presenters import FormError, SetUpFinding, SetUpGreenPage
from staff import set_up
from staff.edge import guard_of
from staff.edge import set_up as at_set_up
from staff.edge.waiting import WaitingRoom
from staff.sessions import SessionToken, start_session
from staff.sign_in import note_failure, prepare_code

#: Imported when it is called for: web processes live for months and examine once.
_DOCTOR = "config.doctor"
#: Where the director goes from set-up, signed in; in production her first act is to register a security key.
FIRST_PAGE, KEYS_PAGE = "/", "/account/keys"


def _examine() -> tuple[SetUpFinding, ...]:
    found = import_module(_DOCTOR).examine(frame.ground().settings)
    return tuple(
        SetUpFinding(what=one.what, ok=one.ok, detail=one.detail, remedy=one.remedy, told=one.told) for one in found
    )


@at_set_up
def green() -> ResponseReturnValue:
    """Everything that can be examined, each with what to do."""
    findings = _examine()
    return stage("green", lambda _session, found: _page(found, findings))


class End:
    """Ends set-up, with the delay that guesses at the director's code earn."""

    def __init__(self, waiting: WaitingRoom) -> None:
        self._waiting = waiting

    @at_set_up
    def end(self) -> ResponseReturnValue:
        """Close the door for good and sign the director in; fields ``code`` and, while lines are red, ``red``."""
        findings = _examine()
        red = sum(not one.ok for one in findings)
        found = frame.act(look)
        if _missing(found) or found.director is None:
            return stage("green", lambda _session, now: _page(now, findings), status=422)
        if red and frame.field("red") != "1":
            error = FormError(field="red", text=_("Tick that you know what is still red."))
            return stage("green", lambda _session, now: _page(now, findings, (error,)), status=422)
        account_id, centre_id, locale = found.director.id, found.director.centre_id, found.director.locale
        attempt = frame.act(lambda session: prepare_code(session, account_id))
        self._waiting.wait(attempt)
        typed, guard = frame.field("code", 40), guard_of(current_app)
        demanded = guard.keys.demanded

        def work(session: Session) -> SessionToken | None:
            set_up.hold(session)
            if not set_up.prove_authenticator(session, account_id, typed):
                note_failure(session, attempt)
                return None
            set_up.end(session, staff_actor(account_id, centre_id), red=red)
            return start_session(session, account_id, centre_id, locale, to_register=demanded)

        token = frame.act(work)
        if token is None:
            error = FormError(field="code", text=_("That code is not right, or was used. Wait for the next one."))
            return stage("green", lambda _session, now: _page(now, findings, (error,)), status=422)
        answer = to(KEYS_PAGE if demanded else FIRST_PAGE)
        guard.set_cookie(answer, token.token)
        guard.forget_set_up(answer)
        return answer


def _missing(found: Progress) -> bool:
    return any(not step.done for step in found.steps("green") if step.key != "green")


def _page(found: Progress, findings: tuple[SetUpFinding, ...], errors: tuple[FormError, ...] = ()) -> str:
    steps = found.steps("green")
    view = SetUpGreenPage(
        steps=steps,
        findings=findings,
        missing=tuple(step for step in steps if not step.done and step.key != "green"),
        red=sum(not one.ok for one in findings),
        production=frame.ground().settings.production,
        director=found.director.name if found.director else "",
        errors=errors,
    )
    return render_template("set_up/green.html", view=view, shell=frame.bare_shell())
