"""A person's own sign-in: her password, her PIN on the telephone, the codes for the day when her factor is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.unit_of_work import unit_of_work
from staff.edge.guard import Guard, current
from staff.edge.marks import signed_in
from staff.edge.waiting import WaitingRoom
from staff.errors import WeakPasswordError, WeakPinError
from staff.models import Account
from staff.passwords import MAX_LENGTH, verify_password
from staff.service import change_password, issue_recovery_codes, set_pin
from staff.sign_in import note_failure, prepare_code

#: What a page says of a change: ``wrong``, ``different``, ``pin_weak``, ``pin_different``, or the reason of
#: :class:`WeakPasswordError`; ``changed`` and ``pin_set`` where nothing was wrong.
Word = str
#: Which form stands in the page.
OwnForm = Literal["", "password", "pin"]
#: Draws the page: the form, what is said of a change, and codes that are shown this once.
RenderOwn = Callable[[OwnForm, Word, Sequence[str]], str]
OWN_PATH = "/account/password"
PIN_PATH = "/account/pin"
#: Never carried along in a page that asks for the code again.
PASSWORD_FIELDS = frozenset({"old_password", "new_password", "new_password_again", "own_pin", "own_pin_again"})
_WAITING = 2
_HASHES_AT_ONCE = 2
#: Longer than any PIN, so that one of too many digits is refused and not cut to a shorter one.
_LONGEST_PIN = 20


def own_blueprint(guard: Guard, render: RenderOwn, *, pause: Callable[[float], None] = time.sleep) -> Blueprint:
    """The blueprint; ``pause`` waits out a delay (seconds)."""
    pages = Blueprint("own", __name__)
    view = _Own(guard, render, pause)
    for path, method, handler in (
        (OWN_PATH, "GET", view.page),
        (f"{OWN_PATH}/new", "POST", view.form),
        (OWN_PATH, "POST", view.change),
        ("/account/recovery-codes", "POST", view.recovery_codes),
        (f"{PIN_PATH}/new", "POST", view.pin_form),
        (PIN_PATH, "POST", view.set_own_pin),
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
        return self._render("", "", ())

    @signed_in(step_up=True)
    def form(self) -> ResponseReturnValue:
        """The form, after the code was entered again: that page must not carry passwords along."""
        return self._render("password", "", ())

    @signed_in(step_up=True)
    def change(self) -> ResponseReturnValue:
        """Fields ``old_password``, ``new_password``, ``new_password_again``. Every session ends, this one too."""
        signed = current()
        old, new, again = (
            request.form.get(name, "")[: MAX_LENGTH + 1]
            for name in ("old_password", "new_password", "new_password_again")
        )
        if not (old or new or again):
            return self._render("password", "", ())
        refusal = self._refused(signed.account_id, old) or ("" if new == again else "different")
        if not refusal:
            try:
                with self._hashing, unit_of_work(self._ground) as session:
                    change_password(session, signed.actor, signed.account_id, new)
            except WeakPasswordError as error:
                refusal = error.reason
        if refusal:
            return self._render("password", refusal, ()), 422
        return self._render("", "changed", ())

    def _refused(self, account_id: UUID, old: str) -> Word:
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
        return self._render("", "", codes)

    @signed_in(step_up=True)
    def pin_form(self) -> ResponseReturnValue:
        """The form for her PIN, after the code was entered again."""
        return self._render("pin", "", ())

    @signed_in(step_up=True)
    def set_own_pin(self) -> ResponseReturnValue:
        """Fields ``own_pin``, ``own_pin_again``. From now on nobody but her knows it."""
        signed = current()
        pin, again = (request.form.get(name, "").strip()[:_LONGEST_PIN] for name in ("own_pin", "own_pin_again"))
        if not (pin or again):
            return self._render("pin", "", ())
        if pin != again:
            return self._render("pin", "pin_different", ()), 422
        try:
            with unit_of_work(self._ground) as session:
                set_pin(session, signed.actor, signed.account_id, pin)
        except WeakPinError:
            return self._render("pin", "pin_weak", ()), 422
        return self._render("", "pin_set", ())


def _hash_of(session: Session, account_id: UUID) -> str:
    return session.execute(select(Account.password_hash).where(Account.id == account_id)).scalar_one()


__all__ = ["OWN_PATH", "PASSWORD_FIELDS", "OwnForm", "own_blueprint"]
