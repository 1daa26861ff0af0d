"""Members of staff, and where they are reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from core.crypto import keyring_of, open_sealed
from core.phones import is_never_dial, last_digits
from staff.errors import MissingPermissionError
from staff.models import Account, AccountRole, ContactPoint, RoleVersion
from staff.scope import Scope

ADDRESS_INDEX = "staff_contact_point"
ContactPurpose = Literal["page", "offer", "proof"]


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff as colleagues and the router see her; ``display_name`` is opened."""

    id: UUID
    name: str
    display_name: str
    centre_id: UUID | None
    roles: tuple[str, ...]
    languages: tuple[str, ...]
    gender: str | None
    locale: str
    disabled_at: datetime | None
    has_pin: bool
    version: int
    #: What she enters before her PIN where she calls in; she has none before her first PIN.
    staff_number: int | None


@dataclass(frozen=True, slots=True, repr=False)
class ContactPointRow:
    """A telephone of a member of staff with its address opened: for a send, never for a screen or a log."""

    id: UUID
    account_id: UUID
    medium: str
    address: str
    state: str
    two_way: bool
    last_proof_at: datetime | None

    def __repr__(self) -> str:
        """Without the address."""
        return f"ContactPointRow({self.id}, {self.medium}, {self.state})"


@dataclass(frozen=True, slots=True)
class TelephoneRow:
    """One number of a member of staff: its last digits, and (contact point, medium, state) for calls and for texts."""

    digits: str
    points: tuple[tuple[UUID, str, str], ...]
    #: It is an emergency or short service number: out of use for good.
    never_dialled: bool = False


def _staff(session: Session, wanted: Select[Account]) -> list[StaffRow]:
    accounts = session.scalars(wanted.order_by(Account.name)).all()
    roles: dict[UUID, list[str]] = {}
    held = session.execute(
        select(AccountRole.account_id, AccountRole.role)
        .where(AccountRole.account_id.in_([account.id for account in accounts]))
        .order_by(AccountRole.role),
    )
    for account_id, role in held:
        roles.setdefault(account_id, []).append(role)
    return [
        StaffRow(
            id=account.id,
            name=account.name,
            display_name=account.display_name or "",
            centre_id=account.centre_id,
            roles=tuple(roles.get(account.id, ())),
            languages=tuple(account.languages),
            gender=account.gender,
            locale=account.locale,
            disabled_at=account.disabled_at,
            has_pin=account.pin_hash is not None,
            version=account.version,
            staff_number=account.staff_number,
        )
        for account in accounts
    ]


def accounts(session: Session, scope: Scope) -> list[StaffRow]:
    """The accounts this reader administers or works with: her centre's; everybody for an administrator of none."""
    wanted = select(Account)
    if not administers_all(scope):
        wanted = wanted.where(Account.centre_id.in_(scope.centre_ids))
    return _staff(session, wanted)


def administers_all(scope: Scope) -> bool:
    """Whether she administers the staff of every centre: who belongs to one administers that one alone."""
    return scope.may("staff.manage") and not scope.centre_ids


def account(session: Session, account_id: UUID) -> StaffRow | None:
    """One member of staff, for a caller who already knows that the reader may see her."""
    found = _staff(session, select(Account).where(Account.id == account_id))
    return found[0] if found else None


def account_by_name(session: Session, name: str) -> StaffRow | None:
    """One member of staff by sign-in name (``operator1@ankara``)."""
    found = _staff(session, select(Account).where(Account.name == name))
    return found[0] if found else None


def staff_of(session: Session, account_ids: Sequence[UUID]) -> dict[UUID, StaffRow]:
    """Members of staff by id, for rosters and timelines."""
    return {row.id: row for row in _staff(session, select(Account).where(Account.id.in_(account_ids)))}


def languages_of(session: Session, account_ids: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """The languages each account speaks with callers."""
    rows = session.execute(select(Account.id, Account.languages).where(Account.id.in_(account_ids)))
    return {row.id: frozenset(row.languages) for row in rows}


def speakers(session: Session, centre_ids: Iterable[UUID], language: str) -> list[UUID]:
    """Accounts of these centres, not disabled, that speak ``language``."""
    wanted = select(Account.id).where(
        Account.centre_id.in_(list(centre_ids)),
        Account.disabled_at.is_(None),
        Account.languages.contains([language]),
    )
    return list(session.scalars(wanted.order_by(Account.name)))


def accounts_with_role(session: Session, centre_ids: Iterable[UUID], role: str) -> list[UUID]:
    """Accounts of these centres, not disabled, that hold ``role``."""
    wanted = (
        select(Account.id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(Account.centre_id.in_(list(centre_ids)), Account.disabled_at.is_(None), AccountRole.role == role)
    )
    return list(session.scalars(wanted.order_by(Account.name)))


def who_may(permission: str) -> Select[UUID]:
    """Unscoped select of the active accounts of whose roles one carries ``permission``, for higher rooms to join."""
    return (
        select(Account.id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .join(RoleVersion, and_(RoleVersion.role == AccountRole.role, RoleVersion.current))
        .where(Account.disabled_at.is_(None), RoleVersion.permissions.has_key(permission))
    )


def who_may_not(permission: str) -> Select[UUID]:
    """Unscoped select of every other account, also of those that are disabled: few, where most may."""
    return select(Account.id).where(Account.id.not_in(who_may(permission)))


def routing_columns() -> Select[UUID, UUID | None, list[str], str | None]:
    """Unscoped select of (account_id, centre_id, languages, gender) of active accounts, for the router to join."""
    return select(
        Account.id.label("account_id"),
        Account.centre_id,
        Account.languages,
        Account.gender,
    ).where(Account.disabled_at.is_(None))


def contact_points_of(
    session: Session,
    scope: Scope,
    account_ids: Sequence[UUID],
    *,
    purpose: ContactPurpose,
    medium: str | None = None,
) -> list[ContactPointRow]:
    """Usable telephones of these accounts with their addresses opened, best proven first.

    Only the system may ask, and only to page, to offer a call, or to prove a telephone. Disabled points never come;
    suspect ones come last; new ones only for ``proof``. Raises :class:`MissingPermissionError` for any other reader.
    """
    if not scope.is_system:
        raise MissingPermissionError(scope.actor, f"contact_points.{purpose}", "account")
    states = ("new", "verified", "suspect") if purpose == "proof" else ("verified", "suspect")
    wanted = select(
        ContactPoint.id,
        ContactPoint.account_id,
        ContactPoint.medium,
        ContactPoint.address_sealed.label("sealed"),  # type: ignore[attr-defined]
        ContactPoint.data_key_id,
        ContactPoint.state,
        ContactPoint.two_way,
        ContactPoint.last_proof_at,
    ).where(ContactPoint.account_id.in_(account_ids), ContactPoint.state.in_(states))
    if medium is not None:
        wanted = wanted.where(ContactPoint.medium == medium)
    wanted = wanted.join(Account, Account.id == ContactPoint.account_id).where(Account.disabled_at.is_(None))
    rows = session.execute(
        wanted.order_by(
            ContactPoint.state == "suspect",
            ContactPoint.last_proof_at.desc().nulls_last(),
            ContactPoint.id,
        ),
    ).all()
    found = []
    for row in rows:
        address = open_sealed(session, row.data_key_id, "staff_contact_points", "address", row.id, row.sealed)
        if address is not None:
            found.append(
                ContactPointRow(
                    row.id,
                    row.account_id,
                    row.medium,
                    address,
                    row.state,
                    row.two_way,
                    row.last_proof_at,
                ),
            )
    return found


def telephones_of(session: Session, account_id: UUID) -> list[TelephoneRow]:
    """The telephones of one account, each number once with its last digits alone, for administration."""
    points = session.scalars(
        select(ContactPoint)
        .where(ContactPoint.account_id == account_id, ContactPoint.state != "disabled")
        .order_by(ContactPoint.id),
    )
    numbers: dict[bytes | None, list[ContactPoint]] = {}
    for point in points:
        numbers.setdefault(point.address_index, []).append(point)
    return [
        TelephoneRow(
            last_digits(same[0].address or ""),
            tuple((point.id, point.medium, point.state) for point in same),
            never_dialled=is_never_dial(same[0].address or ""),
        )
        for same in numbers.values()
    ]


def contact_point_states(session: Session, account_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, str, str]]:
    """(account, contact point, medium, state) without addresses, for administration and rosters."""
    rows = session.execute(
        select(ContactPoint.account_id, ContactPoint.id, ContactPoint.medium, ContactPoint.state)
        .where(ContactPoint.account_id.in_(account_ids), ContactPoint.state != "disabled")
        .order_by(ContactPoint.account_id, ContactPoint.id),
    )
    return [(row.account_id, row.id, row.medium, row.state) for row in rows]


def out_of_reach(session: Session, account_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Who of these has telephones for calls of which none answered when it was tried last."""
    voice = (ContactPoint.medium == "voice", ContactPoint.state.in_(("verified", "suspect")))
    tried = and_(ContactPoint.state == "suspect", ContactPoint.state_reason == "silent")
    rows = session.execute(
        select(ContactPoint.account_id)
        .where(ContactPoint.account_id.in_(list(account_ids)), *voice)
        .group_by(ContactPoint.account_id)
        .having(func.bool_and(tried)),
    )
    return frozenset(row.account_id for row in rows)


def accounts_at(session: Session, e164: str, *, medium: str | None = None) -> list[tuple[UUID, UUID]]:
    """(account, contact point) of the active accounts with a telephone of this number, found by its keyed hash.

    Two members may share a landline, hence a list. A number proves nobody: the caller asks for the PIN, or for a
    live code of that sender.
    """
    wanted = (
        select(ContactPoint.account_id, ContactPoint.id)
        .join(Account, Account.id == ContactPoint.account_id)
        .where(
            ContactPoint.address_index == keyring_of(session).blind_index(ADDRESS_INDEX, e164),
            ContactPoint.state != "disabled",
            Account.disabled_at.is_(None),
        )
    )
    if medium is not None:
        wanted = wanted.where(ContactPoint.medium == medium)
    return [(row.account_id, row.id) for row in session.execute(wanted.order_by(ContactPoint.id))]
