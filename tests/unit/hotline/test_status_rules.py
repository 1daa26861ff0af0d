"""Callbacks come doubled and in any order; the state they lead to must not depend on it."""

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.status_rules import (
    NOTHING,
    State,
    advance_call,
    advance_message,
    call_is_over,
    carrier_errors,
    error_class,
    message_failed,
    message_is_final,
    message_reached,
)

CALLS = ["queued", "initiated", "ringing", "in-progress", "completed", "busy", "no-answer", "failed", "canceled"]
MESSAGES = [
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "read",
    "partially_delivered",
    "canceled",
]
_message_events = st.tuples(st.sampled_from([*MESSAGES, "unknown"]), st.sampled_from([None, 30003, 30007, 21610]))


def message_after(*events: str | tuple[str, int | None]) -> State:
    pairs = [(event, None) if isinstance(event, str) else event for event in events]
    return reduce(lambda state, event: advance_message(state, *event), pairs, NOTHING)


def call_after(*events: str) -> State:
    return reduce(advance_call, events, NOTHING)


@pytest.mark.parametrize("order", list(permutations(["queued", "sending", "sent", "delivered"])))
def test_all_orders_of_four_callbacks_each_doubled_end_alike(order: tuple[str, ...]) -> None:
    doubled = [event for event in order for _ in range(2)]
    assert message_after(*doubled) == State("delivered")
    assert message_after(*order, *order) == State("delivered")


@pytest.mark.parametrize("order", list(permutations(["initiated", "ringing", "in-progress", "completed"])))
def test_all_orders_of_a_calls_callbacks_end_alike(order: tuple[str, ...]) -> None:
    assert call_after(*order, *order) == State("completed")


@given(
    st.lists(_message_events, max_size=7).flatmap(lambda events: st.tuples(st.just(events), st.permutations(events)))
)
def test_no_order_of_message_callbacks_matters(pair: tuple[list[tuple[str, int | None]], ...]) -> None:
    one, other = pair
    assert message_after(*one) == message_after(*other) == message_after(*one, *other)


@given(
    st.lists(st.sampled_from(CALLS), max_size=7).flatmap(
        lambda events: st.permutations(events).map(lambda o: (events, o))
    )
)
def test_no_order_of_call_callbacks_matters(pair: tuple[list[str], list[str]]) -> None:
    one, other = pair
    assert call_after(*one) == call_after(*other) == call_after(*one, *other)


@given(st.lists(_message_events, min_size=1, max_size=7))
def test_a_final_state_never_becomes_an_unfinished_one(events: list[tuple[str, int | None]]) -> None:
    states = [message_after(*events[:count]) for count in range(len(events) + 1)]
    finals = [message_is_final(state.status) for state in states]
    assert finals == sorted(finals)


def test_a_failure_after_delivery_is_flagged_and_not_applied() -> None:
    assert message_after("sent", "delivered", ("failed", 30008)) == State("delivered", 30008, contradicted=True)
    assert message_after(("undelivered", 30003), "delivered") == State("delivered", 30003, contradicted=True)


def test_read_stands_above_delivered_and_contradicts_nothing() -> None:
    assert message_after("read", "delivered", "sent") == State("read")


def test_an_answered_call_is_completed_whatever_else_is_said() -> None:
    assert call_after("canceled", "completed") == State("completed", contradicted=True)


def test_an_unknown_word_changes_nothing() -> None:
    assert message_after("sent", ("unknown", 30008)) == State("sent")
    assert call_after("ringing", "unknown") == State("ringing")


def test_the_questions_about_a_state() -> None:
    assert [status for status in MESSAGES if message_failed(status)] == ["undelivered", "failed", "canceled"]
    assert [status for status in MESSAGES if message_reached(status)] == ["delivered", "read", "partially_delivered"]
    assert [status for status in CALLS if not call_is_over(status)] == CALLS[:4]
    assert not call_is_over(None)
    assert not message_is_final("unknown")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (21610, "opted_out"),
        (21614, "not_mobile"),
        (20429, "retry"),
        (30003, "retry"),
        (30005, "permanent"),
        (21408, "config_alarm"),
        (63016, "switch_channel"),
        (99999, "permanent"),
        (None, "permanent"),
    ],
)
def test_error_codes_have_a_class(code: int | None, expected: str) -> None:
    assert error_class(code) == expected


def test_every_class_is_used_and_codes_are_in_order_of_their_families() -> None:
    classes = {error.error_class for error in carrier_errors().errors}
    assert classes == {"retry", "permanent", "config_alarm", "switch_channel", "opted_out", "not_mobile"}
