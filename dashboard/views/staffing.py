"""Staff administration: making accounts, giving roles, disabling, resets. Every act is audited by the room below."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.i18n import LOCALES
from core.i18n import gettext as _
from dashboard import frame
from dashboard.four_eyes import RESET
from dashboard.presenters import FormError
from dashboard.staffing import (
    LANGUAGES,
    account_of,
    administered,
    first_password,
    last_telephone,
    staff_edit,
    staff_list,
)
from dashboard.telephones import add_telephone, prove_telephone
from dashboard.wording import four_eyes_error
from staff import night_acts, queries, service
from staff.edge import require_permission, signed_in
from staff.errors import FourEyesError, MissingPermissionError, NeverDialledError, WeakPinError
from staff.rules import is_sign_in_name
from staff.service.accounts import Gender, Locale

blueprint = Blueprint("staffing", __name__)

Given = dict[str, list[str]]
#: What a supervisor may do with an account: a reset with a second one, or alone at night.
_RESETS = frozenset({"reset", "reset_alone"})


class _WrongFieldError(ValueError):
    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.error = FormError(text=text, field=field)


def _may_look() -> None:
    scope = frame.scope()
    if "staff" not in frame.places_of(scope):
        raise MissingPermissionError(scope.actor, "staff.manage")


def _given() -> Given:
    return {name: [one for one in request.form.getlist(name) if one] for name in request.form if name != "csrf_token"}


@blueprint.get("/staff")
@signed_in()
def people() -> Response:
    """Every account that the reader administers or supervises."""
    _may_look()
    return frame.page("staff.html", "staff", lambda session: staff_list(session, frame.scope()))


@blueprint.post("/staff")
@require_permission("staff.manage", step_up=True)
def create() -> ResponseReturnValue:
    """Make an account; its first password and second factor are shown once."""
    given = _given()
    try:
        account_id, secret = frame.act(lambda session: _create(session, given))
    except (_WrongFieldError, IntegrityError) as refused:
        taken = FormError(text=_("This sign-in name exists already."), field="name")
        error = refused.error if isinstance(refused, _WrongFieldError) else taken
        return frame.page(
            "staff.html",
            "staff",
            lambda session: staff_list(session, frame.scope(), given, (error,)),
            status=422,
        )
    return _shown(account_id, secret)


def _shown(account_id: UUID, secret: str) -> Response:
    return frame.page(
        "staff_edit.html",
        "staff",
        lambda session: staff_edit(session, frame.scope(), account_id, secret=secret),
    )


def _create(session: Session, given: Given) -> tuple[UUID, str]:
    name = _one(given, "name")
    if not is_sign_in_name(name):
        raise _WrongFieldError("name", _("A word, an at sign and a centre, in small letters: operator1@ankara."))
    centre_id = _centre(session, _one(given, "centre"))
    password = first_password()
    made = service.create_account(
        session,
        frame.scope().actor,
        name=name,
        display_name=_display(given),
        password=password,
        roles=_roles(given),
        centre_id=centre_id,
        languages=_languages(given),
        gender=_gender(given),
        locale=_locale(given),
    )
    return made.id, f"{made.name} · {password} · {made.totp_seed}"


def _centre(session: Session, slug: str) -> UUID | None:
    """The centre that was chosen; only who administers all may choose none, for one more like herself."""
    scope = frame.scope()
    if not slug and queries.administers_all(scope):
        return None
    chosen = next((row.id for row in administered(session, scope) if row.slug == slug), None)
    if chosen is None:
        raise _WrongFieldError("centre", _("Choose a centre."))
    return chosen


def _one(given: Given, name: str) -> str:
    values = given.get(name, [])
    return values[-1].strip() if values else ""


def _display(given: Given) -> str:
    display = _one(given, "display_name")
    if not display:
        raise _WrongFieldError("display_name", _("Give the name that colleagues see."))
    return display[:200]


def _roles(given: Given) -> list[str]:
    if not given.get("roles"):
        raise _WrongFieldError("roles", _("Choose at least one role."))
    return given["roles"]


def _languages(given: Given) -> list[str]:
    return [code for code in LANGUAGES if code in given.get("languages", [])] or ["tr"]


def _gender(given: Given) -> Gender | None:
    chosen = _one(given, "gender")
    return "female" if chosen == "female" else "male" if chosen == "male" else None


def _locale(given: Given) -> Locale:
    return next((code for code in LOCALES if code == _one(given, "locale")), "tr")


@blueprint.get("/staff/<uuid:account_id>")
@signed_in()
def person(account_id: UUID) -> Response:
    """One account."""
    _may_look()
    saved = request.args.get("saved") == "1"
    return frame.page(
        "staff_edit.html",
        "staff",
        lambda session: staff_edit(session, frame.scope(), account_id, saved=saved),
    )


@blueprint.post("/staff/<uuid:account_id>")
@signed_in(step_up=True)
def change(account_id: UUID) -> ResponseReturnValue:
    """Save, disable or enable, by an administrator; or a reset, by supervisors (``do``)."""
    given = _given()
    verb = _reset if _one(given, "do") in _RESETS else _change
    _may_look()
    try:
        secret = frame.act(lambda session: verb(session, account_id, given))
    except _WrongFieldError as wrong:
        errors = (wrong.error,)
        return frame.page(
            "staff_edit.html",
            "staff",
            lambda session: staff_edit(session, frame.scope(), account_id, given, errors),
            status=422,
        )
    if secret:
        return _shown(account_id, secret)
    return frame.done("/night-acts" if verb is _reset else f"/staff/{account_id}?saved=1")


@blueprint.post("/staff/<uuid:account_id>/telephones/<uuid:point_id>")
@require_permission("staff.manage")
def remove_telephone(account_id: UUID, point_id: UUID) -> ResponseReturnValue:
    """Never use this number again, for calls and texts. The last one by which pages reach her needs a word more."""
    sure = frame.field("sure") == "1"
    try:
        frame.act(lambda session: _remove_telephone(session, account_id, point_id, sure=sure))
    except _WrongFieldError as wrong:
        errors = (wrong.error,)
        return frame.page(
            "staff_edit.html",
            "staff",
            lambda session: staff_edit(session, frame.scope(), account_id, errors=errors),
            status=422,
        )
    return frame.done(f"/staff/{account_id}?saved=1")


def _remove_telephone(session: Session, account_id: UUID, point_id: UUID, *, sure: bool) -> None:
    scope = frame.scope()
    known = account_of(session, scope, account_id)
    phones = queries.telephones_of(session, account_id)
    phone = next((one for one in phones if point_id in {point for point, _medium, _state in one.points}), None)
    if phone is None:
        raise scope.out_of_scope("contact_point", point_id)
    last = phone == last_telephone(session, known)
    if last and not sure:
        raise _WrongFieldError("", _("Without this telephone pages do not reach her. Say that you are sure."))
    for point, _medium, _state in phone.points:
        reason = "administrator_last" if last else "administrator"
        service.disable_contact_point(session, scope.actor, point, reason=reason)


def _change(session: Session, account_id: UUID, given: Given) -> str:
    scope = frame.scope()
    scope.require("staff.manage", "account", account_id)
    known = account_of(session, scope, account_id)
    verb = _one(given, "do") or "save"
    if verb == "disable":
        service.disable_account(session, scope.actor, account_id, reason="administrator")
    elif verb == "enable":
        service.enable_account(session, scope.actor, account_id)
    else:
        _save(session, account_id, given, known.roles)
    return ""


def _reset(session: Session, account_id: UUID, given: Given) -> str:
    """The first press asks another supervisor; once she has approved, the second press resets. Alone at night: one."""
    scope = frame.scope()
    known = account_of(session, scope, account_id)
    alone = _one(given, "do") == "reset_alone"
    if not scope.may("night_act.review"):
        raise _WrongFieldError("", _("A reset needs two supervisors: a shift lead or the director starts it."))
    if account_id == frame.me():
        raise _WrongFieldError("", _("Your own sign-in is reset by somebody else."))
    approved = any(
        (row.act, row.subject_id, row.state) == (RESET, str(account_id), "approved")
        for row in queries.my_open_acts(session, scope)
    )
    if not approved:
        try:
            night_acts.request_act(
                session,
                scope,
                RESET,
                "account",
                account_id,
                reason=_one(given, "reason")[:500],
                centre_id=known.centre_id,
                night=alone,
            )
        except FourEyesError as refused:
            raise _WrongFieldError("reason", four_eyes_error(refused.reason)) from None
    if not approved and not alone:
        return ""
    made = service.reset_sign_in(session, scope.actor, account_id, password := first_password())
    return f"{made.name} · {password} · {made.totp_seed}"


def _save(session: Session, account_id: UUID, given: Given, roles: tuple[str, ...]) -> None:
    actor = frame.scope().actor
    service.set_profile(
        session,
        actor,
        account_id,
        display_name=_display(given),
        languages=_languages(given),
        gender=_gender(given),
        locale=_locale(given),
    )
    wanted = _roles(given)
    if set(wanted) != set(roles):
        try:
            service.set_roles(session, actor, account_id, wanted)
        except ValueError:
            raise _WrongFieldError("roles", _("Choose roles of the list.")) from None
    if pin := _one(given, "pin"):
        try:
            service.set_pin(session, actor, account_id, pin)
        except WeakPinError:
            text = _("4 to 8 digits, not all the same and not in a row.")
            raise _WrongFieldError("pin", text) from None
    if code := _one(given, "proof"):
        _prove(session, account_id, code)
    if number := _one(given, "telephone"):
        _add_telephone(session, account_id, number)


def _add_telephone(session: Session, account_id: UUID, number: str) -> None:
    try:
        add_telephone(session, frame.scope().actor, account_id, number)
    except NeverDialledError:
        text = _("Koza never calls an emergency or short service number. Give another one.")
        raise _WrongFieldError("telephone", text) from None
    except ValueError:
        text = _("This is no number at which staff can be reached, or it is there already.")
        raise _WrongFieldError("telephone", text) from None


def _prove(session: Session, account_id: UUID, code: str) -> None:
    if not prove_telephone(session, frame.scope().actor, account_id, code):
        raise _WrongFieldError("proof", _("These are not the digits that were sent, or they are too old."))
