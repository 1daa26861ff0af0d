"""What the forms of set-up share."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from core.i18n import gettext as _
from core.phones import is_never_dial, parse_address
from dashboard.presenters import Field, FormError, Option
from dashboard.presenters.forms import FieldKind

Given = Mapping[str, str]


class WrongFieldError(ValueError):
    """A field cannot be taken as it is; the sentence is for the person who filled it in."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.error = FormError(field=field, text=text)


def given() -> dict[str, str]:
    """The form as it was sent, without surrounding blanks, each value cut to what it may be."""
    # A password is taken as it was typed.
    return {name: value[:400] if "password" in name else value.strip()[:200] for name, value in request.form.items()}


def ask(
    name: str,
    label: str,
    kind: FieldKind,
    values: Given,
    errors: tuple[FormError, ...],
    *,
    help_: str = "",
    options: tuple[Option, ...] = (),
) -> Field:
    """One question with what was answered and what is wrong with it."""
    value = values.get(name, "")
    wrong = next((error.text for error in errors if error.field == name), "")
    return Field(
        name=name,
        label=label,
        kind=kind,
        help=help_,
        options=options,
        values=(value,) if value and kind != "password" else (),
        error=wrong,
    )


def number_of(raw: str, field: str) -> str:
    """A telephone number in E.164. Raises :class:`WrongFieldError` for anything that may not be dialled."""
    if not raw:
        raise WrongFieldError(field, _("Enter a telephone number."))
    address = parse_address(raw)
    if is_never_dial(address) or is_never_dial(raw):
        raise WrongFieldError(field, _("Koza never calls an emergency or short service number. Enter another one."))
    if address.kind != "number":
        raise WrongFieldError(field, _("This is no telephone number. Write it as 0532 123 45 67 or +90 532 123 45 67."))
    return address.value
