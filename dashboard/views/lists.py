"""Lists that a centre brings along: upload, look, confirm, take back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.lists import list_error, list_page, lists_page
from dashboard.presenters.forms import FormError
from escalation.cases.lists import queries, service
from escalation.cases.lists.example import MEDIA_TYPE, example
from escalation.cases.lists.reading import LARGEST, ListError
from staff.edge import require_permission

blueprint = Blueprint("lists", __name__)


@blueprint.get("/lists")
@require_permission("register.write")
def lists() -> Response:
    """The lists so far, and the form for another."""
    return _lists()


def _lists(refused: ListError | None = None) -> Response:
    scope = frame.scope()
    return frame.page(
        "lists.html",
        "cases",
        lambda session: lists_page(session, scope, _errors(refused, "list")),
        status=422 if refused else 200,
    )


def _errors(refused: ListError | None, field: str = "") -> tuple[FormError, ...]:
    return () if refused is None else (FormError(text=list_error(refused.reason, refused.details), field=field),)


@blueprint.post("/lists")
@require_permission("register.write")
def upload() -> ResponseReturnValue:
    """Bring a list along; nothing is made yet. The file's own name is forgotten."""
    scope, sent = frame.scope(), request.files.get("list")
    # One byte more than may be tells that it is too large.
    content = sent.stream.read(LARGEST + 1) if sent is not None else b""
    if sent is not None:
        sent.close()
    try:
        made = frame.act(lambda session: service.upload(session, scope.actor, scope, frame.here(), content))
    except ListError as refused:
        return _lists(refused)
    return frame.done(f"/lists/{made}")


@blueprint.get("/lists/example")
@require_permission("register.write")
def take_example() -> Response:
    """An empty list to be filled in."""
    queries.require(frame.scope())
    return Response(
        example(), mimetype=MEDIA_TYPE, headers={"Content-Disposition": 'attachment; filename="koza-liste.xlsx"'}
    )


@blueprint.get("/lists/<uuid:list_id>")
@require_permission("register.write")
def one(list_id: UUID) -> Response:
    """A list before it is made, or what became of it."""
    return _show(list_id)


def _show(list_id: UUID, refused: ListError | None = None) -> Response:
    scope = frame.scope()
    return frame.page(
        "list.html",
        "cases",
        lambda session: list_page(session, scope, list_id, _errors(refused)),
        status=422 if refused else 200,
    )


def _do(list_id: UUID, verb: Callable[[Session], object], where: str) -> ResponseReturnValue:
    try:
        frame.act(verb)
    except ListError as refused:
        return _show(list_id, refused)
    return frame.done(where)


@blueprint.post("/lists/<uuid:list_id>/confirm")
@require_permission("register.write")
def confirm(list_id: UUID) -> ResponseReturnValue:
    """Make every row without a problem."""
    scope = frame.scope()
    return _do(list_id, lambda session: service.confirm(session, scope.actor, scope, list_id), f"/lists/{list_id}")


@blueprint.post("/lists/<uuid:list_id>/undo")
@require_permission("register.write")
def undo(list_id: UUID) -> ResponseReturnValue:
    """Take the whole list back."""
    scope = frame.scope()
    return _do(list_id, lambda session: service.undo(session, scope.actor, scope, list_id), f"/lists/{list_id}")


@blueprint.post("/lists/<uuid:list_id>/drop")
@require_permission("register.write")
def drop(list_id: UUID) -> ResponseReturnValue:
    """Forget a list that was not made."""
    scope = frame.scope()
    return _do(list_id, lambda session: service.discard(session, scope.actor, scope, list_id), "/lists")
