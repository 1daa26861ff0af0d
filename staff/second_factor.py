"""The second factor of one account: a time code or a recovery code, each accepted once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import koza_now, now
from core.crypto import keyring_of
from staff.models import Account, RecoveryCode
from staff.totp import accepted_counter, normal_recovery_code

#: Worked through for a name that nobody has, so that the answer takes as long. It belongs to no account.
_DUMMY_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def consume_code(session: Session, account_id: UUID | None, typed: str) -> bool:
    """Whether ``typed`` is a valid code of the account, which from now on it no longer is.

    The account's row is locked, so that of two requests with one code only the first succeeds. A disabled account and
    ``None`` never have a valid code.
    """
    account = session.scalars(
        select(Account)
        .where(Account.id == account_id, Account.disabled_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()
    seed = (account.totp_seed if account else None) or _DUMMY_SEED
    last = account.totp_last_counter if account else 0
    counter = accepted_counter(seed, typed, now(session), last)
    if account is None:
        return False
    if counter is not None and seed != _DUMMY_SEED:
        account.totp_last_counter = counter
        session.flush()
        return True
    return consume_recovery_code(session, account.id, typed)


def consume_recovery_code(session: Session, account_id: UUID, typed: str) -> bool:
    """Whether ``typed`` is a recovery code of the account, which from now on it no longer is."""
    hashed = recovery_hash(session, account_id, typed)
    if hashed is None:
        return False
    used = session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None))
        .values(used_at=koza_now())
        .returning(RecoveryCode.account_id),
    )
    return used is not None


def recovery_hash(session: Session, account_id: UUID, typed: str) -> bytes | None:
    """The keyed hash under which a recovery code is kept; ``None`` when it cannot be one."""
    plain = normal_recovery_code(typed)
    return keyring_of(session).blind_index("recovery", f"{account_id}:{plain}") if plain else None
