"""Accounts: made, changed, disabled. Secrets are shown once, when they are made, and to nobody afterwards."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, false, insert, select, update
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now, now
from core.crypto import keyring_of
from core.facts import report
from core.i18n import gettext as _
from core.ids import new_id
from core.text import digits_to_ascii
from staff.catalogues import roles_catalogue
from staff.errors import NotFoundError
from staff.events import AccountDisabled
from staff.models import Account, AccountRole, RecoveryCode
from staff.night_acts import use_act
from staff.passwords import check_password, hash_password
from staff.rules import check_pin_strength, is_sign_in_name, pin_wait_s
from staff.second_factor import recovery_hash
from staff.security_keys import forget_keys
from staff.sessions import end_sessions
from staff.totp import new_recovery_codes, new_seed, provisioning_uri

Gender = Literal["female", "male"]
Locale = Literal["tr", "en"]


@dataclass(frozen=True)
class NewAccount:
    """A new or reset account with what its owner must see now: it cannot be shown again."""

    id: UUID
    name: str
    totp_seed: str = field(repr=False)
    totp_uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identified:
    """Who called in."""

    id: UUID
    centre_id: UUID | None
    locale: str


#: Six digits, of which the first is no 0: a single key is never one.
_STAFF_NUMBERS: Final = range(100_000, 1_000_000)
_STAFF_NUMBER: Final = re.compile("[1-9][0-9]{5}")


def create_account(
    session: Session,
    actor: Actor,
    *,
    name: str,
    display_name: str,
    password: str,
    roles: Sequence[str],
    centre_id: UUID | None,
    partner_id: UUID | None = None,
    languages: Sequence[str] = ("tr",),
    gender: Gender | None = None,
    locale: Locale = "tr",
    totp_seed: str | None = None,
) -> NewAccount:
    """Make an account.

    ``totp_seed`` is given only by the demonstration, which prints it. Raises ``ValueError`` for a bad name or role and
    :class:`staff.errors.WeakPasswordError`.
    """
    if not is_sign_in_name(name):
        raise ValueError(_("A sign-in name is a word, an at sign and a centre, in small ASCII letters."))
    _check_roles(roles)
    check_password(password, names=(name,))
    seed = totp_seed or new_seed()
    account = Account(
        id=new_id(),
        name=name,
        centre_id=centre_id,
        partner_id=partner_id,
        display_name=display_name,
        totp_seed=seed,
        password_hash=hash_password(password),
        locale=locale,
        languages=list(dict.fromkeys(languages)),
        gender=gender,
    )
    session.add(account)
    session.flush()
    session.execute(insert(AccountRole), [{"account_id": account.id, "role": role} for role in dict.fromkeys(roles)])
    record(session, actor, "account_created", "account", account.id, centre_id, roles=",".join(roles))
    return NewAccount(account.id, name, seed, provisioning_uri(seed, name))


def _check_roles(roles: Sequence[str]) -> None:
    known = {item.code for item in roles_catalogue().roles}
    if not roles or set(roles) - known:
        raise ValueError(_("An account has at least one of these roles: %(roles)s", roles=", ".join(sorted(known))))


def _locked(session: Session, account_id: UUID) -> Account:
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFoundError("account")
    return account


def disable_account(session: Session, actor: Actor, account_id: UUID, *, reason: str) -> None:
    """End an account now: its sessions and sockets end within a second. ``reason`` is a neutral code."""
    account = _locked(session, account_id)
    if account.disabled_at is None:
        account.disabled_at = now(session)
        account.version += 1
        session.flush()
    end_sessions(session, actor, account_id, reason="disabled")
    record(session, actor, "account_disabled", "account", account_id, account.centre_id, reason=reason)
    report(session, AccountDisabled(None, account.centre_id, account_id))


def enable_account(session: Session, actor: Actor, account_id: UUID) -> None:
    """Let an account sign in again."""
    account = _locked(session, account_id)
    account.disabled_at = None
    account.version += 1
    session.flush()
    record(session, actor, "account_enabled", "account", account_id, account.centre_id)


def set_roles(session: Session, actor: Actor, account_id: UUID, roles: Sequence[str]) -> None:
    """Give an account exactly these roles. Its sessions end: no screen goes on with the rights it was drawn by."""
    _check_roles(roles)
    account = _locked(session, account_id)
    session.execute(delete(AccountRole).where(AccountRole.account_id == account_id))
    session.execute(insert(AccountRole), [{"account_id": account_id, "role": role} for role in dict.fromkeys(roles)])
    account.version += 1
    session.flush()
    end_sessions(session, actor, account_id, reason="roles_changed")
    record(session, actor, "roles_set", "account", account_id, account.centre_id, roles=",".join(roles))


def set_profile(
    session: Session,
    actor: Actor,
    account_id: UUID,
    *,
    display_name: str | None = None,
    languages: Sequence[str] | None = None,
    gender: Gender | None = None,
    locale: Locale | None = None,
) -> None:
    """Change what colleagues and the router know of a member of staff; ``None`` leaves a field as it is."""
    account = _locked(session, account_id)
    if display_name is not None:
        account.display_name = display_name
    if languages is not None:
        account.languages = list(dict.fromkeys(languages))
    if gender is not None:
        account.gender = gender
    if locale is not None:
        account.locale = locale
    account.version += 1
    session.flush()
    record(session, actor, "profile_set", "account", account_id, account.centre_id)


def change_password(session: Session, actor: Actor, account_id: UUID, password: str) -> None:
    """Set a new password, by its owner after a step-up; other sessions end."""
    account = _locked(session, account_id)
    check_password(password, names=(account.name,))
    account.password_hash = hash_password(password)
    account.version += 1
    session.flush()
    end_sessions(session, actor, account_id, reason="password_changed")
    record(session, actor, "password_changed", "account", account_id, account.centre_id)


def issue_recovery_codes(session: Session, actor: Actor, account_id: UUID) -> list[str]:
    """Ten one-time codes in place of the older ones; returned once, kept as keyed hashes."""
    account = _locked(session, account_id)
    codes = new_recovery_codes()
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.execute(
        insert(RecoveryCode),
        [{"account_id": account_id, "code_hash": recovery_hash(session, account_id, code)} for code in codes],
    )
    record(session, actor, "recovery_codes_issued", "account", account_id, account.centre_id)
    return codes


def reset_sign_in(session: Session, actor: Actor, account_id: UUID, password: str) -> NewAccount:
    """A new password and second factor for somebody who lost hers.

    Needs an approved (or night-form) act ``reset_sign_in`` on the account; see :mod:`staff.night_acts`. Whoever hands
    the new secrets over sees them once and the owner changes them: the act's review asks for that.
    """
    account = _locked(session, account_id)
    use_act(session, actor, "reset_sign_in", "account", account_id)
    check_password(password, names=(account.name,))
    seed = new_seed()
    account.password_hash = hash_password(password)
    account.totp_seed = seed
    account.totp_last_counter = 0
    account.version += 1
    session.flush()
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    forget_keys(session, account_id)
    end_sessions(session, actor, account_id, reason="reset")
    record(session, actor, "sign_in_reset", "account", account_id, account.centre_id)
    return NewAccount(account.id, account.name, seed, provisioning_uri(seed, account.name))


def set_pin(session: Session, actor: Actor, account_id: UUID, pin: str) -> None:
    """Set the keypad PIN (4 to 8 digits); the first comes with a staff number.

    Raises :class:`staff.errors.WeakPinError`.
    """
    check_pin_strength(pin)
    account = _locked(session, account_id)
    account.pin_hash = _pin_hash(session, account_id, pin)
    account.pin_failures = 0
    account.pin_failed_at = None
    if account.staff_number is None:
        account.staff_number = _free_number(session)
    session.flush()
    record(session, actor, "pin_set", "account", account_id, account.centre_id)


def check_pin(session: Session, account_id: UUID, digits: str) -> bool:
    """Whether ``digits`` are the account's PIN, at a moment when it may be tried.

    Counts failures: after five, the PIN is not looked at for a growing while (``rules.pin_wait_s``). A keyed HMAC and
    not a slow hash, because this runs inside a webhook's one second; a dump without the key file cannot test PINs.
    """
    account = session.scalars(
        select(Account)
        .where(Account.id == account_id, Account.disabled_at.is_(None), Account.pin_hash.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()
    if account is None or account.pin_hash is None:
        return False
    waiting = account.pin_failed_at is not None and (
        (now(session) - account.pin_failed_at).total_seconds() < pin_wait_s(account.pin_failures)
    )
    typed = _pin_hash(session, account_id, digits_to_ascii(digits))
    right = hmac.compare_digest(typed, account.pin_hash) and not waiting
    if right:
        session.execute(update(Account).where(Account.id == account_id).values(pin_failures=0, pin_failed_at=None))
    elif not waiting:
        session.execute(
            update(Account)
            .where(Account.id == account_id)
            .values(pin_failures=Account.pin_failures + 1, pin_failed_at=koza_now()),
        )
    session.expire(account, ["pin_failures", "pin_failed_at"])
    return right


def identify(session: Session, actor: Actor, number: str, pin: str) -> Identified | None:
    """Whose staff number and PIN were entered on a telephone; the same None for an unknown number and a wrong PIN.

    A wrong PIN counts as at a page (:func:`check_pin`), and is audited: somebody knows her number.
    """
    typed = digits_to_ascii(number)
    known = Account.staff_number == int(typed) if _STAFF_NUMBER.fullmatch(typed) else false()
    found = session.execute(select(Account.id, Account.centre_id, Account.locale).where(known)).one_or_none()
    if found is None:
        return None
    right = check_pin(session, found.id, pin)
    record(session, actor, "called_in" if right else "call_in_refused", "account", found.id, found.centre_id)
    return Identified(found.id, found.centre_id, found.locale) if right else None


def _free_number(session: Session) -> int:
    """Six digits by chance: whoever knows one number does not know the next."""
    while True:
        drawn = secrets.choice(_STAFF_NUMBERS)
        if session.execute(select(Account.id).where(Account.staff_number == drawn)).first() is None:
            return drawn


def _pin_hash(session: Session, account_id: UUID, pin: str) -> bytes:
    return keyring_of(session).blind_index("pin", f"{account_id}:{pin}")
