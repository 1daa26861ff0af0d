"""A person's own sign-in: her password, and the codes for the day when her second factor is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.unit_of_work import unit_of_work
from staff.edge.guard import Guard, current
from staff.edge.marks import signed_in
from staff.edge.waiting import WaitingRoom
from staff.errors import WeakPasswordError
from staff.models import Account
from staff.passwords import MAX_LENGTH, verify_password
from staff.service import change_password, issue_recovery_codes
from staff.sign_in import note_failure, prepare_code

#: What a page says of a refused change: ``wrong`` or ``different``, else the reason of :class:`WeakPasswordError`.
Refusal = str
#: Draws the page: whether the form stands in it, why it was refused, and codes that are shown this once.
RenderOwn = Callable[[bool, Refusal, Sequence[str]], str]
OWN_PATH = "/account/password"
#: Never carried along in a page that asks for the code again.
PASSWORD_FIELDS = frozenset({"old_password", "new_password", "new_password_again"})
_WAITING = 2
_HASHES_AT_ONCE = 2


def own_blueprint(guard: Guard, render: RenderOwn, *, pause: Callable[[float], None] = time.sleep) -> Blueprint:
    """The blueprint; ``pause`` waits out a delay (seconds)."""
    pages = Blueprint("own", __name__)
    view = _Own(guard, render, pause)
    for path, method, handler in (
        (OWN_PATH, "GET", view.page),
        (f"{OWN_PATH}/new", "POST", view.form),
        (OWN_PATH, "POST", view.change),
        ("/account/recovery-codes", "POST", view.recovery_codes),
    ):
        pages.add_url_rule(path, handler.__name__, handler, methods=[method])
    return pages


class _Own:
    """The views of the blueprint."""

    def __init__(self, guard: Guard, render: RenderOwn, pause: Callable[[float], None]) -> None:
        self._ground = guard.ground
        self._render = render
        self._waiting = WaitingRoom(pause, _WAITING)
        self._hashing = threading.BoundedSemaphore(_HASHES_AT_ONCE)

    @signed_in()
    def page(self) -> ResponseReturnValue:
        """What can be changed."""
        return self._render(False, "", ())

    @signed_in(step_up=True)
    def form(self) -> ResponseReturnValue:
        """The form, after the code was entered again: that page must not carry passwords along."""
        return self._render(True, "", ())

    @signed_in(step_up=True)
    def change(self) -> ResponseReturnValue:
        """Fields ``old_password``, ``new_password``, ``new_password_again``. Every session ends, this one too."""
        signed = current()
        old, new, again = (
            request.form.get(name, "")[: MAX_LENGTH + 1]
            for name in ("old_password", "new_password", "new_password_again")
        )
        if not (old or new or again):
            return self._render(True, "", ())
        refusal = self._refused(signed.account_id, old) or ("" if new == again else "different")
        if not refusal:
            try:
                with self._hashing, unit_of_work(self._ground) as session:
                    change_password(session, signed.actor, signed.account_id, new)
            except WeakPasswordError as error:
                refusal = error.reason
        if refusal:
            return self._render(True, refusal, ()), 422
        return self._render(False, "changed", ())

    def _refused(self, account_id: UUID, old: str) -> Refusal:
        """Guesses at the old one wait as those at a code do: whoever sits down at an open screen has few."""
        with unit_of_work(self._ground) as session:
            attempt, stored = prepare_code(session, account_id), _hash_of(session, account_id)
        self._waiting.wait(attempt)
        with self._hashing:
            right = verify_password(stored, old)
        if right:
            return ""
        with unit_of_work(self._ground) as session:
            note_failure(session, attempt)
        return "wrong"

    @signed_in(step_up=True)
    def recovery_codes(self) -> ResponseReturnValue:
        """Ten new codes, shown this once; those before are worth nothing from now on."""
        signed = current()
        with unit_of_work(self._ground) as session:
            codes = issue_recovery_codes(session, signed.actor, signed.account_id)
        return self._render(False, "", codes)


def _hash_of(session: Session, account_id: UUID) -> str:
    return session.execute(select(Account.password_hash).where(Account.id == account_id)).scalar_one()


__all__ = ["OWN_PATH", "PASSWORD_FIELDS", "own_blueprint"]
