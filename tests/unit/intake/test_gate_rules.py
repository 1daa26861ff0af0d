"""The gate's decision, attacked from every side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.gate_rules import FRESH_S, REASONS, UNAGREED_S, Agreement, Standing, Window, refusals

NOW = datetime(2026, 11, 23, 21, 30, tzinfo=ZoneInfo("Europe/Istanbul"))  # a Monday
FRESH_REPLY = Standing(channel="sms", purpose="reply", by_person=True, now=NOW, since_inbound_s=60)

windows = st.builds(
    Window,
    days=st.frozensets(st.integers(1, 7)),
    since=st.integers(0, 1439),
    until=st.integers(0, 1440),
)
agreements = st.none() | st.builds(
    Agreement, allows=st.sampled_from(("unasked", "never", "neutral", "ok")), window=windows, expired=st.booleans()
)
standings = st.builds(
    Standing,
    channel=st.sampled_from(("sms", "voice")),
    purpose=st.sampled_from(("reply", "automatic", "callback")),
    by_person=st.booleans(),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    has_address=st.booleans(),
    opted_out=st.booleans(),
    wrote_since_opt_out=st.booleans(),
    compromised=st.booleans(),
    not_alone=st.booleans(),
    never_first=st.booleans(),
    late=st.booleans(),
    automatic_on=st.booleans(),
    agreement=agreements,
    since_inbound_s=st.none() | st.floats(0, 200_000),
)


@given(standings)
def test_whatever_forbids_is_never_outweighed(standing: Standing) -> None:
    found = set(refusals(standing))
    if standing.compromised:
        assert "compromised" in found
    if standing.not_alone:
        assert "not_alone" in found
    if not standing.has_address:
        assert "no_address" in found
    if standing.agreement is not None and standing.agreement.allows == "never":
        assert "never" in found


@given(standings)
def test_nothing_begins_with_us_because_of_somebody_else(standing: Standing) -> None:
    found = set(refusals(standing))
    begins = standing.channel == "voice" or standing.purpose != "reply"
    assert ("never_first" in found) == (standing.never_first and begins)


@given(standings, agreements)
def test_what_another_agreed_to_allows_nothing_and_forbids_all_the_same(
    standing: Standing, agreed: Agreement | None
) -> None:
    if agreed is None:
        return
    own = set(refusals(replace(standing, agreement=agreed)))
    others = set(refusals(replace(standing, agreement=agreed.of_another())))
    assert own <= others
    if agreed.allows in ("neutral", "ok"):
        assert others - own <= {"not_agreed", "stale"}
        if standing.channel == "voice":
            assert "not_agreed" in others


@given(standings)
def test_reasons_stand_in_their_order_and_once(standing: Standing) -> None:
    found = refusals(standing)
    assert list(found) == [reason for reason in REASONS if reason in found]


@given(standings, st.sampled_from(("opted_out", "compromised", "not_alone", "late")))
def test_knowing_something_worse_never_opens_the_gate(standing: Standing, worse: str) -> None:
    better = replace(standing, **{worse: False})
    if refusals(better):
        assert refusals(replace(standing, **{worse: True}))


@given(standings)
def test_a_machine_may_never_do_what_a_person_may_not(standing: Standing) -> None:
    if refusals(replace(standing, by_person=True)):
        assert refusals(replace(standing, by_person=False))


@given(standings)
def test_nothing_leaves_by_itself_unless_it_was_switched_on_and_in_time(standing: Standing) -> None:
    automatic = replace(standing, purpose="automatic")
    if automatic.late or not automatic.automatic_on:
        assert refusals(automatic)


@given(standings)
def test_nobody_is_called_without_an_agreement(standing: Standing) -> None:
    assert "not_agreed" in refusals(replace(standing, channel="voice", agreement=None))


@given(standings, windows)
def test_what_was_agreed_about_another_channel_opens_nothing(standing: Standing, window: Window) -> None:
    if refusals(replace(standing, agreement=None)):
        assert refusals(replace(standing, agreement=Agreement("unasked", window)))


@given(standings, st.floats(0, FRESH_S))
def test_a_person_may_answer_her_own_text_unless_it_is_forbidden(standing: Standing, age: float) -> None:
    standing = replace(standing, channel="sms", purpose="reply", by_person=True, since_inbound_s=age)
    allowed = {"no_address", "compromised", "opted_out", "never", "not_alone"}
    assert set(refusals(standing)) <= allowed


def test_an_opt_out_closes_what_begins_with_us_and_her_next_text_may_be_answered() -> None:
    stopped = replace(FRESH_REPLY, opted_out=True)
    assert refusals(stopped) == ("opted_out",)
    assert refusals(replace(stopped, wrote_since_opt_out=True)) == ()
    later = replace(stopped, wrote_since_opt_out=True, since_inbound_s=FRESH_S + 1)
    assert refusals(later) == ("opted_out",)
    assert "opted_out" in refusals(replace(stopped, wrote_since_opt_out=True, purpose="automatic", automatic_on=True))


@pytest.mark.parametrize(
    ("age", "reasons"),
    [(FRESH_S, ()), (FRESH_S + 1, ()), (UNAGREED_S, ()), (UNAGREED_S + 1, ("stale",)), (None, ("not_agreed",))],
)
def test_without_an_agreement_her_text_opens_the_gate_for_a_while(age: float | None, reasons: tuple[str, ...]) -> None:
    assert refusals(replace(FRESH_REPLY, since_inbound_s=age)) == reasons


def test_an_hour_outside_the_window_stops_all_but_the_answer_to_a_fresh_text() -> None:
    by_day = Agreement("ok", Window(frozenset({1, 2, 3, 4, 5}), 9 * 60, 17 * 60))
    assert refusals(replace(FRESH_REPLY, agreement=by_day)) == ()
    assert refusals(replace(FRESH_REPLY, agreement=by_day, since_inbound_s=FRESH_S + 1)) == ("outside_window",)
    assert refusals(replace(FRESH_REPLY, agreement=by_day, purpose="callback")) == ("outside_window",)
    assert refusals(replace(FRESH_REPLY, agreement=replace(by_day, expired=True), purpose="callback")) == (
        "expired",
        "outside_window",
    )


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-11-23T21:59", False),
        ("2026-11-23T22:00", True),
        ("2026-11-24T01:59", True),
        ("2026-11-24T02:00", False),
        ("2026-11-24T23:00", False),
        ("2026-11-23T01:00", False),
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins(moment: str, inside: bool) -> None:
    mondays = Window(frozenset({1}), 22 * 60, 2 * 60)
    at = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Istanbul"))
    assert mondays.contains(at) is inside


@given(windows, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_window_and_its_complement_share_no_moment_and_leave_none(window: Window, moment: datetime) -> None:
    daily = replace(window, days=frozenset())
    if daily.until in {daily.since, 1440}:
        return
    complement = Window(frozenset(), daily.until, daily.since)
    assert daily.contains(moment) is not complement.contains(moment)
    assert daily.contains(moment) is daily.contains(moment + timedelta(days=7))


@given(windows, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), st.floats(0, 1))  # noqa: DTZ001
def test_the_next_window_is_the_one_that_holds_the_moment_or_the_first_after_it(
    window: Window, moment: datetime, part: float
) -> None:
    opens, closes = window.next(moment)
    assert closes is not None
    assert opens < closes
    assert moment < closes
    assert window.contains(moment) == (opens <= moment)
    assert window.contains(opens)
    assert window.contains(opens + (closes - opens) * min(part, 0.99))
    if moment < opens:
        assert not window.contains(moment + (opens - moment) * min(part, 0.99))


def test_a_window_without_hours_is_always_open() -> None:
    assert Window().next(NOW) == (NOW, None)
    # From Tuesday morning until Wednesday morning.
    opens, closes = Window(frozenset({2}), 9 * 60, 9 * 60).next(NOW)
    assert (opens, closes) == (NOW.replace(day=24, hour=9, minute=0), NOW.replace(day=25, hour=9, minute=0))
