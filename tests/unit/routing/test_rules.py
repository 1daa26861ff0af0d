"""Who is asked, and in which order: nobody may be forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.ladder import ladder
from routing.rules import (
    ALL,
    LONGEST_PAUSE,
    Operator,
    Plan,
    Waiting,
    choose,
    first_wave,
    for_calling_in,
    in_order,
    is_silent,
    matches,
    pause,
    rested,
    speaks_hers,
    why_nobody,
    women_first,
)

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
PLAN = Plan(first_wave=3, texts_at_once=3)
HER = Waiting(UUID(int=1), "voice", 2, NOW, language="ku")

moments = st.integers(0, 3600).map(lambda seconds: NOW - timedelta(seconds=seconds))
ids = st.integers(1, 1 << 60).map(lambda number: UUID(int=number))
languages = st.sampled_from(("tr", "ku", "ar", "en"))
waiting = st.builds(
    Waiting,
    contact_id=ids,
    channel=st.sampled_from(("voice", "sms")),
    level=st.integers(1, 4),
    since=moments,
    returned=st.booleans(),
    repeat=st.integers(0, 5),
    language=st.none() | languages,
    wants_woman=st.booleans(),
    anybody_may_answer=st.booleans(),
)


def rung_where_she_has_the_line(one: Operator, by_phone: bool) -> Operator:
    """Who has the line by telephone is there and can be rung."""
    return replace(one, by_phone=True, present=True, has_phone=True) if by_phone else one


operators = st.lists(
    st.builds(
        rung_where_she_has_the_line,
        st.builds(
            Operator,
            account_id=ids,
            languages=st.frozensets(languages),
            gender=st.sampled_from((None, "female", "male")),
            present=st.booleans(),
            on_duty=st.booleans(),
            on_call=st.booleans(),
            has_phone=st.booleans(),
            talking=st.integers(0, 2),
            texts=st.integers(0, 5),
            ready_since=st.none() | moments,
        ),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.account_id,
)

#: People who are all free, at their screens, on duty and speak every language: the first wave chooses among them.
free = st.lists(
    st.builds(
        Operator,
        account_id=ids,
        languages=st.just(frozenset({"tr", "ku", "ar", "en"})),
        gender=st.sampled_from((None, "female", "male")),
        texts=st.integers(0, PLAN.texts_at_once - 1),
        ready_since=st.none() | moments,
    ),
    min_size=2,
    max_size=8,
    unique_by=lambda one: one.account_id,
)


@given(st.lists(waiting, max_size=12, unique_by=lambda one: one.contact_id))
def test_the_queue_loses_nobody_and_a_graver_level_is_always_before(queue: list[Waiting]) -> None:
    ordered = in_order(queue)
    assert sorted(one.contact_id for one in ordered) == sorted(one.contact_id for one in queue)
    assert [one.level for one in ordered] == sorted(one.level for one in queue)
    assert in_order(reversed(ordered)) == ordered


def test_of_one_level_the_lost_come_first_then_the_repeated_then_the_longest() -> None:
    new = replace(HER, contact_id=UUID(int=2), since=NOW)
    old = replace(HER, contact_id=UUID(int=3), since=NOW - timedelta(minutes=3))
    again = replace(HER, contact_id=UUID(int=4), since=NOW, repeat=1)
    lost = replace(HER, contact_id=UUID(int=5), since=NOW, returned=True)
    assert in_order([new, old, again, lost]) == [lost, again, old, new]


@given(operators, waiting, st.integers(1, 6), st.frozensets(ids))
def test_each_person_is_asked_once_and_nobody_who_speaks_with_a_caller(
    people: list[Operator], her: Waiting, wave: int, declined: frozenset[UUID]
) -> None:
    chosen = choose(people, her, wave, PLAN, declined)
    by_id = {one.account_id: one for one in people}
    assert len({choice.account_id for choice in chosen}) == len(chosen)
    for choice in chosen:
        one = by_id[choice.account_id]
        assert choice.medium == ("board" if one.present and not one.by_phone else "phone")
        if her.channel == "voice":
            assert one.talking == 0
        if choice.medium == "phone":
            assert one.has_phone
            assert one.on_duty or one.on_call or one.by_phone
            assert her.channel == "voice"


@given(operators, waiting)
def test_the_first_wave_asks_only_who_is_on_duty_there_and_fits(people: list[Operator], her: Waiting) -> None:
    chosen = choose(people, her, 1, PLAN)
    by_id = {one.account_id: one for one in people}
    assert len(chosen) <= PLAN.first_wave
    for choice in chosen:
        one = by_id[choice.account_id]
        assert one.present
        assert one.on_duty
        assert matches(one, her)


@given(operators, waiting, st.integers(1, 4))
def test_whom_she_was_cut_off_from_comes_first_and_nobody_is_left_out_for_it(
    people: list[Operator], her: Waiting, wave: int
) -> None:
    without = choose(people, her, wave, PLAN)
    for one in people:
        chosen = choose(people, replace(her, spoke_with=one.account_id), wave, PLAN)
        if wave >= ALL:
            assert set(chosen) == set(without)
        if one.account_id in {choice.account_id for choice in chosen} and matches(one, her):
            assert chosen[0].account_id == one.account_id


@given(operators, waiting, st.integers(ALL, 6))
def test_those_on_call_are_rung_for_their_language_alone_where_nobody_at_work_could_speak_with_her(
    people: list[Operator], her: Waiting, wave: int
) -> None:
    chosen = {choice.account_id for choice in choose(people, her, wave, PLAN)}
    at_home = [one for one in people if one.on_call and not one.present]
    at_work = [one for one in people if one.account_id in chosen and one not in at_home]
    could = any(speaks_hers(one, her) for one in at_work)
    for one in at_home:
        able = her.channel == "voice" and one.has_phone and one.talking == 0
        assert (one.account_id in chosen) == (able and not could and speaks_hers(one, her))


@given(operators, waiting, st.integers(ALL, 9))
def test_when_their_turn_has_come_those_on_call_are_rung_together_or_one_after_the_other(
    people: list[Operator], her: Waiting, wave: int
) -> None:
    at_home = {
        one.account_id for one in people if one.on_call and not one.present and one.has_phone and not one.talking
    }
    usual = {choice.account_id for choice in choose(people, her, wave, PLAN)} - at_home
    rung = [choice for choice in choose(people, her, wave, PLAN, on_call=True) if choice.account_id in at_home]
    assert {choice.account_id for choice in choose(people, her, wave, PLAN, on_call=True)} - at_home == usual
    assert {choice.medium for choice in rung} <= {"phone"}
    if her.channel == "sms":
        assert not rung
    elif her.level <= 2:
        assert {choice.account_id for choice in rung} == at_home
    else:
        assert len(rung) == min(1, len(at_home))
        turns = [choose(people, her, wave + turn, PLAN, on_call=True) for turn in range(len(at_home))]
        assert {choice.account_id for turn in turns for choice in turn} >= at_home


@given(operators, waiting, st.integers(ALL + 1, 9), st.frozensets(ids))
def test_later_waves_leave_out_nobody_who_could_answer(
    people: list[Operator], her: Waiting, wave: int, declined: frozenset[UUID]
) -> None:
    chosen = {choice.account_id for choice in choose(people, her, wave, PLAN, declined)}
    for one in people:
        free = one.talking == 0 if her.channel == "voice" else not one.by_phone
        if one.present and free:
            assert one.account_id in chosen


@given(operators, waiting)
def test_the_rooms_above_hear_of_it_exactly_when_nobody_present_can_answer(
    people: list[Operator], her: Waiting
) -> None:
    reason = why_nobody(people, her)
    there = {one.account_id for one in people if one.present}
    asked = [choice for choice in choose(people, her, ALL, PLAN) if choice.account_id in there]
    if reason in {"nobody", "busy"}:
        assert not asked
    else:
        assert asked


@given(operators, waiting, st.integers(1, 9), st.data())
def test_a_rest_leaves_nobody_waiting(people: list[Operator], her: Waiting, wave: int, data: st.DataObject) -> None:
    tired = [replace(one, resting=data.draw(st.booleans()), worn=data.draw(st.booleans())) for one in people]
    asked = rested(tired, her, wave)
    if wave > ALL or not any(one.present for one in asked):
        # Everybody else was asked in vain, or nobody else is there.
        assert asked == tired
    else:
        left = [one for one in tired if one not in asked]
        assert all(one.resting or (one.worn and her.level == 1) for one in left)
        assert all(one.account_id != her.spoke_with for one in left)


def test_language_and_wish_decide_the_first_wave() -> None:
    kurdish = Operator(UUID(int=11), frozenset({"ku"}), "male")
    woman = Operator(UUID(int=12), frozenset({"ku", "tr"}), "female")
    turkish = Operator(UUID(int=13), frozenset({"tr"}), "female")
    people = [turkish, kurdish, woman]
    # Who has said nothing would rather speak with a woman; who said that it need not be one is told apart.
    assert [choice.account_id for choice in choose(people, HER, 1, PLAN)] == [woman.account_id, kurdish.account_id]
    either = replace(HER, anybody_may_answer=True)
    assert [choice.account_id for choice in choose(people, either, 1, PLAN)] == [kurdish.account_id, woman.account_id]
    wish = replace(HER, wants_woman=True)
    assert [choice.account_id for choice in choose(people, wish, 1, PLAN)] == [woman.account_id]
    assert choose(people, wish, ALL, PLAN)[0].account_id == woman.account_id
    assert [choice.account_id for choice in choose(people, replace(HER, language=None), 1, PLAN)] == [
        woman.account_id,
        turkish.account_id,
    ]


@given(free | operators, waiting)
def test_for_a_caller_women_are_asked_before_men_and_of_whom_nothing_is_said_stands_between(
    people: list[Operator], her: Waiting
) -> None:
    wish = replace(her, channel="voice", anybody_may_answer=False)
    by_id = {one.account_id: one for one in people}
    chosen = [by_id[choice.account_id].gender for choice in choose(people, wish, 1, PLAN)]
    order = {"female": 0, None: 1, "male": 2}
    assert [order[gender] for gender in chosen] == sorted(order[gender] for gender in chosen)
    # A preference fills no fewer places, and nobody of those left out would have stood before the last who is asked.
    everybody = choose(people, wish, 1, replace(PLAN, first_wave=len(people) + 1))
    assert len(chosen) == min(len(everybody), PLAN.first_wave)
    left = [by_id[choice.account_id].gender for choice in everybody[len(chosen) :]]
    assert all(order[gender] >= order[chosen[-1]] for gender in left)


@given(free | operators, waiting, st.integers(1, 9), st.booleans())
def test_who_said_that_anybody_may_answer_and_who_writes_are_offered_as_if_nobody_had_a_gender(
    people: list[Operator], her: Waiting, wave: int, writes: bool
) -> None:
    told = replace(her, channel="sms" if writes else "voice", wants_woman=False, anybody_may_answer=True)
    alike = [replace(one, gender=None) for one in people]
    assert choose(people, told, wave, PLAN) == choose(alike, told, wave, PLAN)
    if writes:
        assert choose(people, replace(told, anybody_may_answer=False), wave, PLAN) == choose(alike, told, wave, PLAN)


@given(free | operators, waiting, st.integers(ALL, 9), st.booleans())
def test_from_the_second_wave_on_no_wish_leaves_anybody_out(
    people: list[Operator], her: Waiting, wave: int, on_call: bool
) -> None:
    """Nor does the one that is assumed change any order: only the first wave goes by it."""
    told = replace(her, wants_woman=False, anybody_may_answer=True)
    chosen = choose(people, told, wave, PLAN, on_call=on_call)
    assert choose(people, replace(told, anybody_may_answer=False), wave, PLAN, on_call=on_call) == chosen
    if her.level <= 2 or not on_call:
        asked = choose(people, replace(told, wants_woman=True), wave, PLAN, on_call=on_call)
        assert {one.account_id for one in asked} == {one.account_id for one in chosen}


@given(free | operators, waiting)
def test_whom_she_spoke_with_is_asked_before_every_woman(people: list[Operator], her: Waiting) -> None:
    wish = replace(her, channel="voice", wants_woman=False)
    for one in people:
        chosen = choose(people, replace(wish, spoke_with=one.account_id), 1, PLAN)
        if one.present and one.on_duty and matches(one, wish) and one.talking == 0 and one.texts < PLAN.texts_at_once:
            assert chosen[0].account_id == one.account_id


def test_the_least_busy_is_asked_first_then_who_is_idle_longest() -> None:
    busy = Operator(UUID(int=11), frozenset({"ku"}), texts=2, ready_since=NOW - timedelta(hours=5))
    fresh = Operator(UUID(int=12), frozenset({"ku"}), ready_since=NOW)
    idle = Operator(UUID(int=13), frozenset({"ku"}), ready_since=NOW - timedelta(hours=1))
    assert [choice.account_id for choice in choose([busy, fresh, idle], HER, 1, PLAN)] == [
        idle.account_id,
        fresh.account_id,
        busy.account_id,
    ]


def test_who_declined_is_asked_again_only_when_all_others_were() -> None:
    one = Operator(UUID(int=11), frozenset({"ku"}))
    declined = frozenset({one.account_id})
    assert choose([one], HER, 1, PLAN, declined) == []
    assert choose([one], HER, ALL, PLAN, declined) == []
    assert len(choose([one], HER, ALL + 1, PLAN, declined)) == 1


@pytest.mark.parametrize(("level", "wave"), [(1, ALL), (2, 1), (3, 1), (4, 1)])
def test_in_danger_everybody_is_asked_at_once(level: int, wave: int) -> None:
    assert first_wave(replace(HER, level=level)) == wave


def test_a_text_that_nobody_present_reads_is_offered_and_reported() -> None:
    turkish = Operator(UUID(int=13), frozenset({"tr"}))
    text = replace(HER, channel="sms")
    assert why_nobody([turkish], text) == "language"
    assert why_nobody([turkish], HER) is None
    assert choose([turkish], text, ALL, PLAN)
    assert why_nobody([replace(turkish, talking=1)], HER) == "busy"
    assert why_nobody([replace(turkish, present=False, has_phone=True)], HER) == "nobody"


def test_the_ladder_fits_into_the_ceiling_of_a_call() -> None:
    assert ladder().wave_seconds * (ALL + 1) < 120
    # Those on call have a whole ring before it.
    assert ladder().on_call_seconds + 2 * ladder().wave_seconds < 120
    assert ladder().lease_seconds > 2 * 5


@given(st.integers(1, 100), st.integers(5, 60))
def test_a_caller_is_offered_anew_at_one_pace_and_a_text_ever_more_rarely_but_never_not(wave: int, usual: int) -> None:
    assert pause("voice", wave, usual) == usual
    assert usual <= pause("sms", wave, usual) <= pause("sms", wave + 1, usual) <= LONGEST_PAUSE * usual
    assert pause("sms", min(wave, ALL), usual) == usual


@given(operators, waiting)
def test_for_calling_in_nobody_is_left_out_and_women_stand_first_unless_she_said_that_it_need_not_be_one(
    people: list[Operator], her: Waiting
) -> None:
    listed = for_calling_in(people, her)
    assert sorted(one.account_id for one in listed) == sorted(one.account_id for one in people)
    women = [one.gender == "female" for one in listed]
    if women_first(her):
        assert women == sorted(women, reverse=True)
        assert her.wants_woman or not her.anybody_may_answer


def test_who_has_the_line_by_telephone_is_rung_in_the_first_wave_and_reads_no_texts() -> None:
    here = Operator(UUID(int=2), frozenset({"ku"}), by_phone=True, has_phone=True)
    for wave in (1, ALL, ALL + 1):
        assert [(one.account_id, one.medium) for one in choose([here], HER, wave, PLAN)] == [(here.account_id, "phone")]
    assert why_nobody([here], HER) is None
    text = replace(HER, channel="sms")
    assert choose([here], text, ALL, PLAN) == []
    assert why_nobody([here], text) == "nobody"


@given(st.lists(st.sampled_from(("expired", "declined", "accepted")), max_size=6), st.integers(1, 4))
def test_only_a_row_of_unanswered_rings_makes_a_telephone_silent(states: list[str], tries: int) -> None:
    assert is_silent(states, tries) is (states[:tries] == ["expired"] * tries)
