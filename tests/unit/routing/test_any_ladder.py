"""Twenty thousand callers go through the ladder and the rules of a call as pure code: nobody may be forgotten.

Each case is drawn by its number, so that a failure names the one to look at; whole waits are walked from the first wave
to the ceiling, where `test_rules` looks at one wave.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hotline.rules import CEILING_S, LANGUAGES, STAGES, end_of_call, is_danger, language_of
from hotline.status_rules import NOTHING, State, advance_call, call_is_over
from routing.ladder import ladder
from routing.rules import ALL, Choice, Operator, Waiting, choose, first_wave, in_order, pause, why_nobody

CASES = 20_000
NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
#: She is in the queue this long after the first ring at the latest: a greeting in four languages, and no key.
GREETING_S = 30
_STATUSES = ("queued", "initiated", "ringing", "in-progress", "completed", "busy", "no-answer", "failed", "canceled")


def _ids(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(60))


def _caller(dice: random.Random) -> Waiting:
    return Waiting(
        _ids(dice),
        "voice",
        dice.randint(1, 4),
        NOW - timedelta(seconds=dice.randint(0, 600)),
        returned=dice.random() < 0.2,
        repeat=dice.choice((0, 0, 1, 4)),
        language=dice.choice((None, "tr", "ku", "ar", "en")),
        wants_woman=dice.random() < 0.2,
        anybody_may_answer=dice.random() < 0.2,
    )


def _person(dice: random.Random) -> Operator:
    at_home = dice.random() < 0.3
    return Operator(
        _ids(dice),
        frozenset(dice.sample(("tr", "ku", "ar", "en"), dice.randint(0, 2))),
        dice.choice((None, "female", "male")),
        present=not at_home and dice.random() < 0.7,
        on_duty=not at_home and dice.random() < 0.7,
        on_call=at_home,
        has_phone=dice.random() < 0.8,
        talking=int(dice.random() < 0.3),
        texts=dice.randint(0, 4),
        ready_since=dice.choice((None, NOW)),
    )


def _waves(people: Sequence[Operator], her: Waiting, declined: frozenset[UUID]) -> list[tuple[int, list[Choice]]]:
    """Whom each wave of her wait asks, and at which second of it, as `routing.service.waves` goes by the rules."""
    found, at, wave = [], 0, first_wave(her)
    plan = ladder().plan(ladder().base)
    rung_at_home = ladder().on_call_seconds - ladder().wave_seconds * (first_wave(her) - 1)
    while at < CEILING_S - GREETING_S:
        on_call = wave >= ALL and at >= rung_at_home
        choices = choose(people, her, wave, plan, declined, on_call=on_call)
        if not choices and wave < ALL:
            wave = ALL
            choices = choose(people, her, wave, plan, declined)
        if not on_call and {one.account_id for one in choices} <= declined:
            choices = choose(people, her, wave, plan, declined, on_call=True)
        found.append((at, choices))
        at += pause("voice", wave, ladder().wave_seconds)
        wave += 1
    return found


def _could(one: Operator) -> bool:
    """Whether she can be asked for a caller at all: nobody speaks with two, and a telephone is of the rota."""
    return not one.talking and (one.present or ((one.on_duty or one.on_call) and one.has_phone))


def test_everybody_who_could_answer_is_asked_before_the_ceiling_and_nobody_else() -> None:
    for number in range(CASES):
        dice = random.Random(number)
        people, her = [_person(dice) for _ in range(dice.randint(0, 6))], _caller(dice)
        declined = frozenset(one.account_id for one in people if dice.random() < 0.2)
        by_id, asked, rung = {one.account_id: one for one in people}, set[UUID](), set[UUID]()
        for at, choices in _waves(people, her, declined):
            assert len({one.account_id for one in choices}) == len(choices), number
            for choice in choices:
                one = by_id[choice.account_id]
                assert _could(one), number
                assert (choice.medium == "board") is one.present, number
                # A ring, and the question that is heard, still fit before the last rung.
                if at + ladder().wave_seconds <= CEILING_S - GREETING_S:
                    (rung if one.on_call and not one.present else asked).add(one.account_id)
        at_work = {one.account_id for one in people if _could(one) and (one.present or not one.on_call)}
        at_home = {one.account_id for one in people if _could(one) and one.on_call and not one.present}
        assert asked == at_work, number
        # For the two lower levels one after the other: as many as there are rings.
        assert rung == at_home if her.level <= 2 else (bool(rung) == bool(at_home)), number
        screens = any(one.present and not one.talking for one in people)
        assert (why_nobody(people, her) in {"nobody", "busy"}) is not screens, number


def test_danger_is_asked_for_at_once_and_stands_before_everybody() -> None:
    for number in range(CASES):
        dice = random.Random(number)
        queue = [_caller(dice) for _ in range(dice.randint(1, 8))]
        ordered = in_order(queue)
        assert sorted(one.contact_id for one in ordered) == sorted(one.contact_id for one in queue), number
        assert [one.level for one in ordered] == sorted(one.level for one in queue), number
        assert in_order(reversed(ordered)) == ordered, number
        for one in queue:
            assert first_wave(one) == (ALL if one.level == 1 else 1), number


def test_a_call_ends_as_what_it_was_however_its_callbacks_come() -> None:
    for number in range(CASES):
        dice = random.Random(number)
        keys = "".join(dice.choice("0123456789*#") for _ in range(dice.randint(0, 3)))
        assert is_danger(keys) is ("5" in keys), number
        assert language_of(keys) == (LANGUAGES.get(keys[0]) if keys else None), number
        told = [dice.choice(_STATUSES) for _ in range(dice.randint(1, 8))]
        again = told + [dice.choice(told) for _ in range(3)]
        dice.shuffle(again)
        ends = [_after(told).status, _after(again).status]
        assert ends[0] == ends[1], number
        assert call_is_over(ends[0]) is any(map(call_is_over, told)), number
        stage, status = dice.choice(STAGES[:-1]), dice.choice(_STATUSES[4:])
        how = end_of_call(stage, status)
        # Nobody is taken for answered who was not speaking with a person when it ended.
        assert (how == "wrap_up") is (stage == "talking"), number
        assert how in {"wrap_up", "failed", "abandoned_in_ivr", "abandoned_in_queue"}, number


def _after(told: Sequence[str]) -> State:
    state = NOTHING
    for word in told:
        over = call_is_over(state.status)
        state = advance_call(state, word)
        assert not over or call_is_over(state.status)
    return state
