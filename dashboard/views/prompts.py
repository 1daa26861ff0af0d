"""What callers hear: recordings are brought, listened to, put to use and taken out; lines name themselves or not."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from core.i18n import gettext as _
from dashboard import frame
from dashboard.administration.prompts import FIELDS, PATH, prompts_page, recording_error
from dashboard.presenters.forms import FormError
from hotline.queries.recordings import sound_of
from hotline.service import recordings as service
from hotline.sound_files import MAX_BYTES, SoundError
from staff.edge import require_permission
from staff.service import choose_greeting

blueprint = Blueprint("prompts", __name__)
_LONGEST = 40


@blueprint.get("/catalogues/prompts")
@require_permission("line.manage")
def prompts() -> Response:
    """Every prompt in every language, and the lines' greetings."""
    return _page({name: request.args.get(name, "")[:_LONGEST] for name in FIELDS})


@blueprint.post("/catalogues/prompts")
@require_permission("line.manage")
def bring() -> ResponseReturnValue:
    """A file for a prompt in a language; no caller hears it yet. The file's own name is forgotten."""
    scope, sent = frame.scope(), request.files.get("sound")
    # One byte more than may be tells that it is too large.
    file = sent.stream.read(MAX_BYTES + 1) if sent is not None else b""
    if sent is not None:
        sent.close()
    asked = {name: frame.field(name, _LONGEST) for name in FIELDS}

    def work(session: Session) -> UUID:
        return service.upload(session, scope.actor, scope, asked["prompt"], asked["language"], file)

    try:
        made = frame.act(work)
    except (service.RecordingError, SoundError) as refused:
        return _page(asked, recording_error(refused.reason))
    return frame.done(f"{PATH}#w-{made}")


@blueprint.get("/catalogues/prompts/<uuid:recording_id>")
@require_permission("line.manage")
def listen(recording_id: UUID) -> Response:
    """The sound, as callers hear it or would."""
    found = frame.act(lambda session: sound_of(session, recording_id))
    if found is None:
        raise NotFound
    answer = Response(found.content, mimetype=found.media_type)
    answer.make_conditional(request, accept_ranges=True, complete_length=len(found.content))
    return answer


@blueprint.post("/catalogues/prompts/<uuid:recording_id>/use")
@require_permission("line.manage", step_up=True)
def put_to_use(recording_id: UUID) -> ResponseReturnValue:
    """Callers hear it from the next sentence on."""
    scope = frame.scope()
    return _do(lambda session: service.put_to_use(session, scope.actor, scope, recording_id))


@blueprint.post("/catalogues/prompts/<uuid:recording_id>/remove")
@require_permission("line.manage", step_up=True)
def take_out(recording_id: UUID) -> ResponseReturnValue:
    """A voice of the carrier's reads it again."""
    scope = frame.scope()
    return _do(lambda session: service.take_out(session, scope.actor, scope, recording_id))


@blueprint.post("/catalogues/prompts/<uuid:recording_id>/drop")
@require_permission("line.manage")
def drop(recording_id: UUID) -> ResponseReturnValue:
    """A file that was brought and that no caller heard."""
    scope = frame.scope()
    return _do(lambda session: service.drop(session, scope.actor, scope, recording_id))


@blueprint.post("/catalogues/prompts/lines/<uuid:line_id>")
@require_permission("line.manage", step_up=True)
def greeting(line_id: UUID) -> ResponseReturnValue:
    """Whether a line's greeting says whose it is; ``says`` is ``name`` or ``no-name``, as in the command."""
    scope, says = frame.scope(), frame.field("says", _LONGEST)
    if says not in {"name", "no-name"}:
        return _page({}, FormError(text=_("Choose whether the greeting names the institution.")))
    frame.act(lambda session: choose_greeting(session, scope, line_id, named=says == "name"))
    return frame.done(f"{PATH}#lines")


def _do(verb: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        frame.act(verb)
    except service.RecordingError as refused:
        return _page({}, recording_error(refused.reason))
    return frame.done(PATH)


def _page(asked: dict[str, str], *errors: FormError) -> Response:
    scope = frame.scope()
    return frame.page(
        "prompts.html",
        "catalogues",
        lambda session: prompts_page(session, scope, asked, errors),
        status=422 if errors else 200,
    )
