from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.cases import rules
from escalation.perpetrators import rules as other_side

STATES = st.sampled_from(rules.STATES)
DUTIES = st.builds(rules.OpenDuties, open_tasks=st.integers(0, 3), unread_contacts=st.integers(0, 3))


def test_every_state_can_be_reached_and_left() -> None:
    for state in rules.STATES:
        assert rules.possible(state)
    reached = {after for state in rules.STATES for after in rules.possible(state)}
    assert reached == set(rules.STATES) - {"open"}


def test_only_a_closed_case_is_reopened_and_nothing_else_follows_it() -> None:
    assert rules.possible("closed") == ("reopened",)
    assert all("reopened" not in rules.possible(state) for state in rules.STATES if state != "closed")
    assert all("closed" in rules.possible(state) for state in rules.STATES if state != "closed")


def test_an_unknown_state_leads_nowhere() -> None:
    assert rules.possible("lost") == ()


@given(
    STATES,
    STATES,
    st.none() | st.sampled_from(rules.CLOSURE_REASONS) | st.just("tired"),
    DUTIES,
    st.booleans(),
    st.sampled_from(["", "  ", "moved to another province"]),
)
def test_a_case_is_never_closed_over_open_duties_without_the_directors_words(
    before: str, after: str, reason: str | None, duties: rules.OpenDuties, may: bool, words: str
) -> None:
    refused = rules.refusal(
        before,
        after,
        reason=reason,
        duties=duties,
        may_close_over_duty=may,
        words=words,
    )
    if refused is None:
        assert after in rules.possible(before)
        if after == "closed":
            assert reason in rules.CLOSURE_REASONS
            assert not duties.any or (may and words.strip())
    else:
        assert after not in rules.possible(before) or after == "closed"


@pytest.mark.parametrize(
    ("reason", "duties", "may", "words", "refusal"),
    [
        (None, rules.OpenDuties(), False, "", "no_closure_reason"),
        ("safe", rules.OpenDuties(), False, "", None),
        ("safe", rules.OpenDuties(open_tasks=1), False, "why", "open_duties"),
        ("safe", rules.OpenDuties(unread_contacts=1), True, " ", "open_duties_need_words"),
        ("safe", rules.OpenDuties(open_tasks=1), True, "why", None),
    ],
)
def test_closing(reason: str | None, duties: rules.OpenDuties, may: bool, words: str, refusal: str | None) -> None:
    given_ = rules.refusal("active", "closed", reason=reason, duties=duties, may_close_over_duty=may, words=words)
    assert given_ == refusal


def test_who_reads_which_note() -> None:
    readers = {"author": (True, ()), "lawyer": (False, ("legal",)), "worker": (False, ("social_worker",))}
    allowed = {
        (kind, name)
        for kind, (name, (author, roles)) in product(("team", "legal", "author_only"), readers.items())
        if rules.reads_note(kind, is_author=author, roles=roles)
    }
    assert allowed == {
        ("team", "author"),
        ("team", "lawyer"),
        ("team", "worker"),
        ("legal", "author"),
        ("legal", "lawyer"),
        ("author_only", "author"),
    }


@given(
    st.sets(
        st.sampled_from(
            ["case.write", "case.open", "intake.write", "case.read", "perpetrator.write", "perpetrator.read"]
        )
    )
)
def test_nobody_works_on_both_sides_of_the_wall(permissions: set[str]) -> None:
    works_with_her = bool(permissions & {"case.write", "case.open", "intake.write"})
    works_with_him = "perpetrator.write" in permissions
    if works_with_him:
        assert not rules.on_survivors_side(permissions)
    if works_with_her:
        assert not other_side.on_perpetrators_side(permissions)
