"""What a director decides about her centre's texts: the machine's answers, the silent hours, words for an emergency."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard import frame
from dashboard.administration.texts import PATH, centre_of, texts_page
from dashboard.presenters.forms import FormError
from dashboard.wording import intake_error
from intake import service
from intake.errors import TextPolicyError
from staff.edge import require_permission

blueprint = Blueprint("texts", __name__)
_LONGEST = 200


@blueprint.get("/texts")
@require_permission("text_policy.write")
def texts() -> Response:
    """What goes by itself, what the machine says, and the agreed words."""
    return _page()


@blueprint.post("/texts")
@require_permission("text_policy.write", step_up=True)
def decide() -> ResponseReturnValue:
    """Whether the machine answers, and after how long a silence it is asked again who writes."""
    scope = frame.scope()
    hours, automatic = frame.field("silent_hours", 5), frame.field("automatic", 3) == "yes"

    def work(session: Session) -> None:
        number = int(hours) if hours.isdecimal() else 0
        service.set_text_policy(session, scope.actor, scope, centre_of(scope), automatic=automatic, silent_hours=number)

    return _do(work, "silent_hours", {"silent_hours": hours})


@blueprint.post("/texts/words")
@require_permission("text_policy.write")
def agree() -> ResponseReturnValue:
    """These ordinary words mean danger from now on."""
    scope, words = frame.scope(), frame.field("words", _LONGEST)
    return _do(
        lambda session: service.agree_words(session, scope.actor, scope, centre_of(scope), words),
        "words",
        {"words": words},
    )


@blueprint.post("/texts/words/<uuid:word_id>/drop")
@require_permission("text_policy.write", step_up=True)
def drop(word_id: UUID) -> ResponseReturnValue:
    """These words mean nothing any more."""
    scope = frame.scope()
    return _do(lambda session: service.drop_words(session, scope.actor, scope, word_id), "", {})


def _do(work: Callable[[Session], None], field: str, typed: dict[str, str]) -> ResponseReturnValue:
    try:
        frame.act(work)
    except TextPolicyError as refused:
        return _page(typed, FormError(text=intake_error(refused.reason), field=field))
    return frame.done(PATH)


def _page(typed: dict[str, str] | None = None, *errors: FormError) -> Response:
    scope = frame.scope()
    return frame.page(
        "texts.html",
        "texts",
        lambda session: texts_page(session, scope, typed or {}, errors),
        status=422 if errors else 200,
    )
