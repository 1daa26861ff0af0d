"""Who may read what: one rule, used for lists, single objects, exports, the API and the feed.

A permission is a kind of record and an act (``intake.write``) and has a width: the whole ``centre``, records
``assigned`` by a grant, records ``referred`` to the reader's organisation, or what is her ``own``. A record is within
reach when (it belongs to the reader's centre and the width is ``centre``, or a grant names her) and no bar names her.
The rule is SQL, so a list and a single object cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, any_, bindparam, false, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

from core.actor import Actor, staff_actor, system
from core.clock import koza_now
from core.database import table_of
from core.statements import Read
from staff.errors import MissingPermissionError, OutOfScopeError
from staff.models import Account, AccountRole, Bar, Grant, RoleVersion

#: Aliases of the tables and not of the classes: pages ask these many times, and the mapper has nothing to do there.
#: Made once, because an alias copies every column; each condition has it in a FROM of its own.
_GRANT, _BAR = table_of(Grant).alias(), table_of(Bar).alias()

#: What each scope of an API token reads in its centre. There is none for numbers, names, texts or districts.
TOKEN_READS: dict[str, frozenset[str]] = {
    "contacts": frozenset({"contact", "intake", "case"}),
    "pages": frozenset({"page"}),
    "duty": frozenset({"shift"}),
}


@dataclass(frozen=True)
class HeldRole:
    """A role that an account holds, as its current version stands."""

    role: str
    unit: str
    permissions: Mapping[str, str]


@dataclass(frozen=True)
class Scope:
    """A reader: her centres, her roles, and what they may do."""

    actor: Actor
    centre_ids: frozenset[UUID] = frozenset()
    roles: frozenset[str] = frozenset()
    #: ``hotline``, ``survivor``, ``perpetrator``, ``office``, ``partner``.
    units: frozenset[str] = frozenset()
    #: Pairs of permission and width; two roles may hold the same permission in two widths.
    held: frozenset[tuple[str, str]] = frozenset()
    partner_id: UUID | None = None
    #: Not empty for jobs and reactions, which read everything for one purpose and answer nobody.
    purpose: str = ""
    #: The account whose grants and bars count; none for tokens and the system.
    account_id: UUID | None = None

    @classmethod
    def of(cls, session: Session, account_id: UUID) -> Scope:
        """The scope of an account as it stands now. A disabled or unknown account may nothing."""
        row = session.execute(
            select(Account.centre_id, Account.partner_id).where(
                Account.id == account_id,
                Account.disabled_at.is_(None),
            ),
        ).one_or_none()
        if row is None:
            return cls(staff_actor(account_id, None), account_id=account_id)
        roles = session.execute(
            select(RoleVersion.role, RoleVersion.unit, RoleVersion.permissions)
            .join(AccountRole, AccountRole.role == RoleVersion.role)
            .where(AccountRole.account_id == account_id, RoleVersion.current),
        )
        return cls.built(account_id, row.centre_id, [HeldRole(*item) for item in roles], partner_id=row.partner_id)

    @classmethod
    def built(
        cls,
        account_id: UUID,
        centre_id: UUID | None,
        roles: Iterable[HeldRole],
        *,
        partner_id: UUID | None = None,
    ) -> Scope:
        """A scope from rows already read."""
        roles = list(roles)
        return cls(
            actor=staff_actor(account_id, centre_id),
            centre_ids=frozenset() if centre_id is None else frozenset({centre_id}),
            roles=frozenset(item.role for item in roles),
            units=frozenset(item.unit for item in roles),
            held=frozenset(pair for item in roles for pair in item.permissions.items()),
            partner_id=partner_id,
            account_id=account_id,
        )

    @classmethod
    def system(cls, purpose: str) -> Scope:
        """The scope of a job or reaction; reads everything. Never hand it to a view."""
        return cls(system(purpose), purpose=purpose)

    @classmethod
    def token(cls, token_id: UUID, centre_id: UUID, scopes: Collection[str]) -> Scope:
        """The scope of an API token: some kinds of one centre. Its permissions are ``api.<scope>`` beside the reads."""
        kinds = {kind for scope in scopes for kind in TOKEN_READS.get(scope, ())}
        codes = {f"api.{scope}" for scope in scopes} | {f"{kind}.read" for kind in kinds}
        return cls(
            actor=Actor("system", token_id, centre_id, "api"),
            centre_ids=frozenset({centre_id}),
            held=frozenset((code, "centre") for code in codes),
        )

    @property
    def is_system(self) -> bool:
        """True for jobs and reactions."""
        return bool(self.purpose)

    @cached_property
    def permissions(self) -> frozenset[str]:
        """The permissions held in any width."""
        return frozenset(code for code, _ in self.held)

    def may(self, permission: str) -> bool:
        """Whether a role carries the permission in any width. The system may whatever its code does."""
        return self.is_system or permission in self.permissions

    def require(self, permission: str, subject_kind: str = "", subject_id: UUID | str = "") -> None:
        """Raise :class:`MissingPermissionError` unless :meth:`may`; the subject is for the audit."""
        if not self.may(permission):
            raise MissingPermissionError(self.actor, permission, subject_kind, subject_id)

    def where(
        self,
        record_kind: str,
        *,
        centre: SQLColumnExpression[UUID],
        subject_id: SQLColumnExpression[UUID],
        subject_kind: str | None = None,
        act: str = "read",
        made_by: SQLColumnExpression[UUID | None] | SQLColumnExpression[UUID] | None = None,
        restricted: SQLColumnExpression[bool] | None = None,
    ) -> ColumnElement[bool]:
        """The condition under which this reader may do ``<record_kind>.<act>`` with a row.

        ``subject_id`` is what grants and bars hang on, of ``subject_kind`` (default: the record itself): for a message
        the contact, for a note its case. ``made_by`` is the account that counts for the width ``own``. ``restricted``
        marks rows that a centre does not read as a whole (a case under secrecy): there only a grant to the person
        herself or to her organisation counts.
        """
        if self.is_system:
            return true()
        kind = subject_kind or record_kind
        widths = {width for code, width in self.held if code == f"{record_kind}.{act}"}
        ways: list[ColumnElement[bool]] = []
        if "centre" in widths and self.centre_ids:
            # A grant to a unit makes the record as one of the unit's own: the same roles read it, no other.
            whole = or_(centre.in_(self.centre_ids), self._granted(kind, subject_id, "unit", self.centre_ids))
            ways.append(whole if restricted is None else and_(whole, ~restricted))
        if widths & {"centre", "assigned"} and self.account_id is not None:
            ways.append(self._granted(kind, subject_id, "staff", {self.account_id}))
        if "referred" in widths and self.partner_id is not None:
            ways.append(self._granted(kind, subject_id, "partner", {self.partner_id}))
        if "own" in widths and made_by is not None and self.account_id is not None:
            ways.append(made_by == self.account_id)
        if not ways:
            return false()
        return and_(or_(*ways), self.not_barred(kind, subject_id))

    def parts(
        self,
        *record_kinds: str,
        centre: SQLColumnExpression[UUID],
        subject_id: SQLColumnExpression[UUID],
        subject_kind: str,
        restricted: SQLColumnExpression[bool],
        granted: ColumnElement[bool] | None = None,
    ) -> tuple[ColumnElement[bool], ...]:
        """:meth:`where` for reading, in parts that an index answers each: what lets pass one of them, it lets pass.

        For long lists: their rows are looked for part by part, and one that two parts find is one row. The parts are
        the centre's own rows, and those granted to the person, her organisation or her centre. Of several kinds of
        record about one subject it is enough that she reads one. ``granted`` is true of every listed row, and says so
        in the words of an index by subject, by which rows are looked for where the subjects are few.
        """
        if self.is_system:
            return (true(),)
        few = true() if granted is None else granted
        codes = {f"{record_kind}.read" for record_kind in record_kinds}
        widths = {width for code, width in self.held if code in codes}
        parts: list[ColumnElement[bool]] = []
        if widths & {"centre", "assigned"} and self.account_id is not None:
            parts.append(and_(few, self.by_name(subject_kind, subject_id)))
        if "referred" in widths and self.partner_id is not None:
            parts.append(and_(few, subject_id.in_(self._subjects(subject_kind, "partner", {self.partner_id}))))
        if "centre" in widths and self.centre_ids:
            units = self._subjects(subject_kind, "unit", self.centre_ids)
            parts += [
                and_(_one_of(centre, self.centre_ids), ~restricted),
                and_(few, subject_id.in_(units), ~restricted),
            ]
        return tuple(and_(part, self.not_barred(subject_kind, subject_id)) for part in parts) or (false(),)

    def by_name(self, subject_kind: str, subject_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
        """Records granted to this very person: where a list of hers begins, before it is asked what she reads.

        Who owns a record is among those to whom it was granted.
        """
        if self.account_id is None:
            return false()
        return subject_id.in_(self._subjects(subject_kind, "staff", {self.account_id}))

    @staticmethod
    def _subjects(kind: str, grantee_kind: str, grantee_ids: Collection[UUID]) -> Select[UUID]:
        """The records of a kind that are granted to one of ``grantee_ids``."""
        found = select(_GRANT.c.subject_id).where(
            _GRANT.c.subject_kind == kind,
            _GRANT.c.grantee_kind == grantee_kind,
            _GRANT.c.grantee_id.in_(grantee_ids),
            _GRANT.c.revoked_at.is_(None),
            or_(_GRANT.c.until.is_(None), _GRANT.c.until > koza_now()),
        )
        return found.correlate(None)

    @staticmethod
    def _granted(
        kind: str,
        subject_id: SQLColumnExpression[UUID],
        grantee_kind: str,
        grantee_ids: Collection[UUID],
    ) -> ColumnElement[bool]:
        return (
            select(_GRANT.c.id)
            .where(
                _GRANT.c.subject_kind == kind,
                _GRANT.c.subject_id == subject_id,
                _GRANT.c.grantee_kind == grantee_kind,
                _GRANT.c.grantee_id.in_(grantee_ids),
                _GRANT.c.revoked_at.is_(None),
                or_(_GRANT.c.until.is_(None), _GRANT.c.until > koza_now()),
            )
            .correlate_except(_GRANT)
            .exists()
        )

    def not_barred(
        self,
        kind: str,
        subject_id: SQLColumnExpression[UUID] | SQLColumnExpression[UUID | None],
    ) -> ColumnElement[bool]:
        """No bar keeps this reader from a record: for what tells of another record, beside its own :meth:`where`."""
        if self.account_id is None:
            return true()
        return ~(
            select(_BAR.c.account_id)
            .where(_BAR.c.subject_kind == kind, _BAR.c.subject_id == subject_id, _BAR.c.account_id == self.account_id)
            .correlate_except(_BAR)
            .exists()
        )

    def reaches(
        self,
        session: Session,
        record_kind: str,
        subject_id: UUID,
        centre_id: UUID,
        *,
        subject_kind: str | None = None,
        act: str = "read",
        made_by: UUID | None = None,
        restricted: bool = False,
    ) -> bool:
        """The same rule for one record whose centre is already known; asked so often that it is written down once."""
        if self.is_system:
            return True
        widths = {width for code, width in self.held if code == f"{record_kind}.{act}"}
        if not widths:
            return False
        granted = _GRANTED.all(
            session,
            {
                "kind": subject_kind or record_kind,
                "subject_id": subject_id,
                "account_id": self.account_id,
                "partner_id": self.partner_id,
                "centre_ids": list(self.centre_ids),
            },
        )[0]
        whole = "centre" in widths and bool(self.centre_ids) and not restricted
        reached = (
            (whole and (centre_id in self.centre_ids or granted.to_unit))
            or (bool(widths & {"centre", "assigned"}) and granted.to_staff)
            or ("referred" in widths and granted.to_partner)
            or ("own" in widths and made_by is not None and made_by == self.account_id)
        )
        return bool(reached) and not granted.barred

    def require_record(
        self,
        session: Session,
        record_kind: str,
        subject_id: UUID,
        centre_id: UUID,
        *,
        subject_kind: str | None = None,
        act: str = "read",
        made_by: UUID | None = None,
        restricted: bool = False,
    ) -> None:
        """Raise unless the reader may do ``act`` with one record.

        :class:`OutOfScopeError` when she does not even read it: it must look as if it did not exist.
        :class:`MissingPermissionError` when she reads it and may not do this, or may do this with no record at all.
        """
        kind = subject_kind or record_kind
        self.require(f"{record_kind}.{act}", kind, subject_id)
        for asked in dict.fromkeys(("read", act)):
            reached = self.reaches(
                session,
                record_kind,
                subject_id,
                centre_id,
                subject_kind=subject_kind,
                act=asked,
                made_by=made_by,
                restricted=restricted,
            )
            if not reached and asked == "read" and self.may(f"{record_kind}.read"):
                raise self.out_of_scope(kind, subject_id)
            if not reached and asked == act:
                raise MissingPermissionError(self.actor, f"{record_kind}.{act}", kind, subject_id)

    def out_of_scope(self, subject_kind: str, subject_id: UUID | str) -> OutOfScopeError:
        """The refusal to raise when a scoped select found no row."""
        return OutOfScopeError(self.actor, "read", subject_kind, subject_id)


def _granted_to(grantee_kind: str, grantee: ColumnElement[bool]) -> ColumnElement[bool]:
    grant = table_of(Grant)
    return (
        select(grant.c.id)
        .where(
            grant.c.subject_kind == bindparam("kind"),
            grant.c.subject_id == bindparam("subject_id", type_=Uuid()),
            grant.c.grantee_kind == grantee_kind,
            grantee,
            grant.c.revoked_at.is_(None),
            or_(grant.c.until.is_(None), grant.c.until > koza_now()),
        )
        .exists()
    )


def _granted() -> Read:
    """What stands about one record for one reader: grants to her, her organisation, her centre, and a bar."""
    grantee, account = table_of(Grant).c.grantee_id, bindparam("account_id", type_=Uuid())
    bar = table_of(Bar)
    barred = select(bar.c.account_id).where(
        bar.c.subject_kind == bindparam("kind"),
        bar.c.subject_id == bindparam("subject_id", type_=Uuid()),
        bar.c.account_id == account,
    )
    return Read(
        select(
            _granted_to("staff", grantee == account).label("to_staff"),
            _granted_to("partner", grantee == bindparam("partner_id", type_=Uuid())).label("to_partner"),
            _granted_to("unit", grantee == any_(bindparam("centre_ids", type_=ARRAY(Uuid())))).label("to_unit"),
            barred.exists().label("barred"),
        )
    )


_GRANTED = _granted()


def _one_of(column: SQLColumnExpression[UUID], values: Collection[UUID]) -> ColumnElement[bool]:
    """Membership. A single value is asked for as if it were looked up.

    A database that sees it weighs each prepared statement anew by how much this centre has, and planning takes longer
    than the list.
    """
    if len(values) != 1:
        return column.in_(values)
    return column == select(literal(next(iter(values)))).scalar_subquery()


__all__ = ["TOKEN_READS", "HeldRole", "MissingPermissionError", "OutOfScopeError", "Scope"]
