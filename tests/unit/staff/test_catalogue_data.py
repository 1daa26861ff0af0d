"""What the staff catalogues must never say, whoever edits them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from core.catalogue import Catalogue, Entry, Text, load_catalogue

FOLDER = Path(__file__).resolve().parents[3] / "staff" / "catalogue"


class _Label(Entry):
    tr: Text
    en: Text


class _Permission(Entry):
    code: Text
    label: _Label


class _Role(Entry):
    code: Text
    unit: Literal["office", "hotline", "survivor", "perpetrator", "partner"]
    title: _Label
    permissions: dict[str, Literal["centre", "assigned", "referred", "own"]]


class _Roles(Catalogue):
    scopes: tuple[str, ...]
    permissions: tuple[_Permission, ...]
    roles: tuple[_Role, ...]


class _Province(Entry):
    code: Text
    name: Text


class _Provinces(Catalogue):
    time_zone: Text
    provinces: tuple[_Province, ...]


@pytest.fixture(scope="module")
def roles() -> dict[str, dict[str, str]]:
    catalogue = load_catalogue(FOLDER / "roles.yaml", _Roles)
    return {role.code: dict(role.permissions) for role in catalogue.roles}


CONTENT = {"message", "intake", "safe_contact", "person", "case", "session_note", "shelter", "register", "referral"}


def _reads(permissions: dict[str, str]) -> set[str]:
    return {code.partition(".")[0] for code in permissions if code.endswith(".read")}


def test_there_are_81_provinces_with_text_codes() -> None:
    provinces = load_catalogue(FOLDER / "provinces.yaml", _Provinces).provinces
    assert [province.code for province in provinces] == [f"{number:02d}" for number in range(1, 82)]
    assert len({province.name for province in provinces}) == 81
    names = {province.code: province.name for province in provinces}
    assert (names["06"], names["30"], names["34"], names["35"]) == ("Ankara", "Hakkâri", "İstanbul", "İzmir")
    assert (names["33"], names["46"], names["63"], names["73"]) == ("Mersin", "Kahramanmaraş", "Şanlıurfa", "Şırnak")


def test_roles_use_only_listed_permissions_and_every_permission_is_used() -> None:
    catalogue = load_catalogue(FOLDER / "roles.yaml", _Roles)
    listed = [permission.code for permission in catalogue.permissions]
    assert len(listed) == len(set(listed))
    used = {code for role in catalogue.roles for code in role.permissions}
    assert used == set(listed)
    assert len({role.code for role in catalogue.roles}) == len(catalogue.roles)


def test_the_perpetrator_unit_reads_nothing_of_the_survivor(roles: dict[str, dict[str, str]]) -> None:
    assert not _reads(roles["perpetrator_worker"]) & (CONTENT | {"contact"})
    assert "perpetrator.link" not in roles["perpetrator_worker"]
    assert "break_glass.use" not in roles["perpetrator_worker"]


def test_survivor_staff_do_not_read_perpetrator_files(roles: dict[str, dict[str, str]]) -> None:
    assert {code for code, permissions in roles.items() if "perpetrator.read" in permissions} == {
        "director",
        "perpetrator_worker",
    }


@pytest.mark.parametrize("role", ["statistician", "auditor", "admin"])
def test_offices_read_no_content(roles: dict[str, dict[str, str]], role: str) -> None:
    assert not _reads(roles[role]) & (CONTENT | {"contact", "perpetrator"})
    assert "phone.unmask" not in roles[role]
    assert "break_glass.use" not in roles[role]


def test_only_the_shelter_liaison_sees_addresses(roles: dict[str, dict[str, str]]) -> None:
    assert {code for code, permissions in roles.items() if "shelter.read" in permissions} == {"shelter_liaison"}


def test_a_partner_sees_referrals_to_it_and_nothing_else(roles: dict[str, dict[str, str]]) -> None:
    assert roles["partner"] == {"referral.read": "referred", "referral.answer": "referred"}


def test_counselling_notes_are_their_authors(roles: dict[str, dict[str, str]]) -> None:
    assert {p["session_note.read"] for p in roles.values() if "session_note.read" in p} == {"own"}


def test_content_is_read_centre_wide_by_those_who_answer_for_it_alone(roles: dict[str, dict[str, str]]) -> None:
    wide = {(code, kind) for code, p in roles.items() for kind in CONTENT if p.get(f"{kind}.read") == "centre"}
    assert {code for code, _ in wide} == {"director", "shift_lead", "legal", "police_liaison", "shelter_liaison"}
    assert {kind for code, kind in wide if code in {"legal", "police_liaison"}} == {"register"}
