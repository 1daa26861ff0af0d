"""Who may read one record beyond the rule of centre and role, who never may, and the tokens of the API."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam, cast, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.database import table_of
from core.facts import report
from core.i18n import gettext as _
from core.ids import new_id
from core.outbox import publish
from core.statements import Read
from staff.errors import NotFoundError
from staff.events import Barred
from staff.models import Account, Bar, Grant, Token
from staff.scope import TOKEN_READS, Scope

GranteeKind = Literal["staff", "unit", "partner"]
GrantReason = Literal["assigned", "owner", "referral", "break_glass", "night_card", "line"]

#: By this mark a leaked token is recognised by scanners.
_TOKEN_MARK = "koza_"  # noqa: S105 - the public part


def grant(
    session: Session,
    actor: Actor,
    *,
    subject_kind: str,
    subject_id: UUID,
    grantee_kind: GranteeKind,
    grantee_id: UUID,
    reason: GrantReason,
    until: datetime | ColumnElement[datetime] | None = None,
    centre_id: UUID | None = None,
) -> None:
    """Let a member of staff, a centre (``unit``) or a partner read one record; repeating it moves ``until``.

    A grant widens what a role reads; it gives no permission that no role of the reader carries, and no bar yields to
    it. ``centre_id`` is the record's centre, for the audit.
    """
    _upsert(
        session,
        actor,
        subject_kind,
        [subject_id],
        grantee_kind=grantee_kind,
        grantee_ids=[grantee_id],
        reason=reason,
        until=until,
    )
    record(
        session,
        actor,
        "granted",
        subject_kind,
        subject_id,
        centre_id,
        grantee_kind=grantee_kind,
        grantee=str(grantee_id),
        reason=reason,
    )


def grant_line_units(
    session: Session,
    actor: Actor,
    subject_kind: str,
    subject_id: UUID,
    units: Sequence[UUID],
) -> None:
    """Let the centres that answer a national line read what came in on it: one statement, for the first ring.

    Not audited by itself: it follows from the line's list of centres, whose changes are.
    """
    if units:
        _upsert(
            session,
            actor,
            subject_kind,
            [subject_id],
            grantee_kind="unit",
            grantee_ids=units,
            reason="line",
            until=None,
        )


def _upsert(
    session: Session,
    actor: Actor,
    subject_kind: str,
    subject_ids: Sequence[UUID],
    *,
    grantee_kind: GranteeKind,
    grantee_ids: Sequence[UUID],
    reason: GrantReason,
    until: datetime | ColumnElement[datetime] | None,
) -> None:
    rows = [
        {
            "id": new_id(),
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "grantee_kind": grantee_kind,
            "grantee_id": grantee_id,
            "reason": reason,
            "until": until,
            "created_by": actor.id,
        }
        for subject_id in subject_ids
        for grantee_id in dict.fromkeys(grantee_ids)
    ]
    statement = insert(Grant).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["subject_id", "subject_kind", "grantee_id", "grantee_kind", "reason"],
            index_where=Grant.revoked_at.is_(None),
            set_={"until": statement.excluded.until},
        ),
    )


def revoke_grant(
    session: Session,
    actor: Actor,
    *,
    subject_kind: str,
    subject_id: UUID,
    grantee_id: UUID,
    reason: GrantReason | None = None,
    centre_id: UUID | None = None,
) -> bool:
    """Take a grant back (all reasons when none is named); returns whether there was one."""
    wanted = [
        Grant.subject_kind == subject_kind,
        Grant.subject_id == subject_id,
        Grant.grantee_id == grantee_id,
        Grant.revoked_at.is_(None),
    ]
    if reason is not None:
        wanted.append(Grant.reason == reason)
    ended = session.scalars(update(Grant).where(*wanted).values(revoked_at=koza_now()).returning(Grant.id)).all()
    if ended:
        record(session, actor, "grant_revoked", subject_kind, subject_id, centre_id, grantee=str(grantee_id))
    return bool(ended)


def revoke_grants(
    session: Session,
    actor: Actor,
    subject_kind: str,
    subject_id: UUID,
    *,
    centre_id: UUID | None = None,
) -> int:
    """Take every grant on a record back, as when it is transferred or closed; returns how many there were."""
    ended = session.scalars(
        update(Grant)
        .where(Grant.subject_kind == subject_kind, Grant.subject_id == subject_id, Grant.revoked_at.is_(None))
        .values(revoked_at=koza_now())
        .returning(Grant.id),
    ).all()
    if ended:
        record(session, actor, "grants_revoked", subject_kind, subject_id, centre_id, count=len(ended))
    return len(ended)


def bar(
    session: Session,
    actor: Actor,
    *,
    subjects: Sequence[tuple[str, UUID]],
    account_id: UUID,
    reason: str,
    centre_id: UUID | None = None,
) -> None:
    """Keep a member of staff from records for good: kinship, acquaintance, conflict of interest.

    ``subjects`` are all the records that tell of the same matter (a case, its intakes, its contacts); ``reason`` is a
    neutral code. No grant and no stated reason opens them to her.
    """
    for kind, subject_id in subjects:
        session.execute(
            insert(Bar)
            .values(
                subject_kind=kind,
                subject_id=subject_id,
                account_id=account_id,
                reason=reason,
                created_by=actor.id,
            )
            .on_conflict_do_nothing(),
        )
        record(session, actor, "barred", kind, subject_id, centre_id, account=str(account_id), reason=reason)
        if kind == "contact":
            report(session, Barred(subject_id, centre_id, account_id))
        _tell(session, account_id, kind, subject_id)


def unbar(
    session: Session,
    actor: Actor,
    *,
    subjects: Sequence[tuple[str, UUID]],
    account_id: UUID,
    centre_id: UUID | None = None,
) -> None:
    """Lift a bar that was set by mistake."""
    for kind, subject_id in subjects:
        session.execute(
            delete(Bar).where(Bar.subject_kind == kind, Bar.subject_id == subject_id, Bar.account_id == account_id),
        )
        record(session, actor, "unbarred", kind, subject_id, centre_id, account=str(account_id))
        _tell(session, account_id, kind, subject_id)


_COPY_BARS = Read(
    insert(table_of(Bar))
    .from_select(
        ["subject_kind", "subject_id", "account_id", "reason", "created_by"],
        select(
            cast(bindparam("to_kind"), Bar.subject_kind.type),
            cast(bindparam("to_id"), Bar.subject_id.type),
            Bar.account_id,
            Bar.reason,
            cast(bindparam("by"), Bar.created_by.type),
        ).where(Bar.subject_kind == bindparam("from_kind"), Bar.subject_id == bindparam("from_id")),
    )
    .on_conflict_do_nothing()
    .returning(Bar.account_id)
)


def copy_bars(session: Session, actor: Actor, source: tuple[str, UUID], targets: Sequence[tuple[str, UUID]]) -> int:
    """Bar from ``targets`` whoever is barred from ``source``; returns how many bars were new."""
    copied = 0
    for kind, subject_id in targets:
        values = {"from_kind": source[0], "from_id": source[1], "to_kind": kind, "to_id": subject_id, "by": actor.id}
        new = [row.account_id for row in _COPY_BARS.all(session, values)]
        for account_id in new:
            record(session, actor, "barred", kind, subject_id, account=str(account_id), reason="copied")
            _tell(session, account_id, kind, subject_id)
        copied += len(new)
    return copied


def _tell(session: Session, account_id: UUID, kind: str, subject_id: UUID) -> None:
    """The row leaves her open screen now, or comes back to it."""
    centre_id = session.scalar(select(Account.centre_id).where(Account.id == account_id))
    if centre_id is not None:
        publish(session, centre_id, kind, subject_id)


def issue_token(session: Session, actor: Actor, centre_id: UUID, scopes: Sequence[str]) -> str:
    """A bearer token for the read API of one centre; returned once, kept as a hash.

    Raises ``ValueError`` for a scope that does not exist.
    """
    if not scopes or set(scopes) - set(TOKEN_READS):
        raise ValueError(_("The scopes are: %(scopes)s", scopes=", ".join(TOKEN_READS)))
    raw = _TOKEN_MARK + secrets.token_urlsafe(32)
    token = Token(
        token_hash=_hash(raw),
        centre_id=centre_id,
        scopes=list(dict.fromkeys(scopes)),
        created_by=actor.id,
    )
    session.add(token)
    session.flush()
    record(session, actor, "token_issued", "token", token.id, centre_id, scopes=",".join(scopes))
    return raw


def revoke_token(session: Session, actor: Actor, token_id: UUID) -> None:
    """End a token now."""
    centre_id = session.scalar(
        update(Token)
        .where(Token.id == token_id, Token.revoked_at.is_(None))
        .values(revoked_at=koza_now())
        .returning(Token.centre_id),
    )
    if centre_id is None:
        raise NotFoundError("token")
    record(session, actor, "token_revoked", "token", token_id, centre_id)


def token_of(session: Session, raw: str) -> Scope | None:
    """The scope of a bearer token, or ``None`` when there is no such token. One query."""
    row = session.execute(
        select(Token.id, Token.centre_id, Token.scopes).where(
            Token.token_hash == _hash(raw),
            Token.revoked_at.is_(None),
        ),
    ).one_or_none()
    return Scope.token(row.id, row.centre_id, row.scopes) if row else None


def _hash(raw: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(raw.encode()).digest()
