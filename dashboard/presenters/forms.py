"""Parts of a form: a question, its answers, its errors; and view models as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Literal

Channel = Literal["voice", "text"]
Lane = Literal["waiting", "active", "woken"]
#: Which component draws a field.
FieldKind = Literal[
    "text", "area", "select", "radios", "checks", "date", "datetime", "password", "code", "phone", "boxes"
]
Tone = Literal["", "now", "soon", "held", "mine", "quiet", "info"]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def as_json(value: object) -> Json:
    """A view model as JSON values: dataclasses become objects, tuples arrays, times ISO 8601 with offset."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer that can be chosen. ``note`` says the effect before the act ("4 people will be woken")."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form. ``values`` holds what stands: one entry, or several for ``checks``.

    ``kind`` chooses the component; ``closes`` marks a field that closing needs (saving never needs any).
    """

    name: str
    label: str
    kind: FieldKind
    values: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    help: str = ""
    closes: bool = False
    error: str = ""

    @property
    def value(self) -> str:
        """The single value, or the empty text."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Makes the questions of a form that is no intake's: with what was typed, and what is wrong beside its field."""

    values: Mapping[str, str]
    wrong: Mapping[str, str]

    def __call__(
        self, name: str, label: str, kind: FieldKind, help_: str = "", options: tuple[Option, ...] = ()
    ) -> Field:
        """One question."""
        value = self.values.get(name, "")
        return Field(
            name=name,
            label=label,
            kind=kind,
            values=(value,) if value else (),
            options=options,
            help=help_,
            error=self.wrong.get(name, ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSection:
    """Fields that belong to one turn of the conversation."""

    key: str
    title: str
    fields: tuple[Field, ...]
    note: str = ""
    #: Asked only where she speaks of it: folded until somebody opens it, or something stands in it.
    more: tuple[Field, ...] = ()
    more_title: str = ""

    @property
    def more_open(self) -> bool:
        """Whether something stands in what is folded, or is amiss there."""
        return any(one.error or any(one.values) for one in self.more)


@dataclass(frozen=True, slots=True, kw_only=True)
class FourEyes:
    """How far an act that needs a second person has come.

    ``asked_until``: somebody was asked and may still agree. ``agreed_until``: she agreed, and it can be done once.
    ``alone`` is the effect of doing it without her, said beforehand; empty where that cannot be now.
    """

    reason: str = ""
    asked_until: datetime | None = None
    agreed_until: datetime | None = None
    alone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormError:
    """An error of a submitted form; ``field`` is the field's name, empty for the form as a whole."""

    text: str
    field: str = ""
