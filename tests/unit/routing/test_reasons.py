"""Why each person was asked, or was not: everybody has one reason, and it is true of her."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.reasons import ASKED, NOT_ASKED, Known, Round, code_of, reasons
from routing.rules import ALL, Choice, Operator, Plan, Waiting, choose, matches, rested, speaks_hers

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
PLAN = Plan(first_wave=2, texts_at_once=3)
HER = Waiting(UUID(int=1), "voice", 2, NOW)
PHONE_ROLES, ON_CALL_ROLES = ("operator", "shift_lead"), ("oncall",)

ids = st.integers(1, 1 << 60).map(lambda number: UUID(int=number))
languages = st.sampled_from(("tr", "ku", "ar", "en"))
known = st.lists(
    st.builds(
        Known,
        account_id=ids,
        languages=st.frozensets(languages),
        gender=st.sampled_from((None, "female", "male")),
        screen=st.sampled_from(("ready", "break", "gone", "none")),
        roles=st.frozensets(st.sampled_from(("operator", "shift_lead", "oncall", "legal"))),
        talking=st.integers(0, 1),
        texts=st.integers(0, 4),
        resting=st.booleans(),
    ).filter(lambda one: one.roles or one.screen != "none"),
    max_size=8,
    unique_by=lambda one: one.account_id,
)
callers = st.builds(
    Waiting,
    contact_id=ids,
    channel=st.just("voice"),
    level=st.integers(1, 4),
    since=st.just(NOW),
    language=st.none() | languages,
    wants_woman=st.booleans(),
    anybody_may_answer=st.booleans(),
)


def as_operators(people: list[Known], phones: frozenset[UUID], wave: int, *, on_call: bool) -> list[Operator]:
    """What the router reads of these people: its lists of screens and of telephones (routing.people)."""
    found = []
    for one in people:
        seen = Operator(one.account_id, one.languages, one.gender, talking=one.talking, texts=one.texts)
        if one.screen == "ready":
            found.append(replace(seen, on_duty=bool(one.roles), resting=one.resting))
        elif wave >= ALL and one.roles & {*PHONE_ROLES} and one.screen != "break":
            found.append(replace(seen, present=False, has_phone=one.account_id in phones))
        elif wave >= ALL and on_call and one.roles & {*ON_CALL_ROLES}:
            phone = one.account_id in phones
            found.append(replace(seen, present=False, on_duty=False, on_call=True, has_phone=phone))
    return found


@given(known, callers, st.integers(1, 4), st.booleans(), st.data())
def test_everybody_has_one_reason_and_it_is_true_of_her(
    people: list[Known], her: Waiting, wave: int, on_call: bool, data: st.DataObject
) -> None:
    some = st.frozensets(st.sampled_from([one.account_id for one in people])) if people else st.just(frozenset())
    barred, declined, phones = data.draw(some), data.draw(some), data.draw(some)
    allowed = [one for one in people if one.account_id not in barred]
    operators = rested(as_operators(allowed, phones, wave, on_call=on_call), her, wave)
    choices = choose(operators, her, wave, PLAN, declined, on_call=on_call)
    asked = {one.account_id for one in choices if data.draw(st.booleans())}
    this = Round(her, wave, PLAN, operators, choices, asked, barred, declined, on_call, PHONE_ROLES, ON_CALL_ROLES)
    found = reasons(people, this)

    told = [account for accounts in found.values() for account in accounts]
    assert sorted(told) == sorted(str(one.account_id) for one in people)
    for one in people:
        code = code_of(found, one.account_id)
        assert code in (ASKED if one.account_id in asked else NOT_ASKED)
        if code not in ASKED:
            # Nobody whom the router chose is said to have been left out for what she is.
            chosen = one.account_id in {choice.account_id for choice in choices}
            assert (code == "occupied") or not chosen
        _holds(code or "", one, her, this, phones)


def _holds(code: str, one: Known, her: Waiting, this: Round, phones: frozenset[UUID]) -> None:
    speaks = speaks_hers(Operator(one.account_id, one.languages, one.gender), her)
    fits = matches(Operator(one.account_id, one.languages, one.gender), her)
    holds = {
        "barred": one.account_id in this.barred,
        "busy": one.talking > 0,
        "wrap_up": one.resting and one.screen == "ready",
        "on_break": one.screen == "break",
        "screen_gone": one.screen == "gone",
        "declined": one.account_id in this.declined,
        "no_telephone": one.account_id not in phones and one.screen != "ready",
        "no_shift": not one.roles and one.screen == "ready",
        "language": not speaks,
        "wish": her.wants_woman and not fits,
        "texts": one.texts >= PLAN.texts_at_once,
        "role": bool(one.roles) and not one.roles & {*PHONE_ROLES, *ON_CALL_ROLES},
        "first": one.screen == "ready" and bool(one.roles) and fits,
        "everybody": one.screen == "ready" and this.wave >= ALL,
        "telephone": one.account_id in phones and bool(one.roles & {*PHONE_ROLES}),
        "on_call": one.account_id in phones and bool(one.roles & {*ON_CALL_ROLES}),
    }
    assert holds.get(code, True), code


def _alone(one: Known, **how: object) -> str | None:
    """The reason of one person who was not asked, nobody else being there."""
    at_screen = [Operator(one.account_id, one.languages, one.gender, on_duty=bool(one.roles), texts=one.texts)]
    operators = at_screen if one.screen == "ready" else []
    given: dict[str, object] = {"waiting": HER, "wave": 1, "operators": operators, "choices": [], **how}
    this = Round(plan=PLAN, asked=(), phone_roles=PHONE_ROLES, on_call_roles=ON_CALL_ROLES, **given)  # type: ignore[arg-type]
    return code_of(reasons([one], this), one.account_id)


FREE = Known(UUID(int=7), frozenset({"tr"}), "female", "ready", frozenset({"operator"}))
WANTS = replace(HER, wants_woman=True)


@pytest.mark.parametrize(
    ("one", "how", "code"),
    [
        (replace(FREE, talking=1), {}, "busy"),
        (replace(FREE, screen="break"), {}, "on_break"),
        (replace(FREE, screen="gone"), {}, "screen_gone"),
        (replace(FREE, screen="none"), {}, "later"),
        (replace(FREE, roles=frozenset()), {}, "no_shift"),
        (replace(FREE, roles=frozenset(), screen="gone"), {"wave": 2}, "screen_gone"),
        (replace(FREE, resting=True), {"operators": []}, "wrap_up"),
        (replace(FREE, languages=frozenset({"ar"})), {}, "language"),
        (replace(FREE, gender="male"), {"waiting": WANTS}, "wish"),
        (replace(FREE, texts=3), {}, "texts"),
        (FREE, {"declined": {FREE.account_id}}, "declined"),
        (FREE, {"barred": {FREE.account_id}, "declined": {FREE.account_id}}, "barred"),
        (FREE, {"choices": [Choice(FREE.account_id, "board")]}, "occupied"),
        (FREE, {}, "later"),
        (replace(FREE, screen="none", roles=frozenset({"legal"})), {"wave": 2}, "role"),
        (replace(FREE, screen="none", roles=frozenset({"oncall"})), {"wave": 2}, "later"),
        (replace(FREE, screen="break", roles=frozenset({"oncall"})), {"wave": 2}, "later"),
    ],
)
def test_the_reason_of_one_person(one: Known, how: dict[str, object], code: str) -> None:
    assert _alone(one, **how) == code


def test_a_telephone_that_cannot_be_rung_and_one_whose_turn_has_not_come() -> None:
    away = replace(FREE, screen="none")
    rung = Operator(away.account_id, away.languages, present=False)
    assert _alone(away, wave=2, operators=[rung]) == "no_telephone"
    at_home = replace(rung, on_duty=False, on_call=True, has_phone=True)
    assert _alone(away, wave=2, operators=[at_home], on_call=True) == "later"
    assert _alone(away, wave=2, operators=[replace(at_home, languages=frozenset({"ku"}))]) == "language"
