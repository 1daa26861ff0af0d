"""Sessions of browsers: rows in PostgreSQL only, read anew at every request and every second by the sockets."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    Executable,
    LargeBinary,
    String,
    Uuid,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.actor import Actor, staff_actor
from core.audit import record
from core.clock import after, koza_now
from core.facts import report
from core.ids import new_id
from core.outbox import publish
from core.statements import Read
from staff.events import SessionsEnded
from staff.models import Account, AccountRole, RoleVersion, SecurityKey, SessionRow
from staff.rules import IDLE_LOCK_MINUTES, KEY_ROLES, SESSION_HOURS, STEP_UP_MINUTES
from staff.scope import HeldRole, Scope
from staff.second_factor import consume_code

#: A session is written as seen at most this often.
_TOUCH_S = 30


@dataclass(frozen=True)
class Signed:
    """Who is signed in with one session, and what she may, as of now."""

    session_id: UUID
    account_id: UUID
    centre_id: UUID | None
    name: str
    locale: str
    scope: Scope
    #: The screen is locked, by hand or after five idle minutes: content is hidden until the code is entered again.
    locked: bool
    #: The code was entered again a short while ago, for a dangerous act.
    stepped_up: bool
    expires_at: datetime
    #: Long enough since the last act was written down that the next one should be.
    touch_due: bool
    has_key: bool
    #: A key spoke for this very browser. That she has one says nothing of a session that a code opened.
    by_key: bool

    @property
    def needs_key(self) -> bool:
        """Her roles are those that prove themselves by a security key where keys are demanded."""
        return bool(self.scope.roles & KEY_ROLES)

    @property
    def actor(self) -> Actor:
        """For services and the audit."""
        return self.scope.actor


@dataclass(frozen=True)
class SessionToken:
    """A new session; the token goes into the cookie and is kept nowhere."""

    token: str = field(repr=False)
    session_id: UUID
    account_id: UUID
    centre_id: UUID | None
    locale: str


def _hash(token: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode()).digest()


def _live() -> list[ColumnElement[bool]]:
    return [
        SessionRow.ended_at.is_(None),
        SessionRow.expires_at > koza_now(),
        Account.id == SessionRow.account_id,
        Account.disabled_at.is_(None),
    ]


def start_session(
    session: Session,
    account_id: UUID,
    centre_id: UUID | None,
    locale: str,
    *,
    by_key: bool = False,
    to_register: bool = False,
) -> SessionToken:
    """Open a session for an account whose password and second factor were right.

    ``to_register``: she is to add a key first, and need not wait for her next code to do so: the one that let her in
    counts as entered again. Nothing else that wants a code is open to her before.
    """
    token, session_id = secrets.token_urlsafe(32), new_id()
    session.add(
        SessionRow(
            id=session_id,
            token_hash=_hash(token),
            account_id=account_id,
            expires_at=after(SESSION_HOURS * 3600),
            by_key=by_key,
            step_up_at=koza_now() if to_register else None,
        ),
    )
    session.flush()
    record(session, staff_actor(account_id, centre_id), "signed_in", "account", account_id, centre_id, by_key=by_key)
    return SessionToken(token, session_id, account_id, centre_id, locale)


def _signed() -> Executable:
    roles = (
        select(
            func.jsonb_agg(
                func.jsonb_build_array(RoleVersion.role, RoleVersion.unit, RoleVersion.permissions),
                type_=JSONB(),
            ),
        )
        .join(AccountRole, AccountRole.role == RoleVersion.role)
        .where(AccountRole.account_id == Account.id, RoleVersion.current)
        .correlate(Account)
        .scalar_subquery()
    )
    idle = SessionRow.last_seen < koza_now() - timedelta(minutes=IDLE_LOCK_MINUTES)
    fresh = func.coalesce(SessionRow.step_up_at > koza_now() - timedelta(minutes=STEP_UP_MINUTES), False)
    return select(
        SessionRow.id,
        SessionRow.account_id,
        SessionRow.expires_at,
        or_(SessionRow.locked, idle).label("locked"),
        fresh.label("stepped_up"),
        (SessionRow.last_seen < koza_now() - timedelta(seconds=_TOUCH_S)).label("touch_due"),
        Account.centre_id,
        Account.partner_id,
        Account.name,
        Account.locale,
        SessionRow.by_key,
        roles.label("roles"),
        exists().where(SecurityKey.account_id == Account.id).correlate(Account).label("has_key"),
    ).where(SessionRow.token_hash == bindparam("token_hash", type_=LargeBinary()), *_live())


def _rights() -> Executable:
    version = RoleVersion.role + literal(":") + cast(RoleVersion.version, String)
    mark = (
        select(func.string_agg(version, aggregate_order_by(literal(","), RoleVersion.role)))
        .join(AccountRole, AccountRole.role == RoleVersion.role)
        .where(AccountRole.account_id == Account.id, RoleVersion.current)
        .correlate(Account)
        .scalar_subquery()
    )
    asked = SessionRow.id == any_(bindparam("session_ids", type_=ARRAY(Uuid())))
    return select(SessionRow.id, mark.label("mark")).where(asked, *_live())


# Built once: every page and act asks the first, and every screen that comes in asks both.
_SIGNED = Read(_signed())
_RIGHTS = Read(_rights())


def session_of(session: Session, token: str) -> Signed | None:
    """Who holds this token, or ``None`` when the session ended or never was. One query."""
    row = _SIGNED.first(session, token_hash=_hash(token))
    if row is None:
        return None
    held = [HeldRole(*item) for item in row.roles or []]
    return Signed(
        session_id=row.id,
        account_id=row.account_id,
        centre_id=row.centre_id,
        name=row.name,
        locale=row.locale,
        scope=Scope.built(row.account_id, row.centre_id, held, partner_id=row.partner_id),
        locked=row.locked,
        stepped_up=row.stepped_up,
        expires_at=row.expires_at,
        touch_due=row.touch_due,
        has_key=row.has_key,
        by_key=row.by_key,
    )


def rights_of(session: Session, session_ids: Collection[UUID]) -> dict[UUID, str]:
    """Those of the sessions that are still good, each with a mark that changes when what its roles may do changes.

    Whoever asks closes the sockets of the others, and those whose mark is no longer the one they were opened with.
    """
    rows = _RIGHTS.all(session, session_ids=list(session_ids))
    return {row.id: row.mark or "" for row in rows}


def touch(session: Session, session_id: UUID) -> None:
    """A person acted. Called for acts, not for polls and heartbeats; a locked session stays locked."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.last_seen < koza_now() - timedelta(seconds=_TOUCH_S))
        .values(last_seen=koza_now()),
    )


def lock(session: Session, signed: Signed) -> None:
    """Hide the content of this session's screens. Ringing still shows and can be accepted."""
    session.execute(update(SessionRow).where(SessionRow.id == signed.session_id).values(locked=True))


def unlock(session: Session, signed: Signed, code: str) -> bool:
    """Show the content again if the code is right. A wrong code is written down.

    A code does for everybody here. The session stands at this very machine, so nobody can be talked into reading the
    code out to open another; and who is woken at night must see who waits before she looks for her key.
    """
    if not consume_code(session, signed.account_id, code):
        refuse_unlock(session, signed)
        return False
    unlocked(session, signed)
    return True


def refuse_unlock(session: Session, signed: Signed) -> None:
    """Write down that the screen stayed locked."""
    record(session, signed.actor, "unlock_refused", "account", signed.account_id)


def unlocked(session: Session, signed: Signed) -> None:
    """Show the content again, for somebody whose second factor was right just now."""
    session.execute(
        update(SessionRow).where(SessionRow.id == signed.session_id).values(locked=False, last_seen=koza_now()),
    )


def note_key(session: Session, signed: Signed) -> None:
    """A key spoke for this browser; whatever its roles open is open from now on, in no other session of hers."""
    session.execute(update(SessionRow).where(SessionRow.id == signed.session_id).values(by_key=True))


def step_up(session: Session, signed: Signed, code: str) -> str | None:
    """Enter the code again before an export, an unmasking, a change of rights.

    Returns the session's new token (the old one is void, so a token stolen earlier gains nothing), or ``None`` when
    the code was wrong.
    """
    if not consume_code(session, signed.account_id, code):
        refuse_step_up(session, signed)
        return None
    return stepped_up(session, signed)


def refuse_step_up(session: Session, signed: Signed) -> None:
    """Write down that the second factor was not shown again."""
    record(session, signed.actor, "step_up_refused", "account", signed.account_id)


def stepped_up(session: Session, signed: Signed) -> str:
    """The session's new token, for somebody whose second factor was right just now."""
    token = secrets.token_urlsafe(32)
    session.execute(
        update(SessionRow)
        .where(SessionRow.id == signed.session_id)
        .values(token_hash=_hash(token), step_up_at=koza_now(), last_seen=koza_now(), locked=False),
    )
    record(session, signed.actor, "stepped_up", "account", signed.account_id)
    return token


def extend_sessions(session: Session, account_id: UUID, until: datetime | ColumnElement[datetime]) -> None:
    """Let an account's sessions last at least until ``until``. One that is over stays over."""
    session.execute(
        update(SessionRow)
        .where(
            SessionRow.account_id == account_id,
            SessionRow.ended_at.is_(None),
            SessionRow.expires_at > koza_now(),
            SessionRow.expires_at < until,
        )
        .values(expires_at=until),
    )


def sign_out(session: Session, signed: Signed) -> None:
    """End this session and its sockets."""
    _end(session, signed.actor, signed.account_id, "signed_out", only=signed.session_id)


def end_sessions(session: Session, actor: Actor, account_id: UUID, *, reason: str) -> int:
    """End every session of an account and its sockets within a second; returns how many there were."""
    return _end(session, actor, account_id, reason, only=None)


def _end(session: Session, actor: Actor, account_id: UUID, reason: str, *, only: UUID | None) -> int:
    # Two of her browsers that leave at once take turns, or each would take the other for open.
    centre_id = session.scalar(
        select(Account.centre_id).where(Account.id == account_id).with_for_update(key_share=True)
    )
    wanted = [SessionRow.account_id == account_id, SessionRow.ended_at.is_(None)]
    if only is not None:
        wanted.append(SessionRow.id == only)
    ended = session.scalars(
        update(SessionRow).where(*wanted).values(ended_at=koza_now(), end_reason=reason).returning(SessionRow.id),
    ).all()
    if ended:
        record(session, actor, "sessions_ended", "account", account_id, centre_id, reason=reason, count=len(ended))
    if ended and centre_id is not None:
        # The sockets read sessions each second anyway; this only makes it sooner.
        publish(session, centre_id, "session", account_id)
    if ended and not _still_open(session, account_id):
        report(session, SessionsEnded(None, centre_id, account_id))
    return len(ended)


def _still_open(session: Session, account_id: UUID) -> bool:
    found = select(SessionRow.id).where(
        SessionRow.account_id == account_id,
        SessionRow.ended_at.is_(None),
        SessionRow.expires_at > koza_now(),
    )
    return session.execute(found.limit(1)).first() is not None
