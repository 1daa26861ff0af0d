"""Who reads which field of an intake, written down by hand and not taken from the code."""

from __future__ import annotations

import pytest

from intake.codes import fields
from intake.queries import FORM_FIELDS
from intake.readers import READERS, unread

HEALTH = {"pregnancy", "disability", "children", "children_ages", "dependants"}
WHO_AND_WHERE = {"display_name", "location_now", "heard_words", "operator_state"}
WORDS = {"summary", "wants_words", "police_reference"}
STATUS = {"nationality_status"}
#: What each role does not read of an intake that was not given to it to write in.
UNREAD = {
    "social_worker": set[str](),
    "psychologist": set[str](),
    "child_development": set[str](),
    "health": set[str](),
    "employment": set[str](),
    "shift_lead": HEALTH | STATUS,
    "legal": HEALTH | WHO_AND_WHERE,
    "director": HEALTH | STATUS | WHO_AND_WHERE | WORDS,
    "operator": HEALTH | STATUS | WHO_AND_WHERE | WORDS,
    "somebody new": HEALTH | STATUS | WHO_AND_WHERE | WORDS,
}


@pytest.mark.parametrize("role", UNREAD)
def test_each_role_reads_what_is_written_down_and_nothing_else(role: str) -> None:
    assert unread({role}, hers=False) == UNREAD[role]
    assert unread({role}, hers=True) == set()


def test_two_roles_read_what_either_reads() -> None:
    assert unread({"legal", "shift_lead"}, hers=False) == UNREAD["legal"] & UNREAD["shift_lead"]


def test_every_field_that_is_kept_from_somebody_is_one_of_the_form() -> None:
    assert set(READERS) <= {*FORM_FIELDS, *fields()}
