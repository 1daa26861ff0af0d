"""The closed list of acts that need two people."""

from __future__ import annotations

from staff.catalogues import four_eyes_catalogue, provinces_catalogue, roles_catalogue


def test_every_act_names_permissions_that_roles_really_hold() -> None:
    held = {code for role in roles_catalogue().roles for code in role.permissions}
    for act in four_eyes_catalogue().acts:
        assert {act.request, act.approve, act.review} <= held, act.code


def test_every_act_can_be_approved_and_reviewed_by_a_second_role() -> None:
    """An act that only one role may ask for, approve and review would have nobody left in a small centre."""
    for act in four_eyes_catalogue().acts:
        people = [role.code for role in roles_catalogue().roles if act.approve in role.permissions]
        asking = [role.code for role in roles_catalogue().roles if act.request in role.permissions]
        assert set(people) != set(asking) or len(people) > 1, act.code


def test_the_night_form_is_shorter_than_the_day_s() -> None:
    for act in four_eyes_catalogue().acts:
        assert act.night_minutes is None or 0 < act.night_minutes < act.valid_minutes
    assert {act.code for act in four_eyes_catalogue().acts if act.night_minutes is None} == {
        "close_danger_case",
        "export_records",
        "erase_record",
    }


def test_there_are_eighty_one_provinces() -> None:
    assert len({province.code for province in provinces_catalogue().provinces}) == 81
