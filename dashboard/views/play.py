"""The demonstration's button: play a night. Outside a demonstration it does not exist."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from dashboard import frame, night
from staff import queries
from staff.edge import require_permission

blueprint = Blueprint("play", __name__)


def may_play() -> bool:
    """Whether the reader sees the button: a shift lead, in a demonstration with a practice exchange."""
    settings = frame.ground().settings
    return settings.env == "demo" and bool(settings.twilio_api_url) and frame.scope().may("contact.coach")


@blueprint.post("/play-night")
@require_permission("contact.coach")
def play_night() -> Response:
    """Five calls and two texts reach the lead's line within three minutes."""
    url = frame.ground().settings.twilio_api_url
    if not may_play() or url is None:
        raise NotFound
    lines = frame.act(lambda session: queries.lines(session, centre_id=frame.here()))
    if not lines:
        raise NotFound
    night.begin(url, lines[0].number)
    return frame.done("/")
