"""Provinces, roles and four-eyes acts: data beside the code, read and checked when the process starts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from core.catalogue import Catalogue, Entry, Text, load_catalogue

FOLDER = Path(__file__).parent / "catalogue"

Width = Literal["centre", "assigned", "referred", "own"]
Unit = Literal["office", "hotline", "survivor", "perpetrator", "partner"]


class Words(Entry):
    """A name for staff in both languages of the screens."""

    tr: Text
    en: Text


class ProvinceEntry(Entry):
    """One province."""

    code: Text
    name: Text


class Provinces(Catalogue):
    """The 81 provinces."""

    time_zone: Text
    provinces: tuple[ProvinceEntry, ...]


class PermissionEntry(Entry):
    """Something a role may be allowed."""

    code: Text
    label: Words


class RoleEntry(Entry):
    """A role and what it may."""

    code: Text
    unit: Unit
    title: Words
    permissions: dict[str, Width]


class Roles(Catalogue):
    """All permissions, and the roles made of them."""

    scopes: tuple[Width, ...]
    permissions: tuple[PermissionEntry, ...]
    roles: tuple[RoleEntry, ...]

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = {item.code for item in self.permissions}
        unknown = {code for role in self.roles for code in role.permissions} - known
        if unknown:
            raise ValueError(f"roles name unknown permissions: {', '.join(sorted(unknown))}")
        return self


class FourEyesEntry(Entry):
    """An act that needs two people, and what one person may do alone at night."""

    code: Text
    title: Words
    #: Permissions of who asks, who approves, and who reviews the one-person form.
    request: Text
    approve: Text
    review: Text
    #: Minutes in which the second person must approve and the act be used.
    valid_minutes: int
    #: Minutes for which the one-person form holds; absent: this act has none and waits for the morning.
    night_minutes: int | None = None
    #: Why the night form exists, or why there is none.
    why: Words


class FourEyes(Catalogue):
    """The closed list of acts that need a second person."""

    acts: tuple[FourEyesEntry, ...]

    @model_validator(mode="after")
    def _once(self) -> Self:
        codes = [item.code for item in self.acts]
        if len(set(codes)) != len(codes):
            raise ValueError("an act stands twice")
        return self


@cache
def provinces_catalogue() -> Provinces:
    """The shipped provinces."""
    return load_catalogue(FOLDER / "provinces.yaml", Provinces)


@cache
def roles_catalogue() -> Roles:
    """The shipped roles."""
    return load_catalogue(FOLDER / "roles.yaml", Roles)


@cache
def four_eyes_catalogue() -> FourEyes:
    """The shipped four-eyes acts."""
    return load_catalogue(FOLDER / "four_eyes.yaml", FourEyes)


@cache
def four_eyes_acts() -> dict[str, FourEyesEntry]:
    """The four-eyes acts by code."""
    return {item.code: item for item in four_eyes_catalogue().acts}
