"""What every step stands on: the page with its list, and where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Response, redirect
from sqlalchemy.orm import Session

from config.set_up.progress import PREFIX, Progress, look
from dashboard import frame
from dashboard.presenters.set_up import StepKey


def stage(key: StepKey, draw: Callable[[Session, Progress], str], *, status: int = 200) -> Response:
    """The page of a step, or the step that has to come before it."""

    def work(session: Session) -> tuple[Progress, str]:
        found = look(session)
        return found, draw(session, found) if found.may(key) else ""

    found, page = frame.act(work)
    if not page:
        return to(found.here)
    return Response(page, status=status, mimetype="text/html")


def go_on(key: StepKey) -> Response:
    """After an act: the next step when this one is done by it, else its page again."""
    return to(frame.act(look).next_href(key) or f"{PREFIX}/{key}")


def to(where: str) -> Response:
    """Go there."""
    return cast("Response", redirect(where, 303))
