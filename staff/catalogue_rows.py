"""Provinces and roles as rows: brought to what is shipped by ``koza migrate``, changed by an administrator."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from staff.catalogues import RoleEntry, Roles, Width, provinces_catalogue, roles_catalogue
from staff.models import Province, RoleVersion


def load_catalogues(session: Session) -> None:
    """Bring provinces and roles to what is shipped; may run any number of times.

    A role whose shipped form changed gets a new version. A role that an administrator changed keeps her version.
    """
    for province in provinces_catalogue().provinces:
        statement = insert(Province).values(code=province.code, name=province.name)
        session.execute(
            statement.on_conflict_do_update(index_elements=["code"], set_={"name": statement.excluded.name}),
        )
    catalogue = roles_catalogue()
    current = {row.role: row for row in session.scalars(select(RoleVersion).where(RoleVersion.current))}
    for role in catalogue.roles:
        standing = current.get(role.code)
        if standing is None or (standing.made_by == "catalogue" and _differs(standing, role)):
            _new_version(session, standing, role, catalogue, made_by="catalogue")
    session.flush()


def change_role(session: Session, actor: Actor, role: str, permissions: dict[str, Width]) -> int:
    """An administrator's own version of a role; returns its number. It survives updates of the catalogue.

    Raises ``KeyError`` for a role or permission that the catalogue does not know.
    """
    catalogue = roles_catalogue()
    shipped = {item.code: item for item in catalogue.roles}[role]
    known = {item.code for item in catalogue.permissions}
    for code in permissions:
        if code not in known:
            raise KeyError(code)
    standing = session.scalars(select(RoleVersion).where(RoleVersion.role == role, RoleVersion.current)).one_or_none()
    changed = shipped.model_copy(update={"permissions": permissions})
    number = _new_version(session, standing, changed, catalogue, made_by="administrator")
    record(session, actor, "role_changed", "role", role, version=number)
    return number


def _differs(standing: RoleVersion, role: RoleEntry) -> bool:
    return (standing.permissions, standing.unit, standing.titles) != (
        dict(role.permissions),
        role.unit,
        role.title.model_dump(),
    )


def _new_version(
    session: Session,
    standing: RoleVersion | None,
    role: RoleEntry,
    catalogue: Roles,
    *,
    made_by: str,
) -> int:
    number = 1 if standing is None else standing.version + 1
    if standing is not None:
        session.execute(update(RoleVersion).where(RoleVersion.id == standing.id).values(current=False))
    session.add(
        RoleVersion(
            role=role.code,
            version=number,
            unit=role.unit,
            titles=role.title.model_dump(),
            permissions=dict(role.permissions),
            source=catalogue.source,
            valid_from=catalogue.valid_from,
            made_by=made_by,
            current=True,
        ),
    )
    session.flush()
    return number
