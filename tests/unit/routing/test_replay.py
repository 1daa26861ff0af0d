"""A call played again: nothing that was written down is lost, and at each second those are asked who were."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from routing.reasons import ASKED, NOT_ASKED
from routing.replay import Happened, OfferMade, Step, Thought, asked_at, replay

BEGAN = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
PEOPLE = [UUID(int=number) for number in range(1, 6)]

seconds = st.integers(0, 40)
reasons = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from((*ASKED, *NOT_ASKED)), max_size=5)


def at(second: int) -> datetime:
    return BEGAN + timedelta(seconds=second)


@st.composite
def offers(draw: st.DrawFn) -> list[OfferMade]:
    """Offers as the router makes them: none twice open for one person and medium."""
    made: list[OfferMade] = []
    for account_id in PEOPLE:
        second = draw(seconds)
        for _ in range(draw(st.integers(0, 3))):
            lasts = draw(st.none() | st.integers(0, 12))
            state = "open" if lasts is None else draw(st.sampled_from(("accepted", "declined", "expired", "taken")))
            ended = None if lasts is None else at(second + lasts)
            made.append(
                OfferMade(
                    account_id,
                    draw(st.sampled_from(("board", "phone"))),
                    1,
                    1,
                    at(second),
                    state,
                    at(second + 10),
                    ended,
                )
            )
            if lasts is None:
                break
            second += lasts + 1 + draw(st.integers(0, 5))
    return made


@st.composite
def thoughts(draw: st.DrawFn) -> list[Thought]:
    """Rows in the order in which they were written."""
    found = []
    for second in sorted(draw(st.lists(seconds, max_size=4))):
        people: dict[str, list[str]] = {}
        for account_id, code in draw(reasons).items():
            people.setdefault(code, []).append(str(account_id))
        found.append(Thought(at(second), 1, 1, people))
    return found


facts = st.lists(st.builds(lambda second: Happened(at(second), "CallWaiting", {}), seconds), max_size=4)


@given(offers(), thoughts(), facts)
def test_nothing_is_lost_and_nothing_is_told_twice(
    made: list[OfferMade], known: list[Thought], happened: list[Happened]
) -> None:
    steps = replay(made, known, happened)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert sorted(map(id, (step.what for step in steps if step.kind == "fact"))) == sorted(map(id, happened))
    asked = Counter((step.at, one.account_id, one.medium) for step in steps for one in step.asked)
    assert asked == Counter((one.made_at, one.account_id, one.medium) for one in made if not one.unasked)
    ended = Counter((step.at, step.state, one.account_id) for step in steps for one in step.people)
    assert ended == Counter((one.ended_at, one.state, one.account_id) for one in made if one.ended_at is not None)
    rounds = [step.at for step in steps if step.kind == "round"]
    assert {one.at for one in known} <= set(rounds)
    assert len(rounds) == len(set(rounds))


@given(offers(), thoughts())
def test_at_each_second_those_are_asked_who_were(made: list[OfferMade], known: list[Thought]) -> None:
    """Whoever follows the steps with a finger comes to the same people as the offers' own times."""
    standing: set[tuple[UUID, str]] = set()
    steps = replay(made, known, ())
    for index, step in enumerate(steps):
        _follow(standing, step)
        if step.kind == "round":
            assert {(one.account_id, one.medium) for one in (*step.asked, *step.still_asked)} == standing
            assert not {one.account_id for one in step.not_asked} & {account for account, _ in standing}
        if index + 1 == len(steps) or steps[index + 1].at > step.at:
            assert standing == asked_at(made, step.at)


def _follow(standing: set[tuple[UUID, str]], step: Step) -> None:
    standing.difference_update((one.account_id, one.medium) for one in step.people)
    standing.update((one.account_id, one.medium) for one in step.asked)


@given(offers(), thoughts())
def test_a_reason_is_told_as_it_was_written_down_last(made: list[OfferMade], known: list[Thought]) -> None:
    for step in replay(made, known, ()):
        before = [one for one in known if one.at <= step.at]
        written = before[-1].people if before else {}
        for one in (*step.asked, *step.still_asked, *step.not_asked):
            assert one.why is None or str(one.account_id) in written[one.why]


def test_after_she_came_back_the_reasons_of_the_time_before_are_told_no_more() -> None:
    known = [Thought(at(0), 1, 1, {"busy": [str(PEOPLE[0])]})]
    back = OfferMade(PEOPLE[1], "board", 2, 1, at(30), "open", at(40), None)
    first, second = (step for step in replay([back], known, ()) if step.kind == "round")
    assert [one.why for one in first.not_asked] == ["busy"]
    assert second.not_asked == ()


def test_who_took_her_from_the_board_was_not_asked() -> None:
    (step,) = replay([OfferMade(PEOPLE[0], "board", 1, 1, at(3), "accepted", at(3), at(3))], [], ())
    assert (step.kind, step.state) == ("answer", "accepted")
