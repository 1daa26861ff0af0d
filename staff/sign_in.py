"""Signing in: the same answer and the same work for unknown names, wrong passwords and wrong codes.

Three steps, so that the slow hash is computed while no transaction is open:
``prepare`` (read), ``verify`` (no database), ``complete`` (write). Between the first two the edge waits
``attempt.delay_s``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.actor import PUBLIC
from core.audit import record
from core.clock import koza_now
from core.crypto import keyring_of
from core.log import get_logger
from core.metrics import alarms
from staff.models import Account, SignInAttempt
from staff.passwords import DUMMY_HASH, MAX_LENGTH, hash_password, outdated, verify_password
from staff.rules import ALARM_REFUSALS, ATTEMPT_WINDOW_MINUTES, normal_name, sign_in_delay
from staff.second_factor import consume_code, consume_recovery_code
from staff.security_keys import KeyDesk, Options, has_key, is_bound
from staff.sessions import SessionToken, start_session

log = get_logger(__name__)


@dataclass(frozen=True)
class Throttle:
    """How long a try waits for the failures before it, and under what its own failure would be counted."""

    delay_s: float
    #: The failures of the name itself ask for the wait; without them only those of its neighbours do.
    earned: bool
    name_index: bytes = field(repr=False)
    client_index: bytes = field(repr=False)


@dataclass(frozen=True)
class Attempt(Throttle):
    """One sign-in, between its steps."""

    account_id: UUID | None
    password_hash: str = field(repr=False)


@dataclass(frozen=True)
class Verified:
    """What the slow hash said; ``new_hash`` when the stored one was made with older costs."""

    right: bool
    new_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class KeyAsked:
    """The password was right and a security key shall answer; ``options`` are for the browser."""

    options: Options = field(repr=False)


@dataclass(frozen=True)
class SignInRefused:
    """The one refusal. It does not say what was wrong."""


def prepare(session: Session, name: str, client_key: str) -> Attempt:
    """Look the name up and count its recent failures. ``client_key`` is the browser's address."""
    ring = keyring_of(session)
    normal = normal_name(name)
    name_index = ring.blind_index("sign_in_name", normal)
    client_index = ring.blind_index("sign_in_client", client_key)
    delay_s, earned = _delay(session, name_index, client_index)
    row = session.execute(
        select(Account.id, Account.password_hash).where(Account.name == normal, Account.disabled_at.is_(None)),
    ).one_or_none()
    return Attempt(
        delay_s=delay_s,
        earned=earned,
        name_index=name_index,
        client_index=client_index,
        account_id=row.id if row else None,
        password_hash=row.password_hash if row else DUMMY_HASH,
    )


def prepare_code(session: Session, account_id: UUID) -> Throttle:
    """The same for a code typed in an open session: only what was typed in this account's sessions counts.

    Whoever guesses at a sign-in from outside must not slow the unlocking of the one who is at work under that name.
    """
    index = keyring_of(session).blind_index("sign_in_code", str(account_id))
    delay_s, earned = _delay(session, index, index)
    return Throttle(delay_s, earned, name_index=index, client_index=index)


def prepare_set_up(session: Session, client_key: str) -> Throttle:
    """The same for the code of set-up, of which there is one: every guess of it counts, wherever it comes from."""
    ring = keyring_of(session)
    name_index = ring.blind_index("set_up_guess", "code")
    client_index = ring.blind_index("set_up_client", client_key)
    delay_s, earned = _delay(session, name_index, client_index)
    return Throttle(delay_s, earned, name_index=name_index, client_index=client_index)


def _delay(session: Session, name_index: bytes, client_index: bytes) -> tuple[float, bool]:
    by_name, by_client, everywhere = session.execute(
        select(
            func.count().filter(SignInAttempt.name_index == name_index),
            func.count().filter(SignInAttempt.client_index == client_index),
            func.count(),
        ).where(SignInAttempt.at > koza_now() - timedelta(minutes=ATTEMPT_WINDOW_MINUTES)),
    ).one()
    if everywhere >= ALARM_REFUSALS:
        log.error("sign_in_alarm", count=everywhere)
        alarms.add(kind="sign_in")
    return sign_in_delay(by_name, by_client), sign_in_delay(by_name, 0) > 0


def verify(attempt: Attempt, password: str) -> Verified:
    """Check the password: exactly one slow hash for every name. No database; hold no transaction meanwhile."""
    right = verify_password(attempt.password_hash, password[: MAX_LENGTH + 1]) and attempt.account_id is not None
    new_hash = hash_password(password) if right and outdated(attempt.password_hash) else None
    return Verified(right, new_hash)


def complete(
    session: Session,
    attempt: Attempt,
    verified: Verified,
    code: str,
    *,
    desk: KeyDesk | None = None,
    holder_id: UUID | None = None,
) -> SessionToken | KeyAsked | SignInRefused:
    """Check the code, and open a session, ask for a security key, or write the failure down.

    A key is asked for only once the password was right. That tells whoever guessed the password that it is right and
    that there is a key; neither helps without the key, and to ask of every name would need keys invented for unknown
    ones. Whoever has no key, and whoever's password is wrong, gets the one refusal as before.
    """
    account_id = attempt.account_id if verified.right else None
    # Asked of every account and of none, so that an answer takes as long whatever the password was.
    keyed = desk is not None and desk.usable and has_key(session, account_id)
    bound = desk is not None and desk.demanded and is_bound(session, account_id)
    if account_id is not None and desk is not None and holder_id is not None and keyed and (bound or not code.strip()):
        _keep_new_hash(session, account_id, verified)
        return _by_key_or_recovery(session, attempt, account_id, code, desk, holder_id)
    if not consume_code(session, account_id, code) or account_id is None:
        note_failure(session, attempt)
        record(session, PUBLIC, "sign_in_refused", "account", attempt.account_id or "unknown")
        return SignInRefused()
    _keep_new_hash(session, account_id, verified)
    return _opened(session, account_id, to_register=bound)


def _by_key_or_recovery(
    session: Session, attempt: Attempt, account_id: UUID, code: str, desk: KeyDesk, holder_id: UUID
) -> SessionToken | KeyAsked:
    """Ask for the key, whatever code she typed; a recovery code is for the day when it is lost.

    Such a code opens what is open to somebody without a key: what cannot wait, and adding another.
    """
    if code.strip():
        if consume_recovery_code(session, account_id, code):
            record(session, PUBLIC, "recovery_code_used", "account", account_id)
            return _opened(session, account_id, to_register=True)
        note_failure(session, attempt)
    return KeyAsked(desk.asks(session, account_id, "sign_in", holder_id))


def _opened(session: Session, account_id: UUID, *, by_key: bool = False, to_register: bool = False) -> SessionToken:
    row = session.execute(select(Account.centre_id, Account.locale).where(Account.id == account_id)).one()
    return start_session(session, account_id, row.centre_id, row.locale, by_key=by_key, to_register=to_register)


def _keep_new_hash(session: Session, account_id: UUID, verified: Verified) -> None:
    if verified.new_hash is not None:
        session.execute(update(Account).where(Account.id == account_id).values(password_hash=verified.new_hash))


def complete_by_key(
    session: Session, desk: KeyDesk, answer: Mapping[str, Any], holder_id: UUID
) -> SessionToken | SignInRefused:
    """Open a session for a key's answer to :class:`KeyAsked`. Nothing is slowed: no signature can be guessed."""
    account_id = desk.answered(session, answer, "sign_in", holder_id)
    if account_id is None:
        # The desk wrote down what answered a challenge of ours; noise from outside must not fill the audit.
        return SignInRefused()
    return _opened(session, account_id, by_key=True)


def note_failure(session: Session, attempt: Throttle) -> None:
    """Count a failure towards the delay, and forget those of yesterday."""
    session.execute(insert(SignInAttempt).values(name_index=attempt.name_index, client_index=attempt.client_index))
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < koza_now() - timedelta(days=1)))


def sign_in(session: Session, name: str, password: str, code: str, client_key: str) -> SessionToken | SignInRefused:
    """All steps in one transaction and without the delay: for the command line and tests, never for the web."""
    attempt = prepare(session, name, client_key)
    result = complete(session, attempt, verify(attempt, password), code)
    return SignInRefused() if isinstance(result, KeyAsked) else result
