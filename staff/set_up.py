"""The first day: who may furnish a house that has nobody yet, and until when.

There is no account to sign in with, so a code stands in for one: printed once on the machine, kept as a keyed hash,
good for an hour and for one browser. The door is open while there is no centre, or while what was begun here has not
been ended; a house that got its centre by the command line never opens it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import PUBLIC, Actor, system
from core.audit import record
from core.clock import after, koza_now
from core.crypto import keyring_of
from core.i18n import gettext as _
from staff.errors import StaffError
from staff.models import Account, Centre, Line, SetUp, SetUpCode
from staff.passwords import check_password, hash_password
from staff.queries import CentreRow, centres
from staff.rules import is_sign_in_name
from staff.second_factor import consume_code
from staff.service.accounts import NewAccount
from staff.sign_in import Throttle, note_failure
from staff.totp import new_recovery_codes, new_seed, normal_recovery_code, provisioning_uri

CODE_MINUTES = 60
#: Four times what set-up takes; whoever comes back later asks for a new code.
SESSION_HOURS = 4
#: Who acts before there is anybody; afterwards too, because the code proves the machine's keeper and no person.
SET_UP = system("set-up")


class SetUpOverError(StaffError):
    """Set-up has ended, or was never needed."""


@dataclass(frozen=True)
class Door:
    """Whether set-up is open, and which code let this browser in."""

    open: bool
    code_id: UUID | None = None


@dataclass(frozen=True)
class Standing:
    """What was decided in set-up and stands nowhere else."""

    begun_at: datetime
    gaps_known: bool
    no_texts: bool


@dataclass(frozen=True)
class NewCode:
    """A fresh code, to be printed; it cannot be shown again."""

    until: datetime
    text: str = field(repr=False)


def is_open(session: Session) -> bool:
    """Whether the house may be furnished by whoever has a code. Once this is False it stays so."""
    row = session.execute(select(SetUp.begun_at, SetUp.ended_at)).one_or_none()
    if row is not None and row.ended_at is not None:
        return False
    begun = row is not None and row.begun_at is not None
    return begun or session.execute(select(Centre.id).limit(1)).first() is None


def issue_code(session: Session, actor: Actor) -> NewCode:
    """Make a code, in place of those that nobody has used. Raises :class:`SetUpOverError`."""
    session.execute(insert(SetUp).values(id=1).on_conflict_do_nothing())
    session.execute(select(SetUp.id).with_for_update())
    if not is_open(session):
        raise SetUpOverError
    session.execute(update(SetUpCode).where(SetUpCode.used_at.is_(None)).values(code_until=koza_now()))
    code = new_recovery_codes()[0]
    until = session.scalars(
        insert(SetUpCode)
        .values(code_hash=_code_hash(session, code), code_until=after(CODE_MINUTES * 60))
        .returning(SetUpCode.code_until),
    ).one()
    record(session, actor, "set_up_code_issued", "set_up", "1")
    return NewCode(until, code)


def enter(session: Session, attempt: Throttle, typed: str) -> str | None:
    """Use a code up and return the token of the browser's session; ``None``, written down and counted, if wrong."""
    plain = normal_recovery_code(typed)
    token = secrets.token_urlsafe(32)
    used = plain is not None and session.scalar(
        update(SetUpCode)
        .where(
            SetUpCode.code_hash == _code_hash(session, typed),
            SetUpCode.used_at.is_(None),
            SetUpCode.code_until > koza_now(),
        )
        .values(used_at=koza_now(), token_hash=_token_hash(token), token_until=after(SESSION_HOURS * 3600))
        .returning(SetUpCode.id),
    )
    if not used or not is_open(session):
        note_failure(session, attempt)
        record(session, PUBLIC, "set_up_refused", "set_up", "1")
        return None
    session.execute(update(SetUp).values(begun_at=func.coalesce(SetUp.begun_at, koza_now())))
    record(session, SET_UP, "set_up_entered", "set_up", "1")
    return token


def door(session: Session, token: str) -> Door:
    """Whether set-up is open, and for this token too."""
    if not is_open(session):
        return Door(open=False)
    known = select(SetUpCode.id).where(SetUpCode.token_hash == _token_hash(token), SetUpCode.token_until > koza_now())
    return Door(open=True, code_id=session.scalar(known) if token else None)


def hold(session: Session) -> Standing:
    """Take the turn of set-up until the commit: two people at it make nothing twice. Raises :class:`SetUpOverError`."""
    row = session.scalars(select(SetUp).with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None or row.begun_at is None or row.ended_at is not None:
        raise SetUpOverError
    return Standing(row.begun_at, row.gaps_known_at is not None, row.no_texts_at is not None)


def standing(session: Session) -> Standing:
    """What was decided, for a page. Raises :class:`SetUpOverError`."""
    row = session.scalars(select(SetUp)).one_or_none()
    if row is None or row.begun_at is None or row.ended_at is not None:
        raise SetUpOverError
    return Standing(row.begun_at, row.gaps_known_at is not None, row.no_texts_at is not None)


def know_gaps(session: Session, *, known: bool) -> None:
    """She ticked that hours of the first week have nobody, or filled them."""
    session.execute(update(SetUp).values(gaps_known_at=koza_now() if known else None))
    if known:
        record(session, SET_UP, "set_up_gaps_known", "set_up", "1")


def know_no_texts(session: Session) -> None:
    """She ticked that the lines take no texts."""
    session.execute(update(SetUp).values(no_texts_at=koza_now()))
    record(session, SET_UP, "set_up_no_texts", "set_up", "1")


def end(session: Session, actor: Actor, *, red: int) -> None:
    """Close the door for good; ``red`` says how many findings were left open, knowingly."""
    hold(session)
    session.execute(update(SetUp).values(ended_at=koza_now()))
    session.execute(delete(SetUpCode))
    record(session, actor, "set_up_ended", "set_up", "1", red=red)


def first_centre(session: Session) -> CentreRow | None:
    """The centre that set-up furnishes: the first that was made, whoever made it."""
    found = session.scalar(select(Centre.id).order_by(Centre.created_at, Centre.id).limit(1))
    return None if found is None else centres(session, [found])[0]


def may_sign_in(session: Session) -> bool:
    """Whether there is anybody who has taken over her authenticator."""
    return session.execute(select(Account.id).where(Account.totp_last_counter > 0).limit(1)).first() is not None


def fallback_proven(session: Session, centre_id: UUID) -> bool:
    """Whether every line of the centre falls back to a telephone at which a person has pressed 1."""
    lines = session.execute(
        select(func.count(), func.count(Line.fallback_proven_at)).where(
            Line.centre_id == centre_id, Line.closed_at.is_(None)
        ),
    ).one()
    return lines[0] == lines[1] > 0


def new_accounts(session: Session, centre_id: UUID) -> dict[UUID, str]:
    """The centre's accounts with which nobody has ever signed in, each with the seed that its owner has yet to take.

    A seed is shown to nobody once its first code was used.
    """
    rows = session.scalars(select(Account).where(Account.centre_id == centre_id, Account.totp_last_counter == 0))
    return {account.id: account.totp_seed or "" for account in rows}


def prove_authenticator(session: Session, account_id: UUID, code: str) -> bool:
    """Whether the new authenticator shows the right code; it is used up."""
    return consume_code(session, account_id, code)


def renew_first_sign_in(
    session: Session,
    account_id: UUID,
    password: str,
    *,
    name: str | None = None,
    display_name: str | None = None,
) -> NewAccount:
    """Make the first sign-in of an account anew, as long as nobody has used it: what was shown once may be lost.

    Raises ``ValueError`` for a bad name and when she has signed in, :class:`staff.errors.WeakPasswordError`.
    """
    account = session.get(Account, account_id, with_for_update=True)
    if account is None or account.totp_last_counter:
        raise ValueError(_("Somebody has signed in with this account by now; its sign-in is reset on the page Staff."))
    if name is not None:
        if not is_sign_in_name(name):
            raise ValueError(_("A sign-in name is a word, an at sign and a centre, in small ASCII letters."))
        account.name = name
    if display_name is not None:
        account.display_name = display_name
    check_password(password, names=(account.name,))
    seed = new_seed()
    account.password_hash, account.totp_seed = hash_password(password), seed
    account.version += 1
    session.flush()
    record(session, SET_UP, "first_sign_in_renewed", "account", account.id, account.centre_id)
    return NewAccount(account.id, account.name, seed, provisioning_uri(seed, account.name))


def _code_hash(session: Session, code: str) -> bytes:
    return keyring_of(session).blind_index("set_up_code", normal_recovery_code(code) or "")


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
