"""A form of the register as it was sent: days, moments and answers out of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from core.i18n import gettext as _
from dashboard.presenters import FormError
from staff.rules import ISTANBUL


class WrongFieldError(Exception):
    """What was typed into a field cannot be read."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field)
        self.error = FormError(text=text, field=field)


def day_of(text: str, field: str) -> date:
    """A day out of a form. Raises :class:`WrongFieldError`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongFieldError(field, _("Enter a date.")) from None


def moment_of(text: str, field: str) -> datetime:
    """A day and hour in Istanbul. Raises :class:`WrongFieldError`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongFieldError(field, _("Enter a date and a time.")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ISTANBUL)


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a form; those that may be chosen several times stand in ``many``."""

    typed: Mapping[str, str]
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)

    def text(self, name: str) -> str:
        """What was typed; empty for nothing."""
        return self.typed.get(name, "")

    def day(self, name: str) -> date:
        """A day. Raises :class:`WrongFieldError`."""
        return day_of(self.text(name), name)

    def moment(self, name: str) -> datetime:
        """A moment. Raises :class:`WrongFieldError`."""
        return moment_of(self.text(name), name)

    def moment_or_none(self, name: str) -> datetime | None:
        """A moment, or nothing where none was typed. Raises :class:`WrongFieldError`."""
        return self.moment(name) if self.text(name) else None

    def ids(self, name: str) -> tuple[UUID, ...]:
        """Chosen records. Raises :class:`WrongFieldError`."""
        try:
            return tuple(UUID(one) for one in self.many.get(name, ()))
        except ValueError:
            raise WrongFieldError(name, _("Choose one of the list.")) from None

    def number(self, name: str) -> int:
        """A whole number. Raises :class:`WrongFieldError`."""
        text = self.text(name)
        if not text.isdecimal() or len(text) > 4:
            raise WrongFieldError(name, _("Enter a number."))
        return int(text)
