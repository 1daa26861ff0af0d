"""Staff accounts for their administrator: the list, one account, and the forms for both."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import now
from core.i18n import LOCALES, current_locale
from core.i18n import gettext as _
from dashboard import labels
from dashboard.four_eyes import RESET, two_persons
from dashboard.presenters import (
    Field,
    FieldKind,
    FormError,
    Option,
    StaffEditPage,
    StaffListPage,
    StaffRow,
    TelephoneRow,
)
from routing import queries as routing
from staff import queries as staff
from staff.catalogues import roles_catalogue
from staff.queries import StaffRow as Person
from staff.scope import Scope

_A_DAY = timedelta(days=1)
#: States of a telephone by which a page is sent, and the roles that stand on every ladder.
_USABLE = frozenset({"verified", "suspect"})
_WOKEN_BY_ROLE = frozenset({"shift_lead", "director"})
LANGUAGES = ("tr", "ku", "ar", "en")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

Given = Mapping[str, Sequence[str]]


def first_password() -> str:
    """Four groups without letters that are mistaken for digits: about 77 bits, readable from a screen."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def staff_list(
    session: Session,
    scope: Scope,
    given: Given | None = None,
    errors: Sequence[FormError] = (),
) -> StaffListPage:
    """Every account the reader administers, and the form for a new one."""
    people = staff.accounts(session, scope)
    centres = {row.id: row.name for row in staff.centres(session)}
    return StaffListPage(
        rows=tuple(
            StaffRow(
                id=str(row.id),
                sign_in=row.name,
                display=row.display_name,
                roles=row.roles,
                centre=centres.get(row.centre_id, "") if row.centre_id else "",
                active=row.disabled_at is None,
            )
            for row in people
        ),
        fields=_new_fields(session, scope, given or {}, errors) if scope.may("staff.manage") else (),
        errors=tuple(errors),
    )


def account_of(session: Session, scope: Scope, account_id: UUID) -> Person:
    """The account, if the reader administers it or supervises its centre. Raises OutOfScopeError."""
    found = staff.account(session, account_id)
    if found is None or not (staff.administers_all(scope) or found.centre_id in scope.centre_ids):
        raise scope.out_of_scope("account", account_id)
    return found


def staff_edit(
    session: Session,
    scope: Scope,
    account_id: UUID,
    given: Given | None = None,
    errors: Sequence[FormError] = (),
    *,
    secret: str = "",
    saved: bool = False,
) -> StaffEditPage:
    """One account. ``secret`` is what its owner needs for the first sign-in, shown this once."""
    person = account_of(session, scope, account_id)
    resets = person.disabled_at is None and scope.may("night_act.review") and account_id != scope.account_id
    reason = "".join((given or {}).get("reason", ()))
    values = {
        "display_name": (person.display_name,),
        "roles": person.roles,
        "languages": person.languages,
        "gender": (person.gender or "",),
        "locale": (person.locale,),
    }
    return StaffEditPage(
        id=str(person.id),
        sign_in=person.name,
        display=person.display_name,
        active=person.disabled_at is None,
        fields=_edit_fields(session, person, {**values, **(given or {})}, errors) if scope.may("staff.manage") else (),
        telephones=_telephones(session, person) if scope.may("staff.manage") else (),
        errors=tuple(errors),
        one_time_secret=secret,
        reset=two_persons(session, scope, RESET, ("account", str(account_id)), reason) if resets else None,
        saved=saved,
    )


def _edit_fields(
    session: Session,
    person: Person,
    values: Given,
    errors: Sequence[FormError],
) -> tuple[Field, ...]:
    return (
        *_profile_fields(values, errors),
        _ask("pin", _("Keypad PIN"), "code", {}, errors, hint=_pin_hint(person)),
        _ask("telephone", _("Add a telephone"), "phone", {}, errors, hint=_telephone_hint(session, person)),
        _ask("proof", _("Digits texted to it"), "code", {}, errors, hint=_("its owner reads them to you")),
    )


def _pin_hint(person: Person) -> str:
    known = _("A PIN is set. Leave empty to keep it.") if person.has_pin else _("No PIN is set.")
    form = _("4 to 8 digits, for accepting pages by telephone.")
    return f"{known} {form}"


def _telephone_hint(session: Session, person: Person) -> str:
    if staff.telephones_of(session, person.id):
        return ""
    return _("No telephone yet. Without one nobody can be reached.")


def _telephones(session: Session, person: Person) -> tuple[TelephoneRow, ...]:
    words = {"new": _("not yet proven"), "verified": _("proven"), "suspect": _("not reachable lately")}
    last = last_telephone(session, person)
    return tuple(
        TelephoneRow(
            id=str(phone.points[0][0]),
            number=f"••• {phone.digits}",
            states=(_("emergency or short service number: never called"),)
            if phone.never_dialled
            else tuple(f"{labels.medium(medium)}: {words.get(state, state)}" for _id, medium, state in phone.points),
            last=phone == last,
        )
        for phone in staff.telephones_of(session, person.id)
    )


def last_telephone(session: Session, person: Person) -> staff.TelephoneRow | None:
    """The one telephone by which pages reach a person whom they do reach: by the rota of this day, or by her role."""
    usable = [
        phone
        for phone in staff.telephones_of(session, person.id)
        if any(state in _USABLE for _id, _medium, state in phone.points)
    ]
    if len(usable) != 1 or person.disabled_at is not None:
        return None
    return usable[0] if _WOKEN_BY_ROLE & set(person.roles) or _on_call_today(session, person) else None


def _on_call_today(session: Session, person: Person) -> bool:
    moment = now(session)
    shifts = routing.shifts(session, Scope.system("staffing"), since=moment, until=moment + _A_DAY)
    return any((shift.account_id, shift.role) == (person.id, "oncall") for shift in shifts)


def _ask(
    name: str,
    label: str,
    kind: FieldKind,
    values: Given,
    errors: Sequence[FormError],
    options: tuple[Option, ...] = (),
    hint: str = "",
) -> Field:
    wrong = {error.field: error.text for error in errors}
    return Field(
        name=name,
        label=label,
        values=tuple(values.get(name, ())),
        options=options,
        help=hint,
        kind=kind,
        error=wrong.get(name, ""),
    )


def _profile_fields(values: Given, errors: Sequence[FormError]) -> tuple[Field, ...]:
    turkish = current_locale() == "tr"
    roles = tuple(
        Option(value=role.code, label=role.title.tr if turkish else role.title.en) for role in roles_catalogue().roles
    )
    languages = tuple(Option(value=code, label=labels.language(code)) for code in LANGUAGES)
    genders = (Option(value="female", label=_("Woman")), Option(value="male", label=_("Man")))
    locales = tuple(Option(value=code, label={"tr": "Türkçe", "en": "English"}[code]) for code in LOCALES)
    return (
        _ask("display_name", _("Name"), "text", values, errors, hint=_("as colleagues see it")),
        _ask("roles", _("Roles"), "checks", values, errors, roles),
        _ask("languages", _("Languages she speaks with callers"), "checks", values, errors, languages),
        _ask("gender", _("Woman or man"), "select", values, errors, genders, _("for callers who wish for a woman")),
        _ask("locale", _("Language of the screens"), "select", values, errors, locales),
    )


def administered(session: Session, scope: Scope) -> list[staff.CentreRow]:
    """The centres in which the reader makes accounts."""
    return staff.centres(session, None if staff.administers_all(scope) else scope.centre_ids)


def _new_fields(
    session: Session,
    scope: Scope,
    values: Given,
    errors: Sequence[FormError],
) -> tuple[Field, ...]:
    centres = tuple(Option(value=row.slug, label=row.name) for row in administered(session, scope))
    return (
        _ask("name", _("Sign-in name"), "text", values, errors, hint=_("as in operator1@ankara, never a full name")),
        _ask("centre", _("Centre"), "select", values, errors, centres),
        *_profile_fields(values, errors),
    )
