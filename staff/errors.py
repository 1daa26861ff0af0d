"""What staff services refuse with.

    StaffError
    ├── ScopeError                  a reader asked for something that is not hers
    │   ├── OutOfScopeError         404: it must look as if the record did not exist
    │   └── MissingPermissionError  403: she knows that it exists and may not do this
    ├── WeakPasswordError           the password is easy to guess; ``reason`` is a code
    ├── WeakPinError                the keypad PIN is easy to guess
    ├── FourEyesError               the act has no valid approval, or the wrong person approves; ``reason`` is a code
    ├── NeverDialledError           an emergency or short service number; a ValueError too
    └── NotFoundError               an id or name that does not exist

The edge turns the second branch into answers; the others are shown to whoever filled in the form.
"""

from __future__ import annotations

from uuid import UUID

from core.actor import Actor


class StaffError(Exception):
    """Base of this room's refusals. The text never holds a person's data."""


class ScopeError(StaffError):
    """Refused for who asks. The edge answers ``status`` and writes the refusal into the audit.

    It cannot be audited where it is raised: the transaction it happens in is rolled back.
    """

    status = 403
    act = "denied"

    def __init__(self, actor: Actor, wanted: str, subject_kind: str = "", subject_id: UUID | str = "") -> None:
        super().__init__(f"{self.act}: {wanted}")
        self.actor = actor
        self.wanted = wanted
        self.subject_kind = subject_kind
        self.subject_id = subject_id


class OutOfScopeError(ScopeError):
    """The record is outside the reader's scope, or does not exist: the answer is the same."""

    status = 404
    act = "denied_scope"


class MissingPermissionError(ScopeError):
    """The reader's roles do not carry the permission."""

    status = 403
    act = "denied_permission"


class WeakPasswordError(StaffError):
    """The password was refused. ``reason``: ``short``, ``long``, ``common``, ``repetitive`` or ``named``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WeakPinError(StaffError):
    """The PIN was refused: wrong length, one digit repeated, or digits in a row."""


class FourEyesError(StaffError):
    """The act may not be done so.

    ``reason``: ``unknown_act``, ``same_person``, ``not_approved``, ``not_night``, ``no_night_form``, ``no_reason``
    or ``wrong_state``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NeverDialledError(StaffError, ValueError):
    """An emergency or short service number, which Koza never calls or texts. The text never holds the number."""

    def __init__(self) -> None:
        super().__init__("not a number that staff can be reached at: emergency or short service number")


class NotFoundError(StaffError):
    """No such centre, line, account, contact point or act."""


__all__ = [
    "FourEyesError",
    "MissingPermissionError",
    "NotFoundError",
    "OutOfScopeError",
    "ScopeError",
    "StaffError",
    "WeakPasswordError",
    "WeakPinError",
]
