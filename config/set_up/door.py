"""The way in: the page that asks for the one-time code, and who is led to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask import Flask, Response, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, TooManyRequests

from config.set_up.progress import PREFIX, look
from core.database import Ground
from core.unit_of_work import unit_of_work
from dashboard import frame
from dashboard.presenters import SetUpDoorPage
from staff import set_up
from staff.edge import guard_of, public
from staff.edge.guard import SIGN_IN_PATH
from staff.edge.waiting import WaitingRoom
from staff.sign_in import prepare_set_up

#: Half of the places that config.web has for those who wait; a guess of the code waits like one of a password.
_WAITING = 3


class Door:
    """The page that asks for the code. ``pause`` waits out a delay (seconds)."""

    def __init__(self, pause: Callable[[float], None] = time.sleep) -> None:
        self._waiting = WaitingRoom(pause, _WAITING)

    @public
    def page(self) -> ResponseReturnValue:
        """Ask for the code, or go on where set-up was left."""
        _refuse_closed()
        if _let_in():
            return redirect(frame.act(look).here, 303)
        return _drawn()

    @public
    def enter(self) -> ResponseReturnValue:
        """Field ``code``: right once, for an hour; every other answer is the same."""
        _refuse_closed()
        ground = frame.ground()
        with unit_of_work(ground) as session:
            attempt = prepare_set_up(session, request.remote_addr or "")
        try:
            self._waiting.wait(attempt)
        except TooManyRequests as busy:
            return _drawn(wait_seconds=int(str(busy.retry_after))), 429
        typed = frame.field("code", 40)
        token = frame.act(lambda session: set_up.enter(session, attempt, typed))
        if token is None:
            return _drawn(refused=True), 401
        answer = redirect(PREFIX, 303)
        guard = guard_of(current_app)
        guard.set_cookie(answer, token, name=guard.set_up_cookie)
        return answer


def _token() -> str:
    return request.cookies.get(guard_of(current_app).set_up_cookie, "")


def _let_in() -> bool:
    return frame.act(lambda session: set_up.door(session, _token())).code_id is not None


def _refuse_closed() -> None:
    ground = frame.ground()
    if ground.settings.env == "demo" or not frame.act(set_up.is_open):
        raise NotFound


def _drawn(*, refused: bool = False, wait_seconds: int = 0) -> str:
    view = SetUpDoorPage(refused=refused, wait_seconds=wait_seconds, may_sign_in=frame.act(set_up.may_sign_in))
    return render_template("set_up/door.html", view=view, shell=frame.bare_shell())


def lead_to_set_up(app: Flask, ground: Ground) -> None:
    """Lead whoever comes to an empty house to set-up. Comes before the guard, which would ask her to sign in.

    That set-up is over is kept: it never opens again, and a house at work is asked no question more.
    """
    ended = threading.Event()
    if ground.settings.env == "demo":
        ended.set()

    @app.before_request
    def lead() -> Response | None:
        if ended.is_set() or request.method != "GET" or request.path not in {"/", SIGN_IN_PATH}:
            return None
        with unit_of_work(ground) as session:
            if not set_up.is_open(session):
                ended.set()
                return None
            anybody = set_up.may_sign_in(session)
        # Whoever has an account comes to her board, or to the sign-in by its own address.
        if anybody and (request.path == SIGN_IN_PATH or guard_of(app).cookie in request.cookies):
            return None
        return Response(status=303, headers={"Location": PREFIX})
