"""Before it is sure who speaks, an agreement can only forbid more, whatever is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from intake.gate_rules import Agreement, Allowance, Channel, Purpose, Standing, Window, refusals
from intake.narrowing import Agreed, minutes_of, narrowed
from tests.unit.intake.test_gate_rules import windows

MONDAY = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)  # midnight in Istanbul
words = st.sampled_from(("", "mavi fincan", "ablası"))


@st.composite
def terms(draw: st.DrawFn) -> Agreed:
    window = draw(windows.filter(lambda window: window.since != window.until))
    allowed = st.sampled_from(("unasked", "never", "neutral", "ok"))
    return Agreed(
        call=draw(allowed),
        sms=draw(allowed),
        days=tuple(sorted(window.days)),
        from_minute=window.since,
        to_minute=window.until,
        who_may_answer=draw(words),
        code_word=draw(words),
        code_word_hint=draw(words),
        cover_story=draw(st.none() | words),
        on_drop=draw(st.sampled_from(("wait", "call_back", "send_police"))),
        expires_at=draw(st.none() | st.just(MONDAY) | st.just(MONDAY + timedelta(days=9))),
    )


def allows(agreed: Agreed, channel: Channel, purpose: Purpose, moment: datetime, since_inbound_s: float | None) -> bool:
    said = agreed.sms if channel == "sms" else agreed.call
    expired = agreed.expires_at is not None and agreed.expires_at <= moment
    agreement = Agreement(cast("Allowance", said), agreed.window, expired)
    return not refusals(Standing(channel, purpose, True, moment, agreement=agreement, since_inbound_s=since_inbound_s))


@given(
    before=terms(),
    wanted=terms(),
    channel=st.sampled_from(("sms", "voice")),
    purpose=st.sampled_from(("reply", "callback")),
    minute=st.integers(0, 14 * 24 * 60),
    since_inbound_s=st.none() | st.sampled_from((60, 7200, 90_000)),
)
def test_the_gate_lets_nothing_through_that_it_held_before(
    before: Agreed, wanted: Agreed, channel: Channel, purpose: Purpose, minute: int, since_inbound_s: float | None
) -> None:
    before = replace(before, code_word="")
    kept, held = narrowed(before, wanted)
    moment = MONDAY + timedelta(minutes=minute)
    if allows(kept, channel, purpose, moment, since_inbound_s):
        assert allows(before, channel, purpose, moment, since_inbound_s)
    assert (kept.who_may_answer, kept.code_word, kept.code_word_hint, kept.cover_story) == (
        before.who_may_answer,
        "",
        before.code_word_hint,
        before.cover_story,
    )
    assert kept.on_drop == wanted.on_drop
    assert (kept == wanted) == (held == ())
    assert narrowed(before, kept) == (kept, ())


@given(terms())
def test_what_forbids_more_is_taken_as_said(before: Agreed) -> None:
    before = replace(before, code_word="")
    wanted = replace(before, call="never", sms="never", on_drop="wait")
    assert narrowed(before, wanted) == (wanted, ())


@given(windows.filter(lambda window: window.since != window.until), st.integers(0, 7 * 24 * 60 - 1))
def test_the_minutes_of_a_week_are_those_that_the_window_contains(window: Window, minute: int) -> None:
    assert bool(minutes_of(window) >> minute & 1) == window.contains(MONDAY + timedelta(minutes=minute))
