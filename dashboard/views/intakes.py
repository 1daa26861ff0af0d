"""The intake: saved by itself, screened, triaged, closed, opened as a case; and who speaks, checked."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard import answers, frame
from dashboard.four_eyes import LOWER
from dashboard.person import cleared_reasons, safe_contact, shows_agreement
from dashboard.presenters import FormError, Json, as_json
from dashboard.views.contacts import RefusedError, show
from dashboard.wording import case_error, four_eyes_error, intake_error, level_rule
from dashboard.workspace import intake_of
from escalation.cases import service as cases
from hotline import service as hotline
from intake import service
from intake.access import KIND
from intake.errors import IntakeError
from intake.fields import error_sentence
from intake.identity import identity_of
from intake.queries import IntakeView
from intake.rules import DANGER
from intake.service.levels import LOWER_DANGER
from staff import night_acts
from staff.edge import require_permission
from staff.errors import FourEyesError

blueprint = Blueprint("intakes", __name__)

_SPOKEN = frozenset({"tr", "en", "ar", "ku"})
_OURS = frozenset({"csrf_token", "version", "check_identity", "code_word", "how"})
Errors = dict[str, str]


def _view(session: Session, intake_id: UUID) -> IntakeView:
    return intake_of(session, frame.scope(), intake_id)


def _sent() -> dict[str, list[str]]:
    return {name: request.form.getlist(name) for name in request.form if name not in _OURS}


def _listed(errors: Errors) -> Json:
    return as_json([FormError(text=text, field=name) for name, text in errors.items()])


def _answer(
    contact_id: UUID,
    intake_id: UUID,
    errors: Errors,
    saved: service.IntakeSaved | None = None,
) -> ResponseReturnValue:
    """What stands after a save: JSON for the form's module, the page for a browser without it.

    The version is that of this very save: a colleague's that came after it is still to be seen. ``stale`` says that one
    came before.
    """
    if not frame.wants_json():
        return show(contact_id, errors, status=422) if errors else frame.done(f"/contacts/{contact_id}")
    view = frame.act(lambda session: _view(session, intake_id))
    versions = {"version": saved.version, "stale": saved.stale} if saved is not None else {}
    return jsonify(
        saved_at=as_json(saved.saved_at if saved is not None else view.saved_at),
        level=view.level,
        rule=level_rule(view.level_rule),
        errors=_listed(errors),
        **versions,
    )


def _refuse(contact_id: UUID, errors: Errors, typed: dict[str, str] | None = None) -> ResponseReturnValue:
    if frame.wants_json():
        return jsonify(errors=_listed(errors)), 422
    return show(contact_id, errors, typed, status=422)


@blueprint.post("/intakes/<uuid:intake_id>")
@require_permission("intake.write")
def save(intake_id: UUID) -> ResponseReturnValue:
    """Autosave of the fields that changed; nothing is required. Or the check of who speaks."""
    if request.form.get("check_identity"):
        return _check_identity(intake_id)
    sent = _sent()

    def work(session: Session) -> tuple[UUID, Errors, service.IntakeSaved]:
        return _save(session, intake_id, sent)

    try:
        contact_id, errors, saved = frame.act(work)
    except IntakeError as refused:
        return _refuse(_contact_id(intake_id), {"": intake_error(refused.reason)})
    return _answer(contact_id, intake_id, errors, saved)


def _save(session: Session, intake_id: UUID, sent: dict[str, list[str]]) -> tuple[UUID, Errors, service.IntakeSaved]:
    scope = frame.scope()
    view = _view(session, intake_id)
    version = frame.field("version", 12)
    changes = answers.intake_changes(sent)
    saved = service.autosave(
        session,
        scope.actor,
        scope,
        intake_id,
        changes,
        int(version) if version.isdecimal() else view.version,
    )
    errors = {name: error_sentence(code) for name, code in saved.errors.items()}
    language = changes.get("language")
    if language in _SPOKEN and language != view.fields.get("language"):
        hotline.set_language(session, scope.actor, view.contact_id, str(language))
    safe = safe_contact(session, scope, view.contact_id)
    if not shows_agreement(view, safe, identity_of(session, view.contact_id)):
        # Empty is what the form shows of an agreement that is not told yet: it is kept, and only what was said counts.
        sent = answers.without_empty(sent)
    agreed, wrong = answers.agreement(sent, safe)
    if agreed is not None and identity_of(session, view.contact_id).not_her:
        wrong = {name: intake_error("not_her") for name in answers.SAFE_FIELDS if name in sent}
    elif agreed is not None:
        wrong |= answers.held_back(service.set_safe_contact(session, scope.actor, scope, intake_id, agreed).held_back)
    return view.contact_id, errors | wrong, saved


def _contact_id(intake_id: UUID) -> UUID:
    return frame.act(lambda session: _view(session, intake_id)).contact_id


def _check_identity(intake_id: UUID) -> ResponseReturnValue:
    """By her code word where one was agreed; else the member of staff says how she made sure."""
    word, how = frame.field("code_word", 200), frame.field("how", 20)
    scope = frame.scope()

    def work(session: Session) -> tuple[UUID, bool]:
        view = _view(session, intake_id)
        safe = safe_contact(session, scope, view.contact_id)
        by_word = safe is not None and safe.code_word_set
        sure = service.check_code_word(session, scope.actor, scope, intake_id, word) if by_word else True
        if sure:
            way = "code_word" if by_word else "" if how == "code_word" else how
            service.check_identity(session, scope.actor, scope, intake_id, way)
        return view.contact_id, sure

    try:
        contact_id, sure = frame.act(work)
    except IntakeError as refused:
        return _refuse(_contact_id(intake_id), {"": intake_error(refused.reason)})
    if not sure:
        return _refuse(contact_id, {"": _("That is not the code word. The page says what is stopped by it.")})
    return frame.done(f"/contacts/{contact_id}")


@blueprint.post("/intakes/<uuid:intake_id>/compromised")
@require_permission("safe_contact.write")
def clear_compromised(intake_id: UUID) -> ResponseReturnValue:
    """She has her telephone again, for a reason of the list: what was agreed holds again."""
    reason = frame.field("reason", 40)
    scope = frame.scope()
    if reason not in {option.value for option in cleared_reasons()}:
        return _refuse(_contact_id(intake_id), {"": _("Say how you know that she has her telephone.")})

    def work(session: Session) -> UUID:
        view = _view(session, intake_id)
        service.clear_compromised(session, scope.actor, scope, intake_id, reason)
        return view.contact_id

    try:
        contact_id = frame.act(work)
    except IntakeError as refused:
        return _refuse(_contact_id(intake_id), {"": intake_error(refused.reason)})
    return frame.done(f"/contacts/{contact_id}")


@blueprint.post("/intakes/<uuid:intake_id>/screening")
@require_permission("intake.write")
def screen(intake_id: UUID) -> ResponseReturnValue:
    """Keep the screening's answers; the rules raise the level. When all was asked, the contact is triaged."""
    sent = _sent()
    scope = frame.scope()

    def work(session: Session) -> UUID:
        view = _view(session, intake_id)
        screened = service.screen(
            session,
            scope.actor,
            scope,
            intake_id,
            answers.screening_answers(sent, view),
        )
        if screened.assessed.finished:
            service.triage(session, scope.actor, scope, intake_id)
        return view.contact_id

    try:
        contact_id = frame.act(work)
    except IntakeError as refused:
        return _refuse(_contact_id(intake_id), dict.fromkeys(sent, intake_error(refused.reason)))
    return _answer(contact_id, intake_id, {})


@blueprint.post("/intakes/<uuid:intake_id>/triage")
@require_permission("intake.write")
def triage(intake_id: UUID) -> ResponseReturnValue:
    """A person has looked, and the level stands."""
    scope = frame.scope()

    def work(session: Session) -> UUID:
        view = _view(session, intake_id)
        service.triage(session, scope.actor, scope, intake_id)
        return view.contact_id

    return frame.done(f"/contacts/{frame.act(work)}")


@blueprint.post("/intakes/<uuid:intake_id>/level")
@require_permission("intake.read")
def change_level(intake_id: UUID) -> ResponseReturnValue:
    """Raise the level with one key, or lower it with a reason: oneself, with a second person, or alone at night."""
    typed = {"level": frame.field("level", 1), "reason": frame.field("reason", 500)}
    how = frame.field("do", 10)

    def work(session: Session) -> UUID:
        view = _view(session, intake_id)
        if how != "ask" and typed["level"] not in {"1", "2", "3", "4"}:
            raise RefusedError(_("Choose a level."))
        if how == "ask":
            _second_person(session, view, typed["reason"], night=False)
        else:
            _set_level(session, view, int(typed["level"]), typed["reason"], alone=how == "alone")
        return view.contact_id

    try:
        contact_id = frame.act(work)
    except RefusedError as refused:
        return _refuse(_contact_id(intake_id), {LOWER: refused.text}, typed)
    except FourEyesError as refused:
        return _refuse(_contact_id(intake_id), {LOWER: four_eyes_error(refused.reason)}, typed)
    except IntakeError as refused:
        return _refuse(_contact_id(intake_id), {LOWER: intake_error(refused.reason)}, typed)
    return frame.done(f"/contacts/{contact_id}")


def _set_level(session: Session, view: IntakeView, level: int, reason: str, *, alone: bool) -> None:
    scope = frame.scope()
    if level < view.level:
        service.raise_level(session, scope.actor, scope, view.id, level, reason)
        return
    if alone and level > view.level:
        _second_person(session, view, reason, night=True)
    service.lower_level(session, scope.actor, scope, view.id, level, reason)


def _second_person(session: Session, view: IntakeView, reason: str, *, night: bool) -> None:
    """Ask for her agreement, or take the form of the night without it. Below level 1 nobody is needed."""
    if view.level == DANGER:
        night_acts.request_act(
            session,
            frame.scope(),
            LOWER_DANGER,
            KIND,
            view.id,
            reason=reason,
            centre_id=view.centre_id,
            night=night,
        )


@blueprint.post("/intakes/<uuid:intake_id>/close")
@require_permission("intake.write")
def close(intake_id: UUID) -> ResponseReturnValue:
    """Close the record; what is missing is named beside its field."""
    scope = frame.scope()

    def work(session: Session) -> tuple[UUID, Errors]:
        view = _view(session, intake_id)
        service.triage(session, scope.actor, scope, intake_id)
        closing = service.close(session, scope.actor, scope, intake_id)
        wanted: Errors = {}
        for name in closing.missing:
            needs = _("Closing needs: %(field)s", field=answers.field_label(name))
            field = answers.field_of(name)
            wanted[field] = f"{wanted[field]} {needs}" if field in wanted else needs
        return view.contact_id, wanted

    try:
        contact_id, errors = frame.act(work)
    except IntakeError as refused:
        return _refuse(_contact_id(intake_id), {"": intake_error(refused.reason)})
    return _refuse(contact_id, errors) if errors else frame.done(f"/contacts/{contact_id}")


@blueprint.post("/intakes/<uuid:intake_id>/reopen")
@require_permission("intake.reopen")
def reopen(intake_id: UUID) -> ResponseReturnValue:
    """Open a closed record again, for a reason in one's own words."""
    reason, scope = frame.field("reason", 500), frame.scope()

    def work(session: Session) -> UUID:
        view = _view(session, intake_id)
        service.reopen(session, scope.actor, scope, intake_id, reason)
        return view.contact_id

    try:
        contact_id = frame.act(work)
    except IntakeError as refused:
        return _refuse(_contact_id(intake_id), {"reopen": intake_error(refused.reason)})
    return frame.done(f"/contacts/{contact_id}")


@blueprint.post("/intakes/<uuid:intake_id>/open-case")
@require_permission("case.open")
def open_case(intake_id: UUID) -> ResponseReturnValue:
    """Open a case from the intake. Twice gives the same case."""
    scope = frame.scope()

    def work(session: Session) -> str:
        _view(session, intake_id)
        if scope.may("intake.write"):
            service.triage(session, scope.actor, scope, intake_id)
        return cases.open_case(session, scope.actor, scope, intake_id).ref

    try:
        ref = frame.act(work)
    except cases.CaseError as refused:
        return _refuse(_contact_id(intake_id), {"": case_error(refused.reason)})
    return frame.done(f"/cases/{ref}", ref=ref)
