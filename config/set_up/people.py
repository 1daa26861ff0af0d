"""Step 5: who works here. What each person needs for her first sign-in is shown once."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from config.set_up.director import picture_of
from config.set_up.forms import Given, WrongFieldError, given, number_of
from config.set_up.progress import Progress, look
from config.set_up.stage import stage
from core.i18n import current_locale
from core.i18n import gettext as _
from dashboard import frame, labels
from dashboard.presenters import FirstSignIn, FormError, Option, SetUpNewRow, SetUpPeoplePage, SetUpPerson
from dashboard.staffing import first_password
from dashboard.telephones import add_telephone, prove_telephone
from staff import queries as staff
from staff import service
from staff import set_up as first_day
from staff.edge import set_up
from staff.errors import WeakPinError
from staff.queries import CentreRow, StaffRow
from staff.rules import check_pin_strength
from staff.service import NewAccount
from staff.set_up import SET_UP

ROWS = 6
ROLES = ("operator", "shift_lead", "oncall", "social_worker", "psychologist", "legal", "auditor", "admin")
#: Who accepts a page on a telephone, by a PIN.
_WITH_PIN = frozenset({"oncall", "shift_lead", "director", "social_worker", "psychologist"})
_SUGGESTED = ("operator", "operator", "shift_lead", "oncall", "admin", "operator")

Made = list[FirstSignIn]


@set_up
def people() -> ResponseReturnValue:
    """Who is there already, and rows for those who are not."""
    return stage("people", _page)


@set_up
def save_people() -> ResponseReturnValue:
    """Make the accounts of the filled rows, take digits and telephones, or make one first sign-in anew (``anew``)."""
    values = given()

    def work(session: Session) -> Made:
        first_day.hold(session)
        found = look(session)
        if found.centre is None or not found.may("people"):
            return []
        if values.get("anew"):
            return [_anew(session, found, values["anew"])]
        if _rows_filled(values) and values.get("people") != str(len(found.people)):
            # The page was sent twice, or somebody else is at the list too: nobody is written down a second time.
            raise WrongFieldError("", _("The list has grown since this page was drawn. Look at it before you save."))
        made = [one for number in range(1, ROWS + 1) if (one := _new(session, found.centre, number, values))]
        for person in found.people:
            if digits := values.get(f"proof-{person.id}"):
                _prove(session, person, digits)
            if number := values.get(f"phone-{person.id}"):
                _telephone(session, person.id, f"phone-{person.id}", number)
                # The director has her sign-in already; to accept a page on a telephone she needs a PIN as well.
                if not person.has_pin and (pin := _pin_for(session, person.id, person.roles)):
                    made.append(FirstSignIn(display=person.display_name, name=person.name, pin=pin))
        return made

    try:
        made = frame.act(work)
    except WrongFieldError as wrong:
        error = wrong.error
        return stage("people", lambda session, found: _page(session, found, values, (error,)), status=422)
    return _shown(made)


def _rows_filled(values: Given) -> bool:
    return any(values.get(f"{name}-{number}") for name in ("display", "telephone") for number in range(1, ROWS + 1))


def _shown(made: Made) -> Response:
    return stage("people", lambda session, found: _page(session, found, made=made))


def _new(session: Session, centre: CentreRow, number: int, values: Given) -> FirstSignIn | None:
    display, role = values.get(f"display-{number}", ""), values.get(f"role-{number}", "")
    telephone = values.get(f"telephone-{number}", "")
    if not display and not telephone:
        return None
    if not display:
        raise WrongFieldError(f"display-{number}", _("Row %(n)d has a telephone and no name.", n=number))
    if role not in ROLES:
        raise WrongFieldError(f"role-{number}", _("Choose a role."))
    password = first_password()
    made = service.create_account(
        session,
        SET_UP,
        name=_free_name(session, role, centre.slug),
        display_name=display,
        password=password,
        roles=(role,),
        centre_id=centre.id,
        locale=current_locale(),
    )
    if telephone:
        _telephone(session, made.id, f"telephone-{number}", telephone)
    return _slip(session, made, display, password, (role,))


def _free_name(session: Session, role: str, slug: str) -> str:
    """The first name of the role that nobody has: operator1@ankara."""
    word = role.replace("_", "-")
    number = 1
    while staff.account_by_name(session, f"{word}{number}@{slug}") is not None:
        number += 1
    return f"{word}{number}@{slug}"


def _telephone(session: Session, account_id: UUID, field: str, raw: str) -> None:
    number = number_of(raw, field)
    try:
        add_telephone(session, SET_UP, account_id, number)
    except ValueError:
        text = _("This is no number at which staff can be reached, or it is there already.")
        raise WrongFieldError(field, text) from None


def _prove(session: Session, person: StaffRow, digits: str) -> None:
    if not prove_telephone(session, SET_UP, person.id, digits):
        text = _("%(name)s: these are not the digits that were sent, or they are older than a quarter of an hour.")
        raise WrongFieldError(f"proof-{person.id}", text % {"name": person.display_name})


def _anew(session: Session, found: Progress, account_id: str) -> FirstSignIn:
    person = next((one for one in found.people if str(one.id) == account_id), None)
    if person is None or person == found.director:
        raise WrongFieldError("", _("Choose a person of the list."))
    password = first_password()
    try:
        made = first_day.renew_first_sign_in(session, person.id, password)
    except ValueError as refused:
        raise WrongFieldError("", str(refused)) from None
    return _slip(session, made, person.display_name, password, person.roles)


def _slip(session: Session, made: NewAccount, display: str, password: str, roles: tuple[str, ...]) -> FirstSignIn:
    return FirstSignIn(
        display=display,
        name=made.name,
        password=password,
        secret=made.totp_seed,
        pin=_pin_for(session, made.id, roles),
        picture=picture_of(made.totp_uri),
    )


def _pin_for(session: Session, account_id: UUID, roles: tuple[str, ...]) -> str:
    if not _WITH_PIN.intersection(roles):
        return ""
    pin = _new_pin()
    service.set_pin(session, SET_UP, account_id, pin)
    return pin


def _new_pin() -> str:
    while True:
        pin = f"{secrets.randbelow(1_000_000):06d}"
        try:
            check_pin_strength(pin)
        except WeakPinError:
            continue
        return pin


def _page(
    session: Session,
    found: Progress,
    values: Given | None = None,
    errors: tuple[FormError, ...] = (),
    *,
    made: Made | None = None,
) -> str:
    filled = values or {}
    new = first_day.new_accounts(session, found.centre.id) if found.centre else {}
    wrong = {error.field: error.text for error in errors}
    notes = []
    if found.people and not any("admin" in row.roles for row in found.people):
        notes.append(_("Nobody can add accounts later: give one person the role of system administrator."))
    view = SetUpPeoplePage(
        steps=found.steps("people"),
        people=tuple(_person(session, row, signed_in=row.id not in new, wrong=wrong) for row in found.people),
        rows=tuple(_row(number, filled, wrong) for number in range(1, ROWS + 1)),
        roles=tuple(Option(value=role, label=labels.role(role)) for role in ROLES),
        first_sign_ins=tuple(made or ()),
        errors=errors,
        notes=tuple(notes),
        next_href=found.next_href("people"),
    )
    return render_template("set_up/people.html", view=view, shell=frame.bare_shell())


def _row(number: int, filled: Given, wrong: Given) -> SetUpNewRow:
    return SetUpNewRow(
        number=number,
        display=filled.get(f"display-{number}", ""),
        role=filled.get(f"role-{number}", _SUGGESTED[number - 1]),
        telephone=filled.get(f"telephone-{number}", ""),
        errors={name: wrong.get(f"{name}-{number}", "") for name in ("display", "telephone")},
    )


def _person(session: Session, row: StaffRow, *, signed_in: bool, wrong: Given) -> SetUpPerson:
    phones = staff.telephones_of(session, row.id)
    proven = any(state in {"verified", "suspect"} for phone in phones for _point, _medium, state in phone.points)
    return SetUpPerson(
        id=str(row.id),
        name=row.name,
        display=row.display_name,
        role=row.roles[0] if row.roles else "",
        digits=phones[0].digits if phones else "",
        telephone="proven" if proven else "new" if phones else "none",
        signed_in=signed_in,
        error=wrong.get(f"proof-{row.id}", "") or wrong.get(f"phone-{row.id}", ""),
    )
