"""The routes of set-up. After it has ended each of them is 404."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from config.set_up import calls, director, green, people, places, week
from config.set_up.door import Door
from config.set_up.progress import PREFIX
from staff.edge.waiting import WaitingRoom
from staff.set_up import SetUpOverError

#: Codes of an authenticator that may wait at once.
_CODES_WAITING = 2


def set_up_blueprint(pause: Callable[[float], None] = time.sleep) -> Blueprint:
    """Every page and act of set-up; ``pause`` waits out the delay of a guess (seconds)."""
    pages = Blueprint("set_up", __name__)
    door, codes = Door(pause), WaitingRoom(pause, _CODES_WAITING)
    proof, ending = director.Proof(codes), green.End(codes)
    routes: tuple[tuple[str, str, Callable[[], ResponseReturnValue]], ...] = (
        ("", "GET", door.page),
        ("", "POST", door.enter),
        ("/centre", "GET", places.centre),
        ("/centre", "POST", places.make_centre),
        ("/director", "GET", director.director),
        ("/director", "POST", director.make_director),
        ("/director/code", "POST", proof.prove),
        ("/line", "GET", places.line),
        ("/line", "POST", places.make_line),
        ("/fallback", "GET", calls.fallback),
        ("/fallback", "POST", calls.call_fallback),
        ("/people", "GET", people.people),
        ("/people", "POST", people.save_people),
        ("/week", "GET", week.week),
        ("/week", "POST", week.save_week),
        ("/trial", "GET", calls.trial),
        ("/trial", "POST", calls.no_texts),
        ("/green", "GET", green.green),
        ("/green", "POST", ending.end),
    )
    for path, method, view in routes:
        pages.add_url_rule(PREFIX + path, view.__name__, view, methods=[method])
    # Somebody else ended it while this page was open.
    pages.register_error_handler(SetUpOverError, _over)
    return pages


def _over(_error: SetUpOverError) -> ResponseReturnValue:
    raise NotFound
